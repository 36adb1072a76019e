// SPDX-License-Identifier: GPL-2.0-or-later
#include "sysfs_bars.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sysfs.h"
#include "sysfs_device.h"

#define BARS 6 /* the lines behind those are the ROM, and bridges' windows */

/* The kernel's IORESOURCE_MEM and IORESOURCE_MEM_64. */
#define RESOURCE_MEMORY 0x200
#define RESOURCE_64_BITS 0x100000

/* No bus has as much as that, so that nothing overflows. */
#define LARGEST (UINT64_C(1) << 52)

static void add_bar(const char *line, struct sysfs_bars *bars)
{
	uint64_t start, last, flags, size;

	if (sscanf(line, "%" SCNx64 " %" SCNx64 " %" SCNx64, &start, &last,
		   &flags) != 3 ||
	    !(flags & RESOURCE_MEMORY) || !(flags & RESOURCE_64_BITS) ||
	    last <= start || last - start >= LARGEST)
		return;
	size = last - start + 1;
	bars->total += size;
	if (size > bars->largest)
		bars->largest = size;
}

void sysfs_bars_add(const struct sysfs_device *d, struct sysfs_bars *bars)
{
	char *text = sysfs_read(d->path, "resource"), *rest = NULL;
	char *line = text ? strtok_r(text, "\n", &rest) : NULL;

	for (int i = 0; line && i < BARS; i++) {
		add_bar(line, bars);
		line = strtok_r(NULL, "\n", &rest);
	}
	free(text);
}
