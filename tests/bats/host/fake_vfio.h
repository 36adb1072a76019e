/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VFIO's requests, as fake_iommu.c plays them: on the IOAS that was set. */
#ifndef FAKE_VFIO_H
#define FAKE_VFIO_H

#include <linux/vfio.h>

static __u32 vfio_id;

static int vfio_ioas(struct iommu_vfio_ioas *ask)
{
	if (ask->op == IOMMU_VFIO_IOAS_SET) {
		if (!known(ask->ioas_id))
			return refuse(ENOENT);
		vfio_id = ask->ioas_id;
	} else if (ask->op == IOMMU_VFIO_IOAS_CLEAR) {
		vfio_id = 0;
	} else if (!known(vfio_id)) {
		return refuse(ENODEV);
	}
	ask->ioas_id = vfio_id;
	return 0;
}

static int vfio_extension(unsigned long extension)
{
	switch (extension) {
	case VFIO_TYPE1_IOMMU:
	case VFIO_TYPE1v2_IOMMU:
	case VFIO_UNMAP_ALL:
		return 1;
	case VFIO_DMA_CC_IOMMU:
		return known(vfio_id) ? 1 : refuse(ENODEV);
	default:
		return 0;
	}
}

static int vfio_unmap(struct vfio_iommu_type1_dma_unmap *ask)
{
	bool all = ask->flags & VFIO_DMA_UNMAP_FLAG_ALL;
	struct iommu_ioas_unmap unmap_all = {
		.ioas_id = vfio_id,
		.iova = ask->iova,
		.length = all ? UINT64_MAX : ask->size,
	};
	int result;

	if (all && (ask->iova || ask->size))
		return refuse(EINVAL);
	result = unmap(&unmap_all);
	ask->size = unmap_all.length;
	return result;
}

/* A list of one, with the pages and the ranges in its tail. */
static int vfio_info(struct vfio_iommu_type1_info *ask)
{
	struct vfio_iommu_type1_info_cap_iova_range *cap;
	__u32 need =
		sizeof(*ask) + sizeof(*cap) + sizeof(struct vfio_iova_range);

	ask->flags = VFIO_IOMMU_INFO_PGSIZES | VFIO_IOMMU_INFO_CAPS;
	ask->iova_pgsizes = 0x1000;
	ask->cap_offset = 0;
	if (ask->argsz >= need) {
		cap = (void *)((char *)ask + sizeof(*ask));
		memset(cap, 0, sizeof(*cap));
		cap->header.id = VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE;
		cap->header.version = 1;
		cap->nr_iovas = 1;
		cap->iova_ranges[0].start = 0;
		cap->iova_ranges[0].end = 0x7fffffffff;
		ask->cap_offset = sizeof(*ask);
	}
	ask->argsz = need;
	return 0;
}

static int vfio_map(const struct vfio_iommu_type1_dma_map *ask)
{
	__u64 iova = ask->iova;

	return place(vfio_id, IOMMU_IOAS_MAP_FIXED_IOVA, &iova, ask->size);
}

static int vfio_answer(unsigned long request, void *arg)
{
	unsigned long value = (uintptr_t)arg;

	if (request == VFIO_GET_API_VERSION)
		return VFIO_API_VERSION;
	if (request == VFIO_CHECK_EXTENSION)
		return vfio_extension(value);
	if (request == VFIO_SET_IOMMU && value != VFIO_TYPE1_IOMMU &&
	    value != VFIO_TYPE1v2_IOMMU)
		return refuse(EINVAL);
	if (!known(vfio_id))
		return refuse(ENODEV);
	switch (request) {
	case VFIO_SET_IOMMU:
		return 0;
	case VFIO_IOMMU_GET_INFO:
		return vfio_info(arg);
	case VFIO_IOMMU_MAP_DMA:
		return vfio_map(arg);
	case VFIO_IOMMU_UNMAP_DMA:
		return vfio_unmap(arg);
	default:
		return refuse(ENOTTY);
	}
}

#endif
