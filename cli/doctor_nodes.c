// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The layers that programs meet: nodes, whether they are there, and if not,
 * why, and whether they open; and how much memory a program may lock.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "buf.h"
#include "doctor.h"
#include "number.h"
#include "process.h"
#include "sysfs.h"
#include "sysfs_device.h"

/* Of a kernel's configuration; CONFIG_UNKNOWN: it is nowhere to be read. */
enum config {
	CONFIG_UNKNOWN,
	CONFIG_OFF,
	CONFIG_MODULE,
	CONFIG_BUILTIN,
};

/* @path becomes where it was looked for last; the caller frees that. */
static enum config config(const char *release, const char *option, char **path)
{
	enum config value = CONFIG_OFF;
	size_t size = 0, len = strlen(option);
	char *line = NULL;
	FILE *file;

	*path = mem_asprintf("/boot/config-%s", release);
	file = fopen(*path, "re");
	if (!file)
		return CONFIG_UNKNOWN;
	while (getline(&line, &size, file) >= 0) {
		if (strncmp(line, option, len) || line[len] != '=')
			continue;
		value = line[len + 1] == 'm' ? CONFIG_MODULE : CONFIG_BUILTIN;
		break;
	}
	free(line);
	fclose(file);
	return value;
}

/* A module of the running kernel's, Linux's own or built beside it. */
static bool installed(const char *release, const char *folder, const char *name)
{
	static const char *const ends[] = { "", ".xz", ".zst", ".gz" };
	bool found = false;

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends) && !found; i++) {
		char *path = mem_asprintf("/lib/modules/%s/%s/%s.ko%s", release,
					  folder, name, ends[i]);

		found = !access(path, F_OK);
		free(path);
	}
	return found;
}

struct node {
	const char *layer;
	const char *path;
	const char *option; /* of the kernel's configuration */
	const char *module; /* that makes it: Linux's, in this folder */
	const char *folder;
	const char *ours; /* that makes it where Linux's cannot */
};

static const struct node iommufd = {
	.layer = "iommufd",
	.option = "CONFIG_IOMMUFD",
	.module = "iommufd",
	.folder = "kernel/drivers/iommu/iommufd",
	.ours = "iommufd",
};

static const struct node vfio = {
	.layer = "vfio",
	.path = VFIO_FOLDER "/vfio",
	.option = "CONFIG_VFIO",
	.module = "vfio",
	.folder = "kernel/drivers/vfio",
	.ours = "iommufd_vfio",
};

static const struct node vfio_cdev = {
	.layer = "vfio-cdev",
	.path = VFIO_FOLDER "/devices",
	.option = "CONFIG_VFIO_DEVICE_CDEV",
	.ours = "iommufd_vfio",
};

/* What it lacks, and what brings it. */
static void missing(struct checkup *c, const struct node *node,
		    const char *path, enum verdict verdict)
{
	char *evidence, *repair = NULL;
	enum config value = config(c->release, node->option, &evidence);
	const char *const values[] = {
		[CONFIG_UNKNOWN] = "cannot be read",
		[CONFIG_OFF] = "off",
		[CONFIG_MODULE] = "a module",
		[CONFIG_BUILTIN] = "built in",
	};

	if (node->module && installed(c->release, node->folder, node->module))
		repair = mem_asprintf("modprobe %s", node->module);
	else if (installed(c->release, "updates/dkms", node->ours))
		repair = mem_asprintf("modprobe %s", node->ours);
	else
		repair = mem_strdup(
			"install the modules that come with iommufdctl");
	checkup_add(c, node->layer, verdict, evidence, repair,
		    "there is no %s; %s of Linux %s: %s", path, node->option,
		    c->release, values[value]);
	free(repair);
	free(evidence);
}

/* Rights of files are one thing, and what a container forbids is another. */
static void closed(struct checkup *c, const char *layer, const char *path,
		   int err)
{
	if (err == EACCES)
		checkup_add(c, layer, VERDICT_FAILED, path,
			    "sudo iommufdctl doctor",
			    "its owner and mode do not let user %u open it",
			    geteuid());
	else if (err == EPERM)
		checkup_add(
			c, layer, VERDICT_FAILED, path,
			"allow the device where the container is configured",
			"the device rules of this control group forbid it");
	else
		checkup_add(c, layer, VERDICT_FAILED, path, NULL,
			    "it cannot be opened: %s", strerror(err));
}

static void check_node(struct checkup *c, const struct node *node,
		       const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0)
		checkup_add(c, node->layer, VERDICT_OK, path, NULL, "it opens");
	else if (errno == ENOENT)
		missing(c, node, path, VERDICT_FAILED);
	else
		closed(c, node->layer, path, errno);
	if (fd >= 0)
		close(fd);
}

void doctor_iommufd(struct checkup *c)
{
	check_node(c, &iommufd, c->device);
}

void doctor_vfio(struct checkup *c)
{
	check_node(c, &vfio, vfio.path);
}

/* Groups do without, so that this alone breaks nothing. */
void doctor_vfio_cdev(struct checkup *c)
{
	if (access(vfio_cdev.path, F_OK))
		missing(c, &vfio_cdev, vfio_cdev.path, VERDICT_WARNING);
	else
		checkup_add(c, vfio_cdev.layer, VERDICT_OK, vfio_cdev.path,
			    NULL, "devices have nodes of their own");
}

void doctor_vfio_pci(struct checkup *c)
{
	if (sysfs_has(SYSFS_PCI "/drivers", "vfio-pci"))
		checkup_add(c, "vfio-pci", VERDICT_OK,
			    SYSFS_PCI "/drivers/vfio-pci", NULL,
			    "the driver is there");
	else
		checkup_add(
			c, "vfio-pci", VERDICT_FAILED, SYSFS_PCI "/drivers",
			installed(c->release, "updates/dkms",
				  "iommufd_vfio_pci")
				? "modprobe iommufd_vfio_pci"
				: "modprobe vfio-pci",
			"there is no driver vfio-pci to bind PCI devices to");
}

/* CAP_IPC_LOCK, whose holders have no limit. */
static bool locks_at_will(void)
{
	return process_status("CapEff", 16) & 1 << 14;
}

void doctor_memory(struct checkup *c)
{
	const char *limits = "/proc/self/limits";
	char size[NUMBER_HUMAN_SIZE], ram[NUMBER_HUMAN_SIZE];
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit))
		return;
	number_human(limit.rlim_cur, size);
	number_human(c->ram, ram);
	if (limit.rlim_cur == RLIM_INFINITY || locks_at_will())
		checkup_add(c, "memory", VERDICT_OK, limits, NULL,
			    "any amount may be locked");
	else if (c->ram > limit.rlim_cur)
		checkup_add(
			c, "memory", VERDICT_FAILED, limits,
			"ulimit -l unlimited",
			"a guest of %s has to be locked as a whole, and %s may be",
			ram, size);
	else
		checkup_add(
			c, "memory", c->ram ? VERDICT_OK : VERDICT_WARNING,
			limits, c->ram ? NULL : "ulimit -l unlimited",
			"%s may be locked, for all guests of a user together",
			size);
}
