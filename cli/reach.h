/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The session's memory by I/O address: what a device that is attached would
 * read and write there. A range may go over several mappings and holes.
 *
 * The pages may be those of a file, which can shrink, and of huge pages that
 * somebody else took: the kernel copies from and to them, so that one that is
 * not to be had is an error and not a SIGBUS.
 */
#ifndef CLI_REACH_H
#define CLI_REACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"
#include "store.h"

struct parsed;
struct value;

/* Addresses that one mapping maps, or, without one, that nothing does. */
struct stretch {
	uint64_t start, last;
	const struct mapping *mapping;
};

struct span {
	const struct object *ioas;
	uint64_t start, last;
};

/* The stretch of @span that begins at @at, which is in it. */
struct stretch reach_at(const struct span *span, uint64_t at);
/* Copies what is there; less than @length when a page is not to be had. */
size_t reach_peek(const struct stretch *s, uint64_t at, void *data,
		  size_t length);

/* Is all of it mapped, and can it be written to if @write? */
enum status reach_check(const struct span *span, bool write, struct failure *f);
enum status reach_get(const struct object *ioas, uint64_t iova, void *data,
		      size_t length, struct failure *f);
/* Only after reach_check(). */
enum status reach_put(const struct object *ioas, uint64_t iova,
		      const void *data, size_t length, struct failure *f);

/* The range that a line asks for: some bytes, inside the address space. */
enum status reach_span(const struct parsed *p, const struct value *iova,
		       const struct value *length, struct span *span,
		       struct failure *f);

#endif
