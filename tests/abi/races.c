// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads that work on the same descriptor, the same ids and the same
 * addresses. What each of them is told must be possible, and what is left must
 * add up; the kernel's log, which the harness reads, has to stay clean.
 */
#include <stdatomic.h>

#include "iommu.h"
#include "random.h"

#define THREADS 4

struct worker {
	pthread_t thread;
	int index;
	int fd;
	atomic_int *shared;
	bool ok;
};

static unsigned char *buffer;

/* How much there is to do. */
static int percent;

static bool one_of(int result, const int *errnos)
{
	for (; *errnos; errnos++) {
		if (result == -*errnos)
			return true;
	}
	return result == 0;
}

/* Runs @work in all threads at once; true if all of them say so. */
static bool race(void *(*work)(void *), int fd, atomic_int *shared)
{
	struct worker workers[THREADS];
	bool ok = true;
	int i;

	for (i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){
			.index = i, .fd = fd, .shared = shared, .ok = true
		};
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			tap_bail_out("no thread");
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		ok = ok && workers[i].ok;
	}
	return ok;
}

/* Graphs: some IOAS, mappings in them, and copies between them. */

#define GRAPHS (1000 * percent / 100)
#define GRAPH_NODES 5
#define GUESSED_IDS 32

static bool build(struct worker *w, struct random *random, uint32_t *ids)
{
	static const int expected[] = { ENOENT, EEXIST, EBUSY, EPERM, 0 };
	uint64_t iova = random_below(random, 64) * PAGE;
	uint32_t from = ids[random_below(random, GRAPH_NODES)];
	uint32_t to = ids[random_below(random, GRAPH_NODES)];
	uint64_t anywhere = 0;

	if (!one_of(ioas_map_at(w->fd, to, buffer, PAGE, iova), expected))
		return false;
	return one_of(ioas_copy(w->fd, READ, to, from, PAGE, &anywhere, iova),
		      expected);
}

/* Anything at an id that may be another's, or just being made or unmade. */
static bool use(struct worker *w, struct random *random, uint32_t id)
{
	static const int expected[] = { ENOENT,	    EEXIST, EBUSY,
					EADDRINUSE, ENOSPC, 0 };
	const struct iommu_iova_range allowed = { 0, 1ull << 40 };
	struct iommu_iova_range range;
	uint64_t value = 0;
	uint32_t count = 1;

	switch (random_below(random, 7)) {
	case 0:
		return one_of(destroy(w->fd, id), expected);
	case 1:
		return one_of(ioas_map(w->fd, id, READ, buffer, PAGE, &value),
			      expected);
	case 2:
		value = UINT64_MAX;
		return one_of(ioas_unmap(w->fd, id, 0, &value), expected);
	case 3:
		return one_of(ioas_ranges(w->fd, id, &range, &count, &value),
			      expected);
	case 4:
		return one_of(ioas_allow(w->fd, id, &allowed, 1), expected);
	case 5:
		return one_of(option_set(w->fd, IOMMU_OPTION_HUGE_PAGES, id,
					 random_below(random, 2)),
			      expected);
	default:
		return one_of(ioas_copy(w->fd, READ, id, id, PAGE, &value, 0),
			      expected);
	}
}

static bool guess(struct worker *w, struct random *random)
{
	return use(w, random, 1 + random_below(random, GUESSED_IDS));
}

static bool one_graph(struct worker *w, struct random *random)
{
	static const int expected[] = { ENOENT, EBUSY, 0 };
	uint32_t ids[GRAPH_NODES];
	int i;

	for (i = 0; i < GRAPH_NODES; i++) {
		if (ioas_alloc(w->fd, &ids[i]))
			return false;
	}
	for (i = 0; i < 4 * GRAPH_NODES; i++) {
		if (!build(w, random, ids) || !guess(w, random))
			return false;
	}
	for (i = 0; i < GRAPH_NODES; i++) {
		int rc;

		do
			rc = destroy(w->fd, ids[i]);
		while (rc == -EBUSY);
		if (!one_of(rc, expected))
			return false;
	}
	return true;
}

static void *graphs(void *argument)
{
	struct worker *w = argument;
	struct random random = random_seed(w->index + 1);

	while (w->ok && atomic_fetch_add(w->shared, 1) < GRAPHS)
		w->ok = one_graph(w, &random);
	return NULL;
}

static void check_graphs(void)
{
	atomic_int built = 0;
	int fd = iommu_open();
	uint32_t first;

	tap_check(race(graphs, fd, &built),
		  "%d graphs built and destroyed by %d threads", GRAPHS,
		  THREADS);
	tap_check(ioas_alloc(fd, &first) == 0 && first == 1,
		  "and no object is left");
	close(fd);
}

/* Many destroy one object: one of them has. */

#define DESTROYED (10000 * percent / 100)

