// SPDX-License-Identifier: GPL-2.0-only
/*
 * The interrupt line. It is level-triggered, often shared, and a user cannot
 * be waited for in an interrupt: so each one masks itself and is unmasked by
 * the user when the device has been served. While nobody listens it is masked
 * in the device, so that it cannot storm who shares the line.
 */
#include <linux/eventfd.h>
#include <linux/interrupt.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "pci.h"

/*
 * The whole register, although the lower byte is the user's: QEMU does not
 * notice when the upper one is written alone, and asserts the line for ever.
 */
static void device_mask(struct vfio_pci *vpci, bool masked)
{
	u16 command;

	lockdep_assert_held(&vpci->irqs.intx.lock);
	pci_read_config_word(vpci->pdev, PCI_COMMAND, &command);
	if (masked)
		command |= PCI_COMMAND_INTX_DISABLE;
	else
		command &= ~PCI_COMMAND_INTX_DISABLE;
	pci_write_config_word(vpci->pdev, PCI_COMMAND, command);
}

static void signal_user(struct vfio_pci_intx *intx)
{
	lockdep_assert_held(&intx->lock);
	if (intx->trigger)
		eventfd_signal(intx->trigger);
}

/*
 * Tells the hardware what the state is. If an interrupt was only waiting to be
 * unmasked, it is signalled and masked again at once.
 */
static void settle(struct vfio_pci *vpci)
{
	struct vfio_pci_intx *intx = &vpci->irqs.intx;
	bool quiet = intx->masked || intx->forbidden;

	lockdep_assert_held(&intx->lock);
	if (!intx->enabled || quiet == intx->quiet)
		return;
	if (quiet && intx->by_device) {
		device_mask(vpci, true);
	} else if (quiet) {
		disable_irq_nosync(vpci->pdev->irq);
	} else if (!intx->by_device) {
		/* Before it can interrupt, which needs the lock. */
		intx->quiet = false;
		enable_irq(vpci->pdev->irq);
	} else if (!pci_check_and_unmask_intx(vpci->pdev)) {
		intx->masked = true;
		signal_user(intx);
		return;
	}
	intx->quiet = quiet;
}

static irqreturn_t interrupt(int irq, void *data)
{
	struct vfio_pci *vpci = data;
	struct vfio_pci_intx *intx = &vpci->irqs.intx;
	irqreturn_t answer = IRQ_NONE;
	unsigned long flags;

	spin_lock_irqsave(&intx->lock, flags);
	/* Then it is somebody else's, on the same line. */
	if (intx->quiet || !intx->enabled)
		goto unlock;
	if (!intx->by_device)
		disable_irq_nosync(irq);
	else if (!pci_check_and_mask_intx(vpci->pdev))
		goto unlock;
	intx->quiet = true;
	intx->masked = true;
	signal_user(intx);
	answer = IRQ_HANDLED;
unlock:
	spin_unlock_irqrestore(&intx->lock, flags);
	return answer;
}

static void set_masked(struct vfio_pci *vpci, bool masked)
{
	struct vfio_pci_intx *intx = &vpci->irqs.intx;
	unsigned long flags;

	spin_lock_irqsave(&intx->lock, flags);
	intx->masked = masked;
	settle(vpci);
	spin_unlock_irqrestore(&intx->lock, flags);
}

static void set_enabled(struct vfio_pci *vpci, bool enabled)
{
	struct vfio_pci_intx *intx = &vpci->irqs.intx;
	unsigned long flags;

	spin_lock_irqsave(&intx->lock, flags);
	if (!enabled) {
		intx->masked = true;
		settle(vpci);
	}
	intx->enabled = enabled;
	if (enabled) {
		intx->masked = false;
		settle(vpci);
	}
	spin_unlock_irqrestore(&intx->lock, flags);
}

static struct eventfd_ctx *set_trigger(struct vfio_pci_intx *intx,
				       struct eventfd_ctx *trigger)
{
	unsigned long flags;

