/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pictures of tree and map for other programs: as a graph for graphviz,
 * and as SVG. Both are drawn from the result that the text is a view of.
 *
 * A command has PICTURE_OPTS among its options, and its result has a key
 * "picture", which picture_answer() sets: null, or an object of format, text
 * and path. PICTURE_VIEW shows that, in place of what else the view has.
 */
#ifndef CLI_PICTURE_H
#define CLI_PICTURE_H

#include <jansson.h>

#include "failure.h"
#include "tree.h"

struct buf;
struct context;
struct parsed;

#define PICTURE_OPTS(dot, svg)                                  \
	[dot] = { .name = "dot",                                \
		  .kind = KIND_FLAG,                            \
		  .help = "print it as a graph for graphviz" }, \
	[svg] = { .name = "svg",                                \
		  .kind = KIND_PATH,                            \
		  .metavar = "FILE",                            \
		  .help = "draw it into this file" }

#define PICTURE_VIEW                                                        \
	{ .kind = BLOCK_LINE,                                               \
	  .key = "picture",                                                 \
	  .optional = true,                                                 \
	  .unless = "picture.text",                                         \
	  .text = "drawn into {path}" },                                    \
	{                                                                   \
		.kind = BLOCK_TEXT, .key = "picture.text", .optional = true \
	}

struct picture_kind {
	void (*dot)(struct buf *out, const json_t *what);
	void (*svg)(struct buf *out, const json_t *what);
};

extern const struct picture_kind picture_of_map, picture_of_tree;

/* Draws @what as the options @dot and @svg of @p say, if they do. */
enum status picture_answer(const struct context *ctx, const struct parsed *p,
			   int dot, int svg, const struct picture_kind *kind,
			   const json_t *what, json_t *result,
			   struct failure *f);

/* Text inside of quotes, of markup. */
void picture_quote(struct buf *out, const char *text);
void picture_markup(struct buf *out, const char *text);

#endif
