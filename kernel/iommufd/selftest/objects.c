// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ids: each finds its object for as long as there is one, the lowest, which are
 * kept beside the others, and those above them. What is left behind of an
 * object that has ended would be seen only when its memory is somebody else's.
 */
#undef pr_fmt
#define pr_fmt(fmt) KBUILD_MODNAME ": selftest: objects: " fmt

#include <linux/err.h>
#include <linux/init.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <uapi/linux/iommufd.h>

#include "../ctx.h"
#include "../ioas.h"
#include "selftest.h"

/* Ids from 1 on, some of them low. */
#define COUNT (IOMMUFD_LOW_IDS + 8)

/* Whether an id finds just this object, or, with NULL, nothing. */
static bool __init finds(struct iommufd_ctx *ictx, u32 id,
			 struct iommufd_object *expected)
{
	struct iommufd_object *obj;

	if (id < IOMMUFD_LOW_IDS &&
	    rcu_access_pointer(ictx->low[id]) != expected)
		return false;
	if (xa_load(&ictx->objects, id) != expected)
		return false;
	obj = iommufd_object_lookup(ictx, id, IOMMUFD_OBJ_IOAS);
	if (IS_ERR(obj))
		return !expected && obj == ERR_PTR(-ENOENT);
	iommufd_object_put(ictx, obj);
	return obj == expected;
}

static int __init make(struct iommufd_ctx *ictx,
		       struct iommufd_object **objects)
{
	struct iommufd_ioas *ioas;
	u32 id;

	for (id = 1; id <= COUNT; id++) {
		ioas = iommufd_ioas_create(ictx);
		if (IS_ERR(ioas))
			return PTR_ERR(ioas);
		objects[id] = &ioas->obj;
		if (ioas->obj.id != id || !finds(ictx, id, NULL)) {
			iommufd_ioas_abort(ictx, ioas);
			return -EINVAL;
		}
		iommufd_object_publish(ictx, objects[id]);
		if (!finds(ictx, id, objects[id]))
			return -EINVAL;
	}
	return 0;
}

/* In each of the ways in which an object can end. */
static int __init end(struct iommufd_ctx *ictx, struct iommufd_object *obj)
{
	struct iommu_destroy cmd = { .id = obj->id };
	struct iommufd_ucmd ucmd = { .ictx = ictx, .cmd = &cmd };

	if (obj->id % 3 == 0)
		return iommufd_destroy(&ucmd);
	refcount_inc(&obj->users);
	if (obj->id % 3 == 1)
		iommufd_object_put_last(ictx, obj);
	else
		iommufd_object_remove(ictx, obj);
	return 0;
}

static int __init run(struct iommufd_ctx *ictx, struct iommufd_object **objects)
{
	u32 id;
	int rc;

	rc = make(ictx, objects);
	for (id = 1; !rc && id <= COUNT; id++) {
		rc = end(ictx, objects[id]);
		if (!rc && !finds(ictx, id, NULL))
			rc = -EINVAL;
		if (rc)
			pr_err("id %u: error %d\n", id, rc);
	}
	return rc;
}

/**
 * iommufd_selftest_objects() - look for objects before, while and after they are
 *
 * Context: may sleep; needs iopt_caches_create().
 * Return: 0, or a negative errno with a line in the log.
 */
int __init iommufd_selftest_objects(void)
{
	struct iommufd_object **objects;
	struct iommufd_ctx *ictx;
	int rc = -ENOMEM;

	objects = kcalloc(COUNT + 1, sizeof(*objects), GFP_KERNEL);
	if (!objects)
		return rc;
	ictx = kzalloc(sizeof(*ictx), GFP_KERNEL);
	if (!ictx)
		goto free_objects;
	xa_init_flags(&ictx->objects, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	init_waitqueue_head(&ictx->users_gone);
	rc = run(ictx, objects);
	iommufd_objects_destroy_all(ictx);
	kfree(ictx);
free_objects:
	kfree(objects);
	if (rc)
		pr_err("error %d\n", rc);
	else
		pr_info("each id found what it stood for\n");
	return rc;
}
