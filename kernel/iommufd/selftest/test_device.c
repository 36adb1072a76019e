// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mock devices as user space has them: an object that stands for the driver of
 * a device. Making it makes the device, binds and attaches it; destroying it
 * takes all that back, in use or not, as when a device is pulled out.
 */
#include <linux/err.h>

#include "../device.h"
#include "../iommufd.h"
#include "../object.h"
#include "mock.h"
#include "test.h"

#define DEVICE_FLAGS (MOCK_FLAGS_DEVICE_NO_DIRTY | MOCK_FLAGS_DEVICE_HUGE_IOVA)

/**
 * struct test_device - the driver of a mock device
 * @obj: destroyed by user space
 * @mdev: the device
 * @idev: bound to the context of @obj, which it does not hold
 */
struct test_device {
	struct iommufd_object obj;
	struct mock_device *mdev;
	struct iommufd_device *idev;
};

static struct test_device *to_test_device(struct iommufd_object *obj)
{
	return container_of(obj, struct test_device, obj);
}

/**
 * iommufd_selftest_is_mock_dev() - whether a device is one of the mock's
 * @dev: any device
 *
 * Context: any.
 * Return: true if it is.
 */
bool iommufd_selftest_is_mock_dev(struct device *dev)
{
	return dev->release == mock_device_free;
}

static void tdev_detach(struct test_device *tdev)
{
	down_write(&tdev->mdev->attaching);
	iommufd_device_detach(tdev->idev);
	up_write(&tdev->mdev->attaching);
}

static int tdev_attach(struct test_device *tdev, u32 *pt_id)
{
	int rc;

	rc = down_write_killable(&tdev->mdev->attaching);
	if (rc)
		return rc;
	rc = iommufd_device_attach(tdev->idev, pt_id);
	up_write(&tdev->mdev->attaching);
	return rc;
}

/* Leaves a device that is bound and attached, or none. */
static int tdev_start(struct test_device *tdev, struct iommufd_ctx *ictx,
		      u32 flags, u32 *idev_id, u32 *pt_id)
{
	int rc;

	tdev->mdev = mock_device_create(flags);
	if (IS_ERR(tdev->mdev))
		return PTR_ERR(tdev->mdev);
	tdev->idev = iommufd_device_bind(ictx, &tdev->mdev->pdev.dev, idev_id);
	if (IS_ERR(tdev->idev)) {
		rc = PTR_ERR(tdev->idev);
		goto destroy_device;
	}
	rc = tdev_attach(tdev, pt_id);
	if (rc)
		goto unbind;
	return 0;

unbind:
	iommufd_device_unbind(tdev->idev);
destroy_device:
	mock_device_destroy(tdev->mdev);
	return rc;
}

static void tdev_stop(struct test_device *tdev)
{
	tdev_detach(tdev);
	iommufd_device_unbind(tdev->idev);
	mock_device_destroy(tdev->mdev);
}

/* The only test object there is. */
void iommufd_selftest_release(struct iommufd_object *obj)
{
	tdev_stop(to_test_device(obj));
}

static int add_device(struct iommufd_ucmd *ucmd, u32 flags)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	u32 idev_id, pt_id = cmd->id;
	struct iommufd_object *obj;
	struct test_device *tdev;
	int rc;

	if (flags & ~DEVICE_FLAGS)
		return -EINVAL;
	obj = iommufd_object_alloc(ucmd->ictx, sizeof(*tdev), IOMMUFD_OBJ_TEST);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	tdev = to_test_device(obj);
	rc = tdev_start(tdev, ucmd->ictx, flags, &idev_id, &pt_id);
	if (rc)
		goto abort;

	cmd->mock_domain.out_stdev_id = obj->id;
	cmd->mock_domain.out_hwpt_id = pt_id;
	cmd->mock_domain.out_idev_id = idev_id;
	rc = iommufd_ucmd_respond(ucmd, sizeof(*cmd));
	if (rc)
		goto stop;
	iommufd_object_publish(ucmd->ictx, obj);
	return 0;

stop:
	tdev_stop(tdev);
abort:
	iommufd_object_abort(ucmd->ictx, obj);
	return rc;
}

int test_mock_domain(struct iommufd_ucmd *ucmd)
{
	return add_device(ucmd, 0);
}

int test_mock_domain_flags(struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;

	return add_device(ucmd, cmd->mock_domain_flags.dev_flags);
}

/* What is looked up is the driver, so that it cannot detach meanwhile. */
int test_mock_domain_replace(struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	struct iommufd_object *obj;
	struct test_device *tdev;
	int rc;

	obj = iommufd_object_lookup(ucmd->ictx, cmd->id, IOMMUFD_OBJ_TEST);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	tdev = to_test_device(obj);
	rc = down_write_killable(&tdev->mdev->attaching);
	if (!rc) {
		rc = iommufd_device_replace(tdev->idev,
					    &cmd->mock_domain_replace.pt_id);
		up_write(&tdev->mdev->attaching);
	}
	if (!rc)
		rc = iommufd_ucmd_respond(ucmd, sizeof(*cmd));
	iommufd_object_put(ucmd->ictx, obj);
	return rc;
}

int test_trigger_iopf(struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	struct iommufd_device *idev;
	int rc = -EINVAL;

	idev = iommufd_device_lookup(ucmd->ictx, cmd->trigger_iopf.dev_id);
	if (IS_ERR(idev))
		return PTR_ERR(idev);
	if (iommufd_selftest_is_mock_dev(idev->dev))
		rc = mock_faults_request(to_mock_device(idev->dev),
					 cmd->trigger_iopf.pasid,
					 cmd->trigger_iopf.grpid,
					 cmd->trigger_iopf.perm,
					 cmd->trigger_iopf.addr);
	iommufd_object_put(ucmd->ictx, &idev->obj);
	return rc;
}
