// SPDX-License-Identifier: GPL-2.0-only
/*
 * iopt_pages: a run of user memory, the one owner of what is known about it,
 * shared by all areas that show a part of it.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "io_pagetable.h"

static struct kmem_cache *pages_cache;

int iopt_pages_cache_create(void)
{
	pages_cache = kmem_cache_create("iommufd_pages",
					sizeof(struct iopt_pages), 0,
					SLAB_ACCOUNT | SLAB_NO_MERGE, NULL);
	return pages_cache ? 0 : -ENOMEM;
}

void iopt_pages_cache_destroy(void)
{
	kmem_cache_destroy(pages_cache);
}

/**
 * iopt_pages_create() - describe memory of the calling process
 * @uptr: first byte, at any offset in its page
 * @length: in bytes
 * @writable: devices may write to it
 *
 * The memory is not looked at: an address where there is none is found when
 * the pages are first needed.
 *
 * Context: may sleep. Undo with iopt_pages_put().
 * Return: with one reference, or ERR_PTR: -EINVAL for a length that is 0 or
 * too close to the whole address space to count in pages, -EOVERFLOW when the
 * memory would wrap, -ENOMEM.
 */
struct iopt_pages *iopt_pages_create(unsigned long uptr, unsigned long length,
				     bool writable)
{
	unsigned long offset = offset_in_page(uptr);
	struct iopt_pages *pages;
	unsigned long end;

	if (!length || length > ULONG_MAX - PAGE_SIZE)
		return ERR_PTR(-EINVAL);
	if (check_add_overflow(uptr, length, &end))
		return ERR_PTR(-EOVERFLOW);

	pages = kmem_cache_alloc(pages_cache, GFP_KERNEL);
	if (!pages)
		return ERR_PTR(-ENOMEM);
	refcount_set(&pages->refs, 1);
	pages->writable = writable;
	pages->uptr = uptr - offset;
	pages->npages = (offset + length - 1) / PAGE_SIZE + 1;
	return pages;
}

/**
 * iopt_pages_get() - share memory
 * @pages: held by the caller
 *
 * Context: any. Undo with iopt_pages_put().
 * Return: @pages.
 */
struct iopt_pages *iopt_pages_get(struct iopt_pages *pages)
{
	refcount_inc(&pages->refs);
	return pages;
}

/**
 * iopt_pages_put() - let go of memory
 * @pages: held by the caller
 *
 * Context: any.
 */
void iopt_pages_put(struct iopt_pages *pages)
{
	if (refcount_dec_and_test(&pages->refs))
		kmem_cache_free(pages_cache, pages);
}
