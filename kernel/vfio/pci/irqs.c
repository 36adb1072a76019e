// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests about interrupts: what there is, and from a request, checked, to
 * the functions of each kind.
 */
#include <linux/eventfd.h>
#include <linux/irq.h>
#include <linux/pci.h>
#include <linux/uaccess.h>

#include "pci.h"

#define ACTIONS VFIO_IRQ_SET_ACTION_TYPE_MASK
#define KINDS VFIO_IRQ_SET_DATA_TYPE_MASK

static unsigned int msi_count(struct pci_dev *pdev)
{
	u16 flags = 0;

	if (!pdev->msi_cap)
		return 0;
	pci_read_config_word(pdev, pdev->msi_cap + PCI_MSI_FLAGS, &flags);
	return 1 << ((flags & PCI_MSI_FLAGS_QMASK) >> 1);
}

static bool has_intx(struct pci_dev *pdev)
{
	u8 pin = 0;

	pci_read_config_byte(pdev, PCI_INTERRUPT_PIN, &pin);
	return pin && pdev->irq && pdev->irq != IRQ_NOTCONNECTED &&
	       !pdev->is_virtfn;
}

/**
 * vfio_pci_irqs_open() - find out what interrupts there are
 * @vpci: being opened
 *
 * Not later: a device that is being reset, or was unplugged, has all ones in
 * its registers.
 *
 * Context: may sleep; reads the device's configuration space.
 */
void vfio_pci_irqs_open(struct vfio_pci *vpci)
{
	unsigned int *counts = vpci->irqs.counts;
	struct pci_dev *pdev = vpci->pdev;

	counts[VFIO_PCI_INTX_IRQ_INDEX] = has_intx(pdev);
	counts[VFIO_PCI_MSI_IRQ_INDEX] = msi_count(pdev);
	counts[VFIO_PCI_MSIX_IRQ_INDEX] = max(pci_msix_vec_count(pdev), 0);
	counts[VFIO_PCI_ERR_IRQ_INDEX] = pci_is_pcie(pdev);
	counts[VFIO_PCI_REQ_IRQ_INDEX] = 1;
	vfio_pci_intx_open(vpci);
}

/**
 * vfio_pci_irq_count() - how many interrupts of a kind there are
 * @vpci: after vfio_pci_irqs_open()
 * @index: which kind, VFIO_PCI_*_IRQ_INDEX
 *
 * Context: any.
 * Return: the number, 0 if it has none, or if there is no such kind.
 */
unsigned int vfio_pci_irq_count(struct vfio_pci *vpci, unsigned int index)
{
	return index < VFIO_PCI_NUM_IRQS ? vpci->irqs.counts[index] : 0;
}

/**
 * vfio_pci_irq_info() - VFIO_DEVICE_GET_IRQ_INFO
 * @vpci: while open
 * @argument: the user's struct vfio_irq_info
 *
 * Context: may fault and sleep.
 * Return: 0, -EINVAL or -EFAULT.
 */
long vfio_pci_irq_info(struct vfio_pci *vpci, void __user *argument)
{
	size_t size = offsetofend(struct vfio_irq_info, count);
	struct vfio_irq_info info;

	if (copy_from_user(&info, argument, size))
		return -EFAULT;
	if (info.argsz < size || info.index >= VFIO_PCI_NUM_IRQS)
		return -EINVAL;
	if (info.index == VFIO_PCI_ERR_IRQ_INDEX && !pci_is_pcie(vpci->pdev))
		return -EINVAL;
	info.count = vfio_pci_irq_count(vpci, info.index);
	info.flags = VFIO_IRQ_INFO_EVENTFD;
	if (info.index == VFIO_PCI_INTX_IRQ_INDEX)
		info.flags |= VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_AUTOMASKED;
	else
		info.flags |= VFIO_IRQ_INFO_NORESIZE;
	return copy_to_user(argument, &info, size) ? -EFAULT : 0;
}

/**
 * irq_order_wants() - whether an order without eventfds is about an interrupt
 * @order: with VFIO_IRQ_SET_DATA_NONE or _BOOL
 * @i: counted from &irq_order.start
 *
 * Return: whether it is.
 */
bool irq_order_wants(const struct irq_order *order, unsigned int i)
{
	const u8 *wanted = order->data;

	return order->flags & VFIO_IRQ_SET_DATA_NONE || wanted[i];
}

/**
 * irq_order_eventfd() - the eventfd that an order has for an interrupt
 * @order: with VFIO_IRQ_SET_DATA_EVENTFD
 * @i: counted from &irq_order.start
 * @trigger: set to the eventfd, with a reference; to NULL for none
 *
 * Context: may sleep.
 * Return: 0, or an errno of a descriptor that is not one's.
 */
