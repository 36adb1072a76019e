/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An address space, drawn in characters as wide as the terminal. The object
 * has from and to, and ranges in order, each with start, last and state.
 */
#ifndef CLI_RENDER_MAP_H
#define CLI_RENDER_MAP_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct look;

enum map_state {
	MAP_FREE,
	MAP_ALLOWED,
	MAP_RESERVED,
	MAP_MAPPED,
	MAP_STATES,
};

struct map_range {
	uint64_t start, last;
	enum map_state state;
};

const char *map_state_name(enum map_state state);
/* The ranges of such an object; the caller frees them. */
struct map_range *map_ranges(const json_t *map, size_t *count);

void render_map(struct buf *out, const json_t *map, const struct look *look);

#endif
