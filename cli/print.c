// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Results go to standard output and nothing else does; with --json it carries
 * one document, whatever happens. Errors are for people, on standard error,
 * and stand in the document as well.
 */
#include "shell.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "escape.h"
#include "look.h"
#include "render.h"

#define SCHEMA 1
#define LINE_SHOWN 100 /* columns of a line with a mistake in it */
#define PIECE 4096

static const char program[] = "iommufdctl ";

static const char *text_of(const json_t *error, const char *key)
{
	return json_string_value(json_object_get(error, key));
}

void print_flush(struct shell *sh)
{
	if (sh->output_failed || (!fflush(stdout) && !ferror(stdout)))
		return;
	sh->output_failed = true;
	if (errno != EPIPE)
		fprintf(stderr, "iommufdctl: standard output: %s\n",
			strerror(errno));
	if (!sh->status)
		sh->status = STATUS_REFUSED;
}

/* Where byte @at of the escaped text is shown. */
static size_t column_of(const char *text, size_t len, size_t at)
{
	struct buf b = { 0 };
	size_t column = escape_mark(&b, text, len, at);

	buf_free(&b);
	return column;
}

/* The line, and carets under the word; of a long line only a part. */
static void put_where(struct buf *b, const json_t *where)
{
	const char *text = text_of(where, "text");
	size_t at =
		(size_t)json_integer_value(json_object_get(where, "column"));
	size_t width =
		(size_t)json_integer_value(json_object_get(where, "width"));
	size_t len, from, first, last;

	if (!text)
		return;
	len = strlen(text);
	/* A session of somebody else may say anything. */
	at = at < len ? at : len;
	width = width < len - at ? width : len - at;
	from = at > LINE_SHOWN / 2 ? at - LINE_SHOWN / 2 : 0;
	while (from < at && ((unsigned char)text[from] & 0xc0) == 0x80)
		from++;
	if (len - from > LINE_SHOWN)
		len = from + LINE_SHOWN;
	first = column_of(text + from, len - from, at - from);
	last = column_of(text + from, len - from, at + width - from);
	buf_puts(b, from ? "  ... " : "  ");
	escape_bytes(b, text + from, len - from);
	buf_putc(b, '\n');
	buf_pad(b, first + (from ? 6 : 2));
	do
		buf_putc(b, '^');
	while (++first < last);
	buf_putc(b, '\n');
}

/* All of an error may come from a foreign session, line feeds included. */
static void put_safe(struct buf *b, const char *text)
{
	escape_bytes(b, text, strlen(text));
}

static void put_flags(struct buf *b, const json_t *flags)
{
	const char *name;
	json_t *value;
	size_t i;

	json_array_foreach(flags, i, value) {
		name = json_string_value(value);
		buf_puts(b, i ? "|" : "");
		put_safe(b, name ? name : "?");
	}
}

static void put_request(struct buf *b, const char *name, const json_t *request)
{
	const char *key;
	json_t *value;
	bool first = true;

	buf_puts(b, "  ");
	put_safe(b, name);
	buf_puts(b, " {");
	json_object_foreach((json_t *)request, key, value) {
		buf_puts(b, first ? "" : ", ");
		put_safe(b, key);
		buf_putc(b, '=');
		first = false;
		if (json_is_string(value)) {
			put_safe(b, json_string_value(value));
		} else if (json_is_array(value)) {
			put_flags(b, value);
		} else {
			buf_printf(b, "%" JSON_INTEGER_FORMAT,
				   json_integer_value(value));
		}
	}
	buf_puts(b, "}\n");
}

/*
 * A hint is written for a shell; in another session than the default one it
 * needs the session's name, and at the prompt one types it without us.
 */
static void adapt_hint(const struct shell *sh, json_t *error)
{
	const char *hint = text_of(error, "hint");
	struct buf b = { 0 };

	if (!hint || strncmp(hint, program, sizeof(program) - 1))
		return;
	hint += sizeof(program) - 1;
	if (sh->mode != SHELL_PROMPT)
		buf_puts(&b, program);
	if (sh->mode != SHELL_PROMPT && sh->session_given &&
	    strncmp(hint, "session ", 8) && strncmp(hint, "help", 4))
		buf_printf(&b, "--session %s ", sh->session);
	buf_puts(&b, hint);
	json_object_set_new(error, "hint", json_text(buf_text(&b)));
	buf_free(&b);
}

