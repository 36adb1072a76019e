// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mock IOMMU where every bus has one IOMMU driver: there a driver that is
 * registered is put on all the buses that the kernel has, or refused where they
 * are taken. So the mock is not registered. It has a bus of its own, which
 * names the driver, and puts the devices of it into groups itself.
 *
 * Groups made that way have no default domain, and what belongs to nobody is
 * attached to nothing.
 */
#include <linux/device/bus.h>
#include <linux/err.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "mock.h"

static DEFINE_IDA(mock_ids);

static int mock_attach(struct iommu_domain *domain, struct device *dev)
{
	struct mock_domain *mock = mock_domain_of(domain);

	/* Only now is it known which device the domain is for. */
	if (to_mock_device(dev)->flags & MOCK_FLAGS_DEVICE_HUGE_IOVA)
		mock_domain_use_huge_pages(mock);
	return 0;
}

static void mock_detach(struct iommu_domain *domain, struct device *dev)
{
}

const struct iommu_domain_ops mock_domain_ops = {
	.attach_dev = mock_attach,
	.detach_dev = mock_detach,
	.map_pages = mock_map_pages,
	.unmap_pages = mock_unmap_pages,
	.iotlb_sync = mock_iotlb_sync,
	.iova_to_phys = mock_iova_to_phys,
	.free = mock_domain_free,
};

/* The core makes an unmanaged one do where it asks for a blocking one. */
static struct iommu_domain *mock_alloc(unsigned int type)
{
	struct mock_domain *mock;

	if (type != IOMMU_DOMAIN_UNMANAGED)
		return NULL;
	mock = mock_domain_create();
	if (!mock)
		return NULL;
	mock->domain.ops = &mock_domain_ops;
	return &mock->domain;
}

static bool mock_capable(struct device *dev, enum iommu_cap cap)
{
	return cap == IOMMU_CAP_CACHE_COHERENCY;
}

static const struct iommu_ops mock_ops = {
	.owner = THIS_MODULE,
	.capable = mock_capable,
	.domain_alloc = mock_alloc,
	.default_domain_ops = &mock_domain_ops,
	.pgsize_bitmap = MOCK_IO_PAGE_SIZE,
};

static struct iommu_device mock_iommu = {
	.ops = &mock_ops,
};

static struct bus_type mock_bus = {
	.name = "iommufd_mock",
	.iommu_ops = &mock_ops,
};

void mock_device_free(struct device *dev)
{
	kfree(dev->iommu);
	kfree(to_mock_device(dev));
}

static struct mock_device *device_alloc(u32 flags)
{
	struct mock_device *mdev = kzalloc(sizeof(*mdev), GFP_KERNEL);
	struct dev_iommu *data = kzalloc(sizeof(*data), GFP_KERNEL);

	if (!mdev || !data) {
		kfree(mdev);
		kfree(data);
		return NULL;
	}
	mutex_init(&data->lock);
	data->iommu_dev = &mock_iommu;
	init_rwsem(&mdev->attaching);
	mdev->flags = flags;
	mdev->pdev.dev.release = mock_device_free;
	mdev->pdev.dev.bus = &mock_bus;
	mdev->pdev.dev.iommu = data;
	device_initialize(&mdev->pdev.dev);
	return mdev;
}

static int group_add(struct device *dev)
{
	struct iommu_group *group = iommu_group_alloc();
	int rc;

	if (IS_ERR(group))
		return PTR_ERR(group);
	rc = iommu_group_add_device(group, dev);
	/* The device holds it. */
	iommu_group_put(group);
	return rc;
}

static int device_add_with_group(struct mock_device *mdev)
{
	struct device *dev = &mdev->pdev.dev;
	int rc;

	rc = dev_set_name(dev, "iommufd_mock.%d", mdev->pdev.id);
	if (rc)
		return rc;
	rc = device_add(dev);
	if (rc)
		return rc;
	rc = group_add(dev);
	if (rc)
		device_del(dev);
	return rc;
}

/**
 * mock_device_create() - a new device behind the mock IOMMU
 * @flags: MOCK_FLAGS_DEVICE_*
 *
 * Context: may sleep. The caller keeps the module loaded. Undo with
 * mock_device_destroy().
 * Return: the device, or ERR_PTR: -ENOMEM, or what adding a device returns.
 */
struct mock_device *mock_device_create(u32 flags)
{
	struct mock_device *mdev = device_alloc(flags);
	int rc;

	if (!mdev)
		return ERR_PTR(-ENOMEM);
	rc = ida_alloc(&mock_ids, GFP_KERNEL);
	if (rc < 0)
		goto put_device;
	mdev->pdev.id = rc;
	rc = device_add_with_group(mdev);
	if (rc)
		goto free_id;
	return mdev;

free_id:
	ida_free(&mock_ids, mdev->pdev.id);
put_device:
	put_device(&mdev->pdev.dev);
	return ERR_PTR(rc);
}

/**
 * mock_device_destroy() - remove a device
 * @mdev: nothing uses it any more
 *
 * Context: may sleep.
 */
void mock_device_destroy(struct mock_device *mdev)
{
	int id = mdev->pdev.id;

	iommu_group_remove_device(&mdev->pdev.dev);
	device_unregister(&mdev->pdev.dev);
	ida_free(&mock_ids, id);
}

/**
 * mock_bus_init() - register the bus
 *
 * Context: may sleep. Undo with mock_bus_exit().
 * Return: 0 or a negative errno.
 */
int __init mock_bus_init(void)
{
	return bus_register(&mock_bus);
}

/**
 * mock_bus_exit() - undo mock_bus_init()
 *
 * Context: may sleep. There are no devices left.
 */
void mock_bus_exit(void)
{
	bus_unregister(&mock_bus);
}
