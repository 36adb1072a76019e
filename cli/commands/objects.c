// SPDX-License-Identifier: GPL-2.0-or-later
/* `tree`: all that the session holds, and what was made of what. */
#include "commands/commands.h"
#include "context.h"
#include "ioas.h"
#include "iommu.h"
#include "names.h"
#include "parse.h"
#include "picture.h"
#include "render.h"
#include "server.h"

enum { TREE_DOT, TREE_SVG };

/* An object hangs from the most special of those that it was made of. */
static uint32_t parent_of(const struct object *object)
{
	static const enum object_kind order[] = { OBJECT_VIOMMU, OBJECT_HWPT,
						  OBJECT_IOAS };

	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
		if (object->uses[order[i]])
			return object->uses[order[i]];
	return 0;
}

/* All others that it was made of. */
static json_t *uses_json(const struct object *object, uint32_t parent)
{
	json_t *list = json_array();

	for (size_t i = 0; i < OBJECT_KINDS; i++)
		if (object->uses[i] && object->uses[i] != parent)
			json_array_append_new(
				list, json_pack("{s:s, s:I}", "kind",
						object_kind_name(i), "id",
						(json_int_t)object->uses[i]));
	return list;
}

static json_t *children_json(const struct store *s, uint32_t parent);

static json_t *node_json(const struct store *s, const struct object *object,
			 uint32_t parent)
{
	return json_pack("{s:I, s:s, s:o, s:o, s:I, s:o, s:o, s:o}", "id",
			 (json_int_t)object->id, "kind",
			 object_kind_name(object->kind), "name",
			 object_name_json(object), "uses",
			 uses_json(object, parent), "num_mappings",
			 (json_int_t)object->count, "mapped_length",
			 json_hex64(object->bytes), "mappings",
			 mappings_json(object), "children",
			 children_json(s, object->id));
}

/* Those that hang from @parent; from 0 those whose parent is not known. */
static json_t *children_json(const struct store *s, uint32_t parent)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->count; i++) {
		const struct object *object = s->object[i];
		uint32_t of = parent_of(object);

		if (of && !store_find(s, of))
			of = 0;
		/* Ids are given out again: no object hangs from itself. */
		if (of == parent && object->id != parent)
			json_array_append_new(list,
					      node_json(s, object, parent));
	}
	return list;
}

/* A device is bound by another driver: it is known as what others name. */
static void add_devices(const struct store *s, json_t *list)
{
	struct object device = { .kind = OBJECT_DEVICE };

	/* The next id each time; the devices of a session are few. */
	for (;;) {
		uint32_t next = UINT32_MAX;

		for (size_t i = 0; i < s->count; i++) {
			uint32_t id = s->object[i]->uses[OBJECT_DEVICE];

			if (id > device.id && id < next && !store_find(s, id))
				next = id;
		}
		if (next == UINT32_MAX)
			break;
		device.id = next;
		json_array_append_new(list, node_json(s, &device, 0));
	}
}

static enum status tree(struct context *ctx, const struct parsed *p,
			struct answer *a)
{
	const char *session = ctx->server ? ctx->server->name : NULL;
	json_t *objects = children_json(&ctx->store, 0);
	json_t *json = json_pack("{s:o, s:o, s:o}", "session",
				 json_text_or_null(session), "device",
				 json_text(ctx->path), "objects", objects);

	add_devices(&ctx->store, objects);
	a->result = json_pack("{s:o}", "tree", json);
	return picture_answer(ctx, p, TREE_DOT, TREE_SVG, &picture_of_tree,
			      json, a->result, &a->fail);
}

static const struct opt tree_opts[] = {
	PICTURE_OPTS(TREE_DOT, TREE_SVG),
	{ 0 },
};

static const struct block tree_view[] = {
	{ .kind = BLOCK_TREE, .key = "tree", .unless = "picture" },
	PICTURE_VIEW,
	{ 0 },
};

const struct command cmd_tree = {
	.name = "tree",
	.summary = "draw the objects of the session and their mappings",
	.opts = tree_opts,
	.flags = CMD_DEVICE,
	.run = tree,
	.view = tree_view,
};
