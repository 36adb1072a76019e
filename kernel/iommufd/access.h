/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accesses: how a driver without DMA of its own, an emulated device, uses the
 * memory of an IOAS: it pins pages, or has bytes copied. Before memory is
 * unmapped the driver is asked to let go of it.
 *
 * A use is one such pinning or copying on its way. It can take as long as the
 * owner of the memory likes, so that it holds no lock that others need;
 * whoever takes something away from an access waits for the uses that may have
 * found it. New ones cannot find it any more.
 */
#ifndef IOMMUFD_ACCESS_H
#define IOMMUFD_ACCESS_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "iommufd.h"
#include "object.h"

struct io_pagetable;
struct iommufd_ioas;

/**
 * struct iommufd_access - a driver's way into an IOAS
 * @obj: the driver is a user
 * @ictx: held
 * @ops: of the driver; called without locks
 * @data: handed to @ops
 * @iova_alignment: what it needs of addresses, 1 or PAGE_SIZE, in bytes
 * @lock: innermost
 * @ioas: where pages may be pinned, or NULL; the access is a user of it
 * @ioas_unpin: where pages may be unpinned: @ioas, or what is being left
 * @changing: one thread attaches or detaches; until it is done @ioas is changed
 *	by nobody else
 * @uses: struct access_use, in the order in which they began
 * @newest_use: access_use::order of the one that began last
 * @use_ended: woken when one ends
 */
struct iommufd_access {
	struct iommufd_object obj;
	struct iommufd_ctx *ictx;
	const struct iommufd_access_ops *ops;
	void *data;
	unsigned long iova_alignment;

	spinlock_t lock; /* of all that follows */
	struct iommufd_ioas *ioas;
	struct iommufd_ioas *ioas_unpin;
	bool changing;
	struct list_head uses;
	u64 newest_use;
	wait_queue_head_t use_ended;
};

/**
 * struct access_use - pages being pinned or bytes being copied
 * @item: in iommufd_access::uses
 * @order: ascending
 * @start: first address that it may come to
 * @last: last address
 */
struct access_use {
	struct list_head item;
	u64 order;
	unsigned long start;
	unsigned long last;
};

static inline struct iommufd_access *to_access(struct iommufd_object *obj)
{
	return container_of(obj, struct iommufd_access, obj);
}

void iommufd_access_release(struct iommufd_object *obj);

struct io_pagetable *access_use_range(struct iommufd_access *access,
				      struct access_use *use,
				      unsigned long start, unsigned long last);
void access_use_end(struct iommufd_access *access, struct access_use *use);
int access_wait_killable(struct iommufd_access *access, unsigned long start,
			 unsigned long last);

#endif
