/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The process whose memory is mapped, and who pays for what of it is pinned.
 * Taken when memory is mapped, it stays the same whoever makes it be pinned
 * later: another process that the descriptor was passed to, or a driver.
 */
#ifndef IOMMUFD_OWNER_H
#define IOMMUFD_OWNER_H

#include <linux/refcount.h>
#include <linux/types.h>

struct iommufd_ctx;
struct mm_struct;
struct task_struct;
struct user_struct;

/**
 * enum iopt_charge - what pinned pages count against
 * @IOPT_CHARGE_NONE: nothing, the process may lock what it likes
 * @IOPT_CHARGE_USER: RLIMIT_MEMLOCK, summed over the user's processes
 * @IOPT_CHARGE_PROCESS: RLIMIT_MEMLOCK, for this process by itself
 */
enum iopt_charge {
	IOPT_CHARGE_NONE,
	IOPT_CHARGE_USER,
	IOPT_CHARGE_PROCESS,
};

/**
 * struct iopt_owner - a process that has mapped memory
 * @refs: one for each iopt_pages and one for the context that remembers it
 * @ictx: that context, in which all of those are
 * @charge: decided when the memory was mapped
 * @mm: its address space; the struct is held, the memory may be gone
 * @task: its first thread, for the limit
 * @user: whom the user's sum belongs to
 *
 * Only @refs changes once there is one.
 */
struct iopt_owner {
	refcount_t refs;
	struct iommufd_ctx *ictx;
	enum iopt_charge charge;
	struct mm_struct *mm;
	struct task_struct *task;
	struct user_struct *user;
};

struct iopt_owner *iopt_owner_current(struct iommufd_ctx *ictx);
struct iopt_owner *iopt_owner_get(struct iopt_owner *owner);
void iopt_owner_free(struct iopt_owner *owner);
int iopt_owner_charge(struct iopt_owner *owner, unsigned long npages);
void iopt_owner_uncharge(struct iopt_owner *owner, unsigned long npages);

/**
 * iopt_owner_put() - give a reference back
 * @owner: held by the caller
 *
 * Context: process, without spinlocks.
 */
static inline void iopt_owner_put(struct iopt_owner *owner)
{
	if (refcount_dec_and_test(&owner->refs))
		iopt_owner_free(owner);
}

#endif
