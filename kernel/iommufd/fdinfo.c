// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/PID/fdinfo/FD of a context: a line a fact, "key:<tab>value", and the
 * keys stay as iommufd-fdinfo(5) has them. Values are decimal. debugfs says the
 * same, and more (debugfs.c).
 *
 * Whoever reads takes no lock of the context's and holds nothing that a request
 * could meet: DESTROY must not say EBUSY because somebody looked. What is found
 * in the table under RCU stays for as long as that, and so does what it needs.
 * Figures are each right by themselves; together they are when all is quiet.
 */
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>

#include "access.h"
#include "device.h"
#include "fdinfo.h"
#include "hwpt.h"

/* Counts up when a key changes its meaning or goes away. */
#define FDINFO_VERSION 1

/*
 * Bounds what a reader's memory has to hold. More objects than that are only
 * counted.
 */
#define SHOWN_MAX 1024

static const char *const kinds[IOMMUFD_OBJ_TYPES] = {
	[IOMMUFD_OBJ_ACCESS] = "access",
	[IOMMUFD_OBJ_DEVICE] = "device",
	[IOMMUFD_OBJ_HWPT_NESTED] = "hwpt-nested",
	[IOMMUFD_OBJ_HWPT_PAGING] = "hwpt-paging",
	[IOMMUFD_OBJ_FAULT] = "fault",
	[IOMMUFD_OBJ_IOAS] = "ioas",
};

/**
 * iommufd_object_kind() - what people call a kind of object
 * @obj: the object
 *
 * Context: any.
 * Return: a word, or NULL for a test's own.
 */
const char *iommufd_object_kind(const struct iommufd_object *obj)
{
	return kinds[obj->type];
}

static void show_object(struct seq_file *seq, const struct iommufd_object *obj,
			const char *kind, const char *key, unsigned long value)
{
	seq_printf(seq, "%s-%u-%s:\t%lu\n", kind, obj->id, key, value);
}

/* A driver may give back what it has pinned before that is counted. */
static unsigned long pages_read(const atomic_long_t *npages)
{
	return (unsigned long)max(atomic_long_read(npages), 0L) * PAGE_SIZE;
}

static void show_ioas(struct seq_file *seq, struct iommufd_object *obj)
{
	const struct io_pagetable *iopt = &to_ioas(obj)->iopt;
	const struct iopt_counts *counts = &iopt->counts;
	const struct {
		const char *key;
		unsigned long value;
	} facts[] = {
		{ "mappings", READ_ONCE(counts->areas) },
		{ "mapped-bytes", READ_ONCE(counts->bytes) },
		{ "pinned-bytes", pages_read(&counts->pinned) },
		{ "accounted-bytes", pages_read(&counts->charged) },
		{ "huge-pages", READ_ONCE(iopt->large_pages) },
		{ "page-tables", READ_ONCE(iopt->ndomains) },
		{ "maps", atomic_long_read(&counts->maps) },
		{ "unmaps", READ_ONCE(counts->unmaps) },
		{ "flushes", atomic_long_read(&counts->flushes) },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(facts); i++)
		show_object(seq, obj, "ioas", facts[i].key, facts[i].value);
}

static void show_hwpt(struct seq_file *seq, struct iommufd_object *obj)
{
	struct iommufd_hwpt *hwpt = to_hwpt(obj);
	struct iommufd_hwpt_paging *bottom = hwpt_bottom(hwpt);

	show_object(seq, obj, "hwpt", "ioas", bottom->ioas->obj.id);
	if (obj->type == IOMMUFD_OBJ_HWPT_NESTED)
		show_object(seq, obj, "hwpt", "parent", bottom->common.obj.id);
	else
		show_object(seq, obj, "hwpt", "automatic",
			    READ_ONCE(bottom->automatic));
}

static void show_access(struct seq_file *seq, struct iommufd_object *obj)
{
	const struct iommufd_ioas *ioas = READ_ONCE(to_access(obj)->ioas);

	show_object(seq, obj, "access", "ioas", ioas ? ioas->obj.id : 0);
}

/**
 * iommufd_device_hwpt() - what a device is attached to
 * @idev: the caller is in RCU's read section, and a user of it
 *
 * Context: any.
 * Return: the id of the page table, or 0.
 */
u32 iommufd_device_hwpt(const struct iommufd_device *idev)
{
	const struct iommufd_hwpt *hwpt = READ_ONCE(idev->group->hwpt);

	return hwpt && !list_empty_careful(&idev->item) ? hwpt->obj.id : 0;
}

