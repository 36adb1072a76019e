/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What our kernel module shows of a context in debugfs, iommufd-debugfs(5), as
 * a tree. Its files are lines of words, most of them key=value; lines that are
 * cut or make no sense are left out and counted, keys that are not known are
 * passed over, and those that are missing are null.
 */
#ifndef CLI_DEBUGFS_H
#define CLI_DEBUGFS_H

#include <jansson.h>
#include <stdint.h>

#include "failure.h"

/* A context's folder, to be freed with debugfs_close(). */
struct debugfs {
	char *folder;
	unsigned odd; /* lines so far that made no sense */
};

/* Finds it where debugfs is mounted, and sees to it that it is this one. */
enum status debugfs_open(struct debugfs *d, uint64_t context,
			 struct failure *f);
void debugfs_close(struct debugfs *d);

/* These are NULL when the file cannot be read, for which errno is set. */

/* Who has opened it: pid, command, uid. */
json_t *debugfs_opener(struct debugfs *d);
json_t *debugfs_objects(struct debugfs *d);
json_t *debugfs_areas(struct debugfs *d, uint32_t ioas_id);
/* Reserved ranges with their owners, and those that are allowed. */
json_t *debugfs_reserved(struct debugfs *d, uint32_t ioas_id, json_t **allowed);

/* debugfs_text.c: the same of a text. */
json_t *debugfs_parse_objects(const char *text, unsigned *odd);
json_t *debugfs_parse_areas(const char *text, unsigned *odd);
json_t *debugfs_parse_reserved(const char *text, json_t *allowed,
			       unsigned *odd);
/* A word with \ooo in it, as the kernel writes blanks; to be freed. */
char *debugfs_unescape(const char *word, size_t length);

#endif
