/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What iommufd.ko offers to other kernel code, in the symbol namespace
 * IOMMUFD (and IOMMUFD_VFIO, for a VFIO). The names and meanings are Linux's.
 * The kernel's own <linux/iommufd.h> must not be included beside this: on a
 * kernel that was built without iommufd it defines empty stand-ins for the
 * same names.
 */
#ifndef IOMMUFD_H
#define IOMMUFD_H

#include <linux/types.h>

struct device;
struct file;
struct iommu_group;
struct iommufd_access;
struct iommufd_ctx;
struct iommufd_device;
struct iommufd_group;
struct page;

void iommufd_ctx_get(struct iommufd_ctx *ictx);
struct iommufd_ctx *iommufd_ctx_from_file(struct file *file);
struct iommufd_ctx *iommufd_ctx_from_fd(int fd);
void iommufd_ctx_put(struct iommufd_ctx *ictx);
bool iommufd_ctx_has_group(struct iommufd_ctx *ictx, struct iommu_group *group);

struct iommufd_device *iommufd_device_bind(struct iommufd_ctx *ictx,
					   struct device *dev, u32 *id);
void iommufd_device_unbind(struct iommufd_device *idev);
int iommufd_device_attach(struct iommufd_device *idev, u32 *pt_id);
int iommufd_device_replace(struct iommufd_device *idev, u32 *pt_id);
void iommufd_device_detach(struct iommufd_device *idev);
struct iommufd_ctx *iommufd_device_to_ictx(struct iommufd_device *idev);
u32 iommufd_device_to_id(struct iommufd_device *idev);

/**
 * struct iommufd_access_ops - what the driver behind an access can do
 * @needs_pin_pages: it calls iommufd_access_pin_pages(), and so needs addresses
 *	that are aligned to pages
 * @unmap: unpin all that was pinned of a range, before this returns. Called
 *	without locks; may call iommufd_access_unpin_pages(). Not called any
 *	more once iommufd_access_destroy() has returned.
 */
struct iommufd_access_ops {
	u8 needs_pin_pages : 1;
	void (*unmap)(void *data, unsigned long iova, unsigned long length);
};

/**
 * enum iommufd_access_flags - of iommufd_access_pin_pages() and _rw()
 * @IOMMUFD_ACCESS_RW_READ: the memory will be read
 * @IOMMUFD_ACCESS_RW_WRITE: the memory will be written
 * @IOMMUFD_ACCESS_RW_KTHREAD: the caller is a kernel thread
 * @__IOMMUFD_ACCESS_RW_SLOW_PATH: do not use what is quicker; for tests
 */
enum iommufd_access_flags {
	IOMMUFD_ACCESS_RW_READ = 0,
	IOMMUFD_ACCESS_RW_WRITE = 1 << 0,
	IOMMUFD_ACCESS_RW_KTHREAD = 1 << 1,
	__IOMMUFD_ACCESS_RW_SLOW_PATH = 1 << 2,
};

struct iommufd_access *
iommufd_access_create(struct iommufd_ctx *ictx,
		      const struct iommufd_access_ops *ops, void *data,
		      u32 *id);
void iommufd_access_destroy(struct iommufd_access *access);
int iommufd_access_attach(struct iommufd_access *access, u32 ioas_id);
int iommufd_access_replace(struct iommufd_access *access, u32 ioas_id);
void iommufd_access_detach(struct iommufd_access *access);
int iommufd_access_pin_pages(struct iommufd_access *access, unsigned long iova,
			     unsigned long length, struct page **out_pages,
			     unsigned int flags);
void iommufd_access_unpin_pages(struct iommufd_access *access,
				unsigned long iova, unsigned long length);
int iommufd_access_rw(struct iommufd_access *access, unsigned long iova,
		      void *data, size_t length, unsigned int flags);

int iommufd_vfio_compat_ioas_get_id(struct iommufd_ctx *ictx, u32 *out_ioas_id);
int iommufd_vfio_compat_ioas_create(struct iommufd_ctx *ictx);
int iommufd_vfio_compat_set_no_iommu(struct iommufd_ctx *ictx);

/* What only this project's VFIO has. */
struct iommufd_ctx *iommufd_vfio_create_ctx(void);
struct iommufd_group *iommufd_vfio_claim_group(struct iommufd_ctx *ictx,
					       struct iommu_group *group);
void iommufd_vfio_release_group(struct iommufd_group *group);
long iommufd_vfio_ioctl(struct iommufd_ctx *ictx, unsigned int number,
			unsigned long arg);

#endif
