// SPDX-License-Identifier: GPL-2.0-or-later
#include "sysfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"

/* An attribute is no longer than a page. */
#define CONTENT_MAX 4096

static int open_in(const char *dir, const char *name, int flags)
{
	char *path = mem_asprintf("%s/%s", dir, name);
	/* Nothing there makes anyone wait, whatever it is. */
	int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int err = errno;

	free(path);
	errno = err;
	return fd;
}

static bool is_attribute(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISREG(st.st_mode);
}

char *sysfs_read(const char *dir, const char *name)
{
	int fd = open_in(dir, name, O_RDONLY);
	char text[CONTENT_MAX + 1];
	ssize_t got = -1;

	if (fd < 0)
		return NULL;
	if (is_attribute(fd))
		got = read(fd, text, sizeof(text));
	close(fd);
	if (got < 0 || got > CONTENT_MAX)
		return NULL;
	text[got] = '\0';
	if (strlen(text) < (size_t)got)
		return NULL;
	if (got && text[got - 1] == '\n')
		text[got - 1] = '\0';
	return mem_strdup(text);
}

char *sysfs_link(const char *dir, const char *name)
{
	char *path = mem_asprintf("%s/%s", dir, name);
	char target[PATH_MAX], *last;
	ssize_t got = readlink(path, target, sizeof(target));

	free(path);
	if (got <= 0 || got == sizeof(target))
		return NULL;
	target[got] = '\0';
	last = strrchr(target, '/');
	last = last ? last + 1 : target;
	/* No name may lead up when it becomes part of a path again. */
	return *last && *last != '.' ? mem_strdup(last) : NULL;
}

static int by_name(const void *a, const void *b)
{
	const char *x = *(char *const *)a, *y = *(char *const *)b;
	size_t x_len = strlen(x), y_len = strlen(y);

	if (x_len != y_len)
		return x_len < y_len ? -1 : 1;
	return strcmp(x, y);
}

struct names sysfs_list(const char *dir)
{
	struct names names = { 0 };
	struct dirent *entry;
	DIR *stream = opendir(dir);

	while (stream && (entry = readdir(stream))) {
		if (*entry->d_name == '.')
			continue;
		if (names.count == names.cap) {
			names.cap = names.cap ? 2 * names.cap : 16;
			names.name = mem_realloc(
				names.name, names.cap * sizeof(*names.name));
		}
		names.name[names.count++] = mem_strdup(entry->d_name);
	}
	if (stream)
		closedir(stream);
	if (names.count)
		qsort(names.name, names.count, sizeof(*names.name), by_name);
	return names;
}

void names_free(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->name[i]);
	free(names->name);
	*names = (struct names){ 0 };
}

bool sysfs_has(const char *dir, const char *name)
{
	char *path = mem_asprintf("%s/%s", dir, name);
	bool has = !access(path, F_OK);

	free(path);
	return has;
}

enum status sysfs_write(const char *dir, const char *name, const char *text,
			struct failure *f)
{
	int fd = open_in(dir, name, O_WRONLY);
	size_t len = strlen(text);

	if (fd >= 0 && !is_attribute(fd)) {
		close(fd);
		errno = ENXIO;
		fd = -1;
	}
	if (fd < 0 || write(fd, text, len) != (ssize_t)len)
		fail_errno(f, "%s/%s", dir, name);
	if (fd >= 0)
		close(fd);
	return f->status;
}

bool sysfs_is_number(const char *text)
{
	size_t len = strspn(text, "0123456789");

	return len && len < 10 && !text[len];
}

bool sysfs_is_plain(const char *text)
{
	return !text[strspn(text, "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789._:@+-/")];
}
