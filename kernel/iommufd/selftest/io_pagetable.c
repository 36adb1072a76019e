// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random mappings, copies, reserved and allowed ranges in a small space. Each
 * choice of an address and each refusal is compared with those of a model, and
 * after each step the whole table is.
 *
 * The space is made small by reserving what lies behind it.
 */
#undef pr_fmt
#define pr_fmt(fmt) KBUILD_MODNAME ": selftest: " fmt

#include <linux/init.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/slab.h>

#include "../area_tree.h"
#include "../iova_ranges.h"
#include "../owner.h"
#include "model.h"
#include "selftest.h"

#define STEPS 20000
#define LONGEST 24UL

static void unmap_one(struct model *m)
{
	unsigned long iova = model_random(m, UNITS) * UNIT;
	struct iopt_area *area;
	unsigned long unmapped;
	unsigned long first;

	area = area_tree_find(&m->iopt.areas, iova, UNITS * UNIT - 1);
	if (!area)
		return;
	first = area->start / UNIT;
	iopt_unmap(&m->iopt, area->start, area->last, &unmapped);
	memset(&m->state[first], UNIT_FREE, unmapped / UNIT);
}

/* Places a claim that should go to @expected, or nowhere with @errno. */
static int finish(struct model *m, struct iopt_claim *claim,
		  const unsigned long *memory, unsigned long expected,
		  int expected_errno)
{
	int rc = iopt_claim_place(claim);

	if (rc || expected_errno) {
		if (rc != expected_errno)
			pr_err("0x%lx bytes at 0x%lx: error %d, not %d\n",
			       claim->length, claim->iova, rc, expected_errno);
		return rc == expected_errno ? 0 : -EINVAL;
	}
	if (claim->iova != expected) {
		pr_err("0x%lx bytes went to 0x%lx, not to 0x%lx\n",
		       claim->length, claim->iova, expected);
		iopt_claim_abort(claim);
		return -EINVAL;
	}
	if (!model_random(m, 4)) {
		iopt_claim_abort(claim);
		return 0;
	}
	rc = iopt_claim_commit(claim);
	if (rc)
		return rc;
	model_map(m, expected / UNIT, memory, claim->length / UNIT);
	return 0;
}

static int expect_automatic(const struct model *m, unsigned long uptr,
			    unsigned long length, unsigned long *iova)
{
	*iova = model_alloc(m, uptr, length);
	return *iova == ULONG_MAX ? -ENOSPC : 0;
}

static int expect_fixed(const struct model *m, unsigned long iova,
			unsigned long length)
{
	if (model_any(m, iova / UNIT, length / UNIT, UNIT_RESERVED))
		return -EINVAL;
	return model_any(m, iova / UNIT, length / UNIT, UNIT_MAPPED) ? -EEXIST
								     : 0;
}

/* Anywhere, or at an address that may not be free. */
static int place_claim(struct model *m, struct iopt_claim *claim,
		       const unsigned long *memory)
{
	unsigned long expected = model_random(m, UNITS) * UNIT;
	int expected_errno, rc;

	claim->fixed = !model_random(m, 4);
	if (claim->fixed)
		expected_errno = expect_fixed(m, expected, claim->length);
	else
		expected_errno = expect_automatic(m, memory[0], claim->length,
						  &expected);
	claim->iova = expected;
	rc = finish(m, claim, memory, expected, expected_errno);
	if (expected_errno == -ENOSPC)
		unmap_one(m);
	return rc;
}

static int map_one(struct model *m)
{
	unsigned long count = 1 + model_random(m, LONGEST);
	unsigned long uptr = model_random(m, 1024) * UNIT;
	struct iopt_claim claim = { .iopt = &m->iopt, .length = count * UNIT };
	unsigned long memory[LONGEST];
	unsigned long i;
	int rc;

	for (i = 0; i < count; i++)
		memory[i] = uptr + i * UNIT;
	rc = iopt_claim_user(&claim, &m->ictx, uptr);
	return rc ? rc : place_claim(m, &claim, memory);
}

