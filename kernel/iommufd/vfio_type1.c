// SPDX-License-Identifier: GPL-2.0-only
/*
 * VFIO's type 1 IOMMU on an IOAS: what it is like, and mapping. The structs
 * begin with their size, as the caller knows them, and never shrink; what was
 * added to them later is a capability behind the struct, linked by offsets.
 */
#include <linux/align.h>
#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uapi/linux/iommufd.h>
#include <uapi/linux/vfio.h>

#include "iova_ranges.h"
#include "trace.h"
#include "vfio_compat.h"

/* The shortest forms that were ever valid, in bytes. */
#define INFO_MIN offsetofend(struct vfio_iommu_type1_info, iova_pgsizes)
#define MAP_MIN offsetofend(struct vfio_iommu_type1_dma_map, size)
#define UNMAP_MIN offsetofend(struct vfio_iommu_type1_dma_unmap, size)

/**
 * struct type1_answer - to VFIO_IOMMU_GET_INFO, as it lies in user memory
 * @info: the struct itself
 * @avail: first capability
 * @iovas: second capability, with as many ranges as there are
 */
struct type1_answer {
	struct vfio_iommu_type1_info info;
	struct vfio_iommu_type1_info_dma_avail avail;
	struct vfio_iommu_type1_info_cap_iova_range iovas __aligned(8);
};

static_assert(offsetof(struct type1_answer, avail) % sizeof(u64) == 0);

static size_t answer_size(size_t nranges)
{
	return offsetof(struct type1_answer, iovas) +
	       offsetof(struct vfio_iommu_type1_info_cap_iova_range,
			iova_ranges) +
	       nranges * sizeof(struct vfio_iova_range);
}

/*
 * Page sizes that all domains have. Smaller ones than the processor's are of
 * no use to a client, but make that one possible.
 */
static int page_sizes(struct io_pagetable *iopt, u64 *out)
{
	unsigned long sizes = ULONG_MAX;
	unsigned int i;

	if (down_read_killable(&iopt->domains_rwsem))
		return -EINTR;
	for (i = 0; i < iopt->ndomains; i++)
		sizes &= iopt->domains[i]->pgsize_bitmap;
	if (sizes & ~PAGE_MASK)
		sizes = (sizes & PAGE_MASK) | PAGE_SIZE;
	*out = max(sizes, iopt->iova_alignment);
	up_read(&iopt->domains_rwsem);
	return 0;
}

/* VFIO has another name for the last address, and that is all. */
static_assert(sizeof(struct vfio_iova_range) ==
	      sizeof(struct iommu_iova_range));
static_assert(offsetof(struct vfio_iova_range, end) ==
	      offsetof(struct iommu_iova_range, last));

static size_t usable_ranges(struct io_pagetable *iopt,
			    struct vfio_iova_range *ranges, size_t room)
{
	return iopt_usable_ranges(iopt, (struct iommu_iova_range *)ranges,
				  room);
}

/* With the ranges that there are; zeroed where nothing is; -> kvfree(). */
static struct type1_answer *answer_create(struct io_pagetable *iopt)
{
	struct type1_answer *answer;
	size_t nranges, size;

	if (down_read_killable(&iopt->iova_rwsem))
		return ERR_PTR(-EINTR);
	nranges = usable_ranges(iopt, NULL, 0);
	size = answer_size(nranges);
	answer = kvzalloc(size, GFP_KERNEL_ACCOUNT);
	if (answer) {
		answer->info.argsz = size;
		answer->iovas.nr_iovas = nranges;
		usable_ranges(iopt, answer->iovas.iova_ranges, nranges);
	}
	up_read(&iopt->iova_rwsem);
	return answer ?: ERR_PTR(-ENOMEM);
}

/* The rest of it. */
static void answer_complete(struct type1_answer *answer, u64 sizes)
{
	answer->info.flags = VFIO_IOMMU_INFO_PGSIZES | VFIO_IOMMU_INFO_CAPS;
	answer->info.iova_pgsizes = sizes;
	answer->info.cap_offset = offsetof(struct type1_answer, avail);
	answer->avail.header.id = VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL;
	answer->avail.header.version = 1;
	answer->avail.header.next = offsetof(struct type1_answer, iovas);
	/* Mappings are limited by memory only; clients must read a number. */
	answer->avail.avail = U32_MAX;
	answer->iovas.header.id = VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE;
	answer->iovas.header.version = 1;
}

/* All that there is to say of a table; -> kvfree(). */
static struct type1_answer *describe(struct io_pagetable *iopt)
{
	struct type1_answer *answer;
	u64 sizes;
	int rc;

	rc = page_sizes(iopt, &sizes);
	if (rc)
		return ERR_PTR(rc);
	answer = answer_create(iopt);
	if (!IS_ERR(answer))
		answer_complete(answer, sizes);
	return answer;
}

/* A caller without room for everything learns how much that is. */
static int answer_respond(struct type1_answer *answer, u32 argsz,
			  void __user *argument)
{
	size_t size = answer->info.argsz;

	if (argsz < size) {
		answer->info.cap_offset = 0;
		size = min_t(size_t, argsz, sizeof(answer->info));
	}
	return copy_to_user(argument, answer, size) ? -EFAULT : 0;
}

/**
 * vfio_iommu_get_info() - answer VFIO_IOMMU_GET_INFO
 * @ictx: the context that it came to
 * @argument: a struct vfio_iommu_type1_info
 *
 * Context: process, may sleep and fault.
 * Return: 0, or -EFAULT, -EINVAL for a short struct, -ENODEV without an IOAS,
 * -ENOMEM, -EINTR for a fatal signal.
 */
