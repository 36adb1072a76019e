/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory in hex and as text. The array has an object for each part: iova (or
 * offset), length, state, and bytes as hex digits, or null where state says why
 * not.
 */
#ifndef CLI_RENDER_BYTES_H
#define CLI_RENDER_BYTES_H

#include <jansson.h>

struct buf;
struct look;

void render_bytes(struct buf *out, const json_t *parts,
		  const struct look *look);

#endif
