/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Work that the kernel may hold up for as long as it likes, where not even a
 * signal would end it: another process does it, and ends it also when nobody
 * waits for that any more.
 */
#ifndef CLI_ASIDE_H
#define CLI_ASIDE_H

#include <stdbool.h>

#include "failure.h"

struct aside {
	int end; /* where it says how it went */
};

/* @work has no terminal, and of this process only what it had at this moment. */
enum status aside_begin(struct aside *aside,
			enum status (*work)(void *data, struct failure *f),
			void *data, struct failure *f);
/* Has it ended, within @ms? Then it fails as that has. */
bool aside_ended(const struct aside *aside, int ms, struct failure *f);
/* Nobody waits any more. */
void aside_end(struct aside *aside);

#endif
