// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file of a fault queue: user space reads requests from it, whole groups,
 * and writes answers to it.
 *
 * The queue outlives its file, as the file is a user of it, and the context
 * outlives both. A file that is closed comes to its release only later; so the
 * file is the last thing that can fail to be made.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "fault_queue.h"
#include "iommufd.h"

/* How many bytes of one group were copied out: all, or none and an errno. */
static ssize_t read_group(struct iommufd_fault *fault, char __user *buf,
			  size_t room)
{
	struct fault_messages messages;
	int rc;

	rc = iommufd_fault_take(fault, room, &messages);
	if (rc || !messages.length)
		return rc;
	if (copy_to_user(buf, messages.list, messages.length)) {
		iommufd_fault_put_back(fault, messages.cookie);
		rc = -EFAULT;
	}
	kvfree(messages.list);
	return rc ? rc : messages.length;
}

/*
 * Reads as many groups as there are and fit. 0 if there is none, EINVAL if the
 * first one does not fit, ESPIPE for a length that is no multiple of a
 * message's, as with Linux. Does not wait for groups, with or without
 * O_NONBLOCK, only for another reader.
 */
static ssize_t fault_read(struct file *file, char __user *buf, size_t count,
			  loff_t *pos)
{
	struct iommufd_fault *fault = file->private_data;
	size_t done = 0;
	ssize_t rc;

	if (*pos || count % sizeof(struct iommu_hwpt_pgfault))
		return -ESPIPE;
	rc = mutex_lock_interruptible(&fault->reading);
	if (rc)
		return rc;
	do {
		rc = read_group(fault, buf + done, count - done);
		if (rc > 0)
			done += rc;
	} while (rc > 0);
	mutex_unlock(&fault->reading);

	if (done)
		return done;
	return rc == -EMSGSIZE ? -EINVAL : rc;
}

/*
 * Carries answers out up to the first that is wrong, which is an error if it
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
			rc = iommufd_fault_answer(fault, response.cookie,
						  response.code);
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
	if (iommufd_fault_pending(fault))
		events |= EPOLLIN | EPOLLRDNORM;
	return events;
}

static int fault_file_release(struct inode *inode, struct file *file)
{
	struct iommufd_fault *fault = file->private_data;
	struct iommufd_ctx *ictx = fault->ictx;

	/* From here on anybody may destroy it. */
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
	struct iommufd_fault *fault;
	struct iommufd_object *obj;

	obj = iommufd_object_alloc(ictx, sizeof(*fault), IOMMUFD_OBJ_FAULT);
	if (IS_ERR(obj))
		return ERR_CAST(obj);
	fault = container_of(obj, struct iommufd_fault, obj);
	fault->ictx = ictx;
	mutex_init(&fault->reading);
	mutex_init(&fault->lock);
	spin_lock_init(&fault->requested_lock);
	INIT_LIST_HEAD(&fault->requested);
	xa_init_flags(&fault->unanswered, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	init_waitqueue_head(&fault->readable);
	return fault;
}

/* Answers the request, then makes the file. Nothing can fail after that. */
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

static int fault_alloc(struct iommufd_ucmd *ucmd)
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
		file = ERR_CAST(fault);
		goto put_fd;
	}
	file = fault_open(ucmd, fault, fd);
	if (IS_ERR(file))
		goto abort;
	iommufd_object_publish(ucmd->ictx, &fault->obj);
	fd_install(fd, file);
	return 0;

abort:
	iommufd_object_abort(ucmd->ictx, &fault->obj);
put_fd:
	put_unused_fd(fd);
	return PTR_ERR(file);
}

int iommufd_fault_alloc(struct iommufd_ucmd *ucmd)
{
	return iommufd_object_refused(ucmd->ictx, IOMMUFD_OBJ_FAULT,
				      fault_alloc(ucmd));
}
