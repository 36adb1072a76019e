// SPDX-License-Identifier: GPL-2.0-or-later
/* `session`: the command line's side. It asks each session as any client would.
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "commands/commands.h"
#include "context.h"
#include "parse.h"
#include "place.h"
#include "render.h"
#include "server.h"
#include "session.h"
#include "shell.h"

static const char *chosen(const struct context *ctx, const struct parsed *p)
{
	return p->arg[0].set ? p->arg[0].text : ctx->shell->session;
}

enum { START_RLIMIT };

static enum status set_rlimit(struct shell *other, uint64_t value,
			      struct failure *f)
{
	json_t *result = NULL, *ignored = NULL;
	struct failure unheard = { 0 };
	char *line = mem_asprintf("option set rlimit-mode %" PRIu64, value);
	enum status status = shell_ask(
		other, line, link_until(SESSION_PATIENCE_MS), &result, f);

	if (status && other->link.fd >= 0)
		shell_ask(other, "__service stop",
			  link_until(SESSION_PATIENCE_MS), &ignored, &unheard);
	failure_free(&unheard);
	json_decref(ignored);
	json_decref(result);
	free(line);
	return status;
}

enum status session_begin(struct shell *sh, const char *name, int fd,
			  const struct value *rlimit, struct answer *a)
{
	enum link_result there;
	struct shell other;
	bool started = false;

	shell_borrow(&other, sh, name);
	other.handed = fd;
	there = shell_connect(&other, link_until(SESSION_PATIENCE_MS),
			      &a->fail);
	if (there == LINK_NONE || there == LINK_DEAD)
		shell_start(&other, true, &started, &a->fail);
	if (!a->fail.status && !started) {
		fail(&a->fail, "session %s runs already (pid %d)", name,
		     (int)other.link.pid);
		fail_hint(&a->fail, "iommufdctl session list");
	}
	if (!a->fail.status && rlimit && rlimit->set)
		set_rlimit(&other, rlimit->num, &a->fail);
	if (!a->fail.status)
		shell_ask(&other, "__service info",
			  link_until(SESSION_PATIENCE_MS), &a->result,
			  &a->fail);
	if (!a->fail.status)
		a->result = json_pack("{s:o}", "session", a->result);
	shell_free(&other);
	return a->fail.status;
}

static enum status start(struct context *ctx, const struct parsed *p,
			 struct answer *a)
{
	return session_begin(ctx->shell, chosen(ctx, p), ctx->shell->handed,
			     &p->opt[START_RLIMIT], a);
}

static enum status stop(struct context *ctx, const struct parsed *p,
			struct answer *a)
{
	const char *name = chosen(ctx, p);
	enum link_result there;
	struct shell other;

	/* This client's own link would keep nothing alive but confuse. */
	if (ctx->shell->link.fd >= 0 && !strcmp(ctx->shell->link.name, name))
		link_close(&ctx->shell->link);
	shell_borrow(&other, ctx->shell, name);
	there = shell_connect(&other, link_until(SESSION_PATIENCE_MS),
			      &a->fail);
	if (there == LINK_DEAD)
		server_sweep(name);
	if (there == LINK_NONE || there == LINK_DEAD) {
		fail(&a->fail, "there is no session %s", name);
		fail_hint(&a->fail, "iommufdctl session list");
	} else if (there == LINK_OK &&
		   !shell_ask(&other, "__service stop",
			      link_until(SESSION_PATIENCE_MS), &a->result,
			      &a->fail)) {
		a->result = json_pack("{s:o}", "session", a->result);
	}
	shell_free(&other);
	return a->fail.status;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Adds what session @name says of itself, unless it is dead. */
