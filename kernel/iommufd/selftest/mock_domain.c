// SPDX-License-Identifier: GPL-2.0-only
/*
 * The paging domains of the mock IOMMU: what the IOMMU API asks of a driver,
 * said in terms of a mock_table.
 */
#include <linux/slab.h>

#include "mock.h"
#include "selftest.h"

/**
 * mock_domain_create() - a domain that translates nothing
 *
 * Context: may sleep. The driver's other file adds what it is for.
 * Return: the domain, or NULL without memory.
 */
struct mock_domain *mock_domain_create(void)
{
	struct mock_domain *mock = kzalloc(sizeof(*mock), GFP_KERNEL_ACCOUNT);

	if (!mock)
		return NULL;
	mock->table = mock_table_create();
	if (!mock->table) {
		kfree(mock);
		return NULL;
	}
	mock->table->exact = true;
	mock->domain.type = IOMMU_DOMAIN_UNMANAGED;
	mock->domain.pgsize_bitmap = MOCK_IO_PAGE_SIZE;
	mock->domain.geometry.aperture_start = MOCK_APERTURE_START;
	mock->domain.geometry.aperture_end = MOCK_APERTURE_LAST;
	mock->domain.geometry.force_aperture = true;
	return mock;
}

/**
 * mock_domain_of() - the mock's side of a domain
 * @domain: any domain
 *
 * Context: any.
 * Return: it, or NULL where the domain is no paging one of the mock.
 */
struct mock_domain *mock_domain_of(struct iommu_domain *domain)
{
	if (domain->ops != &mock_domain_ops)
		return NULL;
	return container_of(domain, struct mock_domain, domain);
}

/**
 * mock_domain_use_huge_pages() - let a domain have pages of both sizes
 * @mock: the domain
 *
 * Context: nothing has been mapped in it yet.
 */
void mock_domain_use_huge_pages(struct mock_domain *mock)
{
	mock->domain.pgsize_bitmap |= MOCK_HUGE_PAGE_SIZE;
	/* The IOMMU core cuts requests where the size of pages changes. */
	mock->table->exact = false;
}

/* The rest are iommu_domain_ops; see there. */
void mock_domain_free(struct iommu_domain *domain)
{
	struct mock_domain *mock = mock_domain_of(domain);

	mock_table_destroy(mock->table);
	kfree(mock);
}

int mock_map_pages(struct iommu_domain *domain, unsigned long iova,
		   phys_addr_t paddr, size_t pgsize, size_t pgcount, int prot,
		   gfp_t gfp, size_t *mapped)
{
	int rc;

	atomic_inc(&mock_counts.maps);
	if (iommufd_should_fail())
		return -ENOMEM;
	rc = mock_table_map(mock_domain_of(domain)->table, iova, paddr, pgsize,
			    pgcount, gfp);
	if (!rc)
		*mapped += pgsize * pgcount;
	return rc;
}

size_t mock_unmap_pages(struct iommu_domain *domain, unsigned long iova,
			size_t pgsize, size_t pgcount,
			struct iommu_iotlb_gather *gather)
{
	size_t size;

	atomic_inc(&mock_counts.unmaps);
	size = mock_table_unmap(mock_domain_of(domain)->table, iova,
				pgsize * pgcount);
	/* As Intel's does: who queues flushes will say what to flush. */
	if (size && !iommu_iotlb_gather_queued(gather))
		iommu_iotlb_gather_add_page(domain, gather, iova, size);
	return size;
}

void mock_iotlb_sync(struct iommu_domain *domain,
		     struct iommu_iotlb_gather *gather)
{
	atomic_inc(&mock_counts.flushes);
	mock_table_flush(mock_domain_of(domain)->table, gather->start,
			 gather->end);
}

phys_addr_t mock_iova_to_phys(struct iommu_domain *domain, dma_addr_t iova)
{
	phys_addr_t phys;

	atomic_inc(&mock_counts.lookups);
	if (!mock_table_lookup(mock_domain_of(domain)->table, iova, &phys))
		return 0;
	return phys;
}
