// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mock's page table tested, while the module loads: that it translates, and
 * that it notices everything it is there to notice.
 */
#include <linux/gfp.h>
#include <linux/pfn.h>

#include "mock_table.h"

#define SMALL MOCK_IO_PAGE_SIZE
#define HUGE MOCK_HUGE_PAGE_SIZE
#define IOVA (32 * HUGE)

/* No memory, so that nobody can have given it back. */
#define PHYS BIT_ULL(45)

static int failed_line __initdata;

/* Only the first failure counts: the others may follow from it. */
static void __init want(bool condition, int line)
{
	if (!condition && !failed_line)
		failed_line = line;
}

#define WANT(condition) want(condition, __LINE__)

static bool __init leads_to(struct mock_table *t, unsigned long iova,
			    phys_addr_t phys)
{
	phys_addr_t found;

	return mock_table_lookup(t, iova, &found) && found == phys;
}

/* How many complaints there were since it was last asked. */
static int __init complaints(struct mock_table *t)
{
	return atomic_xchg(&t->complaints, 0);
}

static int __init map(struct mock_table *t, unsigned long iova,
		      phys_addr_t phys, size_t pgsize, size_t count)
{
	return mock_table_map(t, iova, phys, pgsize, count, GFP_KERNEL);
}

static size_t __init unmap(struct mock_table *t, unsigned long iova,
			   size_t size)
{
	size_t unmapped = mock_table_unmap(t, iova, size);

	mock_table_flush(t, iova, iova + size - 1);
	return unmapped;
}

static void __init check_translation(struct mock_table *t)
{
	/* The last page of one table and the first of another. */
	unsigned long iova = IOVA + HUGE - SMALL;

	WANT(!map(t, iova, PHYS, SMALL, 2));
	WANT(leads_to(t, iova, PHYS));
	WANT(leads_to(t, iova + 5, PHYS + 5));
	WANT(leads_to(t, iova + SMALL, PHYS + SMALL));
	WANT(!leads_to(t, iova - 1, PHYS - 1));
	WANT(!leads_to(t, iova + 2 * SMALL, PHYS + 2 * SMALL));
	WANT(unmap(t, iova, 2 * SMALL) == 2 * SMALL);
	WANT(!leads_to(t, iova, PHYS));
	WANT(!leads_to(t, iova + SMALL, PHYS + SMALL));
	WANT(!complaints(t));
}

static void __init check_dirty(struct mock_table *t)
{
	size_t pgsize;

	WANT(!mock_table_make_dirty(t, IOVA));
	WANT(!mock_table_read_dirty(t, IOVA, true, &pgsize));
	WANT(!map(t, IOVA, PHYS, SMALL, 1));
	WANT(!map(t, IOVA + HUGE, PHYS, HUGE, 1));
	WANT(!mock_table_read_dirty(t, IOVA, true, &pgsize));
	WANT(mock_table_make_dirty(t, IOVA + 1));
	WANT(mock_table_make_dirty(t, IOVA + HUGE + SMALL));
	WANT(mock_table_read_dirty(t, IOVA, false, &pgsize) && pgsize == SMALL);
	WANT(mock_table_read_dirty(t, IOVA, true, &pgsize));
	WANT(!mock_table_read_dirty(t, IOVA, true, &pgsize));
	WANT(mock_table_make_dirty(t, IOVA));
	WANT(!mock_table_read_dirty(t, IOVA, false, &pgsize));
	mock_table_flush(t, IOVA, IOVA + SMALL - 1);
	WANT(mock_table_make_dirty(t, IOVA));
	WANT(mock_table_read_dirty(t, IOVA, true, &pgsize));
	WANT(mock_table_read_dirty(t, IOVA + HUGE, true, &pgsize));
	WANT(pgsize == HUGE);
	WANT(unmap(t, IOVA, SMALL) == SMALL);
	WANT(unmap(t, IOVA + HUGE, HUGE) == HUGE);
	WANT(!complaints(t));
}

static void __init check_exactness(struct mock_table *t)
{
	t->exact = true;
	WANT(!map(t, IOVA, PHYS, SMALL, 2));
	WANT(!map(t, IOVA + 2 * SMALL, PHYS, SMALL, 2));
	WANT(map(t, IOVA + SMALL, PHYS, SMALL, 1) == -EEXIST);
	WANT(complaints(t) == 1);
	WANT(unmap(t, IOVA, 4 * SMALL) == 4 * SMALL);
	WANT(!complaints(t));

	WANT(!map(t, IOVA, PHYS, SMALL, 2));
	WANT(unmap(t, IOVA, SMALL) == SMALL);
	WANT(complaints(t) == 1);
	WANT(unmap(t, IOVA + SMALL, SMALL) == SMALL);
	WANT(complaints(t) == 1);
}

