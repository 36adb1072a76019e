// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which of VFIO's drivers is right for a device? Some devices have one of
 * their own, a variant of vfio-pci, whose module says so in modules.alias:
 * "alias vfio_pci:v000015B3d0000101Esv*... mlx5_vfio_pci". What a module calls
 * its driver is known when it is loaded.
 */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "doctor.h"
#include "sysfs.h"
#include "sysfs_device.h"
#include "sysfs_group.h"

#define ALIAS "alias vfio_pci:"

/* The more of a pattern is not a wildcard, the closer it is. */
static size_t closeness(const char *pattern)
{
	size_t stars = 0;

	for (const char *at = pattern; (at = strchr(at, '*')); at++)
		stars++;
	return strlen(pattern) - stars;
}

/* @alias: of the device, behind "pci:". The module, or NULL. */
static char *find_module(const char *release, const char *alias)
{
	char *path = mem_asprintf("/lib/modules/%s/modules.alias", release);
	FILE *file = fopen(path, "re");
	char *line = NULL, *found = NULL;
	size_t size = 0, best = 0;

	free(path);
	while (file && getline(&line, &size, file) >= 0) {
		char *pattern = line + strlen(ALIAS), *module;

		if (strncmp(line, ALIAS, strlen(ALIAS)))
			continue;
		module = strchr(pattern, ' ');
		if (!module)
			continue;
		*module++ = '\0';
		module[strcspn(module, "\n")] = '\0';
		if (closeness(pattern) < best || fnmatch(pattern, alias, 0))
			continue;
		best = closeness(pattern);
		free(found);
		found = mem_strdup(module);
	}
	free(line);
	if (file)
		fclose(file);
	return found;
}

/* What a module that is loaded calls its PCI driver, or NULL. */
static char *driver_of(const char *module)
{
	char *dir = mem_asprintf("/sys/module/%s/drivers", module);
	struct names names = sysfs_list(dir);
	char *driver = NULL;

	for (size_t i = 0; i < names.count && !driver; i++)
		if (!strncmp(names.name[i], "pci:", 4))
			driver = mem_strdup(names.name[i] + 4);
	names_free(&names);
	free(dir);
	return driver;
}

static bool is_generic(const char *module)
{
	return !module || !strcmp(module, "vfio_pci");
}

static char *right_module(const struct checkup *c)
{
	char *modalias = sysfs_read(c->about->path, "modalias");
	char *module = NULL;

	if (modalias && !strncmp(modalias, "pci:", 4))
		module = find_module(c->release, modalias + 4);
	if (is_generic(module) || !sysfs_is_plain(module)) {
		free(module);
		module = NULL;
	}
	free(modalias);
	return module;
}

/* @module has a driver for just this device. */
static void check_variant(struct checkup *c, const char *module)
{
	const struct sysfs_device *d = c->about;
	char *driver = driver_of(module), *repair;
	bool vfios = sysfs_device_effect(d) == EFFECT_VFIO;
	bool bound = driver && d->driver && !strcmp(driver, d->driver);

	repair = driver ? mem_asprintf("iommufdctl device bind %s --driver %s",
				       d->name, driver)
			: mem_asprintf("modprobe %s", module);
	checkup_add(c,
		    &(struct finding){
			    .layer = "driver",
			    .verdict = bound   ? VERDICT_OK
				       : vfios ? VERDICT_WARNING
					       : VERDICT_FAILED,
			    .cause = bound    ? CAUSE_NONE
				     : driver ? CAUSE_NOT_BOUND
					      : CAUSE_NOT_LOADED,
			    .evidence = d->path,
			    .repair = bound ? NULL : repair,
		    },
		    "%s; the module %s has one for this device",
		    d->driver ? d->driver : "no driver", module);
	free(repair);
	free(driver);
}

static void check_generic(struct checkup *c)
{
	const struct sysfs_device *d = c->about;
	bool vfios = sysfs_device_effect(d) == EFFECT_VFIO;
	char *repair = mem_asprintf("iommufdctl device bind %s", d->name);

	checkup_add(c,
		    &(struct finding){
			    .layer = "driver",
			    .verdict = vfios ? VERDICT_OK : VERDICT_FAILED,
			    .cause = vfios ? CAUSE_NONE : CAUSE_NOT_BOUND,
			    .evidence = d->path,
			    .repair = vfios ? NULL : repair,
		    },
		    vfios ? "%s" : "%s; vfio-pci would be right",
		    d->driver ? d->driver : "no driver");
	free(repair);
}

void doctor_driver(struct checkup *c)
{
	char *module;

	if (sysfs_device_is_bridge(c->about)) {
		checkup_add(
			c,
			&(struct finding){ .layer = "driver",
					   .verdict = VERDICT_FAILED,
					   .evidence = c->about->path },
			"it is a bridge, which what is behind it needs; VFIO takes none");
		return;
	}
	module = right_module(c);
	if (module)
		check_variant(c, module);
	else
		check_generic(c);
	free(module);
}
