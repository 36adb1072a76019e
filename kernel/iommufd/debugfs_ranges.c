// SPDX-License-Identifier: GPL-2.0-only
/*
 * Of an IOAS, in debugfs: which addresses nothing can use, and who says so; and
 * which must stay usable. A line each, ascending.
 *
 * The table is locked while a page full of lines is put together.
 */
#include <linux/device.h>
#include <linux/err.h>

#include "debugfs.h"
#include "fdinfo.h"
#include "iova_ranges.h"

/**
 * struct ranges_look - a reader of the ranges of an IOAS
 * @look: first
 * @allowed: past the reserved ones
 * @start: where the next range begins, or further up
 * @same: how many that begin there were shown
 * @locked: holds io_pagetable::iova_rwsem
 */
struct ranges_look {
	struct look look;
	bool allowed;
	unsigned long start;
	unsigned long same;
	bool locked;
};

static struct io_pagetable *table_of(const struct ranges_look *reader)
{
	struct iommufd_ioas *ioas = reader->look.subject;

	return &ioas->iopt;
}

static struct interval_tree_node *range_at(struct ranges_look *reader,
					   struct rb_root_cached *ranges)
{
	struct interval_tree_node *node;
	unsigned long same = reader->same;

	node = interval_tree_iter_first(ranges, reader->start, ULONG_MAX);
	while (node && (node->start < reader->start ||
			(node->start == reader->start && same--)))
		node = interval_tree_iter_next(node, reader->start, ULONG_MAX);
	return node;
}

/* Where the reader stands, or behind that. */
static struct iopt_range *current_range(struct ranges_look *reader)
{
	struct io_pagetable *iopt = table_of(reader);
	struct interval_tree_node *node = NULL;

	lockdep_assert_held(&iopt->iova_rwsem);

	if (!reader->allowed)
		node = range_at(reader, &iopt->reserved);
	if (!node && !reader->allowed) {
		reader->allowed = true;
		reader->start = 0;
		reader->same = 0;
	}
	if (!node)
		node = range_at(reader, &iopt->allowed);
	if (!node)
		return NULL;
	if (node->start != reader->start)
		reader->same = 0;
	reader->start = node->start;
	return container_of(node, struct iopt_range, node);
}

static int ranges_lock(struct ranges_look *reader)
{
	int rc;

	rc = look_enter(&reader->look);
	if (rc)
		return rc;
	rc = down_read_killable(&table_of(reader)->iova_rwsem);
	reader->locked = !rc;
	return rc;
}

static void *ranges_start(struct seq_file *seq, loff_t *pos)
{
	struct ranges_look *reader = seq->private;
	int rc;

	if (!*pos) {
		reader->allowed = false;
		reader->start = 0;
		reader->same = 0;
	}
	rc = ranges_lock(reader);
	return rc ? ERR_PTR(rc) : current_range(reader);
}

static void *ranges_next(struct seq_file *seq, void *unused, loff_t *pos)
{
	struct ranges_look *reader = seq->private;

	++*pos;
	reader->same++;
	return current_range(reader);
}

static void ranges_stop(struct seq_file *seq, void *unused)
{
	struct ranges_look *reader = seq->private;

	if (reader->locked)
		up_read(&table_of(reader)->iova_rwsem);
	reader->locked = false;
	look_leave(&reader->look);
}

/* A device that has reserved something is attached, and so still there. */
static void show_reserver(struct seq_file *seq, const struct iopt_reserver *by)
{
	seq_puts(seq, " owner=");
	if (by->hwpt) {
		seq_printf(seq, "hwpt:%u", by->hwpt);
	} else if (by->owner) {
		seq_puts(seq, "device:");
		seq_escape(seq, dev_name(by->owner), IOMMUFD_ESCAPED);
	} else {
		seq_puts(seq, "test");
	}
	seq_printf(seq, " kind=%s", by->kind);
}

static int ranges_show(struct seq_file *seq, void *shown)
{
	struct ranges_look *reader = seq->private;
	const struct iopt_range *range = shown;

	seq_printf(seq, "%s 0x%016lx-0x%016lx",
		   reader->allowed ? "allowed" : "reserved", range->node.start,
		   range->node.last);
	if (!reader->allowed)
		show_reserver(seq, &range->by);
	seq_putc(seq, '\n');
	return 0;
}

static const struct seq_operations ranges_ops = {
	.start = ranges_start,
	.next = ranges_next,
	.stop = ranges_stop,
	.show = ranges_show,
};

static int debugfs_ranges_open(struct inode *inode, struct file *file)
{
	return look_open(inode, file, &ranges_ops, sizeof(struct ranges_look));
}

LOOK_FOPS(debugfs_ranges);
