// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO's container on /dev/iommu, for programs that know nothing else. A
 * container has one address space, which has no name: here it is the IOAS that
 * user space or a VFIO has chosen for the context. These requests have no
 * common head, and answer as Linux's iommufd does, which is not always what
 * VFIO itself would say.
 */
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/module.h>
#include <uapi/linux/iommufd.h>
#include <uapi/linux/vfio.h>

#include "hwpt.h"
#include "iommufd.h"
#include "vfio_compat.h"

/**
 * vfio_ioas_get() - what VFIO's requests work on
 * @ictx: the context
 *
 * Context: does not sleep. Undo with iommufd_object_put().
 * Return: the IOAS, or ERR_PTR(-ENODEV) if none was chosen.
 */
struct iommufd_ioas *vfio_ioas_get(struct iommufd_ctx *ictx)
{
	struct iommufd_ioas *ioas;

	xa_lock(&ictx->objects);
	ioas = ictx->vfio_ioas;
	if (!ioas || !iommufd_object_get(&ioas->obj))
		ioas = ERR_PTR(-ENODEV);
	xa_unlock(&ictx->objects);
	return ioas;
}

/**
 * iommufd_vfio_compat_ioas_get_id() - the IOAS of a container
 * @ictx: the context, held
 * @out_ioas_id: set to its id, for other functions to look it up by
 *
 * Context: does not sleep.
 * Return: 0, or -ENODEV if there is none.
 */
int iommufd_vfio_compat_ioas_get_id(struct iommufd_ctx *ictx, u32 *out_ioas_id)
{
	struct iommufd_ioas *ioas = vfio_ioas_get(ictx);

	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	*out_ioas_id = ioas->obj.id;
	iommufd_object_put(ictx, &ioas->obj);
	return 0;
}
EXPORT_SYMBOL_NS_GPL(iommufd_vfio_compat_ioas_get_id, IOMMUFD_VFIO);

/**
 * iommufd_vfio_compat_set_no_iommu() - a device without an IOMMU is opened
 * @ictx: the context, held
 *
 * From now on the container can be used without an IOMMU, and only so.
 *
 * Context: does not sleep.
 * Return: 0, or -EINVAL if it has an IOAS.
 */
int iommufd_vfio_compat_set_no_iommu(struct iommufd_ctx *ictx)
{
	int rc = -EINVAL;

	xa_lock(&ictx->objects);
	if (!ictx->vfio_ioas) {
		ictx->no_iommu = true;
		rc = 0;
	}
	xa_unlock(&ictx->objects);
	return rc;
}
EXPORT_SYMBOL_NS_GPL(iommufd_vfio_compat_set_no_iommu, IOMMUFD_VFIO);

/*
 * 1 if it was taken and published, in one step, so that whoever learns its id
 * finds it; 0 if there is one already, or an errno.
 */
static int offer_ioas(struct iommufd_ctx *ictx, struct iommufd_ioas *ioas)
{
	int rc = 0;

	xa_lock(&ictx->objects);
	if (ictx->no_iommu) {
		rc = -EINVAL;
	} else if (!ictx->vfio_ioas) {
		iommufd_object_publish_locked(ictx, &ioas->obj);
		ictx->vfio_ioas = ioas;
		rc = 1;
	}
	xa_unlock(&ictx->objects);
	return rc;
}

static int create_ioas(struct iommufd_ctx *ictx)
{
	struct iommufd_ioas *ioas;
	int rc;

	ioas = iommufd_ioas_create(ictx);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	rc = offer_ioas(ictx, ioas);
	if (rc > 0)
		return 0;
	iommufd_ioas_abort(ictx, ioas);
	return rc;
}

/**
 * iommufd_vfio_compat_ioas_create() - see that a container has an IOAS
 * @ictx: the context, held
 *
 * One that is made here is as one of user space's own: it can learn the id,
 * and destroy it.
 *
 * Context: may sleep.
 * Return: 0, or -EINVAL for a container without an IOMMU, and what
 * iommufd_ioas_create() says.
 */
int iommufd_vfio_compat_ioas_create(struct iommufd_ctx *ictx)
{
	return iommufd_object_refused(ictx, IOMMUFD_OBJ_IOAS,
				      create_ioas(ictx));
}
EXPORT_SYMBOL_NS_GPL(iommufd_vfio_compat_ioas_create, IOMMUFD_VFIO);

static void choose_ioas(struct iommufd_ctx *ictx, struct iommufd_ioas *ioas)
{
	xa_lock(&ictx->objects);
	ictx->vfio_ioas = ioas;
	xa_unlock(&ictx->objects);
}

