// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module: what has to be there before the first device comes.
 *
 * It excludes Linux's own VFIO, and is excluded by it: KVM finds one by the
 * names of functions that only one module can have, so that the kernel refuses
 * to load the other one and says whose they are. It has no alias by which it
 * would be loaded on demand: which of them is to be is up to the administrator.
 */
#include <linux/kobject.h>
#include <linux/module.h>

#include "core.h"
#include "version.h"

/*
 * DPDK takes VFIO for absent where /sys/module does not have directories of
 * these names.
 */
static const char *const names[] = { "vfio", "vfio_pci" };
static struct kobject *directories[ARRAY_SIZE(names)];

static void remove_names(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		kobject_put(directories[i]);
}

static int add_names(void)
{
	struct kobject *parent = &THIS_MODULE->mkobj.kobj.kset->kobj;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		directories[i] = kobject_create_and_add(names[i], parent);
		if (!directories[i]) {
			remove_names();
			return -ENOMEM;
		}
	}
	return 0;
}

static int __init vfio_init(void)
{
	int rc;

	rc = vfio_groups_init();
	if (rc)
		return rc;
	rc = vfio_device_nodes_init();
	if (rc)
		goto exit_groups;
	rc = add_names();
	if (rc)
		goto exit_nodes;
	rc = vfio_containers_init();
	if (rc)
		goto remove_names;
	return 0;

remove_names:
	remove_names();
exit_nodes:
	vfio_device_nodes_exit();
exit_groups:
	vfio_groups_exit();
	return rc;
}

static void __exit vfio_exit(void)
{
	vfio_containers_exit();
	remove_names();
	vfio_device_nodes_exit();
	vfio_groups_exit();
}

module_init(vfio_init);
module_exit(vfio_exit);

MODULE_DESCRIPTION("Devices for user space, by groups or nodes");
MODULE_VERSION(IOMMUFDCTL_VERSION);
MODULE_LICENSE("GPL");
