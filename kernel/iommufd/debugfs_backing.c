// SPDX-License-Identifier: GPL-2.0-only
/*
 * What lies behind memory that is mapped, as its owner has it now: the file of
 * its VMAs, none, or nothing at all.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/path.h>
#include <linux/sched/mm.h>

#include "debugfs.h"
#include "fdinfo.h"
#include "owner.h"

/* Which of them is shown of several kinds is told apart by all three. */
enum backing_kind {
	BACKING_UNKNOWN,
	BACKING_NONE,
	BACKING_ANONYMOUS,
	BACKING_FILE,
	BACKING_MIXED,
};

/**
 * struct backing - of a range of memory, so far
 * @kind: of all of it
 * @file: if it is BACKING_FILE; the VMA has it
 */
struct backing {
	enum backing_kind kind;
	struct file *file;
};

static void add_part(struct backing *backing, enum backing_kind kind,
		     struct file *file)
{
	if (backing->kind == BACKING_UNKNOWN) {
		backing->kind = kind;
		backing->file = file;
	} else if (kind != backing->kind ||
		   (file &&
		    !path_equal(&file->f_path, &backing->file->f_path))) {
		backing->kind = BACKING_MIXED;
	}
}

static struct backing find_backing(struct mm_struct *mm, unsigned long start,
				   unsigned long last)
{
	struct backing backing = {};

	mmap_assert_locked(mm);

	while (start <= last && backing.kind != BACKING_MIXED) {
		struct vm_area_struct *vma = find_vma(mm, start);

		if (!vma || vma->vm_start > last) {
			add_part(&backing, BACKING_NONE, NULL);
			break;
		}
		if (vma->vm_start > start)
			add_part(&backing, BACKING_NONE, NULL);
		add_part(&backing,
			 vma->vm_file ? BACKING_FILE : BACKING_ANONYMOUS,
			 vma->vm_file);
		start = vma->vm_end;
		cond_resched();
	}
	return backing;
}

static void show(struct seq_file *seq, const struct backing *backing)
{
	static const char *const words[] = {
		[BACKING_NONE] = "gone",
		[BACKING_ANONYMOUS] = "anonymous",
		[BACKING_MIXED] = "mixed",
	};

	if (backing->kind == BACKING_FILE)
		seq_path(seq, &backing->file->f_path, IOMMUFD_ESCAPED);
	else
		seq_puts(seq, words[backing->kind]);
}

/**
 * debugfs_show_backing() - say what memory is
 * @seq: of the reader
 * @pages: the memory, held by the caller
 * @start_byte: the first byte in there
 * @length: in bytes
 *
 * As in /proc/PID/maps: no file is held, the lock keeps them.
 *
 * Context: no locks held, and not between look_enter() and look_leave(); takes
 * the owner's mmap_lock.
 * Return: 0, or -EINTR for a fatal signal.
 */
int debugfs_show_backing(struct seq_file *seq, struct iopt_pages *pages,
			 unsigned long start_byte, unsigned long length)
{
	struct mm_struct *mm = pages->owner->mm;
	unsigned long start = pages->uptr + start_byte;
	struct backing backing = { .kind = BACKING_NONE };
	int rc;

	if (!mmget_not_zero(mm)) {
		show(seq, &backing);
		return 0;
	}
	rc = mmap_read_lock_killable(mm);
	if (!rc) {
		backing = find_backing(mm, start, start + (length - 1));
		show(seq, &backing);
		mmap_read_unlock(mm);
	}
	/* Whoever comes last tears memory down, which is not for here. */
	mmput_async(mm);
	return rc;
}
