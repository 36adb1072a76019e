/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A text becomes logical lines, a line becomes words, as in a shell: blanks
 * separate, '...' is literal, in "..." and outside \ takes the next character
 * as it is, a \ at the end of a line continues it, # begins a comment. Each
 * word remembers where it stood, so that an error can point at it.
 *
 * Where there are variables, $NAME or ${NAME} outside of '...' is the value of
 * one, which stays one word, and "$NAME =" in front makes a line that sets one.
 */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

struct opt;
struct vars;

struct word {
	const char *text;
	size_t at; /* where the unquoted text is kept */
	size_t begin, end; /* in the line as typed */
	const struct opt *of; /* set by the parser: belongs to this option */
};

struct words {
	struct word *word;
	size_t count, cap;
	struct buf text;
	const char *line;
	size_t line_len;
	const struct vars *vars; /* the owner's, or NULL: a $ is a $ */
	struct word target; /* "$NAME =": the name; without .text: none */
	size_t unset_begin, unset_end; /* the first $NAME that is not set */
};

enum words_result {
	WORDS_LINE, /* a line, perhaps without words */
	WORDS_MORE, /* the text ends before the line does */
	WORDS_OPEN_QUOTE,
	WORDS_UNSET, /* a line, with a variable that has no value */
	WORDS_BINARY, /* a zero byte: this is no script */
};

/*
 * Reads one line. @used and @newlines say how far it went, also on errors.
 * @final: no more text will come, so the end of the text ends the line.
 */
enum words_result words_read(struct words *w, const char *text, size_t len,
			     bool final, size_t *used, unsigned *newlines);
void words_free(struct words *w);

/*
 * Where "| program" begins behind the line of a prompt: the place of the |, or
 * @len.
 */
size_t words_pipe(const char *text, size_t len);

/* Adds @word so that words_read() finds the same word again. */
void words_quote(struct buf *b, const char *word);

#endif
