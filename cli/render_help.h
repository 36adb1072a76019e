/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Help is written for 80 columns, in rows of a word and what it means. Where
 * there are fewer, the meaning goes below the word.
 */
#ifndef CLI_RENDER_HELP_H
#define CLI_RENDER_HELP_H

#include <stddef.h>

struct buf;
struct look;

void render_help(struct buf *out, const char *text, const struct look *look);

#endif