/* Of any part of the space, whatever is mapped there. */
static int copy_one(struct model *m)
{
	unsigned long count = 1 + model_random(m, LONGEST);
	unsigned long first = model_random(m, UNITS - LONGEST);
	struct iopt_claim claim = { .iopt = &m->iopt, .length = count * UNIT };
	unsigned long memory[LONGEST];
	bool whole = model_all(m, first, count, UNIT_MAPPED);
	int rc;

	rc = iopt_claim_slices(&claim, &m->iopt, first * UNIT);
	if (rc != (whole ? 0 : -ENOENT)) {
		pr_err("copy from 0x%lx: error %d\n", first * UNIT, rc);
		return rc ? rc : -EINVAL;
	}
	if (rc)
		return 0;
	memcpy(memory, &m->memory[first], sizeof(memory));
	return place_claim(m, &claim, memory);
}

static int reserve_one(struct model *m)
{
	unsigned long first = model_random(m, UNITS);
	unsigned long count = 1 + model_random(m, 8);
	unsigned long i;

	if (!model_all(m, first, count, UNIT_FREE))
		return 0;
	for (i = first; i < first + count; i++) {
		if (m->have_allowed && m->allowed[i])
			return 0;
	}
	memset(&m->state[first], UNIT_RESERVED, count);
	return iopt_range_insert(&m->iopt.reserved, first * UNIT,
				 (first + count) * UNIT - 1, NULL);
}

static int reserve_what_lies_behind(struct model *m)
{
	unsigned long i;

	iopt_ranges_free(&m->iopt.reserved);
	for (i = 0; i < UNITS; i++) {
		if (m->state[i] == UNIT_RESERVED)
			m->state[i] = UNIT_FREE;
	}
	return iopt_range_insert(&m->iopt.reserved, UNITS * UNIT, ULONG_MAX,
				 NULL);
}

static int allow_unit(struct rb_root_cached *set, unsigned long unit)
{
	return iopt_range_insert(set, unit * UNIT, (unit + 1) * UNIT - 1, NULL);
}

/* A random list of what is not reserved. */
static int build_allowed(struct model *m, struct rb_root_cached *set,
			 bool *allowed)
{
	unsigned long unit;
	int rc = 0;

	for (unit = model_random(m, 64); !rc && unit < UNITS; unit++) {
		if (!model_random(m, 16)) {
			unit += model_random(m, 32);
		} else if (m->state[unit] != UNIT_RESERVED) {
			allowed[unit] = true;
			rc = allow_unit(set, unit);
		}
	}
	return rc;
}

/* Reserves a unit that the list has: then the old list must stay. */
static int refuse_allowed(struct model *m, struct rb_root_cached *set)
{
	int rc = allow_unit(set, UNITS);

	if (rc)
		return rc;
	rc = iopt_set_allowed(&m->iopt, set);
	return rc == -EADDRINUSE ? 0 : -EINVAL;
}

static int replace_allowed(struct model *m)
{
	struct rb_root_cached set = RB_ROOT_CACHED;
	bool *allowed;
	int rc;

	allowed = kcalloc(UNITS, sizeof(*allowed), GFP_KERNEL);
	if (!allowed)
		return -ENOMEM;
	rc = build_allowed(m, &set, allowed);
	if (!rc && !model_random(m, 4)) {
		rc = refuse_allowed(m, &set);
	} else if (!rc) {
		rc = iopt_set_allowed(&m->iopt, &set);
		memcpy(m->allowed, allowed, sizeof(m->allowed));
		m->have_allowed = !RB_EMPTY_ROOT(&m->iopt.allowed.rb_root);
	}
	iopt_ranges_free(&set);
	kfree(allowed);
	return rc;
}

/* Or automatic addresses would come from the list for ever. */
static int clear_allowed(struct model *m)
{
	struct rb_root_cached none = RB_ROOT_CACHED;
	int rc = iopt_set_allowed(&m->iopt, &none);

	iopt_ranges_free(&none);
	m->have_allowed = false;
	return rc;
}

static bool max_gap_is_right(struct iopt_area *area)
{
	unsigned long max_gap = area->gap;

	if (area->node.rb_left)
		max_gap = max(max_gap, area_of(area->node.rb_left)->max_gap);
	if (area->node.rb_right)
		max_gap = max(max_gap, area_of(area->node.rb_right)->max_gap);
	return area->max_gap == max_gap;
}

