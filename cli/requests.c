// SPDX-License-Identifier: GPL-2.0-or-later
#include "requests.h"

#include <strings.h>

#include "explain.h"
#include "number.h"
#include "request_table.h"
#include "store.h"

static const char *const map_flags[] = { "FIXED_IOVA", "WRITEABLE", "READABLE",
					 NULL };
static const char *const hwpt_flags[] = { "NEST_PARENT", "DIRTY_TRACKING",
					  "FAULT_ID_VALID", "PASID", NULL };
static const char *const set_dirty_flags[] = { "ENABLE", NULL };
static const char *const get_dirty_flags[] = { "NO_CLEAR", NULL };
static const char *const hw_capabilities[] = { "DIRTY_TRACKING",
					       "PCI_PASID_EXEC",
					       "PCI_PASID_PRIV", NULL };
static const char *const hw_info_flags[] = { "INPUT_TYPE", NULL };

LAYOUT(iommu_destroy, 8);
const struct iommu_request iommu_destroy_request =
	REQUEST(IOMMU_DESTROY, iommu_destroy, "6.2", explain_destroy,
		ID(iommu_destroy, id));

LAYOUT(iommu_ioas_alloc, 12);
const struct iommu_request iommu_ioas_alloc_request =
	REQUEST(IOMMU_IOAS_ALLOC, iommu_ioas_alloc, "6.2", NULL,
		U32(iommu_ioas_alloc, flags),
		MADE(iommu_ioas_alloc, out_ioas_id, IOAS));

LAYOUT(iommu_iova_range, 16);
LAYOUT(iommu_ioas_allow_iovas, 24);
const struct iommu_request iommu_allow_request =
	REQUEST(IOMMU_IOAS_ALLOW_IOVAS, iommu_ioas_allow_iovas, "6.2",
		explain_allow, ID(iommu_ioas_allow_iovas, ioas_id),
		U32(iommu_ioas_allow_iovas, num_iovas),
		POINTER(iommu_ioas_allow_iovas, allowed_iovas));

LAYOUT(iommu_ioas_copy, 40);
const struct iommu_request iommu_copy_request =
	REQUEST(IOMMU_IOAS_COPY, iommu_ioas_copy, "6.2", explain_copy,
		FLAGS(iommu_ioas_copy, flags, map_flags),
		ID(iommu_ioas_copy, dst_ioas_id),
		ID(iommu_ioas_copy, src_ioas_id), U64(iommu_ioas_copy, length),
		U64(iommu_ioas_copy, dst_iova), U64(iommu_ioas_copy, src_iova));

LAYOUT(iommu_ioas_iova_ranges, 32);
const struct iommu_request iommu_ranges_request =
	REQUEST(IOMMU_IOAS_IOVA_RANGES, iommu_ioas_iova_ranges, "6.2",
		explain_ranges, ID(iommu_ioas_iova_ranges, ioas_id),
		U32(iommu_ioas_iova_ranges, num_iovas),
		POINTER(iommu_ioas_iova_ranges, allowed_iovas),
		OUT(iommu_ioas_iova_ranges, out_iova_alignment, FIELD_U64));

LAYOUT(iommu_ioas_map, 40);
const struct iommu_request iommu_map_request =
	REQUEST(IOMMU_IOAS_MAP, iommu_ioas_map, "6.2", explain_map,
		FLAGS(iommu_ioas_map, flags, map_flags),
		ID(iommu_ioas_map, ioas_id), U64(iommu_ioas_map, user_va),
		U64(iommu_ioas_map, length), U64(iommu_ioas_map, iova));

LAYOUT(iommu_ioas_unmap, 24);
const struct iommu_request iommu_unmap_request =
	REQUEST(IOMMU_IOAS_UNMAP, iommu_ioas_unmap, "6.2", explain_unmap,
		ID(iommu_ioas_unmap, ioas_id), U64(iommu_ioas_unmap, iova),
		U64(iommu_ioas_unmap, length));

LAYOUT(iommu_option, 24);
const struct iommu_request iommu_option_request =
	REQUEST(IOMMU_OPTION, iommu_option, "6.2", explain_option,
		U32(iommu_option, option_id), U16(iommu_option, op),
		ID(iommu_option, object_id), U64(iommu_option, val64));

LAYOUT(iommu_vfio_ioas, 12);
const struct iommu_request iommu_vfio_ioas_request =
	REQUEST(IOMMU_VFIO_IOAS, iommu_vfio_ioas, "6.2", explain_vfio_ioas,
		ID(iommu_vfio_ioas, ioas_id), U16(iommu_vfio_ioas, op));

LAYOUT(iommu_hwpt_vtd_s1, 24);
LAYOUT(iommu_hwpt_arm_smmuv3, 16);
LAYOUT(iommu_hwpt_alloc, 48);
const struct iommu_request iommu_hwpt_alloc_request = REQUEST(
	IOMMU_HWPT_ALLOC, iommu_hwpt_alloc, "6.6", explain_hwpt_alloc,
	FLAGS(iommu_hwpt_alloc, flags, hwpt_flags),
	ID(iommu_hwpt_alloc, dev_id), ID(iommu_hwpt_alloc, pt_id),
	U32(iommu_hwpt_alloc, data_type), U32(iommu_hwpt_alloc, data_len),
	ID(iommu_hwpt_alloc, fault_id), POINTER(iommu_hwpt_alloc, data_uptr),
	MADE(iommu_hwpt_alloc, out_hwpt_id, HWPT));