	spin_lock_irqsave(&intx->lock, flags);
	swap(intx->trigger, trigger);
	spin_unlock_irqrestore(&intx->lock, flags);
	return trigger;
}

/* Takes the reference to @trigger over if it succeeds. */
static int enable(struct vfio_pci *vpci, struct eventfd_ctx *trigger)
{
	struct vfio_pci_intx *intx = &vpci->irqs.intx;
	unsigned long flags;
	int rc;

	intx->name = kasprintf(GFP_KERNEL_ACCOUNT, "vfio-intx(%s)",
			       pci_name(vpci->pdev));
	if (!intx->name)
		return -ENOMEM;
	set_trigger(intx, trigger);
	/* A line that cannot be shared begins as quiet as a device does. */
	flags = intx->by_device ? IRQF_SHARED : IRQF_NO_AUTOEN;
	rc = request_irq(vpci->pdev->irq, interrupt, flags, intx->name, vpci);
	if (rc) {
		set_trigger(intx, NULL);
		kfree(intx->name);
		return rc;
	}
	vpci->irqs.mode = VFIO_PCI_INTX_IRQ_INDEX;
	set_enabled(vpci, true);
	return 0;
}

/**
 * vfio_pci_intx_disable() - no INTx any more
 * @vpci: with &vfio_pci_irqs.mode VFIO_PCI_INTX_IRQ_INDEX
 *
 * Context: may sleep; vfio_pci_irqs::lock is held.
 */
void vfio_pci_intx_disable(struct vfio_pci *vpci)
{
	struct vfio_pci_intx *intx = &vpci->irqs.intx;
	struct eventfd_ctx *trigger;

	lockdep_assert_held(&vpci->irqs.lock);
	vfio_pci_intx_unmask_stop(vpci);
	set_enabled(vpci, false);
	free_irq(vpci->pdev->irq, vpci);
	kfree(intx->name);
	trigger = set_trigger(intx, NULL);
	if (trigger)
		eventfd_ctx_put(trigger);
	vpci->irqs.mode = VFIO_PCI_NUM_IRQS;
}

/**
 * vfio_pci_intx_silence() - keep a device quiet whose INTx nobody uses
 * @vpci: without INTx in use
 *
 * Context: vfio_pci_irqs::lock is held, or the device is being opened or
 *	closed.
 */
void vfio_pci_intx_silence(struct vfio_pci *vpci)
{
	struct vfio_pci_intx *intx = &vpci->irqs.intx;
	unsigned long flags;

	spin_lock_irqsave(&intx->lock, flags);
	if (intx->by_device)
		device_mask(vpci, true);
	spin_unlock_irqrestore(&intx->lock, flags);
}

/**
 * vfio_pci_intx_command() - write the half of the command register that is not
 *	about interrupts
 * @vpci: while open
 * @low: its lower byte
 *
 * An interrupt may write the register meanwhile, both halves of it: neither
 * undoes what the other has just done.
 *
 * Context: any; vfio_pci::memory_lock is held for writing where @low can be
 *	another than before.
 */
void vfio_pci_intx_command(struct vfio_pci *vpci, u8 low)
{
	struct vfio_pci_intx *intx = &vpci->irqs.intx;
	unsigned long flags;

	spin_lock_irqsave(&intx->lock, flags);
	pci_write_config_byte(vpci->pdev, PCI_COMMAND, low);
	spin_unlock_irqrestore(&intx->lock, flags);
}

/**
 * vfio_pci_intx_again() - tell a device that has forgotten
 * @vpci: while open
 *
 * Context: any.
 */
void vfio_pci_intx_again(struct vfio_pci *vpci)
{
	struct vfio_pci_intx *intx = &vpci->irqs.intx;
	unsigned long flags;

	spin_lock_irqsave(&intx->lock, flags);
	if (intx->by_device)
		device_mask(vpci, intx->quiet);
	spin_unlock_irqrestore(&intx->lock, flags);
}

