/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names and file contents come from outside; a terminal obeys some of their
 * bytes. These make them harmless: control characters (also those of C1 and
 * the ones that turn the writing direction) and bytes that are not UTF-8
 * become \xNN, everything else stays.
 */
#ifndef CLI_ESCAPE_H
#define CLI_ESCAPE_H

#include <stddef.h>

struct buf;

void escape_bytes(struct buf *b, const char *text, size_t len);
/* The same for text of several lines: line feeds and tabs stay, too. */
void escape_lines(struct buf *b, const char *text, size_t len);
/* The same, and says at which column of the output byte @at ended up. */
size_t escape_mark(struct buf *b, const char *text, size_t len, size_t at);
/* Columns that escaped text takes: characters, as far as UTF-8 tells. */
size_t escape_width(const char *text, size_t len);

#endif
