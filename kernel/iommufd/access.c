// SPDX-License-Identifier: GPL-2.0-only
/*
 * An access from its beginning to its end: the object, what it is attached to,
 * and who is using it. What it is used for is in access_memory.c, and what a
 * table knows of its accesses in iopt_access.c.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "access.h"
#include "ioas.h"
#include "trace.h"

/**
 * access_use_range() - begin to use the memory that an access leads to
 * @access: of the calling driver
 * @use: to be kept until access_use_end()
 * @start: first address that will be looked at
 * @last: last address
 *
 * What is found there in the table may be used until then, even if it is
 * unmapped or the access detached meanwhile: both wait.
 *
 * Context: does not sleep.
 * Return: the table, or ERR_PTR(-ENOENT) if the access is not attached; then
 * no use has begun.
 */
struct io_pagetable *access_use_range(struct iommufd_access *access,
				      struct access_use *use,
				      unsigned long start, unsigned long last)
{
	struct iommufd_ioas *ioas;

	use->start = start;
	use->last = last;
	spin_lock(&access->lock);
	ioas = access->ioas;
	if (ioas) {
		use->order = ++access->newest_use;
		list_add_tail(&use->item, &access->uses);
	}
	spin_unlock(&access->lock);
	return ioas ? &ioas->iopt : ERR_PTR(-ENOENT);
}

/**
 * access_use_end() - end a use
 * @access: of the calling driver
 * @use: begun
 *
 * Context: does not sleep.
 */
void access_use_end(struct iommufd_access *access, struct access_use *use)
{
	spin_lock(&access->lock);
	list_del(&use->item);
	/* Under the lock: who is woken may end the access. */
	wake_up_all(&access->use_ended);
	spin_unlock(&access->lock);
}

static u64 newest_use(struct iommufd_access *access)
{
	u64 order;

	spin_lock(&access->lock);
	order = access->newest_use;
	spin_unlock(&access->lock);
	return order;
}

/* Of a range, those that began up to one. Later ones are not waited for. */
static bool uses_have_ended(struct iommufd_access *access, u64 newest,
			    unsigned long start, unsigned long last)
{
	struct access_use *use;
	bool ended = true;

	spin_lock(&access->lock);
	list_for_each_entry(use, &access->uses, item) {
		if (use->order > newest)
			break;
		if (use->start <= last && start <= use->last) {
			ended = false;
			break;
		}
	}
	spin_unlock(&access->lock);
	return ended;
}

/**
 * access_wait_killable() - wait until the uses of a range have ended
 * @access: held
 * @start: first address
 * @last: last address
 *
 * Context: sleeps, without any lock.
 * Return: 0, or -ERESTARTSYS for a fatal signal.
 */
int access_wait_killable(struct iommufd_access *access, unsigned long start,
			 unsigned long last)
{
	u64 newest = newest_use(access);

	return wait_event_killable(access->use_ended,
				   uses_have_ended(access, newest, start,
						   last));
}

/* -EBUSY: another thread is at it. */
static int change_begin(struct iommufd_access *access)
{
	bool changing;

	spin_lock(&access->lock);
	changing = access->changing;
	access->changing = true;
	spin_unlock(&access->lock);
	return changing ? -EBUSY : 0;
}

static void change_end(struct iommufd_access *access)
{
	spin_lock(&access->lock);
	access->changing = false;
	spin_unlock(&access->lock);
}

/* Where the access is attached until the caller's change ends. */
static struct iommufd_ioas *attached_ioas(struct iommufd_access *access)
{
	return access->ioas;
}

static void set_ioas(struct iommufd_access *access, struct iommufd_ioas *ioas)
{
	spin_lock(&access->lock);
	access->ioas = ioas;
	access->ioas_unpin = ioas;
	spin_unlock(&access->lock);
}

/* Lets nobody use an IOAS any more, and has the driver unpin what it holds. */
static void leave_ioas(struct iommufd_access *access, struct iommufd_ioas *ioas)
{
	u64 newest;

	spin_lock(&access->lock);
	access->ioas = NULL;
	newest = access->newest_use;
	spin_unlock(&access->lock);
	wait_event_idle(access->use_ended,
			uses_have_ended(access, newest, 0, ULONG_MAX));

	if (access->ops->unmap)
		access->ops->unmap(access->data, 0, ULONG_MAX);
	iopt_remove_access(&ioas->iopt, access);
}

/*
 * Within a change. The new IOAS may refuse, so that it comes first: for a
 * moment the driver is asked to unpin what is unmapped in either.
 */
static int change_ioas(struct iommufd_access *access, struct iommufd_ioas *ioas)
{
	struct iommufd_ioas *old = attached_ioas(access);
	int rc;

	if (ioas == old)
		return 0;
	if (ioas) {
		rc = iopt_add_access(&ioas->iopt, access);
		if (rc)
			return rc;
		refcount_inc(&ioas->obj.users);
	}
	if (old)
		leave_ioas(access, old);
	set_ioas(access, ioas);
	if (old && !ioas)
		trace_iommufd_detach(access->ictx, access->obj.id, "-",
				     old->obj.id);
	if (old)
		iommufd_object_put(access->ictx, &old->obj);
	return 0;
}

static int change_ioas_id(struct iommufd_access *access, u32 ioas_id)
{
	struct iommufd_ioas *ioas;
	int rc;

	ioas = iommufd_ioas_lookup(access->ictx, ioas_id);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	rc = change_ioas(access, ioas);
	iommufd_object_put(access->ictx, &ioas->obj);
	return rc;
}

