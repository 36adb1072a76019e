// SPDX-License-Identifier: GPL-2.0-only
/*
 * Resets of a slot or a bus, and so of several devices: for a user who shows
 * that it owns all of them, by its groups' files or by its iommufd; and when
 * the last of them is closed, if one could not be reset by itself.
 */
#include <linux/file.h>
#include <linux/iommu.h>
#include <linux/overflow.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "pci.h"

/* More are not on a bus: 32 devices of 8 functions, twice as some bridge. */
#define AFFECTED_MAX 512

/**
 * struct affected - the devices that a reset would hit
 * @slot: only those of this slot and behind it, or NULL: all of the bus's
 * @found: each with a reference
 * @count: of @found
 * @more: there is no room for all
 */
struct affected {
	struct pci_slot *slot;
	unsigned int count;
	bool more;
	struct pci_dev *found[AFFECTED_MAX];
};

/**
 * vfio_pci_reset_key() - what devices have in common that are reset together
 * @pdev: one of them
 *
 * Return: the same for each of them, or NULL if it cannot be reset that way.
 */
const void *vfio_pci_reset_key(struct pci_dev *pdev)
{
	if (pdev->slot && !pci_probe_reset_slot(pdev->slot))
		return pdev->slot;
	if (!pci_probe_reset_bus(pdev->bus))
		return pdev->bus;
	return NULL;
}

/* In it, or behind a bridge that is. */
static bool below_slot(struct pci_dev *pdev, struct pci_slot *slot)
{
	for (; pdev; pdev = pci_upstream_bridge(pdev)) {
		if (pdev->slot == slot)
			return true;
	}
	return false;
}

static int find_one(struct pci_dev *pdev, void *data)
{
	struct affected *affected = data;

	if (affected->slot && !below_slot(pdev, affected->slot))
		return 0;
	affected->more = affected->count == AFFECTED_MAX;
	if (affected->more)
		return -ENOSPC;
	affected->found[affected->count++] = pci_dev_get(pdev);
	return 0;
}

static void put_affected(struct affected *affected)
{
	while (affected->count--)
		pci_dev_put(affected->found[affected->count]);
	kvfree(affected);
}

/* All of them: nobody may own just those that there was room for. */
static struct affected *find_affected(struct vfio_pci *vpci)
{
	struct pci_dev *pdev = vpci->pdev;
	struct affected *affected;
	const void *key;

	key = vfio_pci_reset_key(pdev);
	if (!key)
		return ERR_PTR(-ENODEV);
	affected = kvzalloc(sizeof(*affected), GFP_KERNEL_ACCOUNT);
	if (!affected)
		return ERR_PTR(-ENOMEM);
	if (key == pdev->slot)
		affected->slot = pdev->slot;
	pci_walk_bus(pdev->bus, find_one, affected);
	if (affected->more) {
		put_affected(affected);
		return ERR_PTR(-ENODEV);
	}
	return affected;
}

/* Ours, in the same set; it stays while the set is locked. */
static struct vfio_pci *find_in_set(struct vfio_device_set *set,
				    struct pci_dev *pdev)
{
	struct vfio_device *vdev;

	lockdep_assert_held(&set->lock);
	list_for_each_entry(vdev, &set->devices, set_item) {
		if (vdev->dev == &pdev->dev)
			return to_vfio_pci(vdev);
	}
	return NULL;
}

static int node_id(struct vfio_pci *vpci, struct pci_dev *pdev)
{
	struct vfio_pci *other = find_in_set(vpci->vdev.set, pdev);
	int id;

	if (!other)
		return VFIO_PCI_DEVID_NOT_OWNED;
	id = vfio_device_id_in(&other->vdev, vfio_device_ictx(&vpci->vdev));
	if (id == -ENOENT)
		return VFIO_PCI_DEVID_OWNED;
	return id < 0 ? VFIO_PCI_DEVID_NOT_OWNED : id;
}

static int describe(struct vfio_pci *vpci, struct pci_dev *pdev,
		    struct vfio_pci_dependent_device *entry, u32 *flags)
{
	struct iommu_group *group;

	entry->segment = pci_domain_nr(pdev->bus);
	entry->bus = pdev->bus->number;
	entry->devfn = pdev->devfn;
	if (vpci->vdev.as_node) {
		/* One field; older headers have only this name for it. */
		entry->group_id = node_id(vpci, pdev);
		if ((int)entry->group_id == VFIO_PCI_DEVID_NOT_OWNED)
			*flags &= ~VFIO_PCI_HOT_RESET_FLAG_DEV_ID_OWNED;
		return 0;
	}
	group = iommu_group_get(&pdev->dev);
	/* Nobody could show that it is owned. */
	if (!group)
		return -EPERM;
	entry->group_id = iommu_group_id(group);
	iommu_group_put(group);
	return 0;
}

