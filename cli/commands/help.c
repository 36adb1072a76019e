// SPDX-License-Identifier: GPL-2.0-or-later
/* `help` and --help are the same text, made from the command tree. */
#include <string.h>

#include "commands/commands.h"
#include "parse.h"
#include "render.h"
#include "usage.h"

static enum status help(struct context *ctx, const struct parsed *p,
			struct answer *a)
{
	const struct command *cmd = &root;
	struct buf path = { 0 };

	(void)ctx;
	if (p->many_count == 1 && !strcmp(p->many[0].text, USAGE_OPTIONS)) {
		a->result = usage_options();
		return STATUS_OK;
	}
	for (size_t i = 0; i < p->many_count; i++) {
		const struct value *word = &p->many[i];

		cmd = command_sub(cmd, word->text);
		if (!cmd) {
			buf_free(&path);
			fail_at(&a->fail, p->words, word->at,
				"no such command");
			fail_hint(&a->fail, "iommufdctl help");
			return STATUS_USAGE;
		}
		buf_printf(&path, "%s%s", i ? " " : "", cmd->name);
	}
	a->result = usage_json(cmd, buf_text(&path));
	buf_free(&path);
	return STATUS_OK;
}

static const struct arg help_args[] = {
	{ .name = "COMMAND",
	  .kind = KIND_COMMAND,
	  .optional = true,
	  .many = true,
	  .help = "the command to explain, such as ioas map" },
	{ 0 },
};

static const struct block help_view[] = {
	{ .kind = BLOCK_HELP, .key = "help.text" },
	{ 0 },
};

const struct command cmd_help = {
	.name = "help",
	.summary = "explain a command, or list them all",
	.args = help_args,
	.run = help,
	.view = help_view,
};