static void put_error(struct shell *sh, struct buf *b, unsigned line,
		      const json_t *error)
{
	const char *ioctl = text_of(error, "ioctl");
	const char *where[] = { text_of(error, "command"), ioctl,
				text_of(error, "errno") };
	const char *message = text_of(error, "message");
	const json_t *request = json_object_get(error, "request");

	if (sh->source && line) {
		escape_bytes(b, sh->source, strlen(sh->source));
		buf_printf(b, ":%u: ", line);
	} else if (sh->mode != SHELL_PROMPT) {
		buf_puts(b, "iommufdctl: ");
	}
	for (size_t i = 0; i < 3; i++) {
		/* An errno of something else is in the message as words. */
		if (!where[i] || (i == 2 && !ioctl))
			continue;
		put_safe(b, where[i]);
		buf_puts(b, ": ");
	}
	if (message)
		put_safe(b, message);
	buf_putc(b, '\n');
	if (json_is_object(json_object_get(error, "where")))
		put_where(b, json_object_get(error, "where"));
	if (ioctl && json_is_object(request))
		put_request(b, ioctl, request);
	if (text_of(error, "hint")) {
		buf_puts(b, "hint: ");
		put_safe(b, text_of(error, "hint"));
		buf_putc(b, '\n');
	}
}

static void print_error(struct shell *sh, unsigned line, const json_t *error)
{
	struct buf b = { 0 }, safe = { 0 };

	print_flush(sh);
	put_error(sh, &b, line, error);
	/* Most of it came from elsewhere, perhaps from a foreign session. */
	escape_lines(&safe, b.data, b.len);
	fwrite(safe.data, 1, safe.len, stderr);
	buf_free(&safe);
	buf_free(&b);
}

/* Ctrl-C at the prompt ends a long answer, too; a short one is told whole. */
static void put_answer(const char *text)
{
	sig_atomic_t before = link_interrupted;
	size_t left = strlen(text), piece = 0;

	for (; left && link_interrupted == before; left -= piece) {
		piece = left < PIECE ? left : PIECE;
		if (fwrite(text, 1, piece, stdout) != piece)
			return;
		text += piece;
	}
	if (left)
		putchar('\n');
}

static void print_document(const struct outcome *o)
{
	json_t *document = json_pack("{s:i}", "schema", SCHEMA);
	char *text;

	if (o->status)
		json_object_set(document, "error", o->tree);
	json_object_update(document, o->status ? o->partial : o->tree);
	text = json_dumps(document, JSON_INDENT(2));
	put_answer(text ? text : "null");
	putchar('\n');
	free(text);
	json_decref(document);
}

static void print_element(struct shell *sh, const struct outcome *o)
{
	json_t *command = *o->command ? json_text(o->command) : json_null();
	json_t *file = json_text(sh->source);
	char *name = json_dumps(command, JSON_ENCODE_ANY);
	char *source = json_dumps(file, JSON_ENCODE_ANY);
	const json_t *result = o->status ? o->partial : o->tree;
	char *text = result ? json_dumps(result, JSON_COMPACT) : NULL;
	char *error = o->status ? json_dumps(o->tree, JSON_COMPACT) : NULL;

	printf("%s{\"source\": %s, \"line\": %u, \"command\": %s, ",
	       sh->printed++ ? ",\n" : "\n", source, o->line, name);
	printf("\"result\": %s, \"error\": %s}", text ? text : "null",
	       error ? error : "null");
	free(error);
	free(text);
	free(name);
	free(source);
	json_decref(command);
	json_decref(file);
}

/* A window may have another size each time that somebody types. */
static const struct look *look_now(struct shell *sh)
{
	if (!sh->looked || sh->mode == SHELL_PROMPT)
		sh->look = look_at(STDOUT_FILENO, sh->colour);
	sh->looked = true;
	return &sh->look;
}

static void print_text(struct shell *sh, const struct outcome *o)
{
	const struct command *cmd = command_find(o->command);
	struct buf b = { 0 };

	if (cmd)
		render(&b, cmd->view, o->status ? o->partial : o->tree,
		       look_now(sh));
	put_answer(buf_text(&b));
	buf_free(&b);
}

void print_outcome(struct shell *sh, const struct outcome *o)
{
	bool element = sh->json && sh->mode == SHELL_SCRIPT;

	if (o->status && !sh->status)
		sh->status = o->status;
	if (o->status) {
		adapt_hint(sh, o->tree);
		print_error(sh, o->line, o->tree);
	}
	if (element)
		print_element(sh, o);
	else if (sh->json || o->json)
		print_document(o);
	else if (!o->status || (o->partial && !sh->quiet))
		print_text(sh, o);
	if (sh->mode == SHELL_PROMPT || ferror(stdout))
		print_flush(sh);
}

void print_failure(struct shell *sh, const struct failure *f)
{
	const struct outcome o = {
		.status = f->status,
		.command = "",
		.tree = failure_json(f, NULL),
	};

	print_outcome(sh, &o);
	json_decref(o.tree);
}

void print_begin(struct shell *sh)
{
	json_t *source;
	char *text;

	if (!sh->json || sh->mode != SHELL_SCRIPT)
		return;
	source = json_text(sh->source);
	text = json_dumps(source, JSON_ENCODE_ANY);
	sh->printed = 0;
	printf("{\"schema\": %d, \"source\": %s, \"results\": [", SCHEMA, text);
	free(text);
	json_decref(source);
}

void print_end(struct shell *sh)
{
	if (sh->json && sh->mode == SHELL_SCRIPT)
		printf("\n]}\n");
	print_flush(sh);
}
