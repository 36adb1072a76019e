// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unmasking the interrupt line: by a request, or by an eventfd, which a
 * virtual machine's interrupt controller writes to when its guest is done.
 */
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/file.h>
#include <linux/pci.h>
#include <linux/poll.h>

#include "pci.h"

/* In whatever context the eventfd is written: with its queue's lock held. */
static int written(wait_queue_entry_t *wait, unsigned int mode, int sync,
		   void *key)
{
	struct vfio_pci_intx *intx =
		container_of(wait, struct vfio_pci_intx, unmask_wait);
	u64 count;

	/* When its last file is closed it just is not written any more. */
	if (key_to_poll(key) & EPOLLIN) {
		eventfd_ctx_do_read(intx->unmask_event, &count);
		schedule_work(&intx->unmask_work);
	}
	return 0;
}

static void unmask_work(struct work_struct *work)
{
	struct vfio_pci *vpci =
		container_of(work, struct vfio_pci, irqs.intx.unmask_work);

	vfio_pci_intx_unmask_now(vpci);
}

/**
 * struct unmask_poll - how the eventfd's wait queue is come by
 * @table: what poll() is called with
 * @intx: who will wait
 */
struct unmask_poll {
	poll_table table;
	struct vfio_pci_intx *intx;
};

static void queue(struct file *file, wait_queue_head_t *head, poll_table *table)
{
	struct unmask_poll *poll =
		container_of(table, struct unmask_poll, table);

	add_wait_queue(head, &poll->intx->unmask_wait);
}

static int start(struct vfio_pci *vpci, int fd)
{
	struct vfio_pci_intx *intx = &vpci->irqs.intx;
	struct unmask_poll poll = { .intx = intx };
	struct eventfd_ctx *event;
	struct file *file;

	file = eventfd_fget(fd);
	if (IS_ERR(file))
		return PTR_ERR(file);
	event = eventfd_ctx_fileget(file);
	if (IS_ERR(event)) {
		fput(file);
		return PTR_ERR(event);
	}
	vfio_pci_intx_unmask_stop(vpci);
	intx->unmask_event = event;
	init_waitqueue_func_entry(&intx->unmask_wait, written);
	init_poll_funcptr(&poll.table, queue);
	/* It may have been written before anyone could wait. */
	if (vfs_poll(file, &poll.table) & EPOLLIN)
		schedule_work(&intx->unmask_work);
	fput(file);
	return 0;
}

/**
 * vfio_pci_intx_unmask_stop() - listen to no eventfd
 * @vpci: while open
 *
 * Context: may sleep; vfio_pci_irqs::lock is held.
 */
void vfio_pci_intx_unmask_stop(struct vfio_pci *vpci)
{
	struct vfio_pci_intx *intx = &vpci->irqs.intx;
	u64 count;

	lockdep_assert_held(&vpci->irqs.lock);
	if (!intx->unmask_event)
		return;
	eventfd_ctx_remove_wait_queue(intx->unmask_event, &intx->unmask_wait,
				      &count);
	cancel_work_sync(&intx->unmask_work);
	eventfd_ctx_put(intx->unmask_event);
	intx->unmask_event = NULL;
}

/**
 * vfio_pci_intx_unmask_init() - what this needs once
 * @vpci: new
 *
 * Context: any.
 */
void vfio_pci_intx_unmask_init(struct vfio_pci *vpci)
{
	INIT_WORK(&vpci->irqs.intx.unmask_work, unmask_work);
}

/**
 * vfio_pci_intx_unmask() - VFIO_IRQ_SET_ACTION_UNMASK of INTx
 * @vpci: while open
 * @order: what is wanted
 *
 * Context: may sleep; vfio_pci_irqs::lock is held.
 * Return: 0 or an errno.
 */
int vfio_pci_intx_unmask(struct vfio_pci *vpci, const struct irq_order *order)
{
	const s32 *fd = order->data;

	lockdep_assert_held(&vpci->irqs.lock);
	if (vpci->irqs.mode != VFIO_PCI_INTX_IRQ_INDEX || !order->count)
		return -EINVAL;
	if (!(order->flags & VFIO_IRQ_SET_DATA_EVENTFD)) {
		if (irq_order_wants(order, 0))
			vfio_pci_intx_unmask_now(vpci);
		return 0;
	}
	if (*fd != -1)
		return start(vpci, *fd);
	vfio_pci_intx_unmask_stop(vpci);
	return 0;
}
