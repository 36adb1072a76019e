/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line again and again: `watch`, and the --watch of commands. */
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include <stdint.h>

#include "failure.h"

struct buf;
struct context;
struct parsed;
struct value;

#define WATCH_SECONDS "2"
#define WATCH_OPT                                                     \
	{                                                             \
		.name = "watch", .kind = KIND_NUMBER, .metavar = "N", \
		.implied = WATCH_SECONDS,                             \
		.help = "again every N seconds, " WATCH_SECONDS       \
			" alone, until Ctrl-C or a failure"           \
	}

enum status watch_check(const struct parsed *p, const struct value *seconds,
			struct failure *f);
/* Runs @line every @seconds; @times: 0 is for ever. The answer is told. */
void watch_line(struct context *ctx, const char *line, uint64_t seconds,
		uint64_t times);
/* The line of @p itself, without its WATCH_OPT, which is @seconds. */
enum status watch_again(struct context *ctx, const struct parsed *p,
			const struct value *seconds, struct failure *f);

#endif
