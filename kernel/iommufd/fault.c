// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fault queues. A group of page requests that belong together comes from the
 * IOMMU's driver and ends with one answer. Between the two it is in exactly
 * one place:
 *
 *	handler -> requested -> (read) -> unanswered -> (write) -> answered
 *	               ^------- not read after all -----'
 *
 * Whatever happens it is answered: when its device is detached, or moves to
 * another page table, all its groups are answered as invalid.
 *
 * Detaching waits for iommufd_fault::lock, and a page of user memory can be
 * made to take as long as its owner likes. So no user memory is touched under
 * that lock: what is read is put together in the kernel first, and the group
 * counts as read while it is copied out. If that fails it is put back, unless
 * it was answered meanwhile.
 */
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/lockdep.h>
#include <linux/pci.h>
#include <linux/poll.h>
#include <linux/slab.h>

#include "device.h"
#include "fault.h"
#include "fault_queue.h"
#include "hwpt.h"
#include "trace.h"

static struct iommufd_device *requester(const struct iopf_group *group)
{
	return container_of(group->attach_handle, struct iommufd_attach_handle,
			    handle)
		->idev;
}

/* Stays the oldest, and alive, under iommufd_fault::lock. */
static struct iopf_group *oldest(struct iommufd_fault *fault)
{
	struct iopf_group *group;

	spin_lock(&fault->requested_lock);
	group = list_first_entry_or_null(&fault->requested, struct iopf_group,
					 node);
	spin_unlock(&fault->requested_lock);
	return group;
}

/**
 * iommufd_fault_pending() - whether there is a group to be read
 * @fault: the queue
 *
 * Context: any that may take a spinlock.
 * Return: true if there is.
 */
bool iommufd_fault_pending(struct iommufd_fault *fault)
{
	return oldest(fault);
}

static void wake_readers(struct iommufd_fault *fault)
{
	wake_up_interruptible_poll(&fault->readable, EPOLLIN | EPOLLRDNORM);
}

/* The IOMMU's driver has a group for a domain, which becomes ours to answer. */
static int handle_group(struct iopf_group *group)
{
	struct iommufd_fault *fault = group->attach_handle->domain->fault_data;
	const struct iommu_fault_page_request *prm =
		&group->last_fault.fault.prm;

	trace_iommufd_fault(fault->ictx, fault->obj.id,
			    requester(group)->obj.id, prm->grpid, prm->perm,
			    prm->addr, group->fault_count);
	iopf_group_dequeue(group);

	spin_lock(&fault->requested_lock);
	list_add_tail(&group->node, &fault->requested);
	spin_unlock(&fault->requested_lock);
	wake_readers(fault);
	return 0;
}

/* The group has been taken from where it was, and is no more after this. */
static void answer(struct iopf_group *group, enum iommu_page_response_code code)
{
	iopf_group_response(group, code);
	iopf_free_group(group);
}

/* Moves what was requested through one attachment, or all, to a list. */
static void remove_requested(struct iommufd_fault *fault,
			     struct iommu_attach_handle *handle,
			     struct list_head *removed)
{
	struct iopf_group *group, *next;

	lockdep_assert_held(&fault->lock);

	spin_lock(&fault->requested_lock);
	list_for_each_entry_safe(group, next, &fault->requested, node) {
		if (!handle || group->attach_handle == handle)
			list_move_tail(&group->node, removed);
	}
	spin_unlock(&fault->requested_lock);
}

static void remove_unanswered(struct iommufd_fault *fault,
			      struct iommu_attach_handle *handle,
			      struct list_head *removed)
{
	struct iopf_group *group;
	unsigned long cookie;

	lockdep_assert_held(&fault->lock);

	xa_for_each(&fault->unanswered, cookie, group) {
		if (handle && group->attach_handle != handle)
			continue;
		xa_erase(&fault->unanswered, cookie);
		list_add_tail(&group->node, removed);
	}
}

static void answer_invalid(struct iommufd_fault *fault,
			   struct iommu_attach_handle *handle)
{
	struct iopf_group *group, *next;
	LIST_HEAD(removed);

	mutex_lock(&fault->lock);
	remove_unanswered(fault, handle, &removed);
	remove_requested(fault, handle, &removed);
	list_for_each_entry_safe(group, next, &removed, node)
		answer(group, IOMMU_PAGE_RESP_INVALID);
	mutex_unlock(&fault->lock);
}

