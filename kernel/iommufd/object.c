// SPDX-License-Identifier: GPL-2.0-only
/*
 * The object table of a context: ids, users, and the end of an object. See
 * object.h for the life of one.
 */
#include <linux/err.h>
#include <linux/nospec.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <uapi/linux/iommufd.h>

#include "access.h"
#include "debugfs.h"
#include "device.h"
#include "fault.h"
#include "hwpt.h"
#include "ioas.h"
#include "object.h"
#include "selftest/selftest.h"
#include "trace.h"

typedef void (*object_release_fn)(struct iommufd_object *obj);

/* Gives back all that an object holds, but for its own memory. Cannot fail. */
static const object_release_fn object_release[IOMMUFD_OBJ_TYPES] = {
#ifdef IOMMUFD_SELFTEST
	[IOMMUFD_OBJ_TEST] = iommufd_selftest_release,
#endif
	[IOMMUFD_OBJ_ACCESS] = iommufd_access_release,
	[IOMMUFD_OBJ_DEVICE] = iommufd_device_release,
	[IOMMUFD_OBJ_HWPT_NESTED] = iommufd_hwpt_nested_release,
	[IOMMUFD_OBJ_HWPT_PAGING] = iommufd_hwpt_paging_release,
	[IOMMUFD_OBJ_FAULT] = iommufd_fault_release,
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
 * iommufd_object_refused() - tell who listens that a request made no object
 * @ictx: the context that would have had it
 * @type: what was asked for
 * @rc: why not: a negative errno; or 0 if there is one, of which
 *	iommufd_object_publish() has told
 *
 * Context: any.
 * Return: @rc.
 */
int iommufd_object_refused(struct iommufd_ctx *ictx,
			   enum iommufd_object_type type, int rc)
{
	if (rc)
		trace_iommufd_object_create(ictx, 0, type, rc);
	return rc;
}

/**
 * iommufd_object_abort() - take back an object that was never published
 * @ictx: its context
 * @obj: from iommufd_object_alloc(); the caller has given back all it holds
 *
 * Context: does not sleep.
 */
void iommufd_object_abort(struct iommufd_ctx *ictx, struct iommufd_object *obj)
{
	xa_erase(&ictx->objects, obj->id);
	kfree(obj);
}

/* Lets requests find an object, or, with NULL, nothing at an id any more. */
static void set_low(struct iommufd_ctx *ictx, u32 id,
		    struct iommufd_object *obj)
{
	lockdep_assert_held(&ictx->objects.xa_lock);

	if (id < IOMMUFD_LOW_IDS)
		rcu_assign_pointer(ictx->low[id], obj);
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
	xa_lock(&ictx->objects);
	iommufd_object_publish_locked(ictx, obj);
	xa_unlock(&ictx->objects);
}

/**
 * iommufd_object_publish_locked() - the same, together with something else
 * @ictx: its context
 * @obj: complete
 *
 * Context: holds the lock of @ictx->objects.
 */
void iommufd_object_publish_locked(struct iommufd_ctx *ictx,
				   struct iommufd_object *obj)
{
	lockdep_assert_held(&ictx->objects.xa_lock);

	__xa_store(&ictx->objects, obj->id, obj, 0);
	set_low(ictx, obj->id, obj);
	trace_iommufd_object_create(ictx, obj->id, obj->type, 0);
}

/**
 * iommufd_object_get() - hold a user of an object that may be ending
 * @obj: its memory stays, by a lock or RCU
 *
 * Context: does not sleep. Undo with iommufd_object_put().
 * Return: false if it is ending.
 */
bool iommufd_object_get(struct iommufd_object *obj)
{
	return refcount_inc_not_zero(&obj->users);
}

/* What an id stands for just now, or NULL. */
static struct iommufd_object *find(struct iommufd_ctx *ictx, u32 id)
{
	if (id >= IOMMUFD_LOW_IDS)
		return xa_load(&ictx->objects, id);
	id = array_index_nospec(id, IOMMUFD_LOW_IDS);
	return rcu_dereference(ictx->low[id]);
}

/**
 * iommufd_object_lookup() - find an object and hold a user of it
 * @ictx: the context to look in
 * @id: from user space
 * @type: what it must be, or IOMMUFD_OBJ_ANY
 *
 * Context: does not sleep. Undo with iommufd_object_put().
 * Return: the object, or ERR_PTR(-ENOENT).
 */
struct iommufd_object *iommufd_object_lookup(struct iommufd_ctx *ictx, u32 id,
					     enum iommufd_object_type type)
{
	struct iommufd_object *obj;

	if (iommufd_should_fail())
		return ERR_PTR(-ENOENT);

	rcu_read_lock();
	obj = find(ictx, id);
	if (!obj || (type != IOMMUFD_OBJ_ANY && obj->type != type) ||
	    !iommufd_object_get(obj))
		obj = ERR_PTR(-ENOENT);
	rcu_read_unlock();
	return obj;
}

/**
 * iommufd_object_put() - let go of an object
 * @ictx: its context; held by the caller beyond this
 * @obj: the caller is a user of it
 *
 * Never the last user, which is the table's: nothing is freed here.
 *
 * Context: does not sleep.
 */
void iommufd_object_put(struct iommufd_ctx *ictx, struct iommufd_object *obj)
{
	refcount_dec(&obj->users);
	/* From here on it may be gone. */
	if (wq_has_sleeper(&ictx->users_gone))
		wake_up_all(&ictx->users_gone);
}

/*
 * Its users have gone, and what they did to it is to be seen. Its id, which
 * debugfs names it by, is free again when nobody can look at it any more.
 */
static void object_destroy(struct iommufd_ctx *ictx, struct iommufd_object *obj)
{
	smp_acquire__after_ctrl_dep();
	trace_iommufd_object_destroy(ictx, obj->id, obj->type, 0);
	if (obj->type == IOMMUFD_OBJ_IOAS)
		iommufd_debugfs_remove_ioas(to_ioas(obj));
	xa_erase(&ictx->objects, obj->id);
	object_release[obj->type](obj);
	kfree_rcu(obj, rcu);
}

/* Lets nobody find an object any more. Its id stays taken. */
static void hide(struct iommufd_ctx *ictx, struct iommufd_object *obj)
{
	lockdep_assert_held(&ictx->objects.xa_lock);

	__xa_store(&ictx->objects, obj->id, XA_ZERO_ENTRY, 0);
	set_low(ictx, obj->id, NULL);
}

/* Ends an object that only the table uses; the caller then destroys it. */
static bool take_out(struct iommufd_ctx *ictx, struct iommufd_object *obj)
{
	lockdep_assert_held(&ictx->objects.xa_lock);

	if (!refcount_dec_if_one(&obj->users))
		return false;
	hide(ictx, obj);
	if (ictx->vfio_ioas && &ictx->vfio_ioas->obj == obj)
		ictx->vfio_ioas = NULL;
	return true;
}

/**
 * iommufd_object_put_last() - let go of an object, and end it with that if
 * nobody else uses it
 * @ictx: its context
 * @obj: published; the caller is a user of it
 *
 * If a request uses it just now, it stays until somebody else ends it.
 *
 * Context: may sleep, and takes what the object's release takes.
 */
void iommufd_object_put_last(struct iommufd_ctx *ictx,
			     struct iommufd_object *obj)
{
	bool ended;

	xa_lock(&ictx->objects);
	refcount_dec(&obj->users);
	ended = take_out(ictx, obj);
	xa_unlock(&ictx->objects);
	if (ended)
		object_destroy(ictx, obj);
}

/**
 * iommufd_object_remove() - end an object that a driver has made
 * @ictx: its context
 * @obj: published; the driver is a user of it, and only requests are others
 *
 * Context: sleeps until no request uses the object, however long that takes.
 */
void iommufd_object_remove(struct iommufd_ctx *ictx, struct iommufd_object *obj)
{
	xa_lock(&ictx->objects);
	hide(ictx, obj);
	xa_unlock(&ictx->objects);

	refcount_dec(&obj->users);
	wait_event_idle(ictx->users_gone, refcount_dec_if_one(&obj->users));
	object_destroy(ictx, obj);
}

/* DESTROY: ENOENT without such an object, EBUSY while somebody needs it. */
int iommufd_destroy(struct iommufd_ucmd *ucmd)
{
	enum iommufd_object_type type = IOMMUFD_OBJ_ANY;
	struct iommu_destroy *cmd = ucmd->cmd;
	struct iommufd_ctx *ictx = ucmd->ictx;
	struct iommufd_object *obj;
	int rc = -ENOENT;

	xa_lock(&ictx->objects);
	obj = xa_load(&ictx->objects, cmd->id);
	if (obj) {
		type = obj->type;
		rc = take_out(ictx, obj) ? 0 : -EBUSY;
	}
	xa_unlock(&ictx->objects);

	if (rc)
		trace_iommufd_object_destroy(ictx, cmd->id, type, rc);
	else
		object_destroy(ictx, obj);
	return rc;
}

/* All that are of a type; they use nothing but what comes after it. */
static void destroy_type(struct iommufd_ctx *ictx,
			 enum iommufd_object_type type)
{
	struct iommufd_object *obj;
	unsigned long id;

	xa_for_each(&ictx->objects, id, obj) {
		if (obj->type != type)
			continue;
		/* Left over: a user was taken and never given back. */
		if (WARN_ON_ONCE(!refcount_dec_if_one(&obj->users)))
			continue;
		object_destroy(ictx, obj);
		cond_resched();
	}
}

/**
 * iommufd_objects_destroy_all() - empty the table of a closing context
 * @ictx: no request runs on it and none can come
 *
 * Devices, accesses and open fault queues hold the context: what is left of
 * those has no driver and no file any more.
 *
 * Context: may sleep.
 */
void iommufd_objects_destroy_all(struct iommufd_ctx *ictx)
{
	enum iommufd_object_type type;

	/* Who looks into debugfs can still come, and would follow it. */
	WRITE_ONCE(ictx->vfio_ioas, NULL);
	for (type = 0; type < IOMMUFD_OBJ_TYPES; type++)
		destroy_type(ictx, type);
	xa_destroy(&ictx->objects);
}
