/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program of its own that has a device, in either shape, to be killed, or
 * asked to give the device back. QEMU's edu takes 100 ms for a transfer, so
 * that one is on its way whenever that happens.
 */
#ifndef TESTS_PCI_USER_H
#define TESTS_PCI_USER_H

#include <signal.h>
#include <sys/wait.h>

#include "edu.h"
#include "groups.h"

#define DMA_MS 100
#define DMA_LENGTH 512
#define DMA_PATTERN 0xa5
/* What it shares with us, and maps for the device. */
#define USER_PAGES 3

/**
 * struct user - the program
 * @pid: its process
 * @from: what it tells, a byte each
 */
struct user {
	pid_t pid;
	int from;
};

static inline uint8_t *user_memory(void)
{
	uint8_t *at = mmap(NULL, USER_PAGES * PAGE, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		tap_bail_out("no memory");
	return at;
}

/* With @at mapped; what else that takes stays open until the process ends. */
static inline struct pci user_open(const char *bdf, bool as_node, uint8_t *at)
{
	struct pci pci = {};
	struct group group;

	if (as_node) {
		snprintf(pci.bdf, sizeof(pci.bdf), "%.15s", bdf);
		pci.iommufd = iommu_open();
		pci.fd = pci_open_node(bdf);
		if (ioas_alloc(pci.iommufd, &pci.ioas) ||
		    node_start(pci.fd, pci.iommufd, pci.ioas) ||
		    ioas_map_at(pci.iommufd, pci.ioas, at, USER_PAGES * PAGE,
				IOVA))
			tap_bail_out("a node cannot be used");
		return pci;
	}
	group = group_start(bdf);
	pci = group_device(&group, bdf);
	if (container_map(&group, at, USER_PAGES * PAGE, IOVA))
		tap_bail_out("nothing can be mapped");
	return pci;
}

static inline void user_tells(int to, char byte)
{
	if (write(to, &byte, 1) != 1)
		_exit(1);
}

static inline bool user_told(struct user *user, char byte)
{
	char told;

	return read(user->from, &told, 1) == 1 && told == byte;
}

/* @use is given the device, its memory and where to tell of it. */
static inline struct user user_start(const char *bdf, bool as_node, uint8_t *at,
				     void (*use)(struct pci *, uint8_t *, int))
{
	struct user user;
	int from[2];

	if (pipe(from))
		tap_bail_out("no pipe");
	user.pid = fork();
	if (!user.pid) {
		struct pci pci = user_open(bdf, as_node, at);

		close(from[0]);
		use(&pci, at, from[1]);
		_exit(1);
	}
	close(from[1]);
	user.from = from[0];
	return user;
}

static inline void user_kill(struct user *user)
{
	kill(user->pid, SIGKILL);
	waitpid(user->pid, NULL, 0);
	close(user->from);
}

/* Fills an edu with what user_dma() has it write. */
static inline void user_dma_prepare(struct pci *edu, uint8_t *at)
{
	pci_command(edu, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 0);
	memset(at + PAGE, DMA_PATTERN, DMA_LENGTH);
	edu_copy(edu, IOVA + PAGE, EDU_BUFFER, 0);
}

/* Has it write to the first page, and tells as soon as that is on its way. */
static inline void user_dma(struct pci *edu, int to)
{
	pci_set(edu, EDU_DMA_FROM, 4, EDU_BUFFER);
	pci_set(edu, EDU_DMA_TO, 4, IOVA);
	pci_set(edu, EDU_DMA_COMMAND, 4, EDU_DMA_START | EDU_DMA_TO_MEMORY);
	user_tells(to, 'D');
	while (pci_get(edu, EDU_DMA_COMMAND, 4) & EDU_DMA_START)
		usleep(1000);
}

static inline bool user_dma_arrived(const uint8_t *at)
{
	return at[0] == DMA_PATTERN && at[DMA_LENGTH - 1] == DMA_PATTERN;
}

/* Whether memory stays as it is made now, for longer than a transfer takes. */
static inline bool user_dma_over(uint8_t *at)
{
	memset(at, 0, 2 * PAGE);
	usleep(3 * DMA_MS * 1000);
	for (size_t i = 0; i < 2 * PAGE; i++) {
		if (at[i])
			return false;
	}
	return true;
}

#endif
