/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * debugfs `iommufd/`: a folder for each context, with one for each of its
 * IOASs, for root. See iommufd-debugfs(5) for what is in there.
 *
 * Whoever looks holds nothing that a request could meet, as in fdinfo.c, and
 * takes a lock of a table only for a moment. What keeps the looked-at alive is
 * that its folder is removed first, which waits for those who have begun to
 * look (look_enter()): so nobody sleeps for long, or touches user memory, on
 * this side of look_leave().
 */
#ifndef IOMMUFD_DEBUGFS_H
#define IOMMUFD_DEBUGFS_H

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/seq_file.h>

#include "ctx.h"
#include "ioas.h"

/**
 * struct look - an open file of debugfs, at the head of what its kind needs
 * @dentry: the file's
 * @subject: what it is about, a context or an IOAS
 * @inside: between look_enter() and look_leave()
 */
struct look {
	struct dentry *dentry;
	void *subject;
	bool inside;
};

/**
 * look_enter() - begin to look at the subject
 * @look: of the reader
 *
 * Context: may sleep; holds no lock that is held where folders are removed.
 * Follow with look_leave().
 * Return: 0, or -EIO if the subject is ending; it must not be touched then.
 */
static inline int look_enter(struct look *look)
{
	int rc = debugfs_file_get(look->dentry);

	look->inside = !rc;
	return rc;
}

/* Undoes look_enter(), if it was done and succeeded. */
static inline void look_leave(struct look *look)
{
	if (look->inside)
		debugfs_file_put(look->dentry);
	look->inside = false;
}

/* Opens a file whose private data, of @size bytes, begins with a struct look. */
int look_open(struct inode *inode, struct file *file,
	      const struct seq_operations *ops, size_t size);

/* File operations of files that NAME_open() opens. */
#define LOOK_FOPS(name)                              \
	const struct file_operations name##_fops = { \
		.owner = THIS_MODULE,                \
		.open = name##_open,                 \
		.read = seq_read,                    \
		.llseek = seq_lseek,                 \
		.release = seq_release_private,      \
	}

extern const struct file_operations debugfs_areas_fops;
extern const struct file_operations debugfs_context_fops;
extern const struct file_operations debugfs_objects_fops;
extern const struct file_operations debugfs_ranges_fops;

void iommufd_debugfs_init(void);
void iommufd_debugfs_exit(void);
void iommufd_debugfs_add_ctx(struct iommufd_ctx *ictx);
void iommufd_debugfs_remove_ctx(struct iommufd_ctx *ictx);
void iommufd_debugfs_add_ioas(struct iommufd_ctx *ictx,
			      struct iommufd_ioas *ioas);
void iommufd_debugfs_remove_ioas(struct iommufd_ioas *ioas);

/* debugfs_backing.c */
int debugfs_show_backing(struct seq_file *seq, struct iopt_pages *pages,
			 unsigned long start_byte, unsigned long length);

#endif
