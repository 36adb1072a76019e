// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/iommu: the device, its contexts, and the way from an ioctl to the
 * function that answers it.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <uapi/linux/iommufd.h>

#include "debugfs.h"
#include "fdinfo.h"
#include "io_pagetable.h"
#include "iommufd.h"
#include "object.h"
#include "owner.h"
#include "selftest/selftest.h"
#include "version.h"

/* Room for any request in its longest form, in bytes. */
#define REQUEST_MAX 72

/**
 * struct request - how to answer one ioctl
 * @number: all of it, so that direction and size bits must be right
 * @size: of the struct as known here, in bytes
 * @min_size: of the shortest struct that was ever valid, in bytes
 * @answer: 0 or a negative errno; runs without locks, may sleep
 */
struct request {
	unsigned int number;
	unsigned int size;
	unsigned int min_size;
	int (*answer)(struct iommufd_ucmd *ucmd);
};

#define REQUEST(_number, _struct, _last_member, _answer)               \
	[_IOC_NR(_number) - IOMMUFD_CMD_BASE] = {                      \
		.answer = _answer,                                     \
		.number = _number,                                     \
		.min_size = offsetofend(struct _struct, _last_member), \
		.size = sizeof(struct _struct) +                       \
			BUILD_BUG_ON_ZERO(sizeof(struct _struct) >     \
					  REQUEST_MAX),                \
	}

static const struct request requests[] = {
	REQUEST(IOMMU_DESTROY, iommu_destroy, id, iommufd_destroy),
	REQUEST(IOMMU_IOAS_ALLOC, iommu_ioas_alloc, out_ioas_id,
		iommufd_ioas_alloc),
	REQUEST(IOMMU_IOAS_ALLOW_IOVAS, iommu_ioas_allow_iovas, allowed_iovas,
		iommufd_ioas_allow_iovas),
	REQUEST(IOMMU_IOAS_COPY, iommu_ioas_copy, src_iova, iommufd_ioas_copy),
	REQUEST(IOMMU_IOAS_IOVA_RANGES, iommu_ioas_iova_ranges,
		out_iova_alignment, iommufd_ioas_iova_ranges),
	REQUEST(IOMMU_IOAS_MAP, iommu_ioas_map, iova, iommufd_ioas_map),
	REQUEST(IOMMU_IOAS_UNMAP, iommu_ioas_unmap, length, iommufd_ioas_unmap),
	REQUEST(IOMMU_OPTION, iommu_option, val64, iommufd_option),
	REQUEST(IOMMU_VFIO_IOAS, iommu_vfio_ioas, __reserved,
		iommufd_vfio_ioas),
	REQUEST(IOMMU_HWPT_ALLOC, iommu_hwpt_alloc, __reserved,
		iommufd_hwpt_alloc),
	REQUEST(IOMMU_GET_HW_INFO, iommu_hw_info, __reserved,
		iommufd_get_hw_info),
	REQUEST(IOMMU_HWPT_SET_DIRTY_TRACKING, iommu_hwpt_set_dirty_tracking,
		__reserved, iommufd_hwpt_set_dirty_tracking),
	REQUEST(IOMMU_HWPT_GET_DIRTY_BITMAP, iommu_hwpt_get_dirty_bitmap, data,
		iommufd_hwpt_get_dirty_bitmap),
	REQUEST(IOMMU_HWPT_INVALIDATE, iommu_hwpt_invalidate, __reserved,
		iommufd_hwpt_invalidate),
	REQUEST(IOMMU_FAULT_QUEUE_ALLOC, iommu_fault_alloc, out_fault_fd,
		iommufd_fault_alloc),
	SELFTEST_REQUEST
};

/*
 * Numbers outside of the range are VFIO's. ENOTTY comes after EFAULT where the
 * number is in the range, as with Linux.
 */
