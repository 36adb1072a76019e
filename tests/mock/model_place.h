/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a mapping may go, and where it goes by itself: to the lowest address
 * that fits, kept as aligned as the memory.
 */
#ifndef TESTS_MOCK_MODEL_PLACE_H
#define TESTS_MOCK_MODEL_PLACE_H

#include "model.h"

static inline uint64_t round_up_power(uint64_t value)
{
	uint64_t power = 1;

	while (power < value)
		power <<= 1;
	return power;
}

static inline bool fits(uint64_t start, uint64_t last, uint64_t length,
			uint64_t alignment, uint64_t offset, uint64_t *iova)
{
	uint64_t at = start + (alignment - 1);

	if (at < start)
		return false;
	at = (at & ~(alignment - 1)) | offset;
	if (at >= last || last - at < length - 1)
		return false;
	*iova = at;
	return true;
}

/* The first address from @at that is taken, UINT64_MAX if there is none. */
static inline uint64_t next_taken(const struct model *model, int table,
				  uint64_t at, uint64_t *last)
{
	struct range taken[RANGES + 2 + MAPPINGS];
	const struct table *t = &model->tables[table];
	int count = all_reserved(model, table, taken);
	uint64_t first = UINT64_MAX;
	int i;

	for (i = 0; i < t->mapped; i++)
		taken[count++] = (struct range){ t->mappings[i].iova,
						 last_of(&t->mappings[i]) };
	*last = UINT64_MAX;
	for (i = 0; i < count; i++) {
		uint64_t start = taken[i].start > at ? taken[i].start : at;

		if (taken[i].last < at || start >= first)
			continue;
		first = start;
		*last = taken[i].last;
	}
	return first;
}

static inline bool free_in(const struct model *model, int table,
			   struct range range, uint64_t length,
			   uint64_t alignment, uint64_t offset, uint64_t *iova)
{
	uint64_t at = range.start;

	while (at <= range.last) {
		uint64_t taken_last;
		uint64_t taken = next_taken(model, table, at, &taken_last);
		uint64_t last = range.last;

		if (taken > at) {
			if (taken <= last)
				last = taken - 1;
			if (fits(at, last, length, alignment, offset, iova))
				return true;
		}
		if (taken == UINT64_MAX || taken_last == UINT64_MAX)
			return false;
		at = taken_last + 1;
	}
	return false;
}

/* The allowed list in order, what touches put together, without the ends. */
static inline int allowed_spans(const struct table *table, struct range *spans)
{
	const struct range all = { PAGE, UINT64_MAX - PAGE };
	struct range sorted[RANGES];
	int count = 0;
	int i, j;

	if (!table->allowances) {
		spans[0] = all;
		return 1;
	}
	for (i = 0; i < table->allowances; i++) {
		for (j = i;
		     j > 0 && sorted[j - 1].start > table->allowed[i].start;
		     j--)
			sorted[j] = sorted[j - 1];
		sorted[j] = table->allowed[i];
	}
	for (i = 0; i < table->allowances; i++) {
		struct range span = sorted[i];

		if (span.last < all.start || span.start > all.last)
			continue;
		if (span.start < all.start)
			span.start = all.start;
		if (span.last > all.last)
			span.last = all.last;
		if (count && spans[count - 1].last + 1 == span.start)
			spans[count - 1].last = span.last;
		else
			spans[count++] = span;
	}
	return count;
}

/* @user_va: of the memory; 0 or the errno. */
static inline int expect_automatic(const struct model *model, int table,
				   uint64_t user_va, uint64_t length,
				   uint64_t *iova)
{
	uint64_t alignment = round_up_power(length);
	struct range spans[RANGES];
	int count, i;

	if (user_va & -user_va && (user_va & -user_va) < alignment)
		alignment = user_va & -user_va;
	if (alignment > 2 << 20)
		alignment = 2 << 20;
	if (alignment < alignment_of(model, table))
		return EINVAL;
	count = allowed_spans(&model->tables[table], spans);
	for (i = 0; i < count; i++) {
		/* A span is searched from the first address that would do. */
		if (fits(spans[i].start, spans[i].last, length, alignment,
			 user_va % PAGE, &spans[i].start) &&
		    free_in(model, table, spans[i], length, alignment,
			    user_va % PAGE, iova))
			return 0;
	}
	return ENOSPC;
}

static inline int expect_fixed(const struct model *model, int table,
			       uint64_t iova, uint64_t length)
{
	if (iova & (alignment_of(model, table) - 1))
		return EINVAL;
	if (is_reserved(model, table, iova, iova + length - 1))
		return EINVAL;
	if (is_mapped(&model->tables[table], iova, iova + length - 1))
		return EEXIST;
	return 0;
}

#endif
