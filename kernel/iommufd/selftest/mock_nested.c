// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nested domains of the mock IOMMU, which user space describes and flushes by
 * itself. All there is of one is an IOTLB whose entries it chose, which become
 * 0 as it invalidates them.
 */
#include <linux/err.h>
#include <linux/slab.h>

#include "mock.h"

/**
 * struct mock_nested - a domain that user space owns
 * @domain: what the kernel knows it by
 * @iotlb: what is left of what user space put there
 */
struct mock_nested {
	struct iommu_domain domain;
	u32 iotlb[MOCK_NESTED_DOMAIN_IOTLB_NUM];
};

static struct mock_nested *to_nested(struct iommu_domain *domain)
{
	return container_of(domain, struct mock_nested, domain);
}

static int nested_attach(struct iommu_domain *domain, struct device *dev)
{
	return 0;
}

static void nested_free(struct iommu_domain *domain)
{
	kfree(to_nested(domain));
}

static int invalidate_one(struct mock_nested *nested,
			  const struct iommu_hwpt_invalidate_selftest *request)
{
	if (request->flags & ~IOMMU_TEST_INVALIDATE_FLAG_ALL)
		return -EOPNOTSUPP;
	if (request->iotlb_id > MOCK_NESTED_DOMAIN_IOTLB_ID_MAX)
		return -EINVAL;
	if (request->flags & IOMMU_TEST_INVALIDATE_FLAG_ALL)
		memset(nested->iotlb, 0, sizeof(nested->iotlb));
	else
		WRITE_ONCE(nested->iotlb[request->iotlb_id], 0);
	return 0;
}

/* Says in entry_num how many were done, also when it fails. */
static int nested_invalidate(struct iommu_domain *domain,
			     struct iommu_user_data_array *array)
{
	struct iommu_hwpt_invalidate_selftest request;
	const unsigned int type = IOMMU_HWPT_INVALIDATE_DATA_SELFTEST;
	u32 done = 0;
	int rc = 0;

	if (array->type != type)
		rc = -EINVAL;
	while (!rc && done < array->entry_num) {
		rc = iommu_copy_struct_from_user_array(&request, array, type,
						       done, iotlb_id);
		if (!rc)
			rc = invalidate_one(to_nested(domain), &request);
		if (rc)
			break;
		done++;
		cond_resched();
		if (fatal_signal_pending(current))
			rc = -EINTR;
	}
	array->entry_num = done;
	return rc;
}

static const struct iommu_domain_ops nested_ops = {
	.attach_dev = nested_attach,
	.cache_invalidate_user = nested_invalidate,
	.free = nested_free,
};

/**
 * mock_nested_create() - a domain as user space describes it
 * @parent: what its addresses would go through next
 * @user_data: struct iommu_hwpt_selftest
 *
 * Context: may sleep, copies from user space.
 * Return: the domain, or ERR_PTR: -EOPNOTSUPP for data of another kind, -EINVAL
 * for data or a parent that are wrong, -EFAULT, -E2BIG, -ENOMEM.
 */
struct iommu_domain *mock_nested_create(struct iommu_domain *parent,
					const struct iommu_user_data *user_data)
{
	struct iommu_hwpt_selftest content;
	struct mock_nested *nested;
	int rc;

	if (user_data->type != IOMMU_HWPT_DATA_SELFTEST)
		return ERR_PTR(-EOPNOTSUPP);
	if (!mock_domain_of(parent))
		return ERR_PTR(-EINVAL);
	rc = iommu_copy_struct_from_user(&content, user_data,
					 IOMMU_HWPT_DATA_SELFTEST, iotlb);
	if (rc)
		return ERR_PTR(rc);

	nested = kzalloc(sizeof(*nested), GFP_KERNEL_ACCOUNT);
	if (!nested)
		return ERR_PTR(-ENOMEM);
	nested->domain.type = IOMMU_DOMAIN_NESTED;
	nested->domain.ops = &nested_ops;
	memset32(nested->iotlb, content.iotlb, ARRAY_SIZE(nested->iotlb));
	return &nested->domain;
}

/**
 * mock_nested_read_iotlb() - look at the IOTLB of a nested domain
 * @domain: any domain
 * @index: which entry
 * @value: set to what it holds
 *
 * Context: any.
 * Return: 0, or -EINVAL where there is no such entry.
 */
int mock_nested_read_iotlb(struct iommu_domain *domain, u32 index, u32 *value)
{
	if (domain->ops != &nested_ops ||
	    index > MOCK_NESTED_DOMAIN_IOTLB_ID_MAX)
		return -EINVAL;
	*value = READ_ONCE(to_nested(domain)->iotlb[index]);
	return 0;
}
