// SPDX-License-Identifier: GPL-2.0-or-later
#include "bound.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "place.h"
#include "sysfs.h"
#include "sysfs_device.h"

#define FOLDER BOUND_PLACE "/devices"

static char *path_of(const struct sysfs_device *d, const char *suffix)
{
	return mem_asprintf("%s/%s%s", FOLDER, d->name, suffix);
}

/* Another one may be plugged in at the same address. */
static json_t *identity(const struct sysfs_device *d)
{
	char *vendor = sysfs_read(d->path, "vendor");
	char *device = sysfs_read(d->path, "device");
	json_t *both = json_pack("[s?, s?]", vendor, device);

	free(device);
	free(vendor);
	return both;
}

enum status bound_save(const struct sysfs_device *d, const struct bound *b,
		       struct failure *f)
{
	char *path = path_of(d, ""), *draft = path_of(d, ".new");
	json_t *record = json_pack("{s:o, s:s, s:s?, s:s?}", "identity",
				   identity(d), "to", b->to, "driver",
				   b->driver, "driver_override", b->override);

	if (!place_make_at(BOUND_PLACE, f) && !place_make_at(FOLDER, f) &&
	    (json_dump_file(record, draft, 0) || rename(draft, path)))
		fail_errno(f, "what %s was bound to cannot be kept in %s",
			   d->name, path);
	json_decref(record);
	free(draft);
	free(path);
	return f->status;
}

/* A driver's name from there becomes part of a path. */
static char *name_of(const json_t *record, const char *key)
{
	const char *name = json_string_value(json_object_get(record, key));

	if (!name || !*name || *name == '.' || strchr(name, '/'))
		return NULL;
	return mem_strdup(name);
}

/* What became of it since then may be no work of ours. */
static bool is_current(const struct sysfs_device *d, const struct bound *b)
{
	return b->to && (!d->driver || !strcmp(d->driver, b->to));
}

bool bound_load(const struct sysfs_device *d, struct bound *b)
{
	struct failure ignored = { 0 };
	char *path = path_of(d, "");
	json_t *record = NULL, *id = identity(d);

	*b = (struct bound){ 0 };
	/* Nobody else's folder is believed. */
	if (sysfs_has(FOLDER, d->name) && !place_make_at(FOLDER, &ignored))
		record = json_load_file(path, 0, NULL);
	if (record && json_equal(json_object_get(record, "identity"), id)) {
		b->to = name_of(record, "to");
		b->driver = name_of(record, "driver");
		b->override = name_of(record, "driver_override");
	}
	if (!is_current(d, b))
		bound_free(b);
	json_decref(record);
	json_decref(id);
	failure_free(&ignored);
	free(path);
	return b->to;
}

void bound_forget(const struct sysfs_device *d)
{
	char *path = path_of(d, "");

	unlink(path);
	free(path);
}

void bound_free(struct bound *b)
{
	free(b->to);
	free(b->driver);
	free(b->override);
	*b = (struct bound){ 0 };
}
