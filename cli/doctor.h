/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What it takes to give a device to user space, layer by layer: each looks at
 * one of them, changes nothing and adds one verdict.
 */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

enum verdict {
	VERDICT_OK,
	VERDICT_WARNING, /* works, with a drawback, or could not be seen */
	VERDICT_FAILED,
};

struct checkup {
	char *release; /* of the kernel */
	const char *device; /* the path of /dev/iommu */
	uint64_t ram; /* of the guest that is to be run, or 0 */
	json_t *layers;
	size_t count[VERDICT_FAILED + 1];
};

/*
 * What was found, and where: @evidence is a path. @repair is a command, or, if
 * none can do it, what to do; or NULL.
 */
void checkup_add(struct checkup *c, const char *layer, enum verdict verdict,
		 const char *evidence, const char *repair, const char *finding,
		 ...) __attribute__((format(printf, 6, 7)));

/* doctor_iommu.c */
void doctor_firmware(struct checkup *c);
void doctor_iommu(struct checkup *c);
void doctor_groups(struct checkup *c);
void doctor_interrupts(struct checkup *c);

/* doctor_nodes.c */
void doctor_iommufd(struct checkup *c);
void doctor_vfio(struct checkup *c);
void doctor_vfio_cdev(struct checkup *c);
void doctor_vfio_pci(struct checkup *c);
void doctor_memory(struct checkup *c);

#endif
