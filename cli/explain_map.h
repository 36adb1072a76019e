/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the explanations of explain.c and explain_map.c share. */
#ifndef CLI_EXPLAIN_MAP_H
#define CLI_EXPLAIN_MAP_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "failure.h"
#include "store.h"

struct context;
struct memory;

/* Is @id missing or of another kind? Then says so. */
bool explain_id(struct context *ctx, uint32_t id, enum object_kind kind,
		struct failure *f);
/* Or of another than any of these, OF() the kinds. */
bool explain_object(struct context *ctx, uint32_t id, unsigned kinds,
		    struct failure *f);
/* The first object that was made of @id, or NULL. */
const struct object *explain_user(const struct context *ctx, uint32_t id);
/* "0x1000-0x1fff (anonymous)" */
char *explain_mapping(const struct mapping *mapping);
json_t *explain_mapping_json(const struct mapping *mapping);

/* explain_pin.c: why memory at @va cannot be held for a device. */
void explain_pin(const void *va, uint64_t length, bool write,
		 struct failure *f);
/* And why no more of it can, with the figures. */
void explain_lock_limit(struct context *ctx, uint64_t length,
			struct failure *f);

#endif
