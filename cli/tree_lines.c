// SPDX-License-Identifier: GPL-2.0-or-later
/* What the lines of a drawn tree say, and how they hang together. */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "render.h"
#include "render_tree.h"

#define MAPPINGS_SHOWN 8

static size_t add(struct tree_lines *l, enum tree_what what, size_t parent,
		  bool last, const json_t *node, struct buf *label)
{
	if (l->count == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 16;
		l->line = mem_realloc(l->line, l->cap * sizeof(*l->line));
	}
	l->line[l->count] = (struct tree_line){
		.what = what,
		.depth = l->count ? l->line[parent].depth + 1 : 0,
		.parent = parent,
		.last = last,
		.node = node,
		.label = mem_strdup(buf_text(label)),
	};
	buf_free(label);
	return l->count++;
}

static void add_mappings(struct tree_lines *l, size_t parent,
			 const json_t *object, bool last)
{
	const json_t *list = json_object_get(object, "mappings"), *mapping;
	size_t count = json_array_size(list), i;
	struct buf label = { 0 };

	json_array_foreach(list, i, mapping) {
		if (i == MAPPINGS_SHOWN)
			break;
		render_fill(&label,
			    "{iova} {length:size} {:access} {memory.kind}"
			    "[memory.path| {memory.path} at {memory.offset}]",
			    mapping);
		add(l, TREE_MAPPING, parent, last && i + 1 == count, mapping,
		    &label);
	}
	if (count <= MAPPINGS_SHOWN)
		return;
	buf_printf(&label, "and %zu more", count - MAPPINGS_SHOWN);
	add(l, TREE_MORE, parent, last, object, &label);
}

static void add_object(struct tree_lines *l, size_t parent, bool last,
		       const json_t *object)
{
	const json_t *children = json_object_get(object, "children"), *child;
	const json_t *uses = json_object_get(object, "uses"), *use;
	struct buf label = { 0 };
	size_t at, i;

	render_fill(&label,
		    "{kind} {id}[name| {name}][num_mappings|: "
		    "{num_mappings:mapping}, {mapped_length:size} mapped]",
		    object);
	json_array_foreach(uses, i, use)
		render_fill(&label, i ? ", {kind} {id}" : " with {kind} {id}",
			    use);
	at = add(l, TREE_OBJECT, parent, last, object, &label);
	add_mappings(l, at, object, !json_array_size(children));
	json_array_foreach(children, i, child)
		add_object(l, at, i + 1 == json_array_size(children), child);
}

void tree_lines(struct tree_lines *l, const json_t *tree)
{
	const json_t *objects = json_object_get(tree, "objects"), *object;
	struct buf label = { 0 };
	size_t i;

	render_fill(&label, "[session|session {session}, ]{device}", tree);
	add(l, TREE_ROOT, 0, true, tree, &label);
	json_array_foreach(objects, i, object)
		add_object(l, 0, i + 1 == json_array_size(objects), object);
}

void tree_lines_free(struct tree_lines *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->line[i].label);
	free(l->line);
	*l = (struct tree_lines){ 0 };
}
