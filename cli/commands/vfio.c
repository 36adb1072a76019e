// SPDX-License-Identifier: GPL-2.0-or-later
/* `vfio`: the container that /dev/iommu plays for VFIO's older programs. */
#include "vfio.h"

#include <linux/vfio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/commands.h"
#include "iommu.h"
#include "made.h"
#include "render.h"

/* Names of extensions, at their numbers. */
static const char *const extensions[] = {
	"0",	   "type1",	"spapr-tce",	"type1v2",
	"dma-cc",  "eeh",	"nesting",	"spapr-tce-v2",
	"noiommu", "unmap-all", "update-vaddr", NULL,
};

static enum status version(struct context *ctx, const struct parsed *p,
			   struct answer *a)
{
	struct vfio_value nothing = { 0 };
	int answer;

	(void)p;
	if (iommu_ask(ctx, &vfio_version_request, &nothing, &answer, &a->fail))
		return a->fail.status;
	a->result = json_pack("{s:i}", "api_version", answer);
	return STATUS_OK;
}

static enum status check(struct context *ctx, const struct parsed *p,
			 struct answer *a)
{
	struct vfio_value ask = { 0 };
	__u32 number;
	int answer;

	if (made_type(p, &p->arg[0], extensions, &number, &a->fail))
		return a->fail.status;
	ask.value = number;
	if (iommu_ask(ctx, &vfio_extension_request, &ask, &answer, &a->fail))
		return a->fail.status;
	a->result = json_pack("{s:{s:I, s:i}}", "extension", "extension",
			      (json_int_t)number, "answer", answer);
	return STATUS_OK;
}

static enum status set_iommu(struct context *ctx, const struct parsed *p,
			     struct answer *a)
{
	struct vfio_value ask = { 0 };
	__u32 number;

	if (made_type(p, &p->arg[0], extensions, &number, &a->fail))
		return a->fail.status;
	ask.value = number;
	if (iommu_call(ctx, &vfio_set_iommu_request, &ask, &a->fail))
		return a->fail.status;
	a->result = json_pack("{s:{s:I}}", "vfio_iommu", "type",
			      (json_int_t)number);
	return STATUS_OK;
}

/* The ranges in the tail of the struct, wherever a list of parts has them. */
static json_t *info_ranges(const struct vfio_iommu_type1_info *info,
			   size_t length)
{
	const struct vfio_iommu_type1_info_cap_iova_range *cap;
	const char *bytes = (const char *)info;
	__u32 at = info->flags & VFIO_IOMMU_INFO_CAPS ? info->cap_offset : 0;
	json_t *list = json_array();

	while (at && at <= length - sizeof(cap->header)) {
		cap = (const void *)(bytes + at);
		/* Each part lies behind the one before, or it would never end. */
		at = cap->header.next > at ? cap->header.next : 0;
		if (cap->header.id != VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE)
			continue;
		for (__u32 i = 0;
		     i < cap->nr_iovas &&
		     (const char *)&cap->iova_ranges[i + 1] <= bytes + length;
		     i++) {
			struct iommu_iova_range range = {
				cap->iova_ranges[i].start,
				cap->iova_ranges[i].end,
			};

			json_array_append_new(list, json_range(&range));
		}
	}
	return list;
}

static enum status info(struct context *ctx, const struct parsed *p,
			struct answer *a)
{
	struct vfio_iommu_type1_info *ask = NULL;
	__u32 length = 0, needed = sizeof(*ask);

	(void)p;
	/* The answer is how long it would have been. */
	while (needed > length && !a->fail.status) {
		length = needed;
		ask = mem_realloc(ask, length);
		memset(ask, 0, length);
		ask->argsz = length;
		iommu_call(ctx, &vfio_info_request, ask, &a->fail);
		needed = ask->argsz;
	}
	if (!a->fail.status)
		a->result = json_pack("{s:{s:o, s:o}}", "vfio_info",
				      "iova_pgsizes",
				      json_hex64(ask->iova_pgsizes),
				      "iova_ranges", info_ranges(ask, length));
	free(ask);
	return a->fail.status;
}

#define EXTENSION_ARG(what, text)                                           \
	{                                                                   \
		.name = what, .kind = KIND_TEXT, .choices = extensions + 1, \
		.help = text                                                \
	}

static const struct arg check_args[] = {
	EXTENSION_ARG("EXTENSION", "by name or number"),
	{ 0 },
};

static const struct arg set_args[] = {
	{ .name = "TYPE",
	  .kind = KIND_TEXT,
	  .choices =
		  (const char *const[]){ "type1", "type1v2", "noiommu", NULL },
	  .help = "what the container is like" },
	{ 0 },
};

static const struct block version_view[] = {
	{ .kind = BLOCK_LINE, .text = "VFIO's API has version {api_version}" },
	{ 0 },
};

static const struct block check_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "extension",
	  .text = "extension {extension}: {answer}" },
	{ 0 },
};

static const struct block set_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "vfio_iommu",
	  .text = "the container has an IOMMU of type {type}" },
	{ 0 },
};

static const struct block info_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "vfio_info",
	  .text = "page sizes  {iova_pgsizes}" },
	{ .kind = BLOCK_ROWS,
	  .key = "vfio_info.iova_ranges",
	  .text = "allowed     {start}-{last}",
	  .none = "allowed     nothing is said" },
	{ 0 },
};

static const struct command cmd_version_ = {
	.name = "version",
	.summary = "ask for the version of VFIO's API",
	.flags = CMD_DEVICE,
	.run = version,
	.view = version_view,
};

static const struct command cmd_check = {
	.name = "check",
	.summary = "ask for an extension",
	.args = check_args,
	.flags = CMD_DEVICE,
	.run = check,
	.view = check_view,
};

static const struct command cmd_set_iommu = {
	.name = "set-iommu",
	.summary = "choose what the container is like",
	.args = set_args,
	.flags = CMD_DEVICE,
	.run = set_iommu,
	.view = set_view,
};

static const struct command cmd_info = {
	.name = "info",
	.summary = "ask for page sizes and allowed addresses",
	.flags = CMD_DEVICE,
	.run = info,
	.view = info_view,
};

static const struct command *const vfio_commands[] = {
	&cmd_vfio_ioas, &cmd_version_, &cmd_check,	&cmd_set_iommu,
	&cmd_info,	&cmd_vfio_map, &cmd_vfio_unmap, NULL,
};

const struct command cmd_vfio = {
	.name = "vfio",
	.summary = "VFIO's container, as /dev/iommu plays it",
	.sub = vfio_commands,
};
