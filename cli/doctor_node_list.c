// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The nodes that a program needs: /dev/iommu, VFIO's container, and two of
 * each device that VFIO drives. Which there are is the kernel's to say, in
 * sysfs; which of them can be opened is told by a try in the subject's place.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "buf.h"
#include "doctor.h"
#include "failure.h"
#include "sysfs.h"
#include "sysfs_device.h"
#include "sysfs_group.h"

static const char *const of_names[] = {
	[OF_IOMMUFD] = "iommufd",
	[OF_CONTAINER] = "container",
	[OF_GROUP] = "group",
	[OF_DEVICE] = "device",
};

/* @dir is the node's in sysfs, or NULL. Takes @path. */
static void add(struct checkup *c, enum node_of of, char *path,
		const char *device, const char *dir)
{
	struct doctor_node *n;

	for (size_t i = 0; i < c->num_nodes; i++) {
		if (strcmp(c->nodes[i].path, path))
			continue;
		free(path);
		return;
	}
	c->nodes =
		mem_realloc(c->nodes, (c->num_nodes + 1) * sizeof(*c->nodes));
	n = &c->nodes[c->num_nodes++];
	*n = (struct doctor_node){
		.of = of,
		.path = path,
		.device = device ? mem_strdup(device) : NULL,
		.number = dir ? sysfs_read(dir, "dev") : NULL,
	};
}

/* A device that nothing of VFIO's drives has no nodes yet. */
static void add_device(struct checkup *c, const struct sysfs_device *d)
{
	char *dir;

	if (sysfs_device_effect(d) != EFFECT_VFIO)
		return;
	if (d->group) {
		dir = mem_asprintf("/sys/class/vfio/%s", d->group);
		add(c, OF_GROUP, sysfs_group_node_path(d->group), d->name, dir);
		free(dir);
	}
	if (!d->node)
		return;
	dir = mem_asprintf("%s/vfio-dev/%s", d->path, d->node);
	add(c, OF_DEVICE, sysfs_device_node_path(d), d->name, dir);
	free(dir);
}

static void add_devices(struct checkup *c)
{
	struct names names = sysfs_list("/sys/class/vfio-dev");
	struct failure ignored = { 0 };
	struct sysfs_device d;

	for (size_t i = 0; i < names.count; i++) {
		if (!sysfs_device_of_node(names.name[i], &d, &ignored))
			add_device(c, &d);
		sysfs_device_free(&d);
		failure_free(&ignored);
		ignored = (struct failure){ 0 };
	}
	names_free(&names);
}

/*
 * That the mode lets one in is not all that a driver may ask for, and these
 * two can be opened by any number of programs. Only for ourselves: an open is
 * judged by the rights of who calls.
 */
