// SPDX-License-Identifier: GPL-2.0-or-later
/* IOMMU_IOAS_MAP: gets memory, has it mapped, and remembers both. */
#include <inttypes.h>
#include <stdlib.h>

#include "commands/commands.h"
#include "context.h"
#include "ioas.h"
#include "iommu.h"
#include "memory.h"
#include "parse.h"
#include "render.h"

enum {
	MAP_ANON,
	MAP_HUGE,
	MAP_FILL,
	MAP_PATH,
	MAP_OFFSET,
	MAP_LENGTH,
	MAP_BY_COPY,
	MAP_IOVA,
	MAP_READ,
	MAP_WRITE,
};

static const struct opt map_opts[] = {
	[MAP_ANON] = { .name = "anon",
		       .kind = KIND_SIZE,
		       .metavar = "SIZE",
		       .help = "map new, zeroed memory" },
	[MAP_HUGE] = { .name = "huge",
		       .kind = KIND_CHOICE,
		       .metavar = "2M|1G",
		       .choices = (const char *const[]){ "2M", "1G", NULL },
		       .help = "take it from huge pages" },
	[MAP_FILL] = { .name = "fill",
		       .kind = KIND_NUMBER,
		       .metavar = "BYTE",
		       .help = "fill it with this byte" },
	[MAP_PATH] = { .name = "file",
		       .kind = KIND_PATH,
		       .metavar = "PATH",
		       .help = "map the pages of a file" },
	[MAP_OFFSET] = { .name = "offset",
			 .kind = KIND_SIZE,
			 .metavar = "N",
			 .preset = "0",
			 .help = "begin there in the file" },
	[MAP_LENGTH] = { .name = "length",
			 .kind = KIND_SIZE,
			 .metavar = "N",
			 .preset = "to the end of the file",
			 .help = "so much of the file" },
	[MAP_BY_COPY] = { .name = "copy",
			  .kind = KIND_FLAG,
			  .help = "map a private copy of the file's content" },
	[MAP_IOVA] = { .name = "iova",
		       .kind = KIND_ADDRESS,
		       .metavar = "N",
		       .preset = "the kernel chooses",
		       .help = "map at this I/O address" },
	[MAP_READ] = { .name = "read",
		       .kind = KIND_FLAG,
		       .help = "the device may read" },
	[MAP_WRITE] = { .name = "write",
			.kind = KIND_FLAG,
			.help = "the device may write; a file is read-only and new memory read-write unless one of the two is given" },
	{ 0 },
};

/* @opt only makes sense together with @with. */
static enum status only_with(const struct parsed *p, int opt, int with,
			     struct failure *f)
{
	if (!p->opt[opt].set || p->opt[with].set)
		return STATUS_OK;
	return fail_at(f, p->words, p->opt[opt].at, "--%s goes with --%s only",
		       map_opts[opt].name, map_opts[with].name);
}

static enum status check_options(const struct parsed *p, struct failure *f)
{
	static const int of_anon[] = { MAP_HUGE, MAP_FILL };
	static const int of_file[] = { MAP_OFFSET, MAP_LENGTH, MAP_BY_COPY };
	const struct value *opt = p->opt;
	enum status status = STATUS_OK;

	if (opt[MAP_ANON].set && opt[MAP_PATH].set)
		return fail_at(f, p->words, opt[MAP_PATH].at,
			       "--anon and --file exclude each other");
	if (!opt[MAP_ANON].set && !opt[MAP_PATH].set)
		return fail_at(f, p->words, p->words->count,
			       "what memory? --anon SIZE or --file PATH");
	for (size_t i = 0; i < 2 && !status; i++)
		status = only_with(p, of_anon[i], MAP_ANON, f);
	for (size_t i = 0; i < 3 && !status; i++)
		status = only_with(p, of_file[i], MAP_PATH, f);
	if (status)
		return status;
	if (opt[MAP_ANON].set && !opt[MAP_ANON].num)
		return fail_at(f, p->words, opt[MAP_ANON].at,
			       "0 bytes cannot be mapped");
	if (opt[MAP_LENGTH].set && !opt[MAP_LENGTH].num)
		return fail_at(f, p->words, opt[MAP_LENGTH].at,
			       "0 bytes cannot be mapped");
	if (opt[MAP_FILL].num > 255)
		return fail_at(f, p->words, opt[MAP_FILL].at,
			       "a byte is at most 255 or 0xff");
	return STATUS_OK;
}

