// SPDX-License-Identifier: GPL-2.0-or-later
#include "usage.h"

#include <string.h>

#include "buf.h"

#define INDENT 2

static void put_arg(struct buf *b, const struct arg *arg)
{
	buf_printf(b, " %s%s%s%s", arg->optional ? "[" : "", arg->name,
		   arg->many ? "..." : "", arg->optional ? "]" : "");
}

static void put_opt_name(struct buf *b, const struct opt *opt)
{
	buf_printf(b, "--%s", opt->name);
	if (opt->metavar)
		buf_printf(b, " %s", opt->metavar);
}

/* "usage: iommufdctl ioas map ID [--anon SIZE] ...", wrapped. */
static void put_synopsis(struct buf *b, const struct command *cmd,
			 const char *path)
{
	size_t start = b->len, line = b->len;

	buf_printf(b, "usage: iommufdctl%s%s", *path ? " " : "", path);
	if (cmd == &root)
		buf_puts(b, " [OPTION...]");
	if (cmd->sub)
		buf_puts(b, " COMMAND ...");
	for (const struct arg *arg = cmd->args; arg && arg->name; arg++)
		put_arg(b, arg);
	for (const struct opt *opt = cmd->opts; opt && opt->name; opt++) {
		struct buf one = { 0 };

		buf_puts(&one, "[");
		put_opt_name(&one, opt);
		buf_puts(&one, "]");
		if (b->len - line + 1 + one.len > 78) {
			buf_putc(b, '\n');
			line = b->len;
			buf_pad(b, strlen("usage: iommufdctl"));
		}
		buf_putc(b, ' ');
		buf_add(b, one.data, one.len);
		buf_free(&one);
	}
	buf_puts(b, start == b->len ? "" : "\n");
}

/* A row of two columns; the second is wrapped at 78. */
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

		if (used > column && used + 1 + len > 78) {
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

static void put_commands(struct buf *b, const struct command *cmd)
{
	buf_puts(b, "\ncommands:\n");
	for (size_t i = 0; cmd->sub[i]; i++)
		if (!(cmd->sub[i]->flags & CMD_HIDDEN))
			put_row(b, cmd->sub[i]->name, 14, cmd->sub[i]->summary);
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

/* The general options in a few lines: with the commands they fill a screen. */
static void put_globals(struct buf *b)
{
	size_t line;

	buf_puts(b, "\noptions: ");
	line = b->len - strlen("options: ");
	for (const struct opt *opt = globals; opt->name; opt++) {
		struct buf one = { 0 };

		if (opt->letter)
			buf_printf(&one, "-%c ", opt->letter);
		put_opt_name(&one, opt);
		buf_puts(&one, opt[1].name ? ", " : "\n");
		if (b->len - line + one.len > 78) {
			/* Over the blank that ends the line. */
			b->data[b->len - 1] = '\n';
			line = b->len;
			buf_pad(b, strlen("options: "));
		}
		buf_add(b, one.data, one.len);
		buf_free(&one);
	}
}

json_t *usage_json(const struct command *cmd, const char *path)
{
	struct buf b = { 0 };
	json_t *result;

	buf_printf(&b, "%s: %s\n\n", *path ? path : root.name, cmd->summary);
	put_synopsis(&b, cmd, path);
	if (cmd->sub)
		put_commands(&b, cmd);
	if (cmd->args && cmd->args->name)
		put_args(&b, cmd->args);
	if (cmd == &root)
		put_globals(&b);
	else if (cmd->opts)
		put_opts(&b, cmd->opts);
	if (cmd == &root)
		buf_puts(
			&b,
			"\nWithout a command: a prompt, or the lines of standard input.\n"
			"'help COMMAND' tells more; so does man iommufdctl.\n");
	result = json_pack("{s:{s:s, s:s}}", "help", "command", path, "text",
			   buf_text(&b));
	buf_free(&b);
	return result;
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
	return json_pack("{s:s, s:s, s:b, s:o, s:o, s:o}", "name", cmd->name,
			 "summary", cmd->summary, "hidden",
			 cmd->flags & CMD_HIDDEN, "arguments",
			 dump_args(cmd->args), "options",
			 dump_opts(cmd == &root ? globals : cmd->opts),
			 "commands", subs);
}
