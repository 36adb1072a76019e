// SPDX-License-Identifier: GPL-2.0-or-later
/* The files of a trace, as they are here. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "buf.h"
#include "replay_run.h"
#include "sysfs_device.h"

#define CONTAINER "/dev/vfio/vfio"

const char *replay_device(const struct replay_run *run, const char *recorded)
{
	for (size_t i = 0; i < run->pairs; i++)
		if (!strcmp(run->pair[i].recorded, recorded))
			return run->pair[i].here;
	return recorded;
}

static int open_path(struct replay_file *file, const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		file->why = mem_asprintf("%s: %s", path, strerror(errno));
	return fd;
}

/* Without VFIO's own, the iommufd takes its requests, too. */
static int open_container(const struct replay_run *run,
			  struct replay_file *file)
{
	return open_path(file,
			 access(CONTAINER, F_OK) ? run->iommufd : CONTAINER);
}

/* By the node of its own or of its group. */
static int open_device(const struct replay_run *run, struct replay_file *file,
		       const char *recorded)
{
	const char *name = replay_device(run, recorded);
	struct sysfs_device d;
	struct failure f = { 0 };
	char *path;
	int fd = -1;

	if (sysfs_device_find(name, &d, &f)) {
		file->why = mem_asprintf(
			"device %s is not here; %s=HERE names another", name,
			recorded);
		failure_free(&f);
		return -1;
	}
	if (file->kind == TRACE_DEVICE)
		path = sysfs_device_node_path(&d);
	else
		path = d.group ? sysfs_group_node_path(d.group) : NULL;
	if (path)
		fd = open_path(file, path);
	else
		file->why = mem_asprintf("VFIO does not drive device %s here",
					 name);
	free(path);
	sysfs_device_free(&d);
	return fd;
}

static int open_file(struct replay_run *run, size_t at)
{
	struct replay_file *file = &run->walk.file[at];
	const char *device = file->device;

	if (file->answered) {
		file->why = mem_asprintf(
			"call %lu, which opened its file, did not do so here",
			file->answered);
		return -1;
	}
	if (file->kind == TRACE_IOMMUFD)
		return open_path(file, run->iommufd);
	if (file->kind == TRACE_CONTAINER)
		return open_container(run, file);
	if (file->kind == TRACE_GROUP)
		device = replay_plan_device_of(run->walk.plan, at);
	if (device)
		return open_device(run, file, device);
	file->why = mem_asprintf("which device %s is of is not in the trace",
				 file->path);
	return -1;
}

int replay_open(struct replay_run *run, size_t at)
{
	struct replay_file *file = &run->walk.file[at];

	if (!file->tried && file->here < 0)
		file->here = open_file(run, at);
	file->tried = true;
	return file->here;
}

void replay_close(struct replay_run *run, bool all)
{
	struct replay_walk *w = &run->walk;

	for (size_t i = run->closed; i < w->files; i++) {
		if (w->file[i].users && !all)
			continue;
		if (w->file[i].here >= 0)
			close(w->file[i].here);
		w->file[i].here = -1;
		w->file[i].tried = true;
		if (i == run->closed)
			run->closed++;
	}
	if (!all)
		return;
	for (size_t i = 0; i < w->events; i++)
		if (w->event[i].file)
			close((int)w->event[i].file - 1);
	for (size_t i = 0; i < w->plan->files; i++)
		if (w->plan->file[i].here >= 0)
			close(w->plan->file[i].here);
	for (size_t i = 0; i < run->others.count; i++)
		close((int)run->others.number[i]);
	numbers_free(&run->others);
}

int replay_eventfd(struct replay_run *run, size_t at)
{
	struct replay_number *event = &run->walk.event[at];
	int fd;

	if (!event->file) {
		fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (fd < 0)
			return -1;
		event->file = (size_t)fd + 1;
	}
	return (int)event->file - 1;
}

int replay_memory_file(struct replay_run *run, size_t at)
{
	struct replay_memory_file *file = &run->walk.plan->file[at];

	if (file->here >= 0)
		return file->here;
	file->here = memfd_create("replay", MFD_CLOEXEC);
	if (file->here >= 0 && ftruncate(file->here, (off_t)file->length)) {
		close(file->here);
		file->here = -1;
	}
	return file->here;
}
