// SPDX-License-Identifier: GPL-2.0-only
/* Steps of the model of pages, and what has to be true after each. */
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sched/signal.h>
#include <linux/sched/user.h>
#include <linux/slab.h>

#include "../iommufd.h"
#include "../owner.h"
#include "../pin.h"
#include "pages_model.h"

static unsigned long random(struct pages_model *m, unsigned long below)
{
	return prandom_u32_state(&m->rnd) % below;
}

/**
 * pages_model_init() - begin with pages that nobody uses
 * @m: the model
 * @pages: the pages; no others of their owner come and go meanwhile
 *
 * Context: any.
 */
void pages_model_init(struct pages_model *m, struct iopt_pages *pages)
{
	const struct iopt_owner *owner = pages->owner;

	m->pages = pages;
	m->nusers = 0;
	m->idle_pinned = atomic64_read(&owner->mm->pinned_vm);
	m->idle_process = owner->mm->locked_vm;
	m->idle_user = atomic_long_read(&owner->user->locked_vm);
	prandom_seed_state(&m->rnd, pages->npages);
}

/**
 * pages_model_range() - choose a range of pages
 * @m: the model
 *
 * Context: any.
 * Return: the range, often all of them or a few.
 */
struct model_user pages_model_range(struct pages_model *m)
{
	unsigned long npages = m->pages->npages;
	unsigned long a = random(m, npages);
	unsigned long b = random(m, npages);

	if (!random(m, 6))
		return (struct model_user){ 0, npages - 1 };
	/* Short ones, so that users do not always overlap. */
	if (random(m, 3))
		b = min(a + b / 16, npages - 1);
	return (struct model_user){ min(a, b), max(a, b) };
}

static bool is_needed(const struct pages_model *m, unsigned long index)
{
	unsigned int i;

	for (i = 0; i < m->nusers; i++) {
		if (m->users[i].first <= index && index <= m->users[i].last)
			return true;
	}
	return false;
}

static unsigned long count_missing(struct pages_model *m,
				   struct model_user range)
{
	unsigned long missing = 0;
	unsigned long i;

	mutex_lock(&m->pages->lock);
	for (i = range.first; i <= range.last; i++)
		missing += !pin_find_page(m->pages, i);
	mutex_unlock(&m->pages->lock);
	return missing;
}

/* What the owner may have locked in all, in pages. */
static void set_limit(struct pages_model *m, unsigned long npages)
{
	struct task_struct *task = m->pages->owner->task;

	task_lock(task);
	task->signal->rlim[RLIMIT_MEMLOCK].rlim_cur = npages << PAGE_SHIFT;
	task_unlock(task);
}

static unsigned long locked_now(const struct pages_model *m)
{
	const struct iopt_owner *owner = m->pages->owner;

	if (owner->charge == IOPT_CHARGE_PROCESS)
		return owner->mm->locked_vm;
	return atomic_long_read(&owner->user->locked_vm);
}

/* There is room for all but one of the pages that it lacks. */
static int pin_over_limit(struct pages_model *m)
{
	struct model_user range = pages_model_range(m);
	unsigned long missing = count_missing(m, range);
	unsigned long limit;
	int rc;

	if (m->pages->owner->charge == IOPT_CHARGE_NONE || !missing)
		return 0;
	limit = task_rlimit(m->pages->owner->task, RLIMIT_MEMLOCK);
	set_limit(m, locked_now(m) + missing - 1);
	rc = iopt_pages_pin(m->pages, range.first, range.last);
	set_limit(m, limit >> PAGE_SHIFT);
	if (rc == -ENOMEM)
		return 0;
	pr_err("selftest: over the limit: error %d\n", rc);
	return -EINVAL;
}

static int pin_range(struct pages_model *m)
{
	struct model_user range = pages_model_range(m);
	int rc;

	if (m->nusers == MODEL_USERS)
		return 0;
	rc = iopt_pages_pin(m->pages, range.first, range.last);
	if (!rc)
		m->users[m->nusers++] = range;
	return rc;
}

static int unpin_user(struct pages_model *m)
{
	struct model_user *user;

	if (!m->nusers)
		return 0;
	user = &m->users[random(m, m->nusers)];
	iopt_pages_unpin(m->pages, user->first, user->last);
	*user = m->users[--m->nusers];
	return 0;
}

