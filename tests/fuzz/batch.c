// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Scripts: the lines are the same ones with the same numbers, whether a text
 * comes as a whole or in pieces. The first byte says in how large ones.
 */
#include "fuzz.h"

#include <string.h>

#include "context.h"
#include "run.h"
#include "vars.h"

struct log {
	struct buf text;
};

static void on_emit(struct runner *runner, const struct outcome *o)
{
	struct log *log = runner->owner;

	buf_printf(&log->text, "%u %d %s\n", o->line, (int)o->status,
		   o->command);
}

/* Runs what is whole in the first @len bytes; returns how much that was. */
static size_t feed(struct runner *r, const char *text, size_t len, bool final,
		   unsigned *line)
{
	struct script s = {
		.text = text, .len = len, .line = *line, .final = final
	};
	enum step step;

	do {
		step = run_step(r, &s);
		if (step == STEP_ELSEWHERE) {
			struct failure f = { 0 };

			fail(&f, "elsewhere");
			run_refuse(r, &s, &f);
			failure_free(&f);
		}
		MUST(s.pos <= s.len);
	} while (step != STEP_END && step != STEP_MORE);
	MUST(!final || s.pos == s.len);
	*line = s.line;
	return s.pos;
}

static void run_pieces(const char *text, size_t size, size_t piece,
		       struct log *log)
{
	struct vars vars = { 0 };
	struct context ctx = { .fd = -1, .cwd = -1, .vars = &vars };
	struct runner r = { .ctx = &ctx, .emit = on_emit, .owner = log };
	struct buf b = { 0 };
	unsigned line = 1;

	for (size_t at = 0; at < size || !at; at += piece) {
		bool final = size - at <= piece;

		buf_add(&b, text + at, final ? size - at : piece);
		buf_text(&b);
		buf_drop(&b, feed(&r, b.data, b.len, final, &line));
		if (final)
			break;
	}
	buf_free(&b);
	runner_free(&r);
	vars_free(&vars);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct log whole = { 0 }, pieces = { 0 };
	size_t piece = size ? data[0] % 64 + 1 : 1;

	if (!size)
		return 0;
	run_pieces((const char *)data + 1, size - 1, size, &whole);
	run_pieces((const char *)data + 1, size - 1, piece, &pieces);
	MUST(!strcmp(buf_text(&whole.text), buf_text(&pieces.text)));
	buf_free(&whole.text);
	buf_free(&pieces.text);
	return 0;
}
