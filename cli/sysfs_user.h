/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who has a device open through VFIO, by its node or that of its group, as far
 * as the caller may look. The nodes go when a driver does, but whoever has them
 * open is still known by them.
 */
#ifndef CLI_SYSFS_USER_H
#define CLI_SYSFS_USER_H

#include <sys/types.h>

#include "failure.h"

struct sysfs_device;

struct sysfs_nodes {
	dev_t number[2];
	char *path[2];
	size_t count;
};

void sysfs_nodes_find(struct sysfs_nodes *nodes, const struct sysfs_device *d);
/* Takes over @path, which may be NULL or lead to no node. */
void sysfs_nodes_add(struct sysfs_nodes *nodes, char *path);
void sysfs_nodes_free(struct sysfs_nodes *nodes);
/* A process but @except that has one of them open, and which; or 0. */
pid_t sysfs_nodes_user(const struct sysfs_nodes *nodes, pid_t except,
		       const char **node);
/* What to type about a process that has something open. */
void sysfs_user_hint(pid_t pid, struct failure *f);
/* Nobody has, or it fails with the first who has. */
enum status sysfs_check_unopened(const struct sysfs_device *d,
				 const struct sysfs_nodes *nodes,
				 struct failure *f);

#endif
