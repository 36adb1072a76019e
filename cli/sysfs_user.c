// SPDX-License-Identifier: GPL-2.0-or-later
#include "sysfs_user.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "sysfs.h"
#include "sysfs_device.h"

void sysfs_nodes_add(struct sysfs_nodes *nodes, char *path)
{
	struct stat st;

	if (path && !stat(path, &st) && S_ISCHR(st.st_mode)) {
		nodes->path[nodes->count] = path;
		nodes->number[nodes->count++] = st.st_rdev;
	} else {
		free(path);
	}
}

void sysfs_nodes_find(struct sysfs_nodes *nodes, const struct sysfs_device *d)
{
	*nodes = (struct sysfs_nodes){ 0 };
	sysfs_nodes_add(nodes, sysfs_group_node_path(d->group));
	sysfs_nodes_add(nodes, sysfs_device_node_path(d));
}

void sysfs_nodes_free(struct sysfs_nodes *nodes)
{
	for (size_t i = 0; i < nodes->count; i++)
		free(nodes->path[i]);
	*nodes = (struct sysfs_nodes){ 0 };
}

/* The path of the one that process @pid has open, or NULL. */
static const char *find_open(const struct sysfs_nodes *nodes, const char *pid)
{
	char *dir = mem_asprintf("/proc/%s/fd", pid);
	const char *found = NULL;
	DIR *fds = opendir(dir);
	struct dirent *entry;
	struct stat st;

	free(dir);
	while (fds && !found && (entry = readdir(fds))) {
		if (fstatat(dirfd(fds), entry->d_name, &st, 0) ||
		    !S_ISCHR(st.st_mode))
			continue;
		for (size_t i = 0; i < nodes->count; i++)
			if (st.st_rdev == nodes->number[i])
				found = nodes->path[i];
	}
	if (fds)
		closedir(fds);
	return found;
}

pid_t sysfs_nodes_user(const struct sysfs_nodes *nodes, pid_t except,
		       const char **node)
{
	struct names processes = sysfs_list("/proc");
	pid_t found = 0;

	for (size_t i = 0; i < processes.count && nodes->count && !found; i++) {
		const char *name = processes.name[i];
		pid_t pid = sysfs_is_number(name)
				    ? (pid_t)strtol(name, NULL, 10)
				    : except;

		*node = pid != except ? find_open(nodes, name) : NULL;
		if (*node)
			found = pid;
	}
	names_free(&processes);
	return found;
}

static char *command_of(pid_t pid)
{
	char *dir = mem_asprintf("/proc/%d", (int)pid);
	char *command = sysfs_read(dir, "comm");

	free(dir);
	return command;
}

void sysfs_user_hint(pid_t pid, struct failure *f)
{
	char *command = command_of(pid);

	if (pid == getpid())
		fail_hint(f, "iommufdctl device close ID");
	else if (command && !strncmp(command, "iommufd:", 8))
		fail_hint(f, "iommufdctl session list");
	else
		fail_hint(f, "ps -p %d", (int)pid);
	free(command);
}

enum status sysfs_check_unopened(const struct sysfs_device *d,
				 const struct sysfs_nodes *nodes,
				 struct failure *f)
{
	const char *node;
	pid_t pid = sysfs_nodes_user(nodes, 0, &node);
	char *command;

	if (!pid)
		return STATUS_OK;
	command = command_of(pid);
	fail(f, "%s is in use: process %d%s%s%s has %s open", d->name, (int)pid,
	     command ? " (" : "", command ? command : "", command ? ")" : "",
	     node);
	sysfs_user_hint(pid, f);
	free(command);
	return f->status;
}
