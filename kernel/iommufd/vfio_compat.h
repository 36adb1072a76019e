/* SPDX-License-Identifier: GPL-2.0-only */
/* VFIO's requests on /dev/iommu: between the files that answer them. */
#ifndef IOMMUFD_VFIO_COMPAT_H
#define IOMMUFD_VFIO_COMPAT_H

#include "ioas.h"

struct iommufd_ioas *vfio_ioas_get(struct iommufd_ctx *ictx);

/* vfio_type1.c */
int vfio_iommu_get_info(struct iommufd_ctx *ictx, void __user *argument);
int vfio_iommu_map_dma(struct iommufd_ctx *ictx, void __user *argument);
int vfio_iommu_unmap_dma(struct iommufd_ctx *ictx, void __user *argument);

#endif
