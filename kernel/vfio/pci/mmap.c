// SPDX-License-Identifier: GPL-2.0-only
/*
 * BARs in a user's address space. Pages come by faults, so that they can be
 * taken away whenever the device stops to answer.
 */
#include <linux/mm.h>
#include <linux/pci.h>

#include "pci.h"

#define REGION_PAGE_SHIFT (REGION_SHIFT - PAGE_SHIFT)
/* Faults cost more than entries of page tables: this much comes at once. */
#define FAULT_SIZE PMD_SIZE

static unsigned long first_page(struct vfio_pci *vpci,
				struct vm_area_struct *vma)
{
	unsigned int bar = vma->vm_pgoff >> REGION_PAGE_SHIFT;
	unsigned long offset;

	offset = vma->vm_pgoff & ((1UL << REGION_PAGE_SHIFT) - 1);
	return (pci_resource_start(vpci->pdev, bar) >> PAGE_SHIFT) + offset;
}

/* The page that is asked for, and those around it as far as they go. */
static vm_fault_t insert(struct vfio_pci *vpci, struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long first = first_page(vpci, vma);
	unsigned long start, end, at;
	vm_fault_t fault;

	start = max(vma->vm_start, ALIGN_DOWN(vmf->address, FAULT_SIZE));
	end = min(vma->vm_end,
		  ALIGN_DOWN(vmf->address, FAULT_SIZE) + FAULT_SIZE);
	at = vmf->address & PAGE_MASK;
	fault = vmf_insert_pfn(vma, at,
			       first + ((at - vma->vm_start) >> PAGE_SHIFT));
	for (at = start; at < end && fault == VM_FAULT_NOPAGE; at += PAGE_SIZE)
		vmf_insert_pfn(vma, at,
			       first + ((at - vma->vm_start) >> PAGE_SHIFT));
	return fault;
}

static vm_fault_t fault(struct vm_fault *vmf)
{
	struct vfio_pci *vpci = vmf->vma->vm_private_data;
	vm_fault_t answer = VM_FAULT_SIGBUS;

	down_read(&vpci->memory_lock);
	if (vfio_pci_memory_usable(vpci))
		answer = insert(vpci, vmf);
	up_read(&vpci->memory_lock);
	return answer;
}

static const struct vm_operations_struct vm_ops = {
	.fault = fault,
};

/**
 * vfio_pci_mmap() - map a BAR
 * @vdev: while open
 * @vma: where, and which part of the device's file
 *
 * Context: may sleep; the lock of the user's address space is held.
 * Return: 0; -EINVAL for what cannot be mapped; or another errno.
 */
int vfio_pci_mmap(struct vfio_device *vdev, struct vm_area_struct *vma)
{
	struct vfio_pci *vpci = to_vfio_pci(vdev);
	unsigned int bar = vma->vm_pgoff >> REGION_PAGE_SHIFT;
	unsigned long offset, pages, length;
	int rc;

	if (vma->vm_end < vma->vm_start || !(vma->vm_flags & VM_SHARED) ||
	    vma->vm_pgoff >> REGION_PAGE_SHIFT >= PCI_STD_NUM_BARS ||
	    !vpci->bars[bar].mappable)
		return -EINVAL;
	offset = vma->vm_pgoff & ((1UL << REGION_PAGE_SHIFT) - 1);
	pages = vma_pages(vma);
	length = PAGE_ALIGN(pci_resource_len(vpci->pdev, bar)) >> PAGE_SHIFT;
	if (offset >= length || pages > length - offset)
		return -EINVAL;
	rc = vfio_pci_bar_use(vpci, bar);
	if (rc)
		return rc;
	vma->vm_private_data = vpci;
	vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
	vma->vm_page_prot = pgprot_decrypted(vma->vm_page_prot);
	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_ops = &vm_ops;
	return 0;
}
