// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Errors as people see them: where, which ioctl and errno, why, the line with
 * carets under the mistake, the refused request field by field, and a hint.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "escape.h"
#include "look.h"
#include "render_request.h"
#include "shell.h"

#define LINE_SHOWN 100

static const char program[] = "iommufdctl ";

static const char *text_of(const json_t *error, const char *key)
{
	return json_string_value(json_object_get(error, key));
}

/* Where byte @at of the escaped text is shown. */
static size_t column_of(const char *text, size_t len, size_t at)
{
	struct buf b = { 0 };
	size_t column = escape_mark(&b, text, len, at);

	buf_free(&b);
	return column;
}

/* Columns for a line with a mistake in it; "  ... " may stand before it. */
static size_t line_shown(const struct look *look)
{
	if (!look->width || look->width > LINE_SHOWN + 8)
		return LINE_SHOWN;
	return look->width > 16 ? look->width - 8 : 8;
}

/* The line, and carets under the word; of a long line only a part. */
static void put_where(struct buf *b, const json_t *where, size_t shown)
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
	from = at > shown / 2 ? at - shown / 2 : 0;
	while (from < at && ((unsigned char)text[from] & 0xc0) == 0x80)
		from++;
	if (len - from > shown)
		len = from + shown;
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

static void put_request(struct buf *b, const char *name, const json_t *request)
{
	buf_puts(b, "  ");
	put_safe(b, name);
	buf_putc(b, ' ');
	render_request(b, request, NULL);
	buf_putc(b, '\n');
}

/*
 * A hint is written for a shell; in another session than the default one it
 * needs the session's name, and at the prompt one types it without us.
 */
void print_adapt_hint(const struct shell *sh, json_t *error)
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

static void put_error(const struct shell *sh, struct buf *b, unsigned line,
		      const json_t *error, const struct look *look)
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
		put_where(b, json_object_get(error, "where"), line_shown(look));
	if (ioctl && json_is_object(request))
		put_request(b, ioctl, request);
	if (text_of(error, "hint")) {
		buf_puts(b, "hint: ");
		put_safe(b, text_of(error, "hint"));
		buf_putc(b, '\n');
	}
}

/* A line of an error: carets and hints are told from what is quoted. */
static void mark_error(struct buf *out, const struct look *look,
		       const char *line, size_t len)
{
	static const char hint[] = "hint:";
	size_t blanks = strspn(line, " "), from = 0;

	if (len > blanks && strspn(line + blanks, "^") == len - blanks) {
		buf_add(out, line, blanks);
		look_mark(out, look, LOOK_BAD);
		buf_add(out, line + blanks, len - blanks);
		look_mark(out, look, LOOK_PLAIN);
		return;
	}
	if (!strncmp(line, hint, sizeof(hint) - 1)) {
		look_mark(out, look, LOOK_NOTE);
		buf_puts(out, hint);
		look_mark(out, look, LOOK_PLAIN);
		from = sizeof(hint) - 1;
	}
	buf_add(out, line + from, len - from);
}

void print_error(struct shell *sh, unsigned line, const json_t *error)
{
	const struct look look = look_at(STDERR_FILENO, sh->colour);
	struct buf b = { 0 }, safe = { 0 }, marked = { 0 };
	const char *text;

	print_flush(sh);
	put_error(sh, &b, line, error, &look);
	/* Most of it came from elsewhere, perhaps from a foreign session. */
	escape_lines(&safe, b.data, b.len);
	for (text = buf_text(&safe); *text;) {
		size_t len = strcspn(text, "\n");

		mark_error(&marked, &look, text, len);
		text += len;
		if (*text)
			buf_putc(&marked, *text++);
	}
	fwrite(marked.data, 1, marked.len, stderr);
	buf_free(&marked);
	buf_free(&safe);
	buf_free(&b);
}