static int compare(const struct model *m)
{
	unsigned long end = 0;
	unsigned long mapped = 0;
	struct iopt_area *area;
	unsigned long unit;

	if (m->iopt.areas.rb_leftmost != rb_first(&m->iopt.areas.rb_root)) {
		pr_err("the first area is not the first\n");
		return -EINVAL;
	}
	area_tree_for_each(area, &m->iopt.areas) {
		if (area->gap != area->start - end || !area->committed ||
		    !max_gap_is_right(area) || !model_has_area(m, area)) {
			pr_err("the area at 0x%lx is wrong\n", area->start);
			return -EINVAL;
		}
		end = area->last + 1;
		mapped += (end - area->start) / UNIT;
	}
	for (unit = 0; unit < UNITS; unit++)
		mapped -= m->state[unit] == UNIT_MAPPED;
	return mapped ? -EINVAL : 0;
}

static int step(struct model *m)
{
	switch (model_random(m, 64)) {
	case 0:
		return reserve_what_lies_behind(m);
	case 1:
		return replace_allowed(m);
	case 2:
		return clear_allowed(m);
	case 3 ... 9:
		return reserve_one(m);
	case 10 ... 32:
		unmap_one(m);
		return 0;
	case 33 ... 44:
		return copy_one(m);
	default:
		return map_one(m);
	}
}

/* Holes and runs that touch both ends of the space. */
static int check_ends(void)
{
	struct rb_root_cached set = RB_ROOT_CACHED;
	unsigned long start = 0, last = ULONG_MAX;
	bool right;
	int rc;

	rc = iopt_range_insert(&set, 16, ULONG_MAX, NULL);
	if (rc)
		return rc;
	right = iopt_ranges_next_hole(&set, &start, &last) && start == 0 &&
		last == 15;
	start = 16;
	last = ULONG_MAX;
	right = right && !iopt_ranges_next_hole(&set, &start, &last);
	start = 0;
	right = right && iopt_ranges_next_used(&set, &start, &last) &&
		start == 16 && last == ULONG_MAX;
	iopt_ranges_free(&set);
	return right ? 0 : -EINVAL;
}

static void begin(struct model *m)
{
	prandom_seed_state(&m->rnd, 1);
	spin_lock_init(&m->ictx.owner_lock);
	iopt_init(&m->iopt);
}

static void end(struct model *m)
{
	iopt_release(&m->iopt);
	if (m->ictx.owner)
		iopt_owner_put(m->ictx.owner);
	m->ictx.owner = NULL;
}

static int try_cuts(struct model *m)
{
	struct iopt_claim claim = { .iopt = &m->iopt,
				    .iova = UNIT,
				    .length = 2 * UNIT,
				    .fixed = true };
	struct iopt_area *area;
	int rc;

	rc = iopt_claim_user(&claim, &m->ictx, 0);
	if (!rc)
		rc = iopt_claim_place(&claim);
	if (!rc)
		rc = iopt_claim_commit(&claim);
	if (rc)
		return rc;
	area = area_tree_first(&m->iopt.areas);
	area->pinned = true;
	rc = iopt_cut(&m->iopt, 2 * UNIT - 1);
	area->pinned = false;
	if (rc != -EINVAL)
		return -EINVAL;
	rc = iopt_cut(&m->iopt, 2 * UNIT - 1);
	return area->last == 2 * UNIT - 1 ? rc : -EINVAL;
}

/*
 * What domains have is not cut where it may be large pages, even if whoever
 * asked for that has found, a moment ago, that there are none.
 */
static int check_cuts(struct model *m)
{
	int rc;

	begin(m);
	rc = try_cuts(m);
	end(m);
	if (rc)
		pr_err("a mapping is cut where it must not be, or not\n");
	return rc;
}

static int run_model(struct model *m)
{
	int rc, i;

	begin(m);
	rc = reserve_what_lies_behind(m);
	for (i = 0; !rc && i < STEPS; i++) {
		rc = step(m);
		if (!rc)
			rc = compare(m);
	}
	end(m);
	if (rc)
		pr_err("failed at step %d of %d: error %d\n", i, STEPS, rc);
	return rc;
}

/**
 * iommufd_selftest_table() - compare tables with a model
 *
 * Context: may sleep; needs iopt_caches_create().
 * Return: 0, or a negative errno with a line in the log.
 */
int __init iommufd_selftest_table(void)
{
	struct model *m;
	int rc;

	rc = check_ends();
	if (rc) {
		pr_err("the ends of the space are wrong\n");
		return rc;
	}
	m = kvzalloc(sizeof(*m), GFP_KERNEL);
	if (!m)
		return -ENOMEM;
	rc = check_cuts(m);
	if (!rc)
		rc = run_model(m);
	kvfree(m);
	if (!rc)
		pr_info("%d steps as the model\n", STEPS);
	return rc;
}
