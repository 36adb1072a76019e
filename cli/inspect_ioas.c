// SPDX-License-Identifier: GPL-2.0-or-later
/* An address space of another process: what each of the sources says of it. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "debugfs.h"
#include "reserved.h"
#include "inspect.h"
#include "render.h"
#include "survey.h"
#include "store.h"

/* What debugfs has of one; NULL is what it has not. */
struct shown {
	json_t *areas, *reserved, *allowed;
};

static uint32_t id_of(const json_t *ioas)
{
	return (uint32_t)json_integer_value(json_object_get(ioas, "ioas_id"));
}

/* The one with this id in a list, or NULL. */
static json_t *find(const json_t *list, uint32_t id)
{
	json_t *ioas;
	size_t i;

	json_array_foreach((json_t *)list, i, ioas)
		if (id_of(ioas) == id)
			return ioas;
	return NULL;
}

static struct iommu_iova_range range_of(const json_t *range)
{
	return (struct iommu_iova_range){ json_hex_at(range, "start"),
					  json_hex_at(range, "last") };
}

/* Those of @reserved, which may be NULL, that are in a hole. */
static json_t *owners_json(const struct iommu_iova_range *hole,
			   const json_t *reserved)
{
	json_t *list = json_array();
	const json_t *one;
	size_t i;

	json_array_foreach(reserved, i, one) {
		struct iommu_iova_range range = range_of(one);

		if (range.start <= hole->last && range.last >= hole->start)
			json_array_append(list, (json_t *)one);
	}
	return list;
}

/*
 * Each hole with what it is for and who wants it; where nobody was asked, what
 * is reserved is taken as it is told.
 */
static json_t *holes_json(const json_t *asked, const json_t *reserved)
{
	const json_t *holes = asked ? json_object_get(asked, "reserved_iovas")
				    : reserved;
	json_t *list = holes ? json_array() : json_null();
	const json_t *one;
	size_t i;

	json_array_foreach(holes, i, one) {
		struct iommu_iova_range hole = range_of(one);
		char *name = reserved_name(&hole);
		json_t *json = json_range(&hole);

		json_object_set_new(json, "meaning", json_text_or_null(name));
		json_object_set_new(json, "owners",
				    reserved ? owners_json(&hole, reserved)
					     : json_null());
		json_array_append_new(list, json);
		free(name);
	}
	return list;
}

/* The allowed ranges as they were asked for; to be freed. */
static struct iova_ranges ranges_of(const json_t *asked)
{
	const json_t *list = json_object_get(asked, "allowed_iovas"), *one;
	struct iova_ranges ranges = { .count = json_array_size(list) };
	size_t i;

	ranges.range =
		mem_realloc(NULL, (ranges.count + 1) * sizeof(*ranges.range));
	json_array_foreach(list, i, one)
		ranges.range[i] = range_of(one);
	return ranges;
}

static struct object *object_of(struct store *store, const struct shown *shown)
{
	struct object *ioas = store_add(store, 1, OBJECT_IOAS);
	const json_t *one;
	size_t i;

	json_array_foreach(shown->areas, i, one) {
		struct mapping area = { .iova = json_hex_at(one, "iova"),
					.length = json_hex_at(one, "length") };

		/* Whoever wrote them: no two of them overlap here. */
		if (!mapping_touching(ioas, area.iova, mapping_last(&area)))
			mapping_add(store, ioas, &area);
	}
	ioas->allowed = mem_realloc(NULL, (json_array_size(shown->allowed) +
					   1) * sizeof(*ioas->allowed));
	json_array_foreach(shown->allowed, i, one)
		ioas->allowed[ioas->allowed_count++] = range_of(one);
	return ioas;
}

