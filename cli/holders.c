// SPDX-License-Identifier: GPL-2.0-or-later
#include "holders.h"

#include <errno.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "buf.h"
#include "failure.h"
#include "fdinfo.h"
#include "iommu.h"
#include "procfs.h"
#include "render.h"
#include "sysfs.h"

/* PF_KTHREAD, in /proc/PID/stat: the kernel's own threads have no files. */
#define STAT_KERNEL_THREAD 0x00200000

enum what { IOMMUFD, CONTAINER, GROUP, NODE, DEVICE, NOTHING };

static const char *const names[] = {
	[IOMMUFD] = "iommufd", [CONTAINER] = "container", [GROUP] = "group",
	[NODE] = "device",     [DEVICE] = "device",
};

/* A process while it is looked at. */
struct holder {
	struct holders *all;
	pid_t pid;
	struct numbers fds;
	json_t *command;
	bool has[NOTHING]; /* files of each kind */
};

/* A node may have been removed since. */
static size_t name_length(const char *path)
{
	static const char gone[] = " (deleted)";
	size_t length = strlen(path), end = sizeof(gone) - 1;

	return length > end && !strcmp(path + length - end, gone) ? length - end
								  : length;
}

static enum what what_is(const char *path)
{
	size_t length = name_length(path);

	static const struct {
		const char *path;
		bool begins;
		enum what what;
	} paths[] = {
		{ "/dev/iommu", false, IOMMUFD },
		{ "/dev/vfio/vfio", false, CONTAINER },
		{ "/dev/vfio/devices/", true, NODE },
		{ "/dev/vfio/", true, GROUP },
		{ "anon_inode:[vfio-device]", false, DEVICE },
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		size_t need = strlen(paths[i].path);

		if (length >= need && !memcmp(path, paths[i].path, need) &&
		    (paths[i].begins || length == need))
			return paths[i].what;
	}
	return NOTHING;
}

/* The device that a node stands for, or that a newer kernel names itself. */
static json_t *one_device(enum what what, const char *path, const char *info)
{
	const char *line = procfs_line(info, "vfio-device-syspath");
	const char *node = path + strlen("/dev/vfio/devices/");
	char *name = NULL, *dir;
	json_t *json = NULL;

	if (line) {
		name = mem_asprintf("/%.*s", (int)strcspn(line, "\n"), line);
		json = json_text(strrchr(name, '/') + 1);
	} else if (what == NODE && !strncmp(node, "vfio", 4) &&
		   sysfs_is_number(node + 4)) {
		dir = mem_asprintf("/sys/class/vfio-dev/%s", node);
		name = sysfs_link(dir, "device");
		json = name ? json_text(name) : NULL;
		free(dir);
	}
	free(name);
	return json;
}

static json_t *devices_json(enum what what, const char *path, const char *info,
			    const json_t *context)
{
	json_t *list = json_array();
	const json_t *device;
	json_t *name;
	size_t i;

	json_array_foreach(json_object_get(context, "devices"), i, device)
		json_array_append(list, json_object_get(device, "name"));
	name = what == NODE || what == DEVICE ? one_device(what, path, info)
					      : NULL;
	if (name)
		json_array_append_new(list, name);
	return list;
}

static json_t *group_json(enum what what, const char *path)
{
	const char *name = strrchr(path, '/');
	unsigned number;

	if (what != GROUP || (sscanf(name, "/%u", &number) != 1 &&
			      sscanf(name, "/noiommu-%u", &number) != 1))
		return json_null();
	return json_integer(number);
}

static long number_of(const json_t *file, const char *key)
{
	return (long)json_integer_value(json_object_get(file, key));
}

/*
 * Two descriptors can be one open file: inherited, or passed on. The number of
 * the file among those seen, or 0 where the kernel does not let us compare.
 */
static long open_file(struct holders *h, const char *path, pid_t pid,
		      unsigned fd, const json_t *context)
{
	const json_t *other;
	size_t i;

	json_array_foreach(h->files, i, other) {
		const json_t *number = json_object_get(
			json_object_get(other, "context"), "context_id");
		long same;

		/* What the module says goes without comparing. */
		if (json_is_integer(number) &&
		    json_equal(number, json_object_get(context, "context_id")))
			return number_of(other, "open_file");
		if (strcmp(json_string_value(json_object_get(other, "path")),
			   path))
			continue;
		same = syscall(SYS_kcmp, (long)pid, number_of(other, "pid"),
			       (long)KCMP_FILE, (unsigned long)fd,
			       (unsigned long)number_of(other, "fd"));
		if (!same)
			return number_of(other, "open_file");
		if (same < 0 && errno != ESRCH && errno != EBADF)
			return 0;
	}
	return ++h->opened;
}

static void add_file(struct holder *p, unsigned fd, const char *path,
		     enum what what)
{
	char *name = mem_asprintf("fdinfo/%u", fd);
	char *info = procfs_text(p->pid, name);
	json_t *context = fdinfo_json(info);
	long file = open_file(p->all, path, p->pid, fd, context);

	p->has[what] = true;
	if (!info)
		p->all->changed = true;
	json_array_append_new(
		p->all->files,
		json_pack("{s:i, s:O, s:i, s:s, s:o, s:o, s:n, s:o, s:o, s:o}",
			  "pid", (int)p->pid, "command", p->command, "fd",
			  (int)fd, "kind", names[what], "path", json_text(path),
			  "open_file", file ? json_integer(file) : json_null(),
			  "driven_by", "group", group_json(what, path),
			  "devices", devices_json(what, path, info, context),
			  "context", context));
	free(info);
	free(name);
}

