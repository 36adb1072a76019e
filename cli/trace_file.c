// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a descriptor of another process is: iommufd and each of VFIO's files
 * give the same numbers another meaning. A node's name may be anything in a
 * container, so it is the device's number that tells.
 */
#include <linux/kcmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "buf.h"
#include "sysfs.h"
#include "trace.h"
#include "vfio_newer.h"

#include <linux/vfio.h>

static const struct {
	const char *name;
	enum trace_kind kind;
} nodes[] = {
	{ "iommu", TRACE_IOMMUFD },
	{ "vfio/vfio", TRACE_CONTAINER },
	{ "vfio/devices/", TRACE_DEVICE },
	{ "vfio/", TRACE_GROUP },
};

const char *trace_kind_name(enum trace_kind kind)
{
	static const char *const names[] = { "other", "iommufd", "container",
					     "group", "device" };

	return names[kind];
}

static char *read_link(const char *path)
{
	char target[256];
	ssize_t length = readlink(path, target, sizeof(target) - 1);

	if (length < 0)
		return NULL;
	target[length] = '\0';
	return mem_strdup(target);
}

static char *folder_of(uint64_t node)
{
	return mem_asprintf("/sys/dev/char/%u:%u", major(node), minor(node));
}

/* A name, or with a slash at its end all that begin so. */
static bool is_named(const char *name, size_t length, const char *pattern)
{
	size_t need = strlen(pattern);

	return !strncmp(name, pattern, need) &&
	       (length == need || pattern[need - 1] == '/');
}

/* By what the kernel calls the node: "vfio/devices/vfio0" */
static enum trace_kind kind_of(const char *folder)
{
	static const char key[] = "DEVNAME=";
	char *event = sysfs_read(folder, "uevent");
	const char *name = event ? strstr(event, key) : NULL;
	enum trace_kind kind = TRACE_OTHER;

	if (name)
		name += sizeof(key) - 1;
	for (size_t i = 0; name && !kind && i < sizeof(nodes) / sizeof(*nodes);
	     i++)
		if (is_named(name, strcspn(name, "\n"), nodes[i].name))
			kind = nodes[i].kind;
	free(event);
	return kind;
}

static void look_at_node(const struct trace_files *files,
			 struct trace_file *file)
{
	char *folder = folder_of(file->node);

	file->kind = file->node == files->iommufd ? TRACE_IOMMUFD
						  : kind_of(folder);
	if (file->kind == TRACE_DEVICE)
		file->device = sysfs_link(folder, "device");
	free(folder);
}

/* Newer kernels say which device a descriptor from a group is. */
static char *device_of(pid_t pid, int fd)
{
	char *path = mem_asprintf("/proc/%d/fdinfo/%d", (int)pid, fd),
	     line[512], *device = NULL, *name;
	FILE *file = fopen(path, "re");

	while (file && !device && fgets(line, sizeof(line), file)) {
		if (strncmp(line, "vfio-device-syspath:", 20))
			continue;
		line[strcspn(line, "\n")] = '\0';
		name = strrchr(line, '/');
		device = name ? mem_strdup(name + 1) : NULL;
	}
	if (file)
		fclose(file);
	free(path);
	return device;
}

static bool same_open_file(const struct trace_file *a,
			   const struct trace_file *b)
{
	return a->kind == b->kind && a->node == b->node &&
	       !syscall(SYS_kcmp, a->pid, b->pid, KCMP_FILE, a->fd, b->fd);
}

/* What is known of it under another number, or in another process. */
static void share(struct trace_files *files, struct trace_file *file)
{
	for (size_t i = 0; i < files->count && !file->objects; i++) {
		const struct trace_file *other = files->file[i];

		if (other == file || !same_open_file(file, other))
			continue;
		file->objects = trace_objects_get(other->objects);
		file->open = other->open;
		if (!file->device && other->device)
			file->device = mem_strdup(other->device);
	}
	if (file->objects)
		return;
	file->objects = trace_objects_get(NULL);
	file->open = ++files->opens;
}

static void forget(struct trace_file *file)
{
	free(file->path);
	free(file->device);
	trace_objects_put(file->objects);
	*file = (struct trace_file){ .pid = file->pid, .fd = file->fd };
}

static struct trace_file *place_of(struct trace_files *files, pid_t pid, int fd)
{
	struct trace_file *file;