static void __init check_holes(struct mock_table *t)
{
	WANT(!map(t, IOVA, PHYS, SMALL, 1));
	WANT(!map(t, IOVA + 2 * SMALL, PHYS, SMALL, 1));
	WANT(unmap(t, IOVA, 3 * SMALL) == SMALL);
	WANT(complaints(t) == 1);
	WANT(unmap(t, IOVA + 2 * SMALL, SMALL) == SMALL);
	WANT(!complaints(t));
	WANT(!unmap(t, IOVA + 2 * SMALL, SMALL));
	WANT(!unmap(t, IOVA + 4 * HUGE, SMALL));
	WANT(!unmap(t, MOCK_APERTURE_LAST + 1UL, SMALL));
	WANT(complaints(t) == 3);
	WANT(map(t, MOCK_APERTURE_LAST + 1UL, PHYS, SMALL, 1) == -EFAULT);
	WANT(map(t, IOVA, PHYS + 1, SMALL, 1) == -EFAULT);
	WANT(complaints(t) == 2);
}

static void __init check_huge(struct mock_table *t)
{
	WANT(!map(t, IOVA, PHYS, HUGE, 2));
	WANT(leads_to(t, IOVA + HUGE + 7, PHYS + HUGE + 7));
	WANT(map(t, IOVA + HUGE, PHYS, SMALL, 1) == -EEXIST);
	WANT(complaints(t) == 1);
	WANT(!unmap(t, IOVA + SMALL, HUGE - SMALL));
	WANT(!unmap(t, IOVA, HUGE - SMALL));
	WANT(complaints(t) == 2);
	WANT(unmap(t, IOVA, HUGE + SMALL) == HUGE);
	WANT(complaints(t) == 1);
	WANT(leads_to(t, IOVA + HUGE, PHYS + HUGE));
	WANT(unmap(t, IOVA + HUGE, HUGE) == HUGE);

	WANT(!map(t, IOVA, PHYS, SMALL, 1));
	WANT(!complaints(t));
	WANT(map(t, IOVA, PHYS, HUGE, 1) == -EEXIST);
	WANT(complaints(t) == 1);
	WANT(unmap(t, IOVA, SMALL) == SMALL);
}

static void __init check_flushes(struct mock_table *t)
{
	struct page *page;

	WANT(!map(t, IOVA, PHYS, SMALL, 1));
	WANT(mock_table_unmap(t, IOVA, SMALL) == SMALL);
	WANT(!leads_to(t, IOVA, PHYS));
	WANT(map(t, IOVA, PHYS, SMALL, 1) == -EEXIST);
	WANT(complaints(t) == 1);
	mock_table_flush(t, 0, IOVA - 1);
	mock_table_flush(t, IOVA + SMALL, ULONG_MAX);
	WANT(map(t, IOVA, PHYS, SMALL, 1) == -EEXIST);
	WANT(complaints(t) == 1);
	mock_table_flush(t, IOVA, IOVA);

	page = alloc_page(GFP_KERNEL);
	WANT(page);
	if (!page)
		return;
	WANT(!map(t, IOVA, PFN_PHYS(page_to_pfn(page)), SMALL, 1));
	WANT(unmap(t, IOVA, SMALL) == SMALL);
	__free_page(page);
	WANT(complaints(t) == 1);
}

typedef void (*table_check)(struct mock_table *t);

static const table_check table_checks[] __initconst = {
	check_translation, check_dirty, check_exactness,
	check_holes,	   check_huge,	check_flushes,
};

/**
 * mock_table_check() - test the mock's page table
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM, or -EINVAL with a line in the log.
 */
int __init mock_table_check(void)
{
	struct mock_table *t;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table_checks) && !failed_line; i++) {
		t = mock_table_create();
		if (!t)
			return -ENOMEM;
		t->quiet = true;
		table_checks[i](t);
		mock_table_destroy(t);
	}
	if (!failed_line)
		return 0;
	pr_err("the mock's page table is wrong: %s:%d\n", __FILE__,
	       failed_line);
	return -EINVAL;
}
