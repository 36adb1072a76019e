// SPDX-License-Identifier: GPL-2.0-only
/*
 * Areas, before they are in a table and after. The area that user memory was
 * mapped as lies in what describes that memory; only further ones, of COPY or
 * after a cut, take memory by themselves.
 */
#include <linux/slab.h>

#include "area.h"
#include "io_pagetable.h"
#include "pages.h"

/* Enough for freeing many to cost little each, and not much on the stack. */
#define BIN_SIZE 16

/**
 * struct bin - objects of a cache that are freed together
 * @free: how
 * @count: how many there are
 * @objects: they
 */
struct bin {
	void (*free)(void **objects, size_t count);
	unsigned int count;
	void *objects[BIN_SIZE];
};

static struct kmem_cache *area_cache;

/**
 * iopt_caches_create() - set up what tables are made of
 *
 * Context: once, before the first table. Undo with iopt_caches_destroy().
 * Return: 0 or -ENOMEM.
 */
int iopt_caches_create(void)
{
	int rc;

	area_cache = kmem_cache_create("iommufd_area", sizeof(struct iopt_area),
				       0, SLAB_ACCOUNT | SLAB_NO_MERGE, NULL);
	if (!area_cache)
		return -ENOMEM;
	rc = iopt_pages_cache_create();
	if (rc)
		kmem_cache_destroy(area_cache);
	return rc;
}

/**
 * iopt_caches_destroy() - undo iopt_caches_create()
 *
 * Context: once, after the last table.
 */
void iopt_caches_destroy(void)
{
	iopt_pages_cache_destroy();
	kmem_cache_destroy(area_cache);
}

static void area_init(struct iopt_area *area, struct iopt_pages *pages,
		      unsigned long start_byte, unsigned long length,
		      u8 iommu_prot)
{
	area->start = 0;
	area->last = length - 1;
	area->next = NULL;
	area->pages = pages;
	area->start_byte = start_byte;
	area->iommu_prot = iommu_prot;
	area->committed = false;
	area->pinned = false;
	area->no_access = false;
	atomic_set(&area->accesses, 0);
}

/**
 * iopt_area_first() - the area that memory is mapped as
 * @pages: the memory, in no area yet; takes over the caller's reference
 * @start_byte: offset of its first byte in @pages
 * @length: in bytes, not 0
 * @iommu_prot: what devices may do
 *
 * Context: any. Undo with iopt_areas_free().
 * Return: the area, from address 0 on.
 */
struct iopt_area *iopt_area_first(struct iopt_pages *pages,
				  unsigned long start_byte,
				  unsigned long length, u8 iommu_prot)
{
	area_init(&pages->first_area, pages, start_byte, length, iommu_prot);
	return &pages->first_area;
}

/**
 * iopt_area_create() - a further area that shows some memory
 * @pages: the memory; takes over the caller's reference, also if it fails
 * @start_byte: offset of its first byte in @pages
 * @length: in bytes, not 0
 * @iommu_prot: what devices may do
 *
 * Context: may sleep. Undo with iopt_areas_free().
 * Return: the area, from address 0 on, or NULL without memory.
 */
struct iopt_area *iopt_area_create(struct iopt_pages *pages,
				   unsigned long start_byte,
				   unsigned long length, u8 iommu_prot)
{
	struct iopt_area *area;

	area = kmem_cache_alloc(area_cache, GFP_KERNEL);
	if (!area) {
		iopt_pages_put(pages);
		return NULL;
	}
	area_init(area, pages, start_byte, length, iommu_prot);
	return area;
}

static void area_memory_free(void **areas, size_t count)
{
	kmem_cache_free_bulk(area_cache, count, areas);
}

static void bin_empty(struct bin *bin)
{
	if (bin->count)
		bin->free(bin->objects, bin->count);
	bin->count = 0;
}

static void bin_add(struct bin *bin, void *object)
{
	if (bin->count == BIN_SIZE)
		bin_empty(bin);
	bin->objects[bin->count++] = object;
}

static bool lies_in_pages(const struct iopt_area *area)
{
	return area == &area->pages->first_area;
}

static void free_one(struct iopt_area *area)
{
	struct iopt_pages *pages = area->pages;

	if (!lies_in_pages(area))
		kmem_cache_free(area_cache, area);
	iopt_pages_put(pages);
}

static void free_many(struct iopt_area *chain)
{
	struct bin areas = { .free = area_memory_free };
	struct bin memory = { .free = iopt_pages_free };

	while (chain) {
		struct iopt_area *next = area_next_in_chain(chain);
		struct iopt_pages *pages = chain->pages;

		if (!lies_in_pages(chain))
			bin_add(&areas, chain);
		if (iopt_pages_drop(pages))
			bin_add(&memory, pages);
		chain = next;
	}
	bin_empty(&areas);
	bin_empty(&memory);
}

/**
 * iopt_areas_free() - free areas
 * @chain: by iopt_area::next; in no table, in no domain, not pinned
 *
 * Context: may sleep.
 */
void iopt_areas_free(struct iopt_area *chain)
{
	if (!chain)
		return;
	if (chain->next)
		free_many(chain);
	else
		free_one(chain);
}
