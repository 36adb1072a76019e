/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the operations of model.c share: the random choices, and how an answer
 * is compared with the one that the model gives.
 */
#ifndef TESTS_MOCK_MODEL_TRY_H
#define TESTS_MOCK_MODEL_TRY_H

#include "../abi/random.h"
#include "model.h"

static int fd;
static unsigned char *arena;
static struct model model;
static struct random rng;
/* What addresses and lengths are a multiple of, for a while. */
static uint64_t granule;

/* The operation that is being tried, for whoever has to find out. */
static char what[256];
/* Whether the kernel has done anything of it. */
static bool accepted;

#define TRYING(...) snprintf(what, sizeof(what), __VA_ARGS__)

static uint64_t below(uint64_t bound)
{
	return random_below(&rng, bound);
}

static bool one_in(int count)
{
	return below(count) == 0;
}

static bool expect(int result, int expected)
{
	accepted |= !result;
	if (result == -expected)
		return true;
	printf("# %s: %s, expected %s\n", what, strerror(-result),
	       strerror(expected));
	return false;
}

static bool expect_value(const char *name, uint64_t value, uint64_t expected)
{
	if (value == expected)
		return true;
	printf("# %s: %s 0x%llx, expected 0x%llx\n", what, name,
	       (long long)value, (long long)expected);
	return false;
}

/* Choices. */

static uint64_t some_length(void)
{
	uint64_t length = (1 + below(one_in(8) ? 12 * PAGE / granule
					       : 2 * PAGE / granule + 1)) *
			  granule;

	return one_in(40) ? 0 : length;
}

static uint64_t some_byte(uint64_t length)
{
	uint64_t byte = below(ARENA_PAGES * PAGE / granule) * granule;

	if (byte + length > ARENA_PAGES * PAGE)
		byte = ARENA_PAGES * PAGE - length;
	/* Memory that cannot be pinned is rare. */
	if (byte / PAGE <= MISSING_PAGE &&
	    (byte + length) / PAGE >= READ_ONLY_FIRST && !one_in(3))
		byte = (byte % (48 * PAGE)) & ~(granule - 1);
	return byte;
}

static uint64_t some_iova(void)
{
	switch (below(20)) {
	case 0:
		return APERTURE_START - (1 + below(8)) * granule;
	case 1:
		return APERTURE_LAST + 1 - below(8) * granule;
	default:
		return APERTURE_START + below(160 * PAGE / granule) * granule;
	}
}

static uint32_t some_access(void)
{
	static const uint32_t flags[] = { READ, WRITE, READ | WRITE,
					  READ | WRITE };

	return flags[below(4)];
}

static uint32_t allow_write(const struct mapping *mapping)
{
	return model.sources[mapping->source].writable ? WRITE : 0;
}

/* An index of something that is there, -1 if nothing is. */
#define PICK(array, condition)                                     \
	({                                                         \
		int _count = sizeof(array) / sizeof((array)[0]);   \
		int _at = below(_count), _tries, _found = -1;      \
                                                                   \
		for (_tries = 0; _tries < _count; _tries++) {      \
			__typeof__(&(array)[0]) it =               \
				&(array)[(_at + _tries) % _count]; \
                                                                   \
			if (condition) {                           \
				_found = (_at + _tries) % _count;  \
				break;                             \
			}                                          \
		}                                                  \
		_found;                                            \
	})

#endif
