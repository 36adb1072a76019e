/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the explanations of explain.c and explain_map.c share. */
#ifndef CLI_EXPLAIN_MAP_H
#define CLI_EXPLAIN_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"
#include "store.h"

struct context;

/* Is @id missing or of another kind? Then says so. */
bool explain_id(struct context *ctx, uint32_t id, enum object_kind kind,
		struct failure *f);
/* "0x1000-0x1fff (anonymous)" */
char *explain_mapping(const struct mapping *mapping);

#endif
