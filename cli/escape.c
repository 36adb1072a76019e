// SPDX-License-Identifier: GPL-2.0-or-later
#include "escape.h"

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

/* Length of the UTF-8 character at @s and its code point, or 0. */
static size_t decode(const unsigned char *s, size_t len, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t size = s[0] < 0x80   ? 1
		      : s[0] < 0xc0 ? 0
		      : s[0] < 0xe0 ? 2
		      : s[0] < 0xf0 ? 3
		      : s[0] < 0xf8 ? 4
				    : 0;

	if (!size || size > len)
		return 0;
	*code = size == 1 ? s[0] : s[0] & (0x7fu >> size);
	for (size_t i = 1; i < size; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (s[i] & 0x3f);
	}
	if (*code < least[size] || *code > 0x10ffff ||
	    (*code >= 0xd800 && *code < 0xe000))
		return 0;
	return size;
}

static bool is_harmless(uint32_t code)
{
	if (code < 0x20 || (code >= 0x7f && code < 0xa0))
		return false;
	return !(code >= 0x200b && code <= 0x200f) &&
	       !(code >= 0x2028 && code <= 0x202e) &&
	       !(code >= 0x2060 && code <= 0x206f) && code != 0xfeff;
}

size_t escape_mark(struct buf *b, const char *text, size_t len, size_t at)
{
	size_t start = b->len, column = 0;

	/* So that there is something to measure, however little. */
	buf_reserve(b, 1);
	for (size_t i = 0, size; i < len; i += size) {
		const unsigned char *s = (const unsigned char *)text + i;
		uint32_t code = 0;

		if (i == at)
			column = escape_width(b->data + start, b->len - start);
		size = decode(s, len - i, &code);
		if (size && is_harmless(code)) {
			buf_add(b, s, size);
			continue;
		}
		size = size ? size : 1;
		for (size_t j = 0; j < size; j++)
			buf_printf(b, "\\x%02x", s[j]);
	}
	if (at >= len)
		column = escape_width(b->data + start, b->len - start);
	return column;
}

void escape_bytes(struct buf *b, const char *text, size_t len)
{
	escape_mark(b, text, len, 0);
}

void escape_lines(struct buf *b, const char *text, size_t len)
{
	for (size_t i = 0, run; i < len; i += run) {
		for (run = 0; i + run < len && text[i + run] != '\n' &&
			      text[i + run] != '\t';)
			run++;
		escape_bytes(b, text + i, run);
		if (i + run < len)
			buf_putc(b, text[i + run++]);
	}
}

size_t escape_width(const char *text, size_t len)
{
	size_t width = 0;

	for (size_t i = 0; i < len; i++)
		width += ((unsigned char)text[i] & 0xc0) != 0x80;
	return width;
}
