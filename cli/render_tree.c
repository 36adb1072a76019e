// SPDX-License-Identifier: GPL-2.0-or-later
#include "render_tree.h"

#include <string.h>

#include "buf.h"
#include "escape.h"
#include "look.h"

#define NARROW 40

/* The signs of a tree: below what goes on, at the last, beside and after. */
struct branches {
	const char *fork, *end, *pass, *gap;
};

static const struct branches *choose(const struct look *look)
{
	static const struct branches sets[2][2] = {
		{ { "|- ", "`- ", "|  ", "   " }, { "|", "`", "|", " " } },
		{ { "├─ ", "└─ ", "│  ", "   " }, { "├", "└", "│", " " } },
	};

	return &sets[look->lines][look->width && look->width < NARROW];
}

/* In front of line @at: one sign for each of those that it hangs from. */
static void put_branches(struct buf *out, const struct tree_lines *l, size_t at,
			 const struct branches *b, bool again)
{
	const struct tree_line *line = &l->line[at];

	if (!at)
		return;
	if (line->parent)
		put_branches(out, l, line->parent, b, true);
	if (again)
		buf_puts(out, line->last ? b->gap : b->pass);
	else
		buf_puts(out, line->last ? b->end : b->fork);
}

/* The next words of @text that fit into @room, at least one. */
static size_t words_for(const char *text, size_t room)
{
	size_t length = strcspn(text, " "), more;

	while (text[length]) {
		more = length + 1 + strcspn(text + length + 1, " ");
		if (escape_width(text, more) > room)
			break;
		length = more;
	}
	return length;
}

static void put_line(struct buf *out, const struct tree_lines *l, size_t at,
		     const struct look *look)
{
	static const enum look_mark marks[] = { [TREE_ROOT] = LOOK_STRONG,
						[TREE_OBJECT] = LOOK_KIND,
						[TREE_MAPPING] = LOOK_PLAIN,
						[TREE_MORE] = LOOK_DIM };
	const struct branches *b = choose(look);
	const char *text = l->line[at].label;
	size_t length, start = out->len, used;

	put_branches(out, l, at, b, false);
	do {
		/* Before the first character there is no text to point into. */
		used = out->len > start ? escape_width(out->data + start,
						       out->len - start)
					: 0;
		length = look->width
				 ? words_for(text, look->width > used
							   ? look->width - used
							   : 1)
				 : strlen(text);
		if (marks[l->line[at].what])
			look_mark(out, look, marks[l->line[at].what]);
		buf_add(out, text, length);
		if (marks[l->line[at].what])
			look_mark(out, look, LOOK_PLAIN);
		buf_putc(out, '\n');
		text += length + strspn(text + length, " ");
		start = out->len;
		if (*text)
			put_branches(out, l, at, b, true);
	} while (*text);
}

void render_tree(struct buf *out, const json_t *tree, const struct look *look)
{
	struct tree_lines lines = { 0 };

	tree_lines(&lines, tree);
	for (size_t i = 0; i < lines.count; i++)
		put_line(out, &lines, i, look);
	tree_lines_free(&lines);
}
