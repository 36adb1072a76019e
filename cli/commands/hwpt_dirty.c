// SPDX-License-Identifier: GPL-2.0-or-later
/* `hwpt dirty`: has the IOMMU keep what devices write, and asks for it. */
#include <inttypes.h>
#include <stdlib.h>

#include "hwpt.h"
#include "iommu.h"
#include "made.h"
#include "memory.h"
#include "render.h"

/* Pages of one answer: a bitmap of 32 MiB. */
#define PAGES_MOST (UINT64_C(1) << 28)

enum { GET_PAGE, GET_KEEP };

static enum status set(struct context *ctx, const struct parsed *p,
		       struct answer *a)
{
	bool on = p->arg[1].num == 0;
	struct iommu_hwpt_set_dirty_tracking ask = {
		.size = sizeof(ask),
		.hwpt_id = (__u32)p->arg[0].num,
		.flags = on ? IOMMU_HWPT_DIRTY_TRACKING_ENABLE : 0,
	};

	if (iommu_call(ctx, &iommu_set_dirty_request, &ask, &a->fail))
		return a->fail.status;
	a->result = json_pack("{s:{s:I, s:b}}", "tracking", "hwpt_id",
			      (json_int_t)ask.hwpt_id, "enabled", on);
	return STATUS_OK;
}

static bool is_dirty(const __u64 *bitmap, uint64_t page)
{
	return bitmap[page / 64] >> page % 64 & 1;
}

/* Runs of pages that were written. */
static json_t *dirty_ranges(const struct iommu_hwpt_get_dirty_bitmap *ask,
			    const __u64 *bitmap, uint64_t *count)
{
	uint64_t pages = ask->length / ask->page_size;
	json_t *list = json_array();
	struct iommu_iova_range run;

	*count = 0;
	for (uint64_t i = 0, first; i < pages; i++) {
		if (!is_dirty(bitmap, i))
			continue;
		first = i;
		while (i + 1 < pages && is_dirty(bitmap, i + 1))
			i++;
		*count += i - first + 1;
		run.start = ask->iova + first * ask->page_size;
		run.last =
			ask->iova + (i * ask->page_size) + (ask->page_size - 1);
		json_array_append_new(list, json_range(&run));
	}
	return list;
}

static enum status check(const struct parsed *p,
			 const struct iommu_hwpt_get_dirty_bitmap *ask,
			 struct failure *f)
{
	const struct value *length = &p->arg[2], *page = &p->opt[GET_PAGE];

	if (!ask->page_size || ask->page_size & (ask->page_size - 1))
		return fail_at(f, p->words, page->at,
			       "a page size is a power of two");
	if (!ask->length || ask->length % ask->page_size)
		return fail_at(f, p->words, length->at,
			       "not a multiple of the page size 0x%llx",
			       ask->page_size);
	if (ask->iova % ask->page_size)
		return fail_at(f, p->words, p->arg[1].at,
			       "not a multiple of the page size 0x%llx",
			       ask->page_size);
	if (ask->iova > UINT64_MAX - (ask->length - 1))
		return fail_at(
			f, p->words, length->at,
			"so many bytes pass the end of the address space");
	if (ask->length / ask->page_size > PAGES_MOST)
		return fail_at(
			f, p->words, length->at,
			"more than 0x%" PRIx64
			" pages for one answer; ask for parts, or of larger pages",
			PAGES_MOST);
	return STATUS_OK;
}

static enum status get(struct context *ctx, const struct parsed *p,
		       struct answer *a)
{
	const struct value *opt = p->opt;
	struct iommu_hwpt_get_dirty_bitmap ask = {
		.size = sizeof(ask),
		.hwpt_id = (__u32)p->arg[0].num,
		.flags = opt[GET_KEEP].set
				 ? IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR
				 : 0,
		.iova = p->arg[1].num,
		.length = p->arg[2].num,
		.page_size = opt[GET_PAGE].set ? opt[GET_PAGE].num
					       : page_size(),
	};
	uint64_t words, count;
	json_t *ranges;
	__u64 *bitmap;

	if (check(p, &ask, &a->fail))
		return a->fail.status;
	words = (ask.length / ask.page_size + 63) / 64;
	bitmap = calloc(words, sizeof(*bitmap));
	if (!bitmap)
		return fail_errno(&a->fail, "no memory for the bitmap");
	ask.data = (uintptr_t)bitmap;
	if (!iommu_call(ctx, &iommu_get_dirty_request, &ask, &a->fail)) {
		ranges = dirty_ranges(&ask, bitmap, &count);
		a->result = json_pack(
			"{s:{s:I, s:o, s:o, s:o, s:b, s:I, s:I, s:o}}", "dirty",
			"hwpt_id", (json_int_t)ask.hwpt_id, "iova",
			json_hex64(ask.iova), "length", json_hex64(ask.length),
			"page_size", json_hex64(ask.page_size), "cleared",
			!opt[GET_KEEP].set, "num_pages",
			(json_int_t)(ask.length / ask.page_size), "num_dirty",
			(json_int_t)count, "ranges", ranges);
	}
	free(bitmap);
	return a->fail.status;
}

#define ID_ARG ID_OF("ID", OF(HWPT), "a hwpt made with --dirty-tracking")

static const struct arg set_args[] = {
	ID_ARG,
	{ .name = "STATE",
	  .kind = KIND_CHOICE,
	  .choices = (const char *const[]){ "on", "off", NULL },
	  .help = "begin with nothing written, or end" },
	{ 0 },
};

static const struct arg get_args[] = {
	ID_ARG,
	{ .name = "IOVA", .kind = KIND_ADDRESS, .help = "from here" },
	{ .name = "LENGTH", .kind = KIND_SIZE, .help = "so many bytes" },
	{ 0 },
};

static const struct opt get_opts[] = {
	[GET_PAGE] = { .name = "page-size",
		       .kind = KIND_SIZE,
		       .metavar = "N",
		       .preset = "the CPU's",
		       .help = "count in pages of this size" },
	[GET_KEEP] = { .name = "no-clear",
		       .kind = KIND_FLAG,
		       .help = "look only: it counts as written still" },
	{ 0 },
};

static const struct block set_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "tracking",
	  .text = "hwpt {hwpt_id} keeps what is written: {enabled}" },
	{ 0 },
};

static const struct block get_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "dirty",
	  .text = "{num_dirty} of {num_pages:page} of {page_size:size} written" },
	{ .kind = BLOCK_ROWS, .key = "dirty.ranges", .text = "{start}-{last}" },
	{ 0 },
};

static const struct command cmd_set = {
	.name = "set",
	.summary = "begin or end to keep what devices write",
	.args = set_args,
	.flags = CMD_DEVICE,
	.run = set,
	.view = set_view,
};

static const struct command cmd_get = {
	.name = "get",
	.summary = "show what devices have written",
	.args = get_args,
	.opts = get_opts,
	.flags = CMD_DEVICE,
	.run = get,
	.view = get_view,
};

static const struct command *const dirty_commands[] = { &cmd_set, &cmd_get,
							NULL };

const struct command cmd_hwpt_dirty = {
	.name = "dirty",
	.summary = "what devices have written",
	.sub = dirty_commands,
};