/*
 * What was sent through a socket is open until somebody takes it out, and is in
 * no process: how much of it there is is all that is told.
 */
static void add_socket(struct holder *p, unsigned fd)
{
	char *name = mem_asprintf("fdinfo/%u", fd);
	char *info = procfs_text(p->pid, name);
	const char *line = procfs_line(info, "scm_fds");
	unsigned long count = line ? strtoul(line, NULL, 10) : 0;

	if (count)
		json_array_append_new(
			p->all->sockets,
			json_pack("{s:i, s:O, s:i, s:I}", "pid", (int)p->pid,
				  "command", p->command, "fd", (int)fd,
				  "descriptors", (json_int_t)count));
	free(info);
	free(name);
}

static void look_at(struct holder *p, unsigned fd)
{
	char *name = mem_asprintf("fd/%u", fd);
	char *path = procfs_link(p->pid, name);
	enum what what = path ? what_is(path) : NOTHING;

	if (what != NOTHING)
		add_file(p, fd, path, what);
	else if (path && !strncmp(path, "socket:", 7))
		add_socket(p, fd);
	free(path);
	free(name);
}

/* Is a device of @group bound to one of its iommufds, as the module tells? */
static bool is_bound(const struct holder *p, const json_t *group)
{
	const json_t *file, *device;
	size_t i, j;

	json_array_foreach(p->all->files, i, file) {
		if (number_of(file, "pid") != p->pid)
			continue;
		json_array_foreach(json_below(file, "context.devices"), j,
				   device)
			if (json_equal(group, json_object_get(device, "group")))
				return true;
	}
	return false;
}

/*
 * By its node, by its group in a container, or by its group in an iommufd that
 * takes the place of one. Where a process has both, only the module can tell.
 */
static const char *driven_by(const struct holder *p, const json_t *file,
			     const char *path)
{
	const json_t *group = json_object_get(file, "group");

	if (what_is(path) == NODE)
		return "node";
	if (json_is_integer(group) && is_bound(p, group))
		return "compatibility";
	if (p->has[CONTAINER] == p->has[IOMMUFD])
		return NULL;
	return p->has[CONTAINER] ? "container" : "compatibility";
}

static void judge(struct holder *p, size_t first)
{
	for (size_t i = first; i < json_array_size(p->all->files); i++) {
		json_t *file = json_array_get(p->all->files, i);
		const char *kind =
			json_string_value(json_object_get(file, "kind"));
		const char *path =
			json_string_value(json_object_get(file, "path"));
		const char *way = strcmp(kind, "device") &&
						  strcmp(kind, "group")
					  ? NULL
					  : driven_by(p, file, path);

		if (way)
			json_object_set_new(file, "driven_by",
					    json_string(way));
	}
}

/* What a limit of /proc/PID/limits is, in bytes; null for none. */
static json_t *limit_json(const char *limits)
{
	const char *line = limits ? strstr(limits, "Max locked memory") : NULL;
	unsigned long long bytes;

	if (!line || sscanf(line, "Max locked memory %llu", &bytes) != 1)
		return json_null();
	return json_hex64(bytes);
}

static void add_process(struct holder *p)
{
	char *status = procfs_text(p->pid, "status");
	char *limits = procfs_text(p->pid, "limits");
	const char *uid = procfs_line(status, "Uid");

	/* What it had open is told all the same. */
	if (!status)
		p->all->changed = true;
	json_array_append_new(
		p->all->processes,
		json_pack("{s:i, s:O, s:o, s:o, s:o, s:o}", "pid", (int)p->pid,
			  "command", p->command, "uid",
			  uid ? json_integer((json_int_t)strtoul(uid, NULL, 10))
			      : json_null(),
			  "pinned_bytes",
			  json_hex64(procfs_kilobytes(status, "VmPin")),
			  "locked_bytes",
			  json_hex64(procfs_kilobytes(status, "VmLck")),
			  "lock_limit", limit_json(limits)));
	free(limits);
	free(status);
}

static bool is_kernel_thread(pid_t pid)
{
	char *stat = procfs_text(pid, "stat");
	const char *rest = stat ? strrchr(stat, ')') : NULL;
	unsigned long flags = 0;

	if (rest)
		sscanf(rest, ") %*c %*d %*d %*d %*d %*d %lu", &flags);
	free(stat);
	return flags & STAT_KERNEL_THREAD;
}

void holders_begin(struct holders *h)
{
	*h = (struct holders){
		.processes = json_array(),
		.files = json_array(),
		.sockets = json_array(),
	};
}

void holders_end(struct holders *h)
{
	json_decref(h->processes);
	json_decref(h->files);
	json_decref(h->sockets);
}

int holders_add(struct holders *h, pid_t pid)
{
	struct holder p = { .all = h, .pid = pid };
	size_t first = json_array_size(h->files);
	int err = procfs_numbers(pid, "fd", &p.fds);

	if (err == EACCES || err == EPERM)
		h->hidden += !is_kernel_thread(pid);
	p.command = procfs_command(pid);
	for (size_t i = 0; i < p.fds.count; i++)
		look_at(&p, p.fds.number[i]);
	judge(&p, first);
	if (json_array_size(h->files) > first)
		add_process(&p);
	json_decref(p.command);
	numbers_free(&p.fds);
	return err;
}

int holders_add_all(struct holders *h)
{
	struct numbers all;
	int err = procfs_numbers(0, "", &all);

	for (size_t i = 0; i < all.count; i++)
		holders_add(h, (pid_t)all.number[i]);
	numbers_free(&all);
	return err;
}