int vfio_iommu_get_info(struct iommufd_ctx *ictx, void __user *argument)
{
	struct vfio_iommu_type1_info info;
	struct type1_answer *answer;
	struct iommufd_ioas *ioas;
	int rc;

	if (copy_from_user(&info, argument, INFO_MIN))
		return -EFAULT;
	if (info.argsz < INFO_MIN)
		return -EINVAL;

	ioas = vfio_ioas_get(ictx);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	answer = describe(&ioas->iopt);
	iommufd_object_put(ictx, &ioas->obj);
	if (IS_ERR(answer))
		return PTR_ERR(answer);

	rc = answer_respond(answer, info.argsz, argument);
	kvfree(answer);
	return rc;
}

/**
 * vfio_iommu_map_dma() - answer VFIO_IOMMU_MAP_DMA
 * @ictx: the context that it came to
 * @argument: a struct vfio_iommu_type1_dma_map
 *
 * Context: process, may sleep and fault.
 * Return: 0, or -EFAULT, -EINVAL for a short struct or an unknown flag,
 * -ENODEV without an IOAS, and what iopt_claim_user(), _place() and _commit()
 * say.
 */
int vfio_iommu_map_dma(struct iommufd_ctx *ictx, void __user *argument)
{
	struct vfio_iommu_type1_dma_map map;
	struct iommufd_ioas *ioas;
	struct iopt_claim claim = { .fixed = true };
	int rc;

	if (copy_from_user(&map, argument, MAP_MIN))
		return -EFAULT;
	if (map.argsz < MAP_MIN ||
	    (map.flags & ~(VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE)))
		return -EINVAL;

	ioas = vfio_ioas_get(ictx);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	claim.iopt = &ioas->iopt;
	claim.iova = map.iova;
	claim.length = map.size;
	/* Without either, as with Linux, it is for the domain to refuse. */
	claim.iommu_prot = iopt_prot(map.flags & VFIO_DMA_MAP_FLAG_READ,
				     map.flags & VFIO_DMA_MAP_FLAG_WRITE);
	rc = iopt_claim_user(&claim, ictx, map.vaddr);
	if (!rc)
		rc = iopt_claim_place(&claim);
	if (!rc)
		rc = iopt_claim_commit(&claim);
	trace_iommufd_map(ictx, ioas->obj.id, map.iova, map.size, map.vaddr,
			  claim.iommu_prot, rc);
	iommufd_object_put(ictx, &ioas->obj);
	return rc;
}

/*
 * Where mappings can be cut, cuts them at both ends of a range. What nobody
 * unmaps then is in two areas and otherwise as before.
 */
static int cut_around(struct io_pagetable *iopt, unsigned long start,
		      unsigned long last)
{
	int rc;

	if (READ_ONCE(iopt->large_pages))
		return 0;
	rc = iopt_cut(iopt, last);
	if (!rc && start)
		rc = iopt_cut(iopt, start - 1);
	return rc;
}

/* Where the range of a request ends. */
static int unmap_extent(const struct vfio_iommu_type1_dma_unmap *unmap,
			unsigned long *last)
{
	if (unmap->flags & VFIO_DMA_UNMAP_FLAG_ALL) {
		*last = ULONG_MAX;
		return unmap->iova || unmap->size ? -EINVAL : 0;
	}
	if (!unmap->size)
		return -EINVAL;
	if (check_add_overflow((unsigned long)unmap->iova,
			       (unsigned long)unmap->size - 1, last))
		return -EOVERFLOW;
	return 0;
}

/**
 * vfio_iommu_unmap_dma() - answer VFIO_IOMMU_UNMAP_DMA
 * @ictx: the context that it came to
 * @argument: a struct vfio_iommu_type1_dma_unmap; when an unmap was tried, its
 *	size is set to how much was unmapped
 *
 * Context: process, may sleep and fault.
 * Return: 0, or -EFAULT, also when the answer cannot be written, -EINVAL for a
 * short struct, an unknown flag, no length, or an address or length beside
 * VFIO_DMA_UNMAP_FLAG_ALL, -ENODEV without an IOAS, -EOVERFLOW for a range that
 * wraps, and what iopt_cut() and iopt_unmap() say.
 */
int vfio_iommu_unmap_dma(struct iommufd_ctx *ictx, void __user *argument)
{
	struct vfio_iommu_type1_dma_unmap unmap;
	struct iommufd_ioas *ioas;
	unsigned long unmapped = 0;
	unsigned long last;
	u64 length;
	int rc;

	if (copy_from_user(&unmap, argument, UNMAP_MIN))
		return -EFAULT;
	if (unmap.argsz < UNMAP_MIN || (unmap.flags & ~VFIO_DMA_UNMAP_FLAG_ALL))
		return -EINVAL;

	ioas = vfio_ioas_get(ictx);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	/* The answer takes its place. */
	length = unmap.size;
	rc = unmap_extent(&unmap, &last);
	if (!rc)
		rc = cut_around(&ioas->iopt, unmap.iova, last);
	if (rc)
		goto trace;
	rc = iopt_unmap(&ioas->iopt, unmap.iova, last, &unmapped);
	unmap.size = unmapped;
	if (copy_to_user(argument, &unmap, UNMAP_MIN))
		rc = -EFAULT;
trace:
	trace_iommufd_unmap(ictx, ioas->obj.id, unmap.iova, length, unmapped,
			    rc);
	iommufd_object_put(ictx, &ioas->obj);
	return rc;
}
