// SPDX-License-Identifier: GPL-2.0-or-later
/* VFIO_IOMMU_MAP_DMA and UNMAP_DMA, in the address space that VFIO has. */
#include <linux/vfio.h>

#include "context.h"
#include "ioas.h"
#include "iommu.h"
#include "made.h"
#include "map_memory.h"
#include "unmap.h"
#include "vfio.h"

static enum status map(struct context *ctx, const struct parsed *p,
		       struct answer *a)
{
	struct vfio_iommu_type1_dma_map ask = { .argsz = sizeof(ask) };
	struct mapping values;
	uint64_t length;
	__u32 id;

	if (!p->opt[MAP_IOVA].set)
		return fail_at(&a->fail, p->words, p->words->count,
			       "VFIO chooses no address: give --iova N");
	if (vfio_ioas_id(ctx, &id, &a->fail) ||
	    map_memory(ctx, p, false, &values, &length, &a->fail))
		return a->fail.status;
	ask.flags = (values.readable ? VFIO_DMA_MAP_FLAG_READ : 0) |
		    (values.writeable ? VFIO_DMA_MAP_FLAG_WRITE : 0);
	ask.vaddr = (uintptr_t)values.memory->start;
	ask.iova = values.iova;
	ask.size = values.length;
	if (iommu_call(ctx, &vfio_map_request, &ask, &a->fail)) {
		memory_put(values.memory);
		return a->fail.status;
	}
	map_done(ctx, id, &values, length, a);
	return STATUS_OK;
}

/* What is left of @m in front of @start or behind @last, a type1 may cut. */
static void keep_ends(struct store *s, struct object *ioas,
		      const struct mapping *m, uint64_t start, uint64_t last)
{
	struct mapping left = *m, right = *m;
	uint64_t end = mapping_last(m);

	if (m->iova < start) {
		left.length = start - m->iova;
		memory_get(left.memory);
		mapping_add(s, ioas, &left);
	}
	if (end > last) {
		right.iova = last + 1;
		right.length = end - last;
		right.offset += right.iova - m->iova;
		memory_get(right.memory);
		mapping_add(s, ioas, &right);
	}
}

static size_t forget(struct store *s, struct object *ioas, uint64_t start,
		     uint64_t last)
{
	struct mapping *m, kept;
	size_t count = 0;

	for (; (m = mapping_touching(ioas, start, last)); count++) {
		kept = *m;
		memory_get(kept.memory);
		mapping_remove(ioas, m);
		keep_ends(s, ioas, &kept, start, last);
		memory_put(kept.memory);
	}
	return count;
}

static enum status unmap(struct context *ctx, const struct parsed *p,
			 struct answer *a)
{
	bool all = p->opt[UNMAP_ALL].set;
	struct vfio_iommu_type1_dma_unmap ask = {
		.argsz = sizeof(ask),
		.flags = all ? VFIO_DMA_UNMAP_FLAG_ALL : 0,
		.iova = p->arg[0].num,
		.size = p->arg[1].num,
	};
	uint64_t last = all ? UINT64_MAX : ask.iova + (ask.size - 1);
	struct object *ioas;
	size_t count;
	__u32 id;

	if (unmap_check(p, &p->arg[0], &a->fail) ||
	    vfio_ioas_id(ctx, &id, &a->fail) ||
	    iommu_call(ctx, &vfio_unmap_request, &ask, &a->fail))
		return a->fail.status;
	ioas = store_find(&ctx->store, id);
	count = ioas ? forget(&ctx->store, ioas, ask.iova, last) : 0;
	a->result = unmapped_json(id, ask.iova, ask.size, count);
	return STATUS_OK;
}

static const struct opt map_opts[] = { MEMORY_OPTS, { 0 } };

static const struct arg unmap_args[] = {
	UNMAP_RANGE_ARGS(
		"a container of type1 cuts mappings, one of type1v2 does not"),
	{ 0 },
};

static const struct block map_view[] = {
	{ .kind = BLOCK_LINE, .key = "mapping", .text = MAPPING_LINE },
	{ 0 },
};

const struct command cmd_vfio_map = {
	.name = "map",
	.summary = "map memory as VFIO does",
	.opts = map_opts,
	.flags = CMD_DEVICE,
	.run = map,
	.view = map_view,
	.value = "mapping.iova",
};

const struct command cmd_vfio_unmap = {
	.name = "unmap",
	.summary = "undo mappings as VFIO does",
	.args = unmap_args,
	.opts = unmap_opts,
	.flags = CMD_DEVICE,
	.run = unmap,
	.view = unmap_view,
};