static int describe_all(struct vfio_pci *vpci, struct affected *affected,
			struct vfio_pci_dependent_device *entries, u32 *flags)
{
	unsigned int i;
	int rc = 0;

	mutex_lock(&vpci->vdev.set->lock);
	if (vpci->vdev.as_node)
		*flags = VFIO_PCI_HOT_RESET_FLAG_DEV_ID |
			 VFIO_PCI_HOT_RESET_FLAG_DEV_ID_OWNED;
	for (i = 0; i < affected->count && !rc; i++)
		rc = describe(vpci, affected->found[i], &entries[i], flags);
	mutex_unlock(&vpci->vdev.set->lock);
	return rc;
}

static int answer_info(struct vfio_pci *vpci, struct affected *affected,
		       struct vfio_pci_hot_reset_info *info,
		       struct vfio_pci_hot_reset_info __user *user)
{
	size_t size = affected->count * sizeof(info->devices[0]);
	struct vfio_pci_dependent_device *entries;
	int rc;

	info->flags = 0;
	info->count = affected->count;
	if (info->argsz - sizeof(*info) < size)
		return copy_to_user(user, info, sizeof(*info)) ? -EFAULT
							       : -ENOSPC;
	entries = kvzalloc(size, GFP_KERNEL_ACCOUNT);
	if (!entries)
		return -ENOMEM;
	rc = describe_all(vpci, affected, entries, &info->flags);
	if (!rc && (copy_to_user(user->devices, entries, size) ||
		    copy_to_user(user, info, sizeof(*info))))
		rc = -EFAULT;
	kvfree(entries);
	return rc;
}

/**
 * vfio_pci_hot_reset_info() - VFIO_DEVICE_GET_PCI_HOT_RESET_INFO
 * @vpci: while open
 * @argument: the user's struct vfio_pci_hot_reset_info
 *
 * Context: may fault and sleep, takes vfio_device_set::lock.
 * Return: 0; -ENOSPC with the count if there is no room for all; -ENODEV if
 *	there is no such reset; or another errno.
 */
long vfio_pci_hot_reset_info(struct vfio_pci *vpci, void __user *argument)
{
	struct vfio_pci_hot_reset_info info;
	struct affected *affected;
	int rc;

	if (copy_from_user(&info, argument, sizeof(info)))
		return -EFAULT;
	if (info.argsz < sizeof(info))
		return -EINVAL;
	affected = find_affected(vpci);
	if (IS_ERR(affected))
		return PTR_ERR(affected);
	rc = answer_info(vpci, affected, &info, argument);
	put_affected(affected);
	return rc;
}

/**
 * struct proof - what a user shows to own devices
 * @files: its groups' files, each with a reference; none for a device node
 * @count: how many
 */
struct proof {
	struct file **files;
	unsigned int count;
};

static void put_proof(struct proof *proof)
{
	while (proof->count--)
		fput(proof->files[proof->count]);
	kfree(proof->files);
}

static int add_file(struct proof *proof, int fd)
{
	struct file *file = fget(fd);

	if (!file)
		return -EBADF;
	proof->files[proof->count++] = file;
	return vfio_is_group_file(file) ? 0 : -EINVAL;
}

static int get_proof(struct proof *proof, const s32 __user *user,
		     unsigned int count)
{
	unsigned int i;
	s32 fd;
	int rc;

	proof->files =
		kcalloc(count, sizeof(*proof->files), GFP_KERNEL_ACCOUNT);
	if (!proof->files)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		rc = get_user(fd, &user[i]);
		if (!rc)
			rc = add_file(proof, fd);
		if (rc)
			return rc;
	}
	return 0;
}

/* By the user's iommufd, or by the group's file that it has shown. */
static bool owns(struct vfio_pci *vpci, struct pci_dev *pdev,
		 const struct proof *proof)
{
	struct vfio_pci *other;
	unsigned int i;

	if (vpci->vdev.as_node)
		return node_id(vpci, pdev) != VFIO_PCI_DEVID_NOT_OWNED;
	other = find_in_set(vpci->vdev.set, pdev);
	for (i = 0; i < proof->count; i++) {
		if (vfio_file_has_device(proof->files[i], &other->vdev))
			return true;
	}
	return false;
}