static long iommufd_ioctl(struct file *file, unsigned int number,
			  unsigned long arg)
{
	unsigned int index = _IOC_NR(number) - IOMMUFD_CMD_BASE;
	u8 struct_copy[REQUEST_MAX] __aligned(8) __uninitialized;
	struct iommufd_ucmd ucmd = {
		.ictx = file->private_data,
		.ubuffer = (void __user *)arg,
		.cmd = struct_copy,
	};
	const struct request *request;
	int rc;

	if (index >= ARRAY_SIZE(requests))
		return iommufd_vfio_ioctl(ucmd.ictx, number, arg);
	if (get_user(ucmd.user_size, (u32 __user *)ucmd.ubuffer))
		return -EFAULT;
	request = &requests[array_index_nospec(index, ARRAY_SIZE(requests))];
	if (number != request->number)
		return -ENOTTY;
	if (ucmd.user_size < request->min_size)
		return -EINVAL;

	rc = copy_struct_from_user(struct_copy, request->size, ucmd.ubuffer,
				   ucmd.user_size);
	return rc ? rc : request->answer(&ucmd);
}

static struct iommufd_opener opener_current(void)
{
	struct iommufd_opener opener = {
		.pid = get_pid(task_tgid(current)),
		.uid = current_uid(),
	};

	get_task_comm(opener.command, current->group_leader);
	return opener;
}

static struct iommufd_ctx *ctx_create(void)
{
	static atomic64_t contexts;
	struct iommufd_ctx *ictx;

	ictx = kzalloc(sizeof(*ictx), GFP_KERNEL_ACCOUNT);
	if (!ictx)
		return NULL;
	xa_init_flags(&ictx->objects, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	init_waitqueue_head(&ictx->users_gone);
	xa_init(&ictx->groups);
	spin_lock_init(&ictx->owner_lock);
	ictx->number = atomic64_inc_return(&contexts);
	ictx->opener = opener_current();
	return ictx;
}

static void ctx_free(struct iommufd_ctx *ictx)
{
	put_pid(ictx->opener.pid);
	kfree(ictx);
}

static int iommufd_open(struct inode *inode, struct file *file)
{
	struct iommufd_ctx *ictx = ctx_create();

	if (!ictx)
		return -ENOMEM;
	ictx->file = file;
	file->private_data = ictx;
	iommufd_debugfs_add_ctx(ictx);
	return 0;
}

static int iommufd_release(struct inode *inode, struct file *file)
{
	struct iommufd_ctx *ictx = file->private_data;

	WRITE_ONCE(ictx->closing, true);
	iommufd_objects_destroy_all(ictx);
	iommufd_debugfs_remove_ctx(ictx);
	if (ictx->owner)
		iopt_owner_put(ictx->owner);
	xa_destroy(&ictx->groups);
	ctx_free(ictx);
	return 0;
}

static const struct file_operations iommufd_fops = {
	.owner = THIS_MODULE,
	.open = iommufd_open,
	.release = iommufd_release,
	.unlocked_ioctl = iommufd_ioctl,
	.show_fdinfo = iommufd_show_fdinfo,
};

/**
 * iommufd_vfio_create_ctx() - a context for a container
 *
 * Its memory is counted for each process by itself, as VFIO does.
 *
 * Context: process; may sleep. Undo with iommufd_ctx_put().
 * Return: the context, whose file no process has; or ERR_PTR.
 */
struct iommufd_ctx *iommufd_vfio_create_ctx(void)
{
	struct iommufd_ctx *ictx = ctx_create();
	struct file *file;

