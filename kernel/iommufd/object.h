/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Objects: everything that user space knows by an id.
 *
 * Objects form a graph: one that needs another holds a user of it. A request
 * that works on an object holds a user too, for as long as it runs. An object
 * without users besides the table's own can be destroyed, by DESTROY or with
 * the context; one with more cannot, and DESTROY says EBUSY.
 *
 *	alloc -> publish -> lookup/put ... -> destroy or remove
 *	      -> abort
 *
 * An object that a driver made, a device or an access, has the driver as a
 * user: it ends when the driver removes it, which waits for requests.
 *
 * Lookups take no lock: the table is read under RCU and the memory of an
 * object outlives it by a grace period. @users is what keeps an object alive;
 * zero is final, and only the table's own user can be the last.
 */
#ifndef IOMMUFD_OBJECT_H
#define IOMMUFD_OBJECT_H

#include <linux/rcupdate.h>
#include <linux/refcount.h>

#include "ctx.h"

/*
 * In the order in which a closing context destroys them: a type holds users
 * only of types that come after it.
 */
enum iommufd_object_type {
	IOMMUFD_OBJ_TEST,
	IOMMUFD_OBJ_ACCESS,
	IOMMUFD_OBJ_DEVICE,
	IOMMUFD_OBJ_HWPT_NESTED,
	IOMMUFD_OBJ_HWPT_PAGING,
	IOMMUFD_OBJ_FAULT,
	IOMMUFD_OBJ_IOAS,
	IOMMUFD_OBJ_TYPES,
	IOMMUFD_OBJ_ANY = IOMMUFD_OBJ_TYPES,
};

/**
 * struct iommufd_object - head of every object, its first member
 * @users: 1 for the table, 1 for each object and request that needs it
 * @type: fixed at allocation
 * @id: fixed at allocation
 * @rcu: frees the memory when no lookup can see it any more
 */
struct iommufd_object {
	refcount_t users;
	enum iommufd_object_type type;
	u32 id;
	struct rcu_head rcu;
};

struct iommufd_object *iommufd_object_alloc(struct iommufd_ctx *ictx,
					    size_t size,
					    enum iommufd_object_type type);
int iommufd_object_refused(struct iommufd_ctx *ictx,
			   enum iommufd_object_type type, int rc);
void iommufd_object_abort(struct iommufd_ctx *ictx, struct iommufd_object *obj);
void iommufd_object_publish(struct iommufd_ctx *ictx,
			    struct iommufd_object *obj);
void iommufd_object_publish_locked(struct iommufd_ctx *ictx,
				   struct iommufd_object *obj);
bool iommufd_object_get(struct iommufd_object *obj);
struct iommufd_object *iommufd_object_lookup(struct iommufd_ctx *ictx, u32 id,
					     enum iommufd_object_type type);
void iommufd_object_put(struct iommufd_ctx *ictx, struct iommufd_object *obj);
void iommufd_object_put_last(struct iommufd_ctx *ictx,
			     struct iommufd_object *obj);
void iommufd_object_remove(struct iommufd_ctx *ictx,
			   struct iommufd_object *obj);
void iommufd_objects_destroy_all(struct iommufd_ctx *ictx);

#endif
