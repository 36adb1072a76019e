// SPDX-License-Identifier: GPL-2.0-only
/*
 * Of an IOAS, in debugfs: its mappings, a line each, ascending.
 *
 * The table is locked only to find the next area and to note what it is and
 * shows. All that can take long comes after that, with nothing held but the
 * memory's description: counting frames, and asking the owner, who may be slow
 * to let go of mmap_lock. The area may have gone by then.
 */
#include <linux/bits.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>

#include "area_tree.h"
#include "debugfs.h"
#include "owner.h"
#include "pages_look.h"

/* Areas that are passed over under the lock at once: a small batch. */
#define PASSED_MAX 64

/**
 * struct areas_look - a reader of the mappings of an IOAS
 * @look: first
 * @next: the area at the reader's position begins here, or further up
 * @over: there is nothing behind the last one
 * @slice: of memory that the area shows; its pages are referenced, or NULL
 * @iommu_prot: of the area
 * @accesses: of the area
 * @frames: where that memory is
 */
struct areas_look {
	struct look look;
	unsigned long next;
	bool over;
	struct iopt_slice slice;
	u8 iommu_prot;
	unsigned int accesses;
	struct iopt_frames frames;
};

static struct io_pagetable *table_of(const struct areas_look *reader)
{
	struct iommufd_ioas *ioas = reader->look.subject;

	return &ioas->iopt;
}

/* Sizes that the entries of an area in the page tables can have; 0: in none. */
static unsigned long entry_sizes(const struct io_pagetable *iopt,
				 const struct iopt_area *area)
{
	unsigned long sizes = READ_ONCE(iopt->page_sizes);

	if (!READ_ONCE(area->pinned))
		return 0;
	return sizes & GENMASK(READ_ONCE(iopt->large_pages) ? ENTRY_ORDERS - 1
							    : PAGE_SHIFT,
			       0);
}

static void note(struct areas_look *reader, const struct iopt_area *area)
{
	const struct io_pagetable *iopt = table_of(reader);

	lockdep_assert_held(&iopt->iova_rwsem);

	reader->slice.pages = iopt_pages_get(area->pages);
	reader->slice.iova = area->start;
	reader->slice.start_byte = area->start_byte;
	reader->slice.length = area_length(area);
	reader->slice.entry_sizes = entry_sizes(iopt, area);
	reader->iommu_prot = area->iommu_prot;
	reader->accesses = atomic_read(&area->accesses);
}

/* False if there may be one further up: a claim is passed over. */
static bool note_some(struct areas_look *reader)
{
	const struct rb_root_cached *areas = &table_of(reader)->areas;
	unsigned int passed = 0;
	struct iopt_area *area;

	area = area_tree_find(areas, reader->next, ULONG_MAX);
	/* One that was shown may have grown: it is another one now. */
	if (area && area->start < reader->next)
		area = area_tree_next(area);
	for (; area; area = area_tree_next(area)) {
		reader->next = area->start;
		if (area_is_committed(area)) {
			note(reader, area);
			return true;
		}
		if (++passed == PASSED_MAX)
			return false;
		if (area->last == ULONG_MAX)
			break;
		reader->next = area->last + 1;
	}
	reader->over = true;
	return true;
}

static int note_batch(struct areas_look *reader, bool *done)
{
	struct io_pagetable *iopt;
	int rc;

	rc = look_enter(&reader->look);
	if (rc)
		return rc;
	iopt = table_of(reader);
	rc = down_read_killable(&iopt->iova_rwsem);
	if (!rc) {
		*done = note_some(reader);
		up_read(&iopt->iova_rwsem);
	}
	look_leave(&reader->look);
	return rc;
}

/* The area at the reader's position, NULL at the end, or ERR_PTR. */
static void *note_current(struct areas_look *reader)
{
	bool done = reader->over;
	int rc = 0;

	while (!done && !rc) {
		rc = note_batch(reader, &done);
		cond_resched();
	}
	if (rc)
		return ERR_PTR(rc);
	return reader->slice.pages ? reader : NULL;
}

static void forget(struct areas_look *reader)
{
	if (reader->slice.pages)
		iopt_pages_put(reader->slice.pages);
	reader->slice.pages = NULL;
}

static void *areas_start(struct seq_file *seq, loff_t *pos)
{
	struct areas_look *reader = seq->private;

	if (!*pos) {
		reader->next = 0;
		reader->over = false;
	}
	return note_current(reader);
}

static void *areas_next(struct seq_file *seq, void *unused, loff_t *pos)
{
	struct areas_look *reader = seq->private;
	unsigned long last = reader->slice.iova + (reader->slice.length - 1);

	forget(reader);
	++*pos;
	reader->over = last == ULONG_MAX;
	reader->next = last + 1;
	return note_current(reader);
}

static void areas_stop(struct seq_file *seq, void *unused)
{
	forget(seq->private);
}

static const char *access_word(u8 iommu_prot)
{
	if (!(iommu_prot & IOMMU_WRITE))
		return "r";
	return iommu_prot & IOMMU_READ ? "rw" : "w";
}

/* As 4K, 2M. */
static void show_size(struct seq_file *seq, unsigned int order)
{
	static const char units[] = { 0, 'K', 'M', 'G', 'T', 'P', 'E' };

	seq_printf(seq, "%lu", BIT(order % 10));
	if (order >= 10)
		seq_putc(seq, units[order / 10]);
}

static void show_entries(struct seq_file *seq, const struct iopt_frames *frames)
{
	char separator = 0;
	unsigned int order;

	for (order = 0; order < ARRAY_SIZE(frames->entries); order++) {
		if (!frames->entries[order])
			continue;
		if (separator)
			seq_putc(seq, separator);
		show_size(seq, order);
		seq_printf(seq, ":%lu", frames->entries[order]);
		separator = ',';
	}
	if (!separator)
		seq_putc(seq, '-');
}

static int areas_show(struct seq_file *seq, void *unused)
{
	struct areas_look *reader = seq->private;
	const struct iopt_slice *slice = &reader->slice;
	struct iopt_pages *pages = slice->pages;
	int rc;

	rc = iopt_slice_frames(slice, &reader->frames);
	if (rc)
		return rc;
	seq_printf(seq, "0x%016lx-0x%016lx access=%s memory=%d:0x%016lx",
		   slice->iova, slice->iova + (slice->length - 1),
		   access_word(reader->iommu_prot),
		   task_tgid_nr_ns(pages->owner->task,
				   task_active_pid_ns(current)),
		   pages->uptr + slice->start_byte);
	seq_printf(seq, " pinned=%lu runs=%lu ioptes=", reader->frames.npages,
		   reader->frames.nruns);
	show_entries(seq, &reader->frames);
	seq_printf(seq, " accesses=%u backing=", reader->accesses);
	rc = debugfs_show_backing(seq, pages, slice->start_byte, slice->length);
	seq_putc(seq, '\n');
	return rc;
}

static const struct seq_operations areas_ops = {
	.start = areas_start,
	.next = areas_next,
	.stop = areas_stop,
	.show = areas_show,
};

static int debugfs_areas_open(struct inode *inode, struct file *file)
{
	return look_open(inode, file, &areas_ops, sizeof(struct areas_look));
}

LOOK_FOPS(debugfs_areas);
