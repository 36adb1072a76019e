// SPDX-License-Identifier: GPL-2.0-or-later
#include "process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t process_status(const char *name, int base)
{
	FILE *file = fopen("/proc/self/status", "re");
	size_t size = 0, len = strlen(name);
	uint64_t value = 0;
	char *line = NULL;

	while (file && getline(&line, &size, file) >= 0)
		if (!strncmp(line, name, len) && line[len] == ':')
			value = strtoull(line + len + 1, NULL, base);
	free(line);
	if (file)
		fclose(file);
	return value;
}

uint64_t process_pinned(void)
{
	return process_status("VmPin", 10) * 1024;
}
