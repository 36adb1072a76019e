// SPDX-License-Identifier: GPL-2.0-only
/*
 * Of a context, in debugfs: who opened it, followed by all that fdinfo says;
 * and its objects, a line each. The table of objects is read as in fdinfo.c.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/uidgid.h>

#include "access.h"
#include "debugfs.h"
#include "device.h"
#include "fdinfo.h"
#include "hwpt.h"

/* In the reader's namespace; 0 if that has no such process, or it has ended. */
static pid_t opener_pid(const struct iommufd_opener *opener)
{
	pid_t pid = 0;

	rcu_read_lock();
	if (pid_task(opener->pid, PIDTYPE_TGID))
		pid = pid_nr_ns(opener->pid, task_active_pid_ns(current));
	rcu_read_unlock();
	return pid;
}

static void show_opener(struct seq_file *seq,
			const struct iommufd_opener *opener)
{
	seq_printf(seq, "opener-pid:\t%d\n", opener_pid(opener));
	seq_puts(seq, "opener-command:\t");
	seq_escape(seq, opener->command, IOMMUFD_ESCAPED);
	seq_printf(seq, "\nopener-uid:\t%u\n",
		   from_kuid_munged(seq_user_ns(seq), opener->uid));
}

static int context_show(struct seq_file *seq, void *unused)
{
	struct look *look = seq->private;
	struct iommufd_ctx *ictx = look->subject;

	show_opener(seq, &ictx->opener);
	iommufd_show_context(seq, ictx);
	/* What is closing may have been shown in part. */
	return READ_ONCE(ictx->closing) ? -EIO : 0;
}

static void *context_start(struct seq_file *seq, loff_t *pos)
{
	struct look *look = seq->private;
	int rc;

	if (*pos)
		return NULL;
	rc = look_enter(look);
	return rc ? ERR_PTR(rc) : look;
}

static void *context_next(struct seq_file *seq, void *unused, loff_t *pos)
{
	++*pos;
	return NULL;
}

static void look_stop(struct seq_file *seq, void *unused)
{
	look_leave(seq->private);
}

static const struct seq_operations context_ops = {
	.start = context_start,
	.next = context_next,
	.stop = look_stop,
	.show = context_show,
};

static int debugfs_context_open(struct inode *inode, struct file *file)
{
	return look_open(inode, file, &context_ops, sizeof(struct look));
}

LOOK_FOPS(debugfs_context);

/**
 * struct objects_look - a reader of the objects of a context
 * @look: first
 * @shown: the id of the line that was shown last
 */
struct objects_look {
	struct look look;
	unsigned long shown;
};

/* Behind all ids. */
#define NO_ID ((unsigned long)INT_MAX + 1)

static void show_hwpt(struct seq_file *seq, struct iommufd_object *obj)
{
	struct iommufd_hwpt *hwpt = to_hwpt(obj);
	struct iommufd_hwpt_paging *bottom = hwpt_bottom(hwpt);

	if (obj->type == IOMMUFD_OBJ_HWPT_NESTED)
		seq_printf(seq, " parent=%u", bottom->common.obj.id);
	else
		seq_printf(seq, " ioas=%u automatic=%d", bottom->ioas->obj.id,
			   READ_ONCE(bottom->automatic));
}

/* @obj: the caller is a user, so that its driver keeps the device. */
static void show_device(struct seq_file *seq, struct iommufd_object *obj)
{
	const struct iommufd_device *idev = to_device(obj);

	seq_puts(seq, " name=");
	seq_escape(seq, dev_name(idev->dev), IOMMUFD_ESCAPED);
	seq_printf(seq, " group=%d hwpt=%u", iommu_group_id(idev->group->group),
		   iommufd_device_hwpt(idev));
}

static void show_access(struct seq_file *seq, struct iommufd_object *obj)
{
	const struct iommufd_ioas *ioas = READ_ONCE(to_access(obj)->ioas);

	seq_printf(seq, " ioas=%u", ioas ? ioas->obj.id : 0);
}

/* Others that need it: not the table, and not who looks. */
static unsigned int users_of(const struct iommufd_object *obj)
{
	return max_t(int, refcount_read(&obj->users), 1) - 1;
}

static void show_object(struct seq_file *seq, struct iommufd_ctx *ictx,
			struct iommufd_object *obj)
{
	seq_printf(seq, "%u %s users=%u", obj->id, iommufd_object_kind(obj),
		   users_of(obj));
	switch (obj->type) {
	case IOMMUFD_OBJ_HWPT_PAGING:
	case IOMMUFD_OBJ_HWPT_NESTED:
		show_hwpt(seq, obj);
		break;
	case IOMMUFD_OBJ_ACCESS:
		show_access(seq, obj);
		break;
	case IOMMUFD_OBJ_DEVICE:
		if (!iommufd_object_get(obj))
			break;
		show_device(seq, obj);
		iommufd_object_put(ictx, obj);
		break;
	default:
		break;
	}
	seq_putc(seq, '\n');
}

/* The object at the reader's position, or the next one that there is. */
static int objects_show(struct seq_file *seq, void *unused)
{
	struct objects_look *reader = seq->private;
	struct iommufd_ctx *ictx = reader->look.subject;
	unsigned long id = seq->index;
	struct iommufd_object *obj;

	rcu_read_lock();
	obj = iommufd_next_object(ictx, &id);
	if (obj && iommufd_object_kind(obj))
		show_object(seq, ictx, obj);
	rcu_read_unlock();
	reader->shown = obj ? id : NO_ID;
	return 0;
}

static void *objects_start(struct seq_file *seq, loff_t *pos)
{
	struct objects_look *reader = seq->private;
	int rc;

	if (*pos > NO_ID)
		return NULL;
	rc = look_enter(&reader->look);
	return rc ? ERR_PTR(rc) : reader;
}

static void *objects_next(struct seq_file *seq, void *unused, loff_t *pos)
{
	struct objects_look *reader = seq->private;

	*pos = reader->shown + 1;
	cond_resched();
	return reader->shown < NO_ID ? reader : NULL;
}

static const struct seq_operations objects_ops = {
	.start = objects_start,
	.next = objects_next,
	.stop = look_stop,
	.show = objects_show,
};

static int debugfs_objects_open(struct inode *inode, struct file *file)
{
	return look_open(inode, file, &objects_ops,
			 sizeof(struct objects_look));
}

LOOK_FOPS(debugfs_objects);