/**
 * iommufd_fault_answer_all() - answer what an attachment has left open
 * @hwpt: what was attached
 * @handle: of the attachment, which has ended: no request comes by it any more
 *
 * When this returns nobody holds a group of the attachment.
 *
 * Context: may sleep; takes iommufd_fault::lock.
 */
void iommufd_fault_answer_all(struct iommufd_hwpt *hwpt,
			      struct iommufd_attach_handle *handle)
{
	if (hwpt->fault)
		answer_invalid(hwpt->fault, &handle->handle);
}

static void write_messages(const struct iopf_group *group,
			   struct iommu_hwpt_pgfault *message)
{
	const struct iommu_fault_page_request *prm;
	const struct iopf_fault *request;

	list_for_each_entry(request, &group->faults, list) {
		prm = &request->fault.prm;
		*message++ = (struct iommu_hwpt_pgfault){
			.flags = prm->flags & (IOMMU_PGFAULT_FLAGS_PASID_VALID |
					       IOMMU_PGFAULT_FLAGS_LAST_PAGE),
			.dev_id = requester(group)->obj.id,
			.pasid = prm->pasid,
			.grpid = prm->grpid,
			.perm = prm->perm,
			.addr = prm->addr,
			.cookie = group->cookie,
		};
	}
}

static int read_group(struct iommufd_fault *fault, struct iopf_group *group,
		      struct fault_messages *messages)
{
	int rc;

	lockdep_assert_held(&fault->lock);

	messages->list = kvmalloc_array(group->fault_count,
					sizeof(*messages->list),
					GFP_KERNEL_ACCOUNT);
	if (!messages->list)
		return -ENOMEM;
	rc = xa_alloc_cyclic(&fault->unanswered, &group->cookie, group,
			     xa_limit_32b, &fault->next_cookie,
			     GFP_KERNEL_ACCOUNT);
	if (rc < 0) {
		kvfree(messages->list);
		return rc;
	}
	write_messages(group, messages->list);
	messages->cookie = group->cookie;

	spin_lock(&fault->requested_lock);
	list_del(&group->node);
	spin_unlock(&fault->requested_lock);
	return 0;
}

/**
 * iommufd_fault_take() - count the oldest group that was requested as read
 * @fault: the queue
 * @room: how much of it can be read, in bytes
 * @messages: set to what is to be read
 *
 * Context: may sleep; takes iommufd_fault::lock. Undo with
 * iommufd_fault_put_back().
 * Return: 0, also if there is none; -EMSGSIZE if there is not enough room for
 * it, -ENOMEM.
 */
int iommufd_fault_take(struct iommufd_fault *fault, size_t room,
		       struct fault_messages *messages)
{
	struct iopf_group *group;
	int rc = 0;

	messages->length = 0;
	mutex_lock(&fault->lock);
	group = oldest(fault);
	if (group) {
		messages->length = group->fault_count * sizeof(*messages->list);
		rc = messages->length > room
			     ? -EMSGSIZE
			     : read_group(fault, group, messages);
	}
	mutex_unlock(&fault->lock);
	return rc;
}

/**
 * iommufd_fault_put_back() - a group was not read after all
 * @fault: the queue
 * @cookie: of the group, which may have been answered meanwhile
 *
 * Context: may sleep; holds iommufd_fault::reading, takes iommufd_fault::lock.
 */
void iommufd_fault_put_back(struct iommufd_fault *fault, u32 cookie)
{
	struct iopf_group *group;

	lockdep_assert_held(&fault->reading);

	mutex_lock(&fault->lock);
	group = xa_erase(&fault->unanswered, cookie);
	if (group) {
		spin_lock(&fault->requested_lock);
		list_add(&group->node, &fault->requested);
		spin_unlock(&fault->requested_lock);
	}
	mutex_unlock(&fault->lock);
	if (group)
		wake_readers(fault);
}

