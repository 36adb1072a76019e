// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The memory that is mapped, and that which the kernel takes to know of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench.h"

static void *allocate(size_t length, int flags)
{
	void *at = mmap(NULL, length, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	if (at == MAP_FAILED)
		die("no memory: %zu bytes", length);
	return at;
}

static void shuffle(size_t *numbers, size_t count)
{
	size_t i, other, number;

	srandom(1);
	for (i = 0; i < count; i++)
		numbers[i] = i;
	for (i = count - 1; i > 0; i--) {
		other = (size_t)random() % (i + 1);
		number = numbers[i];
		numbers[i] = numbers[other];
		numbers[other] = number;
	}
}

/*
 * The kernel gives pages that are touched one after the other frames that often
 * are neighbours; touched in a random order, they never make a run.
 */
void *scattered_memory(size_t length)
{
	size_t i, pages = length / PAGE;
	size_t *order = calloc(pages, sizeof(*order));
	char *at = allocate(length, 0);

	if (!order || madvise(at, length, MADV_NOHUGEPAGE))
		die("no small pages");
	shuffle(order, pages);
	for (i = 0; i < pages; i++)
		at[order[i] * PAGE] = 1;
	free(order);
	return at;
}

/* The caller has seen to it that the kernel has that many set aside. */
void *huge_memory(size_t length)
{
	void *at = allocate(length, MAP_HUGETLB);

	memset(at, 1, length);
	return at;
}

/* The lines are: name, objects used and there, size, objects and pages a slab,
 * ": tunables" and three numbers, ": slabdata", slabs used and there, shared.
 */
uint64_t slab_bytes(void)
{
	unsigned long pages, slabs, bytes = 0;
	FILE *file = fopen("/proc/slabinfo", "r");
	char line[512];

	if (!file)
		die("/proc/slabinfo");
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line,
			   "%*s %*u %*u %*u %*u %lu : tunables %*u %*u %*u"
			   " : slabdata %*u %lu",
			   &pages, &slabs) == 2)
			bytes += pages * slabs * PAGE;
	}
	fclose(file);
	return bytes;
}
