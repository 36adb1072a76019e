/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hardware page tables: a domain of the IOMMU as an object. A paging one
 * mirrors an IOAS; it is made for a device by itself when that is attached to
 * the IOAS, or by IOMMU_HWPT_ALLOC. A nested one belongs to user space, which
 * describes it in the words of the IOMMU's driver, and translates to what its
 * parent, a paging one, then translates further.
 */
#ifndef IOMMUFD_HWPT_H
#define IOMMUFD_HWPT_H

#include <linux/iommu.h>
#include <linux/list.h>

#include "ioas.h"

struct device;
struct iommufd_device;
struct iommufd_fault;

/**
 * struct iommufd_hwpt - any hardware page table
 * @obj: what user space knows it by
 * @domain: the IOMMU's side of it
 * @fault: where page requests of its devices go, a user of that; or NULL
 */
struct iommufd_hwpt {
	struct iommufd_object obj;
	struct iommu_domain *domain;
	struct iommufd_fault *fault;
};

/**
 * struct iommufd_hwpt_paging - one that mirrors an IOAS
 * @common: first
 * @ioas: a user of it
 * @item: in iommufd_ioas::hwpts, while the domain is one of the IOAS; under
 *	iommufd_ioas::lock
 * @automatic: made by an attach, and ends with the last detach; set under
 *	iommufd_ioas::lock before it is published
 * @nest_parent: can be a parent
 * @enforces_coherency: devices cannot bypass caches
 * @has_msi_cookie: the window for MSIs has been set up; under
 *	iommufd_ioas::lock
 */
struct iommufd_hwpt_paging {
	struct iommufd_hwpt common;
	struct iommufd_ioas *ioas;
	struct list_head item;
	bool automatic;
	bool nest_parent;
	bool enforces_coherency;
	bool has_msi_cookie;
};

/**
 * struct iommufd_hwpt_nested - one that user space owns
 * @common: first
 * @parent: a user of it
 */
struct iommufd_hwpt_nested {
	struct iommufd_hwpt common;
	struct iommufd_hwpt_paging *parent;
};

static inline struct iommufd_hwpt *to_hwpt(struct iommufd_object *obj)
{
	return container_of(obj, struct iommufd_hwpt, obj);
}

static inline struct iommufd_hwpt_paging *to_paging(struct iommufd_hwpt *hwpt)
{
	return container_of(hwpt, struct iommufd_hwpt_paging, common);
}

static inline struct iommufd_hwpt_nested *to_nested(struct iommufd_hwpt *hwpt)
{
	return container_of(hwpt, struct iommufd_hwpt_nested, common);
}

/* The paging one that addresses of a device finally go through. */
static inline struct iommufd_hwpt_paging *hwpt_bottom(struct iommufd_hwpt *hwpt)
{
	if (hwpt->obj.type == IOMMUFD_OBJ_HWPT_NESTED)
		return to_nested(hwpt)->parent;
	return to_paging(hwpt);
}

struct iommufd_hwpt_paging *
iommufd_hwpt_paging_create(struct iommufd_ctx *ictx, struct iommufd_ioas *ioas,
			   struct iommufd_device *idev, u32 flags,
			   const struct iommu_user_data *user_data,
			   bool attach);
struct iommufd_hwpt *iommufd_hwpt_create(struct iommufd_ctx *ictx, size_t size,
					 enum iommufd_object_type type,
					 struct iommu_domain *domain);
void iommufd_hwpt_abort(struct iommufd_ctx *ictx, struct iommufd_hwpt *hwpt);
void iommufd_hwpt_put(struct iommufd_ctx *ictx, struct iommufd_hwpt *hwpt);

void iommufd_hwpt_paging_release(struct iommufd_object *obj);
void iommufd_hwpt_nested_release(struct iommufd_object *obj);

/* hwpt_data.c */
struct iommu_domain *hwpt_domain_alloc(struct device *dev, u32 flags,
				       struct iommu_domain *parent,
				       const struct iommu_user_data *data);

#endif
