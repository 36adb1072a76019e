// SPDX-License-Identifier: GPL-2.0-or-later
/* IOMMU_IOAS_UNMAP: whole mappings or nothing. */
#include <inttypes.h>
#include <stdlib.h>

#include "commands/commands.h"
#include "context.h"
#include "explain_map.h"
#include "ioas.h"
#include "iommu.h"
#include "parse.h"
#include "render.h"

enum { UNMAP_ALL };

static enum status check_range(const struct parsed *p, struct failure *f)
{
	const struct value *iova = &p->arg[1], *length = &p->arg[2];

	if (p->opt[UNMAP_ALL].set)
		return iova->set ? fail_at(f, p->words, iova->at,
					   "--all takes no address")
				 : STATUS_OK;
	if (!length->set)
		return fail_at(f, p->words, p->words->count,
			       "what to unmap? IOVA LENGTH, or --all");
	if (!length->num)
		return fail_at(f, p->words, length->at,
			       "0 bytes cannot be unmapped");
	/* The kernel's own way to say everything. */
	if (!iova->num && length->num == UINT64_MAX)
		return STATUS_OK;
	if (iova->num > UINT64_MAX - (length->num - 1))
		return fail_at(f, p->words, length->at,
			       "so many bytes from 0x%" PRIx64
			       " pass the end of the address space",
			       iova->num);
	return STATUS_OK;
}

static enum status cut(const struct mapping *mapping, uint64_t start,
		       uint64_t last, struct failure *f)
{
	char *text = explain_mapping(mapping);

	fail(f,
	     "0x%" PRIx64 "-0x%" PRIx64
	     " would cut the mapping %s, and mappings go as a whole",
	     start, last, text);
	free(text);
	return f->status;
}

/*
 * The kernel unmaps from the left until it finds a mapping that sticks out,
 * and then fails with what came before gone. Here nothing is to be gone.
 */
static enum status check_ends(const struct object *ioas, uint64_t start,
			      uint64_t last, struct failure *f)
{
	const struct mapping *left = mapping_touching(ioas, start, last);
	const struct mapping *right = mapping_touching(ioas, last, last);
	const struct mapping *bad = NULL;

	if (left && left->iova < start)
		bad = left;
	else if (right && mapping_last(right) > last)
		bad = right;
	if (!bad)
		return STATUS_OK;
	cut(bad, start, last, f);
	fail_hint(f,
		  "iommufdctl ioas unmap %" PRIu32 " 0x%" PRIx64 " 0x%" PRIx64,
		  ioas->id, bad->iova, bad->length);
	return f->status;
}

static size_t forget(struct object *ioas, uint64_t start, uint64_t last)
{
	struct mapping *mapping;
	size_t count = 0;

	while ((mapping = mapping_touching(ioas, start, last))) {
		mapping_remove(ioas, mapping);
		count++;
	}
	return count;
}

static enum status unmap(struct context *ctx, const struct parsed *p,
			 struct answer *a)
{
	bool all = p->opt[UNMAP_ALL].set;
	struct iommu_ioas_unmap ask = {
		.size = sizeof(ask),
		.ioas_id = (__u32)p->arg[0].num,
		.iova = all ? 0 : p->arg[1].num,
		.length = all ? UINT64_MAX : p->arg[2].num,
	};
	struct object *ioas = store_find(&ctx->store, ask.ioas_id);
	uint64_t start = ask.iova, last = start + (ask.length - 1);
	size_t count;

	if (!start && ask.length == UINT64_MAX)
		last = UINT64_MAX;
	if (check_range(p, &a->fail) ||
	    (ioas && check_ends(ioas, start, last, &a->fail)) ||
	    iommu_call(ctx, &iommu_unmap_request, &ask, &a->fail))
		return a->fail.status;
	count = ioas ? forget(ioas, start, last) : 0;
	if (a->wanted)
		a->result = json_pack("{s:{s:I, s:o, s:o, s:I}}", "unmapped",
				      "ioas_id", (json_int_t)ask.ioas_id,
				      "iova", json_hex64(start), "length",
				      json_hex64(ask.length), "num_mappings",
				      (json_int_t)count);
	return STATUS_OK;
}

static const struct arg unmap_args[] = {
	{ .name = "ID", .kind = KIND_ID, .help = "the ioas" },
	{ .name = "IOVA",
	  .kind = KIND_ADDRESS,
	  .optional = true,
	  .help = "the first address" },
	{ .name = "LENGTH",
	  .kind = KIND_SIZE,
	  .optional = true,
	  .help = "bytes; every mapping in them goes, and none may stick out" },
	{ 0 },
};

static const struct opt unmap_opts[] = {
	[UNMAP_ALL] = { .name = "all",
			.kind = KIND_FLAG,
			.help = "unmap everything" },
	{ 0 },
};

static const struct block unmap_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "unmapped",
	  .text = "unmapped {length} bytes ({length:size}) in {num_mappings} mappings" },
	{ 0 },
};

const struct command cmd_ioas_unmap = {
	.name = "unmap",
	.summary = "undo mappings",
	.args = unmap_args,
	.opts = unmap_opts,
	.flags = CMD_DEVICE,
	.run = unmap,
	.view = unmap_view,
};
