/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory management as of Linux 6.12. */
#ifndef IOMMUFD_COMPAT_MM_H
#define IOMMUFD_COMPAT_MM_H

#ifdef COMPAT_LACKS_PIN_WITHOUT_VMAS
#include <linux/mm.h>

/*
 * There the lock cannot be dropped on the way when pages are pinned for long,
 * and asking for it is a mistake that the kernel warns of. *locked stays true.
 */
static inline long
compat_pin_user_pages_remote(struct mm_struct *mm, unsigned long start,
			     unsigned long nr_pages, unsigned int gup_flags,
			     struct page **pages, int *locked)
{
	if (gup_flags & FOLL_LONGTERM)
		locked = NULL;
	return pin_user_pages_remote(mm, start, nr_pages, gup_flags, pages,
				     NULL, locked);
}

#define pin_user_pages_remote compat_pin_user_pages_remote
#endif

#ifdef COMPAT_LACKS_VM_FLAGS_SET
#include <linux/mm.h>

static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags |= flags;
}
#endif

#endif
