/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operations on what addresses may be used, and on tables as a whole.
 */
#ifndef TESTS_MOCK_MODEL_SPACE_H
#define TESTS_MOCK_MODEL_SPACE_H

#include "model_try.h"

static bool allow(void)
{
	int table = below(TABLES);
	struct table *t = &model.tables[table];
	struct iommu_iova_range list[RANGES];
	struct range ranges[RANGES];
	int count = one_in(2) ? 0 : 1 + below(3);
	int expected = 0;
	int i;

	for (i = 0; i < count; i++) {
		uint64_t start = some_iova();
		uint64_t last = start + below(64) * granule - one_in(2);

		ranges[i] = (struct range){ start, last };
		list[i] = (struct iommu_iova_range){ start, last };
		if (start >= last || overlaps(ranges, i, start, last))
			expected = EINVAL;
	}
	for (i = 0; i < count && !expected; i++) {
		if (is_reserved(&model, table, ranges[i].start, ranges[i].last))
			expected = EADDRINUSE;
	}
	TRYING("ALLOW_IOVAS of %d, %d ranges", table, count);
	if (!expect(ioas_allow(fd, t->id, list, count), expected))
		return false;
	if (expected)
		return true;
	t->allowances = count;
	memcpy(t->allowed, ranges, sizeof(ranges));
	return true;
}

static bool reserve(void)
{
	int table = below(TABLES);
	struct table *t = &model.tables[table];
	uint64_t start = some_iova();
	uint64_t length = (1 + below(4)) * granule;
	uint64_t last = start + length - 1;
	int expected = 0;

	if (t->reservations == RANGES)
		return true;
	if (is_mapped(t, start, last) ||
	    overlaps(t->allowed, t->allowances, start, last))
		expected = EADDRINUSE;
	TRYING("reserving of 0x%llx in %d, length 0x%llx", (long long)start,
	       table, (long long)length);
	if (!expect(mock_reserve(fd, t->id, start, length), expected))
		return false;
	if (!expected)
		t->reserved[t->reservations++] = (struct range){ start, last };
	return true;
}

static int usable_ranges(int table, struct iommu_iova_range *usable)
{
	struct range reserved[RANGES + 2];
	int reservations = all_reserved(&model, table, reserved);
	uint64_t at = 0;
	int count = 0;

	for (;;) {
		uint64_t first = UINT64_MAX, last = UINT64_MAX;
		bool found = false;
		int i;

		for (i = 0; i < reservations; i++) {
			if (reserved[i].last < at || reserved[i].start > first)
				continue;
			found = true;
			first = reserved[i].start;
			last = reserved[i].last;
		}
		if (!found || first > at)
			usable[count++] = (struct iommu_iova_range){
				at, found ? first - 1 : UINT64_MAX
			};
		if (!found || last == UINT64_MAX)
			return count;
		at = last + 1;
	}
}

static bool check_ranges(int table)
{
	struct iommu_iova_range usable[RANGES + 4] = { 0 };
	struct iommu_iova_range answer[RANGES + 4] = { 0 };
	uint32_t expected = usable_ranges(table, usable);
	uint32_t count = RANGES + 4;
	uint64_t alignment;

	TRYING("IOVA_RANGES of %d", table);
	if (!expect(ioas_ranges(fd, model.tables[table].id, answer, &count,
				&alignment),
		    0) ||
	    !expect_value("how many", count, expected) ||
	    !expect_value("alignment", alignment, alignment_of(&model, table)))
		return false;
	if (!memcmp(usable, answer, sizeof(usable)))
		return true;
	printf("# %s: not those of the model\n", what);
	return false;
}

static bool ranges(void)
{
	return check_ranges(below(TABLES));
}

static bool large_pages(void)
{
	int table = below(TABLES);
	struct table *t = &model.tables[table];
	bool enable = one_in(2);
	int expected = 0;

	if (!enable && !t->small_pages) {
		if (pagetables_of(&model, table) && t->mapped)
			expected = EINVAL;
		else if (!all_aligned(t, PAGE))
			expected = EADDRINUSE;
	}
	TRYING("huge-pages of %d: %d", table, enable);
	if (!expect(option_set(fd, IOMMU_OPTION_HUGE_PAGES, t->id, enable),
		    expected))
		return false;
	if (!expected)
		t->small_pages = !enable;
	return true;
}

/* A new one in its place, if nothing needs it. */
static bool new_table(void)
{
	int table = below(TABLES);
	struct table *t = &model.tables[table];
	int expected = 0;
	int i;

	if (pagetables_of(&model, table) || accesses_of(&model, table, false))
		expected = EBUSY;
	TRYING("DESTROY of table %d", table);
	if (!expect(destroy(fd, t->id), expected))
		return false;
	if (expected)
		return true;
	for (i = 0; i < t->mapped; i++)
		model.sources[t->mappings[i].source].mappings--;
	*t = (struct table){ 0 };
	return expect(ioas_alloc(fd, &t->id), 0);
}

#endif
