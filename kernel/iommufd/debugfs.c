// SPDX-License-Identifier: GPL-2.0-only
/*
 * The folders of debugfs. Where there is no debugfs, or no memory for a folder,
 * nothing is shown and all else goes on: errors are only kept, and debugfs
 * itself does without what could not be made.
 */
#include <linux/err.h>
#include <linux/module.h>

#include "debugfs.h"

/* Of the module, or an error. */
static struct dentry *root;

/**
 * look_open() - open a file of debugfs
 * @inode: the file's
 * @file: being opened
 * @ops: how it is read; they call look_enter() and look_leave()
 * @size: of the private data, which begins with a struct look, in bytes
 *
 * Context: may sleep; debugfs keeps the subject meanwhile.
 * Return: 0 or -ENOMEM.
 */
int look_open(struct inode *inode, struct file *file,
	      const struct seq_operations *ops, size_t size)
{
	struct look *look = __seq_open_private(file, ops, size);

	if (!look)
		return -ENOMEM;
	look->dentry = file->f_path.dentry;
	look->subject = inode->i_private;
	return 0;
}

/* The proxies of debugfs would also cover the copying to user memory. */
static void add_file(struct dentry *folder, const char *name, void *subject,
		     const struct file_operations *fops)
{
	debugfs_create_file_unsafe(name, 0400, folder, subject, fops);
}

/**
 * iommufd_debugfs_init() - make the module's folder
 *
 * Context: once, before the first context. Undo with iommufd_debugfs_exit().
 */
void iommufd_debugfs_init(void)
{
	root = debugfs_create_dir("iommufd", NULL);
}

/**
 * iommufd_debugfs_exit() - undo iommufd_debugfs_init()
 *
 * Context: once, after the last context; may sleep.
 */
void iommufd_debugfs_exit(void)
{
	debugfs_remove(root);
}

/**
 * iommufd_debugfs_add_ctx() - show a context
 * @ictx: complete; nobody else has it yet
 *
 * Context: may sleep. Undo with iommufd_debugfs_remove_ctx().
 */
void iommufd_debugfs_add_ctx(struct iommufd_ctx *ictx)
{
	char name[24];

	snprintf(name, sizeof(name), "%llu", ictx->number);
	ictx->debugfs = debugfs_create_dir(name, root);
	if (IS_ERR(ictx->debugfs))
		return;
	add_file(ictx->debugfs, "context", ictx, &debugfs_context_fops);
	add_file(ictx->debugfs, "objects", ictx, &debugfs_objects_fops);
	ictx->debugfs_ioas = debugfs_create_dir("ioas", ictx->debugfs);
}

/**
 * iommufd_debugfs_remove_ctx() - undo iommufd_debugfs_add_ctx(), if it was done
 * @ictx: has no IOAS any more
 *
 * Context: sleeps until nobody looks; holds no lock.
 */
void iommufd_debugfs_remove_ctx(struct iommufd_ctx *ictx)
{
	debugfs_remove(ictx->debugfs);
}

/**
 * iommufd_debugfs_add_ioas() - show an IOAS
 * @ictx: its context
 * @ioas: complete; nobody else has it yet
 *
 * Context: may sleep. Undo with iommufd_debugfs_remove_ioas().
 */
void iommufd_debugfs_add_ioas(struct iommufd_ctx *ictx,
			      struct iommufd_ioas *ioas)
{
	char name[12];

	/* A module that tests itself has contexts that are not shown. */
	if (IS_ERR_OR_NULL(ictx->debugfs_ioas))
		return;
	snprintf(name, sizeof(name), "%u", ioas->obj.id);
	ioas->debugfs = debugfs_create_dir(name, ictx->debugfs_ioas);
	if (IS_ERR(ioas->debugfs))
		return;
	add_file(ioas->debugfs, "areas", ioas, &debugfs_areas_fops);
	add_file(ioas->debugfs, "ranges", ioas, &debugfs_ranges_fops);
}

/**
 * iommufd_debugfs_remove_ioas() - undo iommufd_debugfs_add_ioas(), if it was
 * done
 * @ioas: its id is still taken: another IOAS would have a folder of that name
 *
 * Context: sleeps until nobody looks; holds no lock.
 */
void iommufd_debugfs_remove_ioas(struct iommufd_ioas *ioas)
{
	debugfs_remove(ioas->debugfs);
}
