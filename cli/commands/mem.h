/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands on the memory behind I/O addresses share. */
#ifndef CLI_COMMANDS_MEM_H
#define CLI_COMMANDS_MEM_H

#include <jansson.h>

#include "reach.h"
#include "tree.h"

enum { MEM_ID, MEM_IOVA, MEM_LENGTH };

#define MEM_PIECE ((size_t)1 << 20) /* between two looks around */

#define MEM_ID_ARG                                                  \
	{                                                           \
		.name = "ID", .kind = KIND_ID, .objects = OF(IOAS), \
		.help = "the ioas"                                  \
	}
#define MEM_IOVA_ARG                                  \
	{                                             \
		.name = "IOVA", .kind = KIND_ADDRESS, \
		.help = "the first address"           \
	}
#define MEM_LENGTH_ARG                                                        \
	{                                                                     \
		.name = "LENGTH", .kind = KIND_SIZE, .help = "how many bytes" \
	}

/* The IOAS and the range that the first three arguments name. */
enum status mem_span(struct context *ctx, const struct parsed *p,
		     struct span *span, struct failure *f);
/* Its keys, for the result of a command on it: ioas_id, iova, length. */
json_t *mem_json(const struct span *span);

#endif