	if (!ictx)
		return ERR_PTR(-ENOMEM);
	file = anon_inode_getfile("[iommufd]", &iommufd_fops, ictx, O_RDWR);
	if (IS_ERR(file)) {
		ctx_free(ictx);
		return ERR_CAST(file);
	}
	ictx->file = file;
	ictx->account = IOMMUFD_ACCOUNT_PROCESS;
	iommufd_debugfs_add_ctx(ictx);
	return ictx;
}
EXPORT_SYMBOL_NS_GPL(iommufd_vfio_create_ctx, IOMMUFD_VFIO);

/* The context of a file, which it shares its references with, or NULL. */
static struct iommufd_ctx *ctx_of(struct file *file)
{
	return file->f_op == &iommufd_fops ? file->private_data : NULL;
}

/**
 * iommufd_ctx_get() - take a further reference to a context
 * @ictx: a context that the caller already holds
 *
 * Context: any. Undo with iommufd_ctx_put().
 */
void iommufd_ctx_get(struct iommufd_ctx *ictx)
{
	get_file(ictx->file);
}
EXPORT_SYMBOL_NS_GPL(iommufd_ctx_get, IOMMUFD);

/**
 * iommufd_ctx_from_file() - the context of an open file
 * @file: any open file; stays the caller's
 *
 * Context: any. Undo with iommufd_ctx_put().
 * Return: the context, referenced, or ERR_PTR(-EBADFD) when @file is not an
 * open /dev/iommu.
 */
struct iommufd_ctx *iommufd_ctx_from_file(struct file *file)
{
	struct iommufd_ctx *found = ctx_of(file);

	if (found)
		iommufd_ctx_get(found);
	return found ?: ERR_PTR(-EBADFD);
}
EXPORT_SYMBOL_NS_GPL(iommufd_ctx_from_file, IOMMUFD);

/**
 * iommufd_ctx_from_fd() - the context of a descriptor of the calling process
 * @fd: the descriptor
 *
 * Context: process. Undo with iommufd_ctx_put().
 * Return: the context, referenced, or ERR_PTR: -EBADF when @fd is not open,
 * -EBADFD when it is something else than /dev/iommu.
 */
struct iommufd_ctx *iommufd_ctx_from_fd(int fd)
{
	struct iommufd_ctx *found;
	struct file *file = fget(fd);

	if (!file)
		return ERR_PTR(-EBADF);
	found = ctx_of(file);
	if (found)
		return found;
	fput(file);
	return ERR_PTR(-EBADFD);
}
EXPORT_SYMBOL_NS_GPL(iommufd_ctx_from_fd, IOMMUFD);

/**
 * iommufd_ctx_put() - give a reference to a context back
 * @ictx: from one of the functions above
 *
 * The last one closes the context and destroys its objects, not always before
 * this returns.
 *
 * Context: any.
 */
void iommufd_ctx_put(struct iommufd_ctx *ictx)
{
	fput(ictx->file);
}
EXPORT_SYMBOL_NS_GPL(iommufd_ctx_put, IOMMUFD);

static struct miscdevice iommu_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "iommu",
	.nodename = "iommu",
	.fops = &iommufd_fops,
	.mode = 0660,
};

static int __init iommufd_init(void)
{
	int rc;

	rc = iopt_caches_create();
	if (rc)
		return rc;

	rc = iommufd_selftest();
	if (rc)
		goto destroy_caches;

	rc = iommufd_mock_init();
	if (rc)
		goto destroy_caches;

	iommufd_debugfs_init();
	rc = misc_register(&iommu_misc);
	if (rc) {
		pr_err("cannot make /dev/iommu: error %d\n", rc);
		goto exit_debugfs;
	}
	return 0;

exit_debugfs:
	iommufd_debugfs_exit();
	iommufd_mock_exit();
destroy_caches:
	iopt_caches_destroy();
	return rc;
}

static void __exit iommufd_exit(void)
{
	misc_deregister(&iommu_misc);
	iommufd_debugfs_exit();
	iommufd_mock_exit();
	iopt_caches_destroy();
}

module_init(iommufd_init);
module_exit(iommufd_exit);

MODULE_DESCRIPTION("I/O address spaces and page tables for user space");
MODULE_VERSION(IOMMUFDCTL_VERSION);
MODULE_LICENSE("GPL");