/* @obj: the caller is a user, so that its driver keeps the device. */
static void show_device(struct seq_file *seq, struct iommufd_object *obj)
{
	const struct iommufd_device *idev = to_device(obj);

	seq_printf(seq, "device-%u-name:\t", obj->id);
	seq_escape(seq, dev_name(idev->dev), IOMMUFD_ESCAPED);
	seq_putc(seq, '\n');
	show_object(seq, obj, "device", "group",
		    iommu_group_id(idev->group->group));
	show_object(seq, obj, "device", "hwpt", iommufd_device_hwpt(idev));
}

/**
 * iommufd_next_object() - walk the objects of a context
 * @ictx: the context
 * @id: in, where to begin; out, the object's
 *
 * Context: RCU's read section, for as long as the object is looked at.
 * Return: the lowest one from there on, or NULL.
 */
struct iommufd_object *iommufd_next_object(struct iommufd_ctx *ictx,
					   unsigned long *id)
{
	return xa_find(&ictx->objects, id, ULONG_MAX, XA_PRESENT);
}

/*
 * The driver is what a device needs to go on, so that this alone takes a user:
 * DESTROY of a device says EBUSY anyway, and its driver waits for users.
 */
static void show_one(struct seq_file *seq, struct iommufd_ctx *ictx,
		     struct iommufd_object *obj)
{
	switch (obj->type) {
	case IOMMUFD_OBJ_IOAS:
		show_ioas(seq, obj);
		break;
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
}

/*
 * Between two objects: others get the processor. Ends where the reader is
 * killed, or a context that closes waits for it.
 */
static bool go_on(struct seq_file *seq, struct iommufd_ctx *ictx,
		  unsigned long *id)
{
	cond_resched();
	(*id)++;
	return !seq_has_overflowed(seq) && !fatal_signal_pending(current) &&
	       !READ_ONCE(ictx->closing);
}

static void count_objects(struct seq_file *seq, struct iommufd_ctx *ictx)
{
	unsigned long counts[IOMMUFD_OBJ_TYPES] = {};
	struct iommufd_object *obj;
	unsigned long id = 0;
	unsigned int type;

	do {
		rcu_read_lock();
		obj = iommufd_next_object(ictx, &id);
		if (obj)
			counts[obj->type]++;
		rcu_read_unlock();
	} while (obj && go_on(seq, ictx, &id));

	for (type = 0; type < IOMMUFD_OBJ_TYPES; type++) {
		if (kinds[type])
			seq_printf(seq, "iommufd-objects-%s:\t%lu\n",
				   kinds[type], counts[type]);
	}
}

static void show_objects(struct seq_file *seq, struct iommufd_ctx *ictx)
{
	unsigned int left = SHOWN_MAX;
	struct iommufd_object *obj;
	unsigned long id = 0;

	do {
		rcu_read_lock();
		obj = iommufd_next_object(ictx, &id);
		if (obj && left)
			show_one(seq, ictx, obj);
		rcu_read_unlock();
	} while (obj && left-- && go_on(seq, ictx, &id));
	if (obj)
		seq_puts(seq, "iommufd-more-objects:\t1\n");
}

static u32 vfio_ioas_id(struct iommufd_ctx *ictx)
{
	const struct iommufd_ioas *ioas;
	u32 id;

	rcu_read_lock();
	ioas = READ_ONCE(ictx->vfio_ioas);
	id = ioas ? ioas->obj.id : 0;
	rcu_read_unlock();
	return id;
}

/**
 * iommufd_show_context() - what a context holds, and has done
 * @seq: of the reader, any process that may look
 * @ictx: stays until this is over
 *
 * Context: process; waits for nobody.
 */
void iommufd_show_context(struct seq_file *seq, struct iommufd_ctx *ictx)
{
	seq_printf(seq, "iommufd-fdinfo:\t%d\n", FDINFO_VERSION);
	seq_printf(seq, "iommufd-context:\t%llu\n", ictx->number);
	seq_printf(seq, "iommufd-rlimit-mode:\t%d\n",
		   READ_ONCE(ictx->account) == IOMMUFD_ACCOUNT_PROCESS);
	seq_printf(seq, "iommufd-pinned-bytes:\t%lu\n",
		   pages_read(&ictx->pinned));
	seq_printf(seq, "iommufd-accounted-bytes:\t%lu\n",
		   pages_read(&ictx->charged));
	seq_printf(seq, "iommufd-vfio-ioas:\t%u\n", vfio_ioas_id(ictx));
	count_objects(seq, ictx);
	show_objects(seq, ictx);
}

/**
 * iommufd_show_fdinfo() - the same, for /proc
 * @seq: of the reader
 * @file: an open /dev/iommu, which stays until this is over
 *
 * Context: process; waits for nobody.
 */
void iommufd_show_fdinfo(struct seq_file *seq, struct file *file)
{
	iommufd_show_context(seq, file->private_data);
}
