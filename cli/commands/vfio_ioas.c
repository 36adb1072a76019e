// SPDX-License-Identifier: GPL-2.0-or-later
/* IOMMU_VFIO_IOAS: the address space that a VFIO container has. */
#include "vfio.h"

#include "iommu.h"
#include "made.h"
#include "render.h"

enum status vfio_ioas_id(struct context *ctx, __u32 *id, struct failure *f)
{
	struct iommu_vfio_ioas ask = { .size = sizeof(ask),
				       .op = IOMMU_VFIO_IOAS_GET };

	iommu_call(ctx, &iommu_vfio_ioas_request, &ask, f);
	*id = ask.ioas_id;
	return f->status;
}

static json_t *vfio_json(json_t *id)
{
	return json_pack("{s:{s:o}}", "vfio_ioas", "ioas_id", id);
}

static enum status get(struct context *ctx, const struct parsed *p,
		       struct answer *a)
{
	__u32 id;

	(void)p;
	if (vfio_ioas_id(ctx, &id, &a->fail))
		return a->fail.status;
	a->result = vfio_json(json_integer(id));
	return STATUS_OK;
}

static enum status set(struct context *ctx, const struct parsed *p,
		       struct answer *a)
{
	struct iommu_vfio_ioas ask = { .size = sizeof(ask),
				       .op = IOMMU_VFIO_IOAS_SET,
				       .ioas_id = (__u32)p->arg[0].num };

	if (iommu_call(ctx, &iommu_vfio_ioas_request, &ask, &a->fail))
		return a->fail.status;
	a->result = vfio_json(json_integer(ask.ioas_id));
	return STATUS_OK;
}

static enum status clear(struct context *ctx, const struct parsed *p,
			 struct answer *a)
{
	struct iommu_vfio_ioas ask = { .size = sizeof(ask),
				       .op = IOMMU_VFIO_IOAS_CLEAR };

	(void)p;
	if (iommu_call(ctx, &iommu_vfio_ioas_request, &ask, &a->fail))
		return a->fail.status;
	a->result = vfio_json(json_null());
	return STATUS_OK;
}

static const struct arg set_args[] = {
	ID_OF("ID", OF(IOAS), "the ioas"),
	{ 0 },
};

static const struct block vfio_ioas_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "vfio_ioas",
	  .text = "VFIO works on ioas {ioas_id}" },
	{ 0 },
};

static const struct block clear_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "vfio_ioas",
	  .text = "VFIO works on no ioas" },
	{ 0 },
};

static const struct command cmd_get = {
	.name = "get",
	.summary = "show which address space it is",
	.flags = CMD_DEVICE,
	.run = get,
	.view = vfio_ioas_view,
	.value = "vfio_ioas.ioas_id",
};

static const struct command cmd_set = {
	.name = "set",
	.summary = "make it this one",
	.args = set_args,
	.flags = CMD_DEVICE,
	.run = set,
	.view = vfio_ioas_view,
};

static const struct command cmd_clear = {
	.name = "clear",
	.summary = "have none",
	.flags = CMD_DEVICE,
	.run = clear,
	.view = clear_view,
};

static const struct command *const vfio_ioas_commands[] = {
	&cmd_get,
	&cmd_set,
	&cmd_clear,
	NULL,
};

const struct command cmd_vfio_ioas = {
	.name = "ioas",
	.summary = "the address space that VFIO's requests work on",
	.sub = vfio_ioas_commands,
};
