/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What /dev/iommu has to be like, kept in the simplest way: tables of
 * mappings, and what is attached to them. It knows no kernel; model.c asks it
 * before each request what the answer must be, and tells it what was done.
 *
 * All memory that is mapped lies in one arena of pages. Some may only be read,
 * and one is not there at all, so that pinning fails.
 */
#ifndef TESTS_MOCK_MODEL_H
#define TESTS_MOCK_MODEL_H

#include "mock.h"

#define TABLES 3
#define MAPPINGS 96
#define SOURCES (TABLES * MAPPINGS)
#define RANGES 6
#define PAGETABLES 8
#define DEVICES 4
#define ACCESSES 4
#define PINS 12

#define ARENA_PAGES 128
#define READ_ONLY_FIRST 96
#define READ_ONLY_LAST 99
#define MISSING_PAGE 100

/* One MAP: memory that any number of mappings show. */
struct source {
	int mappings;
	uint64_t first_byte; /* in the arena */
	bool writable;
};

struct mapping {
	uint64_t iova;
	uint64_t length;
	uint64_t byte; /* in the arena */
	int source;
	uint32_t flags;
};

struct range {
	uint64_t start;
	uint64_t last;
};

struct table {
	uint32_t id;
	struct mapping mappings[MAPPINGS]; /* by address */
	int mapped;
	struct range allowed[RANGES];
	int allowances;
	struct range reserved[RANGES];
	int reservations;
	bool small_pages;
};

struct pagetable {
	bool live;
	uint32_t id;
	int table;
	bool automatic;
	int devices;
};

struct device {
	bool live;
	struct mock mock;
	int pagetable;
};

struct pin {
	uint32_t id;
	uint64_t iova;
	uint64_t length;
};

struct access {
	bool live;
	int fd;
	bool pins_pages;
	int table;
	struct pin pins[PINS];
	int pins_held;
};

struct model {
	struct source sources[SOURCES];
	struct table tables[TABLES];
	struct pagetable pagetables[PAGETABLES];
	struct device devices[DEVICES];
	struct access accesses[ACCESSES];
};

static inline uint64_t last_of(const struct mapping *mapping)
{
	return mapping->iova + mapping->length - 1;
}

static inline uint64_t first_page(const struct mapping *mapping)
{
	return mapping->byte / PAGE;
}

static inline uint64_t last_page(const struct mapping *mapping)
{
	return (mapping->byte + mapping->length - 1) / PAGE;
}

/* Memory that cannot be pinned, by whoever may write to it or not. */
static inline bool is_bad(uint64_t first, uint64_t last, bool write)
{
	if (first <= MISSING_PAGE && last >= MISSING_PAGE)
		return true;
	return write && first <= READ_ONLY_LAST && last >= READ_ONLY_FIRST;
}

static inline int pagetables_of(const struct model *model, int table)
{
	int count = 0;
	int i;

	for (i = 0; i < PAGETABLES; i++)
		count += model->pagetables[i].live &&
			 model->pagetables[i].table == table;
	return count;
}

static inline int accesses_of(const struct model *model, int table, bool pins)
{
	int count = 0;
	int i;

	for (i = 0; i < ACCESSES; i++)
		count += model->accesses[i].live &&
			 model->accesses[i].table == table &&
			 (!pins || model->accesses[i].pins_pages);
	return count;
}

static inline uint64_t alignment_of(const struct model *model, int table)
{
	if (model->tables[table].small_pages || accesses_of(model, table, true))
		return PAGE;
	return pagetables_of(model, table) ? IO_PAGE : 1;
}

/* Reserved ranges, those of the hardware included; returns how many. */
static inline int all_reserved(const struct model *model, int table,
			       struct range *ranges)
{
	const struct table *t = &model->tables[table];
	int count = 0;
	int i;

	if (pagetables_of(model, table)) {
		ranges[count++] = (struct range){ 0, APERTURE_START - 1 };
		ranges[count++] =
			(struct range){ APERTURE_LAST + 1, UINT64_MAX };
	}
	for (i = 0; i < t->reservations; i++)
		ranges[count++] = t->reserved[i];
	return count;
}

static inline bool overlaps(const struct range *ranges, int count,
			    uint64_t start, uint64_t last)
{
	int i;

	for (i = 0; i < count; i++) {
		if (ranges[i].start <= last && start <= ranges[i].last)
			return true;
	}
	return false;
}

