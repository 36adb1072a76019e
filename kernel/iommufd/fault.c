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
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/iommu.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <uapi/linux/iommufd.h>

#include "device.h"
#include "fault.h"
#include "hwpt.h"
#include "iommufd.h"

/**
 * struct iommufd_fault - a fault queue
 * @obj: its file is a user, and each hardware page table that it serves
 * @ictx: held by the file
 * @reading: one reader at a time, so that what is put back comes in its place;
 *	the only lock that is held while user memory is touched, outermost
 * @lock: held while a group goes from one place to the next, or is answered;
 *	inside of iommufd_group::lock
 * @requested_lock: protects @requested, innermost: all that the handler takes
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

static struct iommufd_fault *to_fault(struct iommufd_object *obj)
{
	return container_of(obj, struct iommufd_fault, obj);
}

static struct iommufd_device *requester(const struct iopf_group *group)
{
	return container_of(group->attach_handle, struct iommufd_attach_handle,
			    handle)
		->idev;
}

static struct iopf_group *fault_oldest(struct iommufd_fault *fault)
{
	struct iopf_group *group;

	spin_lock(&fault->requested_lock);
	group = list_first_entry_or_null(&fault->requested, struct iopf_group,
					 node);
	spin_unlock(&fault->requested_lock);
	return group;
}

static void fault_wake(struct iommufd_fault *fault)
{
	wake_up_interruptible_poll(&fault->readable, EPOLLIN | EPOLLRDNORM);
}

/* The IOMMU's driver has a group for a domain; the group is ours to answer. */
static int fault_request(struct iopf_group *group)
{
	struct iommufd_fault *fault = group->attach_handle->domain->fault_data;

	iopf_group_dequeue(group);

	spin_lock(&fault->requested_lock);
	list_add_tail(&group->node, &fault->requested);
	spin_unlock(&fault->requested_lock);
	fault_wake(fault);
	return 0;
}

/* The group has been taken from where it was, and is no more after this. */
static void fault_answer(struct iopf_group *group,
			 enum iommu_page_response_code code)
{
	iopf_group_response(group, code);
	iopf_free_group(group);
}

/* Moves what was requested through one attachment, or all, to a list. */
static void take_requested(struct iommufd_fault *fault,
			   struct iommu_attach_handle *handle,
			   struct list_head *taken)
{
	struct iopf_group *group, *next;

	spin_lock(&fault->requested_lock);
	list_for_each_entry_safe(group, next, &fault->requested, node) {
		if (!handle || group->attach_handle == handle)
			list_move_tail(&group->node, taken);
	}
	spin_unlock(&fault->requested_lock);
}

static void take_unanswered(struct iommufd_fault *fault,
			    struct iommu_attach_handle *handle,
			    struct list_head *taken)
{
	struct iopf_group *group;
	unsigned long cookie;

	lockdep_assert_held(&fault->lock);

	xa_for_each(&fault->unanswered, cookie, group) {
		if (handle && group->attach_handle != handle)
			continue;
		xa_erase(&fault->unanswered, cookie);
		list_add_tail(&group->node, taken);
	}
}

static void answer_invalid(struct iommufd_fault *fault,
			   struct iommu_attach_handle *handle)
{
	struct iopf_group *group, *next;
	LIST_HEAD(taken);

	mutex_lock(&fault->lock);
	take_unanswered(fault, handle, &taken);
	take_requested(fault, handle, &taken);
	list_for_each_entry_safe(group, next, &taken, node)
		fault_answer(group, IOMMU_PAGE_RESP_INVALID);
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

/**
 * struct fault_messages - a group as it is read
 * @cookie: what it was given
 * @length: of all messages, in bytes; 0 if there is no group
 * @list: to be freed with kvfree()
 */
struct fault_messages {
	u32 cookie;
	size_t length;
	struct iommu_hwpt_pgfault *list;
};

static void write_messages(const struct iopf_group *group,
			   struct iommu_hwpt_pgfault *message)
{
	const struct iopf_fault *request;

