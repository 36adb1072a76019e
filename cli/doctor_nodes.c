// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The layers that programs meet: nodes and drivers; whether they are there,
 * and if not, why: the kernel was built without them, the module is not
 * loaded, no device is bound, a container hides or forbids them, or rights
 * are missing.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "doctor.h"
#include "kernel_build.h"
#include "sysfs.h"
#include "sysfs_device.h"

/* What brings a node or a driver. */
struct source {
	const char *layer;
	const char *what;
	const char *option; /* of the kernel's configuration */
	const char *module; /* Linux's, in this folder */
	const char *folder;
	const char *ours; /* where Linux's cannot */
};

static const struct source iommufd = {
	.layer = "iommufd",
	.option = "CONFIG_IOMMUFD",
	.module = "iommufd",
	.folder = "kernel/drivers/iommu/iommufd",
	.ours = "iommufd",
};

static const struct source vfio = {
	.layer = "vfio",
	.what = VFIO_FOLDER "/vfio",
	.option = "CONFIG_VFIO",
	.module = "vfio",
	.folder = "kernel/drivers/vfio",
	.ours = "iommufd_vfio",
};

/* An option of the module vfio. */
static const struct source vfio_cdev = {
	.layer = "vfio-cdev",
	.what = VFIO_FOLDER "/devices",
	.option = "CONFIG_VFIO_DEVICE_CDEV",
	.module = "vfio",
	.folder = "kernel/drivers/vfio",
	.ours = "iommufd_vfio",
};

static const struct source vfio_pci = {
	.layer = "vfio-pci",
	.what = SYSFS_PCI "/drivers/vfio-pci",
	.option = "CONFIG_VFIO_PCI",
	.module = "vfio-pci",
	.folder = "kernel/drivers/vfio/pci",
	.ours = "iommufd_vfio_pci",
};

/*
 * Ours and Linux's exclude each other, and what ours are for is what Linux's
 * were built without.
 */
static bool prefers_ours(const struct checkup *c, const struct source *s)
{
	enum config value;
	char *path;

	if (!kernel_has_ours(c->release, s->ours))
		return false;
	value = kernel_config(c->release, vfio_cdev.option, &path);
	free(path);
	return value == CONFIG_OFF;
}

static bool linux_has(const struct checkup *c, const struct source *s,
		      enum config value)
{
	/* Without the option its module is there, but cannot do this. */
	return value != CONFIG_OFF && s->module &&
	       kernel_has_module(c->release, s->folder, s->module);
}

/*
 * What it lacks, and what brings it. Where the configuration is nowhere to be
 * read, the modules that lie there tell.
 */
static void missing(struct checkup *c, const struct source *s, const char *what,
		    enum verdict verdict)
{
	struct finding f = { .layer = s->layer, .verdict = verdict };
	char *evidence, *repair = NULL;
	enum config value = kernel_config(c->release, s->option, &evidence);
	const char *module = NULL;

	if (prefers_ours(c, s))
		module = s->ours;
	else if (linux_has(c, s, value))
		module = s->module;
	else if (kernel_has_ours(c->release, s->ours))
		module = s->ours;
	if (module) {
		f.cause = CAUSE_NOT_LOADED;
		repair = mem_asprintf("modprobe %s", module);
	} else if (value == CONFIG_MODULE) {
		f.cause = CAUSE_NOT_INSTALLED;
		repair = mem_strdup(
			"install all of the kernel's modules, or those that come with iommufdctl");
	} else {
		f.cause = value == CONFIG_OFF ? CAUSE_NOT_COMPILED
					      : CAUSE_OTHER;
		repair = mem_strdup(
			"install the modules that come with iommufdctl");
	}
	f.evidence = evidence;
	f.repair = repair;
	checkup_add(c, &f, "there is no %s; %s of Linux %s: %s", what,
		    s->option, c->release, kernel_config_words(value));
	free(repair);
	free(evidence);
}

static const struct doctor_node *node_of(const struct checkup *c,
					 enum node_of of)
{
	for (size_t i = 0; i < c->num_nodes; i++)
		if (c->nodes[i].of == of)
			return &c->nodes[i];
	return NULL;
}

static void add_node(struct checkup *c, const char *layer,
		     const struct doctor_node *n)
{
	bool elevate = n->cause == CAUSE_NO_PERMISSION && !c->subject.pid &&
		       !n->repair;

	checkup_add(c,
		    &(struct finding){
			    .layer = layer,
			    .verdict = n->cause ? VERDICT_FAILED : VERDICT_OK,
			    .cause = n->cause,
			    .evidence = n->path,
			    .repair = elevate ? "sudo iommufdctl doctor"
					      : n->repair,
		    },
		    "%s",
		    n->cause	     ? n->why
		    : c->subject.pid ? "the process may open it"
				     : "it opens");
}

