// SPDX-License-Identifier: GPL-2.0-only
/*
 * Undoing mappings. An unmap looks at everything it would touch before it
 * touches anything. What it takes stays in the tree, so that nothing else goes
 * there, until it is out of all domains.
 */
#include <linux/lockdep.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "area_tree.h"
#include "io_pagetable.h"

/* How often drivers are asked to let go of what is to be unmapped, as Linux. */
#define NOTIFY_TRIES 100

/**
 * struct unmap - an unmap on its way
 * @iopt: the table
 * @start: first address
 * @last: last address
 * @chain: areas that are the caller's, by iopt_area::next in their order
 * @areas: how many there are
 * @unmapped: how many bytes they are
 * @busy_start: first address of the area that a driver has pinned
 * @busy_length: its length in bytes
 */
struct unmap {
	struct io_pagetable *iopt;
	unsigned long start;
	unsigned long last;
	struct iopt_area *chain;
	unsigned long areas;
	unsigned long unmapped;
	unsigned long busy_start;
	unsigned long busy_length;
};

/*
 * Chains the areas of the range if all of them can go, and says which of them
 * drivers have to let go of first, or NULL.
 */
static int unmap_collect(struct unmap *u, struct iopt_area **busy)
{
	struct iopt_area **link = &u->chain;
	struct iopt_area *area;

	lockdep_assert_held_write(&u->iopt->iova_rwsem);

	*busy = NULL;
	u->areas = 0;
	u->unmapped = 0;
	area = area_tree_find(&u->iopt->areas, u->start, u->last);
	for (; area; area = area_tree_next_in(area, u->last)) {
		if (!area_is_committed(area))
			return -EBUSY;
		if (area->start < u->start || area->last > u->last)
			return -ENOENT;
		if (!*busy && atomic_read(&area->accesses))
			*busy = area;
		*link = area;
		link = &area->next;
		u->areas++;
		u->unmapped += area_length(area);
	}
	*link = NULL;
	return 0;
}

static void unmap_erase(struct unmap *u)
{
	struct iopt_counts *counts = &u->iopt->counts;

	lockdep_assert_held_write(&u->iopt->iova_rwsem);

	if (!u->chain)
		return;
	area_tree_erase(&u->iopt->areas, u->chain);
	iopt_count(&counts->areas, -u->areas);
	iopt_count(&counts->bytes, -u->unmapped);
	iopt_count(&counts->unmaps, 1);
}

/* Makes the collected areas the caller's. Without a domain they are done. */
static void unmap_take(struct unmap *u)
{
	struct io_pagetable *iopt = u->iopt;
	struct iopt_area *area;

	lockdep_assert_held(&iopt->domains_rwsem);
	lockdep_assert_held_write(&iopt->iova_rwsem);

	if (!iopt->ndomains) {
		unmap_erase(u);
		return;
	}
	for (area = u->chain; area; area = area_next_in_chain(area))
		area->committed = false;
}

/* -EAGAIN: drivers have to be asked to let go of what is busy. */
static int unmap_begin(struct unmap *u)
{
	struct iopt_area *busy;
	int rc;

	rc = down_write_killable(&u->iopt->iova_rwsem);
	if (rc)
		return rc;
	rc = unmap_collect(u, &busy);
	if (!rc && busy) {
		busy->no_access = true;
		u->busy_start = busy->start;
		u->busy_length = area_length(busy);
		rc = -EAGAIN;
	}
	if (!rc)
		unmap_take(u);
	up_write(&u->iopt->iova_rwsem);
	return rc;
}

/* Out of the domains, and only then out of the tree. */
static void unmap_end(struct unmap *u)
{
	struct io_pagetable *iopt = u->iopt;

	if (!iopt->ndomains || !u->chain)
		return;
	iopt_empty_areas(iopt, u->chain);
	down_write(&iopt->iova_rwsem);
	unmap_erase(u);
	up_write(&iopt->iova_rwsem);
}

static int unmap_try(struct unmap *u)
{
	int rc;

	rc = down_read_killable(&u->iopt->domains_rwsem);
	if (rc)
		return rc;
	rc = unmap_begin(u);
	if (!rc)
		unmap_end(u);
	up_read(&u->iopt->domains_rwsem);
	if (!rc)
		iopt_areas_free(u->chain);
	return rc;
}

/* The drivers may use as before what they keep, and what they let go of. */
static void unmap_give_up(struct unmap *u)
{
	struct iopt_area *area;

	down_write(&u->iopt->iova_rwsem);
	area = area_tree_find(&u->iopt->areas, u->start, u->last);
	for (; area; area = area_tree_next_in(area, u->last))
		area->no_access = false;
	up_write(&u->iopt->iova_rwsem);
}

static int unmap_busy(struct unmap *u)
{
	unsigned int tries;
	int rc = -EAGAIN;

	for (tries = 0; tries < NOTIFY_TRIES && rc == -EAGAIN; tries++) {
		unsigned long busy_start = u->busy_start;

		iopt_notify_unmap(u->iopt, u->busy_start, u->busy_length);
		rc = unmap_try(u);
		if (busy_start != u->busy_start)
			tries = 0;
	}
	if (rc)
		unmap_give_up(u);
	return rc == -EAGAIN ? -EDEADLK : rc;
}

/**
 * iopt_unmap() - undo the mappings of a range, all of them or none
 * @iopt: the table
 * @start: first address
 * @last: last address
 * @unmapped: set to how many bytes were mapped there
 *
 * Afterwards no device, and no driver on behalf of one, uses the memory on
 * account of the mappings, unless a fatal signal kept this from waiting.
 *
 * Context: may sleep; takes domains_rwsem and iova_rwsem, and without them
 * calls the drivers that use the memory.
 * Return: 0, also when nothing was mapped, or -ENOENT if a mapping is only
 * partly in the range, -EBUSY if one is being made or undone, -EDEADLK if a
 * driver does not let go, -EINTR for a fatal signal.
 */
int iopt_unmap(struct io_pagetable *iopt, unsigned long start,
	       unsigned long last, unsigned long *unmapped)
{
	struct unmap u __uninitialized;
	int rc;

	u.iopt = iopt;
	u.start = start;
	u.last = last;
	rc = unmap_try(&u);
	if (rc == -EAGAIN)
		rc = unmap_busy(&u);
	/* Drivers copy what they have found without a lock of the table. */
	if (!rc)
		iopt_wait_uses(iopt, start, last);
	*unmapped = rc ? 0 : u.unmapped;
	return rc;
}
