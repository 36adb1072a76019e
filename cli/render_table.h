/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables: columns as wide as what is in them, none for what no row has. On a
 * terminal that is too narrow for that, a line for each cell.
 */
#ifndef CLI_RENDER_TABLE_H
#define CLI_RENDER_TABLE_H

#include <jansson.h>

struct buf;
struct look;

/* @cells: "HEAD=template", ends with NULL. */
void render_table(struct buf *out, const char *const *cells, const json_t *rows,
		  const struct look *look);

#endif
