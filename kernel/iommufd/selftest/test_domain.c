// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looking at what the core did: to mock domains, and to the pages of memory
 * that it should have pinned or given back.
 */
#include <linux/bitops.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>

#include "../hwpt.h"
#include "mock.h"
#include "test.h"

/* How many pages one bitmap of dirty ones may be about: 16 MiB of bits. */
#define DIRTY_MAX (16UL << 20 << 3)

/* Calls the mock's paging domain; -> iommufd_object_put() of the other. */
static struct mock_domain *lookup_domain(struct iommufd_ucmd *ucmd, u32 id,
					 struct iommufd_object **obj)
{
	struct mock_domain *mock;

	*obj = iommufd_object_lookup(ucmd->ictx, id, IOMMUFD_OBJ_HWPT_PAGING);
	if (IS_ERR(*obj))
		return ERR_CAST(*obj);
	mock = mock_domain_of(to_hwpt(*obj)->domain);
	if (mock)
		return mock;
	iommufd_object_put(ucmd->ictx, *obj);
	return ERR_PTR(-EINVAL);
}

/**
 * test_get_page() - the page of user memory at an address
 * @uptr: in the caller's memory; faulted in as a read would
 * @page: set to it
 *
 * Meant for loops: schedules when it is time to.
 *
 * Context: may sleep. Undo with put_page().
 * Return: 0, -EFAULT, or -EINTR for a fatal signal.
 */
int test_get_page(u64 uptr, struct page **page)
{
	int rc;

	cond_resched();
	if (fatal_signal_pending(current))
		return -EINTR;
	rc = get_user_pages_fast(uptr & PAGE_MASK, 1, 0, page);
	if (rc < 0)
		return rc;
	return rc == 1 ? 0 : -EFAULT;
}

static int check_one(struct mock_table *table, unsigned long iova, u64 uptr)
{
	phys_addr_t expected, phys;
	struct page *page;
	int rc;

	rc = test_get_page(uptr, &page);
	if (rc)
		return rc;
	expected = page_to_phys(page) + uptr % PAGE_SIZE;
	put_page(page);
	if (!mock_table_lookup(table, iova, &phys) || phys != expected)
		return -EINVAL;
	return 0;
}

int test_md_check_map(struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	u64 iova = cmd->check_map.iova, length = cmd->check_map.length;
	u64 uptr = cmd->check_map.uptr, end, at;
	struct iommufd_object *obj;
	struct mock_domain *mock;
	int rc = 0;

	if (!IS_ALIGNED(iova | length | uptr, MOCK_IO_PAGE_SIZE) ||
	    check_add_overflow(uptr, length, &end))
		return -EINVAL;
	mock = lookup_domain(ucmd, cmd->id, &obj);
	if (IS_ERR(mock))
		return PTR_ERR(mock);
	for (at = 0; at < length && !rc; at += MOCK_IO_PAGE_SIZE)
		rc = check_one(mock->table, iova + at, uptr + at);
	iommufd_object_put(ucmd->ictx, obj);
	return rc;
}

/* A pin of a page that is no part of a larger one is many references. */
static int check_pins(u64 uptr, u32 pins)
{
	struct page *page;
	int rc;

	rc = test_get_page(uptr, &page);
	if (rc)
		return rc;
	if (!PageCompound(page) &&
	    page_ref_count(page) / GUP_PIN_COUNTING_BIAS != pins)
		rc = -EIO;
	put_page(page);
	return rc;
}

int test_md_check_refs(struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	u64 length = cmd->check_refs.length, uptr = cmd->check_refs.uptr;
	u64 end;
	int rc = 0;

	if (!IS_ALIGNED(length | uptr, PAGE_SIZE) ||
	    check_add_overflow(uptr, length, &end))
		return -EINVAL;
	for (; uptr < end && !rc; uptr += PAGE_SIZE)
		rc = check_pins(uptr, cmd->check_refs.refs);
	return rc;
}

int test_md_check_iotlb(struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	struct iommufd_object *obj;
	u32 value;
	int rc;

	obj = iommufd_object_lookup(ucmd->ictx, cmd->id,
				    IOMMUFD_OBJ_HWPT_NESTED);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	rc = mock_nested_read_iotlb(to_hwpt(obj)->domain, cmd->check_iotlb.id,
				    &value);
	iommufd_object_put(ucmd->ictx, obj);
	if (!rc && value != cmd->check_iotlb.iotlb)
		rc = -EINVAL;
	return rc;
}

/* Returns how many of the pages with a bit are there. */
static long make_dirty(struct mock_table *table,
		       const struct iommu_test_cmd *cmd,
		       const unsigned long *bitmap, unsigned long npages)
{
	u64 iova = cmd->dirty.iova, page_size = cmd->dirty.page_size;
	unsigned long i;
	long dirty = 0;

	for (i = find_first_bit(bitmap, npages); i < npages;
	     i = find_next_bit(bitmap, npages, i + 1)) {
		if (mock_table_make_dirty(table, iova + i * page_size))
			dirty++;
		cond_resched();
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	return dirty;
}

static long dirty_from_user(struct mock_table *table,
			    const struct iommu_test_cmd *cmd,
			    unsigned long npages)
{
	unsigned long *bitmap;
	long dirty = -EFAULT;

	bitmap = kvcalloc(BITS_TO_LONGS(npages), sizeof(*bitmap),
			  GFP_KERNEL_ACCOUNT);
	if (!bitmap)
		return -ENOMEM;
	if (!copy_from_user(bitmap, u64_to_user_ptr(cmd->dirty.uptr),
			    DIV_ROUND_UP(npages, BITS_PER_BYTE)))
		dirty = make_dirty(table, cmd, bitmap, npages);
	kvfree(bitmap);
	return dirty;
}

int test_dirty(struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	u64 page_size = cmd->dirty.page_size, last;
	struct iommufd_object *obj;
	struct mock_domain *mock;
	long dirty = -EINVAL;

	if (!cmd->dirty.uptr || !cmd->dirty.length || !page_size ||
	    cmd->dirty.iova % page_size || cmd->dirty.length % page_size)
		return -EINVAL;
	if (cmd->dirty.length / page_size > DIRTY_MAX ||
	    check_add_overflow(cmd->dirty.iova, cmd->dirty.length - 1, &last))
		return -EOVERFLOW;
	if (!MOCK_CAN_TRACK_DIRTY)
		return -EOPNOTSUPP;

	mock = lookup_domain(ucmd, cmd->id, &obj);
	if (IS_ERR(mock))
		return PTR_ERR(mock);
	if (READ_ONCE(mock->tracks_dirty))
		dirty = dirty_from_user(mock->table, cmd,
					cmd->dirty.length / page_size);
	iommufd_object_put(ucmd->ictx, obj);
	if (dirty < 0)
		return dirty;
	cmd->dirty.out_nr_dirty = dirty;
	return iommufd_ucmd_respond(ucmd, sizeof(*cmd));
}
