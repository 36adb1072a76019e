// SPDX-License-Identifier: GPL-2.0-or-later
/* IOMMU_IOAS_IOVA_RANGES, its complement, and who is the reason for that. */
#include <stdlib.h>

#include "commands/commands.h"
#include "context.h"
#include "iommu.h"
#include "parse.h"
#include "render.h"
#include "reserved.h"
#include "store.h"

enum { RANGES_WHY };

static enum status ranges(struct context *ctx, const struct parsed *p,
			  struct answer *a)
{
	__u32 id = (__u32)p->arg[0].num;
	struct iova_ranges found;

	if (iommu_ranges(ctx, id, &found, &a->fail))
		return a->fail.status;
	a->result = json_pack("{s:{s:I, s:o, s:o, s:o, s:o}}", "ranges",
			      "ioas_id", (json_int_t)id, "out_iova_alignment",
			      json_hex64(found.alignment), "allowed_iovas",
			      json_ranges(&found), "reserved_iovas",
			      json_reserved(&found), "holes",
			      p->opt[RANGES_WHY].set
				      ? reserved_holes_json(ctx, id, &found)
				      : json_null());
	free(found.range);
	return STATUS_OK;
}

static const struct arg ranges_args[] = {
	{ .name = "ID",
	  .kind = KIND_ID,
	  .objects = OF(IOAS),
	  .help = "the ioas" },
	{ 0 },
};

static const struct opt ranges_opts[] = {
	[RANGES_WHY] = { .name = "why",
			 .kind = KIND_FLAG,
			 .help = "say who needs what is reserved, and for what" },
	{ 0 },
};

static const struct block ranges_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "ranges",
	  .text = "alignment  {out_iova_alignment}" },
	{ .kind = BLOCK_ROWS,
	  .key = "ranges.allowed_iovas",
	  .text = "allowed    {start}-{last}",
	  .none = "allowed    none" },
	{ .kind = BLOCK_ROWS,
	  .key = "ranges.reserved_iovas",
	  .text = "reserved   {start}-{last}",
	  .none = "reserved   none",
	  .unless = "ranges.holes" },
	{ .kind = BLOCK_ROWS,
	  .key = "ranges.holes",
	  .text = "reserved   {start}-{last} {kind}[name|: {name}]"
		  "[devices|\n           needed by {devices}]"
		  "[sources|\n           seen in {sources}]",
	  .optional = true },
	{ 0 },
};

const struct command cmd_ioas_ranges = {
	.name = "ranges",
	.summary = "show where mappings may go",
	.args = ranges_args,
	.opts = ranges_opts,
	.flags = CMD_DEVICE,
	.run = ranges,
	.view = ranges_view,
};
