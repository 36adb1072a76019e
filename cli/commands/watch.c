// SPDX-License-Identifier: GPL-2.0-or-later
/* `watch`: a line again and again, on a terminal always in the same place. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands/commands.h"
#include "commands/watch.h"
#include "context.h"
#include "escape.h"
#include "nest.h"
#include "parse.h"

#define LONGEST 86400 /* seconds */

enum { WATCH_COUNT };

/* Puts the cursor into the corner, and tells what is to be seen. */
static void begin_screen(uint64_t seconds, const char *text)
{
	time_t now = time(NULL);
	struct tm tm = { 0 };
	char clock[16] = "";

	localtime_r(&now, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	printf("\033[H\033[J%s  every %" PRIu64 " s: %s\n\n", clock, seconds,
	       text);
}

static bool has_screen(const struct shell *sh)
{
	const char *terminal = getenv("TERM");

	return !sh->json && isatty(STDOUT_FILENO) && terminal &&
	       strcmp(terminal, "dumb");
}

/* @left: so many times; 0 is for ever. */
static void repeat(struct shell *sh, const char *text, uint64_t seconds,
		   uint64_t left)
{
	bool screen = has_screen(sh);
	struct buf safe = { 0 };

	escape_bytes(&safe, text, strlen(text));
	do {
		unsigned line = 1;

		if (screen)
			begin_screen(seconds, buf_text(&safe));
		shell_feed(sh, text, strlen(text), true, &line);
	} while (--left && !sh->stopped && !sh->output_failed &&
		 link_pause((int)seconds * 1000));
	buf_free(&safe);
}

enum status watch_check(const struct parsed *p, const struct value *seconds,
			struct failure *f)
{
	if (seconds->num && seconds->num <= LONGEST)
		return STATUS_OK;
	return fail_at(f, p->words, seconds->at, "1 to %d seconds", LONGEST);
}

void watch_line(struct context *ctx, const char *line, uint64_t seconds,
		uint64_t times)
{
	struct shell *sh = ctx->shell;
	struct nest nest;

	nest_begin(&nest, sh, sh->json ? SHELL_SCRIPT : sh->mode,
		   sh->json ? "watch" : sh->source);
	repeat(sh, line, seconds, times);
	nest_end(&nest, sh);
}

enum status watch_again(struct context *ctx, const struct parsed *p,
			const struct value *seconds, struct failure *f)
{
	const struct opt *self = p->words->word[seconds->at].of;
	uint64_t every = seconds->num;
	struct buf line = { 0 };

	if (watch_check(p, seconds, f))
		return f->status;
	for (size_t i = 0; i < p->words->count; i++) {
		if (p->words->word[i].of == self)
			continue;
		if (line.len)
			buf_putc(&line, ' ');
		words_quote(&line, p->words->word[i].text);
	}
	/* What @p says is gone when another line is looked at. */
	watch_line(ctx, buf_text(&line), every, 0);
	buf_free(&line);
	return STATUS_OK;
}

static enum status watch(struct context *ctx, const struct parsed *p,
			 struct answer *a)
{
	const struct value *count = &p->opt[WATCH_COUNT];
	/* What @p says is gone when another line is looked at. */
	uint64_t seconds = p->arg[0].num, times = count->num;
	struct buf text = { 0 };

	if (watch_check(p, &p->arg[0], &a->fail))
		return a->fail.status;
	if (count->set && !count->num)
		return fail_at(&a->fail, p->words, count->at, "at least once");
	for (size_t i = 0; i < p->many_count; i++) {
		words_quote(&text, p->many[i].text);
		if (i + 1 < p->many_count)
			buf_putc(&text, ' ');
	}
	watch_line(ctx, buf_text(&text), seconds, times);
	buf_free(&text);
	a->told = true;
	return STATUS_OK;
}

static const struct arg watch_args[] = {
	{ .name = "N", .kind = KIND_NUMBER, .help = "seconds between" },
	{ .name = "COMMAND",
	  .kind = KIND_LINE,
	  .many = true,
	  .rest = true,
	  .help = "a command of this tool, with all that belongs to it" },
	{ 0 },
};

static const struct opt watch_opts[] = {
	[WATCH_COUNT] = { .name = "count",
			  .kind = KIND_NUMBER,
			  .metavar = "TIMES",
			  .preset = "until Ctrl-C, or a failure",
			  .help = "run it so many times" },
	{ 0 },
};

const struct command cmd_watch = {
	.name = "watch",
	.summary = "run a command every N seconds",
	.args = watch_args,
	.opts = watch_opts,
	.flags = CMD_CLIENT | CMD_RARE,
	.run = watch,
};
