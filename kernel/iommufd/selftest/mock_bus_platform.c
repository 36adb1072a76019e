// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mock IOMMU where the IOMMU core finds the driver of a device by firmware
 * node: a driver that is registered with a node of its own, beside whatever
 * IOMMU the machine has, and platform devices that refer to it.
 *
 * Only such buses are probed as the core was built to probe, which is why the
 * devices are platform devices. A driver names the node of its IOMMU through
 * dev->iommu, made before the device is added: the core's own helper for that
 * is for drivers that run inside of its lock.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/property.h>
#include <linux/slab.h>

#include "mock.h"

static struct iommu_device mock_iommu;
static struct fwnode_handle *mock_node;

static bool cannot_track_dirty(struct device *dev)
{
	return to_mock_device(dev)->flags & MOCK_FLAGS_DEVICE_NO_DIRTY;
}

static int mock_attach(struct iommu_domain *domain, struct device *dev)
{
	return domain->dirty_ops && cannot_track_dirty(dev) ? -EINVAL : 0;
}

static const struct iommu_domain_ops mock_blocking_ops = {
	.attach_dev = mock_attach,
};

/* Without an owner a device can reach nothing. */
static struct iommu_domain mock_blocking = {
	.type = IOMMU_DOMAIN_BLOCKED,
	.ops = &mock_blocking_ops,
};

const struct iommu_domain_ops mock_domain_ops = {
	.attach_dev = mock_attach,
	.map_pages = mock_map_pages,
	.unmap_pages = mock_unmap_pages,
	.iotlb_sync = mock_iotlb_sync,
	.iova_to_phys = mock_iova_to_phys,
	.free = mock_domain_free,
};

static struct iommu_domain *mock_alloc_paging(struct device *dev)
{
	struct mock_domain *mock = mock_domain_create();

	if (!mock)
		return NULL;
	mock->domain.ops = &mock_domain_ops;
	if (to_mock_device(dev)->flags & MOCK_FLAGS_DEVICE_HUGE_IOVA)
		mock_domain_use_huge_pages(mock);
	return &mock->domain;
}

static struct iommu_domain *mock_alloc_user_paging(struct device *dev,
						   u32 flags)
{
	struct iommu_domain *domain;

	if (flags &
	    ~(IOMMU_HWPT_ALLOC_NEST_PARENT | IOMMU_HWPT_ALLOC_DIRTY_TRACKING))
		return ERR_PTR(-EOPNOTSUPP);
	if ((flags & IOMMU_HWPT_ALLOC_DIRTY_TRACKING) &&
	    cannot_track_dirty(dev))
		return ERR_PTR(-EOPNOTSUPP);
	domain = mock_alloc_paging(dev);
	if (!domain)
		return ERR_PTR(-ENOMEM);
	if (flags & IOMMU_HWPT_ALLOC_DIRTY_TRACKING)
		domain->dirty_ops = &mock_dirty_ops;
	return domain;
}

static struct iommu_domain *
mock_alloc_user(struct device *dev, u32 flags, struct iommu_domain *parent,
		const struct iommu_user_data *user_data)
{
	if (!parent)
		return user_data ? ERR_PTR(-EOPNOTSUPP)
				 : mock_alloc_user_paging(dev, flags);
	if (flags || !user_data)
		return ERR_PTR(-EOPNOTSUPP);
	return mock_nested_create(parent, user_data);
}

static void *mock_hw_info(struct device *dev, u32 *length, u32 *type)
{
	struct iommu_test_hw_info *info = kzalloc(sizeof(*info), GFP_KERNEL);

	if (!info)
		return ERR_PTR(-ENOMEM);
	info->test_reg = IOMMU_HW_INFO_SELFTEST_REGVAL;
	*length = sizeof(*info);
	*type = IOMMU_HW_INFO_TYPE_SELFTEST;
	return info;
}

static bool mock_capable(struct device *dev, enum iommu_cap cap)
{
	switch (cap) {
	case IOMMU_CAP_CACHE_COHERENCY:
		return true;
	case IOMMU_CAP_DIRTY_TRACKING:
		return !cannot_track_dirty(dev);
	default:
		return false;
	}
}

/* The core found the driver by the node, which only the mock's devices have. */
static struct iommu_device *mock_probe_device(struct device *dev)
{
	return &mock_iommu;
}

