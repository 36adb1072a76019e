// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sets of devices that a reset does not tell apart: nobody may open one of them
 * while another's user resets them all. A device that says nothing is a set of
 * its own.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "core.h"

static DEFINE_MUTEX(sets_lock);
static LIST_HEAD(sets);

static struct vfio_device_set *find_set(const void *key)
{
	struct vfio_device_set *set;

	lockdep_assert_held(&sets_lock);

	list_for_each_entry(set, &sets, item) {
		if (set->key == key)
			return set;
	}
	return NULL;
}

static struct vfio_device_set *set_create(const void *key)
{
	struct vfio_device_set *set;

	lockdep_assert_held(&sets_lock);

	set = kzalloc(sizeof(*set), GFP_KERNEL);
	if (!set)
		return NULL;
	mutex_init(&set->lock);
	INIT_LIST_HEAD(&set->devices);
	set->key = key;
	list_add(&set->item, &sets);
	return set;
}

/**
 * vfio_device_join_set() - say which devices share a device's fate
 * @vdev: not registered yet; not called for it before
 * @key: an address of something that just those devices have in common, which
 *	stays as long as they do
 *
 * Context: may sleep. The set is left when the device is freed.
 * Return: 0 or -ENOMEM.
 */
int vfio_device_join_set(struct vfio_device *vdev, const void *key)
{
	struct vfio_device_set *set;

	mutex_lock(&sets_lock);
	set = find_set(key) ?: set_create(key);
	if (set)
		set->users++;
	mutex_unlock(&sets_lock);

	vdev->set = set;
	return set ? 0 : -ENOMEM;
}
EXPORT_SYMBOL_NS_GPL(vfio_device_join_set, IOMMUFD_VFIO);

/**
 * vfio_device_set_put() - a device leaves
 * @set: what vfio_device_join_set() has chosen, or NULL
 *
 * Context: may sleep.
 */
void vfio_device_set_put(struct vfio_device_set *set)
{
	bool last;

	if (!set)
		return;
	mutex_lock(&sets_lock);
	last = !--set->users;
	if (last)
		list_del(&set->item);
	mutex_unlock(&sets_lock);

	if (last) {
		mutex_destroy(&set->lock);
		kfree(set);
	}
}
