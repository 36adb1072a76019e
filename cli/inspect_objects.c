// SPDX-License-Identifier: GPL-2.0-or-later
/* The objects of another process: of debugfs, or what /proc tells of them. */
#include <string.h>

#include "debugfs.h"
#include "inspect.h"

json_t *inspect_copy(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	return value ? json_incref(value) : json_null();
}

/* A page table on top of another is a nested one. */
static const char *hwpt_kind(const json_t *hwpt)
{
	return json_is_integer(json_object_get(hwpt, "parent_id"))
		       ? "hwpt-nested"
		       : "hwpt-paging";
}

/* One of /proc's, in the shape that debugfs_objects() gives. */
static json_t *object_json(const json_t *o, const char *kind, const char *id)
{
	static const char *const keys[] = { "ioas_id", "parent_id", "hwpt_id",
					    "name", "group" };
	json_t *json = json_pack("{s:o, s:s, s:n}", "id", inspect_copy(o, id),
				 "kind", kind, "users");
	json_t *automatic = json_object_get(o, "automatic");

	/* An IOAS is not of another one. */
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		json_object_set_new(json, keys[i],
				    strcmp(keys[i], id)
					    ? inspect_copy(o, keys[i])
					    : json_null());
	json_object_set_new(
		json, "automatic",
		json_is_integer(automatic)
			? json_boolean(json_integer_value(automatic))
			: json_null());
	return json;
}

static void add_kind(json_t *list, const json_t *all, const char *kind,
		     const char *id)
{
	const json_t *o;
	size_t i;

	json_array_foreach(all, i, o)
		json_array_append_new(
			list, object_json(o, kind ? kind : hwpt_kind(o), id));
}

json_t *inspect_objects(const json_t *context, struct debugfs *debugfs)
{
	json_t *list = debugfs ? debugfs_objects(debugfs) : NULL;

	if (list || !json_is_object(context))
		return list ? list : json_null();
	list = json_array();
	add_kind(list, json_object_get(context, "ioas"), "ioas", "ioas_id");
	add_kind(list, json_object_get(context, "hwpts"), NULL, "hwpt_id");
	add_kind(list, json_object_get(context, "devices"), "device", "dev_id");
	add_kind(list, json_object_get(context, "accesses"), "access",
		 "access_id");
	return list;
}
