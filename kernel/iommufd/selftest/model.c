// SPDX-License-Identifier: GPL-2.0-only
/* The model that tables are compared with. */
#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "model.h"

unsigned long model_random(struct model *m, unsigned long below)
{
	return prandom_u32_state(&m->rnd) % below;
}

bool model_all(const struct model *m, unsigned long first, unsigned long count,
	       enum unit_state state)
{
	unsigned long i;

	for (i = first; i < first + count; i++) {
		if (i >= UNITS || m->state[i] != state)
			return false;
	}
	return true;
}

bool model_any(const struct model *m, unsigned long first, unsigned long count,
	       enum unit_state state)
{
	unsigned long i;

	for (i = first; i < first + count; i++) {
		if (i < UNITS ? m->state[i] == state : state == UNIT_RESERVED)
			return true;
	}
	return false;
}

static bool in_run(const struct model *m, unsigned long unit)
{
	return !m->have_allowed || m->allowed[unit];
}

static unsigned long place(unsigned long unit, unsigned long alignment,
			   unsigned long uptr)
{
	return ALIGN(unit * UNIT, alignment) | offset_in_page(uptr);
}

/* Where it goes within a run of allowed units, or ULONG_MAX. */
static unsigned long model_alloc_in_run(const struct model *m,
					unsigned long first, unsigned long end,
					unsigned long alignment,
					unsigned long uptr,
					unsigned long length)
{
	unsigned long unit = place(first, alignment, uptr) / UNIT;
	unsigned long hole_end;

	for (; unit < end; unit = hole_end + 1) {
		unsigned long iova = place(unit, alignment, uptr);

		for (hole_end = unit; hole_end < end; hole_end++) {
			if (m->state[hole_end] != UNIT_FREE)
				break;
		}
		if (iova + length <= hole_end * UNIT)
			return iova;
	}
	return ULONG_MAX;
}

/* ULONG_MAX if there is no place. */
unsigned long model_alloc(const struct model *m, unsigned long uptr,
			  unsigned long length)
{
	unsigned long alignment = roundup_pow_of_two(length);
	unsigned long first, end, iova;

	if (uptr)
		alignment = min(alignment, 1UL << __ffs(uptr));
	for (first = PAGE_SIZE / UNIT; first < UNITS; first = end + 1) {
		for (end = first; end < UNITS && in_run(m, end); end++)
			;
		iova = model_alloc_in_run(m, first, end, alignment, uptr,
					  length);
		if (iova != ULONG_MAX)
			return iova;
	}
	return ULONG_MAX;
}

void model_map(struct model *m, unsigned long first,
	       const unsigned long *memory, unsigned long count)
{
	memset(&m->state[first], UNIT_MAPPED, count);
	memcpy(&m->memory[first], memory, count * sizeof(*memory));
}

/* Whether an area shows what the model says, unit by unit. */
bool model_has_area(const struct model *m, const struct iopt_area *area)
{
	unsigned long uptr = area->pages->uptr + area->start_byte;
	unsigned long iova;

	for (iova = area->start; iova < area->last; iova += UNIT) {
		if (iova >= UNITS * UNIT ||
		    m->state[iova / UNIT] != UNIT_MAPPED ||
		    m->memory[iova / UNIT] != uptr + (iova - area->start))
			return false;
	}
	return true;
}
