/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the running kernel was built with, and which modules lie beside it. */
#ifndef CLI_KERNEL_BUILD_H
#define CLI_KERNEL_BUILD_H

#include <stdbool.h>

/* CONFIG_UNKNOWN: the kernel's configuration is nowhere to be read. */
enum config {
	CONFIG_UNKNOWN,
	CONFIG_OFF,
	CONFIG_MODULE,
	CONFIG_BUILTIN,
};

/* @path becomes where it is, or belongs; the caller frees that. */
enum config kernel_config(const char *release, const char *option, char **path);
/* "off", as it is said of an option. */
const char *kernel_config_words(enum config value);

/* A module of the running kernel's, in a folder of its modules. */
bool kernel_has_module(const char *release, const char *folder,
		       const char *name);
/* One that came with this tool, by DKMS. */
bool kernel_has_ours(const char *release, const char *name);

#endif
