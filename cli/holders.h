/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who has /dev/iommu, VFIO's container, groups and devices open. Files are
 * known by the names that /proc shows them under, so that this works with any
 * kernel; what a file holds is told by our module only.
 */
#ifndef CLI_HOLDERS_H
#define CLI_HOLDERS_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#include "failure.h"

struct holders {
	json_t *processes; /* those that have any, by their ids */
	json_t *files; /* a descriptor each, in the order of those */
	json_t *sockets; /* with descriptors that nobody has taken out yet */
	unsigned hidden; /* processes that could not be looked at */
	bool changed; /* something ended or was closed meanwhile */
	unsigned opened; /* how many different files there are */
};

void holders_begin(struct holders *h);
void holders_end(struct holders *h);
/* 0, or the errno of why there is nothing to be seen of the process. */
int holders_add(struct holders *h, pid_t pid);
/* All that there are. */
int holders_add_all(struct holders *h);
/*
 * Leaves only what keeps others from a device or a group: "0000:00:03.0",
 * "00:03.0", "vfio0" or "7". That is what is open of any device of the group.
 */
enum status holders_only(struct holders *h, const char *target,
			 struct failure *f);

#endif
