// SPDX-License-Identifier: GPL-2.0-or-later
/* The drivers' structs that <linux/iommufd.h> publishes, field by field. */
#include "driver_data.h"

#include <linux/iommufd.h>

#define SIZE_OF(type, member) sizeof(((struct type *)0)->member)
#define FIELD(type, member)                                               \
	{                                                                 \
		.name = #member, .offset = offsetof(struct type, member), \
		.size = SIZE_OF(type, member)                             \
	}
#define FLAGS(type, names)                                               \
	{                                                                \
		.name = "flags", .offset = offsetof(struct type, flags), \
		.size = SIZE_OF(type, flags), .flags = names             \
	}
/* A word of an array, with its number behind the name. */
#define WORD(type, member, i)                             \
	{                                                 \
		.name = #member #i,                       \
		.offset = offsetof(struct type, member) + \
			  i * SIZE_OF(type, member[0]),   \
		.size = SIZE_OF(type, member[0])          \
	}
#define TYPE(text, value, type, ...)                                        \
	{                                                                   \
		.name = text, .number = value, .size = sizeof(struct type), \
		.fields = (const struct data_field[])                       \
		{                                                           \
			__VA_ARGS__,                                        \
			{                                                   \
				0                                           \
			}                                                   \
		}                                                           \
	}

static const char *const s1_flags[] = { "SRE", "EAFE", "WPE", NULL };
static const char *const leaf_flags[] = { "LEAF", NULL };
static const char *const errata[] = { "ERRATA_772415_SPR17", NULL };

const struct data_type hwpt_types[] = {
	TYPE("vtd-s1", IOMMU_HWPT_DATA_VTD_S1, iommu_hwpt_vtd_s1,
	     FLAGS(iommu_hwpt_vtd_s1, s1_flags),
	     FIELD(iommu_hwpt_vtd_s1, pgtbl_addr),
	     FIELD(iommu_hwpt_vtd_s1, addr_width)),
	TYPE("arm-smmuv3", IOMMU_HWPT_DATA_ARM_SMMUV3, iommu_hwpt_arm_smmuv3,
	     WORD(iommu_hwpt_arm_smmuv3, ste, 0),
	     WORD(iommu_hwpt_arm_smmuv3, ste, 1)),
	{ 0 },
};

const struct data_type invalidate_types[] = {
	TYPE("vtd-s1", IOMMU_HWPT_INVALIDATE_DATA_VTD_S1,
	     iommu_hwpt_vtd_s1_invalidate,
	     FIELD(iommu_hwpt_vtd_s1_invalidate, addr),
	     FIELD(iommu_hwpt_vtd_s1_invalidate, npages),
	     FLAGS(iommu_hwpt_vtd_s1_invalidate, leaf_flags)),
	TYPE("arm-smmuv3", IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3,
	     iommu_viommu_arm_smmuv3_invalidate,
	     WORD(iommu_viommu_arm_smmuv3_invalidate, cmd, 0),
	     WORD(iommu_viommu_arm_smmuv3_invalidate, cmd, 1)),
	{ 0 },
};

const struct data_type info_types[] = {
	TYPE("intel-vtd", IOMMU_HW_INFO_TYPE_INTEL_VTD, iommu_hw_info_vtd,
	     FLAGS(iommu_hw_info_vtd, errata),
	     FIELD(iommu_hw_info_vtd, cap_reg),
	     FIELD(iommu_hw_info_vtd, ecap_reg)),
	TYPE("arm-smmuv3", IOMMU_HW_INFO_TYPE_ARM_SMMUV3,
	     iommu_hw_info_arm_smmuv3, FIELD(iommu_hw_info_arm_smmuv3, flags),
	     WORD(iommu_hw_info_arm_smmuv3, idr, 0),
	     WORD(iommu_hw_info_arm_smmuv3, idr, 1),
	     WORD(iommu_hw_info_arm_smmuv3, idr, 2),
	     WORD(iommu_hw_info_arm_smmuv3, idr, 3),
	     WORD(iommu_hw_info_arm_smmuv3, idr, 4),
	     WORD(iommu_hw_info_arm_smmuv3, idr, 5),
	     FIELD(iommu_hw_info_arm_smmuv3, iidr),
	     FIELD(iommu_hw_info_arm_smmuv3, aidr)),
	TYPE("tegra241-cmdqv", IOMMU_HW_INFO_TYPE_TEGRA241_CMDQV,
	     iommu_hw_info_tegra241_cmdqv,
	     FIELD(iommu_hw_info_tegra241_cmdqv, flags),
	     FIELD(iommu_hw_info_tegra241_cmdqv, version),
	     FIELD(iommu_hw_info_tegra241_cmdqv, log2vcmdqs),
	     FIELD(iommu_hw_info_tegra241_cmdqv, log2vsids)),
	{ 0 },
};

const struct data_type event_types[] = {
	TYPE("arm-smmuv3", IOMMU_VEVENTQ_TYPE_ARM_SMMUV3,
	     iommu_vevent_arm_smmuv3, WORD(iommu_vevent_arm_smmuv3, evt, 0),
	     WORD(iommu_vevent_arm_smmuv3, evt, 1),
	     WORD(iommu_vevent_arm_smmuv3, evt, 2),
	     WORD(iommu_vevent_arm_smmuv3, evt, 3)),
	TYPE("tegra241-cmdqv", IOMMU_VEVENTQ_TYPE_TEGRA241_CMDQV,
	     iommu_vevent_tegra241_cmdqv,
	     WORD(iommu_vevent_tegra241_cmdqv, lvcmdq_err_map, 0),
	     WORD(iommu_vevent_tegra241_cmdqv, lvcmdq_err_map, 1)),
	{ 0 },
};