void doctor_iommufd(struct checkup *c)
{
	const struct doctor_node *n = node_of(c, OF_IOMMUFD);

	if (n->cause == CAUSE_ABSENT)
		missing(c, &iommufd, n->path, VERDICT_FAILED);
	else
		add_node(c, iommufd.layer, n);
}

/*
 * Of VFIO's devices in sysfs, those that have a number have a node: @with
 * counts them, and @without the others.
 */
static void count_devices(size_t *with, size_t *without)
{
	struct names names = sysfs_list("/sys/class/vfio-dev");

	*with = *without = 0;
	for (size_t i = 0; i < names.count; i++) {
		char *dir =
			mem_asprintf("/sys/class/vfio-dev/%s", names.name[i]);

		++*(sysfs_has(dir, "dev") ? with : without);
		free(dir);
	}
	names_free(&names);
}

/*
 * Linux's container leaves the IOMMU to a module of its own, and without it
 * every group is refused; ours and iommufd's do not.
 */
static bool lacks_type1(const struct checkup *c)
{
	char *path;
	bool compatible = kernel_config(c->release,
					"CONFIG_IOMMUFD_VFIO_CONTAINER",
					&path) >= CONFIG_MODULE;

	free(path);
	return sysfs_has("/sys/class/misc", "vfio") && !compatible &&
	       !sysfs_has("/sys/module", vfio.ours) &&
	       !sysfs_has("/sys/module", "vfio_iommu_type1");
}

static void no_type1(struct checkup *c)
{
	checkup_add(
		c,
		&(struct finding){
			.layer = vfio.layer,
			.verdict = VERDICT_FAILED,
			.cause = CAUSE_NOT_LOADED,
			.evidence = "/sys/module",
			.repair = "modprobe vfio_iommu_type1",
		},
		"a container takes no group without the module vfio_iommu_type1");
}

void doctor_vfio(struct checkup *c)
{
	const struct doctor_node *n = node_of(c, OF_CONTAINER);

	if (n->cause == CAUSE_ABSENT)
		missing(c, &vfio, n->path, VERDICT_FAILED);
	else if (!n->cause && lacks_type1(c))
		no_type1(c);
	else
		add_node(c, vfio.layer, n);
}

/* The folder comes with the first device. */
static void none_bound(struct checkup *c)
{
	checkup_add(
		c,
		&(struct finding){
			.layer = vfio_cdev.layer,
			.verdict = VERDICT_WARNING,
			.cause = CAUSE_NOT_BOUND,
			.evidence = "/sys/class/vfio-dev",
			.repair = "iommufdctl device bind BDF",
		},
		"devices would have nodes of their own, but VFIO drives none yet");
}

/* Does the VFIO that is loaded make nodes of devices, with no device to tell? */
static bool makes_nodes(const struct checkup *c)
{
	char *path;
	bool option = kernel_config(c->release, vfio_cdev.option, &path) >=
		      CONFIG_MODULE;

	free(path);
	return sysfs_has("/sys/class", "vfio-dev") &&
	       (option || sysfs_has("/sys/module", vfio_cdev.ours));
}

static bool any_found(const struct checkup *c)
{
	for (size_t i = 0; i < c->num_nodes; i++)
		if (c->nodes[i].of == OF_DEVICE && c->nodes[i].attempt.found)
			return true;
	return false;
}

/* Groups do without, so that this alone breaks nothing. */
void doctor_vfio_cdev(struct checkup *c)
{
	struct finding f = { .layer = vfio_cdev.layer,
			     .evidence = vfio_cdev.what };
	size_t with, without;

	count_devices(&with, &without);
	if (any_found(c)) {
		checkup_add(c, &f, "devices have nodes of their own");
	} else if (with) {
		f.verdict = VERDICT_WARNING;
		f.cause = CAUSE_HIDDEN;
		f.repair =
			"give the nodes to the container, where that is configured";
		checkup_add(
			c, &f,
			"the kernel has nodes of %zu device%s, but this /dev has none",
			with, with == 1 ? "" : "s");
	} else if (!without && makes_nodes(c)) {
		none_bound(c);
	} else {
		missing(c, &vfio_cdev, vfio_cdev.what, VERDICT_WARNING);
	}
}

void doctor_vfio_pci(struct checkup *c)
{
	if (sysfs_has(SYSFS_PCI "/drivers", "vfio-pci"))
		checkup_add(c,
			    &(struct finding){ .layer = vfio_pci.layer,
					       .evidence = vfio_pci.what },
			    "the driver is there");
	else
		missing(c, &vfio_pci, "driver vfio-pci to bind PCI devices to",
			VERDICT_FAILED);
}
