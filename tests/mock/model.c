// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random requests against a model: whatever is asked, the answer, the errno
 * and the address have to be the model's, and every so often all that the mock
 * IOMMU holds, how often each page is pinned, which bytes an access reads and
 * which addresses are free are compared with it.
 *
 * usage: model [SEED [OPERATIONS]]
 *
 * Without arguments: ten seeds, 100,000 operations each. The same seed makes
 * the same requests.
 */
#include "model_access.h"
#include "model_attach.h"
#include "model_maps.h"
#include "model_pinned.h"
#include "model_space.h"

#define SEEDS 10
#define OPERATIONS 100000
/* Everything is compared after each so many operations. */
#define COMPARE_EVERY 200
/* And in a run of fewer operations after each of them. */
#define CLOSELY 10000

/* Requests that are wrong, or change how others are done. */

static bool wrong_ids(void)
{
	int access = PICK(model.accesses, it->live);
	uint32_t id = below(4) + 0x7ffffff0;
	uint64_t iova = 0;
	struct mock mock;

	TRYING("wrong ids");
	/* In that all of it is refused. */
	accepted = true;
	return expect(destroy(fd, id), ENOENT) &&
	       expect(mock_device(fd, id, &mock), ENOENT) &&
	       expect(ioas_map(fd, id, READ, arena, PAGE, &iova), ENOENT) &&
	       (access < 0 ||
		expect(mock_access_replace(fd, model.accesses[access].fd, id),
		       ENOENT));
}

static bool memory_limit(void)
{
	uint32_t limit = one_in(2) ? 65536 : 16 + below(200);

	TRYING("a memory limit of %u", limit);
	return expect(mock_memory_limit(fd, limit), 0);
}

static bool new_granule(void)
{
	static const uint64_t granules[] = { PAGE, PAGE,    PAGE,    PAGE,
					     PAGE, IO_PAGE, IO_PAGE, 512 };
	int table = below(TABLES);

	granule = granules[below(8)];
	/* Little can be attached beside what is not aligned. */
	return !one_in(2) || unmap_all(table);
}

static const struct operation {
	bool (*try)(void);
	int weight;
} operations[] = {
	{ map_fixed, 160 },	 { map_automatic, 120 },
	{ unmap_one, 160 },	 { unmap_some, 60 },
	{ unmap_everything, 6 }, { copy, 140 },
	{ allow, 25 },		 { reserve, 4 },
	{ ranges, 40 },		 { large_pages, 20 },
	{ new_table, 10 },	 { attach, 40 },
	{ detach, 12 },		 { replace, 30 },
	{ new_pagetable, 15 },	 { destroy_pagetable, 20 },
	{ new_access, 20 },	 { end_access, 12 },
	{ replace_access, 12 },	 { pin, 120 },
	{ unpin, 60 },		 { read_write, 100 },
	{ wrong_ids, 5 },	 { memory_limit, 10 },
	{ new_granule, 6 },
};

#define OPERATION_KINDS (int)(sizeof(operations) / sizeof(operations[0]))

static unsigned long times_accepted[OPERATION_KINDS];

static bool one_operation(void)
{
	int all = 0;
	int at, i;

	for (i = 0; i < OPERATION_KINDS; i++)
		all += operations[i].weight;
	at = below(all);
	for (i = 0; at >= operations[i].weight; i++)
		at -= operations[i].weight;
	accepted = false;
	if (!operations[i].try())
		return false;
	times_accepted[i] += accepted;
	return true;
}

/* A model that never gets to something tests nothing of it. */
static bool all_accepted(void)
{
	int i;

	for (i = 0; i < OPERATION_KINDS; i++) {
		if (!times_accepted[i]) {
			printf("# no operation of kind %d was accepted\n", i);
			return false;
		}
	}
	return true;
}

/* Comparing. */

static bool check_refs(int page, int count, int at_least, int at_most)
{
	int refs;

	for (refs = at_least; refs <= at_most; refs++) {
		if (!mock_check_refs(fd, arena + page * PAGE, count * PAGE,
				     refs))
			return true;
	}
	if (count == 1) {
		printf("# after %s: page %d of the arena is not pinned %d to %d times\n",
		       what, page, at_least, at_most);
		return false;
	}
	for (refs = 0; refs < count; refs++) {
		if (!check_refs(page + refs, 1, at_least, at_most))
			return false;
	}
	return true;
}