	for (size_t i = 0; i < files->count; i++)
		if (files->file[i]->pid == pid && files->file[i]->fd == fd)
			return files->file[i];
	file = mem_realloc(NULL, sizeof(*file));
	*file = (struct trace_file){ .pid = pid, .fd = fd };
	/* By doubling: it grows when the count is a power of two. */
	if (!(files->count & (files->count - 1)))
		files->file = mem_realloc(
			files->file, (files->count ? 2 * files->count : 1) *
					     sizeof(*files->file));
	return files->file[files->count++] = file;
}

/* Is the descriptor still of that node? */
static bool is_there(const struct trace_file *file)
{
	char link[64];
	struct stat st;

	snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)file->pid,
		 file->fd);
	return !stat(link, &st) &&
	       (S_ISCHR(st.st_mode) ? st.st_rdev : 0) == file->node;
}

struct trace_file *trace_file(struct trace_files *files, pid_t pid, int fd)
{
	char link[64];
	struct trace_file *file;
	struct stat st;
	uint64_t node;

	snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)pid, fd);
	if (fd < 0 || stat(link, &st))
		return NULL;
	node = S_ISCHR(st.st_mode) ? st.st_rdev : 0;
	file = place_of(files, pid, fd);
	if (node && file->kind && file->node == node)
		return file;
	if (!node && file->kind == TRACE_DEVICE && !file->node)
		return file;
	forget(file);
	file->path = read_link(link);
	if (!file->path)
		file->path = mem_strdup("?");
	file->node = node;
	if (node) {
		look_at_node(files, file);
	} else if (!strcmp(file->path, "anon_inode:[vfio-device]")) {
		file->kind = TRACE_DEVICE;
		file->device = device_of(pid, fd);
	}
	if (!file->kind)
		return NULL;
	share(files, file);
	return file;
}

void trace_file_device(struct trace_files *files, pid_t pid, int fd,
		       const char *name)
{
	struct trace_file *file = place_of(files, pid, fd);

	/* Whatever had the number before is closed. */
	forget(file);
	file = trace_file(files, pid, fd);
	if (!file)
		return;
	free(file->device);
	file->device = mem_strdup(name);
}

json_t *trace_file_json(const struct trace_file *file)
{
	return json_pack("{s:s, s:o, s:o, s:I}", "kind",
			 trace_kind_name(file->kind), "path",
			 json_text(file->path ? file->path : "?"), "device",
			 json_text_or_null(file->device), "open",
			 (json_int_t)file->open);
}

static void tell(struct trace_files *files, pid_t pid, const char *field,
		 int fd, json_t *list)
{
	const struct trace_file *file = trace_file(files, pid, fd);
	json_t *told;

	if (!file)
		return;
	told = json_pack("{s:s, s:i}", "field", field, "fd", fd);
	json_object_update_new(told, trace_file_json(file));
	json_array_append_new(list, told);
}

json_t *trace_files_tell(struct trace_files *files, pid_t pid,
			 const struct trace_call *call)
{
	const struct vfio_container_fd *set = (const void *)call->bytes;
	const struct vfio_device_bind_iommufd *bound =
		(const void *)call->bytes;
	json_t *list = json_array(), *fds, *fd;
	size_t i;

	if (call->request == &vfio_set_container_request &&
	    call->length == sizeof(*set))
		tell(files, pid, "container", set->container, list);
	else if (call->request == &vfio_bind_request &&
		 call->length == sizeof(*bound))
		tell(files, pid, "iommufd", bound->iommufd, list);
	if (call->request != &vfio_hot_reset_request)
		return list;
	fds = json_object_get(call->asked, "descriptors");
	json_array_foreach(fds, i, fd)
		tell(files, pid, "descriptors", (int)json_integer_value(fd),
		     list);
	return list;
}

json_t *trace_files_closed(struct trace_files *files, pid_t pid)
{
	json_t *closed = NULL;

	for (size_t i = 0; i < files->count && !closed; i++) {
		struct trace_file *file = files->file[i];

		if (file->pid != pid || !file->kind || is_there(file))
			continue;
		closed = trace_file_json(file);
		json_object_set_new(closed, "fd", json_integer(file->fd));
		forget(file);
	}
	return closed;
}

void trace_files_end(struct trace_files *files, pid_t pid)
{
	for (size_t i = files->count; i--;) {
		if (files->file[i]->pid != pid)
			continue;
		forget(files->file[i]);
		free(files->file[i]);
		files->file[i] = files->file[--files->count];
	}
}

void trace_files_free(struct trace_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		forget(files->file[i]);
		free(files->file[i]);
	}
	free(files->file);
}
