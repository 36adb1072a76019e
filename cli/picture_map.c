// SPDX-License-Identifier: GPL-2.0-or-later
/* An address space as a graph of one node, and as bands of an SVG. */
#include <inttypes.h>
#include <stdlib.h>

#include "buf.h"
#include "number.h"
#include "picture.h"
#include "render.h"
#include "render_map.h"

#define BANDS 8
#define BAND_WIDTH 960
#define BAND_HEIGHT 28
#define BAND_STEP 52
#define MARGIN 20

/* A colour, and for eyes without it a pattern: see put_patterns(). */
static const char *const colours[MAP_STATES] = {
	[MAP_FREE] = "#ffffff",
	[MAP_ALLOWED] = "#f2e2a0",
	[MAP_RESERVED] = "#e08a80",
	[MAP_MAPPED] = "#6aa86a",
};

static void put_size(struct buf *out, uint64_t start, uint64_t last)
{
	char human[NUMBER_HUMAN_SIZE];

	if (last - start == UINT64_MAX)
		buf_puts(out, "all");
	else
		buf_puts(out, number_human(last - start + 1, human));
}

static void map_dot(struct buf *out, const json_t *map)
{
	size_t count;
	struct map_range *r = map_ranges(map, &count);

	buf_puts(out, "digraph map {\n"
		      "\tnode [shape=plaintext, fontname=\"monospace\"];\n"
		      "\tmap [label=<<table border=\"0\" cellborder=\"1\" "
		      "cellspacing=\"0\">\n");
	for (size_t i = 0; i < count; i++) {
		buf_printf(out,
			   "\t\t<tr><td bgcolor=\"%s\">%s</td>"
			   "<td>0x%" PRIx64 "-0x%" PRIx64 "</td><td>",
			   colours[r[i].state], map_state_name(r[i].state),
			   r[i].start, r[i].last);
		put_size(out, r[i].start, r[i].last);
		buf_puts(out, "</td></tr>\n");
	}
	buf_puts(out, "\t</table>>];\n}\n");
	free(r);
}

static void put_patterns(struct buf *out)
{
	buf_printf(out,
		   "<defs>\n"
		   "<pattern id=\"reserved\" width=\"6\" height=\"6\" "
		   "patternUnits=\"userSpaceOnUse\">"
		   "<rect width=\"6\" height=\"6\" fill=\"%s\"/>"
		   "<path d=\"M0 6L6 0\" stroke=\"#000\"/></pattern>\n"
		   "<pattern id=\"allowed\" width=\"6\" height=\"6\" "
		   "patternUnits=\"userSpaceOnUse\">"
		   "<rect width=\"6\" height=\"6\" fill=\"%s\"/>"
		   "<circle cx=\"3\" cy=\"3\" r=\"1\"/></pattern>\n"
		   "</defs>\n",
		   colours[MAP_RESERVED], colours[MAP_ALLOWED]);
}

static void put_fill(struct buf *out, enum map_state state)
{
	if (state == MAP_RESERVED || state == MAP_ALLOWED)
		buf_printf(out, " fill=\"url(#%s)\"", map_state_name(state));
	else
		buf_printf(out, " fill=\"%s\"", colours[state]);
}

static void put_rect(struct buf *out, double x, double y, double width,
		     const struct map_range *r)
{
	buf_printf(out,
		   "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%d\"",
		   x, y, width < 0.5 ? 0.5 : width, BAND_HEIGHT);
	put_fill(out, r->state);
	buf_printf(out,
		   " stroke=\"#000\" stroke-width=\"0.3\">"
		   "<title>%s 0x%" PRIx64 "-0x%" PRIx64 "</title></rect>\n",
		   map_state_name(r->state), r->start, r->last);
}

/* The part of a band's addresses, @start to @last, that a range has. */
static void put_band(struct buf *out, int band, uint64_t start, uint64_t last,
		     const struct map_range *r, size_t count)
{
	double y = MARGIN + band * BAND_STEP;
	double scale = BAND_WIDTH / ((double)(last - start) + 1);

	buf_printf(out, "<text x=\"%d\" y=\"%.2f\">0x%" PRIx64 "</text>\n",
		   MARGIN, y + 12, start);
	for (size_t i = 0; i < count; i++) {
		uint64_t from = r[i].start > start ? r[i].start : start;
		uint64_t to = r[i].last < last ? r[i].last : last;

		if (from <= to && r[i].start <= last && r[i].last >= start)
			put_rect(out, MARGIN + (double)(from - start) * scale,
				 y + 16, ((double)(to - from) + 1) * scale,
				 &r[i]);
	}
}

static void put_legend(struct buf *out, int y)
{
	for (int state = 0; state < MAP_STATES; state++) {
		int x = MARGIN + state * 120;

		buf_printf(out,
			   "<rect x=\"%d\" y=\"%d\" width=\"24\" height=\"14\" "
			   "stroke=\"#000\"",
			   x, y);
		put_fill(out, (enum map_state)state);
		buf_printf(out, "/>\n<text x=\"%d\" y=\"%d\">%s</text>\n",
			   x + 30, y + 12, map_state_name(state));
	}
}

static void map_svg(struct buf *out, const json_t *map)
{
	uint64_t from = json_hex_at(map, "from"), to = json_hex_at(map, "to");
	uint64_t step = (to - from) / BANDS + 1;
	int height = 2 * MARGIN + BANDS * BAND_STEP + 20;
	size_t count;
	struct map_range *r = map_ranges(map, &count);
	uint64_t start = from, last;

	buf_printf(out,
		   "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
		   "height=\"%d\" font-family=\"monospace\" "
		   "font-size=\"12\">\n"
		   "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
		   BAND_WIDTH + 2 * MARGIN, height);
	put_patterns(out);
	for (int band = 0; band < BANDS; band++) {
		last = to - start < step ? to : start + (step - 1);
		put_band(out, band, start, last, r, count);
		if (last == to)
			break;
		start = last + 1;
	}
	put_legend(out, height - MARGIN - 14);
	buf_puts(out, "</svg>\n");
	free(r);
}

const struct picture_kind picture_of_map = { map_dot, map_svg };
