// SPDX-License-Identifier: GPL-2.0-or-later
/* `source`: the lines of a file, as if they stood in its place. */
#include "commands/commands.h"
#include "context.h"
#include "parse.h"
#include "shell.h"

static enum status source(struct context *ctx, const struct parsed *p,
			  struct answer *a)
{
	/* Its lines have said all there is to say. */
	a->told = true;
	return batch_source(ctx->shell, p->arg[0].text, &a->fail);
}

static const struct arg source_args[] = {
	{ .name = "FILE", .kind = KIND_PATH, .help = "a script" },
	{ 0 },
};

const struct command cmd_source = {
	.name = "source",
	.summary = "run the lines of a file",
	.args = source_args,
	.flags = CMD_CLIENT | CMD_RARE,
	.run = source,
};
