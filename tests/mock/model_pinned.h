/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often each page of the arena is pinned, at least and at most.
 */
#ifndef TESTS_MOCK_MODEL_PINNED_H
#define TESTS_MOCK_MODEL_PINNED_H

#include "model.h"

struct pinned {
	int at_least[ARENA_PAGES];
	int at_most[ARENA_PAGES];
};

static inline void use_pages(bool used[SOURCES][ARENA_PAGES], int source,
			     uint64_t first, uint64_t last)
{
	uint64_t page;

	for (page = first; page <= last; page++)
		used[source][page] = true;
}

static inline void use_pins(const struct model *model,
			    bool used[SOURCES][ARENA_PAGES],
			    const struct access *access)
{
	int i, j;

	for (i = 0; i < access->pins_held; i++) {
		const struct pin *pin = &access->pins[i];
		const struct table *t = &model->tables[access->table];
		uint64_t pin_last = pin->iova + pin->length - 1;

		for (j = 0; j < t->mapped; j++) {
			const struct mapping *m = &t->mappings[j];
			uint64_t start = m->iova, last = last_of(m);

			if (start > pin_last || last < pin->iova)
				continue;
			if (start < pin->iova)
				start = pin->iova;
			if (last > pin_last)
				last = pin_last;
			use_pages(used, m->source,
				  (m->byte + start - m->iova) / PAGE,
				  (m->byte + last - m->iova) / PAGE);
		}
	}
}

static inline void sum_source(const bool *used, struct pinned *pinned)
{
	int first = -1, last = -1;
	int page;

	for (page = 0; page < ARENA_PAGES; page++) {
		if (!used[page])
			continue;
		if (first < 0)
			first = page;
		last = page;
		pinned->at_least[page]++;
	}
	for (page = first; first >= 0 && page <= last; page++)
		pinned->at_most[page]++;
}

/*
 * A page is pinned once for each source that somebody uses it of: a page table
 * that it is mapped into, or an access that has pinned it. What lies between
 * two users of one source may be pinned with them.
 */
static inline void expect_pinned(const struct model *model,
				 struct pinned *pinned)
{
	static bool used[SOURCES][ARENA_PAGES];
	int i, j;

	memset(used, 0, sizeof(used));
	memset(pinned, 0, sizeof(*pinned));
	for (i = 0; i < TABLES; i++) {
		const struct table *t = &model->tables[i];

		for (j = 0; pagetables_of(model, i) && j < t->mapped; j++)
			use_pages(used, t->mappings[j].source,
				  first_page(&t->mappings[j]),
				  last_page(&t->mappings[j]));
	}
	for (i = 0; i < ACCESSES; i++) {
		if (model->accesses[i].live)
			use_pins(model, used, &model->accesses[i]);
	}
	for (i = 0; i < SOURCES; i++) {
		if (model->sources[i].mappings)
			sum_source(used[i], pinned);
	}
}

#endif
