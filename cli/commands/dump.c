// SPDX-License-Identifier: GPL-2.0-or-later
/* The command tree for programs, such as the tests of manual and completion. */
#include <stdlib.h>

#include "commands/commands.h"
#include "parse.h"
#include "render.h"
#include "usage.h"

static enum status dump(struct context *ctx, const struct parsed *p,
			struct answer *a)
{
	json_t *tree = usage_dump(&root);
	char *text = json_dumps(tree, JSON_INDENT(2));

	(void)ctx;
	(void)p;
	a->result = json_pack("{s:o, s:s+}", "tree", tree, "text", text, "\n");
	free(text);
	return STATUS_OK;
}

static const struct block dump_view[] = {
	{ .kind = BLOCK_TEXT, .key = "text" },
	{ 0 },
};

const struct command cmd_dump = {
	.name = "__dump",
	.summary = "print the command tree as JSON",
	.flags = CMD_HIDDEN,
	.run = dump,
	.view = dump_view,
};
