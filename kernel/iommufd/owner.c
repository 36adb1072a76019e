// SPDX-License-Identifier: GPL-2.0-only
/* Owners of mapped memory, and the counting of what is pinned of it. */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/user.h>
#include <linux/slab.h>

#include "ctx.h"
#include "owner.h"
#include "selftest/selftest.h"

static enum iopt_charge current_charge(struct iommufd_ctx *ictx)
{
	if (capable(CAP_IPC_LOCK))
		return IOPT_CHARGE_NONE;
	if (READ_ONCE(ictx->account) == IOMMUFD_ACCOUNT_PROCESS)
		return IOPT_CHARGE_PROCESS;
	return IOPT_CHARGE_USER;
}

static bool is_current(struct iopt_owner *owner, enum iopt_charge charge)
{
	return owner && owner->mm == current->mm &&
	       owner->task == current->group_leader &&
	       owner->user == current_user() && owner->charge == charge;
}

static struct iopt_owner *owner_create(struct iommufd_ctx *ictx,
				       enum iopt_charge charge)
{
	struct iopt_owner *owner;

	owner = kmalloc(sizeof(*owner), GFP_KERNEL_ACCOUNT);
	if (!owner)
		return NULL;
	refcount_set(&owner->refs, 1);
	owner->ictx = ictx;
	owner->charge = charge;
	mmgrab(current->mm);
	owner->mm = current->mm;
	owner->task = get_task_struct(current->group_leader);
	owner->user = get_uid(current_user());
	return owner;
}

/**
 * iopt_owner_current() - the calling process as an owner of memory
 * @ictx: the context that it maps by; remembers the last one who asked
 *
 * Context: a process with memory, may sleep. Undo with iopt_owner_put().
 * Return: the owner, referenced, or ERR_PTR(-ENOMEM).
 */
struct iopt_owner *iopt_owner_current(struct iommufd_ctx *ictx)
{
	enum iopt_charge charge = current_charge(ictx);
	struct iopt_owner *owner = NULL;
	struct iopt_owner *old;

	spin_lock(&ictx->owner_lock);
	if (is_current(ictx->owner, charge))
		owner = iopt_owner_get(ictx->owner);
	spin_unlock(&ictx->owner_lock);
	if (owner)
		return owner;

	owner = owner_create(ictx, charge);
	if (!owner)
		return ERR_PTR(-ENOMEM);
	spin_lock(&ictx->owner_lock);
	old = ictx->owner;
	ictx->owner = iopt_owner_get(owner);
	spin_unlock(&ictx->owner_lock);
	if (old)
		iopt_owner_put(old);
	return owner;
}

/**
 * iopt_owner_get() - take a further reference
 * @owner: held by the caller
 *
 * Context: any. Undo with iopt_owner_put().
 * Return: @owner.
 */
struct iopt_owner *iopt_owner_get(struct iopt_owner *owner)
{
	refcount_inc(&owner->refs);
	return owner;
}

/**
 * iopt_owner_free() - the last reference is gone
 * @owner: whose
 *
 * For iopt_owner_put(). Context: as that.
 */
void iopt_owner_free(struct iopt_owner *owner)
{
	mmdrop(owner->mm);
	put_task_struct(owner->task);
	free_uid(owner->user);
	kfree(owner);
}

/* Shared with all that counts for this user, in other contexts and outside. */
static int charge_user(struct iopt_owner *owner, unsigned long npages)
{
	unsigned long limit = task_rlimit(owner->task, RLIMIT_MEMLOCK) >>
			      PAGE_SHIFT;
	long locked = atomic_long_read(&owner->user->locked_vm);

	do {
		if (locked + npages > limit)
			return -ENOMEM;
	} while (!atomic_long_try_cmpxchg(&owner->user->locked_vm, &locked,
					  locked + npages));
	return 0;
}

static int charge_process(struct iopt_owner *owner, unsigned long npages)
{
	int rc;

	if (!mmget_not_zero(owner->mm))
		return -EFAULT;
	rc = mmap_write_lock_killable(owner->mm);
	if (!rc) {
		rc = __account_locked_vm(owner->mm, npages, true, owner->task,
					 false);
		mmap_write_unlock(owner->mm);
	}
	/* Whoever comes last tears memory down, which is not for here. */
	mmput_async(owner->mm);
	return rc;
}

/* A process whose memory is gone has taken its count with it. */
static void uncharge_process(struct iopt_owner *owner, unsigned long npages)
{
	if (!mmget_not_zero(owner->mm))
		return;
	mmap_write_lock(owner->mm);
	__account_locked_vm(owner->mm, npages, false, owner->task, false);
	mmap_write_unlock(owner->mm);
	mmput_async(owner->mm);
}

/* What people see of it, for the process and for the context. */
static void count_pinned(struct iopt_owner *owner, long npages)
{
	atomic64_add(npages, &owner->mm->pinned_vm);
	atomic_long_add(npages, &owner->ictx->pinned);
	if (owner->charge != IOPT_CHARGE_NONE)
		atomic_long_add(npages, &owner->ictx->charged);
}

/**
 * iopt_owner_charge() - count pages that are about to be pinned
 * @owner: of the memory
 * @npages: how many pages of PAGE_SIZE
 *
 * The limit is the one that the owner has now, not when it mapped the memory.
 * VmPin in /proc/PID/status shows the pages whatever they count against.
 *
 * Context: may sleep; takes the owner's mmap_lock.
 * Return: 0, or -ENOMEM over the limit, -EFAULT when the owner's memory is
 * gone, -EINTR for a fatal signal.
 */
int iopt_owner_charge(struct iopt_owner *owner, unsigned long npages)
{
	int rc = 0;

	if (iommufd_should_fail())
		return -ENOMEM;
	if (owner->charge == IOPT_CHARGE_USER)
		rc = charge_user(owner, npages);
	else if (owner->charge == IOPT_CHARGE_PROCESS)
		rc = charge_process(owner, npages);
	if (!rc)
		count_pinned(owner, npages);
	return rc;
}

/**
 * iopt_owner_uncharge() - undo iopt_owner_charge()
 * @owner: of the memory
 * @npages: how many of the pages, in any portions
 *
 * Context: may sleep; takes the owner's mmap_lock.
 */
void iopt_owner_uncharge(struct iopt_owner *owner, unsigned long npages)
{
	count_pinned(owner, -npages);
	if (owner->charge == IOPT_CHARGE_USER)
		atomic_long_sub(npages, &owner->user->locked_vm);
	else if (owner->charge == IOPT_CHARGE_PROCESS)
		uncharge_process(owner, npages);
}
