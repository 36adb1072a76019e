// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What our module shows of a descriptor, for tests on machines without it, to
 * be preloaded: the folder FAKE_MODULE is where debugfs is mounted, and has a
 * file fdinfo in place of that of each descriptor.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

FILE *fopen(const char *path, const char *mode)
{
	FILE *(*real)(const char *, const char *) = dlsym(RTLD_NEXT, "fopen");
	const char *folder = getenv("FAKE_MODULE"), *name = NULL;
	char other[4096];

	if (!strcmp(path, "/proc/self/mounts"))
		name = "mounts";
	else if (strstr(path, "/fdinfo/"))
		name = "fdinfo";
	if (!folder || !name)
		return real(path, mode);
	snprintf(other, sizeof(other), "%s/%s", folder, name);
	return real(other, mode);
}
