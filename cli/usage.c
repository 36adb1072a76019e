// SPDX-License-Identifier: GPL-2.0-or-later
#include "usage.h"

#include <stdbool.h>
#include <string.h>

#include "buf.h"
#include "commands/commands.h"

#define INDENT 2
#define WIDTH 78

static void put_arg(struct buf *b, const struct arg *arg)
{
	buf_printf(b, " %s%s%s%s", arg->optional ? "[" : "", arg->name,
		   arg->many ? "..." : "", arg->optional ? "]" : "");
}

static void put_opt_name(struct buf *b, const struct opt *opt)
{
	buf_printf(b, "--%s", opt->name);
	if (opt->implied)
		buf_printf(b, "[=%s]", opt->metavar);
	else if (opt->metavar)
		buf_printf(b, " %s", opt->metavar);
}

static void put_options(struct buf *b, const struct opt *opt)
{
	for (; opt && opt->name; opt++) {
		buf_puts(b, " [");
		put_opt_name(b, opt);
		buf_putc(b, ']');
	}
}

/* "usage: iommufdctl ioas unmap ID [IOVA] [LENGTH] [--all]" */
static void put_synopsis(struct buf *b, const struct command *cmd,
			 const char *path)
{
	size_t start = b->len;
	struct buf opts = { 0 };

	buf_printf(b, "usage: iommufdctl%s%s", *path ? " " : "", path);
	if (cmd == &root)
		buf_puts(b, " [OPTION...]");
	if (cmd->sub)
		buf_puts(b, cmd->run ? " [COMMAND ...]" : " COMMAND ...");
	for (const struct arg *arg = cmd->args; arg && arg->name; arg++)
		put_arg(b, arg);
	put_options(&opts, cmd->opts);
	if (b->len - start + opts.len > WIDTH) {
		opts.len = 0;
		buf_puts(&opts, " [OPTION...]");
	}
	if (b->len - start + opts.len > WIDTH) {
		buf_putc(b, '\n');
		buf_pad(b, INDENT);
	}
	buf_add(b, opts.data, opts.len);
	buf_putc(b, '\n');
	buf_free(&opts);
}

/* A row of two columns; the second is wrapped. */
static void put_row(struct buf *b, const char *left, size_t column,
		    const char *right)
{
	size_t used = INDENT + strlen(left);

	buf_pad(b, INDENT);
	buf_puts(b, left);
	buf_pad(b, used < column ? column - used : 1);
	used = used < column ? column : used + 1;
	while (*right) {
		size_t len = strcspn(right, " ");

		if (used > column && used + 1 + len > WIDTH) {
			buf_putc(b, '\n');
			buf_pad(b, column);
			used = column;
		} else if (used > column) {
			buf_putc(b, ' ');
			used++;
		}
		buf_add(b, right, len);
		used += len;
		right += len + strspn(right + len, " ");
	}
	buf_putc(b, '\n');
}

/* Those that every tool has, or few need, are named below the list. */
static bool is_listed(const struct command *cmd)
{
	return !(cmd->flags & (CMD_HIDDEN | CMD_RARE)) && cmd != &cmd_help &&
	       cmd != &cmd_version;
}

static void put_commands(struct buf *b, const struct command *cmd)
{
	for (size_t i = 0; cmd->sub[i]; i++)
		if (is_listed(cmd->sub[i]))
			put_row(b, cmd->sub[i]->name, 14, cmd->sub[i]->summary);
}

static void put_rare(struct buf *b, const struct command *cmd)
{
	struct buf names = { 0 };

	for (size_t i = 0; cmd->sub[i]; i++)
		if (cmd->sub[i]->flags & CMD_RARE)
			buf_printf(&names, "%s%s", names.len ? ", " : "",
				   cmd->sub[i]->name);
	put_row(b, "and", 14, buf_text(&names));
	buf_free(&names);
}

static void put_args(struct buf *b, const struct arg *arg)
{
	buf_puts(b, "\narguments:\n");
	for (; arg->name; arg++) {
		struct buf help = { 0 };

		buf_puts(&help, arg->help);
		for (size_t i = 0; arg->choices && arg->choices[i]; i++)
			buf_printf(&help, "%s%s", i ? ", " : ": ",
				   arg->choices[i]);
		put_row(b, arg->name, 14, buf_text(&help));
		buf_free(&help);
	}
}

static void put_opts(struct buf *b, const struct opt *opt)
{
	buf_puts(b, "\noptions:\n");
	for (; opt->name; opt++) {
		struct buf left = { 0 }, help = { 0 };

		if (opt->letter)
			buf_printf(&left, "-%c, ", opt->letter);
		else
			buf_pad(&left, 4);
		put_opt_name(&left, opt);
		buf_puts(&help, opt->help);
		if (opt->preset)
			buf_printf(&help, " (default: %s)", opt->preset);
		put_row(b, buf_text(&left), 26, buf_text(&help));
		buf_free(&left);
		buf_free(&help);
	}
}