int iommufd_vfio_ioas(struct iommufd_ucmd *ucmd)
{
	struct iommu_vfio_ioas *cmd = ucmd->cmd;
	struct iommufd_ctx *ictx = ucmd->ictx;
	struct iommufd_ioas *ioas;
	int rc;

	if (cmd->__reserved)
		return -EOPNOTSUPP;
	switch (cmd->op) {
	case IOMMU_VFIO_IOAS_GET:
		rc = iommufd_vfio_compat_ioas_get_id(ictx, &cmd->ioas_id);
		return rc ? rc : iommufd_ucmd_respond(ucmd, sizeof(*cmd));
	case IOMMU_VFIO_IOAS_SET:
		ioas = iommufd_ioas_lookup(ictx, cmd->ioas_id);
		if (IS_ERR(ioas))
			return PTR_ERR(ioas);
		choose_ioas(ictx, ioas);
		iommufd_object_put(ictx, &ioas->obj);
		return 0;
	case IOMMU_VFIO_IOAS_CLEAR:
		choose_ioas(ictx, NULL);
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

/* Whether no device can bypass caches; so it is without any. */
static int is_coherent(struct iommufd_ioas *ioas)
{
	struct iommufd_hwpt_paging *hwpt;
	int coherent = 1;

	if (mutex_lock_killable(&ioas->lock))
		return -EINTR;
	list_for_each_entry(hwpt, &ioas->hwpts, item) {
		if (!hwpt->enforces_coherency) {
			coherent = 0;
			break;
		}
	}
	mutex_unlock(&ioas->lock);
	return coherent;
}

static int check_coherency(struct iommufd_ctx *ictx)
{
	struct iommufd_ioas *ioas = vfio_ioas_get(ictx);
	int rc;

	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	rc = is_coherent(ioas);
	iommufd_object_put(ictx, &ioas->obj);
	return rc;
}

/* Of an unknown extension, and of one that Linux's iommufd lacks, 0. */
static int check_extension(struct iommufd_ctx *ictx, unsigned long extension)
{
	switch (extension) {
	case VFIO_TYPE1_IOMMU:
	case VFIO_TYPE1v2_IOMMU:
	case VFIO_UNMAP_ALL:
		return !READ_ONCE(ictx->no_iommu);
	case VFIO_NOIOMMU_IOMMU:
		return READ_ONCE(ictx->no_iommu);
	case VFIO_DMA_CC_IOMMU:
		return check_coherency(ictx);
	default:
		return 0;
	}
}

static int set_no_iommu(void)
{
	return capable(CAP_SYS_RAWIO) ? 0 : -EPERM;
}

/*
 * Version 1 lets a client unmap a part of a mapping. No IOMMU can do that to a
 * large page, so that such a client has to do without.
 */
static int set_type1(struct iommufd_ctx *ictx, bool cuts_mappings)
{
	struct iommufd_ioas *ioas = vfio_ioas_get(ictx);
	int rc = 0;

	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	if (cuts_mappings)
		rc = iopt_set_large_pages(&ioas->iopt, false);
	iommufd_object_put(ictx, &ioas->obj);
	return rc;
}

static int set_iommu(struct iommufd_ctx *ictx, unsigned long type)
{
	bool no_iommu = READ_ONCE(ictx->no_iommu);

	if (no_iommu && type == VFIO_NOIOMMU_IOMMU)
		return set_no_iommu();
	if (no_iommu ||
	    (type != VFIO_TYPE1_IOMMU && type != VFIO_TYPE1v2_IOMMU))
		return -EINVAL;
	return set_type1(ictx, type == VFIO_TYPE1_IOMMU);
}

/**
 * iommufd_vfio_ioctl() - answer a request of VFIO's
 * @ictx: the context that it came to
 * @number: the request; any that is not one of iommufd's
 * @arg: what came with it
 *
 * Context: process, may sleep and fault.
 * Return: 0 or more, or a negative errno: -ENOTTY for what is none of VFIO's
 * or was given up, as dirty page tracking by VFIO was.
 */
long iommufd_vfio_ioctl(struct iommufd_ctx *ictx, unsigned int number,
			unsigned long arg)
{
	void __user *argument = (void __user *)arg;

	switch (number) {
	case VFIO_GET_API_VERSION:
		return VFIO_API_VERSION;
	case VFIO_CHECK_EXTENSION:
		return check_extension(ictx, arg);
	case VFIO_SET_IOMMU:
		return set_iommu(ictx, arg);
	case VFIO_IOMMU_GET_INFO:
		return vfio_iommu_get_info(ictx, argument);
	case VFIO_IOMMU_MAP_DMA:
		return vfio_iommu_map_dma(ictx, argument);
	case VFIO_IOMMU_UNMAP_DMA:
		return vfio_iommu_unmap_dma(ictx, argument);
	default:
		return -ENOTTY;
	}
}
EXPORT_SYMBOL_NS_GPL(iommufd_vfio_ioctl, IOMMUFD_VFIO);
