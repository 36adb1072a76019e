// SPDX-License-Identifier: GPL-2.0-or-later
/* VFIO's requests: of containers, groups and devices. */
#include <linux/vfio.h>

#include "explain.h"
#include "request_table.h"
#include "store.h"
#include "vfio_newer.h"

static const char *const map_flags[] = { "READ", "WRITE", "VADDR", NULL };
static const char *const unmap_flags[] = { "GET_DIRTY_BITMAP", "ALL", "VADDR",
					   NULL };
static const char *const info_flags[] = { "PGSIZES", "CAPS", NULL };
static const char *const dirty_flags[] = { "START", "STOP", "GET_BITMAP",
					   NULL };
static const char *const group_flags[] = { "VIABLE", "CONTAINER_SET", NULL };
static const char *const device_flags[] = { "RESET", "PCI", "PLATFORM", "AMBA",
					    "CCW",   "AP",  "FSL_MC",	"CAPS",
					    "CDX",   NULL };
static const char *const region_flags[] = { "READ", "WRITE", "MMAP", "CAPS",
					    NULL };
static const char *const irq_flags[] = { "EVENTFD", "MASKABLE", "AUTOMASKED",
					 "NORESIZE", NULL };
static const char *const set_irqs_flags[] = {
	"DATA_NONE",   "DATA_BOOL",	"DATA_EVENTFD",
	"ACTION_MASK", "ACTION_UNMASK", "ACTION_TRIGGER",
	NULL
};
static const char *const hot_reset_flags[] = { "DEV_ID", "DEV_ID_OWNED", NULL };
static const char *const plane_flags[] = { "PROBE", "DMABUF", "REGION", NULL };
static const char *const ioeventfd_flags[] = { "8", "16", "32", "64", NULL };

/* VFIO_DEVICE_BIND_IOMMUFD and its kind came with device nodes. */
#define NODES "6.6"
#define GROUPS "3.6"

const struct iommu_request vfio_version_request =
	VALUE_REQUEST(ON_IOMMU, VFIO_GET_API_VERSION, "6.2", explain_vfio, {});
const struct iommu_request vfio_extension_request =
	VALUE_REQUEST(ON_IOMMU, VFIO_CHECK_EXTENSION, "6.2", explain_vfio,
		      VALUE("extension"));
const struct iommu_request vfio_set_iommu_request = VALUE_REQUEST(
	ON_IOMMU, VFIO_SET_IOMMU, "6.2", explain_vfio, VALUE("type"));
const struct iommu_request vfio_info_request = VFIO_REQUEST(
	ON_IOMMU, VFIO_IOMMU_GET_INFO, vfio_iommu_type1_info, "6.2", true,
	explain_vfio, U32(vfio_iommu_type1_info, argsz),
	OUT_FLAGS(vfio_iommu_type1_info, flags, info_flags),
	OUT(vfio_iommu_type1_info, iova_pgsizes, FIELD_U64),
	OUT(vfio_iommu_type1_info, cap_offset, FIELD_U32));
const struct iommu_request vfio_map_request = VFIO_REQUEST(
	ON_IOMMU, VFIO_IOMMU_MAP_DMA, vfio_iommu_type1_dma_map, "6.2", false,
	explain_vfio_map, FLAGS(vfio_iommu_type1_dma_map, flags, map_flags),
	U64(vfio_iommu_type1_dma_map, vaddr),
	U64(vfio_iommu_type1_dma_map, iova),
	U64(vfio_iommu_type1_dma_map, size));
const struct iommu_request vfio_unmap_request =
	VFIO_REQUEST(ON_IOMMU, VFIO_IOMMU_UNMAP_DMA, vfio_iommu_type1_dma_unmap,
		     "6.2", true, explain_vfio_unmap,
		     FLAGS(vfio_iommu_type1_dma_unmap, flags, unmap_flags),
		     U64(vfio_iommu_type1_dma_unmap, iova),
		     U64(vfio_iommu_type1_dma_unmap, size));
