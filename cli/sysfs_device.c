// SPDX-License-Identifier: GPL-2.0-or-later
#include "sysfs_device.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "sysfs.h"

/* Every device is below it, whatever led there. */
#define DEVICES "/sys/devices/"

/* Takes up to @digits of them, and the character that has to follow. */
static bool take_hex(const char **text, size_t digits, char end,
		     unsigned long *value)
{
	size_t len = 0;

	while (isxdigit((unsigned char)(*text)[len]))
		len++;
	if (!len || len > digits || (*text)[len] != end)
		return false;
	*value = strtoul(*text, NULL, 16);
	*text += len + (end != '\0');
	return true;
}

bool pci_address(const char *text, char address[static PCI_ADDRESS_SIZE],
		 const char **why)
{
	unsigned long domain = 0, bus, device, function;
	const char *colon = strchr(text, ':');

	*why = "DOMAIN:BUS:DEVICE.FUNCTION in hex, such as 0000:00:1f.2";
	if (colon && strchr(colon + 1, ':') &&
	    !take_hex(&text, 8, ':', &domain))
		return false;
	if (!take_hex(&text, 2, ':', &bus) ||
	    !take_hex(&text, 2, '.', &device) ||
	    !take_hex(&text, 1, '\0', &function))
		return false;
	*why = device > 0x1f ? "a bus has devices 00 to 1f"
			     : "a device has functions 0 to 7";
	if (device > 0x1f || function > 7)
		return false;
	snprintf(address, PCI_ADDRESS_SIZE, "%04lx:%02lx:%02lx.%lx", domain,
		 bus, device, function);
	return true;
}

static bool is_node(const char *name)
{
	return !strncmp(name, "vfio", 4) && sysfs_is_number(name + 4);
}

/* VFIO makes a device of its own below each that it drives. */
static char *find_node(const char *path)
{
	char *dir = mem_asprintf("%s/vfio-dev", path), *node = NULL;
	struct names names = sysfs_list(dir);

	for (size_t i = 0; i < names.count && !node; i++)
		if (is_node(names.name[i]))
			node = mem_strdup(names.name[i]);
	names_free(&names);
	free(dir);
	return node;
}

static char *find_group(const char *path)
{
	char *group = sysfs_link(path, "iommu_group");

	if (group && sysfs_is_number(group))
		return group;
	free(group);
	return NULL;
}

bool sysfs_device_read(const char *path, struct sysfs_device *d)
{
	char real[PATH_MAX];

	*d = (struct sysfs_device){ 0 };
	if (!realpath(path, real) || strncmp(real, DEVICES, strlen(DEVICES)))
		return false;
	d->path = mem_strdup(real);
	d->name = mem_strdup(strrchr(real, '/') + 1);
	d->bus = sysfs_link(real, "subsystem");
	d->driver = sysfs_link(real, "driver");
	d->group = find_group(real);
	d->node = find_node(real);
	return true;
}

enum status sysfs_device_find(const char *address, struct sysfs_device *d,
			      struct failure *f)
{
	char name[PCI_ADDRESS_SIZE];
	const char *why;
	char *path;

	*d = (struct sysfs_device){ 0 };
	if (!pci_address(address, name, &why))
		return fail_usage(f, "%s is no PCI address: %s", address, why);
	path = mem_asprintf("%s/devices/%s", SYSFS_PCI, name);
	if (!sysfs_device_read(path, d) || strcmp(d->name, name)) {
		sysfs_device_free(d);
		fail(f, "there is no PCI device %s", name);
		fail_hint(f, "iommufdctl device list");
	}
	free(path);
	return f->status;
}

enum status sysfs_device_of_node(const char *node, struct sysfs_device *d,
				 struct failure *f)
{
	char *path;

	*d = (struct sysfs_device){ 0 };
	if (!is_node(node))
		return fail_usage(
			f, "no node is called %s, but vfio0 and so on", node);
	path = mem_asprintf("/sys/class/vfio-dev/%s/device", node);
	if (!sysfs_device_read(path, d)) {
		fail(f, "VFIO has no device %s", node);
		fail_hint(f, "iommufdctl device list");
	}
	free(path);
	return f->status;
}

void sysfs_device_free(struct sysfs_device *d)
{
	free(d->path);
	free(d->name);
	free(d->bus);
	free(d->driver);
	free(d->group);
	free(d->node);
	*d = (struct sysfs_device){ 0 };
}

bool sysfs_device_is_bridge(const struct sysfs_device *d)
{
	/* A bus of its own is what makes it one, and not its class. */
	return sysfs_has(d->path, "pci_bus");
}

char *sysfs_device_node_path(const struct sysfs_device *d)
{
	return d->node ? mem_asprintf("%s/devices/%s", VFIO_FOLDER, d->node)
		       : NULL;
}

char *sysfs_group_node_path(const char *group)
{
	return group ? mem_asprintf("%s/%s", VFIO_FOLDER, group) : NULL;
}
