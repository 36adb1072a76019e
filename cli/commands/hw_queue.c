// SPDX-License-Identifier: GPL-2.0-or-later
/* `hw-queue`: queues of the guest's that the hardware reads by itself. */
#include <inttypes.h>

#include "commands/commands.h"
#include "context.h"
#include "iommu.h"
#include "made.h"
#include "render.h"

enum { ALLOC_INDEX, ALLOC_NAME };

static const char *const types[] = { "default", "tegra241-cmdqv", NULL };

static enum status check(const struct parsed *p, struct failure *f)
{
	const struct value *iova = &p->arg[2], *length = &p->arg[3];

	if (!length->num)
		return fail_at(f, p->words, length->at,
			       "a queue of 0 bytes holds nothing");
	if (iova->num > UINT64_MAX - (length->num - 1))
		return fail_at(f, p->words, length->at,
			       "so many bytes from 0x%" PRIx64
			       " pass the end of the address space",
			       iova->num);
	if (p->opt[ALLOC_INDEX].num > UINT32_MAX)
		return fail_at(f, p->words, p->opt[ALLOC_INDEX].at,
			       "an index has 32 bits");
	return STATUS_OK;
}

static enum status alloc(struct context *ctx, const struct parsed *p,
			 struct answer *a)
{
	struct iommu_hw_queue_alloc ask = {
		.size = sizeof(ask),
		.viommu_id = (__u32)p->arg[0].num,
		.index = (__u32)p->opt[ALLOC_INDEX].num,
		.nesting_parent_iova = p->arg[2].num,
		.length = p->arg[3].num,
	};
	struct object *queue;

	if (made_type(p, &p->arg[1], types, &ask.type, &a->fail) ||
	    check(p, &a->fail) ||
	    iommu_call(ctx, &iommu_hw_queue_alloc_request, &ask, &a->fail))
		return a->fail.status;
	queue = object_made(ctx, p, ask.out_hw_queue_id, OBJECT_HW_QUEUE);
	made_of(ctx, queue, ask.viommu_id, OBJECT_VIOMMU);
	a->result = json_pack("{s:{s:I, s:o, s:I, s:I, s:I, s:o, s:o}}",
			      "hw_queue", "hw_queue_id", (json_int_t)queue->id,
			      "name", object_name_json(queue), "viommu_id",
			      (json_int_t)ask.viommu_id, "type",
			      (json_int_t)ask.type, "index",
			      (json_int_t)ask.index, "nesting_parent_iova",
			      json_hex64(ask.nesting_parent_iova), "length",
			      json_hex64(ask.length));
	return STATUS_OK;
}

static const struct arg alloc_args[] = {
	ID_OF("VIOMMU", OF(VIOMMU), "the virtual IOMMU"),
	{ .name = "TYPE",
	  .kind = KIND_TEXT,
	  .choices = types,
	  .help = "what reads it, or the number of another type" },
	{ .name = "IOVA",
	  .kind = KIND_ADDRESS,
	  .help = "where it is in the guest's memory" },
	{ .name = "LENGTH", .kind = KIND_SIZE, .help = "bytes" },
	{ 0 },
};

static const struct opt alloc_opts[] = {
	[ALLOC_INDEX] = { .name = "index",
			  .kind = KIND_NUMBER,
			  .metavar = "N",
			  .preset = "0",
			  .help = "which of the queues of this type" },
	[ALLOC_NAME] = NAME_OPT,
	{ 0 },
};

static const struct block alloc_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "hw_queue",
	  .text = "hw-queue {hw_queue_id}[name| {name}]: number {index} of viommu {viommu_id}, {length} bytes at {nesting_parent_iova}" },
	{ 0 },
};

static const struct command cmd_alloc = {
	.name = "alloc",
	.summary = "let the hardware read a queue of the guest's",
	.args = alloc_args,
	.opts = alloc_opts,
	.flags = CMD_DEVICE,
	.run = alloc,
	.view = alloc_view,
	.value = "hw_queue.hw_queue_id",
};

static const struct command *const hw_queue_commands[] = { &cmd_alloc, NULL };

const struct command cmd_hw_queue = {
	.name = "hw-queue",
	.summary = "queues that virtual IOMMUs' hardware reads",
	.flags = CMD_RARE,
	.sub = hw_queue_commands,
};