static json_t *answer(const char *path, struct buf *text)
{
	json_t *result = json_pack("{s:{s:s, s:s}}", "help", "command", path,
				   "text", buf_text(text));

	buf_free(text);
	return result;
}

/* A screen has 24 lines, one for the prompt: no room for the options. */
static json_t *usage_root(void)
{
	struct buf b = { 0 };

	put_synopsis(&b, &root, "");
	put_commands(&b, &root);
	put_rare(&b, &root);
	buf_puts(&b, "More: 'help COMMAND', 'help " USAGE_OPTIONS
		     "', 'version' and man iommufdctl.\n");
	return answer("", &b);
}

json_t *usage_options(void)
{
	struct buf b = { 0 };

	buf_printf(&b, "%s: the options of every command\n", root.name);
	put_synopsis(&b, &root, "");
	put_opts(&b, globals);
	buf_puts(
		&b,
		"\nWithout a command: a prompt, or the lines of standard input.\n");
	return answer(USAGE_OPTIONS, &b);
}

json_t *usage_json(const struct command *cmd, const char *path)
{
	struct buf b = { 0 };

	if (cmd == &root)
		return usage_root();
	buf_printf(&b, "%s: %s\n", path, cmd->summary);
	put_synopsis(&b, cmd, path);
	if (cmd->sub) {
		buf_puts(&b, "\ncommands:\n");
		put_commands(&b, cmd);
	}
	if (cmd->args && cmd->args->name)
		put_args(&b, cmd->args);
	if (cmd->opts)
		put_opts(&b, cmd->opts);
	return answer(path, &b);
}

static json_t *dump_choices(const char *const *choices)
{
	json_t *list = json_array();

	for (size_t i = 0; choices && choices[i]; i++)
		json_array_append_new(list, json_string(choices[i]));
	return list;
}

static const char *kind_name(enum kind kind)
{
	static const char *const names[] = {
		[KIND_FLAG] = "flag",	    [KIND_TEXT] = "text",
		[KIND_PATH] = "path",	    [KIND_SIZE] = "size",
		[KIND_ADDRESS] = "address", [KIND_NUMBER] = "number",
		[KIND_ID] = "id",	    [KIND_RANGE] = "range",
		[KIND_CHOICE] = "choice",   [KIND_COMMAND] = "command",
		[KIND_NAME] = "name",	    [KIND_SESSION] = "session",
		[KIND_LINE] = "line",	    [KIND_IOCTL] = "ioctl",
		[KIND_PCI] = "pci",	    [KIND_GROUP] = "group",
		[KIND_TARGET] = "target",   [KIND_PID] = "pid",
		[KIND_FD] = "fd",
	};

	return names[kind];
}

static json_t *dump_args(const struct arg *arg)
{
	json_t *list = json_array();

	for (; arg && arg->name; arg++)
		json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:b, s:b, s:o, s:s}", "name",
				  arg->name, "kind", kind_name(arg->kind),
				  "optional", arg->optional, "many", arg->many,
				  "choices", dump_choices(arg->choices), "help",
				  arg->help));
	return list;
}

static json_t *dump_opts(const struct opt *opt)
{
	json_t *list = json_array();

	for (; opt && opt->name; opt++) {
		const char letter[] = { opt->letter, '\0' };

		json_array_append_new(
			list,
			json_pack("{s:s, s:o, s:s, s:o, s:o, s:o, s:b, s:s}",
				  "name", opt->name, "letter",
				  json_text_or_null(opt->letter ? letter
								: NULL),
				  "kind", kind_name(opt->kind), "metavar",
				  json_text_or_null(opt->metavar), "choices",
				  dump_choices(opt->choices), "default",
				  json_text_or_null(opt->preset), "many",
				  opt->many, "help", opt->help));
	}
	return list;
}

json_t *usage_dump(const struct command *cmd)
{
	json_t *subs = json_array();

	for (size_t i = 0; cmd->sub && cmd->sub[i]; i++)
		json_array_append_new(subs, usage_dump(cmd->sub[i]));
	return json_pack("{s:s, s:s, s:b, s:b, s:o, s:o, s:o}", "name",
			 cmd->name, "summary", cmd->summary, "hidden",
			 cmd->flags & CMD_HIDDEN, "runs", cmd->run != NULL,
			 "arguments", dump_args(cmd->args), "options",
			 dump_opts(cmd == &root ? globals : cmd->opts),
			 "commands", subs);
}