/**
 * vfio_pci_intx_open() - how the line is while nobody has asked for it
 * @vpci: being opened
 *
 * Context: any.
 */
void vfio_pci_intx_open(struct vfio_pci *vpci)
{
	struct vfio_pci_intx *intx = &vpci->irqs.intx;

	intx->by_device = pci_intx_mask_supported(vpci->pdev);
	intx->forbidden = false;
	intx->masked = false;
	intx->quiet = true;
	vfio_pci_intx_silence(vpci);
}

/**
 * vfio_pci_intx_forbid() - the user has written the command register
 * @vpci: while open
 * @forbidden: PCI_COMMAND_INTX_DISABLE is set
 *
 * Context: any.
 */
void vfio_pci_intx_forbid(struct vfio_pci *vpci, bool forbidden)
{
	struct vfio_pci_intx *intx = &vpci->irqs.intx;
	unsigned long flags;

	spin_lock_irqsave(&intx->lock, flags);
	intx->forbidden = forbidden;
	settle(vpci);
	spin_unlock_irqrestore(&intx->lock, flags);
}

/**
 * vfio_pci_intx_unmask_now() - the user has served the device
 * @vpci: with INTx in use
 *
 * Context: any.
 */
void vfio_pci_intx_unmask_now(struct vfio_pci *vpci)
{
	set_masked(vpci, false);
}

/**
 * vfio_pci_intx_mask() - VFIO_IRQ_SET_ACTION_MASK of INTx
 * @vpci: while open
 * @order: what is wanted
 *
 * Context: vfio_pci_irqs::lock is held.
 * Return: 0 or an errno.
 */
int vfio_pci_intx_mask(struct vfio_pci *vpci, const struct irq_order *order)
{
	lockdep_assert_held(&vpci->irqs.lock);
	if (vpci->irqs.mode != VFIO_PCI_INTX_IRQ_INDEX || !order->count)
		return -EINVAL;
	if (order->flags & VFIO_IRQ_SET_DATA_EVENTFD)
		return -ENOTTY;
	if (irq_order_wants(order, 0))
		set_masked(vpci, true);
	return 0;
}

static int replace_trigger(struct vfio_pci *vpci, const struct irq_order *order)
{
	struct eventfd_ctx *trigger, *unused;
	int rc;

	rc = irq_order_eventfd(order, 0, &trigger);
	if (rc)
		return rc;
	if (vpci->irqs.mode == VFIO_PCI_INTX_IRQ_INDEX) {
		unused = set_trigger(&vpci->irqs.intx, trigger);
	} else {
		rc = enable(vpci, trigger);
		unused = rc ? trigger : NULL;
	}
	if (unused)
		eventfd_ctx_put(unused);
	return rc;
}

/**
 * vfio_pci_intx_trigger() - VFIO_IRQ_SET_ACTION_TRIGGER of INTx
 * @vpci: while open
 * @order: what is wanted
 *
 * Context: may sleep; vfio_pci_irqs::lock is held.
 * Return: 0 or an errno.
 */
int vfio_pci_intx_trigger(struct vfio_pci *vpci, const struct irq_order *order)
{
	struct vfio_pci_intx *intx = &vpci->irqs.intx;
	bool enabled = vpci->irqs.mode == VFIO_PCI_INTX_IRQ_INDEX;

	lockdep_assert_held(&vpci->irqs.lock);
	if (!enabled && vpci->irqs.mode != VFIO_PCI_NUM_IRQS)
		return -EINVAL;
	if (order->flags & VFIO_IRQ_SET_DATA_EVENTFD)
		return replace_trigger(vpci, order);
	if (!enabled)
		return -EINVAL;
	if (!order->count) {
		vfio_pci_intx_disable(vpci);
	} else if (irq_order_wants(order, 0)) {
		spin_lock_irq(&intx->lock);
		signal_user(intx);
		spin_unlock_irq(&intx->lock);
	}
	return 0;
}
