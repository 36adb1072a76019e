// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the completions of the shells call: prints "word<TAB>description" for
 * each way to go on with the words after --, the last of which is being
 * typed. A line ":files" says that file names are wanted. It never opens the
 * device and never complains.
 */
#include <stdlib.h>

#include "complete.h"
#include "commands/commands.h"
#include "context.h"
#include "parse.h"
#include "render.h"

static enum status run(struct context *ctx, const struct parsed *p,
		       struct answer *a)
{
	const char **words =
		mem_realloc(NULL, (p->many_count + 1) * sizeof(*words));
	struct candidates found = { 0 };
	struct buf text = { 0 };
	json_t *list = json_array();

	for (size_t i = 0; i < p->many_count; i++)
		words[i] = p->many[i].text;
	complete(ctx->shell, PARSE_ARGV, words, p->many_count, &found);
	if (found.files)
		buf_puts(&text, ":files\n");
	for (size_t i = 0; i < found.count; i++) {
		buf_printf(&text, "%s\t%s\n", found.list[i].word,
			   found.list[i].help);
		json_array_append_new(list, json_text(found.list[i].word));
	}
	a->result = json_pack("{s:o, s:b, s:o}", "words", list, "files",
			      found.files, "text", json_text(buf_text(&text)));
	candidates_free(&found);
	buf_free(&text);
	free(words);
	return STATUS_OK;
}

static const struct arg complete_args[] = {
	{ .name = "WORD",
	  .kind = KIND_TEXT,
	  .optional = true,
	  .many = true,
	  .help = "the words so far, without the program's name" },
	{ 0 },
};

static const struct block complete_view[] = {
	{ .kind = BLOCK_TEXT, .key = "text" },
	{ 0 },
};

const struct command cmd_complete = {
	.name = "__complete",
	.summary = "list ways to go on",
	.args = complete_args,
	.flags = CMD_HIDDEN | CMD_CLIENT,
	.run = run,
	.view = complete_view,
};
