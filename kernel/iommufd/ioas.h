/* SPDX-License-Identifier: GPL-2.0-only */
/* The object that user space knows an I/O page table by. */
#ifndef IOMMUFD_IOAS_H
#define IOMMUFD_IOAS_H

#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/stddef.h>

#include "io_pagetable.h"
#include "object.h"

/**
 * struct iommufd_ioas - an I/O address space
 * @obj: each hardware page table and access of it is a user
 * @iopt: its mappings
 * @lock: held while a hardware page table is made, until it
 *	is published. Outside of iommufd_group::lock.
 * @hwpts: struct iommufd_hwpt_paging, by its item
 * @debugfs: its folder in debugfs, an error, or NULL
 */
struct iommufd_ioas {
	struct iommufd_object obj;
	struct io_pagetable iopt;
	/* Protects @hwpts. */
	struct mutex lock;
	struct list_head hwpts;
	struct dentry *debugfs;
};

/* Objects are allocated and freed by their heads. */
static_assert(offsetof(struct iommufd_ioas, obj) == 0);

static inline struct iommufd_ioas *to_ioas(struct iommufd_object *obj)
{
	return container_of(obj, struct iommufd_ioas, obj);
}

/* As iommufd_object_lookup(); undo with iommufd_object_put(). */
static inline struct iommufd_ioas *iommufd_ioas_lookup(struct iommufd_ctx *ictx,
						       u32 id)
{
	struct iommufd_object *obj;

	obj = iommufd_object_lookup(ictx, id, IOMMUFD_OBJ_IOAS);
	return IS_ERR(obj) ? ERR_CAST(obj) : to_ioas(obj);
}

struct iommufd_ioas *iommufd_ioas_create(struct iommufd_ctx *ictx);
void iommufd_ioas_abort(struct iommufd_ctx *ictx, struct iommufd_ioas *ioas);
void iommufd_ioas_release(struct iommufd_object *obj);

#endif
