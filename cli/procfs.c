// SPDX-License-Identifier: GPL-2.0-or-later
#include "procfs.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "failure.h"

static char *path_of(pid_t pid, const char *name)
{
	return pid ? mem_asprintf("/proc/%d/%s", (int)pid, name)
		   : mem_asprintf("/proc/%s", name);
}

char *procfs_file(const char *path)
{
	FILE *file = fopen(path, "re");
	struct buf text = { 0 };
	size_t count;
	int err;

	if (!file)
		return NULL;
	do {
		buf_reserve(&text, 4096);
		count = fread(text.data + text.len, 1, text.cap - text.len,
			      file);
		text.len += count;
	} while (count);
	err = ferror(file) ? errno : 0;
	fclose(file);
	if (err) {
		buf_free(&text);
		errno = err;
		return NULL;
	}
	buf_putc(&text, '\0');
	return text.data;
}

char *procfs_text(pid_t pid, const char *name)
{
	char *path = path_of(pid, name), *text = procfs_file(path);
	int err = errno;

	free(path);
	errno = err;
	return text;
}

char *procfs_link(pid_t pid, const char *name)
{
	char *path = path_of(pid, name);
	char target[PATH_MAX];
	ssize_t length = readlink(path, target, sizeof(target) - 1);

	free(path);
	if (length < 0)
		return NULL;
	target[length] = '\0';
	return mem_strdup(target);
}

json_t *procfs_command(pid_t pid)
{
	char *comm = procfs_text(pid, "comm");
	json_t *json;

	if (comm)
		comm[strcspn(comm, "\n")] = '\0';
	json = json_text(comm ? comm : "");
	free(comm);
	return json;
}

const char *procfs_line(const char *text, const char *name)
{
	size_t length = strlen(name);

	while (text && *text) {
		if (!strncmp(text, name, length) && text[length] == ':') {
			text += length + 1;
			return text + strspn(text, " \t");
		}
		text = strchr(text, '\n');
		text += text != NULL;
	}
	return NULL;
}

uint64_t procfs_kilobytes(const char *text, const char *name)
{
	const char *line = procfs_line(text, name);

	return line ? strtoull(line, NULL, 10) * 1024 : 0;
}

void numbers_add(struct numbers *numbers, unsigned number)
{
	numbers->number =
		mem_realloc(numbers->number,
			    (numbers->count + 1) * sizeof(*numbers->number));
	numbers->number[numbers->count++] = number;
}

void numbers_free(struct numbers *numbers)
{
	free(numbers->number);
	*numbers = (struct numbers){ 0 };
}

static int by_number(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	return (x > y) - (x < y);
}

int procfs_numbers(pid_t pid, const char *folder, struct numbers *numbers)
{
	char *path = path_of(pid, folder);
	DIR *dir = opendir(path);
	struct dirent *entry;
	int err = errno;

	free(path);
	*numbers = (struct numbers){ 0 };
	if (!dir)
		return err;
	while ((errno = 0, entry = readdir(dir))) {
		if (isdigit((unsigned char)*entry->d_name))
			numbers_add(numbers,
				    (unsigned)strtoul(entry->d_name, NULL, 10));
	}
	err = errno;
	closedir(dir);
	if (numbers->count)
		qsort(numbers->number, numbers->count, sizeof(*numbers->number),
		      by_number);
	return err;
}