const struct iommu_request vfio_dirty_request = VFIO_REQUEST(
	ON_IOMMU, VFIO_IOMMU_DIRTY_PAGES, vfio_iommu_type1_dirty_bitmap, "5.8",
	true, NULL, U32(vfio_iommu_type1_dirty_bitmap, argsz),
	FLAGS(vfio_iommu_type1_dirty_bitmap, flags, dirty_flags));

/* Of groups. */

const struct iommu_request vfio_group_status_request =
	VFIO_REQUEST(ON_GROUP, VFIO_GROUP_GET_STATUS, vfio_group_status, GROUPS,
		     false, NULL, U32(vfio_group_status, argsz),
		     OUT_FLAGS(vfio_group_status, flags, group_flags));
const struct iommu_request vfio_set_container_request =
	PLAIN_REQUEST(ON_GROUP, VFIO_GROUP_SET_CONTAINER, vfio_container_fd,
		      GROUPS, S32(vfio_container_fd, container));
const struct iommu_request vfio_unset_container_request =
	VALUE_REQUEST(ON_GROUP, VFIO_GROUP_UNSET_CONTAINER, GROUPS, NULL, {});
const struct iommu_request vfio_device_fd_request =
	PLAIN_REQUEST(ON_GROUP, VFIO_GROUP_GET_DEVICE_FD, vfio_device_name,
		      GROUPS, FIELD(vfio_device_name, name, FIELD_TEXT));

/* Of devices. */

const struct iommu_request vfio_device_info_request =
	VFIO_REQUEST(ON_DEVICE, VFIO_DEVICE_GET_INFO, vfio_device_info, GROUPS,
		     true, NULL, U32(vfio_device_info, argsz),
		     OUT_FLAGS(vfio_device_info, flags, device_flags),
		     OUT(vfio_device_info, num_regions, FIELD_U32),
		     OUT(vfio_device_info, num_irqs, FIELD_U32),
		     OUT(vfio_device_info, cap_offset, FIELD_U32));
const struct iommu_request vfio_region_info_request = VFIO_REQUEST(
	ON_DEVICE, VFIO_DEVICE_GET_REGION_INFO, vfio_region_info, GROUPS, true,
	NULL, U32(vfio_region_info, argsz), U32(vfio_region_info, index),
	OUT_FLAGS(vfio_region_info, flags, region_flags),
	OUT(vfio_region_info, cap_offset, FIELD_U32),
	OUT(vfio_region_info, size, FIELD_U64),
	OUT(vfio_region_info, offset, FIELD_U64));
const struct iommu_request vfio_irq_info_request = VFIO_REQUEST(
	ON_DEVICE, VFIO_DEVICE_GET_IRQ_INFO, vfio_irq_info, GROUPS, false, NULL,
	U32(vfio_irq_info, argsz), U32(vfio_irq_info, index),
	OUT_FLAGS(vfio_irq_info, flags, irq_flags),
	OUT(vfio_irq_info, count, FIELD_U32));
const struct iommu_request vfio_set_irqs_request = VFIO_REQUEST(
	ON_DEVICE, VFIO_DEVICE_SET_IRQS, vfio_irq_set, GROUPS, true, NULL,
	U32(vfio_irq_set, argsz), FLAGS(vfio_irq_set, flags, set_irqs_flags),
	U32(vfio_irq_set, index), U32(vfio_irq_set, start),
	U32(vfio_irq_set, count));
const struct iommu_request vfio_reset_request =
	VALUE_REQUEST(ON_DEVICE, VFIO_DEVICE_RESET, GROUPS, NULL, {});
const struct iommu_request vfio_hot_reset_info_request = VFIO_REQUEST(
	ON_DEVICE, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, vfio_pci_hot_reset_info,
	"3.12", true, NULL, U32(vfio_pci_hot_reset_info, argsz),
	OUT_FLAGS(vfio_pci_hot_reset_info, flags, hot_reset_flags),
	OUT(vfio_pci_hot_reset_info, count, FIELD_U32));
