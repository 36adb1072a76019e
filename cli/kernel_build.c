// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel_build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"

/* Where distributions leave it: the first that is there is the kernel's. */
static const struct {
	const char *before, *after; /* the release */
} places[] = {
	{ "/boot/config-", "" },
	{ "/lib/modules/", "/config" },
	{ "/lib/modules/", "/build/.config" },
};

#define PLACES (sizeof(places) / sizeof(*places))

static enum config value_in(FILE *file, const char *option)
{
	enum config value = CONFIG_OFF;
	size_t size = 0, len = strlen(option);
	char *line = NULL;

	while (getline(&line, &size, file) >= 0)
		if (!strncmp(line, option, len) && line[len] == '=')
			value = line[len + 1] == 'm' ? CONFIG_MODULE
						     : CONFIG_BUILTIN;
	free(line);
	return value;
}

/* Some kernels bring it themselves, compressed. */
static enum config value_in_kernel(const char *option, char **path)
{
	enum config value;
	FILE *file;

	if (access("/proc/config.gz", R_OK))
		return CONFIG_UNKNOWN;
	file = popen("gzip -dc /proc/config.gz 2>/dev/null", "re");
	if (!file)
		return CONFIG_UNKNOWN;
	value = value_in(file, option);
	if (pclose(file))
		return CONFIG_UNKNOWN;
	free(*path);
	*path = mem_strdup("/proc/config.gz");
	return value;
}

enum config kernel_config(const char *release, const char *option, char **path)
{
	enum config value;

	for (size_t i = 0; i < PLACES; i++) {
		FILE *file;

		*path = mem_asprintf("%s%s%s", places[i].before, release,
				     places[i].after);
		file = fopen(*path, "re");
		if (file) {
			value = value_in(file, option);
			fclose(file);
			return value;
		}
		free(*path);
	}
	*path = mem_asprintf("%s%s", places[0].before, release);
	return value_in_kernel(option, path);
}

const char *kernel_config_words(enum config value)
{
	static const char *const words[] = {
		[CONFIG_UNKNOWN] = "cannot be read",
		[CONFIG_OFF] = "off",
		[CONFIG_MODULE] = "a module",
		[CONFIG_BUILTIN] = "built in",
	};

	return words[value];
}

bool kernel_has_module(const char *release, const char *folder,
		       const char *name)
{
	static const char *const ends[] = { "", ".xz", ".zst", ".gz" };
	bool found = false;

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends) && !found; i++) {
		char *path = mem_asprintf("/lib/modules/%s/%s/%s.ko%s", release,
					  folder, name, ends[i]);

		found = !access(path, F_OK);
		free(path);
	}
	return found;
}

bool kernel_has_ours(const char *release, const char *name)
{
	return kernel_has_module(release, "updates/dkms", name) ||
	       kernel_has_module(release, "updates", name) ||
	       kernel_has_module(release, "extra", name);
}