/* The picture takes the ranges that were asked for, and the mappings. */
static json_t *map_json(const json_t *asked, const struct shown *shown)
{
	struct store store = { 0 };
	struct survey s = { 0 };
	json_t *map;

	if (!asked || !shown->areas)
		return json_null();
	s.ioas = object_of(&store, shown);
	s.ranges = ranges_of(asked);
	s.to = survey_last(&s);
	map = survey_json(&s);
	free(s.ranges.range);
	store_free(&store);
	return map;
}

static void look_into(struct inspection *in, struct debugfs *debugfs,
		      uint32_t id, struct shown *shown)
{
	char *what;
	int err;

	if (!debugfs)
		return;
	shown->reserved = debugfs_reserved(debugfs, id, &shown->allowed);
	err = shown->reserved ? 0 : errno;
	if (in->areas || in->map) {
		shown->areas = debugfs_areas(debugfs, id);
		err = shown->areas ? err : errno;
	}
	if (!err)
		return;
	what = mem_asprintf("mappings and owners of ioas %" PRIu32, id);
	inspect_missing(in, what,
			err == ENOENT ? "debugfs does not show it (any more)"
				      : strerror(err),
			NULL);
	free(what);
}

/* What the module counts of an address space. */
static void add_facts(json_t *ioas, const json_t *facts)
{
	static const char *const keys[] = { "mappings",	    "mapped_bytes",
					    "pinned_bytes", "accounted_bytes",
					    "page_tables",  "maps",
					    "unmaps",	    "flushes" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		json_object_set_new(ioas, keys[i],
				    inspect_copy(facts, keys[i]));
}

static json_t *or_null(json_t *json)
{
	return json ? json_incref(json) : json_null();
}

static json_t *ioas_json(struct inspection *in, uint32_t id,
			 const json_t *asked, const json_t *facts,
			 struct debugfs *debugfs)
{
	struct shown shown = { 0 };
	json_t *json;

	look_into(in, debugfs, id, &shown);
	json = json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "ioas_id",
			 (json_int_t)id, "huge_pages",
			 inspect_copy(asked ? asked : facts, "huge_pages"),
			 "out_iova_alignment",
			 inspect_copy(asked, "out_iova_alignment"),
			 "allowed_iovas", inspect_copy(asked, "allowed_iovas"),
			 "reserved_iovas", holes_json(asked, shown.reserved),
			 "allow_list", or_null(shown.allowed), "areas",
			 in->areas ? or_null(shown.areas) : json_null(), "map",
			 in->map ? map_json(asked, &shown) : json_null());
	add_facts(json, facts);
	json_decref(shown.areas);
	json_decref(shown.reserved);
	json_decref(shown.allowed);
	return json;
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* The ids of both lists in order, each once; to be freed. */
static uint32_t *ids_of(const json_t *a, const json_t *b, size_t *count)
{
	size_t most = json_array_size(a) + json_array_size(b), n = 0, i;
	uint32_t *ids = mem_realloc(NULL, (most + 1) * sizeof(*ids));
	const json_t *ioas;

	json_array_foreach(a, i, ioas)
		ids[n++] = id_of(ioas);
	json_array_foreach(b, i, ioas)
		ids[n++] = id_of(ioas);
	if (n)
		qsort(ids, n, sizeof(*ids), by_value);
	*count = 0;
	for (i = 0; i < n; i++)
		if (!*count || ids[i] != ids[*count - 1])
			ids[(*count)++] = ids[i];
	return ids;
}

json_t *inspect_ioas(struct inspection *in, const json_t *asked,
		     const json_t *context, struct debugfs *debugfs)
{
	const json_t *told = json_object_get(asked, "ioas");
	const json_t *facts = json_object_get(context, "ioas");
	json_t *list = json_array();
	size_t count;
	uint32_t *ids = ids_of(told, facts, &count);

	for (size_t i = 0; i < count; i++)
		if (!in->only || in->only == ids[i])
			json_array_append_new(
				list, ioas_json(in, ids[i], find(told, ids[i]),
						find(facts, ids[i]), debugfs));
	free(ids);
	return list;
}
