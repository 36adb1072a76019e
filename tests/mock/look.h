/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What debugfs says of a descriptor: its files, whole, and lines of them. */
#ifndef TESTS_MOCK_LOOK_H
#define TESTS_MOCK_LOOK_H

#include "facts.h"

#define LOOK_ROOT "/sys/kernel/debug/iommufd"

/* "context", "objects" or "ioas/ID/areas" of a context, by its number. */
static inline int look_open_of(int64_t context, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), LOOK_ROOT "/%" PRId64 "/%s", context,
		 name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static inline int64_t look_context(int fd)
{
	struct facts facts;

	facts_read(&facts, fd);
	return facts_number(&facts, "iommufd-context");
}

static inline int look_open(int fd, const char *name)
{
	int file = look_open_of(look_context(fd), name);

	if (file < 0)
		tap_bail_out("nothing in debugfs");
	return file;
}

static inline int look_open_ioas(int fd, uint32_t ioas, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "ioas/%" PRIu32 "/%s", ioas, name);
	return look_open(fd, path);
}

/* The rest of a file, read by so many bytes at once; closes it. */
static inline ssize_t look_read_by(int file, char *text, size_t size,
				   size_t step)
{
	size_t length = 0;
	ssize_t count;

	do {
		size_t room = size - 1 - length;

		count = read(file, text + length, step < room ? step : room);
		if (count < 0)
			count = -errno;
		else
			length += count;
	} while (count > 0);
	text[length] = 0;
	close(file);
	return count < 0 ? count : (ssize_t)length;
}

static inline ssize_t look_read(int file, char *text, size_t size)
{
	return look_read_by(file, text, size, size);
}

/* What follows "KEY=" in a line, as a number; -1 without it. */
static inline int64_t look_number(const char *line, const char *key)
{
	const char *end = strchrnul(line, '\n');
	char word[32];
	const char *at;

	snprintf(word, sizeof(word), " %s=", key);
	at = strstr(line, word);
	return at && at < end ? strtoll(at + strlen(word), NULL, 0) : -1;
}

#endif
