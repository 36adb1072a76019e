// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A device is unplugged, or unbound, while a program has it and its DMA runs:
 * the program is asked for it and keeps it, DMA and all, until it closes it or
 * is killed. On an edu behind a port of its own, of which QEMU's monitor can
 * dispose; in both shapes.
 */
#include "qmp.h"
#include "user.h"

#define PLUGGED 4
#define REQUEST VFIO_PCI_REQ_IRQ_INDEX

#define DEL                               \
	"{ \"execute\": \"device_del\", " \
	"\"arguments\": { \"id\": \"plugged\" } }\n"
#define ADD                                              \
	"{ \"execute\": \"device_add\", \"arguments\": " \
	"{ \"driver\": \"edu\", \"id\": \"plugged\", \"bus\": \"port6\" } }\n"

static int qmp;
static char bdf[16];

/* Gives the device back when it is asked, but not at once. */
static void close_when_asked(struct pci *edu, uint8_t *at, int to)
{
	int event = eventfd(0, EFD_CLOEXEC);

	irqs_eventfd(edu, REQUEST, IRQ_TRIGGER, 0, event);
	user_dma_prepare(edu, at);
	do {
		user_dma(edu, to);
	} while (!signals(event, 0));
	user_tells(to, 'A');
	memset(at, 0, PAGE);
	user_dma(edu, to);
	user_tells(to, user_dma_arrived(at) ? 'O' : 'X');
	usleep(500000);
	close(edu->fd);
	user_tells(to, 'C');
	pause();
}

static void never_close(struct pci *edu, uint8_t *at, int to)
{
	user_dma_prepare(edu, at);
	for (;;)
		user_dma(edu, to);
}

/* Asks for the device from outside; it leaves when it can. */
static void take_unplug(void)
{
	qmp_request(qmp, DEL);
}

static pid_t unbinding;

static void take_unbind(void)
{
	unbinding = fork();
	if (unbinding)
		return;
	close_range(3, ~0u, 0);
	pci_unbind(bdf);
	_exit(0);
}

static bool is_there_unplug(void)
{
	char found[16];

	return pci_find(EDU, PLUGGED, found);
}

/* The driver still has it while it is waited for, whatever sysfs says. */
static bool is_there_unbind(void)
{
	if (unbinding && waitpid(unbinding, NULL, WNOHANG) == unbinding)
		unbinding = 0;
	return unbinding;
}

static void back_unplug(void)
{
	tap_check(qmp_says(qmp, "DEVICE_DELETED", 60), "and the slot is empty");
	qmp_request(qmp, ADD);
	for (int i = 0; i < 300 && !pci_find(EDU, PLUGGED, bdf); i++)
		usleep(100000);
	pci_find(EDU, PLUGGED, bdf);
	pci_bind(bdf);
}

static void back_unbind(void)
{
	tap_check(!may_do_dma(bdf), "and it may do no DMA");
	pci_bind(bdf);
}

/**
 * struct way - how a device is taken
 * @name: of it
 * @take: begins it
 * @is_there: whether the device is still held
 * @back: when it has gone; it is there and bound afterwards
 */
static const struct way {
	const char *name;
	void (*take)(void);
	bool (*is_there)(void);
	void (*back)(void);
} ways[] = {
	{ "unplug", take_unplug, is_there_unplug, back_unplug },
	{ "unbind", take_unbind, is_there_unbind, back_unbind },
};

static bool leaves(const struct way *way)
{
	for (int i = 0; i < 600 && way->is_there(); i++)
		usleep(100000);
	return !way->is_there();
}

/* Until the program tells of something else than DMA. */
static char told_beside_dma(struct user *user)
{
	char told = 'D';

	while (told == 'D' && read(user->from, &told, 1) == 1)
		continue;
	return told;
}

static void test_asked(const struct way *way, bool as_node, uint8_t *at)
{
	struct user user = user_start(bdf, as_node, at, close_when_asked);

	tap_check(user_told(&user, 'D') && user_told(&user, 'D') &&
			  user_dma_arrived(at),
		  "%s: DMA to a program, by its %s", way->name,
		  as_node ? "node" : "group");
	way->take();
	tap_check(told_beside_dma(&user) == 'A', "it is asked for the device");
	tap_check(told_beside_dma(&user) == 'O', "whose DMA goes on");
	tap_check(way->is_there(), "it is waited for");
	tap_check(told_beside_dma(&user) == 'C', "it closes the device");
	tap_check(leaves(way), "which leaves");
	tap_check(user_dma_over(at), "with all its DMA");
	way->back();
	user_kill(&user);
}

static void test_killed(const struct way *way, bool as_node, uint8_t *at)
{
	struct user user = user_start(bdf, as_node, at, never_close);

	tap_check(user_told(&user, 'D') && user_told(&user, 'D') &&
			  user_dma_arrived(at),
		  "%s: DMA to a deaf program, by its %s", way->name,
		  as_node ? "node" : "group");
	way->take();
	sleep(2);
	memset(at, 0, PAGE);
	usleep(5 * DMA_MS * 1000);
	tap_check(way->is_there() && user_dma_arrived(at),
		  "which is waited for, and served");
	user_kill(&user);
	tap_check(user_dma_over(at), "it is killed, and no more DMA arrives");
	tap_check(leaves(way), "and the device leaves");
	way->back();
}

int main(void)
{
	uint8_t *at = user_memory();

	qmp = qmp_open();
	if (!pci_find(EDU, PLUGGED, bdf))
		tap_bail_out("the VM lacks a device");
	pci_bind(bdf);
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		for (int as_node = 0; as_node < 2; as_node++) {
			test_asked(&ways[i], as_node, at);
			test_killed(&ways[i], as_node, at);
		}
	}
	pci_unbind(bdf);
	return tap_done();
}
