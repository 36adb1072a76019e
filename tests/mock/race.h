/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Races: each is a few threads that take random steps on what they share until
 * time is up. All races run at the same time, so that their threads interrupt
 * each other in more places than they would by themselves.
 */
#ifndef TESTS_MOCK_RACE_H
#define TESTS_MOCK_RACE_H

#include <stdatomic.h>
#include <time.h>

#include "../abi/random.h"
#include "mock.h"

#define RACE_THREADS 6

struct race;

struct racer {
	struct race *race;
	pthread_t thread;
	int index;
	struct random random;
};

/*
 * @prepare and @finish run by themselves; @finish returns whether everything
 * is as it must be. @step returns false, after race_failed(), for an answer
 * that is not possible.
 */
struct race {
	const char *name;
	int threads;
	void (*prepare)(struct race *race);
	bool (*step)(struct racer *racer);
	bool (*finish)(struct race *race);
	/* What this kernel lacks for it, or NULL. */
	const char *lacking;

	int fd;
	unsigned char *memory;
	atomic_ulong steps;
	atomic_bool failed;
	struct racer racers[RACE_THREADS];
};

static atomic_bool race_over;

static inline uint64_t race_below(struct racer *racer, uint64_t bound)
{
	return random_below(&racer->random, bound);
}

/* Whether @result is 0 or one of the @count errnos; complains if not. */
static inline bool race_expect(struct racer *racer, const char *what,
			       int result, const int *errnos)
{
	const int *e;

	for (e = errnos; *e; e++) {
		if (result == -*e)
			return true;
	}
	if (result >= 0)
		return true;
	printf("# %s: %s: %s\n", racer->race->name, what, strerror(-result));
	return false;
}

/* RACE(racer, "what", result, EBUSY, ENOENT) */
#define RACE(racer, what, result, ...) \
	race_expect(racer, what, result, (const int[]){ __VA_ARGS__, 0 })

static inline void *race_run(void *argument)
{
	struct racer *racer = argument;
	struct race *race = racer->race;

	while (!atomic_load(&race_over) && !atomic_load(&race->failed)) {
		if (!race->step(racer))
			atomic_store(&race->failed, true);
		atomic_fetch_add(&race->steps, 1);
	}
	return NULL;
}

static inline void race_start(struct race *race)
{
	int i;

	for (i = 0; i < race->threads; i++) {
		struct racer *racer = &race->racers[i];

		racer->race = race;
		racer->index = i;
		racer->random = random_seed(i + 1);
		if (pthread_create(&racer->thread, NULL, race_run, racer))
			tap_bail_out("no thread");
	}
}

static inline void race_end(struct race *race)
{
	int i;

	for (i = 0; i < race->threads; i++)
		pthread_join(race->racers[i].thread, NULL);
	tap_check(!atomic_load(&race->failed) && race->finish(race),
		  "%s, %lu steps of %d threads", race->name,
		  atomic_load(&race->steps), race->threads);
	close(race->fd);
}

static inline void race_sleep(unsigned int seconds)
{
	struct timespec end, now;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	do {
		usleep(100000);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end.tv_sec ||
		 (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec));
}

/* Destroys whatever there is, in as many rounds as objects need each other. */
static inline bool race_destroy_all(struct race *race, uint32_t last_id)
{
	bool left = true;
	int rounds;
	uint32_t id;

	for (rounds = 0; left && rounds < 8; rounds++) {
		left = false;
		for (id = 1; id <= last_id; id++)
			left |= destroy(race->fd, id) == -EBUSY;
	}
	if (left)
		printf("# %s: something cannot be destroyed\n", race->name);
	return !left;
}

/* Whether no page of @race->memory is pinned any more. */
static inline bool race_unpinned(struct race *race, int pages)
{
	int rc = mock_check_refs(race->fd, race->memory, pages * PAGE, 0);

	if (rc)
		printf("# %s: pages are still pinned: %s\n", race->name,
		       strerror(-rc));
	return !rc;
}

#endif
