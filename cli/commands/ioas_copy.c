// SPDX-License-Identifier: GPL-2.0-or-later
/* IOMMU_IOAS_COPY: the same memory at a second address. */
#include <inttypes.h>

#include "commands/commands.h"
#include "context.h"
#include "ioas.h"
#include "iommu.h"
#include "memory.h"
#include "parse.h"
#include "render.h"

enum { COPY_IOVA, COPY_READ, COPY_WRITE };
enum { COPY_DST, COPY_SRC, COPY_FROM, COPY_LENGTH };

static enum status check(const struct parsed *p, struct failure *f)
{
	const struct value *from = &p->arg[COPY_FROM];
	const struct value *length = &p->arg[COPY_LENGTH];
	const struct value *iova = &p->opt[COPY_IOVA];

	if (!length->num)
		return fail_at(f, p->words, length->at,
			       "0 bytes cannot be mapped");
	if (from->num > UINT64_MAX - (length->num - 1))
		return fail_at(f, p->words, length->at,
			       "so many bytes from 0x%" PRIx64
			       " pass the end of the address space",
			       from->num);
	if (iova->num > UINT64_MAX - (length->num - 1))
		return fail_at(
			f, p->words, iova->at,
			"0x%" PRIx64
			" bytes from here pass the end of the address space",
			length->num);
	return STATUS_OK;
}

/* Without a wish, a copy is as accessible as all of its source. */
static void choose_access(const struct context *ctx, const struct parsed *p,
			  struct mapping *values)
{
	const struct object *src =
		store_find(&ctx->store, (uint32_t)p->arg[COPY_SRC].num);
	uint64_t start = p->arg[COPY_FROM].num;
	uint64_t last = start + (p->arg[COPY_LENGTH].num - 1);
	const struct mapping *m;

	values->readable = p->opt[COPY_READ].set;
	values->writeable = p->opt[COPY_WRITE].set;
	if (values->readable || values->writeable)
		return;
	values->readable = values->writeable = true;
	for (m = src ? mapping_touching(src, start, last) : NULL;
	     m && m->iova <= last; m = mapping_next(src, m)) {
		values->readable &= m->readable;
		values->writeable &= m->writeable;
	}
	/* Write-only next to read-only has nothing in common. */
	if (!values->readable && !values->writeable)
		values->readable = true;
}

/* Each mapping of the source becomes one, over the part that was copied. */
static size_t note_copies(struct context *ctx,
			  const struct iommu_ioas_copy *ask,
			  const struct mapping *access)
{
	struct object *dst =
		store_know(&ctx->store, ask->dst_ioas_id, OBJECT_IOAS);
	const struct object *src =
		store_know(&ctx->store, ask->src_ioas_id, OBJECT_IOAS);
	uint64_t last = ask->src_iova + (ask->length - 1), at = ask->src_iova;
	const struct mapping *m;
	size_t count = 0;

	/* Nothing can have been there: the kernel has just used the place. */
	mapping_forget(dst, ask->dst_iova, ask->dst_iova + (ask->length - 1));
	while (at >= ask->src_iova && at <= last &&
	       (m = mapping_touching(src, at, last))) {
		uint64_t end = mapping_last(m) < last ? mapping_last(m) : last;
		struct mapping values = {
			.iova = ask->dst_iova + (at - ask->src_iova),
			.length = end - at + 1,
			.memory = m->memory,
			.offset = m->offset + (at - m->iova),
			.readable = access->readable,
			.writeable = access->writeable,
			.by_fd = m->by_fd,
		};

		memory_get(m->memory);
		mapping_add(&ctx->store, dst, &values);
		count++;
		at = end + 1;
	}
	return count;
}

static enum status copy(struct context *ctx, const struct parsed *p,
			struct answer *a)
{
	struct iommu_ioas_copy ask = {
		.size = sizeof(ask),
		.dst_ioas_id = (__u32)p->arg[COPY_DST].num,
		.src_ioas_id = (__u32)p->arg[COPY_SRC].num,
		.length = p->arg[COPY_LENGTH].num,
		.src_iova = p->arg[COPY_FROM].num,
		.dst_iova = p->opt[COPY_IOVA].num,
	};
	struct mapping access = { 0 };
	size_t count;

	if (check(p, &a->fail))
		return a->fail.status;
	choose_access(ctx, p, &access);
	ask.flags = (p->opt[COPY_IOVA].set ? IOMMU_IOAS_MAP_FIXED_IOVA : 0) |
		    (access.readable ? IOMMU_IOAS_MAP_READABLE : 0) |
		    (access.writeable ? IOMMU_IOAS_MAP_WRITEABLE : 0);
	if (iommu_call(ctx, &iommu_copy_request, &ask, &a->fail))
		return a->fail.status;
	count = note_copies(ctx, &ask, &access);
	a->result = json_pack("{s:{s:I, s:I, s:o, s:o, s:o, s:b, s:b, s:I}}",
			      "copied", "dst_ioas_id",
			      (json_int_t)ask.dst_ioas_id, "src_ioas_id",
			      (json_int_t)ask.src_ioas_id, "dst_iova",
			      json_hex64(ask.dst_iova), "src_iova",
			      json_hex64(ask.src_iova), "length",
			      json_hex64(ask.length), "readable",
			      access.readable, "writeable", access.writeable,
			      "num_mappings", (json_int_t)count);
	return STATUS_OK;
}

static const struct arg copy_args[] = {
	[COPY_DST] = { .name = "DST",
		       .kind = KIND_ID,
		       .objects = OF(IOAS),
		       .help = "the ioas to map into" },
	[COPY_SRC] = { .name = "SRC",
		       .kind = KIND_ID,
		       .objects = OF(IOAS),
		       .help = "the ioas that maps the memory" },
	[COPY_FROM] = { .name = "IOVA",
			.kind = KIND_ADDRESS,
			.help = "where it does" },
	[COPY_LENGTH] = { .name = "LENGTH",
			  .kind = KIND_SIZE,
			  .help = "how many bytes of it" },
	{ 0 },
};

static const struct opt copy_opts[] = {
	[COPY_IOVA] = { .name = "iova",
			.kind = KIND_ADDRESS,
			.metavar = "N",
			.preset = "the kernel chooses",
			.help = "map at this I/O address" },
	[COPY_READ] = { .name = "read",
			.kind = KIND_FLAG,
			.help = "the device may read" },
	[COPY_WRITE] = { .name = "write",
			 .kind = KIND_FLAG,
			 .help = "the device may write; without either it may do what it may in the source" },
	{ 0 },
};

static const struct block copy_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "copied",
	  .text = "iova {dst_iova} length {length} ({length:size}) {:access} of ioas {src_ioas_id} at {src_iova}" },
	{ 0 },
};

const struct command cmd_ioas_copy = {
	.name = "copy",
	.summary = "map what another mapping maps",
	.args = copy_args,
	.opts = copy_opts,
	.flags = CMD_DEVICE,
	.run = copy,
	.view = copy_view,
	.value = "copied.dst_iova",
};
