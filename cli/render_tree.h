/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The objects of a session as a tree. Each node has id, kind, name, uses,
 * num_mappings, mapped_length, mappings and children. Whatever draws it goes
 * over the same lines, each with a label and the line that it hangs from.
 */
#ifndef CLI_RENDER_TREE_H
#define CLI_RENDER_TREE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct buf;
struct look;

enum tree_what {
	TREE_ROOT,
	TREE_OBJECT,
	TREE_MAPPING,
	TREE_MORE, /* mappings that are only counted */
};

struct tree_line {
	enum tree_what what;
	size_t depth, parent;
	bool last; /* of its parent's children */
	const json_t *node; /* of an object */
	char *label; /* escaped */
};

struct tree_lines {
	struct tree_line *line;
	size_t count, cap;
};

/* To be freed with tree_lines_free(); the lines borrow from @tree. */
void tree_lines(struct tree_lines *lines, const json_t *tree);
void tree_lines_free(struct tree_lines *lines);

void render_tree(struct buf *out, const json_t *tree, const struct look *look);

#endif
