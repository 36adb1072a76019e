// SPDX-License-Identifier: GPL-2.0-or-later
/* Why a device is not to be had, or goes to no address space. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "context.h"
#include "explain_map.h"
#include "iommu.h"
#include "opened.h"
#include "sysfs_group.h"
#include "sysfs_user.h"

/* Takes over @path. */
static bool is_held(char *path, struct failure *f)
{
	struct sysfs_nodes nodes = { 0 };
	const char *node;
	pid_t pid;

	sysfs_nodes_add(&nodes, path);
	pid = sysfs_nodes_user(&nodes, getpid(), &node);
	if (pid) {
		fail(f, "process %d has %s open", (int)pid, node);
		fail_cause(f, "held", "{s:s, s:i}", "path", node, "pid",
			   (int)pid);
		sysfs_user_hint(pid, f);
	}
	sysfs_nodes_free(&nodes);
	return pid;
}

/* A device is taken by its own node, or by its group's, or with a neighbour. */
static bool is_held_any_way(const struct sysfs_device *d, struct failure *f)
{
	bool held = is_held(sysfs_group_node_path(d->group), f);
	struct sysfs_device other;
	struct sysfs_group group;

	if (held || !sysfs_group_read(d->group, &group))
		return held;
	for (size_t i = 0; i < group.devices.count && !held; i++) {
		if (!sysfs_group_device(&group, group.devices.name[i], &other))
			continue;
		held = is_held(sysfs_device_node_path(&other), f);
		sysfs_device_free(&other);
	}
	sysfs_group_free(&group);
	return held;
}

bool explain_blocked(const char *number, struct failure *f)
{
	struct sysfs_device other;
	struct sysfs_group group;
	bool blocked = false;

	if (!sysfs_group_read(number, &group))
		return false;
	for (size_t i = 0; i < group.devices.count && !blocked; i++) {
		if (!sysfs_group_device(&group, group.devices.name[i], &other))
			continue;
		blocked = sysfs_device_effect(&other) == EFFECT_BLOCKS;
		if (blocked) {
			fail(f,
			     "group %s is not viable: %s is with %s, which may do DMA for the kernel",
			     number, other.name, other.driver);
			fail_cause(f, "blocked", "{s:s, s:s, s:s}", "group",
				   number, "device", other.name, "driver",
				   other.driver);
			fail_hint(f, "iommufdctl group show %s", number);
		}
		sysfs_device_free(&other);
	}
	sysfs_group_free(&group);
	return blocked;
}

enum status explain_open(const char *path, const struct sysfs_device *d,
			 struct failure *f)
{
	fail_errno(f, "%s", path);
	if (f->err == ENOENT) {
		fail(f,
		     "there is no %s: no driver of VFIO's has %s, or it is not this kind that it offers",
		     path, d->name);
		fail_cause(f, "no-node", "{s:s, s:s}", "path", path, "device",
			   d->name);
		fail_hint(f, "iommufdctl device show %s", d->name);
	} else if (f->err == EBUSY && !is_held_any_way(d, f)) {
		fail(f, "%s is busy: it, or a device of the group, is open",
		     path);
		fail_hint(f, "iommufdctl group show %s", d->group);
	} else if (f->err == EACCES || f->err == EPERM) {
		fail(f, "user %d may not open %s", (int)geteuid(), path);
		fail_cause(f, "permission", "{s:s}", "path", path);
		fail_hint(f, "sudo chown %d %s", (int)geteuid(), path);
	}
	return f->status;
}

void explain_taken(const struct sysfs_device *d, struct failure *f)
{
	if (f->err == EPERM && explain_blocked(d->group, f))
		return;
	if ((f->err == EBUSY || f->err == EINVAL || f->err == EPERM) &&
	    is_held_any_way(d, f))
		return;
	if (f->err == EBUSY || f->err == EPERM)
		fail_hint(f, "iommufdctl group show %s", d->group);
	else if (f->err == ENODEV)
		fail_hint(f, "iommufdctl device show %s", d->name);
}

/* Another device of the same group, that is attached elsewhere. */
static const struct object *group_elsewhere(const struct context *ctx,
					    const struct opened *o)
{
	for (size_t i = 0; i < ctx->store.count; i++) {
		const struct opened *other = ctx->store.object[i]->opened;

		if (other && other != o && other->attached &&
		    !strcmp(other->group, o->group))
			return ctx->store.object[i];
	}
	return NULL;
}

void explain_attach(struct context *ctx, const struct opened *o, __u32 pt_id,
		    struct failure *f)
{
	const struct object *other = group_elsewhere(ctx, o);

	if (f->err == EADDRINUSE) {
		fail(f,
		     "mappings of %u lie in ranges that %s needs for other things",
		     pt_id, o->name);
		fail_hint(f, "iommufdctl device show %s", o->name);
	} else if (f->err == ENOMEM) {
		explain_lock_limit(ctx, 0, f);
	} else if ((f->err == ENOENT || f->err == EINVAL) &&
		   explain_object(ctx, pt_id, OF(IOAS) | OF(HWPT), f)) {
		return;
	} else if (f->err == EINVAL && other) {
		fail(f,
		     "device %" PRIu32
		     " is of the same group %s and attached elsewhere; a group is attached as one",
		     other->id, o->group);
		fail_cause(f, "group-elsewhere", "{s:I, s:I}", "dev_id",
			   (json_int_t)other->id, "iommu_group",
			   opened_group(o));
		fail_hint(f, "iommufdctl device detach %" PRIu32, other->id);
	}
}

const char *const irq_names[] = { "intx", "msi", "msix", "err", "req", NULL };

/* There is no such kind, or not so many of it. */
static bool explain_count(struct context *ctx, const struct object *device,
			  __u32 index, __u32 vector, struct failure *f)
{
	struct vfio_irq_info info = { .argsz = sizeof(info), .index = index };
	const char *name = device->opened->name;
	struct failure absent = { 0 };

	opened_ask(ctx, device->opened, &vfio_irq_info_request, &info, &absent);
	failure_free(&absent);
	if (info.count > vector)
		return false;
	if (index >= VFIO_PCI_NUM_IRQS)
		fail(f, "%s has no interrupts of kind %u", name, index);
	else if (!info.count)
		fail(f, "%s has no %s", name, irq_names[index]);
	else
		fail(f, "%s has no %s %u: %u is the last", name,
		     irq_names[index], vector, info.count - 1);
	fail_cause(f, "irq-count", "{s:I, s:I}", "index", (json_int_t)index,
		   "count", (json_int_t)info.count);
	fail_hint(f, "iommufdctl device irq list %" PRIu32, device->id);
	return true;
}

void explain_irq(struct context *ctx, const struct object *device, __u32 index,
		 __u32 vector, struct failure *f)
{
	const struct irq_event *e = device->opened->events;

	if (f->err != EINVAL || explain_count(ctx, device, index, vector, f))
		return;
	/* Of these three a device uses one kind at a time. */
	while (e && (e->index == index || e->index > VFIO_PCI_MSIX_IRQ_INDEX))
		e = e->next;
	if (!e || index > VFIO_PCI_MSIX_IRQ_INDEX)
		return;
	fail(f, "%s is on, and a device has either that or %s",
	     irq_names[e->index], irq_names[index]);
	fail_cause(f, "other-irqs", "{s:s}", "name", irq_names[e->index]);
	fail_hint(f, "iommufdctl device irq off %" PRIu32 " %s", device->id,
		  irq_names[e->index]);
}