LAYOUT(iommu_hw_info_vtd, 24);
LAYOUT(iommu_hw_info_arm_smmuv3, 40);
LAYOUT(iommu_hw_info_tegra241_cmdqv, 8);
LAYOUT(iommu_hw_info, 40);
const struct iommu_request iommu_hw_info_request = REQUEST(
	IOMMU_GET_HW_INFO, iommu_hw_info, "6.6", explain_hw_info,
	FLAGS(iommu_hw_info, flags, hw_info_flags), ID(iommu_hw_info, dev_id),
	U32(iommu_hw_info, data_len), U32(iommu_hw_info, in_data_type),
	POINTER(iommu_hw_info, data_uptr),
	OUT(iommu_hw_info, out_data_type, FIELD_U32),
	OUT(iommu_hw_info, out_max_pasid_log2, FIELD_U8),
	OUT_FLAGS(iommu_hw_info, out_capabilities, hw_capabilities));

LAYOUT(iommu_hwpt_set_dirty_tracking, 16);
const struct iommu_request iommu_set_dirty_request =
	REQUEST(IOMMU_HWPT_SET_DIRTY_TRACKING, iommu_hwpt_set_dirty_tracking,
		"6.7", explain_set_dirty,
		FLAGS(iommu_hwpt_set_dirty_tracking, flags, set_dirty_flags),
		ID(iommu_hwpt_set_dirty_tracking, hwpt_id));

LAYOUT(iommu_hwpt_get_dirty_bitmap, 48);
const struct iommu_request iommu_get_dirty_request =
	REQUEST(IOMMU_HWPT_GET_DIRTY_BITMAP, iommu_hwpt_get_dirty_bitmap, "6.7",
		explain_get_dirty, ID(iommu_hwpt_get_dirty_bitmap, hwpt_id),
		FLAGS(iommu_hwpt_get_dirty_bitmap, flags, get_dirty_flags),
		U64(iommu_hwpt_get_dirty_bitmap, iova),
		U64(iommu_hwpt_get_dirty_bitmap, length),
		U64(iommu_hwpt_get_dirty_bitmap, page_size),
		POINTER(iommu_hwpt_get_dirty_bitmap, data));

LAYOUT(iommu_hwpt_vtd_s1_invalidate, 24);
LAYOUT(iommu_viommu_arm_smmuv3_invalidate, 16);
LAYOUT(iommu_hwpt_invalidate, 32);
const struct iommu_request iommu_invalidate_request =
	REQUEST(IOMMU_HWPT_INVALIDATE, iommu_hwpt_invalidate, "6.8",
		explain_invalidate, ID(iommu_hwpt_invalidate, hwpt_id),
		U32(iommu_hwpt_invalidate, data_type),
		U32(iommu_hwpt_invalidate, entry_len),
		U32(iommu_hwpt_invalidate, entry_num),
		POINTER(iommu_hwpt_invalidate, data_uptr));

LAYOUT(iommu_hwpt_pgfault, 40);
LAYOUT(iommu_hwpt_page_response, 8);
LAYOUT(iommu_fault_alloc, 16);
const struct iommu_request iommu_fault_alloc_request =
	REQUEST(IOMMU_FAULT_QUEUE_ALLOC, iommu_fault_alloc, "6.11", NULL,
		U32(iommu_fault_alloc, flags),
		MADE(iommu_fault_alloc, out_fault_id, FAULT),
		OUT(iommu_fault_alloc, out_fault_fd, FIELD_S32));

LAYOUT(iommu_ioas_map_file, 40);
const struct iommu_request iommu_map_file_request = REQUEST(
	IOMMU_IOAS_MAP_FILE, iommu_ioas_map_file, "6.13", explain_map_file,
	FLAGS(iommu_ioas_map_file, flags, map_flags),
	ID(iommu_ioas_map_file, ioas_id), S32(iommu_ioas_map_file, fd),
	U64(iommu_ioas_map_file, start), U64(iommu_ioas_map_file, length),
	U64(iommu_ioas_map_file, iova));

LAYOUT(iommu_viommu_tegra241_cmdqv, 16);
LAYOUT(iommu_viommu_alloc, 40);
const struct iommu_request iommu_viommu_alloc_request = REQUEST(
	IOMMU_VIOMMU_ALLOC, iommu_viommu_alloc, "6.13", explain_viommu_alloc,
	U32(iommu_viommu_alloc, flags), U32(iommu_viommu_alloc, type),
	ID(iommu_viommu_alloc, dev_id), ID(iommu_viommu_alloc, hwpt_id),
	U32(iommu_viommu_alloc, data_len),
	POINTER(iommu_viommu_alloc, data_uptr),
	MADE(iommu_viommu_alloc, out_viommu_id, VIOMMU));

