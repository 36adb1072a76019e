// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hardware page tables as user space asks for them: HWPT_ALLOC, and what it can
 * tell those that it owns, HWPT_INVALIDATE.
 */
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/mm.h>
#include <uapi/linux/iommufd.h>

#include "../compat/iommu_driver.h"
#include "device.h"
#include "fault.h"
#include "hwpt.h"

/* As with Linux: more than anybody needs, and few enough to be done soon. */
#define INVALIDATE_ENTRIES_MAX (512 * 1024)

/* No structure that a driver reads comes near it. */
#define ENTRY_LEN_MAX PAGE_SIZE

static struct iommufd_hwpt *nested_create(struct iommufd_ctx *ictx,
					  struct iommufd_hwpt_paging *parent,
					  struct iommufd_device *idev,
					  u32 flags,
					  const struct iommu_user_data *data)
{
	struct iommufd_hwpt_nested *nested;
	struct iommu_domain *domain;
	struct iommufd_hwpt *hwpt;

	if ((flags & ~IOMMU_HWPT_FAULT_ID_VALID) || !data ||
	    !compat_allocates_for_user(idev->dev))
		return ERR_PTR(-EOPNOTSUPP);
	if (parent->automatic || !parent->nest_parent ||
	    !compat_domain_owned_by(parent->common.domain, idev->dev))
		return ERR_PTR(-EINVAL);

	/* The queue for faults is ours; the driver knows no such flag. */
	domain = hwpt_domain_alloc(idev->dev, 0, parent->common.domain, data);
	if (!IS_ERR(domain) && !compat_domain_is_nested(domain)) {
		iommu_domain_free(domain);
		return ERR_PTR(-EINVAL);
	}
	hwpt = iommufd_hwpt_create(ictx, sizeof(*nested),
				   IOMMUFD_OBJ_HWPT_NESTED, domain);
	if (IS_ERR(hwpt))
		return hwpt;
	nested = to_nested(hwpt);
	refcount_inc(&parent->common.obj.users);
	nested->parent = parent;
	return hwpt;
}

static struct iommufd_hwpt *create_on_ioas(struct iommufd_ctx *ictx,
					   struct iommufd_ioas *ioas,
					   struct iommufd_device *idev,
					   u32 flags,
					   const struct iommu_user_data *data)
{
	struct iommufd_hwpt_paging *paging;

	if (mutex_lock_killable(&ioas->lock))
		return ERR_PTR(-EINTR);
	paging = iommufd_hwpt_paging_create(ictx, ioas, idev, flags, data,
					    false);
	mutex_unlock(&ioas->lock);
	return IS_ERR(paging) ? ERR_CAST(paging) : &paging->common;
}

static struct iommufd_hwpt *create_on(struct iommufd_ctx *ictx,
				      struct iommufd_object *base,
				      struct iommufd_device *idev,
				      const struct iommu_hwpt_alloc *cmd)
{
	const struct iommu_user_data user_data = {
		.type = cmd->data_type,
		.uptr = u64_to_user_ptr(cmd->data_uptr),
		.len = cmd->data_len,
	};
	const struct iommu_user_data *data = cmd->data_len ? &user_data : NULL;

	switch (base->type) {
	case IOMMUFD_OBJ_IOAS:
		return create_on_ioas(ictx, to_ioas(base), idev, cmd->flags,
				      data);
	case IOMMUFD_OBJ_HWPT_PAGING:
		return nested_create(ictx, to_paging(to_hwpt(base)), idev,
				     cmd->flags, data);
	default:
		return ERR_PTR(-EINVAL);
	}
}

