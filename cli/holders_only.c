// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who keeps others from a device. A group belongs to one user as a whole, so
 * that is whoever has it, or any device of it, open, and any iommufd that one
 * of them is bound to, as far as that is told.
 */
#include <stdlib.h>
#include <string.h>

#include "holders.h"
#include "sysfs_device.h"
#include "sysfs_group.h"

/* What is looked for. */
struct wanted {
	json_int_t group; /* or -1 */
	struct names devices;
};

static enum status of_group(const char *number, struct wanted *w,
			    struct failure *f)
{
	struct sysfs_group group;

	if (!sysfs_group_read(number, &group)) {
		fail(f, "there is no IOMMU group %s", number);
		fail_hint(f, "iommufdctl group list");
		return f->status;
	}
	w->group = (json_int_t)strtoul(number, NULL, 10);
	w->devices = group.devices;
	group.devices = (struct names){ 0 };
	sysfs_group_free(&group);
	return STATUS_OK;
}

static enum status of_device(const char *target, struct wanted *w,
			     struct failure *f)
{
	struct sysfs_device d = { 0 };

	if (!strncmp(target, "vfio", 4))
		sysfs_device_of_node(target, &d, f);
	else
		sysfs_device_find(target, &d, f);
	if (!f->status && !d.group) {
		fail(f, "no IOMMU is behind %s, so it cannot be given away",
		     d.name);
		fail_hint(f, "iommufdctl device show %s", d.name);
	}
	if (!f->status)
		of_group(d.group, w, f);
	sysfs_device_free(&d);
	return f->status;
}

static bool has_name(const struct wanted *w, const char *name)
{
	for (size_t i = 0; name && i < w->devices.count; i++)
		if (!strcmp(w->devices.name[i], name))
			return true;
	return false;
}

static bool is_wanted(const struct wanted *w, const json_t *file)
{
	const json_t *group = json_object_get(file, "group"), *name;
	size_t i;

	if (json_is_integer(group) && json_integer_value(group) == w->group)
		return true;
	json_array_foreach(json_object_get(file, "devices"), i, name)
		if (has_name(w, json_string_value(name)))
			return true;
	return false;
}

static bool has_process(const json_t *list, const json_t *pid)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
		if (json_equal(json_object_get(one, "pid"), pid))
			return true;
	return false;
}

/* A device that a group gave out, and that has no name on this kernel. */
static bool is_nameless(const json_t *file)
{
	return !strcmp(json_string_value(json_object_get(file, "kind")),
		       "device") &&
	       !json_array_size(json_object_get(file, "devices"));
}

/* Takes out of @list what is not of a process that @left has files of. */
static void keep_processes(json_t *list, const json_t *left)
{
	for (size_t i = json_array_size(list); i--;)
		if (!has_process(left, json_object_get(json_array_get(list, i),
						       "pid")))
			json_array_remove(list, i);
}

enum status holders_only(struct holders *h, const char *target,
			 struct failure *f)
{
	struct wanted w = { .group = -1 };
	json_t *left, *file;
	size_t i;

	if ((sysfs_is_number(target) ? of_group : of_device)(target, &w, f))
		return f->status;
	left = json_array();
	json_array_foreach(h->files, i, file)
		if (is_wanted(&w, file))
			json_array_append(left, file);
	for (i = json_array_size(h->files); i--;) {
		file = json_array_get(h->files, i);
		if (!is_wanted(&w, file) &&
		    !(is_nameless(file) &&
		      has_process(left, json_object_get(file, "pid"))))
			json_array_remove(h->files, i);
	}
	json_decref(left);
	keep_processes(h->processes, h->files);
	names_free(&w.devices);
	return STATUS_OK;
}
