// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "context.h"
#include "fdinfo.h"
#include "opened.h"
#include "procfs.h"
#include "reserved.h"
#include "sysfs_device.h"
#include "sysfs_iommu.h"

/* Where an IOAS is looked for, and which devices are attached to it. */
struct subject {
	uint32_t ioas_id;
	json_t *info; /* of our module on the descriptor, or null */
	unsigned long context; /* its number there; 0: not known */
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
	const char *number = procfs_line(text, "iommufd-context");

	s->info = fdinfo_json(text);
	s->context = number ? strtoul(number, NULL, 10) : 0;
	s->devices = json_array();
	note_opened(s, &ctx->store);
	note_bound(s, 0, s->devices);
	free(text);
	free(name);
}

/* Where debugfs is mounted, to be freed; NULL: nowhere that we can name. */
static char *debugfs(void)
{
	FILE *mounts = fopen("/proc/self/mounts", "re");
	char *line = NULL, *found = NULL;
	char point[256], type[32];
	size_t room = 0;

	while (mounts && !found && getline(&line, &room, mounts) > 0)
		if (sscanf(line, "%*s %255s %31s", point, type) == 2 &&
		    !strcmp(type, "debugfs") && !strchr(point, '\\'))
			found = mem_strdup(point);
	free(line);
	if (mounts)
		fclose(mounts);
	return found;
}

/* The value of " KEY=VALUE" in a line; false without it. */
static bool take_key(const char *line, const char *key, char value[static 64])
{
	const char *at = strstr(line, key);

	return at && sscanf(at + strlen(key), "%63s", value) == 1;
}

/* "reserved 0xSTART-0xLAST owner=WHO kind=KIND", where there may be more. */
static void add_line(struct claims *c, const struct subject *s,
		     const char *line, const char *source)
{
	char owner[64] = "", kind[64] = "reserved";
	struct claim values = { .kind = kind };
	json_t *names = json_array(), *name;
	size_t i;

	take_key(line, " owner=", owner);
	take_key(line, " kind=", kind);
	if (sscanf(line, "reserved %" SCNx64 "-%" SCNx64, &values.start,
		   &values.last) == 2 &&
	    values.start <= values.last) {
		if (!strncmp(owner, "device:", 7))
			json_array_append_new(names, json_text(owner + 7));
		else if (!strncmp(owner, "hwpt:", 5))
			note_bound(s, atoll(owner + 5), names);
		claims_add(c, &values, *owner ? owner : NULL, NULL, source);
		json_array_foreach(names, i, name)
			claims_add(c, &values, NULL, json_string_value(name),
				   NULL);
	}
	json_decref(names);
}

/* What our module says; false: it is not to be read. */
static bool add_told(struct claims *c, const struct subject *s)
{
	char *mount = s->context ? debugfs() : NULL;
	char *path = mount ? mem_asprintf("%s/iommufd/%lu/ioas/%" PRIu32
					  "/ranges",
					  mount, s->context, s->ioas_id)
			   : NULL;
	FILE *file = path ? fopen(path, "re") : NULL;
	char *line = NULL;
	size_t room = 0;

	while (file && getline(&line, &room, file) > 0)
		add_line(c, s, line, path);
	free(line);
	free(path);
	free(mount);
	if (!file)
		return false;
	fclose(file);
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
	if (!add_told(c, &s))
		json_array_foreach(s.devices, i, name)
			add_device(c, json_string_value(name));
	json_decref(s.devices);
	json_decref(s.info);
}
