/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `ioas unmap` and `vfio unmap` share. */
#ifndef CLI_COMMANDS_UNMAP_H
#define CLI_COMMANDS_UNMAP_H

#include "parse.h"
#include "render.h"
#include "tree.h"

enum { UNMAP_ALL };

#define UNMAP_RANGE_ARGS(text)                                         \
	{ .name = "IOVA",                                              \
	  .kind = KIND_ADDRESS,                                        \
	  .optional = true,                                            \
	  .help = "the first address" },                               \
	{                                                              \
		.name = "LENGTH", .kind = KIND_SIZE, .optional = true, \
		.help = "bytes; " text                                 \
	}

extern const struct opt unmap_opts[];
extern const struct block unmap_view[];

/* Either a range, in @iova and the argument behind it, or --all. */
enum status unmap_check(const struct parsed *p, const struct value *iova,
			struct failure *f);
json_t *unmapped_json(uint32_t ioas_id, uint64_t iova, uint64_t length,
		      size_t count);

#endif