static void *destroy_next(void *argument)
{
	struct worker *w = argument;
	uint64_t iova = 0;
	int id;

	for (id = 1; id <= DESTROYED; id++) {
		int rc;

		do {
			rc = destroy(w->fd, id);
			ioas_map(w->fd, id, READ, buffer, PAGE, &iova);
		} while (rc == -EBUSY);
		if (!rc)
			atomic_fetch_add(w->shared, 1);
		else if (rc != -ENOENT)
			w->ok = false;
	}
	return NULL;
}

static void check_destroy_once(void)
{
	atomic_int destroyed = 0;
	int fd = iommu_open();
	uint32_t id;
	int i;

	for (i = 0; i < DESTROYED; i++)
		ioas_alloc(fd, &id);
	tap_check(race(destroy_next, fd, &destroyed),
		  "%d objects, all destroyed by each of %d threads", DESTROYED,
		  THREADS);
	tap_check(atomic_load(&destroyed) == DESTROYED,
		  "and each of them exactly once");
	close(fd);
}

/* One allocates; the others are already at the id that it will get next. */

#define ALLOCATIONS (20000 * percent / 100)

static void *at_the_next_id(void *argument)
{
	struct worker *w = argument;
	struct random random = random_seed(w->index + 1);
	uint32_t id;
	int i;

	if (w->index) {
		while (w->ok && (i = atomic_load(w->shared)) < ALLOCATIONS)
			w->ok = use(w, &random, i + 1 + i % 2);
		return NULL;
	}
	/* Those that live keep the ids of the next ones growing. */
	for (i = 0; i < ALLOCATIONS && w->ok; i++) {
		w->ok = !ioas_alloc(w->fd, &id);
		atomic_store(w->shared, id);
	}
	atomic_store(w->shared, ALLOCATIONS);
	return NULL;
}

static void check_early_use(void)
{
	atomic_int last_id = 0;
	int fd = iommu_open();

	tap_check(race(at_the_next_id, fd, &last_id),
		  "%d objects used and destroyed while they are made",
		  ALLOCATIONS);
	close(fd);
}

/* All map and unmap the same few addresses: the bytes must add up. */

#define SAME_ADDRESS_STEPS (50000 * percent / 100)

static void *same_addresses(void *argument)
{
	static const int map_errnos[] = { EEXIST, 0 };
	static const int unmap_errnos[] = { ENOENT, EBUSY, 0 };
	struct worker *w = argument;
	struct random random = random_seed(w->index + 1);
	int mapped = 0;
	int i;

	for (i = 0; i < SAME_ADDRESS_STEPS && w->ok; i++) {
		uint64_t iova = random_below(&random, 8) * PAGE;
		uint64_t length = (1 + random_below(&random, 4)) * PAGE;
		int rc;

		if (random_below(&random, 2)) {
			rc = ioas_map_at(w->fd, 1, buffer, PAGE, iova);
			w->ok = one_of(rc, map_errnos);
			mapped += !rc;
		} else {
			rc = ioas_unmap(w->fd, 1, iova, &length);
			w->ok = one_of(rc, unmap_errnos);
			mapped -= rc ? 0 : (int)(length / PAGE);
		}
	}
	atomic_fetch_add(w->shared, mapped);
	return NULL;
}

static void check_same_addresses(void)
{
	uint64_t left = UINT64_MAX;
	atomic_int mapped = 0;
	int fd = iommu_open();
	uint32_t id;

	ioas_alloc(fd, &id);
	tap_check(race(same_addresses, fd, &mapped),
		  "the same addresses mapped and unmapped by %d threads",
		  THREADS);
	ioas_unmap(fd, id, 0, &left);
	tap_check(left == (uint64_t)atomic_load(&mapped) * PAGE,
		  "and every page of it is accounted for");
	close(fd);
}

/* The descriptor is closed under the feet of the others. */

#define CLOSES (3000 * percent / 100)

static void *on_a_closing_descriptor(void *argument)
{
	static const int expected[] = { EBADF, ENOENT, EBUSY, EEXIST, 0 };
	struct worker *w = argument;
	uint32_t id;
	int i;

	for (i = 0; w->index && w->ok && atomic_load(w->shared); i++) {
		w->ok = one_of(ioas_alloc(w->fd, &id), expected) &&
			one_of(ioas_map_at(w->fd, 1 + i % 8, buffer, PAGE,
					   i % 64 * PAGE),
			       expected);
	}
	for (i = 0; !w->index && i < CLOSES; i++) {
		int fresh = iommu_open();

		w->ok = w->ok && dup2(fresh, w->fd) == w->fd;
		close(fresh);
	}
	if (!w->index)
		atomic_store(w->shared, 0);
	return NULL;
}

static void check_close(void)
{
	atomic_int running = 1;
	int fd = iommu_open();

	tap_check(race(on_a_closing_descriptor, fd, &running),
		  "%d contexts closed while requests run on them", CLOSES);
	close(fd);
}

int main(void)
{
	buffer = memory(PAGE);
	percent = test_percent(25);
	check_graphs();
	check_destroy_once();
	check_early_use();
	check_same_addresses();
	check_close();
	return tap_done();
}