static int answer_by_cookie(struct iommufd_fault *fault, u32 cookie, u32 code)
{
	enum iommu_page_response_code response;
	struct iopf_group *group;

	switch (code) {
	case IOMMUFD_PAGE_RESP_SUCCESS:
		response = IOMMU_PAGE_RESP_SUCCESS;
		break;
	case IOMMUFD_PAGE_RESP_INVALID:
		response = IOMMU_PAGE_RESP_INVALID;
		break;
	default:
		return -EINVAL;
	}

	/* Whoever ends the attachment waits until the device has its answer. */
	mutex_lock(&fault->lock);
	group = xa_erase(&fault->unanswered, cookie);
	if (group)
		answer(group, response);
	mutex_unlock(&fault->lock);
	return group ? 0 : -EINVAL;
}

/**
 * iommufd_fault_answer() - answer a group that was read
 * @fault: the queue
 * @cookie: from user space
 * @code: from user space, of enum iommufd_page_response_code
 *
 * Context: may sleep; takes iommufd_fault::lock.
 * Return: 0, or -EINVAL for a code or a cookie that does not exist.
 */
int iommufd_fault_answer(struct iommufd_fault *fault, u32 cookie, u32 code)
{
	int rc = answer_by_cookie(fault, cookie, code);

	trace_iommufd_fault_answer(fault->ictx, fault->obj.id, cookie, code,
				   rc);
	return rc;
}

/**
 * iommufd_fault_release() - give back what a fault queue holds
 * @obj: of the queue, without users: its file is closed and no page table uses
 *	it
 *
 * Context: may sleep.
 */
void iommufd_fault_release(struct iommufd_object *obj)
{
	struct iommufd_fault *fault =
		container_of(obj, struct iommufd_fault, obj);

	answer_invalid(fault, NULL);
	xa_destroy(&fault->unanswered);
	mutex_destroy(&fault->lock);
	mutex_destroy(&fault->reading);
}

/**
 * iommufd_fault_connect() - let a fault queue serve a hardware page table
 * @ictx: their context
 * @id: of the queue, from user space
 * @hwpt: not attached yet
 *
 * Context: does not sleep. Undo with iommufd_fault_disconnect().
 * Return: 0, or -ENOENT without such a queue.
 */
int iommufd_fault_connect(struct iommufd_ctx *ictx, u32 id,
			  struct iommufd_hwpt *hwpt)
{
	struct iommufd_object *obj;

	obj = iommufd_object_lookup(ictx, id, IOMMUFD_OBJ_FAULT);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	hwpt->fault = container_of(obj, struct iommufd_fault, obj);
	hwpt->domain->fault_data = hwpt->fault;
	hwpt->domain->iopf_handler = handle_group;
	return 0;
}

/**
 * iommufd_fault_disconnect() - undo iommufd_fault_connect(), if it was done
 * @hwpt: attached to nothing, all its requests answered; its domain may be gone
 *
 * Context: does not sleep.
 */
void iommufd_fault_disconnect(struct iommufd_hwpt *hwpt)
{
	struct iommufd_fault *fault = hwpt->fault;

	if (!fault)
		return;
	hwpt->fault = NULL;
	iommufd_object_put(fault->ictx, &fault->obj);
}

/**
 * iommufd_fault_enable() - let a device request pages
 * @idev: the device
 *
 * Context: may sleep; takes iopf_lock. Undo with iommufd_fault_disable().
 * Return: 0, or -EINVAL for a virtual function: its requests go through the
 * physical one, which others share. Otherwise what the IOMMU's driver says.
 */
int iommufd_fault_enable(struct iommufd_device *idev)
{
	int rc = 0;

	if (dev_is_pci(idev->dev) && to_pci_dev(idev->dev)->is_virtfn)
		return -EINVAL;

	mutex_lock(&idev->iopf_lock);
	if (!idev->iopf_users)
		rc = iommu_dev_enable_feature(idev->dev, IOMMU_DEV_FEAT_IOPF);
	if (!rc)
		idev->iopf_users++;
	mutex_unlock(&idev->iopf_lock);
	return rc;
}

/**
 * iommufd_fault_disable() - undo one iommufd_fault_enable()
 * @idev: the device; what it requested has been answered
 *
 * Context: may sleep; takes iopf_lock.
 */
void iommufd_fault_disable(struct iommufd_device *idev)
{
	mutex_lock(&idev->iopf_lock);
	if (!--idev->iopf_users)
		iommu_dev_disable_feature(idev->dev, IOMMU_DEV_FEAT_IOPF);
	mutex_unlock(&idev->iopf_lock);
}
