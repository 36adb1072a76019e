// SPDX-License-Identifier: GPL-2.0-or-later
#include "render_help.h"

#include <stdbool.h>
#include <string.h>

#include "buf.h"
#include "escape.h"
#include "look.h"

#define GOES_ON 10 /* blanks in front of a line that continues a row */

/* Words of @text, wrapped; @used columns of the line are taken. */
static void put_words(struct buf *out, const char *text, size_t len,
		      size_t indent, size_t width, size_t used)
{
	const char *end = text + len;

	while (text < end) {
		const char *blank = memchr(text, ' ', (size_t)(end - text));
		size_t word = (size_t)((blank ? blank : end) - text);

		if (used > indent && used + 1 + word > width) {
			buf_putc(out, '\n');
			buf_pad(out, indent);
			used = indent;
		} else if (used > indent) {
			buf_putc(out, ' ');
			used++;
		}
		escape_bytes(out, text, word);
		used += word;
		text += word;
		while (text < end && *text == ' ')
			text++;
	}
}

/* Where the second column of a row begins, or its end. */
static size_t second_column(const char *row, size_t len)
{
	size_t at = strspn(row, " ");

	while (at + 1 < len && !(row[at] == ' ' && row[at + 1] == ' '))
		at++;
	return at + 1 < len ? at : len;
}

static void put_row(struct buf *out, const char *row, size_t len, size_t width)
{
	size_t indent = strspn(row, " "), first, used = indent;

	if (len <= width) {
		escape_bytes(out, row, len);
		return;
	}
	/* "      --name" has no letter, only room for one. */
	indent = indent > 2 ? 2 : indent;
	first = second_column(row, len);
	buf_pad(out, indent);
	put_words(out, row + used, first - used, indent + 2, width, indent + 2);
	if (first == len)
		return;
	first += strspn(row + first, " ");
	buf_putc(out, '\n');
	buf_pad(out, indent + 2);
	put_words(out, row + first, len - first, indent + 2, width, indent + 2);
}

void render_help(struct buf *out, const char *text, const struct look *look)
{
	struct buf row = { 0 };

	if (!look->width || look->width >= LOOK_WIDTH) {
		escape_lines(out, text, strlen(text));
		return;
	}
	while (*text) {
		size_t len = strcspn(text, "\n");

		row.len = 0;
		buf_add(&row, text, len);
		text += len + (text[len] != '\0');
		while (strspn(text, " ") >= GOES_ON) {
			text += strspn(text, " ");
			len = strcspn(text, "\n");
			buf_putc(&row, ' ');
			buf_add(&row, text, len);
			text += len + (text[len] != '\0');
		}
		put_row(out, buf_text(&row), row.len, look->width);
		buf_putc(out, '\n');
	}
	buf_free(&row);
}
