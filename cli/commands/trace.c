// SPDX-License-Identifier: GPL-2.0-or-later
/* `trace`: the calls that programs make of iommufd and VFIO. */
#include "trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "buf.h"
#include "commands/commands.h"
#include "context.h"
#include "file.h"
#include "iommu.h"
#include "look.h"
#include "outside.h"
#include "parse.h"
#include "render.h"
#include "shell.h"
#include "trace_record.h"
#include "version.h"

enum { TRACE_OUTPUT, TRACE_PID, TRACE_ERRORS, TRACE_SUMMARY };

static const char *const summary_cells[] = {
	"IOCTL={name}",
	"FILE={file}",
	"CALLS={calls}",
	"ERRORS={errors}",
	"TOTAL={total_text}",
	"MIN={min_text}",
	"P50={p50_text}",
	"P90={p90_text}",
	"P99={p99_text}",
	"MAX={max_text}",
	NULL,
};

static const struct block summary_view[] = {
	{ .kind = BLOCK_TABLE,
	  .key = "ioctls",
	  .cells = summary_cells,
	  .none = "no ioctl of iommufd or VFIO" },
	{ .kind = BLOCK_LINE,
	  .text = "{calls:call}, {unknown} unknown, and {stops:stop} of what was traced" },
	{ 0 },
};

/* A trace that says of itself what it is, for whoever reads it later. */
static json_t *header(const struct tracer *t, const struct parsed *p)
{
	json_t *command = json_array();
	struct utsname system;

	uname(&system);
	for (size_t i = 0; i < p->many_count; i++)
		json_array_append_new(command, json_text(p->many[i].text));
	return json_pack("{s:s, s:i, s:s, s:s, s:s, s:i, s:o, s:b, s:b}",
			 "event", "trace", "trace", TRACE_VERSION, "iommufdctl",
			 IOMMUFDCTL_VERSION, "release", system.release,
			 "machine", system.machine, "pid", (int)t->first,
			 "command", command, "errors", t->errors, "summary",
			 t->summary);
}

/* Times as text beside their numbers, which are what --json shows. */
static void add_texts(json_t *list)
{
	static const char *const keys[] = { "total", "min", "p50",
					    "p90",   "p99", "max" };
	json_t *row;
	char *name;
	size_t i;

	json_array_foreach(list, i, row) {
		for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++) {
			struct buf text = { 0 };
			char *key = mem_asprintf("%s_text", keys[k]);

			trace_put_duration(
				&text, json_integer_value(
					       json_object_get(row, keys[k])));
			json_object_set_new(row, key,
					    json_text(buf_text(&text)));
			free(key);
			buf_free(&text);
		}
		name = json_is_null(json_object_get(row, "ioctl"))
			       ? mem_asprintf("unknown, 0x%x",
					      (unsigned)json_integer_value(
						      json_object_get(
							      row, "number")))
			       : mem_strdup(json_string_value(
					 json_object_get(row, "ioctl")));
		json_object_set_new(row, "name", json_text(name));
		free(name);
	}
}

static void show_summary(struct tracer *t, const struct shell *sh)
{
	json_t *list = trace_sum_json(&t->sum);
	json_t *record = json_pack("{s:s, s:I, s:I, s:I, s:o}", "event",
				   "summary", "calls", (json_int_t)t->calls,
				   "unknown", (json_int_t)t->unknown, "stops",
				   (json_int_t)t->stops, "ioctls", list);
	const struct look look = look_at(fileno(t->out), sh->colour);
	struct buf text = { 0 };

	if (t->json) {
		trace_show(t, record);
		return;
	}
	add_texts(list);
	render(&text, summary_view, record, &look);
	fwrite(text.data, 1, text.len, t->out);
	buf_free(&text);
	json_decref(record);
}

/* The program's output is its own, so the trace does not go there. */
static enum status open_output(struct context *ctx, const struct parsed *p,
			       struct tracer *t, struct failure *f)
{
	const struct value *path = &p->opt[TRACE_OUTPUT];
	int fd;

	t->out = p->opt[TRACE_PID].set ? stdout : stderr;
	if (!path->set)
		return STATUS_OK;
	fd = file_create(ctx, path->text, f);
	if (fd < 0)
		return f->status;
	t->out = fdopen(fd, "w");
	if (t->out)
		return STATUS_OK;
	fail_errno(f, "%s", path->text);
	close(fd);
	return f->status;
}