const struct iommu_request vfio_hot_reset_request = VFIO_REQUEST(
	ON_DEVICE, VFIO_DEVICE_PCI_HOT_RESET, vfio_pci_hot_reset, "3.12", true,
	NULL, U32(vfio_pci_hot_reset, argsz), U32(vfio_pci_hot_reset, flags),
	U32(vfio_pci_hot_reset, count));
const struct iommu_request vfio_gfx_plane_request = VFIO_REQUEST(
	ON_DEVICE, VFIO_DEVICE_QUERY_GFX_PLANE, vfio_device_gfx_plane_info,
	"4.16", false, NULL, U32(vfio_device_gfx_plane_info, argsz),
	FLAGS(vfio_device_gfx_plane_info, flags, plane_flags),
	U32(vfio_device_gfx_plane_info, drm_plane_type),
	OUT(vfio_device_gfx_plane_info, drm_format, FIELD_U32),
	OUT(vfio_device_gfx_plane_info, drm_format_mod, FIELD_U64),
	OUT(vfio_device_gfx_plane_info, width, FIELD_U32),
	OUT(vfio_device_gfx_plane_info, height, FIELD_U32),
	OUT(vfio_device_gfx_plane_info, stride, FIELD_U32),
	OUT(vfio_device_gfx_plane_info, size, FIELD_U32),
	OUT(vfio_device_gfx_plane_info, x_pos, FIELD_U32),
	OUT(vfio_device_gfx_plane_info, y_pos, FIELD_U32),
	OUT(vfio_device_gfx_plane_info, x_hot, FIELD_U32),
	OUT(vfio_device_gfx_plane_info, y_hot, FIELD_U32),
	OUT(vfio_device_gfx_plane_info, region_index, FIELD_U32));
const struct iommu_request vfio_gfx_dmabuf_request =
	PLAIN_REQUEST(ON_DEVICE, VFIO_DEVICE_GET_GFX_DMABUF, vfio_dmabuf_id,
		      "4.16", U32(vfio_dmabuf_id, dmabuf_id));
const struct iommu_request vfio_ioeventfd_request = VFIO_REQUEST(
	ON_DEVICE, VFIO_DEVICE_IOEVENTFD, vfio_device_ioeventfd, "4.17", false,
	NULL, U32(vfio_device_ioeventfd, argsz),
	FLAGS(vfio_device_ioeventfd, flags, ioeventfd_flags),
	U64(vfio_device_ioeventfd, offset), U64(vfio_device_ioeventfd, data),
	S32(vfio_device_ioeventfd, fd));
const struct iommu_request vfio_feature_request =
	VFIO_REQUEST(ON_DEVICE, VFIO_DEVICE_FEATURE, vfio_device_feature, "5.7",
		     true, NULL, U32(vfio_device_feature, argsz),
		     FIELD(vfio_device_feature, flags, FIELD_FEATURE));
const struct iommu_request vfio_bind_request = VFIO_REQUEST(
	ON_DEVICE, VFIO_DEVICE_BIND_IOMMUFD, vfio_device_bind_iommufd, NODES,
	false, NULL, U32(vfio_device_bind_iommufd, argsz),
	U32(vfio_device_bind_iommufd, flags),
	S32(vfio_device_bind_iommufd, iommufd),
	MADE(vfio_device_bind_iommufd, out_devid, DEVICE));
const struct iommu_request vfio_attach_request = VFIO_REQUEST(
	ON_DEVICE, VFIO_DEVICE_ATTACH_IOMMUFD_PT, vfio_device_attach_iommufd_pt,
	NODES, false, NULL, U32(vfio_device_attach_iommufd_pt, argsz),
	U32(vfio_device_attach_iommufd_pt, flags),
	ID(vfio_device_attach_iommufd_pt, pt_id));
const struct iommu_request vfio_detach_request = VFIO_REQUEST(
	ON_DEVICE, VFIO_DEVICE_DETACH_IOMMUFD_PT, vfio_device_detach_iommufd_pt,
	NODES, false, NULL, U32(vfio_device_detach_iommufd_pt, argsz),
	U32(vfio_device_detach_iommufd_pt, flags));