static inline bool is_reserved(const struct model *model, int table,
			       uint64_t start, uint64_t last)
{
	struct range reserved[RANGES + 2];
	int count = all_reserved(model, table, reserved);

	return overlaps(reserved, count, start, last);
}

static inline bool is_mapped(const struct table *table, uint64_t start,
			     uint64_t last)
{
	int i;

	for (i = 0; i < table->mapped; i++) {
		if (table->mappings[i].iova <= last &&
		    start <= last_of(&table->mappings[i]))
			return true;
	}
	return false;
}

/* The mapping that @iova lies in, or NULL. */
static inline const struct mapping *mapping_at(const struct table *table,
					       uint64_t iova)
{
	int i;

	for (i = 0; i < table->mapped; i++) {
		if (table->mappings[i].iova <= iova &&
		    iova <= last_of(&table->mappings[i]))
			return &table->mappings[i];
	}
	return NULL;
}

/* Whether every mapping is still as aligned as it then has to be. */
static inline bool all_aligned(const struct table *table, uint64_t alignment)
{
	int i;

	for (i = 0; i < table->mapped; i++) {
		const struct mapping *mapping = &table->mappings[i];

		if ((mapping->iova | mapping->length | mapping->byte) &
		    (alignment - 1))
			return false;
	}
	return true;
}

/* What a page table for @table is answered by. */
static inline int expect_pagetable(const struct model *model, int table)
{
	const struct table *t = &model->tables[table];
	int i;

	if (pagetables_of(model, table))
		return 0;
	if (!all_aligned(t, IO_PAGE))
		return EADDRINUSE;
	if (is_mapped(t, 0, APERTURE_START - 1) ||
	    is_mapped(t, APERTURE_LAST + 1, UINT64_MAX) ||
	    overlaps(t->allowed, t->allowances, 0, APERTURE_START - 1) ||
	    overlaps(t->allowed, t->allowances, APERTURE_LAST + 1, UINT64_MAX))
		return EADDRINUSE;
	for (i = 0; i < t->mapped; i++) {
		const struct mapping *mapping = &t->mappings[i];

		if (is_bad(first_page(mapping), last_page(mapping),
			   model->sources[mapping->source].writable))
			return EFAULT;
	}
	return 0;
}

static inline int expect_access(const struct model *model, int table, bool pins)
{
	if (pins && !all_aligned(&model->tables[table], PAGE))
		return EADDRINUSE;
	return 0;
}

/* Changes. */

static inline int new_source(struct model *model, uint64_t byte, bool writable)
{
	int i;

	for (i = 0; model->sources[i].mappings; i++)
		;
	model->sources[i] = (struct source){
		.first_byte = byte,
		.writable = writable,
	};
	return i;
}

static inline void add_mapping(struct model *model, int table,
			       struct mapping mapping)
{
	struct table *t = &model->tables[table];
	int i;

	for (i = t->mapped++; i > 0 && t->mappings[i - 1].iova > mapping.iova;
	     i--)
		t->mappings[i] = t->mappings[i - 1];
	t->mappings[i] = mapping;
	model->sources[mapping.source].mappings++;
}

/* An access lets go of whatever it has of these addresses. */
static inline void drop_pins(struct access *access, uint64_t start,
			     uint64_t last)
{
	int kept = 0;
	int i;

	for (i = 0; i < access->pins_held; i++) {
		const struct pin *pin = &access->pins[i];

		if (pin->iova > last || pin->iova + pin->length - 1 < start)
			access->pins[kept++] = *pin;
	}
	access->pins_held = kept;
}

static inline void remove_mapping(struct model *model, int table, int index)
{
	struct table *t = &model->tables[table];
	struct mapping gone = t->mappings[index];
	int i;

	t->mapped--;
	memmove(&t->mappings[index], &t->mappings[index + 1],
		(t->mapped - index) * sizeof(gone));
	model->sources[gone.source].mappings--;
	for (i = 0; i < ACCESSES; i++) {
		struct access *access = &model->accesses[i];

		if (access->live && access->table == table)
			drop_pins(access, gone.iova, last_of(&gone));
	}
}

/* A device, or what it was for, is gone: so is a table made for it. */
static inline void leave_pagetable(struct model *model, int index)
{
	struct pagetable *pagetable = &model->pagetables[index];

	if (!--pagetable->devices && pagetable->automatic)
		pagetable->live = false;
}

#endif
