// SPDX-License-Identifier: GPL-2.0-only
/*
 * What user space says of a page table in the words of an IOMMU's driver. The
 * driver reads it; its length is checked here, so that no driver gets to see
 * what cannot be right.
 */
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/kernel.h>
#include <linux/stddef.h>
#include <uapi/linux/iommufd.h>

#include "../compat/iommu_driver.h"
#include "hwpt.h"
#include "selftest/selftest.h"

/**
 * struct data_format - a struct of user space's
 * @type: enum iommu_hwpt_data_type
 * @len: as it is known here, in bytes
 * @min_len: as short as it ever was, in bytes
 */
struct data_format {
	u32 type;
	u32 len;
	u32 min_len;
};

#define DATA_FORMAT(_type, _struct, _last_member)                     \
	{                                                             \
		.type = _type, .len = sizeof(struct _struct),         \
		.min_len = offsetofend(struct _struct, _last_member), \
	}

/* Those that a driver for x86-64 reads. */
static const struct data_format formats[] = {
	DATA_FORMAT(IOMMU_HWPT_DATA_VTD_S1, iommu_hwpt_vtd_s1, __reserved),
	SELFTEST_DATA_FORMAT
};

/* One that nobody has heard of is for the driver to refuse. */
static bool length_is_right(const struct iommu_user_data *data)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		if (formats[i].type == data->type)
			return data->len >= formats[i].min_len &&
			       data->len <= formats[i].len;
	}
	return true;
}

/**
 * hwpt_domain_alloc() - a domain as user space describes it
 * @dev: bound; what it is for
 * @flags: of enum iommufd_hwpt_alloc_flags
 * @parent: what the domain's addresses go through next, or NULL
 * @data: what user space says of it, or NULL
 *
 * Context: may sleep. Undo with iommu_domain_free().
 * Return: the domain, or ERR_PTR: -EINVAL for data that is shorter or longer
 * than data of its type can be, and what compat_domain_alloc_user() says.
 */
struct iommu_domain *hwpt_domain_alloc(struct device *dev, u32 flags,
				       struct iommu_domain *parent,
				       const struct iommu_user_data *data)
{
	/* Who cannot read any says so whatever its length. */
	if (data && compat_allocates_for_user(dev) && !length_is_right(data))
		return ERR_PTR(-EINVAL);
	return compat_domain_alloc_user(dev, flags, parent, data);
}
