/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory areas that devices are given: of which a process may have no more
 * than so many, and which have a place of their own among its addresses.
 */
#ifndef CLI_AREAS_H
#define CLI_AREAS_H

#include <stddef.h>
#include <stdint.h>

#include "failure.h"

struct areas {
	size_t live;
	char *fence; /* in front of all; NULL before the first */
	char *next; /* where the next one shall be */
};

size_t page_size(void);

/*
 * mmap() anywhere, to be undone by areas_unmap(). Fails before the process has
 * no more areas for itself.
 */
void *areas_map(struct areas *a, size_t length, int prot, int flags, int fd,
		uint64_t offset);
/* munmap(). Whatever it says, the area is not a live one any more. */
int areas_unmap(struct areas *a, char *start, size_t length);
/* What areas_map() has refused, by errno; too many areas are told as that. */
enum status areas_refused(const char *what, struct failure *f);
void areas_free(struct areas *a);

#endif
