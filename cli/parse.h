/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words become a command with its arguments and options. Handlers address
 * these by the index that their own tables gave them: p->opt[MAP_IOVA].
 */
#ifndef CLI_PARSE_H
#define CLI_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tree.h"
#include "words.h"

#define PARSE_ARGS 4
#define PARSE_OPTS 16

struct value {
	bool set;
	size_t at; /* the word, for fail_at() */
	const char *text;
	uint64_t num; /* or the index of a choice, or a range's start */
	uint64_t last; /* of a range */
	/* An object's name; .num becomes its id where the line runs. */
	bool named;
};

struct parsed {
	const struct command *cmd;
	char path[64]; /* "ioas map" */
	const struct words *words;
	struct value arg[PARSE_ARGS];
	struct value opt[PARSE_OPTS];
	struct value global[G_COUNT];
	/* All values of the argument that takes many. */
	struct value *many;
	size_t many_count, many_cap;
	bool names; /* some values are those of names.h */
	/* Which of .arg, .opt and .global are set: to forget no others. */
	struct value *touched[PARSE_ARGS + PARSE_OPTS + G_COUNT];
	size_t touched_count;
};

enum parse_mode {
	PARSE_ARGV, /* every global option is welcome */
	PARSE_LINE, /* a line of a script: only what one line can have */
};

/* Marks the words of global options in @words. @p may hold an older line. */
enum status parse(struct words *words, enum parse_mode mode, struct parsed *p,
		  struct failure *f);
void parsed_free(struct parsed *p);

#endif
