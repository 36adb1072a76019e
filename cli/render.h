/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text as a view of the result tree. A command declares blocks, each a
 * template or a table over one key of its tree:
 *
 *	{key}		the value
 *	{key:size}	a number of bytes, as people write it: 2M
 *	{key:access}	of an object with readable and writeable
 *	{key:fields}	an array of objects of field and value
 *	{key:ranges}	an array of objects of start, last and type
 *	{key:node}	an object of path, owner, owner_group and mode
 *	{key:owners}	an array of objects of kind and owner
 *	{key:sizes}	an array of objects of size and count
 *	{key:NOUN}	a number of things, of any other name: 2 mappings
 *	[key|text]	the text unless the key is false, null, 0 or empty
 *
 * A key may go down: memory.path. What comes from outside is escaped.
 */
#ifndef CLI_RENDER_H
#define CLI_RENDER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

struct look;

enum block_kind {
	BLOCK_END,
	BLOCK_LINE, /* the template, over the object at key */
	BLOCK_ROWS, /* the template for each element of the array at key, unless
		       empty */
	BLOCK_TABLE, /* "HEAD=template" cells, aligned, for each element */
	BLOCK_TEXT, /* the string at key as it is */
	BLOCK_HELP, /* text of help, narrower where need be */
	BLOCK_BYTES, /* parts of memory, see render_bytes() */
	BLOCK_MAP, /* a drawn address space, see render_map() */
	BLOCK_TREE, /* a graph of objects, see render_tree() */
	BLOCK_EACH, /* a view of its own for each element of the array at key */
	BLOCK_METRICS, /* families of samples, see render_metrics() */
};

struct block {
	enum block_kind kind;
	const char *key;
	const char *text;
	const char *const *cells; /* of a table */
	const struct block *view; /* of each element */
	const char *none; /* for an empty array */
	bool optional; /* the value may be null, and nothing is shown */
	const char *unless; /* not where this key has something */
};

/* The value at "a.b" below @tree, or NULL. */
const json_t *json_below(const json_t *tree, const char *path);
/* What is written "0x..." under @key, or 0. */
uint64_t json_hex_at(const json_t *object, const char *key);
/* Fills in a template. */
void render_fill(struct buf *out, const char *text, const json_t *object);
/* Does @tree have what @view shows, in the shapes that it needs? */
bool render_fits(const struct block *view, const json_t *tree);
void render(struct buf *out, const struct block *view, const json_t *tree,
	    const struct look *look);

#endif
