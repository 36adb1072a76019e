/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the memory of a guest goes. Devices that the guest is given reach it
 * at the addresses where the guest has it, and so it must lie where their
 * IOMMU translates and nobody else needs the addresses. A PC has RAM from 0
 * on, then the machine's own devices up to 4 GiB, and the rest of the RAM
 * above, followed by a window for the BARs that have 64-bit addresses.
 */
#ifndef CLI_PLAN_H
#define CLI_PLAN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "claims.h"
#include "sysfs_bars.h"

/* No x86 machine has more; sums of a few of these fit into 64 bits. */
#define PLAN_MOST (UINT64_C(1) << 52)
#define PLAN_4G (UINT64_C(1) << 32)
#define PLAN_PAGE UINT64_C(4096)

/* Where monitors of virtual machines put RAM. */
struct plan_machine {
	const char *name;
	/* Less RAM than @whole lies below 4 GiB, else so much of it. */
	uint64_t whole, low;
	uint64_t window; /* for 64-bit BARs, unless more is needed */
	const char *host_bridge; /* that has the window; NULL: not QEMU's */
	bool splits; /* RAM can be in any number of pieces */
};

extern const struct plan_machine plan_machines[];
extern const char *const plan_machine_names[];

enum plan_what { PLAN_RAM, PLAN_WINDOW };

struct plan_part {
	uint64_t start, last;
	enum plan_what what;
};

struct plan {
	const struct plan_machine *machine;
	uint64_t ram;
	uint64_t window; /* for 64-bit BARs */
	struct sysfs_bars bars; /* of the devices */
	struct claims claims;
	/* What came of it, in order. */
	struct plan_part *part;
	size_t count;
	json_t *problems; /* why it cannot be, in words */
	json_t *advice; /* what to tell the monitor */
};

/* Fills in what comes of the rest. */
void plan_lay_out(struct plan *p);
void plan_problem(struct plan *p, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The bits of the addresses that the guest uses. */
unsigned plan_bits_used(const struct plan *p);
/* Those that all IOMMUs translate; 64 where none is known to limit them. */
unsigned plan_bits_there(const struct plan *p);
void plan_free(struct plan *p);

#endif