static enum status get_memory(struct context *ctx, const struct parsed *p,
			      bool write, struct memory **memory,
			      uint64_t *length, struct failure *f)
{
	const struct value *opt = p->opt;
	uint64_t huge = !opt[MAP_HUGE].set  ? 0
			: opt[MAP_HUGE].num ? UINT64_C(1) << 30
					    : UINT64_C(2) << 20;
	const struct memory_file file = {
		.path = opt[MAP_PATH].text,
		.offset = opt[MAP_OFFSET].num,
		.length = opt[MAP_LENGTH].num,
		.has_length = opt[MAP_LENGTH].set,
		.write = write,
		.copy = opt[MAP_BY_COPY].set,
	};

	if (opt[MAP_PATH].set)
		return memory_file(ctx, &file, memory, length, f);
	*length = opt[MAP_ANON].num;
	if (memory_anonymous(*length, huge, memory, f))
		return f->status;
	if (opt[MAP_FILL].set &&
	    memory_fill(ctx, *memory, (uint8_t)opt[MAP_FILL].num, f))
		memory_put(*memory);
	return f->status;
}

static enum status check_end(const struct parsed *p,
			     const struct memory *memory, struct failure *f)
{
	const struct value *iova = &p->opt[MAP_IOVA];

	if (!iova->set || iova->num <= UINT64_MAX - (memory->length - 1))
		return STATUS_OK;
	return fail_at(
		f, p->words, iova->at,
		"0x%zx bytes from here pass the end of the address space",
		memory->length);
}

static enum status map(struct context *ctx, const struct parsed *p,
		       struct answer *a)
{
	const struct value *opt = p->opt;
	bool chosen = opt[MAP_READ].set || opt[MAP_WRITE].set;
	struct iommu_ioas_map ask = { .size = sizeof(ask),
				      .ioas_id = (__u32)p->arg[0].num,
				      .iova = opt[MAP_IOVA].num };
	struct mapping values = {
		.readable = !chosen || opt[MAP_READ].set,
		.writeable = opt[MAP_WRITE].set ||
			     (!chosen && opt[MAP_ANON].set),
	};
	const struct mapping *mapping;
	struct object *ioas;
	uint64_t length;

	if (check_options(p, &a->fail) ||
	    get_memory(ctx, p, values.writeable, &values.memory, &length,
		       &a->fail))
		return a->fail.status;
	ask.user_va = (uintptr_t)values.memory->start;
	ask.length = values.memory->length;
	ask.flags = (opt[MAP_IOVA].set ? IOMMU_IOAS_MAP_FIXED_IOVA : 0) |
		    (values.readable ? IOMMU_IOAS_MAP_READABLE : 0) |
		    (values.writeable ? IOMMU_IOAS_MAP_WRITEABLE : 0);
	if (check_end(p, values.memory, &a->fail) ||
	    iommu_call(ctx, &iommu_map_request, &ask, &a->fail)) {
		memory_put(values.memory);
		return a->fail.status;
	}
	values.iova = ask.iova;
	values.length = ask.length;
	ioas = store_know(&ctx->store, ask.ioas_id, OBJECT_IOAS);
	/* Nothing can have been there: the kernel has just used the place. */
	mapping_forget(ioas, values.iova, mapping_last(&values));
	mapping = mapping_add(&ctx->store, ioas, &values);
	if (a->wanted)
		a->result = json_pack("{s:o}", "mapping",
				      mapping_json(ioas, mapping, length));
	return STATUS_OK;
}

static const struct arg map_args[] = {
	{ .name = "ID",
	  .kind = KIND_ID,
	  .objects = OF(IOAS),
	  .help = "the ioas to map into" },
	{ 0 },
};

static const struct block map_view[] = {
	{ .kind = BLOCK_LINE, .key = "mapping", .text = MAPPING_LINE },
	{ 0 },
};

const struct command cmd_ioas_map = {
	.name = "map",
	.summary = "map memory into an address space",
	.args = map_args,
	.opts = map_opts,
	.flags = CMD_DEVICE,
	.run = map,
	.view = map_view,
	.value = "mapping.iova",
};
