// SPDX-License-Identifier: GPL-2.0-or-later
/* `viommu`: the part of a hardware IOMMU that one virtual machine has. */
#include <stdlib.h>
#include <unistd.h>

#include "commands/commands.h"
#include "context.h"
#include "file.h"
#include "iommu.h"
#include "made.h"
#include "render.h"

enum { ALLOC_DATA, ALLOC_NAME };

#define DATA_LONGEST (64 << 10)

static const char *const types[] = { "default", "arm-smmuv3", "tegra241-cmdqv",
				     NULL };

/* What the driver is given, and writes its answer to. */
static enum status get_data(const struct context *ctx, const struct parsed *p,
			    __u32 type, void **data, __u32 *length,
			    struct failure *f)
{
	const char *path = p->opt[ALLOC_DATA].text;
	uint64_t size = 0;
	int fd;

	*length = 0;
	*data = NULL;
	if (!p->opt[ALLOC_DATA].set) {
		if (type == IOMMU_VIOMMU_TYPE_TEGRA241_CMDQV)
			*length = sizeof(struct iommu_viommu_tegra241_cmdqv);
		*data = calloc(1, DATA_LONGEST);
		return *data ? STATUS_OK : fail_errno(f, "no memory");
	}
	fd = file_open(ctx, path, false, &size, f);
	if (fd < 0)
		return f->status;
	*data = calloc(1, DATA_LONGEST);
	if (!*data)
		fail_errno(f, "no memory");
	else if (!size || size > DATA_LONGEST)
		fail(f, "%s has %llu bytes; 1 to %d will do", path,
		     (unsigned long long)size, DATA_LONGEST);
	else
		file_read(ctx, fd, path, *data, size, 0, f);
	*length = (__u32)size;
	close(fd);
	return f->status;
}

static json_t *viommu_json(const struct iommu_viommu_alloc *ask,
			   const struct object *viommu)
{
	const struct iommu_viommu_tegra241_cmdqv *out =
		(const void *)(uintptr_t)ask->data_uptr;
	bool mapped = ask->type == IOMMU_VIOMMU_TYPE_TEGRA241_CMDQV &&
		      ask->data_len >= sizeof(*out);

	return json_pack(
		"{s:I, s:o, s:I, s:I, s:I, s:o, s:o}", "viommu_id",
		(json_int_t)viommu->id, "name", object_name_json(viommu),
		"type", (json_int_t)ask->type, "dev_id",
		(json_int_t)ask->dev_id, "hwpt_id", (json_int_t)ask->hwpt_id,
		"out_vintf_mmap_offset",
		mapped ? json_hex64(out->out_vintf_mmap_offset) : json_null(),
		"out_vintf_mmap_length",
		mapped ? json_hex64(out->out_vintf_mmap_length) : json_null());
}

static enum status alloc(struct context *ctx, const struct parsed *p,
			 struct answer *a)
{
	struct iommu_viommu_alloc ask = { .size = sizeof(ask),
					  .dev_id = (__u32)p->arg[0].num,
					  .hwpt_id = (__u32)p->arg[1].num };
	struct object *viommu;
	void *data = NULL;

	if (!made_type(p, &p->arg[2], types, &ask.type, &a->fail) &&
	    !get_data(ctx, p, ask.type, &data, &ask.data_len, &a->fail)) {
		ask.data_uptr = ask.data_len ? (uintptr_t)data : 0;
		iommu_call(ctx, &iommu_viommu_alloc_request, &ask, &a->fail);
	}
	if (!a->fail.status) {
		viommu = object_made(ctx, p, ask.out_viommu_id, OBJECT_VIOMMU);
		made_of(ctx, viommu, ask.dev_id, OBJECT_DEVICE);
		made_of(ctx, viommu, ask.hwpt_id, OBJECT_HWPT);
		a->result =
			json_pack("{s:o}", "viommu", viommu_json(&ask, viommu));
	}
	free(data);
	return a->fail.status;
}

static const struct arg alloc_args[] = {
	ID_OF("DEVICE", OF(DEVICE), "a device behind the hardware"),
	ID_OF("HWPT", OF(HWPT), "its guest's memory, a nest parent"),
	{ .name = "TYPE",
	  .kind = KIND_TEXT,
	  .choices = types,
	  .help = "what it is like, or the number of another type" },
	{ 0 },
};

static const struct opt alloc_opts[] = {
	[ALLOC_DATA] = { .name = "data-file",
			 .kind = KIND_PATH,
			 .metavar = "PATH",
			 .help = "what the driver needs, as bytes" },
	[ALLOC_NAME] = NAME_OPT,
	{ 0 },
};

static const struct block alloc_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "viommu",
	  .text = "viommu {viommu_id}[name| {name}] of device {dev_id} on hwpt {hwpt_id}[out_vintf_mmap_length|; registers at {out_vintf_mmap_offset}, {out_vintf_mmap_length} bytes]" },
	{ 0 },
};

static const struct command cmd_alloc = {
	.name = "alloc",
	.summary = "make a virtual IOMMU",
	.args = alloc_args,
	.opts = alloc_opts,
	.flags = CMD_DEVICE,
	.run = alloc,
	.view = alloc_view,
	.value = "viommu.viommu_id",
};

static const struct command *const viommu_commands[] = { &cmd_alloc, NULL };

const struct command cmd_viommu = {
	.name = "viommu",
	.summary = "virtual IOMMUs",
	.flags = CMD_RARE,
	.sub = viommu_commands,
};