static enum status add_session(const struct shell *sh, const char *name,
			       json_t *list, struct failure *f)
{
	long long until = link_until(SESSION_PATIENCE_MS);
	enum link_result there;
	struct shell other;
	json_t *info = NULL;

	shell_borrow(&other, sh, name);
	there = shell_connect(&other, until, f);
	if (there == LINK_DEAD)
		server_sweep(name);
	else if (there == LINK_OK &&
		 !shell_ask(&other, "__service info", until, &info, f))
		json_array_append_new(list, info);
	shell_free(&other);
	return f->status;
}

static enum status add_all(const struct shell *sh, const char *dir,
			   json_t *list, struct failure *f)
{
	struct dirent **entry = NULL;
	int count = scandir(dir, &entry, NULL, by_name);

	for (int i = 0; i < count; i++) {
		struct failure one = { 0 };

		if (place_take_name(entry[i]->d_name) &&
		    add_session(sh, entry[i]->d_name, list, &one)) {
			fail(f, "%s%s%s", f->status ? f->message : "",
			     f->status ? "; " : "", one.message);
			if (one.hint && !f->hint)
				fail_hint(f, "%s", one.hint);
		}
		failure_free(&one);
		free(entry[i]);
	}
	free(entry);
	return f->status;
}

static enum status list(struct context *ctx, const struct parsed *p,
			struct answer *a)
{
	char *dir = place_dir();
	json_t *sessions = json_array();
	bool there = false;

	(void)p;
	if (!place_check(&there, &a->fail) && there) {
		/* One that does not answer hides none of the others. */
		add_all(ctx->shell, dir, sessions, &a->fail);
		a->partial = json_array_size(sessions);
	}
	free(dir);
	a->result = json_pack("{s:o}", "sessions", sessions);
	return a->fail.status;
}

static const struct arg name_args[] = {
	{ .name = "NAME",
	  .kind = KIND_SESSION,
	  .optional = true,
	  .help = "the session; without it that of --session, or default" },
	{ 0 },
};

static const struct opt start_opts[] = {
	[START_RLIMIT] = { .name = "rlimit-mode",
			   .kind = KIND_NUMBER,
			   .metavar = "VALUE",
			   .preset = "0",
			   .help = "set the option while that is possible: 1 counts pinned memory for the process, 0 for the user" },
	{ 0 },
};

const struct block session_start_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "session",
	  .text = "session {name} (pid {pid}) has {device} open" },
	{ 0 },
};

static const struct block stop_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "session",
	  .text = "session {name} (pid {pid}) ended; it held {num_objects:object} and {num_mappings:mapping}" },
	{ 0 },
};

static const struct block list_view[] = {
	{ .kind = BLOCK_TABLE,
	  .key = "sessions",
	  .none = "no sessions",
	  .cells =
		  (const char *const[]){
			  "SESSION={name}", "PID={pid}", "DEVICE={device}",
			  "OBJECTS={num_objects}", "MAPPINGS={num_mappings}",
			  "MAPPED={mapped_length:size}",
			  "PINNED={pinned_length:size}",
			  "CLIENTS={num_clients}", "STAYS={keep}", NULL } },
	{ 0 },
};

static const struct command cmd_start = {
	.name = "start",
	.summary = "start a session that stays until it is stopped",
	.args = name_args,
	.opts = start_opts,
	.flags = CMD_CLIENT,
	.run = start,
	.view = session_start_view,
};

static const struct command cmd_list = {
	.name = "list",
	.summary = "list the sessions that run",
	.flags = CMD_CLIENT,
	.run = list,
	.view = list_view,
};

static const struct command cmd_stop = {
	.name = "stop",
	.summary = "end a session with all it holds",
	.args = name_args,
	.flags = CMD_CLIENT,
	.run = stop,
	.view = stop_view,
};

static const struct command *const session_commands[] = {
	&cmd_start,	     &cmd_list,
	&cmd_stop,	     &cmd_session_attach,
	&cmd_session_send,   &cmd_session_receive,
	&cmd_session_export, NULL,
};

const struct command cmd_session = {
	.name = "session",
	.summary = "processes that keep /dev/iommu open between commands",
	.sub = session_commands,
};
