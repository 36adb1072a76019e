// SPDX-License-Identifier: GPL-2.0-or-later
#include "render_table.h"

#include <stdbool.h>
#include <string.h>

#include "buf.h"
#include "escape.h"
#include "look.h"
#include "render.h"

#define CELLS_MAX 12
#define GAP 2

struct table {
	const char *const *cells;
	const struct look *look;
	size_t columns;
	size_t width[CELLS_MAX]; /* 0: no row has anything there */
};

static size_t head_length(const struct table *t, size_t column)
{
	return strcspn(t->cells[column], "=");
}

/* What @row has in a column, in place of what was in @cell. */
static size_t fill_cell(const struct table *t, size_t column, const json_t *row,
			struct buf *cell)
{
	cell->len = 0;
	render_fill(cell, t->cells[column] + head_length(t, column) + 1, row);
	return escape_width(cell->data, cell->len);
}

static void measure(struct table *t, const json_t *rows)
{
	struct buf cell = { 0 };
	const json_t *row;
	size_t n, width;

	while (t->columns < CELLS_MAX && t->cells[t->columns])
		t->columns++;
	for (size_t i = 0; i < t->columns; i++) {
		json_array_foreach(rows, n, row) {
			width = fill_cell(t, i, row, &cell);
			if (width > t->width[i])
				t->width[i] = width;
		}
		if (t->width[i] && t->width[i] < head_length(t, i))
			t->width[i] = head_length(t, i);
	}
	buf_free(&cell);
}

static bool fits(const struct table *t)
{
	size_t width = 0;

	for (size_t i = 0; i < t->columns; i++)
		width += t->width[i] ? t->width[i] + GAP : 0;
	return !t->look->width || width <= t->look->width + GAP;
}

static void put_head(struct buf *out, const struct table *t, size_t column)
{
	look_mark(out, t->look, LOOK_STRONG);
	buf_add(out, t->cells[column], head_length(t, column));
	look_mark(out, t->look, LOOK_PLAIN);
}

/* A line of the table; without @row the heading. */
static void put_row(struct buf *out, const struct table *t, const json_t *row)
{
	struct buf cell = { 0 };
	size_t gap = 0, width;

	for (size_t i = 0; i < t->columns; i++) {
		if (!t->width[i])
			continue;
		width = row ? fill_cell(t, i, row, &cell) : head_length(t, i);
		/* Only in front of something: lines do not end in blanks. */
		if (width)
			buf_pad(out, gap);
		if (row)
			buf_add(out, cell.data, cell.len);
		else
			put_head(out, t, i);
		gap = (width ? 0 : gap) + t->width[i] - width + GAP;
	}
	buf_putc(out, '\n');
	buf_free(&cell);
}

/* A row as lines, those after the first indented. */
static void put_lines(struct buf *out, const struct table *t, const json_t *row)
{
	struct buf cell = { 0 };
	bool first = true;

	for (size_t i = 0; i < t->columns; i++) {
		if (!fill_cell(t, i, row, &cell))
			continue;
		buf_pad(out, first ? 0 : GAP);
		put_head(out, t, i);
		buf_putc(out, ' ');
		buf_add(out, cell.data, cell.len);
		buf_putc(out, '\n');
		first = false;
	}
	buf_free(&cell);
}

void render_table(struct buf *out, const char *const *cells, const json_t *rows,
		  const struct look *look)
{
	struct table t = { .cells = cells, .look = look };
	const json_t *row;
	bool wide;
	size_t n;

	measure(&t, rows);
	wide = fits(&t);
	if (wide)
		put_row(out, &t, NULL);
	json_array_foreach(rows, n, row)
		(wide ? put_row : put_lines)(out, &t, row);
}