/* As the request says; nothing of what it names stays held. */
static struct iommufd_hwpt *create_by_id(struct iommufd_ctx *ictx,
					 const struct iommu_hwpt_alloc *cmd)
{
	struct iommufd_hwpt *hwpt = ERR_PTR(-EINVAL);
	struct iommufd_object *base;
	struct iommufd_device *idev;

	idev = iommufd_device_lookup(ictx, cmd->dev_id);
	if (IS_ERR(idev))
		return ERR_CAST(idev);
	base = iommufd_object_lookup(ictx, cmd->pt_id, IOMMUFD_OBJ_ANY);
	if (!IS_ERR(base)) {
		hwpt = create_on(ictx, base, idev, cmd);
		iommufd_object_put(ictx, base);
	}
	iommufd_object_put(ictx, &idev->obj);
	return hwpt;
}

/* It has a type and a length, or neither. */
static bool data_is_sane(const struct iommu_hwpt_alloc *cmd)
{
	return (cmd->data_type == IOMMU_HWPT_DATA_NONE) == !cmd->data_len;
}

static int hwpt_alloc(struct iommufd_ucmd *ucmd)
{
	struct iommu_hwpt_alloc *cmd = ucmd->cmd;
	struct iommufd_hwpt *hwpt;
	int rc = 0;

	if (cmd->__reserved)
		return -EOPNOTSUPP;
	if (!data_is_sane(cmd))
		return -EINVAL;

	hwpt = create_by_id(ucmd->ictx, cmd);
	if (IS_ERR(hwpt))
		return PTR_ERR(hwpt);
	if (cmd->flags & IOMMU_HWPT_FAULT_ID_VALID)
		rc = iommufd_fault_connect(ucmd->ictx, cmd->fault_id, hwpt);
	if (!rc) {
		cmd->out_hwpt_id = hwpt->obj.id;
		rc = iommufd_ucmd_respond(ucmd, sizeof(*cmd));
	}
	if (rc)
		iommufd_hwpt_abort(ucmd->ictx, hwpt);
	else
		iommufd_object_publish(ucmd->ictx, &hwpt->obj);
	return rc;
}

/* What cannot be made may not be known to be a nested one. */
int iommufd_hwpt_alloc(struct iommufd_ucmd *ucmd)
{
	return iommufd_object_refused(ucmd->ictx, IOMMUFD_OBJ_HWPT_PAGING,
				      hwpt_alloc(ucmd));
}

static bool entries_are_sane(const struct iommu_hwpt_invalidate *cmd)
{
	if (!cmd->entry_num)
		return true;
	return cmd->data_uptr && cmd->entry_len &&
	       cmd->entry_len <= ENTRY_LEN_MAX &&
	       cmd->entry_num <= INVALIDATE_ENTRIES_MAX;
}

/* Sets @done to how many of the entries were handled, also if it fails. */
static int invalidate(struct iommufd_ucmd *ucmd, u32 *done)
{
	struct iommu_hwpt_invalidate *cmd = ucmd->cmd;
	struct iommu_user_data_array entries = {
		.type = cmd->data_type,
		.uptr = u64_to_user_ptr(cmd->data_uptr),
		.entry_len = cmd->entry_len,
		.entry_num = cmd->entry_num,
	};
	struct iommufd_object *obj;
	int rc;

	if (cmd->__reserved)
		return -EOPNOTSUPP;
	if (!entries_are_sane(cmd))
		return -EINVAL;
	obj = iommufd_object_lookup(ucmd->ictx, cmd->hwpt_id,
				    IOMMUFD_OBJ_HWPT_NESTED);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	rc = compat_cache_invalidate_user(to_hwpt(obj)->domain, &entries);
	*done = entries.entry_num;
	iommufd_object_put(ucmd->ictx, obj);
	return rc;
}

int iommufd_hwpt_invalidate(struct iommufd_ucmd *ucmd)
{
	struct iommu_hwpt_invalidate *cmd = ucmd->cmd;
	u32 done = 0;
	int rc;

	rc = invalidate(ucmd, &done);
	cmd->entry_num = done;
	if (iommufd_ucmd_respond(ucmd, sizeof(*cmd)))
		return -EFAULT;
	return rc;
}