/* At the end of a page, or inside of one. */
static int split_user(struct pages_model *m)
{
	bool inside = random(m, 2);
	struct model_user *lower, *upper;
	unsigned long room;
	int rc;

	if (!m->nusers || m->nusers == MODEL_USERS)
		return 0;
	lower = &m->users[random(m, m->nusers)];
	upper = &m->users[m->nusers];
	room = lower->last - lower->first + inside;
	if (!room)
		return 0;
	upper->last = lower->last;
	lower->last = lower->first + random(m, room);
	upper->first = lower->last + !inside;
	rc = iopt_pages_split_user(m->pages, lower->first, lower->last,
				   upper->first, upper->last);
	if (!rc)
		m->nusers++;
	return rc;
}

static bool holds_number(struct page *page, unsigned long index)
{
	u32 number;

	memcpy_from_page((char *)&number, page, 0, sizeof(number));
	return folio_maybe_dma_pinned(page_folio(page)) && number == index;
}

static int check_runs(struct pages_model *m, struct model_user user,
		      struct page **list)
{
	struct iopt_run_iter iter;
	struct iopt_run run;
	unsigned long i = 0;
	int rc = 0;

	mutex_lock(&m->pages->lock);
	iopt_run_iter_init(&iter, m->pages, user.first, user.last);
	while (iopt_run_next(&iter, &run)) {
		for (; run.npages--; i++) {
			if (pfn_to_page(run.pfn++) != list[i])
				rc = -EINVAL;
		}
	}
	mutex_unlock(&m->pages->lock);
	return i == user.last - user.first + 1 ? rc : -EINVAL;
}

/* As drivers and domains get to see it. */
static int check_lists(struct pages_model *m)
{
	struct model_user user;
	struct page **list;
	unsigned long i;
	int rc = 0;

	if (!m->nusers)
		return 0;
	user = m->users[random(m, m->nusers)];
	list = kvcalloc(m->pages->npages + 1, sizeof(*list), GFP_KERNEL);
	if (!list)
		return -ENOMEM;
	iopt_pages_list(m->pages, user.first, user.last, list);
	for (i = 0; i <= user.last - user.first; i++) {
		if (!holds_number(list[i], user.first + i))
			rc = -EINVAL;
	}
	if (!rc)
		rc = list[i] ? -EINVAL : check_runs(m, user, list);
	kvfree(list);
	return rc;
}

/* Across the beginning of a page, by any way there is. */
static int check_rw(struct pages_model *m)
{
	unsigned int flags = current->mm ? 0 : IOMMUFD_ACCESS_RW_KTHREAD;
	unsigned long index = random(m, m->pages->npages);
	unsigned long skip = index ? 1 : 0;
	unsigned long offset = index * PAGE_SIZE - skip * sizeof(u32);
	u32 words[3] = {};
	int rc;

	if (!random(m, 3))
		flags |= __IOMMUFD_ACCESS_RW_SLOW_PATH;
	rc = iopt_pages_rw(m->pages, offset, words, sizeof(words), flags);
	if (rc)
		return rc;
	if (words[skip] != index || (skip && ~words[0] != index - 1))
		return -EINVAL;
	rc = iopt_pages_rw(m->pages, offset, words, sizeof(words),
			   flags | IOMMUFD_ACCESS_RW_WRITE);
	return rc == (m->pages->writable ? 0 : -EPERM) ? 0 : -EINVAL;
}

static int check_charge(const struct pages_model *m, long pinned)
{
	const struct iopt_owner *owner = m->pages->owner;
	long counted = atomic64_read(&owner->mm->pinned_vm) - m->idle_pinned;
	long process = owner->mm->locked_vm - m->idle_process;
	long user = atomic_long_read(&owner->user->locked_vm) - m->idle_user;

	if (counted == pinned &&
	    process == (owner->charge == IOPT_CHARGE_PROCESS ? pinned : 0) &&
	    user == (owner->charge == IOPT_CHARGE_USER ? pinned : 0))
		return 0;
	pr_err("selftest: %ld pages pinned, %ld counted, %ld and %ld locked\n",
	       pinned, counted, process, user);
	return -EINVAL;
}

/* No page is in two chunks, and none is too large. */
static int check_chunks(struct pages_model *m)
{
	struct interval_tree_node *node;
	unsigned long next = 0;

	if (m->pages->npages == 1)
		return 0;
	for (node = interval_tree_iter_first(&m->pages->chunks, 0, ULONG_MAX);
	     node; node = interval_tree_iter_next(node, 0, ULONG_MAX)) {
		if (node->start < next || node->last < node->start ||
		    node->last - node->start >= CHUNK_PAGES_MAX) {
			pr_err("selftest: the chunk of page %lu is wrong\n",
			       node->start);
			return -EINVAL;
		}
		next = node->last + 1;
	}
	return 0;
}

