// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `device bind` and `device unbind`: a device comes to VFIO's driver and goes
 * back to what it was bound to before. They run where they are typed, since
 * the kernel takes its time and a session's other clients would wait, too.
 * Whoever opens the device between our look and the kernel's makes the kernel
 * wait for ever: that we say, and leave the waiting to another process.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aside.h"
#include "bound.h"
#include "buf.h"
#include "commands/commands.h"
#include "context.h"
#include "device_json.h"
#include "group_json.h"
#include "parse.h"
#include "rebind.h"
#include "render.h"
#include "sysfs.h"
#include "sysfs_check.h"
#include "sysfs_device.h"
#include "sysfs_group.h"
#include "sysfs_user.h"

enum { BIND_DRIVER, BIND_FORCE };

#define VFIO_DRIVER "vfio-pci"
#define LOOK_MS 1000 /* until we look who has it open, and again */
#define LOOKS 30 /* until a driver that takes so long is left to itself */

/* What is done aside. */
struct change {
	const struct sysfs_device *device;
	const char *driver; /* that it goes to, or NULL: back */
};

static enum status check_driver(const char *driver, struct failure *f)
{
	bool ours = sysfs_has("/sys/module", "iommufd_vfio");

	if (strchr(driver, '/') || *driver == '.' || !*driver)
		return fail_usage(f, "%s is no driver's name", driver);
	if (rebind_has_driver(driver))
		return STATUS_OK;
	fail(f, "no driver %s is loaded", driver);
	if (!strcmp(driver, VFIO_DRIVER))
		fail_hint(f, "modprobe %s",
			  ours ? "iommufd_vfio_pci" : "vfio-pci");
	else if (sysfs_is_plain(driver))
		fail_hint(f, "modprobe %s", driver);
	return f->status;
}

static enum status check_bridge(const struct sysfs_device *d, struct failure *f)
{
	if (!sysfs_device_is_bridge(d))
		return STATUS_OK;
	fail(f,
	     "%s is a bridge, and stays one: it keeps nobody from what is behind it",
	     d->name);
	if (d->group)
		fail_hint(f, "iommufdctl group show %s", d->group);
	return f->status;
}

static enum status check_rights(const struct sysfs_device *d, const char *what,
				struct failure *f)
{
	char *path = mem_asprintf("%s/driver_override", d->path);
	bool may = !access(path, W_OK) || errno != EACCES;

	free(path);
	if (may)
		return STATUS_OK;
	fail(f, "only root decides which driver a device has");
	fail_hint(f, "sudo iommufdctl device %s %s", what, d->name);
	return f->status;
}

static enum status check_bind(const struct sysfs_device *d, const char *driver,
			      bool force, struct failure *f)
{
	if (check_bridge(d, f) || sysfs_check_group(d, f) ||
	    check_driver(driver, f) || check_rights(d, "bind", f))
		return f->status;
	return force ? STATUS_OK : sysfs_check_idle(d, f);
}

/* How it is now, and what it was before. */
static json_t *change_json(const struct sysfs_device *was)
{
	struct sysfs_group group;
	struct sysfs_device d;
	json_t *json = NULL;
	bool grouped;

	if (sysfs_device_read(was->path, &d)) {
		grouped = d.group && sysfs_group_read(d.group, &group);
		json = json_pack("{s:o, s:o, s:o}", "device",
				 device_json(&d, grouped ? &group : NULL),
				 "was", json_text_or_null(was->driver),
				 "in_the_way", group_blocking_json(d.group));
		if (grouped)
			sysfs_group_free(&group);
		sysfs_device_free(&d);
	}
	return json;
}

static enum status answer(const struct sysfs_device *was, struct answer *a)
{
	a->result = change_json(was);
	return a->result ? STATUS_OK : fail(&a->fail, "%s is gone", was->name);
}

static enum status carry_out(void *data, struct failure *f)
{
	const struct change *change = data;

	return change->driver ? rebind_to(change->device, change->driver, f)
			      : rebind_back(change->device, f);
}

/* The kernel is at it. Is there a reason to wait no longer? */
static enum status check_wait(const struct context *ctx,
			      const struct sysfs_device *d,
			      const struct sysfs_nodes *nodes, int looks,
			      struct failure *f)
{
	char *who;

	if (sysfs_check_unopened(d, nodes, f)) {
		who = mem_strdup(f->message);
		fail(f,
		     "%s; the kernel waits until that is closed, and then its driver changes",
		     who);
		free(who);
	} else if (context_given_up(ctx) || looks >= LOOKS) {
		fail(f,
		     "%s: the kernel has not changed the driver of %s yet, and goes on with it",
		     looks < LOOKS ? "interrupted" : "this takes long",
		     d->name);
		fail_hint(f, "dmesg | tail");
	}
	return f->status;
}

