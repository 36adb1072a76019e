/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading and writing sysfs. What is there comes and goes while it is looked
 * at, so nothing but a write fails: what is gone, is too long or is something
 * else than it should be is not there. /proc is much the same. All paths are
 * made by the caller, of names that sysfs or pci_address() gave; none is what a
 * person typed.
 */
#ifndef CLI_SYSFS_H
#define CLI_SYSFS_H

#include <stdbool.h>
#include <stddef.h>

#include "failure.h"

struct names {
	char **name;
	size_t count, cap;
};

/* All of these: the caller frees what they give; NULL is "not there". */

/* The content of @dir/@name without the line feed at its end. */
char *sysfs_read(const char *dir, const char *name);
/* The last part of what the symbolic link @dir/@name leads to. */
char *sysfs_link(const char *dir, const char *name);
/* What is in a directory: the shorter names first, each length in order. */
struct names sysfs_list(const char *dir);
void names_free(struct names *names);

/* Is it a decimal number, one that surely fits into 32 bits? */
bool sysfs_is_number(const char *text);
/* Can it stand in a command, for a shell to read it as it is? */
bool sysfs_is_plain(const char *text);
bool sysfs_has(const char *dir, const char *name);
/* A failure has the errno of what refused it. */
enum status sysfs_write(const char *dir, const char *name, const char *text,
			struct failure *f);

#endif
