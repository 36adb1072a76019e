/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands on an IOAS share. */
#ifndef CLI_COMMANDS_IOAS_H
#define CLI_COMMANDS_IOAS_H

#include <jansson.h>

#include "store.h"
#include "tree.h"

/* The object, and where an id was given for one of another kind, a failure. */
struct object *ioas_get(struct context *ctx, const struct parsed *p, size_t arg,
			struct failure *f);
/* The same for an id that is not an argument of the line. */
struct object *ioas_find(struct context *ctx, uint32_t id, struct failure *f);
json_t *ioas_json(const struct object *ioas);
/* @requested: the length that was asked for, before rounding. */
json_t *mapping_json(const struct object *ioas, const struct mapping *mapping,
		     uint64_t requested);

/* All of them, in order. */
json_t *mappings_json(const struct object *ioas);

/* One line on a mapping_json(). */
#define MAPPING_LINE                                                          \
	"iova {iova} length {length} ({length:size}) {:access} {memory.kind}" \
	"[memory.path| {memory.path} at {memory.offset}]"                     \
	"[rounded|; rounded up from {requested_length}]"

#endif
