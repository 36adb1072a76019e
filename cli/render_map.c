// SPDX-License-Identifier: GPL-2.0-or-later
#include "render_map.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "look.h"
#include "number.h"
#include "render.h"

#define ROWS 8
#define LEAST_CELLS 16 /* in a row with its address in front */

struct drawing {
	struct buf *out;
	const struct look *look;
	const struct map_range *range;
	size_t count, next; /* the range that the next cell begins in */
	uint64_t from, to;
	uint64_t last_cell; /* from 0; there may be 2^64 of one byte */
	unsigned shift; /* a cell is 1 << shift addresses */
	size_t columns;
	int digits;
};

static const struct {
	char sign;
	enum look_mark mark;
	const char *text;
} signs[] = {
	[MAP_FREE] = { '.', LOOK_DIM, "free" },
	[MAP_ALLOWED] = { '=', LOOK_NOTE, "allowed" },
	[MAP_RESERVED] = { 'x', LOOK_BAD, "reserved" },
	[MAP_MAPPED] = { '#', LOOK_GOOD, "mapped" },
	[MAP_STATES] = { '+', LOOK_GOOD, "partly mapped" },
};

const char *map_state_name(enum map_state state)
{
	return signs[state].text;
}

struct map_range *map_ranges(const json_t *map, size_t *count)
{
	const json_t *list = json_object_get(map, "ranges"), *one;
	struct map_range *ranges =
		mem_realloc(NULL, json_array_size(list) * sizeof(*ranges));
	size_t i;

	json_array_foreach(list, i, one) {
		const char *state =
			json_string_value(json_object_get(one, "state"));

		ranges[i] = (struct map_range){
			.start = json_hex_at(one, "start"),
			.last = json_hex_at(one, "last"),
		};
		for (unsigned s = 0; state && s < MAP_STATES; s++)
			if (!strcmp(state, signs[s].text))
				ranges[i].state = s;
	}
	*count = json_array_size(list);
	return ranges;
}

/* What is in the addresses @start to @last: the most that can be said of it. */
static unsigned cell_state(struct drawing *d, uint64_t start, uint64_t last)
{
	bool seen[MAP_STATES] = { false };
	size_t i;

	while (d->next < d->count && d->range[d->next].last < start)
		d->next++;
	for (i = d->next; i < d->count && d->range[i].start <= last; i++)
		seen[d->range[i].state] = true;
	if (seen[MAP_MAPPED])
		return seen[MAP_FREE] || seen[MAP_ALLOWED] || seen[MAP_RESERVED]
			       ? MAP_STATES
			       : MAP_MAPPED;
	return seen[MAP_RESERVED]  ? MAP_RESERVED
	       : seen[MAP_ALLOWED] ? MAP_ALLOWED
				   : MAP_FREE;
}

/* Cells are powers of two, so that addresses of rows are round. */
static void choose_scale(struct drawing *d)
{
	size_t width = d->look->width ? d->look->width : LOOK_WIDTH;
	size_t label = (size_t)d->digits + 1;

	d->columns = width >= label + LEAST_CELLS ? width - label : width;
	if (d->columns > 8)
		d->columns &= ~(size_t)7;
	while (d->shift < 63 &&
	       (d->to >> d->shift) - (d->from >> d->shift) >= ROWS * d->columns)
		d->shift++;
	d->last_cell = (d->to >> d->shift) - (d->from >> d->shift);
}

static void put_row(struct drawing *d, uint64_t first)
{
	uint64_t origin = d->from >> d->shift;
	unsigned state, before = MAP_STATES + 1;

	for (uint64_t i = first; i <= d->last_cell && i - first < d->columns;
	     i++) {
		uint64_t start = (origin + i) << d->shift;
		uint64_t last = start + ((UINT64_C(1) << d->shift) - 1);

		state = cell_state(d, start < d->from ? d->from : start,
				   last > d->to ? d->to : last);
		if (state != before)
			look_mark(d->out, d->look, signs[state].mark);
		buf_putc(d->out, signs[state].sign);
		before = state;
	}
	look_mark(d->out, d->look, LOOK_PLAIN);
	buf_putc(d->out, '\n');
}

static void put_rows(struct drawing *d)
{
	bool beside = !d->look->width ||
		      d->look->width >= (size_t)d->digits + 1 + LEAST_CELLS;
	uint64_t row = 0, first;

	for (; row < ROWS && row * d->columns <= d->last_cell; row++) {
		first = row * d->columns;
		buf_printf(d->out, "%0*" PRIx64 "%c", d->digits,
			   ((d->from >> d->shift) + first) << d->shift,
			   beside ? ' ' : '\n');
		put_row(d, first);
	}
}

/* Wrapped between its entries. */
static void put_legend(struct drawing *d)
{
	size_t width = d->look->width ? d->look->width : LOOK_WIDTH, used = 0;
	static const unsigned order[] = { MAP_MAPPED, MAP_STATES, MAP_RESERVED,
					  MAP_ALLOWED, MAP_FREE };

	for (size_t i = 0; i < 5; i++) {
		const char *text = signs[order[i]].text;
		size_t length = strlen(text) + 2;

		if (used && used + 2 + length > width) {
			buf_putc(d->out, '\n');
			used = 0;
		}
		buf_pad(d->out, used ? 2 : 0);
		look_mark(d->out, d->look, signs[order[i]].mark);
		buf_putc(d->out, signs[order[i]].sign);
		look_mark(d->out, d->look, LOOK_PLAIN);
		buf_printf(d->out, " %s", text);
		used += (used ? 2 : 0) + length;
	}
	buf_putc(d->out, '\n');
}

void render_map(struct buf *out, const json_t *map, const struct look *look)
{
	struct drawing d = { .out = out,
			     .look = look,
			     .from = json_hex_at(map, "from"),
			     .to = json_hex_at(map, "to"),
			     .digits = 8 };
	char cell[NUMBER_HUMAN_SIZE];
	struct map_range *ranges;

	if (d.to < d.from)
		return;
	ranges = map_ranges(map, &d.count);
	d.range = ranges;
	while (d.digits < 16 && d.to >> (4 * d.digits))
		d.digits++;
	choose_scale(&d);
	put_rows(&d);
	buf_printf(out, "0x%" PRIx64 "-0x%" PRIx64 ", %s a character\n", d.from,
		   d.to, number_human(UINT64_C(1) << d.shift, cell));
	put_legend(&d);
	free(ranges);
}
