/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an iommufd of another process holds, from three sources: a copy of the
 * descriptor is asked, with requests that only answer; /proc and debugfs say
 * what our module knows. Each is told apart by what is null without it.
 */
#ifndef CLI_INSPECT_H
#define CLI_INSPECT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "borrow.h"
#include "failure.h"

/* Ids of address spaces that are asked for where nothing tells which exist. */
#define INSPECT_IDS 1024

struct inspection {
	struct borrow borrow;
	uint32_t only; /* this address space; 0: all */
	bool areas, map; /* what is wanted of its mappings */
	json_t *missing; /* what is not known, and why */
};

/*
 * All of one descriptor, or NULL if there is nothing to be seen of it. With a
 * failure there may be less than all.
 */
json_t *inspect_descriptor(struct inspection *in, unsigned fd,
			   struct failure *f);
void inspect_missing(struct inspection *in, const char *what, const char *why,
		     const char *hint);

/* What @object has under @key, or JSON's null. */
json_t *inspect_copy(const json_t *object, const char *key);

struct debugfs;
/* The objects; @debugfs: NULL without it. */
json_t *inspect_objects(const json_t *context, struct debugfs *debugfs);

/* inspect_ask.c */

/*
 * What a copy says: rlimit_mode, vfio_ioas_id and, for the address spaces that
 * @context knows, or for those that are found, ioas.
 */
json_t *inspect_ask(int fd, const json_t *context, uint32_t only);

/* inspect_ioas.c */

/* What the three know of each address space. */
json_t *inspect_ioas(struct inspection *in, const json_t *asked,
		     const json_t *context, struct debugfs *debugfs);

#endif
