// SPDX-License-Identifier: GPL-2.0-or-later
/* The objects of a session as a graph, and as an SVG of the same tree. */
#include <string.h>

#include "buf.h"
#include "escape.h"
#include "picture.h"
#include "render_tree.h"

#define STEP 30
#define INDENT 28
#define MARGIN 20
#define CHARACTER 7.3

static bool is_of_id(const struct tree_line *line, json_int_t id)
{
	return line->what == TREE_OBJECT &&
	       json_integer_value(json_object_get(line->node, "id")) == id;
}

/* What an object was made of, beside what it hangs from: dashed. */
static void put_uses(struct buf *out, const struct tree_lines *l, size_t at)
{
	const json_t *uses = json_object_get(l->line[at].node, "uses"), *use;
	size_t i;

	json_array_foreach(uses, i, use)
		for (size_t j = 1; j < l->count; j++)
			if (is_of_id(&l->line[j],
				     json_integer_value(
					     json_object_get(use, "id"))))
				buf_printf(out,
					   "\tn%zu -> n%zu [style=dashed];\n",
					   at, j);
}

static void tree_dot(struct buf *out, const json_t *tree)
{
	static const char *const shapes[] = {
		[TREE_ROOT] = "house",
		[TREE_OBJECT] = "box",
		[TREE_MAPPING] = "note",
		[TREE_MORE] = "plaintext",
	};
	struct tree_lines l = { 0 };

	tree_lines(&l, tree);
	buf_puts(out, "digraph session {\n\trankdir=LR;\n"
		      "\tnode [fontname=\"monospace\"];\n");
	for (size_t i = 0; i < l.count; i++) {
		buf_printf(out, "\tn%zu [shape=%s, label=\"", i,
			   shapes[l.line[i].what]);
		picture_quote(out, l.line[i].label);
		buf_puts(out, "\"];\n");
		if (i)
			buf_printf(out, "\tn%zu -> n%zu;\n", l.line[i].parent,
				   i);
		if (l.line[i].what == TREE_OBJECT)
			put_uses(out, &l, i);
	}
	buf_puts(out, "}\n");
	tree_lines_free(&l);
}

static int middle(size_t line)
{
	return MARGIN + (int)line * STEP + STEP / 2 - 3;
}

static void put_box(struct buf *out, const struct tree_line *line, size_t at)
{
	static const char *const fills[] = {
		[TREE_ROOT] = "#dddddd",
		[TREE_OBJECT] = "#b8d4f0",
		[TREE_MAPPING] = "#c8e6c8",
		[TREE_MORE] = "#ffffff",
	};
	int x = MARGIN + (int)line->depth * INDENT;
	size_t width = escape_width(line->label, strlen(line->label));

	buf_printf(out,
		   "<rect x=\"%d\" y=\"%d\" width=\"%.0f\" height=\"%d\" "
		   "rx=\"%d\" fill=\"%s\" stroke=\"#000\"/>\n"
		   "<text x=\"%d\" y=\"%d\">",
		   x, MARGIN + (int)at * STEP, (double)width * CHARACTER + 12,
		   STEP - 6, line->what == TREE_MAPPING ? 0 : 5,
		   fills[line->what], x + 6, middle(at) + 4);
	picture_markup(out, line->label);
	buf_puts(out, "</text>\n");
	if (at)
		buf_printf(out,
			   "<path d=\"M%d %dV%dH%d\" fill=\"none\" "
			   "stroke=\"#000\"/>\n",
			   x - INDENT + 10,
			   MARGIN + (int)line->parent * STEP + STEP - 6,
			   middle(at), x);
}

static void tree_svg(struct buf *out, const json_t *tree)
{
	struct tree_lines l = { 0 };
	size_t widest = 0, width;

	tree_lines(&l, tree);
	for (size_t i = 0; i < l.count; i++) {
		const char *label = l.line[i].label;

		width = l.line[i].depth * INDENT +
			(size_t)((double)escape_width(label, strlen(label)) *
				 CHARACTER);
		widest = width > widest ? width : widest;
	}
	buf_printf(out,
		   "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%zu\" "
		   "height=\"%zu\" font-family=\"monospace\" "
		   "font-size=\"12\">\n"
		   "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
		   widest + 2 * MARGIN + 12, l.count * STEP + 2 * MARGIN);
	for (size_t i = 0; i < l.count; i++)
		put_box(out, &l.line[i], i);
	buf_puts(out, "</svg>\n");
	tree_lines_free(&l);
}

const struct picture_kind picture_of_tree = { tree_dot, tree_svg };
