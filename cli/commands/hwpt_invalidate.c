// SPDX-License-Identifier: GPL-2.0-or-later
/* IOMMU_HWPT_INVALIDATE: a nested page table was changed. */
#include <stdlib.h>

#include "hwpt.h"
#include "iommu.h"
#include "made.h"
#include "render.h"

/*
 * The first of the many values is the type, because only one argument of a
 * command may be many. Each further one is an entry, or a file of entries.
 */
static enum status read_entries(const struct context *ctx,
				const struct parsed *p, struct driver_data *all,
				size_t *entry, struct failure *f)
{
	if (data_type_read(p, &p->arg[1], invalidate_types, all, f))
		return f->status;
	*entry = all->type ? all->type->size : 0;
	for (size_t i = 0; i < p->many_count; i++) {
		size_t before = all->length;

		if (data_add(ctx, p, &p->many[i], p->many[i].text, all, f))
			return f->status;
		/* Of an unknown type, each file is an entry. */
		if (!*entry)
			*entry = all->length;
		if ((all->length - before) % *entry)
			return fail_at(
				f, p->words, p->many[i].at,
				"this one has %zu bytes and the first %zu; entries are all of one length",
				all->length - before, *entry);
	}
	return STATUS_OK;
}

static enum status invalidate(struct context *ctx, const struct parsed *p,
			      struct answer *a)
{
	struct iommu_hwpt_invalidate ask = { .size = sizeof(ask),
					     .hwpt_id = (__u32)p->arg[0].num };
	struct driver_data all = { 0 };
	size_t entry = 0;

	if (!read_entries(ctx, p, &all, &entry, &a->fail)) {
		ask.data_uptr = (uintptr_t)all.bytes;
		ask.data_type = all.number;
		ask.entry_len = (__u32)entry;
		ask.entry_num = entry ? (__u32)(all.length / entry) : 0;
		iommu_call(ctx, &iommu_invalidate_request, &ask, &a->fail);
	}
	free(all.bytes);
	if (a->fail.status)
		return a->fail.status;
	a->result = json_pack("{s:{s:I, s:I, s:I, s:I}}", "invalidated",
			      "hwpt_id", (json_int_t)ask.hwpt_id, "data_type",
			      (json_int_t)ask.data_type, "entry_len",
			      (json_int_t)ask.entry_len, "entry_num",
			      (json_int_t)ask.entry_num);
	return STATUS_OK;
}

static const char *const types[] = { "vtd-s1", "arm-smmuv3", NULL };

static const struct arg invalidate_args[] = {
	ID_OF("ID", OF(HWPT) | OF(VIOMMU), "the nested hwpt, or a viommu"),
	{ .name = "TYPE",
	  .kind = KIND_TEXT,
	  .choices = types,
	  .help = "what the entries are, or the number of another type" },
	{ .name = "ENTRY",
	  .kind = KIND_TEXT,
	  .optional = true,
	  .many = true,
	  .help = "addr=N,npages=N,flags=LEAF or cmd0=N,cmd1=N, or file=PATH; without any, it is asked whether the type is known" },
	{ 0 },
};

static const struct block invalidate_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "invalidated",
	  .text = "{entry_num} carried out, of type {data_type}" },
	{ 0 },
};

const struct command cmd_hwpt_invalidate = {
	.name = "invalidate",
	.summary = "say that a nested page table was changed",
	.args = invalidate_args,
	.flags = CMD_DEVICE,
	.run = invalidate,
	.view = invalidate_view,
};
