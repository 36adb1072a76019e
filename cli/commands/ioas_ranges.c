// SPDX-License-Identifier: GPL-2.0-or-later
/* IOMMU_IOAS_IOVA_RANGES, and its complement. */
#include <stdlib.h>

#include "commands/commands.h"
#include "context.h"
#include "iommu.h"
#include "parse.h"
#include "render.h"
#include "store.h"

/* What is not allowed, in the whole space, is reserved. */
static json_t *reserved_json(const struct iova_ranges *ranges)
{
	struct iommu_iova_range hole;
	json_t *list = json_array();
	__u64 from = 0;

	while (iommu_reserved(ranges, from, UINT64_MAX, &hole)) {
		json_array_append_new(list, json_range(&hole));
		if (hole.last == UINT64_MAX)
			break;
		from = hole.last + 1;
	}
	return list;
}

static enum status ranges(struct context *ctx, const struct parsed *p,
			  struct answer *a)
{
	__u32 id = (__u32)p->arg[0].num;
	json_t *allowed = NULL;
	struct iova_ranges found;

	if (iommu_ranges(ctx, id, &found, &a->fail))
		return a->fail.status;
	allowed = json_array();
	for (size_t i = 0; i < found.count; i++)
		json_array_append_new(allowed, json_range(&found.range[i]));
	a->result = json_pack("{s:{s:I, s:o, s:o, s:o}}", "ranges", "ioas_id",
			      (json_int_t)id, "out_iova_alignment",
			      json_hex64(found.alignment), "allowed_iovas",
			      allowed, "reserved_iovas", reserved_json(&found));
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
	  .none = "reserved   none" },
	{ 0 },
};

const struct command cmd_ioas_ranges = {
	.name = "ranges",
	.summary = "show where mappings may go",
	.args = ranges_args,
	.flags = CMD_DEVICE,
	.run = ranges,
	.view = ranges_view,
};
