// SPDX-License-Identifier: GPL-2.0-or-later
/* `session export`: asks a session for the script that rebuilds it. */
#include "buf.h"
#include "commands/commands.h"
#include "context.h"
#include "export.h"
#include "parse.h"
#include "render.h"
#include "server.h"
#include "shell.h"

#define PATIENCE_MS 10000

static enum status service(struct context *ctx, const struct parsed *p,
			   struct answer *a)
{
	const char *name = ctx->server ? ctx->server->name : NULL;
	struct buf text = { 0 };
	size_t left_out;

	(void)p;
	if (!export_script(ctx, &text, &left_out, &a->fail))
		a->result = json_pack("{s:{s:o, s:o, s:I}}", "export",
				      "session", json_text_or_null(name),
				      "script", json_text(buf_text(&text)),
				      "left_out", (json_int_t)left_out);
	buf_free(&text);
	return a->fail.status;
}

static enum status export_session(struct context *ctx, const struct parsed *p,
				  struct answer *a)
{
	const char *name = p->arg[0].set ? p->arg[0].text : ctx->shell->session;
	struct shell other;

	if (ctx->device && !p->arg[0].set)
		return context_open(ctx, &a->fail) ? a->fail.status
						   : service(ctx, p, a);
	shell_borrow(&other, ctx->shell, name);
	if (!shell_find(&other, &a->fail))
		shell_ask(&other, "__service export", link_until(PATIENCE_MS),
			  &a->result, &a->fail);
	shell_free(&other);
	return a->fail.status;
}

const struct command cmd_service_export = {
	.name = "export",
	.summary = "the script that rebuilds the session",
	.flags = CMD_HIDDEN | CMD_DEVICE,
	.run = service,
};

static const struct arg export_args[] = {
	{ .name = "NAME",
	  .kind = KIND_SESSION,
	  .optional = true,
	  .help = "the session; without it that of --session, or default" },
	{ 0 },
};

static const struct block export_view[] = {
	{ .kind = BLOCK_TEXT, .key = "export.script" },
	{ 0 },
};

const struct command cmd_session_export = {
	.name = "export",
	.summary = "print a script that rebuilds what a session maps",
	.args = export_args,
	.flags = CMD_CLIENT,
	.run = export_session,
	.view = export_view,
};
