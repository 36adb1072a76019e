// SPDX-License-Identifier: GPL-2.0-or-later
#include "rebind.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bound.h"
#include "buf.h"
#include "sysfs.h"
#include "sysfs_device.h"

bool rebind_has_driver(const char *name)
{
	return sysfs_has(SYSFS_PCI "/drivers", name);
}

/* @file of @driver: bind or unbind. */
static enum status tell_driver(const char *driver, const char *file,
			       const struct sysfs_device *d, struct failure *f)
{
	char *dir = mem_asprintf("%s/drivers/%s", SYSFS_PCI, driver);

	sysfs_write(dir, file, d->name, f);
	free(dir);
	return f->status;
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
enum status rebind_to(const struct sysfs_device *d, const char *driver,
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
	if (!rebind_has_driver(before->driver)) {
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

enum status rebind_back(const struct sysfs_device *d, struct failure *f)
{
	struct bound before;
	bool known = bound_load(d, &before);

	if (!leave(d, f) && !put_back(d, &before, known, f))
		bound_forget(d);
	bound_free(&before);
	return f->status;
}
