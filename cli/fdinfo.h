/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What our kernel module says of an open /dev/iommu, iommufd-fdinfo(5), as a
 * tree. Linux's own says nothing.
 */
#ifndef CLI_FDINFO_H
#define CLI_FDINFO_H

#include <jansson.h>

/* Of the text of /proc/PID/fdinfo/FD; JSON's null where there is nothing. */
json_t *fdinfo_json(const char *text);

#endif
