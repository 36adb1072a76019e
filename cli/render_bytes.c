// SPDX-License-Identifier: GPL-2.0-or-later
#include "render_bytes.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "buf.h"
#include "look.h"
#include "render.h"

#define ROW 16

struct dump {
	struct buf *out;
	int digits; /* of addresses */
	unsigned row; /* bytes in one */
};

/* Where it begins, at an I/O address or in a region of a device. */
static uint64_t start(const json_t *part)
{
	return json_hex_at(part,
			   json_object_get(part, "iova") ? "iova" : "offset");
}

/* Columns of a row: address, bytes and a gap after half of 16, text. */
static size_t columns(int digits, unsigned row)
{
	return (size_t)digits + 2 + 3 * row + (row == ROW) + 1 + row;
}

static unsigned value(const char *hex)
{
	unsigned sum = 0;

	for (int i = 0; i < 2; i++) {
		char c = hex[i];

		sum = sum * 16 + (unsigned)(c >= 'a' ? c - 'a' + 10 : c - '0');
	}
	return sum & 0xff;
}

/* Bytes @from up to @to of a row that begins at @address. */
static void put_row(struct dump *d, uint64_t address, const char *hex,
		    unsigned from, unsigned to)
{
	unsigned byte;

	buf_printf(d->out, "%0*" PRIx64 "  ", d->digits, address);
	for (unsigned i = 0; i < d->row; i++) {
		if (i >= from && i < to)
			buf_add(d->out, hex + 2 * (i - from), 2);
		else
			buf_pad(d->out, 2);
		buf_pad(d->out, i == ROW / 2 - 1 && d->row == ROW ? 2 : 1);
	}
	buf_pad(d->out, 1 + from);
	for (unsigned i = from; i < to; i++) {
		byte = value(hex + 2 * (i - from));
		buf_putc(d->out,
			 byte >= 0x20 && byte < 0x7f ? (char)byte : '.');
	}
	buf_putc(d->out, '\n');
}

/* Rows begin at multiples of their length; one like the last is left out. */
static void put_bytes(struct dump *d, uint64_t iova, const char *hex,
		      size_t length)
{
	unsigned from = (unsigned)(iova % d->row);
	const char *before = NULL;
	bool left_out = false;

	for (size_t at = 0, size; at < length; at += size) {
		const char *row = hex + 2 * at;
		bool last, same;

		size = d->row - from;
		size = length - at < size ? length - at : size;
		last = at + size == length;
		same = before && size == d->row &&
		       !memcmp(before, row, 2 * size);
		before = size == d->row ? row : NULL;
		if (!same || last)
			put_row(d, iova + at - from, row, from,
				from + (unsigned)size);
		else if (!left_out)
			buf_puts(d->out, "*\n");
		left_out = same && !last;
		from = 0;
	}
}

static void put_part(struct dump *d, const json_t *part)
{
	const json_t *bytes = json_object_get(part, "bytes");
	const char *state = json_string_value(json_object_get(part, "state"));
	uint64_t iova = start(part), length = json_hex_at(part, "length");
	const char *hex = json_string_value(bytes);

	if (hex && strspn(hex, "0123456789abcdef") == strlen(hex)) {
		put_bytes(d, iova, hex, strlen(hex) / 2);
		return;
	}
	buf_printf(d->out, "%0*" PRIx64 "  up to %0*" PRIx64 ": %s\n",
		   d->digits, iova, d->digits, iova + (length - 1),
		   state && !strcmp(state, "lost") ? "the pages are gone"
						   : "nothing mapped");
}

void render_bytes(struct buf *out, const json_t *parts, const struct look *look)
{
	const json_t *last = json_array_get(parts, json_array_size(parts) - 1);
	struct dump d = { .out = out, .digits = 8, .row = ROW };
	uint64_t end = start(last) + json_hex_at(last, "length") - 1;
	const json_t *part;
	size_t i;

	while (d.digits < 16 && end >> (4 * d.digits))
		d.digits++;
	while (look->width && d.row > 1 &&
	       columns(d.digits, d.row) > look->width)
		d.row /= 2;
	json_array_foreach(parts, i, part)
		put_part(&d, part);
}
