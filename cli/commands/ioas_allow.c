// SPDX-License-Identifier: GPL-2.0-or-later
/* IOMMU_IOAS_ALLOW_IOVAS: the list is replaced as a whole. */
#include <stdlib.h>

#include "commands/commands.h"
#include "context.h"
#include "iommu.h"
#include "parse.h"
#include "render.h"
#include "store.h"

enum { ALLOW_CLEAR };

/* The kernel cannot be asked for the list. Takes over @range. */
static void remember(struct context *ctx,
		     const struct iommu_ioas_allow_iovas *ask,
		     struct iommu_iova_range *range)
{
	struct object *ioas =
		store_know(&ctx->store, ask->ioas_id, OBJECT_IOAS);

	free(ioas->allowed);
	ioas->allowed = range;
	ioas->allowed_count = ask->num_iovas;
}

static enum status allow(struct context *ctx, const struct parsed *p,
			 struct answer *a)
{
	struct iommu_ioas_allow_iovas ask = {
		.size = sizeof(ask),
		.ioas_id = (__u32)p->arg[0].num,
		.num_iovas = (__u32)p->many_count,
	};
	struct iommu_iova_range *range;
	json_t *list;

	if (!p->many_count && !p->opt[ALLOW_CLEAR].set)
		return fail_at(
			&a->fail, p->words, p->words->count,
			"which ranges? START-LAST, or --clear for no limits");
	if (p->many_count && p->opt[ALLOW_CLEAR].set)
		return fail_at(&a->fail, p->words, p->many[0].at,
			       "--clear takes no ranges");
	range = mem_realloc(NULL, p->many_count * sizeof(*range));
	list = json_array();
	for (size_t i = 0; i < p->many_count; i++) {
		range[i].start = p->many[i].num;
		range[i].last = p->many[i].last;
		json_array_append_new(list, json_range(&range[i]));
	}
	ask.allowed_iovas = (uintptr_t)range;
	a->result = json_pack("{s:{s:I, s:o}}", "allowed", "ioas_id",
			      (json_int_t)ask.ioas_id, "allowed_iovas", list);
	if (iommu_call(ctx, &iommu_allow_request, &ask, &a->fail))
		free(range);
	else
		remember(ctx, &ask, range);
	return a->fail.status;
}

static const struct arg allow_args[] = {
	{ .name = "ID",
	  .kind = KIND_ID,
	  .objects = OF(IOAS),
	  .help = "the ioas" },
	{ .name = "START-LAST",
	  .kind = KIND_RANGE,
	  .optional = true,
	  .many = true,
	  .help = "a range, last address inclusive; they replace the list" },
	{ 0 },
};

static const struct opt allow_opts[] = {
	[ALLOW_CLEAR] = { .name = "clear",
			  .kind = KIND_FLAG,
			  .help = "empty the list: all that is not reserved is allowed" },
	{ 0 },
};

static const struct block allow_view[] = {
	{ .kind = BLOCK_ROWS,
	  .key = "allowed.allowed_iovas",
	  .text = "allowed    {start}-{last}",
	  .none = "allowed    all that is not reserved" },
	{ 0 },
};

const struct command cmd_ioas_allow = {
	.name = "allow",
	.summary = "set the ranges that automatic addresses come from",
	.args = allow_args,
	.opts = allow_opts,
	.flags = CMD_DEVICE,
	.run = allow,
	.view = allow_view,
};
