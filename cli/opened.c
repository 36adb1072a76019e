// SPDX-License-Identifier: GPL-2.0-or-later
#include "opened.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "context.h"
#include "explain_map.h"
#include "iommu.h"
#include "parse.h"
#include "vfio_newer.h"

/* Ids that are looked through for that of a device, beyond those known. */
#define IDS_BEYOND 64

enum status opened_ask(struct context *ctx, const struct opened *o,
		       const struct iommu_request *request, void *arg,
		       struct failure *f)
{
	int answer;

	return iommu_ask_of(ctx, o->fd, request, arg, &answer, f);
}

static enum status open_node(struct context *ctx, const struct sysfs_device *d,
			     struct opened *o, __u32 *id, struct failure *f)
{
	struct vfio_device_bind_iommufd bind = {
		.argsz = sizeof(bind),
		.iommufd = ctx->fd,
	};
	char *path = sysfs_device_node_path(d);

	o->node = mem_strdup(d->node);
	o->fd = open(path, O_RDWR | O_CLOEXEC);
	if (o->fd < 0)
		explain_open(path, d, f);
	else if (opened_ask(ctx, o, &vfio_bind_request, &bind, f))
		explain_taken(d, f);
	free(path);
	*id = bind.out_devid;
	return f->status;
}

/* Does the descriptor have a device of this id? */
static bool is_device(int fd, __u32 id)
{
	struct iommu_hw_info ask = { .size = sizeof(ask), .dev_id = id };

	return !ioctl(fd, IOMMU_GET_HW_INFO, &ask) || errno != ENOENT;
}

/* Who comes by a group is not told the id: it is the one that is new. */
static enum status new_id(const struct context *ctx, const bool *before,
			  size_t limit, __u32 *id, struct failure *f)
{
	for (__u32 i = 1; i < limit; i++) {
		if (before[i] || !is_device(ctx->fd, i))
			continue;
		*id = i;
		return STATUS_OK;
	}
	return fail(f, "the device is open, and cannot be found under any id");
}

/* A file of the same group that is open here, for it opens but once. */
static int group_of_store(const struct store *s, const char *group)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct opened *o = s->object[i]->opened;

		if (o && !o->node && !strcmp(o->group, group))
			return fcntl(o->group_fd, F_DUPFD_CLOEXEC, 0);
	}
	return -1;
}

static enum status set_group(struct context *ctx, const char *path,
			     const struct sysfs_device *d, struct opened *o,
			     struct failure *f)
{
	struct vfio_group_status is = { .argsz = sizeof(is) };
	int answer, to = ctx->fd;

	o->group_fd = group_of_store(&ctx->store, d->group);
	if (o->group_fd >= 0)
		return STATUS_OK;
	o->group_fd = open(path, O_RDWR | O_CLOEXEC);
	if (o->group_fd < 0)
		return explain_open(path, d, f);
	if (iommu_ask_of(ctx, o->group_fd, &vfio_group_status_request, &is,
			 &answer, f))
		return f->status;
	if (!(is.flags & VFIO_GROUP_FLAGS_VIABLE)) {
		if (explain_blocked(d->group, f))
			return f->status;
		fail(f,
		     "group %s is not viable: other drivers of the kernel have some of its devices",
		     d->group);
		fail_hint(f, "iommufdctl group show %s", d->group);
		return f->status;
	}
	return iommu_ask_of(ctx, o->group_fd, &vfio_set_container_request, &to,
			    &answer, f);
}

static enum status open_group(struct context *ctx, const struct sysfs_device *d,
			      struct opened *o, __u32 *id, struct failure *f)
{
	size_t limit = ctx->store.count * 2 + IDS_BEYOND;
	char *path = sysfs_group_node_path(d->group);
	bool *before = mem_realloc(NULL, limit * sizeof(*before));

	for (__u32 i = 1; i < limit; i++)
		before[i] = is_device(ctx->fd, i);
	if (!set_group(ctx, path, d, o, f)) {
		if (iommu_ask_of(ctx, o->group_fd, &vfio_device_fd_request,
				 d->name, &o->fd, f))
			explain_taken(d, f);
		else
			new_id(ctx, before, limit, id, f);
	}
	o->attached = true;
	free(before);
	free(path);
	return f->status;
}

/* Is it open here already? */
static enum status check_free(const struct store *s,
			      const struct sysfs_device *d, struct failure *f)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct opened *o = s->object[i]->opened;

		if (!o || strcmp(o->name, d->name))
			continue;
		fail(f, "%s is open already, as device %" PRIu32, d->name,
		     s->object[i]->id);
		fail_hint(f, "iommufdctl device close %" PRIu32,
			  s->object[i]->id);
		return f->status;
	}
	return STATUS_OK;
}

enum status opened_open(struct context *ctx, const struct target *target,
			struct opened **opened, __u32 *id, struct failure *f)
{
	const struct sysfs_device *d = &target->device;
	struct opened *o;

	if (check_free(&ctx->store, d, f))
		return f->status;
	o = mem_realloc(NULL, sizeof(*o));
	*o = (struct opened){ .name = mem_strdup(d->name),
			      .group = mem_strdup(d->group),
			      .fd = -1,
			      .group_fd = -1 };
	if (target->shape == SHAPE_NODE)
		open_node(ctx, d, o, id, f);
	else
		open_group(ctx, d, o, id, f);
	if (f->status) {
		opened_free(o);
		o = NULL;
	}
	*opened = o;
	return f->status;
}

json_int_t opened_group(const struct opened *o)
{
	return (json_int_t)strtoul(o->group, NULL, 10);
}

void opened_free(struct opened *o)
{
	if (!o)
		return;
	if (o->fd >= 0)
		close(o->fd);
	if (o->group_fd >= 0)
		close(o->group_fd);
	while (o->events) {
		struct irq_event *event = o->events;

		o->events = event->next;
		close(event->fd);
		free(event);
	}
	free(o->name);
	free(o->group);
	free(o->node);
	free(o);
}

enum status opened_attach(struct context *ctx, struct opened *o, __u32 *pt_id,
			  struct failure *f)
{
	struct vfio_device_attach_iommufd_pt attach = {
		.argsz = sizeof(attach),
		.pt_id = *pt_id,
	};

	if (opened_ask(ctx, o, &vfio_attach_request, &attach, f)) {
		explain_attach(ctx, o, *pt_id, f);
		return f->status;
	}
	*pt_id = attach.pt_id;
	o->attached = true;
	return STATUS_OK;
}

struct object *opened_object(struct context *ctx, const struct parsed *p,
			     struct failure *f)
{
	uint32_t id = (uint32_t)p->arg[0].num;
	struct object *object = store_find(&ctx->store, id);

	if (object && object->opened)
		return object;
	if (!object) {
		fail(f, "there is no device %" PRIu32 " that was opened here",
		     id);
		fail_cause(f, "no-object", "{s:I, s:n, s:s}", "id",
			   (json_int_t)id, "is", "wanted", "device");
		fail_hint(f, "iommufdctl device open BDF");
	} else {
		explain_id(ctx, id, OBJECT_DEVICE, f);
	}
	return NULL;
}