/* What is pinned without need lies between two users. */
static int check_ends(struct pages_model *m)
{
	struct interval_tree_node *node;

	if (m->pages->npages == 1)
		return m->pages->page && !m->nusers ? -EINVAL : 0;
	for (node = interval_tree_iter_first(&m->pages->chunks, 0, ULONG_MAX);
	     node; node = interval_tree_iter_next(node, 0, ULONG_MAX)) {
		if (!is_needed(m, node->start) || !is_needed(m, node->last)) {
			pr_err("selftest: pages %lu to %lu are not needed\n",
			       node->start, node->last);
			return -EINVAL;
		}
	}
	return 0;
}

/* The pages of a large one have their pins in common. */
static bool is_unpinned(struct pages_model *m, unsigned long index)
{
	unsigned long uptr = m->pages->uptr + index * PAGE_SIZE;
	struct page *page;
	bool pinned;

	if (!current->mm || get_user_pages_fast(uptr, 1, 0, &page) != 1)
		return true;
	pinned = folio_maybe_dma_pinned(page_folio(page)) &&
		 !PageCompound(page);
	put_page(page);
	return !pinned;
}

/* Whether pages have no pins that nobody knows of is seen in every @stride. */
static int check(struct pages_model *m, unsigned long stride)
{
	unsigned long offset = random(m, stride);
	long pinned = 0;
	unsigned long i;

	for (i = 0; i < m->pages->npages; i++) {
		struct page *page = pin_find_page(m->pages, i);
		bool right;

		if (page)
			right = holds_number(page, i);
		else
			right = !is_needed(m, i) &&
				(i % stride != offset || is_unpinned(m, i));
		if (!right) {
			pr_err("selftest: page %lu of %lu is wrong\n", i,
			       m->pages->npages);
			return -EINVAL;
		}
		pinned += !!page;
	}
	return check_chunks(m) ?: check_ends(m) ?: check_charge(m, pinned);
}

static int check_locked(struct pages_model *m, unsigned long stride)
{
	int rc;

	mutex_lock(&m->pages->lock);
	rc = check(m, stride);
	mutex_unlock(&m->pages->lock);
	return rc;
}

/**
 * pages_model_check() - compare pages with what the model needs
 * @m: the model
 *
 * Context: may sleep; nobody else uses the pages.
 * Return: 0, or -EINVAL with a line in the log.
 */
int pages_model_check(struct pages_model *m)
{
	return check_locked(m, 1);
}

/**
 * pages_model_check_range() - whether a range is pinned
 * @m: the model, which need not know all users
 * @range: the range; the caller uses it
 *
 * Context: may sleep.
 * Return: 0, or -EINVAL with a line in the log.
 */
int pages_model_check_range(struct pages_model *m, struct model_user range)
{
	unsigned long i;
	int rc;

	mutex_lock(&m->pages->lock);
	rc = check_chunks(m);
	for (i = range.first; !rc && i <= range.last; i++) {
		struct page *page = pin_find_page(m->pages, i);

		if (page && holds_number(page, i))
			continue;
		pr_err("selftest: page %lu of a user is wrong\n", i);
		rc = -EINVAL;
	}
	mutex_unlock(&m->pages->lock);
	return rc;
}

static int step(struct pages_model *m)
{
	switch (random(m, 32)) {
	case 0 ... 9:
		return pin_range(m);
	case 10 ... 21:
		return unpin_user(m);
	case 22 ... 24:
		return split_user(m);
	case 25 ... 27:
		return pin_over_limit(m);
	case 28:
		return check_lists(m);
	default:
		return check_rw(m);
	}
}

/**
 * pages_model_run() - random steps, until all users have left again
 * @m: the model
 * @steps: how many
 *
 * Context: may sleep; in the process that the pages are of, or a kernel thread.
 * Return: 0, or a negative errno with a line in the log.
 */
int pages_model_run(struct pages_model *m, int steps)
{
	int rc = 0;
	int i;

	for (i = 0; !rc && i < steps; i++) {
		rc = step(m);
		if (!rc)
			rc = check_locked(m, 50);
		cond_resched();
	}
	if (rc)
		pr_err("selftest: %lu pages: error %d at step %d\n",
		       m->pages->npages, rc, i);
	while (m->nusers)
		unpin_user(m);
	return rc ? rc : pages_model_check(m);
}
