// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `device bind` and `device unbind`: a device comes to VFIO's driver and goes
 * back to what it was bound to before. They run where they are typed, since
 * the kernel takes its time and a session's other clients would wait, too.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bound.h"
#include "buf.h"
#include "commands/commands.h"
#include "device_json.h"
#include "group_json.h"
#include "parse.h"
#include "render.h"
#include "sysfs.h"
#include "sysfs_check.h"
#include "sysfs_device.h"
#include "sysfs_group.h"

enum { BIND_DRIVER, BIND_FORCE };

#define VFIO_DRIVER "vfio-pci"

/* @file of @driver: bind or unbind. */
static enum status tell_driver(const char *driver, const char *file,
			       const struct sysfs_device *d, struct failure *f)
{
	char *dir = mem_asprintf("%s/drivers/%s", SYSFS_PCI, driver);

	sysfs_write(dir, file, d->name, f);
	free(dir);
	return f->status;
}

static bool has_driver(const char *name)
{
	return sysfs_has(SYSFS_PCI "/drivers", name);
}

static char *override_of(const struct sysfs_device *d)
{
	char *override = sysfs_read(d->path, "driver_override");

	if (override && *override && strcmp(override, "(null)") != 0)
		return override;
	free(override);
	return NULL;
}

static enum status set_override(const struct sysfs_device *d, const char *to,
				struct failure *f)
{
	return sysfs_write(d->path, "driver_override", to ? to : "\n", f);
}

static enum status check_driver(const char *driver, struct failure *f)
{
	bool ours = sysfs_has("/sys/module", "iommufd_vfio");

	if (strchr(driver, '/') || *driver == '.' || !*driver)
		return fail_usage(f, "%s is no driver's name", driver);
	if (has_driver(driver))
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
	     "%s is a bridge: what is behind it needs it, and need not wait for it",
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

/* Drivers can leave others only what they are asked to leave. */
static enum status leave(const struct sysfs_device *d, struct failure *f)
{
	return d->driver ? tell_driver(d->driver, "unbind", d, f) : STATUS_OK;
}

/* As it was: nothing more can be done where that fails, too. */
static void undo(const struct sysfs_device *d, const char *override)
{
	struct failure ignored = { 0 };

	set_override(d, override, &ignored);
	if (d->driver)
		tell_driver(d->driver, "bind", d, &ignored);
	failure_free(&ignored);
}

static enum status refused(const struct sysfs_device *d, const char *driver,
			   struct failure *f)
{
	errno = f->err;
	fail_errno(f, "%s does not take %s", driver, d->name);
	fail_hint(f, "dmesg | tail");
	return f->status;
}

static enum status give_to(const char *driver, const struct sysfs_device *d,
			   struct failure *f)
{
	char *override = override_of(d);

	if (!set_override(d, driver, f) && !leave(d, f) &&
	    tell_driver(driver, "bind", d, f))
		refused(d, driver, f);
	if (f->status)
		undo(d, override);
	free(override);
	return f->status;
}

/*
 * What it goes back to is what it had before the first driver that it was
 * given to, and that is kept before anything changes.
 */
static enum status bind_to(const struct sysfs_device *d, const char *driver,
			   struct failure *f)
{
	struct failure ignored = { 0 };
	struct bound b;
	bool known = bound_load(d, &b);

	if (!known && d->driver)
		b.driver = mem_strdup(d->driver);
	if (!known)
		b.override = override_of(d);
	free(b.to);
	b.to = mem_strdup(driver);
	if (!bound_save(d, &b, f) && give_to(driver, d, f)) {
		free(b.to);
		b.to = known && d->driver ? mem_strdup(d->driver) : NULL;
		if (b.to)
			bound_save(d, &b, &ignored);
		else
			bound_forget(d);
	}
	failure_free(&ignored);
	bound_free(&b);
	return f->status;
}

static enum status check_bind(const struct sysfs_device *d, const char *driver,
			      bool force, struct failure *f)
{
	if (check_bridge(d, f) || sysfs_check_group(d, f) ||
	    check_driver(driver, f) || check_rights(d, "bind", f))
		return f->status;
	if (sysfs_device_effect(d) == EFFECT_VFIO && sysfs_check_unopened(d, f))
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

static enum status bind_device(struct context *ctx, const struct parsed *p,
			       struct answer *a)
{
	const char *driver = p->opt[BIND_DRIVER].set ? p->opt[BIND_DRIVER].text
						     : VFIO_DRIVER;
	struct sysfs_device d;
	bool same;

	(void)ctx;
	if (sysfs_device_find(p->arg[0].text, &d, &a->fail))
		return a->fail.status;
	same = d.driver && !strcmp(d.driver, driver);
	if (same ||
	    (!check_bind(&d, driver, p->opt[BIND_FORCE].set, &a->fail) &&
	     !bind_to(&d, driver, &a->fail)))
		answer(&d, a);
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
	return check_rights(d, "unbind", f) ? f->status
					    : sysfs_check_unopened(d, f);
}

/* Whoever the kernel thinks best, where nothing else is known. */
static enum status put_back(const struct sysfs_device *d,
			    const struct bound *before, bool known,
			    struct failure *f)
{
	if (set_override(d, before->override, f))
		return f->status;
	if (!known)
		return sysfs_write(SYSFS_PCI, "drivers_probe", d->name, f);
	if (!before->driver)
		return STATUS_OK;
	if (!has_driver(before->driver)) {
		fail(f, "%s is back, but its driver %s is not loaded", d->name,
		     before->driver);
		if (sysfs_is_plain(before->driver))
			fail_hint(f, "modprobe %s", before->driver);
		return f->status;
	}
	return tell_driver(before->driver, "bind", d, f)
		       ? refused(d, before->driver, f)
		       : STATUS_OK;
}

static enum status unbind_device(struct context *ctx, const struct parsed *p,
				 struct answer *a)
{
	struct sysfs_device d;
	struct bound before;
	bool known;

	(void)ctx;
	if (sysfs_device_find(p->arg[0].text, &d, &a->fail))
		return a->fail.status;
	known = bound_load(&d, &before);
	if (!check_unbind(&d, known, &a->fail) && !leave(&d, &a->fail) &&
	    !put_back(&d, &before, known, &a->fail)) {
		bound_forget(&d);
		answer(&d, a);
	}
	bound_free(&before);
	sysfs_device_free(&d);
	return a->fail.status;
}

static const struct block change_view[] = {
	{ .kind = BLOCK_LINE,
	  .text = "device       {device.device}"
		  "\ndriver       {device.driver}[was|, was {was}]"
		  "\ngroup        {device.iommu_group}" },
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
	  .text = "in the way of its group: {device}, {driver}"
		  "[command|: {command}]" },
	{ 0 },
};

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
	.view = change_view,
};

const struct command cmd_device_unbind = {
	.name = "unbind",
	.summary = "give a device back to the driver that it had before",
	.args = bdf_args,
	.flags = CMD_CLIENT,
	.run = unbind_device,
	.view = change_view,
};
