/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How text can look where it is going: a terminal has a width and perhaps
 * colours and line drawing; a file or a pipe has neither, and what is written
 * there does not depend on who looks.
 */
#ifndef CLI_LOOK_H
#define CLI_LOOK_H

#include <stdbool.h>
#include <stddef.h>

#define LOOK_WIDTH 80 /* of pictures where there is no terminal */

enum colour_when {
	COLOUR_ALWAYS,
	COLOUR_AUTO,
	COLOUR_NEVER,
};

struct look {
	size_t width; /* in columns, 0: as wide as it gets */
	bool colour;
	bool lines; /* UTF-8, with its lines and corners */
};

enum look_mark {
	LOOK_PLAIN,
	LOOK_STRONG,
	LOOK_DIM,
	LOOK_BAD,
	LOOK_GOOD,
	LOOK_NOTE,
	LOOK_KIND,
};

struct buf;

/* From here on text is marked so, where there is colour. */
void look_mark(struct buf *out, const struct look *look, enum look_mark mark);
/* What is on descriptor @fd. NO_COLOR counts unless colour was asked for. */
struct look look_at(int fd, enum colour_when when);

#endif
