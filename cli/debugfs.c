// SPDX-License-Identifier: GPL-2.0-or-later
#include "debugfs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "procfs.h"
#include "sysfs.h"

#define USUAL "/sys/kernel/debug"
#define LOCKDOWN "/sys/kernel/security"

/* The next word of a line; its length is 0 at the end. */
static const char *next_word(const char *text, size_t *length)
{
	text += strspn(text, " ");
	*length = strcspn(text, " \n");
	return text;
}

/* Where it is mounted first, or NULL: "WHAT WHERE TYPE ..." a line. */
static char *find_mount(void)
{
	char *mounts = procfs_text(0, "self/mounts"), *found = NULL;
	const char *line = mounts, *where, *type;
	size_t length, where_length, type_length;

	while (line && *line && !found) {
		where = next_word(line, &length);
		where = next_word(where + length, &where_length);
		type = next_word(where + where_length, &type_length);
		if (type_length == 7 && !memcmp(type, "debugfs", 7))
			found = debugfs_unescape(where, where_length);
		line = strchr(line, '\n');
		line += line != NULL;
	}
	free(mounts);
	return found;
}

static bool is_locked_down(void)
{
	char *text = sysfs_read(LOCKDOWN, "lockdown");
	bool locked = text && !strstr(text, "[none]");

	free(text);
	return locked;
}

static enum status not_mounted(struct failure *f)
{
	fail(f, "debugfs is not mounted");
	fail_hint(f, "sudo mount -t debugfs none " USUAL);
	return f->status;
}

/* The folder of the context cannot be looked at: errno is set. */
static enum status no_folder(const char *mount, const char *folder,
			     struct failure *f)
{
	if (errno == EACCES)
		fail(f, "only root may look into %s", mount);
	else if (errno == EPERM && is_locked_down())
		fail(f, "the kernel is locked down, and with it %s", mount);
	else if (errno == ENOENT)
		fail(f, "there is no %s", folder);
	else if (errno == EIO)
		fail(f, "the context is just being closed");
	else
		fail_errno(f, "%s", folder);
	return f->status;
}

static char *text_of(const char *folder, const char *name)
{
	char *path = mem_asprintf("%s/%s", folder, name);
	char *text = procfs_file(path);
	int err = errno;

	free(path);
	errno = err;
	return text;
}

/* Numbers of contexts begin anew when the module is loaded anew. */
static bool is_context(const char *text, uint64_t number)
{
	const char *line = procfs_line(text, "iommufd-context");

	return line && strtoull(line, NULL, 10) == number;
}

enum status debugfs_open(struct debugfs *d, uint64_t context, struct failure *f)
{
	char *mount = find_mount(), *text;

	*d = (struct debugfs){ 0 };
	if (!mount)
		return not_mounted(f);
	d->folder = mem_asprintf("%s/iommufd/%" PRIu64, mount, context);
	text = text_of(d->folder, "context");
	if (!text)
		no_folder(mount, d->folder, f);
	else if (!is_context(text, context))
		fail(f, "%s is not of this context", d->folder);
	if (f->status)
		debugfs_close(d);
	free(text);
	free(mount);
	return f->status;
}

void debugfs_close(struct debugfs *d)
{
	free(d->folder);
	*d = (struct debugfs){ .odd = d->odd };
}

static json_t *number_json(const char *line)
{
	return line && *line >= '0' && *line <= '9'
		       ? json_integer((json_int_t)strtoul(line, NULL, 10))
		       : json_null();
}

json_t *debugfs_opener(struct debugfs *d)
{
	char *text = text_of(d->folder, "context"), *command;
	const char *line = procfs_line(text, "opener-command");
	const char *pid = procfs_line(text, "opener-pid");
	json_t *opener = NULL;

	if (!text)
		return NULL;
	command = line ? debugfs_unescape(line, strcspn(line, " \n")) : NULL;
	/* 0 is one that has ended, or that we cannot see. */
	opener = json_pack("{s:o, s:o, s:o}", "pid",
			   number_json(pid && *pid == '0' ? NULL : pid),
			   "command", json_text_or_null(command), "uid",
			   number_json(procfs_line(text, "opener-uid")));
	free(command);
	free(text);
	return opener;
}

json_t *debugfs_objects(struct debugfs *d)
{
	char *text = text_of(d->folder, "objects");
	json_t *list = text ? debugfs_parse_objects(text, &d->odd) : NULL;

	free(text);
	return list;
}

static char *ioas_text(const struct debugfs *d, uint32_t ioas_id,
		       const char *name)
{
	char *path = mem_asprintf("ioas/%" PRIu32 "/%s", ioas_id, name);
	char *text = text_of(d->folder, path);
	int err = errno;

	free(path);
	errno = err;
	return text;
}

json_t *debugfs_areas(struct debugfs *d, uint32_t ioas_id)
{
	char *text = ioas_text(d, ioas_id, "areas");
	json_t *list = text ? debugfs_parse_areas(text, &d->odd) : NULL;

	free(text);
	return list;
}

json_t *debugfs_reserved(struct debugfs *d, uint32_t ioas_id, json_t **allowed)
{
	char *text = ioas_text(d, ioas_id, "ranges");
	json_t *list = NULL;

	*allowed = text ? json_array() : NULL;
	if (text)
		list = debugfs_parse_reserved(text, *allowed, &d->odd);
	free(text);
	return list;
}