static bool check_pinned(void)
{
	struct pinned pinned;
	int page, count;

	expect_pinned(&model, &pinned);
	for (page = 0; page < ARENA_PAGES; page += count) {
		count = 1;
		if (page == MISSING_PAGE)
			continue;
		while (page + count < ARENA_PAGES &&
		       page + count != MISSING_PAGE &&
		       pinned.at_least[page] == pinned.at_least[page + count] &&
		       pinned.at_most[page] == pinned.at_most[page + count])
			count++;
		if (!check_refs(page, count, pinned.at_least[page],
				on_upstream() ? pinned.at_least[page]
					      : pinned.at_most[page]))
			return false;
	}
	return true;
}

static bool compare(void)
{
	char last[sizeof(what)];
	bool ok = true;
	int i;

	memcpy(last, what, sizeof(last));
	for (i = 0; i < PAGETABLES && ok; i++)
		ok = !model.pagetables[i].live || check_pagetable(i);
	ok = ok && check_pinned();
	for (i = 0; i < TABLES && ok; i++)
		ok = check_ranges(i);
	memcpy(what, last, sizeof(what));
	return ok;
}

/* Everything ends, in the order of its needs. */
static bool end(void)
{
	bool ok = true;
	int i;

	while (ok && PICK(model.accesses, it->live) >= 0)
		ok = end_access();
	while (ok && PICK(model.devices, it->live) >= 0)
		ok = detach();
	while (ok && PICK(model.pagetables, it->live) >= 0)
		ok = destroy_pagetable();
	ok = ok && compare();
	for (i = 0; i < TABLES && ok; i++) {
		TRYING("DESTROY of table %d", i);
		ok = expect(destroy(fd, model.tables[i].id), 0);
	}
	return ok;
}

static bool run(uint64_t seed, unsigned int count, unsigned int compare_every)
{
	unsigned int i;
	bool ok = true;

	rng = random_seed(seed);
	looks = random_seed(seed);
	granule = PAGE;
	model = (struct model){ 0 };
	fd = iommu_open();
	for (i = 0; i < TABLES; i++) {
		if (ioas_alloc(fd, &model.tables[i].id))
			tap_bail_out("no IOAS");
	}
	for (i = 0; i < count && ok; i++) {
		ok = one_operation() && (i % compare_every || compare());
		if (!ok)
			printf("# to repeat it: model %llu %u\n",
			       (long long)seed, i + 1);
	}
	ok = ok && end();
	mock_memory_limit(fd, 65536);
	for (i = 0; i < ACCESSES; i++) {
		if (model.accesses[i].live)
			close(model.accesses[i].fd);
	}
	close(fd);
	return ok && (count < 10000 || all_accepted());
}

static void make_arena(void)
{
	const size_t half = ARENA_PAGES / 2 * PAGE;
	int file = memfd_create("arena", MFD_CLOEXEC);

	arena = small_pages(ARENA_PAGES * PAGE);
	if (file < 0 || ftruncate(file, half) ||
	    mmap(arena, half / 2, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_FIXED, file, 0) == MAP_FAILED)
		tap_bail_out("no memory in a file");
	memset(arena, 0x5a, half / 2);
	mprotect(arena + READ_ONLY_FIRST * PAGE,
		 (READ_ONLY_LAST - READ_ONLY_FIRST + 1) * PAGE, PROT_READ);
	munmap(arena + MISSING_PAGE * PAGE, PAGE);
	close(file);
}

int main(int argc, char **argv)
{
	unsigned int count = argc > 2 ? strtoul(argv[2], NULL, 0)
				      : scaled(OPERATIONS);
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	uint64_t last_seed = argc > 1 ? seed : SEEDS;
	long pinned = pinned_pages();

	make_arena();
	for (; seed <= last_seed; seed++)
		tap_check(run(seed, count, COMPARE_EVERY),
			  "%u random operations of seed %llu", count,
			  (long long)seed);
	if (argc == 1)
		tap_check(
			run(SEEDS + 1, scaled(CLOSELY), 1),
			"class 8: pages pinned as often as used, after each of %u operations",
			scaled(CLOSELY));
	tap_check(pinned_pages() == pinned,
		  "as many pages are pinned as before");
	return tap_done();
}