static int open_error(const struct doctor_node *n)
{
	int fd = open(n->path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static bool is_number(const struct doctor_node *n)
{
	unsigned major, minor;

	return !n->number || (sscanf(n->number, "%u:%u", &major, &minor) == 2 &&
			      n->attempt.number == makedev(major, minor));
}

static void judge_foreign(struct doctor_node *n)
{
	n->cause = CAUSE_FOREIGN;
	n->repair =
		"make it anew: modules get other numbers when they are loaded again";
	if (S_ISCHR(n->attempt.mode))
		n->why = mem_asprintf(
			"it is device %u:%u, but the kernel's is %s",
			major(n->attempt.number), minor(n->attempt.number),
			n->number);
	else
		n->why = mem_strdup("what has this name is no device");
}

static void judge_missing(struct doctor_node *n)
{
	n->cause = n->number ? CAUSE_HIDDEN : CAUSE_ABSENT;
	n->why =
		n->number
			? mem_asprintf(
				  "the kernel has it, as device %s, but this /dev has not",
				  n->number)
			: mem_strdup("the kernel has none");
	if (n->number)
		n->repair =
			"give the node to the container, where that is configured";
}

static void judge_error(const struct checkup *c, struct doctor_node *n, int err)
{
	if (err == EACCES) {
		n->cause = CAUSE_NO_PERMISSION;
		n->why = mem_asprintf(
			"its owner and mode do not let user %u open it",
			(unsigned)c->subject.uid);
	} else if (err == EPERM) {
		n->cause = CAUSE_FORBIDDEN;
		n->why = mem_strdup(
			"the device rules of this control group forbid it");
		n->repair =
			"allow the device where the container is configured";
	} else {
		n->cause = CAUSE_OTHER;
		n->why = mem_asprintf("it cannot be opened: %s", strerror(err));
	}
}

static void judge(const struct checkup *c, struct doctor_node *n)
{
	const struct attempt *a = &n->attempt;
	int err = a->err;

	if (c->tried == TRIED_NOTHING) {
		n->cause = CAUSE_OTHER;
		n->why = mem_strdup(
			"nobody could try it in that process' place");
	} else if (err == ENOENT || err == ENOTDIR) {
		judge_missing(n);
	} else if (a->found && (!S_ISCHR(a->mode) || !is_number(n))) {
		judge_foreign(n);
	} else if (!err && a->nodev) {
		n->cause = CAUSE_NO_PERMISSION;
		n->why = mem_strdup(
			"its file system is mounted with the option nodev");
	} else {
		if (!err && !c->subject.pid && n->of <= OF_CONTAINER)
			err = open_error(n);
		if (err)
			judge_error(c, n, err);
	}
}

/* A path that somebody typed is from where he is. */
static char *whole_path(const char *path)
{
	char *folder = *path == '/' ? NULL : getcwd(NULL, 0);
	char *whole = folder ? mem_asprintf("%s/%s", folder, path)
			     : mem_strdup(path);

	free(folder);
	return whole;
}

void doctor_list_nodes(struct checkup *c)
{
	struct attempt *attempts;
	char **paths;

	add(c, OF_IOMMUFD, whole_path(c->device), NULL,
	    strcmp(c->device, "/dev/iommu") ? NULL : "/sys/class/misc/iommu");
	add(c, OF_CONTAINER, mem_strdup(VFIO_FOLDER "/vfio"), NULL,
	    "/sys/class/misc/vfio");
	if (c->about)
		add_device(c, c->about);
	else
		add_devices(c);
	paths = mem_realloc(NULL, c->num_nodes * sizeof(*paths));
	attempts = mem_realloc(NULL, c->num_nodes * sizeof(*attempts));
	for (size_t i = 0; i < c->num_nodes; i++)
		paths[i] = c->nodes[i].path;
	c->tried = subject_try(&c->subject, paths, attempts, c->num_nodes);
	for (size_t i = 0; i < c->num_nodes; i++) {
		if (c->tried != TRIED_NOTHING)
			c->nodes[i].attempt = attempts[i];
		judge(c, &c->nodes[i]);
	}
	free(attempts);
	free(paths);
}

void doctor_free_nodes(struct checkup *c)
{
	for (size_t i = 0; i < c->num_nodes; i++) {
		free(c->nodes[i].path);
		free(c->nodes[i].device);
		free(c->nodes[i].number);
		free(c->nodes[i].why);
	}
	free(c->nodes);
}

json_t *doctor_nodes_json(const struct checkup *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->num_nodes; i++) {
		const struct doctor_node *n = &c->nodes[i];

		json_array_append_new(
			list, json_pack("{s:o, s:s, s:o, s:o, s:b, s:s?, s:o}",
					"path", json_text(n->path), "kind",
					of_names[n->of], "device",
					json_text_or_null(n->device), "number",
					json_text_or_null(n->number),
					"may_open", n->cause == CAUSE_NONE,
					"cause", cause_name(n->cause), "why",
					json_text_or_null(n->why)));
	}
	return list;
}
