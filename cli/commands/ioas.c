// SPDX-License-Identifier: GPL-2.0-or-later
/* `ioas`: making address spaces, and showing what this session holds in them. */
#include "ioas.h"

#include <inttypes.h>

#include "commands/commands.h"
#include "context.h"
#include "explain_map.h"
#include "iommu.h"
#include "memory.h"
#include "names.h"
#include "parse.h"
#include "render.h"

struct object *ioas_get(struct context *ctx, const struct parsed *p, size_t arg,
			struct failure *f)
{
	return ioas_find(ctx, (uint32_t)p->arg[arg].num, f);
}

struct object *ioas_find(struct context *ctx, uint32_t id, struct failure *f)
{
	if (explain_id(ctx, id, OBJECT_IOAS, f))
		return NULL;
	return store_find(&ctx->store, id);
}

json_t *ioas_json(const struct object *ioas)
{
	return json_pack("{s:I, s:o, s:I, s:o}", "ioas_id",
			 (json_int_t)ioas->id, "name", object_name_json(ioas),
			 "num_mappings", (json_int_t)ioas->count,
			 "mapped_length", json_hex64(ioas->bytes));
}

static json_t *memory_json(const struct mapping *mapping)
{
	const struct memory *memory = mapping->memory;
	json_t *json = json_object();

	json_object_set_new_nocheck(
		json, "kind", json_string_nocheck(memory_kind_name(memory)));
	json_object_set_new_nocheck(json, "path",
				    memory->path ? json_text(memory->path)
						 : json_null());
	json_object_set_new_nocheck(
		json, "offset", json_hex64(memory->offset + mapping->offset));
	json_object_set_new_nocheck(json, "page_size",
				    json_hex64(memory->page_size));
	return json;
}

json_t *mapping_json(const struct object *ioas, const struct mapping *mapping,
		     uint64_t requested)
{
	uint64_t user_va = (uintptr_t)mapping->memory->start + mapping->offset;
	json_t *json = json_object();

	json_object_set_new_nocheck(json, "ioas_id", json_integer(ioas->id));
	json_object_set_new_nocheck(json, "iova", json_hex64(mapping->iova));
	json_object_set_new_nocheck(json, "length",
				    json_hex64(mapping->length));
	json_object_set_new_nocheck(json, "requested_length",
				    json_hex64(requested));
	json_object_set_new_nocheck(json, "rounded",
				    json_boolean(requested != mapping->length));
	json_object_set_new_nocheck(json, "user_va", json_hex64(user_va));
	json_object_set_new_nocheck(json, "readable",
				    json_boolean(mapping->readable));
	json_object_set_new_nocheck(json, "writeable",
				    json_boolean(mapping->writeable));
	json_object_set_new_nocheck(json, "memory", memory_json(mapping));
	return json;
}

json_t *mappings_json(const struct object *ioas)
{
	json_t *list = json_array();
	const struct mapping *m;

	for (m = mapping_at_or_above(ioas, 0); m; m = mapping_next(ioas, m))
		json_array_append_new(list, mapping_json(ioas, m, m->length));
	return list;
}

static enum status alloc(struct context *ctx, const struct parsed *p,
			 struct answer *a)
{
	struct iommu_ioas_alloc ask = { .size = sizeof(ask) };
	struct object *ioas;

	if (iommu_call(ctx, &iommu_ioas_alloc_request, &ask, &a->fail))
		return a->fail.status;
	ioas = object_made(ctx, p, ask.out_ioas_id, OBJECT_IOAS);
	a->result = json_pack("{s:o}", "ioas", ioas_json(ioas));
	return STATUS_OK;
}

static enum status list(struct context *ctx, const struct parsed *p,
			struct answer *a)
{
	json_t *array = json_array();

	(void)p;
	for (size_t i = 0; i < ctx->store.count; i++)
		if (ctx->store.object[i]->kind == OBJECT_IOAS)
			json_array_append_new(array,
					      ioas_json(ctx->store.object[i]));
	a->result = json_pack("{s:o}", "ioas_list", array);
	return STATUS_OK;
}

static const struct opt alloc_opts[] = { NAME_OPT, { 0 } };

static const struct block alloc_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "ioas",
	  .text = "ioas {ioas_id}[name| {name}]" },
	{ 0 },
};

static const struct block list_view[] = {
	{ .kind = BLOCK_TABLE,
	  .key = "ioas_list",
	  .none = "no ioas",
	  .cells = (const char *const[]){ "IOAS={ioas_id}",
					  "MAPPINGS={num_mappings}",
					  "MAPPED={mapped_length:size}",
					  "NAME=[name|{name}]", NULL } },
	{ 0 },
};

static const struct command cmd_alloc = {
	.name = "alloc",
	.summary = "make an I/O address space",
	.opts = alloc_opts,
	.flags = CMD_DEVICE | CMD_MAKES,
	.run = alloc,
	.view = alloc_view,
	.value = "ioas.ioas_id",
};

static const struct command cmd_list = {
	.name = "list",
	.summary = "list the address spaces of the session",
	.flags = CMD_DEVICE,
	.run = list,
	.view = list_view,
};

static const struct command *const ioas_commands[] = {
	&cmd_alloc,
	&cmd_list,
	&cmd_ioas_show,
	&cmd_ioas_map,
	&cmd_ioas_unmap,
	&cmd_ioas_copy,
	&cmd_ioas_ranges,
	&cmd_ioas_allow,
	&cmd_ioas_change_process,
	NULL,
};

const struct command cmd_ioas = {
	.name = "ioas",
	.summary = "I/O address spaces and the memory mapped into them",
	.sub = ioas_commands,
};
