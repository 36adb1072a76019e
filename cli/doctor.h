/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What it takes to give a device to user space, layer by layer: each looks at
 * one of them, changes nothing and adds its verdict. Most are the machine's;
 * some are those of a process, and some of one device.
 */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "subject.h"
#include "subject_try.h"

struct sysfs_device;
struct sysfs_group;

enum verdict {
	VERDICT_OK,
	VERDICT_WARNING, /* works, with a drawback, or could not be seen */
	VERDICT_FAILED,
};

/* Why a node or driver cannot be had; the first are told of in this order. */
enum cause {
	CAUSE_NONE,
	CAUSE_NOT_COMPILED, /* the kernel was built without it */
	CAUSE_NOT_INSTALLED, /* it was built as a module, which is not there */
	CAUSE_NOT_LOADED,
	CAUSE_NOT_BOUND, /* it is there with the first device that is bound */
	CAUSE_HIDDEN, /* the kernel has it, this /dev has not */
	CAUSE_ABSENT, /* there is none to be had, for a reason that layers tell */
	CAUSE_FOREIGN, /* its name is that of something else */
	CAUSE_NO_PERMISSION, /* by owner and mode */
	CAUSE_FORBIDDEN, /* by the rules of a control group */
	CAUSE_OTHER,
};

enum node_of { OF_IOMMUFD, OF_CONTAINER, OF_GROUP, OF_DEVICE };

/* A node that is needed, and how the subject gets on with it. */
struct doctor_node {
	enum node_of of;
	char *path;
	char *device; /* which it is for, or NULL */
	char *number; /* that the kernel has given it, as "10:196"; or NULL */
	struct attempt attempt;
	enum cause cause; /* CAUSE_NONE: it can be opened */
	char *why; /* in words */
	const char *repair;
};

struct checkup {
	char *release; /* of the kernel */
	const char *device; /* the path of /dev/iommu */
	uint64_t ram; /* of the guest that is to be run, or 0 */
	struct subject subject; /* who is to open and to lock */
	const struct sysfs_device *about; /* the one device, or NULL */
	const struct sysfs_group *group; /* of that one, or NULL */
	struct doctor_node *nodes;
	size_t num_nodes;
	enum tried tried;
	json_t *layers;
	size_t count[VERDICT_FAILED + 1];
};

struct finding {
	const char *layer;
	enum verdict verdict;
	enum cause cause;
	const char *evidence; /* a path */
	/* A command, or, if none can do it, what to do; or NULL. */
	const char *repair;
};

/* What was found, and, in words, what that is. */
void checkup_add(struct checkup *c, const struct finding *f, const char *words,
		 ...) __attribute__((format(printf, 3, 4)));
/* Of a node, too; NULL for none. */
const char *cause_name(enum cause cause);

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

/* doctor_node_list.c: tries all nodes that are needed, before any layer. */
void doctor_list_nodes(struct checkup *c);
void doctor_free_nodes(struct checkup *c);
json_t *doctor_nodes_json(const struct checkup *c);

/* doctor_process.c */
void doctor_process(struct checkup *c);
void doctor_namespaces(struct checkup *c);
void doctor_cgroup(struct checkup *c);
void doctor_confinement(struct checkup *c);

/* doctor_memory.c */
void doctor_memory(struct checkup *c);
void doctor_memory_user(struct checkup *c);

/* doctor_device.c; these need .about */
void doctor_group(struct checkup *c);
void doctor_isolation(struct checkup *c);
void doctor_driver(struct checkup *c);
void doctor_device_nodes(struct checkup *c);
void doctor_holders(struct checkup *c);
void doctor_reset(struct checkup *c);
void doctor_reserved(struct checkup *c);

#endif
