// SPDX-License-Identifier: GPL-2.0-or-later
#include "device_json.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "failure.h"
#include "iommu.h"
#include "sysfs_device.h"
#include "sysfs_group.h"

static json_t *user_json(uid_t uid)
{
	const struct passwd *user = getpwuid(uid);

	return user ? json_text(user->pw_name)
		    : json_sprintf("%u", (unsigned)uid);
}

static json_t *users_json(gid_t gid)
{
	const struct group *group = getgrgid(gid);

	return group ? json_text(group->gr_name)
		     : json_sprintf("%u", (unsigned)gid);
}

/* A node and who may open it; null for one that is not there. */
static json_t *node_json(char *path)
{
	json_t *node = NULL;
	struct stat st;

	if (path && !stat(path, &st) && S_ISCHR(st.st_mode))
		node = json_pack("{s:o, s:o, s:o, s:o, s:o, s:b}", "name",
				 json_text(strrchr(path, '/') + 1), "path",
				 json_text(path), "owner", user_json(st.st_uid),
				 "owner_group", users_json(st.st_gid), "mode",
				 json_sprintf("%04o",
					      (unsigned)st.st_mode & 07777),
				 "may_open", !access(path, R_OK | W_OK));
	free(path);
	return node ? node : json_null();
}

static json_t *reserved_json(const char *number)
{
	struct sysfs_regions regions = sysfs_regions_read(number);
	json_t *list = json_array();

	for (size_t i = 0; i < regions.count; i++) {
		const struct sysfs_region *r = &regions.region[i];

		json_array_append_new(list,
				      json_pack("{s:o, s:o, s:o}", "start",
						json_hex64(r->start), "last",
						json_hex64(r->last), "type",
						json_text(r->type)));
	}
	free(regions.region);
	return list;
}

json_t *group_json(const struct sysfs_group *group)
{
	return json_pack("{s:I, s:o, s:I, s:o, s:o}", "iommu_group",
			 (json_int_t)strtoul(group->number, NULL, 10), "type",
			 json_text_or_null(group->type), "num_devices",
			 (json_int_t)group->devices.count, "reserved_regions",
			 reserved_json(group->number), "group_node",
			 node_json(sysfs_group_node_path(group->number)));
}

/* The same keys where there is none. */
static json_t *no_group_json(void)
{
	return json_pack("{s:n, s:n, s:i, s:[], s:n}", "iommu_group", "type",
			 "num_devices", 0, "reserved_regions", "group_node");
}

/* "8086:10d3", as PCI's lists of devices have it. */
static json_t *id_json(const struct sysfs_device *d)
{
	char *vendor = sysfs_read(d->path, "vendor");
	char *device = sysfs_read(d->path, "device");
	json_t *id = json_null();

	if (d->bus && !strcmp(d->bus, "pci") && vendor && device)
		id = json_sprintf("%04lx:%04lx", strtoul(vendor, NULL, 16),
				  strtoul(device, NULL, 16));
	free(device);
	free(vendor);
	return id;
}

static json_t *class_json(const struct sysfs_device *d)
{
	char *class = sysfs_read(d->path, "class");
	json_t *text = json_null();

	if (class)
		text = json_sprintf("%06lx", strtoul(class, NULL, 16));
	free(class);
	return text;
}

json_t *device_own_json(const struct sysfs_device *d)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "device",
			 json_text(d->name), "bus", json_text_or_null(d->bus),
			 "id", id_json(d), "class", class_json(d), "driver",
			 json_text_or_null(d->driver));
}

json_t *device_json(const struct sysfs_device *d,
		    const struct sysfs_group *group)
{
	json_t *of = group ? group_json(group) : no_group_json();
	json_t *device = device_own_json(d);
	size_t others = group && group->devices.count ? group->devices.count - 1
						      : 0;

	json_object_update(device, of);
	json_object_del(device, "num_devices");
	json_object_set_new(device, "num_others",
			    json_integer((json_int_t)others));
	json_object_set_new(device, "device_node",
			    node_json(sysfs_device_node_path(d)));
	json_decref(of);
	return device;
}