static const struct iommu_ops mock_ops = {
	.owner = THIS_MODULE,
	.probe_device = mock_probe_device,
	.device_group = generic_device_group,
	.capable = mock_capable,
	.hw_info = mock_hw_info,
	.pgsize_bitmap = MOCK_IO_PAGE_SIZE,
	.default_domain = &mock_blocking,
	.blocked_domain = &mock_blocking,
	.domain_alloc_paging = mock_alloc_paging,
	.domain_alloc_user = mock_alloc_user,
	.default_domain_ops = &mock_domain_ops,
	.dev_enable_feat = mock_faults_enable,
	.dev_disable_feat = mock_faults_disable,
	.page_response = mock_faults_answered,
	.user_pasid_table = true,
};

static void iommu_data_free(struct dev_iommu *data)
{
	if (data->fwspec)
		fwnode_handle_put(data->fwspec->iommu_fwnode);
	kfree(data->fwspec);
	kfree(data);
}

/* The node of the device's IOMMU, where the core will look for it. */
static struct dev_iommu *iommu_data_create(void)
{
	struct dev_iommu *data = kzalloc(sizeof(*data), GFP_KERNEL);

	if (!data)
		return NULL;
	mutex_init(&data->lock);
	data->fwspec = kzalloc(struct_size(data->fwspec, ids, 1), GFP_KERNEL);
	if (!data->fwspec) {
		kfree(data);
		return NULL;
	}
	data->fwspec->iommu_fwnode = fwnode_handle_get(mock_node);
	return data;
}

/* The core has freed dev->iommu unless it never got to see the device. */
void mock_device_free(struct device *dev)
{
	if (dev->iommu)
		iommu_data_free(dev->iommu);
	kfree(to_mock_device(dev));
}

/**
 * mock_device_create() - a new device behind the mock IOMMU
 * @flags: MOCK_FLAGS_DEVICE_*
 *
 * It holds a reference to this module.
 *
 * Context: may sleep. Undo with mock_device_destroy().
 * Return: the device, or ERR_PTR: -ENOMEM, -ENODEV if the IOMMU core could not
 * make it known to the driver, or what adding a device returns.
 */
struct mock_device *mock_device_create(u32 flags)
{
	struct mock_device *mdev = kzalloc(sizeof(*mdev), GFP_KERNEL);
	int rc;

	if (!mdev)
		return ERR_PTR(-ENOMEM);
	init_rwsem(&mdev->attaching);
	mdev->flags = flags;
	mdev->pdev.name = "iommufd_mock";
	mdev->pdev.id = PLATFORM_DEVID_AUTO;
	mdev->pdev.dev.release = mock_device_free;
	mdev->pdev.dev.iommu = iommu_data_create();
	if (!mdev->pdev.dev.iommu) {
		kfree(mdev);
		return ERR_PTR(-ENOMEM);
	}

	rc = platform_device_register(&mdev->pdev);
	if (rc) {
		platform_device_put(&mdev->pdev);
		return ERR_PTR(rc);
	}
	if (!device_iommu_mapped(&mdev->pdev.dev)) {
		platform_device_unregister(&mdev->pdev);
		return ERR_PTR(-ENODEV);
	}
	return mdev;
}

/**
 * mock_device_destroy() - remove a device
 * @mdev: nothing uses it any more
 *
 * Context: may sleep.
 */
void mock_device_destroy(struct mock_device *mdev)
{
	platform_device_unregister(&mdev->pdev);
}

/**
 * mock_bus_init() - register the driver
 *
 * Context: may sleep. Undo with mock_bus_exit().
 * Return: 0 or a negative errno.
 */
int __init mock_bus_init(void)
{
	int rc;

	rc = mock_faults_init();
	if (rc)
		return rc;
	mock_node = fwnode_create_software_node(NULL, NULL);
	if (IS_ERR(mock_node)) {
		rc = PTR_ERR(mock_node);
		goto exit_faults;
	}
	rc = iommu_device_sysfs_add(&mock_iommu, NULL, NULL, "iommufd_mock");
	if (rc)
		goto remove_node;
	mock_iommu.fwnode = mock_node;
	rc = iommu_device_register(&mock_iommu, &mock_ops, NULL);
	if (rc)
		goto remove_sysfs;
	return 0;

remove_sysfs:
	iommu_device_sysfs_remove(&mock_iommu);
remove_node:
	fwnode_remove_software_node(mock_node);
exit_faults:
	mock_faults_exit();
	return rc;
}

/**
 * mock_bus_exit() - undo mock_bus_init()
 *
 * Context: may sleep. There are no devices left.
 */
void mock_bus_exit(void)
{
	iommu_device_unregister(&mock_iommu);
	iommu_device_sysfs_remove(&mock_iommu);
	fwnode_remove_software_node(mock_node);
	mock_faults_exit();
}
