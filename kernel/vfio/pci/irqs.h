/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupts of a PCI device, each of which signals an eventfd: INTx, or MSI,
 * or MSI-X; and two that the driver raises itself, for errors and to ask for
 * the device.
 */
#ifndef VFIO_PCI_IRQS_H
#define VFIO_PCI_IRQS_H

#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <uapi/linux/vfio.h>

struct eventfd_ctx;
struct vfio_pci;

/**
 * struct vfio_pci_vector - an MSI or MSI-X
 * @trigger: what it signals, or NULL: it is not requested
 * @name: in /proc/interrupts
 */
struct vfio_pci_vector {
	struct eventfd_ctx *trigger;
	char *name;
};

/**
 * struct vfio_pci_intx - the interrupt line
 * @lock: innermost, taken in interrupts
 * @trigger: what it signals, or NULL
 * @enabled: it is requested
 * @masked: by the user, or because it was signalled
 * @forbidden: in the command register, by the user
 * @quiet: the hardware has been told to be; what @masked and @forbidden want
 * @by_device: the device itself can be told; otherwise it is the line
 * @name: in /proc/interrupts
 * @unmask_event: an eventfd that unmasks it, or NULL
 * @unmask_wait: in its queue
 * @unmask_work: unmasks
 */
struct vfio_pci_intx {
	/* Protects all but what belongs to @unmask_event. */
	spinlock_t lock;
	struct eventfd_ctx *trigger;
	bool enabled;
	bool masked;
	bool forbidden;
	bool quiet;
	bool by_device;
	char *name;
	struct eventfd_ctx *unmask_event;
	wait_queue_entry_t unmask_wait;
	struct work_struct unmask_work;
};

/**
 * struct vfio_pci_irqs - the interrupts of a device
 * @counts: how many there are of each kind; known once it was opened
 * @lock: held while they are set up; in vfio_pci.h's order
 * @mode: VFIO_PCI_INTX_IRQ_INDEX, VFIO_PCI_MSI_IRQ_INDEX or
 *	VFIO_PCI_MSIX_IRQ_INDEX, or VFIO_PCI_NUM_IRQS: none is in use
 * @vectors: of MSI or MSI-X
 * @count: how many
 * @intx: the interrupt line
 * @error: signalled when the bus reports an error of the device, or NULL
 * @request: signalled when the device is wanted back, or NULL
 */
struct vfio_pci_irqs {
	unsigned int counts[VFIO_PCI_NUM_IRQS];
	/* Protects all but what vfio_pci_intx::lock does. */
	struct mutex lock;
	unsigned int mode;
	struct vfio_pci_vector *vectors;
	unsigned int count;
	struct vfio_pci_intx intx;
	struct eventfd_ctx *error;
	struct eventfd_ctx *request;
};

/**
 * struct irq_order - what a user wants of some interrupts, checked
 * @flags: VFIO_IRQ_SET_*: one kind of data, one action
 * @start: the first of them
 * @count: how many
 * @data: u8 or s32 for each of them, or NULL
 */
struct irq_order {
	u32 flags;
	unsigned int start;
	unsigned int count;
	const void *data;
};

/* irqs.c */
void vfio_pci_irqs_init(struct vfio_pci *vpci);
void vfio_pci_irqs_open(struct vfio_pci *vpci);
void vfio_pci_irqs_close(struct vfio_pci *vpci);
unsigned int vfio_pci_irq_count(struct vfio_pci *vpci, unsigned int index);
long vfio_pci_irq_info(struct vfio_pci *vpci, void __user *argument);
long vfio_pci_set_irqs(struct vfio_pci *vpci, void __user *argument);
bool irq_order_wants(const struct irq_order *order, unsigned int i);
int irq_order_eventfd(const struct irq_order *order, unsigned int i,
		      struct eventfd_ctx **trigger);

/* intx.c */
void vfio_pci_intx_open(struct vfio_pci *vpci);
void vfio_pci_intx_disable(struct vfio_pci *vpci);
void vfio_pci_intx_forbid(struct vfio_pci *vpci, bool forbidden);
void vfio_pci_intx_again(struct vfio_pci *vpci);
void vfio_pci_intx_silence(struct vfio_pci *vpci);
void vfio_pci_intx_command(struct vfio_pci *vpci, u8 low);
int vfio_pci_intx_trigger(struct vfio_pci *vpci, const struct irq_order *order);
int vfio_pci_intx_mask(struct vfio_pci *vpci, const struct irq_order *order);
void vfio_pci_intx_unmask_now(struct vfio_pci *vpci);

/* intx_unmask.c */
int vfio_pci_intx_unmask(struct vfio_pci *vpci, const struct irq_order *order);
void vfio_pci_intx_unmask_init(struct vfio_pci *vpci);
void vfio_pci_intx_unmask_stop(struct vfio_pci *vpci);

/* msi.c */
void vfio_pci_msi_disable(struct vfio_pci *vpci);
int vfio_pci_msi_trigger(struct vfio_pci *vpci, unsigned int index,
			 const struct irq_order *order);

/* events.c */
int vfio_pci_event_trigger(struct eventfd_ctx **event,
			   const struct irq_order *order);
void vfio_pci_events_close(struct vfio_pci *vpci);
void vfio_pci_event_error(struct vfio_pci *vpci);
void vfio_pci_event_request(struct vfio_pci *vpci, unsigned int count);

#endif
