// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The session's side of `session`: becoming one (start.c calls that), and
 * what a client asks of one.
 */
#include <sys/stat.h>
#include <unistd.h>

#include "commands/commands.h"
#include "context.h"
#include "iommu.h"
#include "names.h"
#include "parse.h"
#include "process.h"
#include "render.h"
#include "server.h"
#include "shell.h"

enum { BECOME_HANDED };

static const struct opt become_opts[] = {
	[BECOME_HANDED] = { .name = "handed",
			    .kind = KIND_FLAG,
			    .help = "the device is there already" },
	{ 0 },
};

/* Only start.c has a socket there. */
static enum status become(struct context *ctx, const struct parsed *p,
			  bool keep, struct answer *a)
{
	bool handed = p->opt[BECOME_HANDED].set;

	struct stat st;

	if (!ctx->shell || fstat(SERVER_FIRST_FD, &st) || !S_ISSOCK(st.st_mode))
		return fail_usage(&a->fail,
				  "only 'session start' starts a session");
	a->result = json_object();
	return server_main(ctx->shell->session, ctx->shell->device, keep,
			   handed ? SERVER_DEVICE_FD : -1);
}

static enum status run_keep(struct context *ctx, const struct parsed *p,
			    struct answer *a)
{
	return become(ctx, p, true, a);
}

static enum status run_auto(struct context *ctx, const struct parsed *p,
			    struct answer *a)
{
	return become(ctx, p, false, a);
}

static enum status info(struct context *ctx, const struct parsed *p,
			struct answer *a)
{
	const struct server *s = ctx->server;
	uint64_t bytes = 0;
	size_t mappings = 0;

	(void)p;
	if (!s)
		return fail(&a->fail, "this is no session");
	for (size_t i = 0; i < ctx->store.count; i++) {
		mappings += ctx->store.object[i]->count;
		bytes += ctx->store.object[i]->bytes;
	}
	a->result = json_pack(
		"{s:s, s:i, s:o, s:b, s:i, s:o, s:i, s:o, s:o, s:i}", "name",
		s->name, "pid", (int)getpid(), "device", json_text(ctx->path),
		"keep", s->keep, "num_objects", (int)ctx->store.count,
		"objects", objects_json(&ctx->store), "num_mappings",
		(int)mappings, "mapped_length", json_hex64(bytes),
		"pinned_length", json_hex64(process_pinned()), "num_clients",
		(int)s->count - 1);
	return STATUS_OK;
}

static enum status objects(struct context *ctx, const struct parsed *p,
			   struct answer *a)
{
	(void)p;
	a->result = json_pack("{s:o}", "objects", objects_json(&ctx->store));
	return STATUS_OK;
}

/* The client gets the descriptor along with the answer. */
static enum status pass(struct context *ctx, const struct parsed *p,
			struct answer *a)
{
	struct peer *peer;

	(void)p;
	if (!ctx->server)
		return fail(&a->fail, "this is no session");
	peer = ctx->server->runner.owner;
	peer->pass = ctx->fd;
	a->result = json_object();
	return STATUS_OK;
}

static enum status stop(struct context *ctx, const struct parsed *p,
			struct answer *a)
{
	enum status status = info(ctx, p, a);

	if (!status)
		ctx->server->stopping = true;
	return status;
}

static const struct command cmd_auto = {
	.name = "auto",
	.summary = "become a session that ends with its last object",
	.opts = become_opts,
	.flags = CMD_HIDDEN | CMD_CLIENT,
	.run = run_auto,
};

static const struct command cmd_keep = {
	.name = "keep",
	.summary = "become a session that stays",
	.opts = become_opts,
	.flags = CMD_HIDDEN | CMD_CLIENT,
	.run = run_keep,
};

static const struct command cmd_info = {
	.name = "info",
	.summary = "what the session is and holds",
	.flags = CMD_HIDDEN | CMD_DEVICE,
	.run = info,
};

static const struct command cmd_objects = {
	.name = "objects",
	.summary = "the objects of the session",
	.flags = CMD_HIDDEN | CMD_DEVICE,
	.run = objects,
};

static const struct command cmd_pass = {
	.name = "pass",
	.summary = "give the client a copy of the descriptor",
	.flags = CMD_HIDDEN | CMD_DEVICE,
	.run = pass,
};

static const struct command cmd_stop = {
	.name = "stop",
	.summary = "end the session",
	.flags = CMD_HIDDEN | CMD_DEVICE,
	.run = stop,
};

static const struct command *const service_commands[] = {
	&cmd_auto, &cmd_keep,		&cmd_info, &cmd_objects,
	&cmd_pass, &cmd_service_export, &cmd_stop, NULL,
};

const struct command cmd_service = {
	.name = "__service",
	.summary = "the other end of session",
	.sub = service_commands,
	.flags = CMD_HIDDEN,
};
