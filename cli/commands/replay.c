// SPDX-License-Identifier: GPL-2.0-or-later
/* `replay`: the calls of a trace, made once more. */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "commands/commands.h"
#include "context.h"
#include "file.h"
#include "iommu.h"
#include "parse.h"
#include "render.h"
#include "replay_run.h"
#include "shell.h"

enum { REPLAY_LIMIT, REPLAY_TO_C };

static json_t *report(const struct replay_run *run,
		      const struct trace_reader *t, const char *path)
{
	return json_pack(
		"{s:{s:o, s:o, s:b, s:o, s:o, s:I, s:I, s:I, s:I, s:O, s:O, s:I}}",
		"replay", "file", json_text(path), "command",
		json_text(t->command), "complete", !t->damage, "damage",
		json_text_or_null(t->damage), "memory",
		json_hex64(replay_plan_size(run->walk.plan)), "calls",
		(json_int_t)run->calls, "same", (json_int_t)run->same,
		"different", (json_int_t)run->different, "skipped",
		(json_int_t)run->skipped, "differences", run->differences,
		"skips", run->skips, "unlisted", (json_int_t)run->unlisted);
}

static void judge(const struct replay_run *run, const struct trace_reader *t,
		  const char *path, struct failure *f)
{
	if (run->different)
		fail(f,
		     "%lu of %lu calls gave something else than the trace has",
		     run->different, run->calls);
	else if (t->damage)
		fail(f, "%s: %s; only what came before was replayed", path,
		     t->damage);
	else if (run->calls && run->skipped == run->calls)
		fail(f, "none of the trace's calls could be made");
}

static void run_trace(struct context *ctx, const struct parsed *p,
		      struct replay_run *run, struct trace_reader *t,
		      struct answer *a)
{
	const char *path = p->arg[0].text;

	run->iommufd = ctx->shell->device;
	run->walk.launched = t->launched;
	run->differences = json_array();
	run->skips = json_array();
	if (!replay_memory_make(run, p->opt[REPLAY_LIMIT].num, &a->fail)) {
		trace_rewind(t);
		replay_run(run, t);
		a->result = report(run, t, path);
		a->partial = true;
		judge(run, t, path, &a->fail);
	}
	replay_memory_free(run);
	replay_walk_free(&run->walk);
	json_decref(run->differences);
	json_decref(run->skips);
}

static void write_program(const struct parsed *p, struct replay_plan *plan,
			  struct trace_reader *t, struct answer *a)
{
	struct buf text = { 0 };

	trace_rewind(t);
	replay_write_c(&text, plan, t);
	a->result = json_pack("{s:{s:o, s:b, s:o, s:o}}", "program", "file",
			      json_text(p->arg[0].text), "complete", !t->damage,
			      "damage", json_text_or_null(t->damage), "text",
			      json_text(buf_text(&text)));
	a->partial = true;
	if (t->damage)
		fail(&a->fail, "%s: %s; the program has only what came before",
		     p->arg[0].text, t->damage);
	buf_free(&text);
}

/* RECORDED=HERE, each */
static enum status read_pairs(const struct parsed *p, struct replay_run *run,
			      struct replay_pair *pair, struct failure *f)
{
	run->pair = pair;
	for (size_t i = 0; i < p->many_count && !f->status; i++) {
		const char *text = p->many[i].text, *sign = strchr(text, '=');

		if (!sign || sign == text || !sign[1])
			return fail_at(f, p->words, p->many[i].at,
				       "RECORDED=HERE, two devices");
		pair[i].recorded = mem_strdup(text);
		pair[i].recorded[sign - text] = '\0';
		pair[i].here = pair[i].recorded + (sign - text) + 1;
		run->pairs++;
	}
	return f->status;
}

static enum status replay(struct context *ctx, const struct parsed *p,
			  struct answer *a)
{
	struct replay_pair *pair =
		mem_realloc(NULL, (p->many_count + 1) * sizeof(*pair));
	struct replay_plan plan = { 0 };
	struct replay_run run = { .walk.plan = &plan };
	struct trace_reader t;
	uint64_t size;
	int fd = -1;

	if (!read_pairs(p, &run, pair, &a->fail))
		fd = file_open(ctx, p->arg[0].text, false, &size, &a->fail);
	if (fd >= 0 && !trace_open(&t, fd, p->arg[0].text, &a->fail)) {
		if (!replay_plan(&plan, &t, &a->fail)) {
			if (p->opt[REPLAY_TO_C].set)
				write_program(p, &plan, &t, a);
			else
				run_trace(ctx, p, &run, &t, a);
		}
		replay_plan_free(&plan);
		trace_close(&t);
	}
	for (size_t i = 0; i < run.pairs; i++)
		free(pair[i].recorded);
	free(pair);
	return a->fail.status;
}

static const struct arg replay_args[] = {
	{ .name = "FILE",
	  .kind = KIND_PATH,
	  .help = "what trace --json -o FILE has written" },
	{ .name = "DEVICE",
	  .kind = KIND_TEXT,
	  .optional = true,
	  .many = true,
	  .help = "RECORDED=HERE: which device is here what one of the trace was" },
	{ 0 },
};

static const struct opt replay_opts[] = {
	[REPLAY_LIMIT] = { .name = "memory-limit",
			   .kind = KIND_SIZE,
			   .metavar = "SIZE",
			   .preset = "half of what is available",
			   .help = "how much memory may stand in for the program's" },
	[REPLAY_TO_C] = { .name = "to-c",
			  .kind = KIND_FLAG,
			  .help = "print a C program that makes the calls, instead of making them" },
	{ 0 },
};

static const char *const difference_cells[] = {
	"CALL={call}",	       "IOCTL={ioctl}", "FIELD={field}",
	"RECORDED={recorded}", "HERE={here}",	NULL,
};

static const char *const skip_cells[] = {
	"SKIPPED={calls}", "FIRST={first}", "IOCTL={ioctl}", "WHY={why}", NULL,
};

static const struct block replay_view[] = {
	{ .kind = BLOCK_TABLE,
	  .key = "replay.differences",
	  .cells = difference_cells,
	  .optional = true },
	{ .kind = BLOCK_TABLE,
	  .key = "replay.skips",
	  .cells = skip_cells,
	  .optional = true },
	{ .kind = BLOCK_LINE,
	  .key = "replay",
	  .optional = true,
	  .text = "[unlisted|and {unlisted} more that are not listed\n]{calls:call}: {same} the same, {different} different, {skipped} skipped[damage|; {damage}]" },
	{ .kind = BLOCK_TEXT, .key = "program.text", .optional = true },
	{ 0 },
};

const struct command cmd_replay = {
	.name = "replay",
	.summary = "make the calls of a trace once more, and compare",
	.args = replay_args,
	.opts = replay_opts,
	.flags = CMD_CLIENT,
	.run = replay,
	.view = replay_view,
};