static enum status make_change(const struct context *ctx, struct change *change,
			       const struct sysfs_nodes *nodes,
			       struct failure *f)
{
	struct aside aside;
	int looks = 0;

	if (aside_begin(&aside, carry_out, change, f))
		return f->status;
	while (!aside_ended(&aside, LOOK_MS, f) &&
	       !check_wait(ctx, change->device, nodes, ++looks, f))
		;
	aside_end(&aside);
	return f->status;
}

/* What a process has open is not taken from it, whatever it is to become. */
static enum status change_unopened(struct context *ctx, struct change *change,
				   struct answer *a)
{
	struct sysfs_nodes nodes;

	sysfs_nodes_find(&nodes, change->device);
	if (!sysfs_check_unopened(change->device, &nodes, &a->fail) &&
	    !make_change(ctx, change, &nodes, &a->fail))
		answer(change->device, a);
	sysfs_nodes_free(&nodes);
	return a->fail.status;
}

static enum status bind_device(struct context *ctx, const struct parsed *p,
			       struct answer *a)
{
	const char *driver = p->opt[BIND_DRIVER].set ? p->opt[BIND_DRIVER].text
						     : VFIO_DRIVER;
	struct sysfs_device d;
	struct change change = { &d, driver };

	if (sysfs_device_find(p->arg[0].text, &d, &a->fail))
		return a->fail.status;
	if (d.driver && !strcmp(d.driver, driver))
		answer(&d, a);
	else if (!check_bind(&d, driver, p->opt[BIND_FORCE].set, &a->fail))
		change_unopened(ctx, &change, a);
	sysfs_device_free(&d);
	return a->fail.status;
}

static enum status check_unbind(const struct sysfs_device *d, bool known,
				struct failure *f)
{
	if (!d->driver && !known)
		return fail(
			f, "%s has no driver, and is not known to have had one",
			d->name);
	if (d->driver && !known && sysfs_device_effect(d) != EFFECT_VFIO) {
		fail(f, "%s is with %s and not with VFIO", d->name, d->driver);
		fail_hint(f, "iommufdctl device show %s", d->name);
		return f->status;
	}
	return check_rights(d, "unbind", f);
}

static enum status unbind_device(struct context *ctx, const struct parsed *p,
				 struct answer *a)
{
	struct sysfs_device d;
	struct change change = { &d, NULL };
	struct bound before;
	bool known;

	if (sysfs_device_find(p->arg[0].text, &d, &a->fail))
		return a->fail.status;
	known = bound_load(&d, &before);
	if (!check_unbind(&d, known, &a->fail))
		change_unopened(ctx, &change, a);
	bound_free(&before);
	sysfs_device_free(&d);
	return a->fail.status;
}

#define CHANGE_LINE                                                            \
	{                                                                      \
		.kind = BLOCK_LINE, .text = "device       {device.device}"     \
					    "\ndriver       "                  \
					    "{device.driver}[was|, was {was}]" \
					    "\ngroup        "                  \
					    "{device.iommu_group}"             \
	}

static const struct block bind_view[] = {
	CHANGE_LINE,
	{ .kind = BLOCK_LINE,
	  .key = "device.group_node",
	  .optional = true,
	  .text = "group node   {path} {owner}:{owner_group} {mode}" },
	{ .kind = BLOCK_LINE,
	  .key = "device.device_node",
	  .optional = true,
	  .text = "device node  {path} {owner}:{owner_group} {mode}" },
	{ .kind = BLOCK_ROWS,
	  .key = "in_the_way",
	  .text = "in the way   {device}, {driver}"
		  "[command|\n             {command}]" },
	{ 0 },
};

/* Who gives a device back has no use for its group. */
static const struct block unbind_view[] = { CHANGE_LINE, { 0 } };

static const struct arg bdf_args[] = {
	{ .name = "BDF", .kind = KIND_PCI, .help = "the device's PCI address" },
	{ 0 },
};

static const struct opt bind_opts[] = {
	[BIND_DRIVER] = { .name = "driver",
			  .kind = KIND_TEXT,
			  .metavar = "NAME",
			  .preset = VFIO_DRIVER,
			  .help = "another driver, such as a variant of it" },
	[BIND_FORCE] = { .name = "force",
			 .kind = KIND_FLAG,
			 .help = "although the machine itself uses it" },
	{ 0 },
};

const struct command cmd_device_bind = {
	.name = "bind",
	.summary = "give a device to VFIO's driver",
	.args = bdf_args,
	.opts = bind_opts,
	.flags = CMD_CLIENT,
	.run = bind_device,
	.view = bind_view,
};

const struct command cmd_device_unbind = {
	.name = "unbind",
	.summary = "give a device back to the driver that it had before",
	.args = bdf_args,
	.flags = CMD_CLIENT,
	.run = unbind_device,
	.view = unbind_view,
};
