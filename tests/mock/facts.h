/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What /proc/self/fdinfo says of a descriptor, by key. */
#ifndef TESTS_MOCK_FACTS_H
#define TESTS_MOCK_FACTS_H

#include <inttypes.h>

#include "mock.h"

/* As it was read at one time. */
struct facts {
	char text[1 << 18];
};

static inline void facts_read(struct facts *facts, int fd)
{
	size_t length = 0;
	ssize_t count;
	char path[64];
	int file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		tap_bail_out("no fdinfo");
	do {
		count = read(file, facts->text + length,
			     sizeof(facts->text) - 1 - length);
		length += count > 0 ? count : 0;
	} while (count > 0);
	close(file);
	facts->text[length] = 0;
}

/* The value of a key, which ends with its line, or NULL. */
static inline const char *facts_find(const struct facts *facts, const char *key)
{
	size_t length = strlen(key);
	const char *line = facts->text;

	while (strncmp(line, key, length) || strncmp(line + length, ":\t", 2)) {
		line = strchr(line, '\n');
		if (!line || !*++line)
			return NULL;
	}
	return line + length + 2;
}

/* The same for a number, -1 without the key. */
static inline int64_t facts_number(const struct facts *facts, const char *key)
{
	const char *value = facts_find(facts, key);

	return value ? strtoll(value, NULL, 10) : -1;
}

/* Of "KIND-ID-NAME". */
static inline int64_t facts_of(const struct facts *facts, const char *kind,
			       uint32_t id, const char *name)
{
	char key[96];

	snprintf(key, sizeof(key), "%s-%" PRIu32 "-%s", kind, id, name);
	return facts_number(facts, key);
}

#endif