	list_for_each_entry(request, &group->faults, list) {
		const struct iommu_fault_page_request *prm =
			&request->fault.prm;

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

/* Counts a group as read. */
static int fault_read_group(struct iommufd_fault *fault,
			    struct iopf_group *group,
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

/*
 * Takes the oldest group that was requested, if it is no longer than @room
 * bytes; -EMSGSIZE if it is.
 */
static int fault_take(struct iommufd_fault *fault, size_t room,
		      struct fault_messages *messages)
{
	struct iopf_group *group;
	int rc = 0;

	mutex_lock(&fault->lock);
	group = fault_oldest(fault);
	messages->length = group ? group->fault_count * sizeof(*messages->list)
				 : 0;
	if (messages->length > room)
		rc = -EMSGSIZE;
	else if (group)
		rc = fault_read_group(fault, group, messages);
	mutex_unlock(&fault->lock);
	return rc;
}

/* It could not be copied out: nobody has read it, if it is still there. */
static void fault_put_back(struct iommufd_fault *fault, u32 cookie)
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
		fault_wake(fault);
}

/* How many bytes of one group were copied out: all, or none and an errno. */
static ssize_t fault_read_one(struct iommufd_fault *fault, char __user *buf,
			      size_t room)
{
	struct fault_messages messages;
	int rc;

	lockdep_assert_held(&fault->reading);

	rc = fault_take(fault, room, &messages);
	if (rc || !messages.length)
		return rc;
	if (copy_to_user(buf, messages.list, messages.length)) {
		fault_put_back(fault, messages.cookie);
		rc = -EFAULT;
	}
	kvfree(messages.list);
	return rc ? rc : messages.length;
}

/*
 * Reads whole groups, as many as there are and fit. 0 if there is none, EINVAL
 * if the first one does not fit, ESPIPE for a length that is no multiple of a
 * message's, as with Linux. Does not wait for groups, with or without
 * O_NONBLOCK, only for another reader.
 */
static ssize_t fault_read(struct file *file, char __user *buf, size_t count,
			  loff_t *pos)
{
	struct iommufd_fault *fault = file->private_data;
	ssize_t rc;
	size_t done = 0;

	if (*pos || count % sizeof(struct iommu_hwpt_pgfault))
		return -ESPIPE;
	rc = mutex_lock_interruptible(&fault->reading);
	if (rc)
		return rc;
	do {
		rc = fault_read_one(fault, buf + done, count - done);
		if (rc > 0)
			done += rc;
	} while (rc > 0);
	mutex_unlock(&fault->reading);

	if (done)
		return done;
	return rc == -EMSGSIZE ? -EINVAL : rc;
}

static int fault_write_one(struct iommufd_fault *fault,
			   const struct iommu_hwpt_page_response *response)
{
	struct iopf_group *group;

	static_assert((int)IOMMUFD_PAGE_RESP_SUCCESS ==
		      (int)IOMMU_PAGE_RESP_SUCCESS);
	static_assert((int)IOMMUFD_PAGE_RESP_INVALID ==
		      (int)IOMMU_PAGE_RESP_INVALID);
	if (response->code != IOMMUFD_PAGE_RESP_SUCCESS &&
	    response->code != IOMMUFD_PAGE_RESP_INVALID)
		return -EINVAL;

	/* Whoever ends the attachment waits until the device has its answer. */
	mutex_lock(&fault->lock);
	group = xa_erase(&fault->unanswered, response->cookie);
	if (group)
		fault_answer(group, response->code);
	mutex_unlock(&fault->lock);
	return group ? 0 : -EINVAL;
}

/*
 * Carries out answers up to the first that is wrong, which is an error if it
 * is the first of all.
 */
static ssize_t fault_write(struct file *file, const char __user *buf,
			   size_t count, loff_t *pos)
{
	struct iommufd_fault *fault = file->private_data;
	struct iommu_hwpt_page_response response;
	size_t done = 0;
	int rc = 0;

	if (*pos || count % sizeof(response))
		return -ESPIPE;
	while (done < count) {
		if (copy_from_user(&response, buf + done, sizeof(response)))
			rc = -EFAULT;
		else
			rc = fault_write_one(fault, &response);
		if (rc)
			break;
		done += sizeof(response);
	}
	return done ? done : rc;
}

static __poll_t fault_poll(struct file *file, struct poll_table_struct *wait)
{
	struct iommufd_fault *fault = file->private_data;
	__poll_t events = EPOLLOUT;

	poll_wait(file, &fault->readable, wait);
	if (fault_oldest(fault))
		events |= EPOLLIN | EPOLLRDNORM;
	return events;
}

static int fault_file_release(struct inode *inode, struct file *file)
{
	struct iommufd_fault *fault = file->private_data;
	struct iommufd_ctx *ictx = fault->ictx;

	/* Anybody may destroy it from here on, but for the context. */
	iommufd_object_put(ictx, &fault->obj);
	iommufd_ctx_put(ictx);
	return 0;
}

static const struct file_operations fault_fops = {
	.owner = THIS_MODULE,
	.read = fault_read,
	.write = fault_write,
	.poll = fault_poll,
	.release = fault_file_release,
};

static struct iommufd_fault *fault_create(struct iommufd_ctx *ictx)
{
	struct iommufd_object *obj;
	struct iommufd_fault *fault;

	obj = iommufd_object_alloc(ictx, sizeof(*fault), IOMMUFD_OBJ_FAULT);
	if (IS_ERR(obj))
		return ERR_CAST(obj);
	fault = to_fault(obj);
	fault->ictx = ictx;
	mutex_init(&fault->reading);
	mutex_init(&fault->lock);
	spin_lock_init(&fault->requested_lock);
	INIT_LIST_HEAD(&fault->requested);
	xa_init_flags(&fault->unanswered, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	init_waitqueue_head(&fault->readable);
	return fault;
}

/*
 * Answers the request, then makes the file. In this order nothing can fail
 * once there is a file: one that was closed again would come to its release
 * only later, when the object is gone.
 */
static struct file *fault_open(struct iommufd_ucmd *ucmd,
			       struct iommufd_fault *fault, int fd)
{
	struct iommu_fault_alloc *cmd = ucmd->cmd;
	struct file *file;
	int rc;

	cmd->out_fault_id = fault->obj.id;
	cmd->out_fault_fd = fd;
	rc = iommufd_ucmd_respond(ucmd, sizeof(*cmd));
	if (rc)
		return ERR_PTR(rc);
	file = anon_inode_getfile("[iommufd-pgfault]", &fault_fops, fault,
				  O_RDWR);
	if (IS_ERR(file))
		return file;
	refcount_inc(&fault->obj.users);
	iommufd_ctx_get(fault->ictx);
	return file;
}

int iommufd_fault_alloc(struct iommufd_ucmd *ucmd)
{
	struct iommu_fault_alloc *cmd = ucmd->cmd;
	struct iommufd_fault *fault;
	struct file *file;
	int fd;

	if (cmd->flags)
		return -EOPNOTSUPP;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	fault = fault_create(ucmd->ictx);
	if (IS_ERR(fault)) {
		put_unused_fd(fd);
		return PTR_ERR(fault);
	}
	file = fault_open(ucmd, fault, fd);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		iommufd_object_abort(ucmd->ictx, &fault->obj);
		return PTR_ERR(file);
	}
	iommufd_object_publish(ucmd->ictx, &fault->obj);
	fd_install(fd, file);
	return 0;
}

/* The file is closed and no page table uses it. */
void iommufd_fault_release(struct iommufd_object *obj)
{
	struct iommufd_fault *fault = to_fault(obj);

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
	hwpt->fault = to_fault(obj);
	hwpt->domain->fault_data = hwpt->fault;
	hwpt->domain->iopf_handler = fault_request;
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
