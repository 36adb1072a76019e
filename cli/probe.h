/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this kernel's /dev/iommu can do, by asking without changing anything:
 * every question is one that cannot succeed, and how it fails tells.
 */
#ifndef CLI_PROBE_H
#define CLI_PROBE_H

#include <jansson.h>

/* All there is, in the order of the ioctls, as objects. */
json_t *probe_all(int fd);

#endif