static void close_output(const struct parsed *p, struct tracer *t,
			 struct failure *f)
{
	const struct value *path = &p->opt[TRACE_OUTPUT];
	bool failed = fflush(t->out) || ferror(t->out);

	if (path->set)
		failed |= fclose(t->out) != 0;
	if (failed && !f->status && path->set)
		fail_errno(f, "%s", path->text);
}

static void watch(struct context *ctx, const struct parsed *p, struct tracer *t)
{
	if (t->json)
		trace_show(t, header(t, p));
	trace_run(t);
	if (t->summary)
		show_summary(t, ctx->shell);
}

static enum status run_program(struct context *ctx, const struct parsed *p,
			       struct tracer *t, struct failure *f)
{
	char **argv = mem_realloc(NULL, (p->many_count + 1) * sizeof(*argv));
	int why;

	for (size_t i = 0; i < p->many_count; i++)
		argv[i] = (char *)p->many[i].text;
	argv[p->many_count] = NULL;
	if (!trace_start(argv, &t->before, &t->first, &why, f)) {
		trace_add(t, t->first);
		watch(ctx, p, t);
		if (!trace_start_failed(why, argv[0], f) && t->ended)
			outside_judge(t->status, f);
	}
	free(argv);
	return f->status;
}

static enum status run_attached(struct context *ctx, const struct parsed *p,
				struct tracer *t, struct failure *f)
{
	t->every = true;
	t->running = true;
	t->first = (pid_t)p->opt[TRACE_PID].num;
	if (!trace_attach(t, t->first, f))
		watch(ctx, p, t);
	return f->status;
}

static enum status check(const struct parsed *p, struct failure *f)
{
	const struct value *pid = &p->opt[TRACE_PID];

	if (pid->set && p->many_count)
		return fail_at(f, p->words, p->many[0].at,
			       "a program to start, or --pid, and not both");
	if (!pid->set && !p->many_count)
		return fail_at(f, p->words, p->words->count,
			       "a program to start, or --pid PID");
	return STATUS_OK;
}

static enum status trace(struct context *ctx, const struct parsed *p,
			 struct answer *a)
{
	struct tracer t = {
		.json = ctx->shell->json || p->global[G_JSON].set,
		.errors = p->opt[TRACE_ERRORS].set,
		.summary = p->opt[TRACE_SUMMARY].set,
		.began = trace_now(),
	};
	struct stat st;

	a->told = true;
	if (check(p, &a->fail) || open_output(ctx, p, &t, &a->fail))
		return a->fail.status;
	if (!stat(ctx->shell->device, &st) && S_ISCHR(st.st_mode))
		t.files.iommufd = st.st_rdev;
	trace_hold_signals(&t);
	if (p->opt[TRACE_PID].set)
		run_attached(ctx, p, &t, &a->fail);
	else
		run_program(ctx, p, &t, &a->fail);
	close_output(p, &t, &a->fail);
	trace_free(&t);
	return a->fail.status;
}

static const struct arg trace_args[] = {
	{ .name = "COMMAND",
	  .kind = KIND_PATH,
	  .optional = true,
	  .many = true,
	  .rest = true,
	  .help = "a program and its arguments" },
	{ 0 },
};

static const struct opt trace_opts[] = {
	[TRACE_OUTPUT] = { .name = "output",
			   .letter = 'o',
			   .kind = KIND_PATH,
			   .metavar = "FILE",
			   .preset =
				   "standard error; with --pid, standard output",
			   .help = "write the trace to this file" },
	[TRACE_PID] = { .name = "pid",
			.letter = 'p',
			.kind = KIND_PID,
			.metavar = "PID",
			.help = "trace a process that runs, until Ctrl-C" },
	[TRACE_ERRORS] = { .name = "errors",
			   .kind = KIND_FLAG,
			   .help = "only calls that fail" },
	[TRACE_SUMMARY] = { .name = "summary",
			    .kind = KIND_FLAG,
			    .help = "only how many calls there were, and how long they took" },
	{ 0 },
};

const struct command cmd_trace = {
	.name = "trace",
	.summary = "show what a program asks of iommufd and VFIO",
	.args = trace_args,
	.opts = trace_opts,
	.flags = CMD_CLIENT,
	.run = trace,
};