/**
 * iommufd_access_attach() - attach an access to an IOAS
 * @access: of the calling driver, not attached
 * @ioas_id: from user space
 *
 * Context: may sleep. Undo with iommufd_access_detach().
 * Return: 0, or -EINVAL if it is attached, -ENOENT without such an IOAS,
 * -EADDRINUSE if the IOAS has mappings that are not as aligned as the access
 * needs, -EBUSY while another thread attaches or detaches it, -EINTR for a
 * fatal signal, -ENOMEM.
 */
int iommufd_access_attach(struct iommufd_access *access, u32 ioas_id)
{
	int rc;

	rc = change_begin(access);
	if (rc)
		return rc;
	if (attached_ioas(access))
		rc = -EINVAL;
	else
		rc = change_ioas_id(access, ioas_id);
	change_end(access);
	trace_iommufd_attach(access->ictx, access->obj.id, "-", ioas_id,
			     ioas_id, rc);
	return rc;
}
EXPORT_SYMBOL_NS_GPL(iommufd_access_attach, IOMMUFD);

/**
 * iommufd_access_replace() - attach an access to another IOAS
 * @access: of the calling driver, attached
 * @ioas_id: from user space
 *
 * The driver is asked to unpin everything first; until this returns it cannot
 * pin anew. After an error it is attached as before and nothing was unpinned.
 *
 * Context: may sleep, and calls the driver's unmap(); the driver holds no lock
 * that this needs. Undo with iommufd_access_detach().
 * Return: 0, or -ENOENT if it is not attached or there is no such IOAS, and
 * otherwise as iommufd_access_attach().
 */
int iommufd_access_replace(struct iommufd_access *access, u32 ioas_id)
{
	int rc;

	rc = change_begin(access);
	if (rc)
		return rc;
	if (!attached_ioas(access))
		rc = -ENOENT;
	else
		rc = change_ioas_id(access, ioas_id);
	change_end(access);
	trace_iommufd_replace(access->ictx, access->obj.id, "-", ioas_id,
			      ioas_id, rc);
	return rc;
}
EXPORT_SYMBOL_NS_GPL(iommufd_access_replace, IOMMUFD);

/**
 * iommufd_access_detach() - detach an access from its IOAS
 * @access: of the calling driver; one that is not attached stays so
 *
 * The driver is asked to unpin everything, and what it has begun is waited for.
 *
 * Context: may sleep, and calls the driver's unmap(); the driver holds no lock
 * that this needs, and does not attach or detach meanwhile.
 */
void iommufd_access_detach(struct iommufd_access *access)
{
	if (change_begin(access))
		return;
	change_ioas(access, NULL);
	change_end(access);
}
EXPORT_SYMBOL_NS_GPL(iommufd_access_detach, IOMMUFD);

/**
 * iommufd_access_create() - make an access
 * @ictx: held by the caller; the access holds it, too
 * @ops: of the driver, for as long as the access lives
 * @data: handed to @ops
 * @id: set to what user space knows it by
 *
 * Context: may sleep. Undo with iommufd_access_destroy().
 * Return: the access, attached to nothing, or ERR_PTR as
 * iommufd_object_alloc().
 */
struct iommufd_access *
iommufd_access_create(struct iommufd_ctx *ictx,
		      const struct iommufd_access_ops *ops, void *data, u32 *id)
{
	struct iommufd_access *access;
	struct iommufd_object *obj;

	obj = iommufd_object_alloc(ictx, sizeof(*access), IOMMUFD_OBJ_ACCESS);
	if (IS_ERR(obj)) {
		iommufd_object_refused(ictx, IOMMUFD_OBJ_ACCESS, PTR_ERR(obj));
		return ERR_CAST(obj);
	}
	access = to_access(obj);
	access->ictx = ictx;
	access->ops = ops;
	access->data = data;
	access->iova_alignment = ops->needs_pin_pages ? PAGE_SIZE : 1;
	spin_lock_init(&access->lock);
	INIT_LIST_HEAD(&access->uses);
	init_waitqueue_head(&access->use_ended);

	iommufd_ctx_get(ictx);
	/* The driver, until iommufd_access_destroy(). */
	refcount_inc(&obj->users);
	*id = obj->id;
	iommufd_object_publish(ictx, obj);
	return access;
}
EXPORT_SYMBOL_NS_GPL(iommufd_access_create, IOMMUFD);

/**
 * iommufd_access_destroy() - end an access
 * @access: of the calling driver, which does not use it any more
 *
 * Detaches it. The driver's unmap() may be called until this returns, and not
 * afterwards.
 *
 * Context: may sleep; the driver holds no lock that its unmap() needs.
 */
void iommufd_access_destroy(struct iommufd_access *access)
{
	struct iommufd_ctx *ictx = access->ictx;

	/* While UNMAP can still hold the access and ask for its pages. */
	iommufd_access_detach(access);
	iommufd_object_remove(ictx, &access->obj);
	iommufd_ctx_put(ictx);
}
EXPORT_SYMBOL_NS_GPL(iommufd_access_destroy, IOMMUFD);

/* All was given back by iommufd_access_destroy(), the only way here. */
void iommufd_access_release(struct iommufd_object *obj)
{
	WARN_ON_ONCE(to_access(obj)->ioas);
}
