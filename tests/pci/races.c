// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * All that takes a device's memory away, and all that uses it, at once, on
 * QEMU's nvme: a mapping, reads, resets of both kinds, decoding, sleep, and
 * interrupts that come and go with their eventfds.
 *
 * The first argument is how many seconds that lasts.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>

#include "pci.h"

#define RACE_SECONDS 10
#define NVME_CAPABILITIES 0x00
#define INTX VFIO_PCI_INTX_IRQ_INDEX
#define MSIX VFIO_PCI_MSIX_IRQ_INDEX

static struct pci nvme;
static uint32_t is;
static volatile uint32_t *mapped;
static atomic_bool over;
static _Atomic uint64_t rounds[6];
static atomic_uint wrong;
static _Thread_local sigjmp_buf back;

static void on_bus_error(int number)
{
	siglongjmp(back, number);
}

/* Whoever reads gets what is there, or an error, and no rubbish. */
static void round_map(void)
{
	if (!sigsetjmp(back, 1))
		wrong += mapped[NVME_CAPABILITIES] != is;
}

static void round_read(void)
{
	uint32_t value;

	if (pread(nvme.fd, &value, 4, NVME_CAPABILITIES) == 4)
		wrong += value != is;
}

static void round_reset(void)
{
	request(nvme.fd, VFIO_DEVICE_RESET, NULL);
	usleep(20000);
}

static void round_command(void)
{
	pci_set(&nvme, CONFIG + PCI_COMMAND, 2, 0);
	pci_set(&nvme, CONFIG + PCI_COMMAND, 2,
		PCI_COMMAND_MEMORY | PCI_COMMAND_INTX_DISABLE);
	pci_set(&nvme, CONFIG + PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
}

static unsigned int power;

static void round_power(void)
{
	pci_set(&nvme, CONFIG + power + PCI_PM_CTRL, 2, 3);
	pci_set(&nvme, CONFIG + power + PCI_PM_CTRL, 2, 0);
	usleep(5000);
}

static void round_irqs(void)
{
	int events[2] = { eventfd(0, EFD_NONBLOCK), eventfd(0, EFD_NONBLOCK) };

	irqs(&nvme, MSIX, VFIO_IRQ_SET_DATA_EVENTFD | IRQ_TRIGGER, 0, 2, events,
	     sizeof(int));
	irqs_none(&nvme, MSIX, IRQ_TRIGGER, 0, 2);
	close(events[0]);
	irqs_none(&nvme, MSIX, IRQ_TRIGGER, 0, 2);
	irqs_none(&nvme, MSIX, IRQ_TRIGGER, 0, 0);
	irqs_eventfd(&nvme, INTX, IRQ_TRIGGER, 0, events[1]);
	irqs_eventfd(&nvme, INTX, IRQ_UNMASK, 0, events[1]);
	irqs_none(&nvme, INTX, IRQ_TRIGGER, 0, 1);
	irqs_none(&nvme, INTX, IRQ_MASK, 0, 1);
	irqs_none(&nvme, INTX, IRQ_UNMASK, 0, 1);
	close(events[1]);
	irqs_none(&nvme, INTX, IRQ_TRIGGER, 0, 0);
}

static void (*const racers[])(void) = { round_map,     round_read,  round_reset,
					round_command, round_power, round_irqs };
static const char *const names[] = { "map",	"read",	 "reset",
				     "command", "power", "irqs" };
#define RACERS (sizeof(racers) / sizeof(*racers))

static void *race(void *argument)
{
	uintptr_t i = (uintptr_t)argument;

	while (!over) {
		racers[i]();
		rounds[i]++;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	int seconds = argc > 1 ? atoi(argv[1]) : RACE_SECONDS;
	pthread_t threads[RACERS];

	nvme = pci_start(NVME, 0);
	pci_command(&nvme, PCI_COMMAND_MEMORY, 0);
	is = pci_get(&nvme, NVME_CAPABILITIES, 4);
	mapped = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, nvme.fd, 0);
	power = pci_capability(&nvme, PCI_CAP_ID_PM);
	if (!tap_check(power && is != UINT32_MAX, "a device to race with"))
		return tap_done();
	signal(SIGBUS, on_bus_error);
	for (uintptr_t i = 0; i < RACERS; i++)
		pthread_create(&threads[i], NULL, race, (void *)i);
	sleep(seconds);
	over = true;
	for (uintptr_t i = 0; i < RACERS; i++)
		pthread_join(threads[i], NULL);
	for (uintptr_t i = 0; i < RACERS; i++)
		tap_check(rounds[i], "%s: %llu rounds", names[i],
			  (unsigned long long)rounds[i]);
	tap_check(!wrong, "%u reads of what is not there", wrong);
	pci_set(&nvme, CONFIG + power + PCI_PM_CTRL, 2, 0);
	pci_set(&nvme, CONFIG + PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	tap_check(pci_get(&nvme, NVME_CAPABILITIES, 4) == is,
		  "the device answers in the end");
	tap_check(mapped[NVME_CAPABILITIES] == is, "and where it is mapped");
	munmap((void *)mapped, PAGE);
	pci_stop(&nvme);
	return tap_done();
}
