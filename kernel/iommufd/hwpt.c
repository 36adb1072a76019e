// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hardware page tables: making and ending them, and the requests HWPT_ALLOC
 * and HWPT_INVALIDATE.
 */
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <uapi/linux/iommufd.h>

#include "../compat/iommu_driver.h"
#include "device.h"
#include "fault.h"
#include "hwpt.h"

#define PAGING_FLAGS \
	(IOMMU_HWPT_ALLOC_NEST_PARENT | IOMMU_HWPT_ALLOC_DIRTY_TRACKING)

/* As with Linux: more than anybody needs, and few enough to be done soon. */
#define INVALIDATE_ENTRIES_MAX (512 * 1024)

/* No structure that a driver reads comes near it. */
#define DATA_LEN_MAX PAGE_SIZE

/* Of a page table that no device is attached to. */
static void free_domain(struct iommufd_hwpt *hwpt)
{
	iommu_domain_free(hwpt->domain);
	if (hwpt->fault)
		iommufd_fault_disconnect(hwpt);
}

static void free_paging(struct iommufd_hwpt_paging *paging)
{
	struct iommufd_ioas *ioas = paging->ioas;

	/* Not if it failed before it was filled. */
	if (!list_empty(&paging->item)) {
		mutex_lock(&ioas->lock);
		list_del(&paging->item);
		mutex_unlock(&ioas->lock);
		iopt_remove_domain(&ioas->iopt, paging->common.domain);
	}
	free_domain(&paging->common);
	/* Nobody waits for one of those to lose its users. */
	refcount_dec(&ioas->obj.users);
}

static void free_nested(struct iommufd_hwpt_nested *nested)
{
	free_domain(&nested->common);
	refcount_dec(&nested->parent->common.obj.users);
}

void iommufd_hwpt_paging_release(struct iommufd_object *obj)
{
	free_paging(to_paging(to_hwpt(obj)));
}

void iommufd_hwpt_nested_release(struct iommufd_object *obj)
{
	free_nested(to_nested(to_hwpt(obj)));
}

/**
 * iommufd_hwpt_abort() - take back a page table that was never published
 * @ictx: its context
 * @hwpt: attached to nothing
 *
 * Context: may sleep; holds no lock of the IOAS.
 */
void iommufd_hwpt_abort(struct iommufd_ctx *ictx, struct iommufd_hwpt *hwpt)
{
	if (hwpt->obj.type == IOMMUFD_OBJ_HWPT_PAGING)
		free_paging(to_paging(hwpt));
	else
		free_nested(to_nested(hwpt));
	iommufd_object_abort(ictx, &hwpt->obj);
}

/**
 * iommufd_hwpt_put() - a device is not attached to a page table any more
 * @ictx: its context
 * @hwpt: the caller is a user of it in place of the device
 *
 * An automatic one ends with its last device.
 *
 * Context: may sleep; holds no lock of the IOAS.
 */
void iommufd_hwpt_put(struct iommufd_ctx *ictx, struct iommufd_hwpt *hwpt)
{
	if (hwpt->obj.type == IOMMUFD_OBJ_HWPT_PAGING &&
	    to_paging(hwpt)->automatic)
		iommufd_object_put_last(ictx, &hwpt->obj);
	else
		iommufd_object_put(ictx, &hwpt->obj);
}

/* Takes over the domain, also if it fails. */
static struct iommufd_hwpt *hwpt_create(struct iommufd_ctx *ictx, size_t size,
					enum iommufd_object_type type,
					struct iommu_domain *domain)
{
	struct iommufd_object *obj;

	if (IS_ERR(domain))
		return ERR_CAST(domain);
	obj = iommufd_object_alloc(ictx, size, type);
	if (IS_ERR(obj)) {
		iommu_domain_free(domain);
		return ERR_CAST(obj);
	}
	to_hwpt(obj)->domain = domain;
	return to_hwpt(obj);
}

/*
 * Some IOMMUs have it in each entry of the page table: decided before there is
 * one, and for good.
 */
static int enforce_coherency(struct iommufd_hwpt_paging *paging,
			     struct iommufd_device *idev)
{
	struct iommu_domain *domain = paging->common.domain;

	if (!idev->enforces_coherency)
		return 0;
	if (!domain->ops->enforce_cache_coherency ||
	    !domain->ops->enforce_cache_coherency(domain))
		return -EINVAL;
	paging->enforces_coherency = true;
	return 0;
}

/* What the domain in use has learnt of the group's devices holds for others. */
static void introduce_by_hearsay(struct iommufd_hwpt_paging *paging,
				 struct iommufd_hwpt_paging *used)
{
	struct iommu_domain *domain = paging->common.domain;

	domain->geometry = used->common.domain->geometry;
	domain->pgsize_bitmap = used->common.domain->pgsize_bitmap;
	if (used->enforces_coherency)
		paging->enforces_coherency =
			compat_enforces_once_attached(domain);
}

/* The group's DMA is blocked before, meanwhile by an empty domain, and after. */
static int introduce_in_person(struct iommufd_hwpt_paging *paging,
			       struct iommu_group *group)
{
	struct iommu_domain *domain = paging->common.domain;
	int rc;

