/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What /proc says of processes. Any of them can end at any time: whoever asks
 * gets NULL then, as errno says.
 */
#ifndef CLI_PROCFS_H
#define CLI_PROCFS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A whole file by its path, or of a process; the caller frees it. */
char *procfs_file(const char *path);
char *procfs_text(pid_t pid, const char *name);
/* Where a link of one leads; the caller frees it. */
char *procfs_link(pid_t pid, const char *name);
/* What it calls itself; "" when it has ended. */
json_t *procfs_command(pid_t pid);
/* "NAME:	REST" in such a file: where REST begins, which ends its line. */
const char *procfs_line(const char *text, const char *name);
/* A number of kilobytes in a line of it, in bytes; 0 without the line. */
uint64_t procfs_kilobytes(const char *text, const char *name);

struct numbers {
	unsigned *number;
	size_t count;
};

/*
 * The names in a folder of @pid, or of /proc for 0, that are numbers, in order;
 * numbers_free() lets go of them, whatever this returns: 0, or the errno of why
 * the folder cannot be read (on).
 */
int procfs_numbers(pid_t pid, const char *folder, struct numbers *numbers);
void numbers_add(struct numbers *numbers, unsigned number);
void numbers_free(struct numbers *numbers);

#endif
