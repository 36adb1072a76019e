// SPDX-License-Identifier: GPL-2.0-or-later
/* Why a device is not to be had, or goes to no address space. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "context.h"
#include "explain_map.h"
#include "iommu.h"
#include "opened.h"
#include "sysfs_group.h"

/* The first descriptor of a process that is @path. */
static bool process_has(const char *pid, const char *path)
{
	char *folder = mem_asprintf("/proc/%s/fd", pid);
	DIR *fds = opendir(folder);
	struct dirent *entry;
	bool found = false;
	char to[256];

	while (fds && !found && (entry = readdir(fds))) {
		ssize_t length =
			readlinkat(dirfd(fds), entry->d_name, to, sizeof(to));

		found = length == (ssize_t)strlen(path) &&
			!memcmp(to, path, (size_t)length);
	}
	if (fds)
		closedir(fds);
	free(folder);
	return found;
}

/* A process, not this one, that has the file open, as far as we may look. */
static bool find_holder(const char *path, pid_t *pid)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	bool found = false;

	while (processes && !found && (entry = readdir(processes))) {
		*pid = (pid_t)strtol(entry->d_name, NULL, 10);
		found = *pid > 0 && *pid != getpid() &&
			process_has(entry->d_name, path);
	}
	if (processes)
		closedir(processes);
	return found;
}

static bool is_held(const char *path, struct failure *f)
{
	pid_t pid;

	if (!find_holder(path, &pid))
		return false;
	fail(f, "process %d has %s open", (int)pid, path);
	fail_cause(f, "held", "{s:s, s:i}", "path", path, "pid", (int)pid);
	fail_hint(f, "ps -p %d", (int)pid);
	return true;
}

/* A device is taken by its own node, or by its group's, or with a neighbour. */
static bool is_held_any_way(const struct sysfs_device *d, struct failure *f)
{
	char *path = sysfs_group_node_path(d->group);
	bool held = is_held(path, f);
	struct sysfs_device other;
	struct sysfs_group group;

	free(path);
	if (held || !sysfs_group_read(d->group, &group))
		return held;
	for (size_t i = 0; i < group.devices.count && !held; i++) {
		if (!sysfs_group_device(&group, group.devices.name[i], &other))
			continue;
		path = sysfs_device_node_path(&other);
		held = path && is_held(path, f);
		free(path);
		sysfs_device_free(&other);
	}
	sysfs_group_free(&group);
	return held;
}

enum status explain_open(const char *path, const struct sysfs_device *d,
			 struct failure *f)
{
	fail_errno(f, "%s", path);
	if (f->err == ENOENT) {
		fail(f,
		     "there is no %s: no driver of VFIO's has %s, or it is not this kind that it offers",
		     path, d->name);
		fail_cause(f, "no-node", "{s:s, s:s}", "path", path, "device",
			   d->name);
		fail_hint(f, "iommufdctl device show %s", d->name);
	} else if (f->err == EBUSY && !is_held_any_way(d, f)) {
		fail(f, "%s is busy: it, or a device of the group, is open",
		     path);
		fail_hint(f, "iommufdctl group show %s", d->group);
	} else if (f->err == EACCES || f->err == EPERM) {
		fail(f, "you may not open %s", path);
		fail_cause(f, "permission", "{s:s}", "path", path);
		fail_hint(f, "ls -l %s", path);
	}
	return f->status;
}

void explain_taken(const struct sysfs_device *d, struct failure *f)
{
	if ((f->err == EBUSY || f->err == EINVAL || f->err == EPERM) &&
	    is_held_any_way(d, f))
		return;
	if (f->err == EBUSY || f->err == EPERM)
		fail_hint(f, "iommufdctl group show %s", d->group);
	else if (f->err == ENODEV)
		fail_hint(f, "iommufdctl device show %s", d->name);
}

/* Another device of the same group, that is attached elsewhere. */
static const struct object *group_elsewhere(const struct context *ctx,
					    const struct opened *o)
{
	for (size_t i = 0; i < ctx->store.count; i++) {
		const struct opened *other = ctx->store.object[i]->opened;

		if (other && other != o && other->attached &&
		    !strcmp(other->group, o->group))
			return ctx->store.object[i];
	}
	return NULL;
}

void explain_attach(struct context *ctx, const struct opened *o, __u32 pt_id,
		    struct failure *f)
{
	const struct object *other = group_elsewhere(ctx, o);

	if (f->err == EADDRINUSE) {
		fail(f,
		     "mappings of %u lie in ranges that %s needs for other things",
		     pt_id, o->name);
		fail_hint(f, "iommufdctl device show %s", o->name);
	} else if (f->err == ENOMEM) {
		explain_lock_limit(ctx, 0, f);
	} else if ((f->err == ENOENT || f->err == EINVAL) &&
		   explain_object(ctx, pt_id, OF(IOAS) | OF(HWPT), f)) {
		return;
	} else if (f->err == EINVAL && other) {
		fail(f,
		     "device %" PRIu32
		     " is of the same group %s and attached elsewhere; a group is attached as one",
		     other->id, o->group);
		fail_cause(f, "group-elsewhere", "{s:I, s:I}", "dev_id",
			   (json_int_t)other->id, "iommu_group",
			   opened_group(o));
		fail_hint(f, "iommufdctl device detach %" PRIu32, other->id);
	}
}
