/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A context: what one open of /dev/iommu stands for, and a request on it while
 * it is being answered.
 */
#ifndef IOMMUFD_CTX_H
#define IOMMUFD_CTX_H

#include <linux/atomic.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uaccess.h>
#include <linux/uidgid.h>
#include <linux/wait.h>
#include <linux/xarray.h>

struct dentry;
struct file;
struct iommufd_ioas;
struct iommufd_object;
struct iopt_owner;
struct pid;

/* Ids are given from the lowest free one on: few contexts need others. */
#define IOMMUFD_LOW_IDS 16

/**
 * enum iommufd_account - what pinned memory is counted against
 * @IOMMUFD_ACCOUNT_USER: RLIMIT_MEMLOCK, summed over the user's processes
 * @IOMMUFD_ACCOUNT_PROCESS: RLIMIT_MEMLOCK, for each process by itself
 */
enum iommufd_account {
	IOMMUFD_ACCOUNT_USER,
	IOMMUFD_ACCOUNT_PROCESS,
};

/**
 * struct iommufd_opener - the process that made a context, for people
 * @pid: it, referenced; others may have the descriptor now
 * @uid: its real user then
 * @command: what it was called then
 */
struct iommufd_opener {
	struct pid *pid;
	kuid_t uid;
	char command[TASK_COMM_LEN];
};

/**
 * struct iommufd_ctx - one open of /dev/iommu
 * @file: the open file; a reference to it is a reference to the context
 * @objects: id to struct iommufd_object, from 1. The entry of an object that
 *	is still being made, or being removed, is reserved and loads as NULL.
 * @low: the same for the lowest ids, where requests look first; changed with
 *	@objects, under its lock
 * @users_gone: woken when an object that somebody waits for loses a user
 * @account: changed only while @objects is empty, under its lock
 * @no_iommu: a device without an IOMMU was opened through VFIO; under the
 *	lock of @objects
 * @vfio_ioas: what VFIO's requests work on, or NULL; under the lock of
 *	@objects, and no longer than it is one of them
 * @groups: IOMMU group number to struct iommufd_group, under its own lock
 * @owner_lock: a leaf
 * @owner: the process that last mapped memory, or NULL
 * @pinned: pages that are pinned, each once, whoever uses it
 * @charged: those of them that count against a limit
 * @number: counts contexts since the module was loaded, from 1
 * @opener: who made it
 * @closing: whoever looks at it comes to an end soon
 * @debugfs: its folder in debugfs, an error, or NULL
 * @debugfs_ioas: the folder of its IOASs in there, or the like
 */
struct iommufd_ctx {
	struct file *file;
	struct xarray objects;
	struct iommufd_object __rcu *low[IOMMUFD_LOW_IDS];
	wait_queue_head_t users_gone;
	enum iommufd_account account;
	bool no_iommu;
	struct iommufd_ioas *vfio_ioas;
	struct xarray groups;
	/* Protects @owner. */
	spinlock_t owner_lock;
	struct iopt_owner *owner;
	atomic_long_t pinned;
	atomic_long_t charged;
	u64 number;
	struct iommufd_opener opener;
	bool closing;
	struct dentry *debugfs;
	struct dentry *debugfs_ioas;
};

/**
 * struct iommufd_ucmd - a request
 * @ictx: the context it came to
 * @ubuffer: the caller's struct
 * @user_size: how long the caller says it is, at least the shortest known form
 * @cmd: the struct in kernel memory, complete, zero where the caller's is short
 */
struct iommufd_ucmd {
	struct iommufd_ctx *ictx;
	void __user *ubuffer;
	u32 user_size;
	void *cmd;
};

/**
 * iommufd_ucmd_respond() - copy the answer out
 * @ucmd: the request, its answer in @ucmd->cmd
 * @size: of the struct, in bytes; the caller gets no more than it asked for
 *
 * Whatever makes something comes to this before it publishes it, so that a
 * caller who cannot learn its id or address has not made it.
 *
 * Context: may fault and sleep.
 * Return: 0, or -EFAULT.
 */
static inline int iommufd_ucmd_respond(struct iommufd_ucmd *ucmd, size_t size)
{
	size_t room = min_t(size_t, ucmd->user_size, size);

	return copy_to_user(ucmd->ubuffer, ucmd->cmd, room) ? -EFAULT : 0;
}

/**
 * iommufd_ucmd_respond_u64() - copy out an answer that is one field
 * @ucmd: the request; the caller's struct is long enough to have the field
 * @offset: of the field, in bytes
 * @value: the answer
 *
 * For requests that are made often: the rest of the struct is as it was.
 *
 * Context: may fault and sleep.
 * Return: 0, or -EFAULT.
 */
static inline int iommufd_ucmd_respond_u64(struct iommufd_ucmd *ucmd,
					   size_t offset, u64 value)
{
	return put_user(value, (u64 __user *)(ucmd->ubuffer + offset));
}

int iommufd_destroy(struct iommufd_ucmd *ucmd);
int iommufd_fault_alloc(struct iommufd_ucmd *ucmd);
int iommufd_get_hw_info(struct iommufd_ucmd *ucmd);
int iommufd_hwpt_alloc(struct iommufd_ucmd *ucmd);
int iommufd_hwpt_get_dirty_bitmap(struct iommufd_ucmd *ucmd);
int iommufd_hwpt_invalidate(struct iommufd_ucmd *ucmd);
int iommufd_hwpt_set_dirty_tracking(struct iommufd_ucmd *ucmd);
int iommufd_option(struct iommufd_ucmd *ucmd);
int iommufd_ioas_alloc(struct iommufd_ucmd *ucmd);
int iommufd_ioas_allow_iovas(struct iommufd_ucmd *ucmd);
int iommufd_ioas_copy(struct iommufd_ucmd *ucmd);
int iommufd_ioas_iova_ranges(struct iommufd_ucmd *ucmd);
int iommufd_ioas_map(struct iommufd_ucmd *ucmd);
int iommufd_ioas_unmap(struct iommufd_ucmd *ucmd);
int iommufd_vfio_ioas(struct iommufd_ucmd *ucmd);

#endif
