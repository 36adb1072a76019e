// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "context.h"
#include "debugfs.h"
#include "fdinfo.h"
#include "opened.h"
#include "procfs.h"
#include "render.h"
#include "reserved.h"
#include "sysfs_device.h"
#include "sysfs_iommu.h"

/* Where an IOAS is looked for, and which devices are attached to it. */
struct subject {
	uint32_t ioas_id;
	json_t *info; /* of our module on the descriptor, or null */
	uint64_t context; /* its number there; 0: not known */
	json_t *devices; /* by what their buses call them */
};

/* The IOAS below a page table, as our list has it. */
static uint32_t ioas_below(const struct store *s, const struct object *object)
{
	/* A nested page table has one of the other kind below it. */
	for (int depth = 0; object && depth < 3; depth++) {
		if (object->uses[OBJECT_IOAS])
			return object->uses[OBJECT_IOAS];
		object = store_find(s, object->uses[OBJECT_HWPT]);
	}
	return 0;
}

/* Those that were opened here. */
static void note_opened(struct subject *s, const struct store *store)
{
	for (size_t i = 0; i < store->count; i++) {
		const struct object *object = store->object[i];

		if (object->opened && object->opened->attached &&
		    ioas_below(store, object) == s->ioas_id)
			texts_add(s->devices, object->opened->name);
	}
}

/* The IOAS of a page table, as our module has it. */
static json_int_t ioas_of_hwpt(const json_t *info, json_int_t hwpt_id)
{
	const json_t *hwpt;
	size_t i;

	json_array_foreach(json_object_get(info, "hwpts"), i, hwpt)
		if (json_integer_value(json_object_get(hwpt, "hwpt_id")) ==
		    hwpt_id)
			return json_integer_value(
				json_object_get(hwpt, "ioas_id"));
	return 0;
}

/* Those that our module knows of, whoever has opened them; or by page table. */
static void note_bound(const struct subject *s, json_int_t only, json_t *names)
{
	const json_t *device;
	size_t i;

	json_array_foreach(json_object_get(s->info, "devices"), i, device) {
		const char *name =
			json_string_value(json_object_get(device, "name"));
		json_int_t hwpt =
			json_integer_value(json_object_get(device, "hwpt_id"));

		if (name && hwpt && (!only || hwpt == only) &&
		    ioas_of_hwpt(s->info, hwpt) == s->ioas_id)
			texts_add(names, name);
	}
}

static void subject_find(struct subject *s, const struct context *ctx)
{
	char *name = mem_asprintf("fdinfo/%d", ctx->fd);
	char *text = procfs_text(getpid(), name);

	s->info = fdinfo_json(text);
	s->context = (uint64_t)json_integer_value(
		json_object_get(s->info, "context_id"));
	s->devices = json_array();
	note_opened(s, &ctx->store);
	note_bound(s, 0, s->devices);
	free(text);
	free(name);
}

static const char *text_at(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* One of what our module has reserved; @source is the file that says so. */
static void add_told(struct claims *c, const struct subject *s,
		     const json_t *region, const char *source)
{
	const char *owner = text_at(region, "owner");
	const char *kind = text_at(region, "kind");
	char *copy = mem_strdup(kind ? kind : "reserved");
	const struct claim values = { .start = json_hex_at(region, "start"),
				      .last = json_hex_at(region, "last"),
				      .kind = copy };
	json_t *names = json_array(), *name;
	size_t i;

	if (owner && !strncmp(owner, "device:", 7))
		json_array_append_new(names, json_text(owner + 7));
	else if (owner && !strncmp(owner, "hwpt:", 5))
		note_bound(s, atoll(owner + 5), names);
	claims_add(c, &values, owner, NULL, source);
	json_array_foreach(names, i, name)
		claims_add(c, &values, NULL, json_string_value(name), NULL);
	json_decref(names);
	free(copy);
}

/* What our module says; false: it is not to be read. */
static bool add_all_told(struct claims *c, const struct subject *s)
{
	json_t *told, *allowed = NULL, *region;
	struct failure ignored = { 0 };
	struct debugfs d;
	char *source;
	size_t i;

	if (!s->context || debugfs_open(&d, s->context, &ignored)) {
		failure_free(&ignored);
		return false;
	}
	source = mem_asprintf("%s/ioas/%" PRIu32 "/ranges", d.folder,
			      s->ioas_id);
	told = debugfs_reserved(&d, s->ioas_id, &allowed);
	json_array_foreach(told, i, region)
		add_told(c, s, region, source);
	json_decref(allowed);
	free(source);
	debugfs_close(&d);
	if (!told)
		return false;
	json_decref(told);
	return true;
}

static void add_device(struct claims *c, const char *name)
{
	struct failure ignored = { 0 };
	struct sysfs_iommu iommu;
	struct sysfs_device d;

	if (!sysfs_device_find(name, &d, &ignored)) {
		sysfs_iommu_read(&d, &iommu);
		if (d.group)
			claims_add_device(c, &d, &iommu);
		sysfs_iommu_free(&iommu);
		sysfs_device_free(&d);
	}
	failure_free(&ignored);
}

void reserved_claims(struct context *ctx, uint32_t ioas_id, struct claims *c)
{
	struct subject s = { .ioas_id = ioas_id };
	const json_t *name;
	size_t i;

	subject_find(&s, ctx);
	if (!add_all_told(c, &s))
		json_array_foreach(s.devices, i, name)
			add_device(c, json_string_value(name));
	json_decref(s.devices);
	json_decref(s.info);
}