LAYOUT(iommu_vdevice_alloc, 24);
const struct iommu_request iommu_vdevice_alloc_request = REQUEST(
	IOMMU_VDEVICE_ALLOC, iommu_vdevice_alloc, "6.13", explain_vdevice_alloc,
	ID(iommu_vdevice_alloc, viommu_id), ID(iommu_vdevice_alloc, dev_id),
	U64(iommu_vdevice_alloc, virt_id),
	MADE(iommu_vdevice_alloc, out_vdevice_id, VDEVICE));

LAYOUT(iommu_ioas_change_process, 8);
const struct iommu_request iommu_change_process_request = REQUEST(
	IOMMU_IOAS_CHANGE_PROCESS, iommu_ioas_change_process, "6.14",
	explain_change_process, U32(iommu_ioas_change_process, __reserved));

LAYOUT(iommufd_vevent_header, 8);
LAYOUT(iommu_vevent_arm_smmuv3, 32);
LAYOUT(iommu_vevent_tegra241_cmdqv, 16);
LAYOUT(iommu_veventq_alloc, 32);
const struct iommu_request iommu_veventq_alloc_request = REQUEST(
	IOMMU_VEVENTQ_ALLOC, iommu_veventq_alloc, "6.15", explain_veventq_alloc,
	U32(iommu_veventq_alloc, flags), ID(iommu_veventq_alloc, viommu_id),
	U32(iommu_veventq_alloc, type), U32(iommu_veventq_alloc, veventq_depth),
	MADE(iommu_veventq_alloc, out_veventq_id, VEVENTQ),
	OUT(iommu_veventq_alloc, out_veventq_fd, FIELD_S32));

LAYOUT(iommu_hw_queue_alloc, 40);
const struct iommu_request iommu_hw_queue_alloc_request = REQUEST(
	IOMMU_HW_QUEUE_ALLOC, iommu_hw_queue_alloc, "6.17",
	explain_hw_queue_alloc, U32(iommu_hw_queue_alloc, flags),
	ID(iommu_hw_queue_alloc, viommu_id), U32(iommu_hw_queue_alloc, type),
	U32(iommu_hw_queue_alloc, index),
	U64(iommu_hw_queue_alloc, nesting_parent_iova),
	U64(iommu_hw_queue_alloc, length),
	MADE(iommu_hw_queue_alloc, out_hw_queue_id, HW_QUEUE));

const struct iommu_request *const iommu_requests[] = {
	&iommu_destroy_request,
	&iommu_ioas_alloc_request,
	&iommu_allow_request,
	&iommu_copy_request,
	&iommu_ranges_request,
	&iommu_map_request,
	&iommu_unmap_request,
	&iommu_option_request,
	&iommu_vfio_ioas_request,
	&iommu_hwpt_alloc_request,
	&iommu_hw_info_request,
	&iommu_set_dirty_request,
	&iommu_get_dirty_request,
	&iommu_invalidate_request,
	&iommu_fault_alloc_request,
	&iommu_map_file_request,
	&iommu_viommu_alloc_request,
	&iommu_vdevice_alloc_request,
	&iommu_change_process_request,
	&iommu_veventq_alloc_request,
	&iommu_hw_queue_alloc_request,
	&vfio_version_request,
	&vfio_extension_request,
	&vfio_set_iommu_request,
	&vfio_info_request,
	&vfio_map_request,
	&vfio_unmap_request,
	&vfio_dirty_request,
	&vfio_group_status_request,
	&vfio_set_container_request,
	&vfio_unset_container_request,
	&vfio_device_fd_request,
	&vfio_device_info_request,
	&vfio_region_info_request,
	&vfio_irq_info_request,
	&vfio_set_irqs_request,
	&vfio_reset_request,
	&vfio_hot_reset_info_request,
	&vfio_hot_reset_request,
	&vfio_gfx_plane_request,
	&vfio_gfx_dmabuf_request,
	&vfio_ioeventfd_request,
	&vfio_feature_request,
	&vfio_bind_request,
	&vfio_attach_request,
	&vfio_detach_request,
	NULL,
};

const struct iommu_request *iommu_request_find(const char *text)
{
	static const char prefix[] = "IOMMU_";
	const char *why;
	uint64_t number;
	bool numeric = number_parse(text, &number, &why);

	for (size_t i = 0; iommu_requests[i]; i++) {
		const struct iommu_request *r = iommu_requests[i];

		if (!strcasecmp(r->name, text) ||
		    (!strncasecmp(r->name, prefix, sizeof(prefix) - 1) &&
		     !strcasecmp(r->name + sizeof(prefix) - 1, text)) ||
		    (numeric &&
		     (r->number == number || (r->number & 0xff) == number)))
			return r;
	}
	return NULL;
}

const struct iommu_request *iommu_request_on(enum request_on on,
					     unsigned long number)
{
	for (size_t i = 0; iommu_requests[i]; i++)
		if (iommu_requests[i]->number == number &&
		    iommu_requests[i]->on == on)
			return iommu_requests[i];
	return NULL;
}