/* All of them must be ours: nobody else's driver may be surprised. */
static bool all_in_set(struct vfio_device_set *set, struct affected *affected)
{
	unsigned int i;

	for (i = 0; i < affected->count; i++) {
		if (!find_in_set(set, affected->found[i]))
			return false;
	}
	return true;
}

static bool owns_all(struct vfio_pci *vpci, struct affected *affected,
		     const struct proof *proof)
{
	unsigned int i;

	if (!all_in_set(vpci->vdev.set, affected))
		return false;
	for (i = 0; i < affected->count; i++) {
		if (!owns(vpci, affected->found[i], proof))
			return false;
	}
	return true;
}

static void lock_memory(struct vfio_device_set *set)
{
	struct vfio_pci *vpci;

	list_for_each_entry(vpci, &set->devices, vdev.set_item) {
		pm_runtime_get_sync(&vpci->pdev->dev);
		down_write_nest_lock(&vpci->memory_lock, &set->lock);
		if (vpci->config.bytes)
			vfio_pci_reset_prepare(vpci);
	}
}

static void unlock_memory(struct vfio_device_set *set)
{
	struct vfio_pci *vpci;

	list_for_each_entry(vpci, &set->devices, vdev.set_item) {
		if (vpci->config.bytes)
			vfio_pci_reset_done(vpci);
		up_write(&vpci->memory_lock);
		pm_runtime_put(&vpci->pdev->dev);
	}
}

static int reset_set(struct vfio_pci *vpci)
{
	struct vfio_device_set *set = vpci->vdev.set;
	int rc;

	lockdep_assert_held(&set->lock);
	lock_memory(set);
	rc = pci_reset_bus(vpci->pdev);
	unlock_memory(set);
	return rc;
}

static int reset_owned(struct vfio_pci *vpci, struct affected *affected,
		       const struct proof *proof)
{
	struct vfio_device_set *set = vpci->vdev.set;
	int rc = -EINVAL;

	mutex_lock(&set->lock);
	if (owns_all(vpci, affected, proof))
		rc = reset_set(vpci);
	mutex_unlock(&set->lock);
	return rc;
}

/**
 * vfio_pci_hot_reset() - VFIO_DEVICE_PCI_HOT_RESET
 * @vpci: while open
 * @argument: the user's struct vfio_pci_hot_reset
 *
 * Context: may fault and sleep, takes vfio_device_set::lock.
 * Return: 0; -ENODEV if there is no such reset; -EINVAL if not all that would
 *	be reset is the user's; or another errno.
 */
long vfio_pci_hot_reset(struct vfio_pci *vpci, void __user *argument)
{
	struct vfio_pci_hot_reset __user *user = argument;
	struct vfio_pci_hot_reset reset;
	struct affected *affected;
	struct proof proof = {};
	int rc = -EINVAL;

	if (copy_from_user(&reset, user, sizeof(reset)))
		return -EFAULT;
	if (reset.argsz < sizeof(reset) || reset.flags ||
	    !reset.count != vpci->vdev.as_node ||
	    (reset.argsz - sizeof(reset)) / sizeof(s32) < reset.count)
		return -EINVAL;
	affected = find_affected(vpci);
	if (IS_ERR(affected))
		return PTR_ERR(affected);
	/* More groups than devices prove nothing. */
	if (reset.count > affected->count)
		goto put_affected;
	rc = get_proof(&proof, user->group_fds, reset.count);
	if (!rc)
		rc = reset_owned(vpci, affected, &proof);
	put_proof(&proof);
put_affected:
	put_affected(affected);
	return rc;
}

/**
 * vfio_pci_reset_unused() - reset what could not be reset by itself
 * @vpci: just closed
 *
 * As far as nobody uses any of the devices that are reset with it.
 *
 * Context: may sleep; vfio_device_set::lock is held.
 */
void vfio_pci_reset_unused(struct vfio_pci *vpci)
{
	struct vfio_device_set *set = vpci->vdev.set;
	struct affected *affected;
	struct vfio_pci *other;
	bool unused = true;

	if (!vpci->dirty)
		return;
	list_for_each_entry(other, &set->devices, vdev.set_item)
		unused = unused && !other->config.bytes;
	affected = find_affected(vpci);
	if (IS_ERR(affected))
		return;
	if (unused && all_in_set(set, affected) && !reset_set(vpci)) {
		list_for_each_entry(other, &set->devices, vdev.set_item)
			other->dirty = false;
	}
	put_affected(affected);
}
