// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Eventfds are closed, exchanged and written while the device interrupts as
 * fast as it can: QEMU's edu, by MSI and by INTx, which an eventfd unmasks. The
 * first argument is how many seconds each of them lasts.
 */
#include <stdatomic.h>
#include <time.h>

#include "edu.h"

#define SECONDS 4
#define INTX VFIO_PCI_INTX_IRQ_INDEX
#define MSI VFIO_PCI_MSI_IRQ_INDEX
#define SOON 2000

static struct pci edu;
static atomic_bool over;
static _Atomic uint64_t raised, heard, exchanged;

static void *raise_interrupts(void *unused)
{
	while (!over) {
		pci_set(&edu, EDU_RAISE, 4, 1);
		pci_set(&edu, EDU_ACKNOWLEDGE, 4, 1);
		raised++;
	}
	return unused;
}

/* Closed by whoever has it while the device's reference is the last one. */
static void exchange_msi(void)
{
	int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	uint64_t count;

	irqs_eventfd(&edu, MSI, IRQ_TRIGGER, 0, event);
	usleep(1000);
	if (read(event, &count, sizeof(count)) == sizeof(count))
		heard += count;
	close(event);
	if (exchanged % 16 == 0)
		irqs_none(&edu, MSI, IRQ_TRIGGER, 0, 0);
	else if (exchanged % 16 == 8)
		irqs_eventfd(&edu, MSI, IRQ_TRIGGER, 0, -1);
}

static void exchange_intx(void)
{
	int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int unmask = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	uint64_t count, one = 1;

	irqs_eventfd(&edu, INTX, IRQ_TRIGGER, 0, event);
	irqs_eventfd(&edu, INTX, IRQ_UNMASK, 0, unmask);
	for (int i = 0; i < 4; i++) {
		if (read(event, &count, sizeof(count)) == sizeof(count))
			heard += count;
		if (write(unmask, &one, sizeof(one)) < 0)
			tap_bail_out("an eventfd cannot be written");
	}
	/* One eventfd for both: it unmasks whenever it is signalled. */
	if (exchanged % 16 == 12)
		irqs_eventfd(&edu, INTX, IRQ_UNMASK, 0, event);
	close(event);
	close(unmask);
	if (exchanged % 16 == 0)
		irqs_none(&edu, INTX, IRQ_TRIGGER, 0, 0);
	else if (exchanged % 16 == 8)
		irqs_eventfd(&edu, INTX, IRQ_UNMASK, 0, -1);
}

static void run(const char *name, uint32_t index, void (*exchange)(void),
		int seconds)
{
	int event = eventfd(0, EFD_CLOEXEC);
	time_t end = time(NULL) + seconds;
	pthread_t raiser;

	over = false;
	raised = heard = exchanged = 0;
	pthread_create(&raiser, NULL, raise_interrupts, NULL);
	for (; time(NULL) < end; exchanged++)
		exchange();
	over = true;
	pthread_join(raiser, NULL);
	tap_check(exchanged && heard,
		  "%s: %llu of %llu heard, %llu eventfds closed", name,
		  (unsigned long long)heard, (unsigned long long)raised,
		  (unsigned long long)exchanged);
	irqs_none(&edu, index, IRQ_TRIGGER, 0, 0);
	tap_errno(irqs_eventfd(&edu, index, IRQ_TRIGGER, 0, event), 0,
		  "an eventfd in the end");
	pci_set(&edu, EDU_RAISE, 4, 1);
	tap_check(signals(event, SOON) == 1, "is signalled");
	pci_set(&edu, EDU_ACKNOWLEDGE, 4, 1);
	tap_errno(irqs_none(&edu, index, IRQ_TRIGGER, 0, 0), 0, "off");
	close(event);
}

int main(int argc, char **argv)
{
	int seconds = argc > 1 ? atoi(argv[1]) : SECONDS;

	edu = pci_start(EDU, 0);
	pci_command(&edu, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 0);
	run("MSI", MSI, exchange_msi, seconds);
	run("INTx", INTX, exchange_intx, seconds);
	pci_stop(&edu);
	return tap_done();
}
