/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What iommufd.ko offers to other kernel code, in the symbol namespace
 * IOMMUFD. The kernel's own <linux/iommufd.h> must not be included beside
 * this: on a kernel that was built without iommufd it defines empty stand-ins
 * for the same names.
 */
#ifndef IOMMUFD_H
#define IOMMUFD_H

struct file;
struct iommufd_ctx;

void iommufd_ctx_get(struct iommufd_ctx *ictx);
struct iommufd_ctx *iommufd_ctx_from_file(struct file *file);
struct iommufd_ctx *iommufd_ctx_from_fd(int fd);
void iommufd_ctx_put(struct iommufd_ctx *ictx);

#endif
