// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSI and MSI-X: a vector signals an eventfd. All vectors are allocated when
 * the first is asked for; for more of them a user first disables all.
 *
 * The kernel writes MSI-X tables, which are in a BAR, also while the user has
 * switched that off: it is switched on around it.
 */
#include <linux/eventfd.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/msi.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "pci.h"

static irqreturn_t interrupt(int irq, void *trigger)
{
	eventfd_signal(trigger);
	return IRQ_HANDLED;
}

static void drop_vector(struct vfio_pci *vpci, unsigned int i)
{
	struct vfio_pci_vector *vector = &vpci->irqs.vectors[i];
	struct vfio_pci_forced was;

	if (!vector->trigger)
		return;
	was = vfio_pci_memory_force(vpci);
	free_irq(pci_irq_vector(vpci->pdev, i), vector->trigger);
	vfio_pci_memory_unforce(vpci, was);
	eventfd_ctx_put(vector->trigger);
	kfree(vector->name);
	*vector = (struct vfio_pci_vector){};
}

/* What a reset of the user's own has cleared is written again. */
static int request_vector(struct vfio_pci *vpci, unsigned int i,
			  const char *name, struct eventfd_ctx *trigger)
{
	int rc, irq = pci_irq_vector(vpci->pdev, i);
	struct msi_msg message;
	struct vfio_pci_forced was;

	was = vfio_pci_memory_force(vpci);
	if (vpci->irqs.mode == VFIO_PCI_MSIX_IRQ_INDEX) {
		get_cached_msi_msg(irq, &message);
		pci_write_msi_msg(irq, &message);
	}
	rc = request_irq(irq, interrupt, 0, name, trigger);
	vfio_pci_memory_unforce(vpci, was);
	return rc;
}

/* Takes the reference to @trigger over if it succeeds. */
static int set_vector(struct vfio_pci *vpci, unsigned int i,
		      struct eventfd_ctx *trigger)
{
	bool msix = vpci->irqs.mode == VFIO_PCI_MSIX_IRQ_INDEX;
	char *name;
	int rc;

	drop_vector(vpci, i);
	if (!trigger)
		return 0;
	name = kasprintf(GFP_KERNEL_ACCOUNT, "vfio-msi%s[%u](%s)",
			 msix ? "x" : "", i, pci_name(vpci->pdev));
	if (!name)
		return -ENOMEM;
	rc = request_vector(vpci, i, name, trigger);
	if (rc) {
		kfree(name);
		return rc;
	}
	vpci->irqs.vectors[i].trigger = trigger;
	vpci->irqs.vectors[i].name = name;
	return 0;
}

static int set_vectors(struct vfio_pci *vpci, const struct irq_order *order)
{
	struct eventfd_ctx *trigger;
	unsigned int i;
	int rc;

	for (i = 0; i < order->count; i++) {
		rc = irq_order_eventfd(order, i, &trigger);
		if (rc)
			goto drop;
		rc = set_vector(vpci, order->start + i, trigger);
		if (rc && trigger)
			eventfd_ctx_put(trigger);
		if (rc)
			goto drop;
	}
	return 0;

drop:
	while (i--)
		drop_vector(vpci, order->start + i);
	return rc;
}

static int enable(struct vfio_pci *vpci, unsigned int index, unsigned int count)
{
	struct vfio_pci_irqs *irqs = &vpci->irqs;
	unsigned int type = PCI_IRQ_MSI;
	struct vfio_pci_forced was;
	int got;

	if (index == VFIO_PCI_MSIX_IRQ_INDEX)
		type = PCI_IRQ_MSIX;
	irqs->vectors =
		kvcalloc(count, sizeof(*irqs->vectors), GFP_KERNEL_ACCOUNT);
	if (!irqs->vectors)
		return -ENOMEM;
	was = vfio_pci_memory_force(vpci);
	got = pci_alloc_irq_vectors(vpci->pdev, 1, count, type);
	if (got > 0 && got < count)
		pci_free_irq_vectors(vpci->pdev);
	vfio_pci_memory_unforce(vpci, was);
	if (got < 0 || got < count) {
		vfio_pci_intx_silence(vpci);
		kvfree(irqs->vectors);
		irqs->vectors = NULL;
		return got;
	}
	irqs->count = count;
	irqs->mode = index;
	return 0;
}

/**
 * vfio_pci_msi_disable() - no MSI or MSI-X any more
 * @vpci: with &vfio_pci_irqs.mode one of these
 *
 * Context: may sleep; vfio_pci_irqs::lock is held.
 */
void vfio_pci_msi_disable(struct vfio_pci *vpci)
{
	struct vfio_pci_irqs *irqs = &vpci->irqs;
	unsigned int i;
	struct vfio_pci_forced was;

	lockdep_assert_held(&irqs->lock);
	for (i = 0; i < irqs->count; i++)
		drop_vector(vpci, i);
	was = vfio_pci_memory_force(vpci);
	pci_free_irq_vectors(vpci->pdev);
	vfio_pci_memory_unforce(vpci, was);
	/* Which the kernel has just allowed. */
	vfio_pci_intx_silence(vpci);
	kvfree(irqs->vectors);
	irqs->vectors = NULL;
	irqs->count = 0;
	irqs->mode = VFIO_PCI_NUM_IRQS;
}

static int set_eventfds(struct vfio_pci *vpci, unsigned int index,
			const struct irq_order *order)
{
	int rc;

	if (vpci->irqs.mode == index) {
		if (order->start + order->count > vpci->irqs.count)
			return -EINVAL;
		return set_vectors(vpci, order);
	}
	rc = enable(vpci, index, order->start + order->count);
	if (rc)
		return rc;
	rc = set_vectors(vpci, order);
	if (rc)
		vfio_pci_msi_disable(vpci);
	return rc;
}

/**
 * vfio_pci_msi_trigger() - VFIO_IRQ_SET_ACTION_TRIGGER of MSI or MSI-X
 * @vpci: while open
 * @index: VFIO_PCI_MSI_IRQ_INDEX or VFIO_PCI_MSIX_IRQ_INDEX
 * @order: what is wanted
 *
 * Context: may sleep; vfio_pci_irqs::lock is held.
 * Return: 0; the number of vectors that there are, if fewer than wanted; or
 *	an errno.
 */
int vfio_pci_msi_trigger(struct vfio_pci *vpci, unsigned int index,
			 const struct irq_order *order)
{
	struct vfio_pci_irqs *irqs = &vpci->irqs;
	struct eventfd_ctx *trigger;
	unsigned int i;

	lockdep_assert_held(&irqs->lock);
	if (irqs->mode != index && irqs->mode != VFIO_PCI_NUM_IRQS)
		return -EINVAL;
	if (order->flags & VFIO_IRQ_SET_DATA_EVENTFD)
		return set_eventfds(vpci, index, order);
	if (irqs->mode != index)
		return -EINVAL;
	if (!order->count) {
		vfio_pci_msi_disable(vpci);
		return 0;
	}
	if (order->start + order->count > irqs->count)
		return -EINVAL;
	for (i = 0; i < order->count; i++) {
		trigger = irqs->vectors[order->start + i].trigger;
		if (trigger && irq_order_wants(order, i))
			eventfd_signal(trigger);
	}
	return 0;
}
