/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What could come next: for the shells (through __complete) and the prompt. */
#ifndef CLI_COMPLETE_H
#define CLI_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>

#include "parse.h"

struct shell;

struct candidate {
	char *word;
	char *help;
};

struct candidates {
	struct candidate *list;
	size_t count, cap;
	bool files; /* a file's name is wanted: the caller knows these */
};

/* @word[@count - 1] is what is being typed, perhaps empty. */
void complete(struct shell *sh, enum parse_mode mode, const char *const *word,
	      size_t count, struct candidates *out);
void candidates_free(struct candidates *c);

#endif