	rc = iommu_attach_group(domain, group);
	if (rc)
		return rc;
	paging->enforces_coherency = compat_enforces_once_attached(domain);
	iommu_detach_group(domain, group);
	return 0;
}

/* Tells a new domain about its device, whose DMA is not disturbed. */
static int introduce(struct iommufd_device *idev,
		     struct iommufd_hwpt_paging *paging)
{
	struct iommufd_group *group = idev->group;
	int rc = 0;

	if (compat_domain_knows_device(idev->dev))
		return 0;
	mutex_lock(&group->lock);
	if (group->hwpt)
		introduce_by_hearsay(paging, hwpt_bottom(group->hwpt));
	else
		rc = introduce_in_person(paging, group->group);
	mutex_unlock(&group->lock);
	return rc;
}

/*
 * First the device: its limits are the domain's, and what the domain is filled
 * with must respect them.
 */
static int fill_paging(struct iommufd_hwpt_paging *paging,
		       struct iommufd_device *idev, bool attach)
{
	struct iommufd_hwpt *hwpt = &paging->common;
	int rc;

	rc = enforce_coherency(paging, idev);
	if (!rc && attach)
		rc = iommufd_group_attach(idev, hwpt);
	else if (!rc)
		rc = introduce(idev, paging);
	if (rc)
		return rc;
	if (attach && compat_enforces_once_attached(hwpt->domain))
		paging->enforces_coherency = true;
	rc = iopt_add_domain(&paging->ioas->iopt, hwpt->domain);
	if (rc) {
		if (attach)
			iommufd_group_detach(idev);
		return rc;
	}
	list_add_tail(&paging->item, &paging->ioas->hwpts);
	return 0;
}

/**
 * iommufd_hwpt_paging_create() - make a page table that mirrors an IOAS
 * @ictx: its context
 * @ioas: the IOAS
 * @idev: the device whose IOMMU it is for
 * @flags: IOMMU_HWPT_ALLOC_* of user space
 * @user_data: more of what user space says, for the driver, or NULL
 * @attach: attach @idev; then it is a user of the page table
 *
 * Context: may sleep; holds @ioas->lock, an automatic one until it is
 * published.
 * Return: the page table, filled, or ERR_PTR: -EOPNOTSUPP for what this kernel
 * or IOMMU cannot do, -EINVAL for an IOMMU that breaks its word, -ENOMEM, and
 * what iommufd_group_attach(), iopt_add_domain() and the driver say.
 */
struct iommufd_hwpt_paging *
iommufd_hwpt_paging_create(struct iommufd_ctx *ictx, struct iommufd_ioas *ioas,
			   struct iommufd_device *idev, u32 flags,
			   const struct iommu_user_data *user_data, bool attach)
{
	struct iommufd_hwpt_paging *paging;
	struct iommufd_hwpt *hwpt;
	int rc;

	lockdep_assert_held(&ioas->lock);

	if (flags & ~PAGING_FLAGS)
		return ERR_PTR(-EOPNOTSUPP);
	if ((flags & IOMMU_HWPT_ALLOC_DIRTY_TRACKING) &&
	    !compat_can_track_dirty(idev->dev))
		return ERR_PTR(-EOPNOTSUPP);

	hwpt = hwpt_create(ictx, sizeof(*paging), IOMMUFD_OBJ_HWPT_PAGING,
			   compat_domain_alloc_user(idev->dev, flags, NULL,
						    user_data));
	if (IS_ERR(hwpt))
		return ERR_CAST(hwpt);
	paging = to_paging(hwpt);
	INIT_LIST_HEAD(&paging->item);
	refcount_inc(&ioas->obj.users);
	paging->ioas = ioas;
	paging->nest_parent = flags & IOMMU_HWPT_ALLOC_NEST_PARENT;

	rc = fill_paging(paging, idev, attach);
	if (rc) {
		/* Not in the IOAS yet, and so without need of its lock. */
		iommufd_hwpt_abort(ictx, hwpt);
		return ERR_PTR(rc);
	}
	return paging;
}

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
	domain = compat_domain_alloc_user(idev->dev, 0, parent->common.domain,
					  data);
	if (!IS_ERR(domain) && !compat_domain_is_nested(domain)) {
		iommu_domain_free(domain);
		return ERR_PTR(-EINVAL);
	}
	hwpt = hwpt_create(ictx, sizeof(*nested), IOMMUFD_OBJ_HWPT_NESTED,
			   domain);
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

/* A driver refuses what is longer than it knows in the same way. */
static bool data_is_sane(const struct iommu_hwpt_alloc *cmd)
{
	if (cmd->data_type == IOMMU_HWPT_DATA_NONE)
		return !cmd->data_len;
	return cmd->data_len && cmd->data_len <= DATA_LEN_MAX;
}

int iommufd_hwpt_alloc(struct iommufd_ucmd *ucmd)
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

static bool entries_are_sane(const struct iommu_hwpt_invalidate *cmd)
{
	if (!cmd->entry_num)
		return true;
	return cmd->data_uptr && cmd->entry_len &&
	       cmd->entry_len <= DATA_LEN_MAX &&
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