int irq_order_eventfd(const struct irq_order *order, unsigned int i,
		      struct eventfd_ctx **trigger)
{
	const s32 *fds = order->data;
	struct eventfd_ctx *found;

	*trigger = NULL;
	if (fds[i] == -1)
		return 0;
	found = eventfd_ctx_fdget(fds[i]);
	if (IS_ERR(found))
		return PTR_ERR(found);
	*trigger = found;
	return 0;
}

static int carry_out(struct vfio_pci *vpci, unsigned int index,
		     const struct irq_order *order)
{
	unsigned int action = order->flags & ACTIONS;

	if (index == VFIO_PCI_INTX_IRQ_INDEX) {
		if (action == VFIO_IRQ_SET_ACTION_MASK)
			return vfio_pci_intx_mask(vpci, order);
		if (action == VFIO_IRQ_SET_ACTION_UNMASK)
			return vfio_pci_intx_unmask(vpci, order);
		return vfio_pci_intx_trigger(vpci, order);
	}
	if (action != VFIO_IRQ_SET_ACTION_TRIGGER)
		return -ENOTTY;
	switch (index) {
	case VFIO_PCI_ERR_IRQ_INDEX:
		return vfio_pci_event_trigger(&vpci->irqs.error, order);
	case VFIO_PCI_REQ_IRQ_INDEX:
		return vfio_pci_event_trigger(&vpci->irqs.request, order);
	default:
		return vfio_pci_msi_trigger(vpci, index, order);
	}
}

/* How long the data is, or an errno. */
static ssize_t check(struct vfio_pci *vpci, const struct vfio_irq_set *set,
		     size_t header)
{
	unsigned int count = vfio_pci_irq_count(vpci, set->index);
	size_t each;

	if (set->argsz < header || set->flags & ~(ACTIONS | KINDS) ||
	    !is_power_of_2(set->flags & ACTIONS))
		return -EINVAL;
	if (set->start >= count || set->count > count - set->start)
		return -EINVAL;
	switch (set->flags & KINDS) {
	case VFIO_IRQ_SET_DATA_NONE:
		return 0;
	case VFIO_IRQ_SET_DATA_BOOL:
		each = sizeof(u8);
		break;
	case VFIO_IRQ_SET_DATA_EVENTFD:
		each = sizeof(s32);
		break;
	default:
		return -EINVAL;
	}
	/* Nothing needs no data to say so. */
	if (!set->count || (set->argsz - header) / each < set->count)
		return -EINVAL;
	return each * set->count;
}

/**
 * vfio_pci_set_irqs() - VFIO_DEVICE_SET_IRQS
 * @vpci: while open
 * @argument: the user's struct vfio_irq_set
 *
 * Context: may fault and sleep, takes vfio_pci_irqs::lock.
 * Return: 0; how many interrupts there are if those asked for are too many;
 *	or an errno.
 */
long vfio_pci_set_irqs(struct vfio_pci *vpci, void __user *argument)
{
	size_t header = offsetofend(struct vfio_irq_set, count);
	struct irq_order order = {};
	struct vfio_irq_set set;
	void *data = NULL;
	ssize_t size;
	long rc;

	if (copy_from_user(&set, argument, header))
		return -EFAULT;
	size = check(vpci, &set, header);
	if (size < 0)
		return size;
	if (size) {
		data = memdup_user(argument + header, size);
		if (IS_ERR(data))
			return PTR_ERR(data);
	}
	order.flags = set.flags;
	order.start = set.start;
	order.count = set.count;
	order.data = data;
	mutex_lock(&vpci->irqs.lock);
	rc = carry_out(vpci, set.index, &order);
	mutex_unlock(&vpci->irqs.lock);
	kfree(data);
	return rc;
}

/**
 * vfio_pci_irqs_init() - what interrupts need once
 * @vpci: new
 *
 * Context: any.
 */
void vfio_pci_irqs_init(struct vfio_pci *vpci)
{
	mutex_init(&vpci->irqs.lock);
	spin_lock_init(&vpci->irqs.intx.lock);
	vpci->irqs.mode = VFIO_PCI_NUM_IRQS;
	vfio_pci_intx_unmask_init(vpci);
}

/**
 * vfio_pci_irqs_close() - the user has gone: no interrupt is left
 * @vpci: no request is on its way
 *
 * Context: may sleep, takes vfio_pci_irqs::lock.
 */
void vfio_pci_irqs_close(struct vfio_pci *vpci)
{
	mutex_lock(&vpci->irqs.lock);
	if (vpci->irqs.mode == VFIO_PCI_INTX_IRQ_INDEX)
		vfio_pci_intx_disable(vpci);
	else if (vpci->irqs.mode != VFIO_PCI_NUM_IRQS)
		vfio_pci_msi_disable(vpci);
	vfio_pci_events_close(vpci);
	mutex_unlock(&vpci->irqs.lock);
}
