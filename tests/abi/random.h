/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random numbers that are the same in every run: xorshift64*, by S. Vigna. */
#ifndef TESTS_ABI_RANDOM_H
#define TESTS_ABI_RANDOM_H

#include <stdint.h>

struct random {
	uint64_t state;
};

/* @seed: any but 0 */
static inline struct random random_seed(uint64_t seed)
{
	return (struct random){ .state = seed };
}

static inline uint64_t random_next(struct random *random)
{
	uint64_t x = random->state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	random->state = x;
	return x * 0x2545f4914f6cdd1dull;
}

static inline uint64_t random_below(struct random *random, uint64_t bound)
{
	return (random_next(random) >> 32) % bound;
}

#endif
