/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a table should do, by the simplest means: every unit of a small space
 * remembered by itself, and all of them looked at every time.
 */
#ifndef IOMMUFD_SELFTEST_MODEL_H
#define IOMMUFD_SELFTEST_MODEL_H

#include <linux/prandom.h>

#include "../ctx.h"
#include "../io_pagetable.h"

#define UNIT 512UL
#define UNITS 512UL

enum unit_state { UNIT_FREE, UNIT_MAPPED, UNIT_RESERVED };

/**
 * struct model - the table under test and what should be in it
 * @iopt: the table
 * @ictx: whose process maps; only as much of a context as that takes
 * @rnd: the same numbers in every run
 * @state: of each unit
 * @memory: what each mapped unit shows, as a user address
 * @allowed: of each unit, if @have_allowed
 * @have_allowed: there is a list of allowed ranges
 */
struct model {
	struct io_pagetable iopt;
	struct iommufd_ctx ictx;
	struct rnd_state rnd;
	u8 state[UNITS];
	unsigned long memory[UNITS];
	bool allowed[UNITS];
	bool have_allowed;
};

unsigned long model_random(struct model *m, unsigned long below);
bool model_all(const struct model *m, unsigned long first, unsigned long count,
	       enum unit_state state);
bool model_any(const struct model *m, unsigned long first, unsigned long count,
	       enum unit_state state);
unsigned long model_alloc(const struct model *m, unsigned long uptr,
			  unsigned long length);
void model_map(struct model *m, unsigned long first,
	       const unsigned long *memory, unsigned long count);
bool model_has_area(const struct model *m, const struct iopt_area *area);

#endif
