// SPDX-License-Identifier: GPL-2.0-only
/*
 * The object table of a context: ids, users, and the end of an object. See
 * object.h for the life of one.
 */
#include <linux/err.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <uapi/linux/iommufd.h>

#include "ioas.h"
#include "object.h"

typedef void (*object_release_fn)(struct iommufd_object *obj);

/* Gives back all that an object holds, but for its own memory. Cannot fail. */
static const object_release_fn object_release[IOMMUFD_OBJ_TYPES] = {
	[IOMMUFD_OBJ_IOAS] = iommufd_ioas_release,
};

/**
 * iommufd_object_alloc() - make an object that nobody can see yet
 * @ictx: the context it will belong to
 * @size: of the struct that begins with a struct iommufd_object, in bytes
 * @type: what it is
 *
 * The id is taken but finds nothing until iommufd_object_publish(). Until then
 * the caller may still call iommufd_object_abort().
 *
 * Context: may sleep.
 * Return: the object, zeroed but for its head, or ERR_PTR: -ENOMEM, or -EBUSY
 * when all 2^31 - 1 ids are in use.
 */
struct iommufd_object *iommufd_object_alloc(struct iommufd_ctx *ictx,
					    size_t size,
					    enum iommufd_object_type type)
{
	struct iommufd_object *obj = kzalloc(size, GFP_KERNEL_ACCOUNT);
	int rc = -ENOMEM;

	if (obj)
		rc = xa_alloc(&ictx->objects, &obj->id, XA_ZERO_ENTRY,
			      xa_limit_31b, GFP_KERNEL_ACCOUNT);
	if (rc) {
		kfree(obj);
		return ERR_PTR(rc);
	}
	refcount_set(&obj->users, 1);
	obj->type = type;
	return obj;
}

/**
 * iommufd_object_abort() - take back an object that was never published
 * @ictx: its context
 * @obj: from iommufd_object_alloc(), set up far enough to be released
 *
 * Context: may sleep.
 */
void iommufd_object_abort(struct iommufd_ctx *ictx, struct iommufd_object *obj)
{
	xa_erase(&ictx->objects, obj->id);
	object_release[obj->type](obj);
	kfree(obj);
}

/**
 * iommufd_object_publish() - let lookups find an object
 * @ictx: its context
 * @obj: complete; from here on any thread may use or destroy it
 *
 * Cannot fail: iommufd_object_alloc() left room in the table.
 *
 * Context: does not sleep.
 */
void iommufd_object_publish(struct iommufd_ctx *ictx,
			    struct iommufd_object *obj)
{
	xa_store(&ictx->objects, obj->id, obj, 0);
}

/**
 * iommufd_object_lookup() - find an object and hold a user of it
 * @ictx: the context to look in
 * @id: from user space
 * @type: what it must be
 *
 * Context: does not sleep. Undo with iommufd_object_put().
 * Return: the object, or ERR_PTR(-ENOENT).
 */
struct iommufd_object *iommufd_object_lookup(struct iommufd_ctx *ictx, u32 id,
					     enum iommufd_object_type type)
{
	struct iommufd_object *obj;

	rcu_read_lock();
	obj = xa_load(&ictx->objects, id);
	if (!obj || obj->type != type || !refcount_inc_not_zero(&obj->users))
		obj = ERR_PTR(-ENOENT);
	rcu_read_unlock();
	return obj;
}

/**
 * iommufd_object_put() - let go of an object
 * @obj: from iommufd_object_lookup()
 *
 * Never the last user, which is the table's: nothing is freed here.
 *
 * Context: does not sleep.
 */
void iommufd_object_put(struct iommufd_object *obj)
{
	refcount_dec(&obj->users);
}

/* Its users have gone, and what they did to it is to be seen. */
static void object_destroy(struct iommufd_object *obj)
{
	smp_acquire__after_ctrl_dep();
	object_release[obj->type](obj);
	kfree_rcu(obj, rcu);
}

/* DESTROY: ENOENT without such an object, EBUSY while somebody needs it. */
int iommufd_destroy(struct iommufd_ucmd *ucmd)
{
	struct iommu_destroy *cmd = ucmd->cmd;
	struct xarray *objects = &ucmd->ictx->objects;
	struct iommufd_object *obj;

	xa_lock(objects);
	obj = xa_load(objects, cmd->id);
	if (!obj) {
		xa_unlock(objects);
		return -ENOENT;
	}
	if (!refcount_dec_if_one(&obj->users)) {
		xa_unlock(objects);
		return -EBUSY;
	}
	__xa_erase(objects, cmd->id);
	xa_unlock(objects);

	object_destroy(obj);
	return 0;
}

/**
 * iommufd_objects_destroy_all() - empty the table of a closing context
 * @ictx: no request runs on it and none can come
 *
 * Context: may sleep.
 */
void iommufd_objects_destroy_all(struct iommufd_ctx *ictx)
{
	enum iommufd_object_type type;
	struct iommufd_object *obj;
	unsigned long id;

	for (type = 0; type < IOMMUFD_OBJ_TYPES; type++) {
		xa_for_each(&ictx->objects, id, obj) {
			if (obj->type != type)
				continue;
			/* Left over: a user was taken and never given back. */
			if (WARN_ON_ONCE(!refcount_dec_if_one(&obj->users)))
				continue;
			xa_erase(&ictx->objects, id);
			object_destroy(obj);
			cond_resched();
		}
	}
	xa_destroy(&ictx->objects);
}
