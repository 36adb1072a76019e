// SPDX-License-Identifier: GPL-2.0-only
/* GET_HW_INFO: what the IOMMU behind a device tells about itself. */
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <uapi/linux/iommufd.h>

#include "../compat/iommu_driver.h"
#include "device.h"

/* PASIDs are only told of when the driver has switched them on. */
static void describe_pasids(struct device *dev, struct iommu_hw_info *cmd)
{
	u32 max_pasids = compat_max_pasids(dev);
	int control;

	cmd->out_max_pasid_log2 = 0;
	if (!max_pasids)
		return;
	cmd->out_max_pasid_log2 = ilog2(max_pasids);
	control = compat_pasid_control(dev);
	if (control & PCI_PASID_CTRL_EXEC)
		cmd->out_capabilities |= IOMMU_HW_CAP_PCI_PASID_EXEC;
	if (control & PCI_PASID_CTRL_PRIV)
		cmd->out_capabilities |= IOMMU_HW_CAP_PCI_PASID_PRIV;
}

/*
 * All but the caller's length, which is still needed. The result is the
 * driver's @len bytes for the caller to free, NULL for none, or ERR_PTR.
 */
static void *describe(struct device *dev, struct iommu_hw_info *cmd, u32 *len)
{
	void *data;

	data = compat_hw_info(dev, len, &cmd->out_data_type);
	if (IS_ERR(data))
		return data;
	/* A driver that says something must say what it is. */
	if (data && cmd->out_data_type == IOMMU_HW_INFO_TYPE_NONE) {
		kfree(data);
		return ERR_PTR(-ENODEV);
	}
	cmd->out_capabilities = 0;
	if (compat_can_track_dirty(dev))
		cmd->out_capabilities |= IOMMU_HW_CAP_DIRTY_TRACKING;
	describe_pasids(dev, cmd);
	return data;
}

/* The rest of the caller's buffer becomes zero. */
static int copy_out(void __user *buffer, u32 room, const void *data, u32 len)
{
	u32 count = min(room, len);

	if (copy_to_user(buffer, data, count) ||
	    clear_user(buffer + count, room - count))
		return -EFAULT;
	return 0;
}

int iommufd_get_hw_info(struct iommufd_ucmd *ucmd)
{
	struct iommu_hw_info *cmd = ucmd->cmd;
	struct iommufd_device *idev;
	void *data;
	u32 len;
	int rc;

	if (cmd->flags || cmd->__reserved[0] || cmd->__reserved[1] ||
	    cmd->__reserved[2])
		return -EOPNOTSUPP;

	idev = iommufd_device_lookup(ucmd->ictx, cmd->dev_id);
	if (IS_ERR(idev))
		return PTR_ERR(idev);
	data = describe(idev->dev, cmd, &len);
	/* Not held while user memory is written: that can take long. */
	iommufd_object_put(ucmd->ictx, &idev->obj);
	if (IS_ERR(data))
		return PTR_ERR(data);

	rc = copy_out(u64_to_user_ptr(cmd->data_uptr), cmd->data_len, data,
		      len);
	kfree(data);
	if (rc)
		return rc;
	/* All there is, which may be more than the caller had room for. */
	cmd->data_len = len;
	return iommufd_ucmd_respond(ucmd, sizeof(*cmd));
}
