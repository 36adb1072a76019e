/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inside of a fault queue, between fault.c, where groups of page requests
 * come and go, and fault_file.c, where user space reads and answers them.
 */
#ifndef IOMMUFD_FAULT_QUEUE_H
#define IOMMUFD_FAULT_QUEUE_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/xarray.h>
#include <uapi/linux/iommufd.h>

#include "object.h"

/**
 * struct iommufd_fault - a fault queue
 * @obj: its file is a user, and each hardware page table that it serves
 * @ictx: held by the file
 * @reading: one reader at a time, so that what is put back comes in its place;
 *	outermost, and the only lock that is held while user memory is touched
 * @lock: held while a group goes from one place to the next, or is answered;
 *	inside of iommufd_group::lock
 * @requested_lock: protects @requested, innermost: all that the handler takes.
 *	Groups are removed under @lock besides, so that one stays under either.
 * @requested: groups that nobody has read, by iopf_group::node, oldest first
 * @unanswered: cookie to group that was read; under @lock
 * @next_cookie: where to look for a free one. Not the lowest, so that a late
 *	answer to one group does not hit another.
 * @readable: woken when @requested was added to
 */
struct iommufd_fault {
	struct iommufd_object obj;
	struct iommufd_ctx *ictx;
	/* Held by whoever reads. */
	struct mutex reading;
	/* Protects @unanswered and @next_cookie. */
	struct mutex lock;
	/* Protects @requested. */
	spinlock_t requested_lock;
	struct list_head requested;
	struct xarray unanswered;
	u32 next_cookie;
	wait_queue_head_t readable;
};

/**
 * struct fault_messages - a group as it is read
 * @cookie: what it was given
 * @length: of all messages, in bytes; 0 if there is no group
 * @list: to be freed with kvfree(), if there is a group
 */
struct fault_messages {
	u32 cookie;
	size_t length;
	struct iommu_hwpt_pgfault *list;
};

bool iommufd_fault_pending(struct iommufd_fault *fault);
int iommufd_fault_take(struct iommufd_fault *fault, size_t room,
		       struct fault_messages *messages);
void iommufd_fault_put_back(struct iommufd_fault *fault, u32 cookie);
int iommufd_fault_answer(struct iommufd_fault *fault, u32 cookie, u32 code);

#endif
