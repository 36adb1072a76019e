// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two interrupts that no hardware has: an error of the device, and the wish to
 * have it back.
 */
#include <linux/eventfd.h>
#include <linux/pci.h>

#include "pci.h"

static void replace(struct eventfd_ctx **event, struct eventfd_ctx *trigger)
{
	struct eventfd_ctx *old = *event;

	*event = trigger;
	if (old)
		eventfd_ctx_put(old);
}

/**
 * vfio_pci_event_trigger() - set, take away or try out an event's eventfd
 * @event: of the device's struct vfio_pci_irqs
 * @order: what is wanted
 *
 * Context: may sleep; vfio_pci_irqs::lock is held.
 * Return: 0, or an errno.
 */
int vfio_pci_event_trigger(struct eventfd_ctx **event,
			   const struct irq_order *order)
{
	struct eventfd_ctx *trigger;
	int rc;

	if (order->flags & VFIO_IRQ_SET_DATA_EVENTFD) {
		rc = irq_order_eventfd(order, 0, &trigger);
		if (!rc)
			replace(event, trigger);
		return rc;
	}
	if (!*event)
		return -EINVAL;
	if (!order->count)
		replace(event, NULL);
	else if (irq_order_wants(order, 0))
		eventfd_signal(*event);
	return 0;
}

/**
 * vfio_pci_events_close() - nobody waits for events any more
 * @vpci: being closed
 *
 * Context: may sleep; vfio_pci_irqs::lock is held.
 */
void vfio_pci_events_close(struct vfio_pci *vpci)
{
	lockdep_assert_held(&vpci->irqs.lock);
	replace(&vpci->irqs.error, NULL);
	replace(&vpci->irqs.request, NULL);
}

/**
 * vfio_pci_event_error() - tell the user of an error of the device
 * @vpci: registered
 *
 * Context: may sleep, takes vfio_pci_irqs::lock.
 */
void vfio_pci_event_error(struct vfio_pci *vpci)
{
	mutex_lock(&vpci->irqs.lock);
	if (vpci->irqs.error)
		eventfd_signal(vpci->irqs.error);
	mutex_unlock(&vpci->irqs.lock);
}

/**
 * vfio_pci_event_request() - ask the user for the device
 * @vpci: registered, and somebody waits for it
 * @count: how often this was done before
 *
 * Context: may sleep, takes vfio_pci_irqs::lock.
 */
void vfio_pci_event_request(struct vfio_pci *vpci, unsigned int count)
{
	mutex_lock(&vpci->irqs.lock);
	if (vpci->irqs.request)
		eventfd_signal(vpci->irqs.request);
	else if (!count)
		pci_notice(vpci->pdev,
			   "wanted back; but its user cannot be told\n");
	mutex_unlock(&vpci->irqs.lock);
}
