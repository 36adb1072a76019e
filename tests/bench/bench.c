// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What mapping memory for a device costs, by any /dev/iommu or by VFIO's own
 * container: a line a case, of the case's name and what MAP and UNMAP cost, in
 * ticks of the processor's clock. Where QEMU counts instructions for it
 * (-icount shift=0) a tick is one, and the figures are the same each time.
 * Elsewhere they are cycles. The least of several rounds counts, so that
 * interrupts do not.
 *
 * usage: bench [-m FOLDER | -b TOOL] iommufd [vfio NODE | edu NODE | mock]
 *        bench [-m FOLDER] type1 GROUP
 *
 * With -m, FOLDER is made and removed before and after one more UNMAP of each
 * case, for whoever watches the file system from outside and counts flushes.
 * With -b, batches of TOOL are measured instead (batch.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <x86intrin.h>

#include "bench.h"

/* Free in every aperture, that of the mock (from 16 MiB on) included. */
#define IOVA 0x10000000ul
#define BIG (64ul << 20)
#define MANY 50000

struct cost {
	uint64_t map;
	uint64_t unmap;
};

/* A folder that is made and removed, or NULL. */
static const char *marks;
/* What is measured when nothing is done. */
static uint64_t overhead;

void die(const char *what, ...)
{
	int error = errno;
	va_list args;

	fputs("bench: ", stderr);
	va_start(args, what);
	vfprintf(stderr, what, args);
	va_end(args);
	fprintf(stderr, ": %s\n", strerror(error));
	exit(EXIT_FAILURE);
}

int open_file(const char *path)
{
	int fd = open(path, O_RDWR);

	if (fd < 0)
		die("%s", path);
	return fd;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t since(uint64_t start)
{
	return __rdtsc() - start - overhead;
}

static void measure_overhead(void)
{
	uint64_t start, ticks = UINT64_MAX;
	int i;

	for (i = 0; i < 1000; i++) {
		start = __rdtsc();
		ticks = least(ticks, since(start));
	}
	overhead = ticks;
}

static void mark(void)
{
	if (marks && (mkdir(marks, 0700) || rmdir(marks)))
		die("%s", marks);
}

static void report(const char *name, struct cost cost)
{
	printf("%s %llu %llu\n", name, (long long)cost.map,
	       (long long)cost.unmap);
	fflush(stdout);
}

/* A request that no kernel knows: what the way into it and back costs. */
static void no_request(struct backend *be)
{
	struct cost cost = { .map = UINT64_MAX };
	uint64_t start;
	int i;

	for (i = 0; i < 100; i++) {
		start = __rdtsc();
		ioctl(be->fd, _IO(';', 255), NULL);
		cost.map = least(cost.map, since(start));
	}
	cost.unmap = cost.map;
	report("no-request", cost);
}

/* Maps and unmaps once, and keeps the least. */
static void measure(struct backend *be, struct cost *cost, const void *at,
		    size_t length, uint64_t iova)
{
	uint64_t start = __rdtsc();

	be->map(be, at, length, iova);
	cost->map = least(cost->map, since(start));
	start = __rdtsc();
	be->unmap(be, iova, length);
	cost->unmap = least(cost->unmap, since(start));
}

/* Memory that is mapped and unmapped over and over. */
static void one_mapping(struct backend *be, const char *name, const void *at,
			size_t length, int rounds)
{
	struct cost cost = { UINT64_MAX, UINT64_MAX };

	while (rounds--)
		measure(be, &cost, at, length, IOVA);
	report(name, cost);

	be->map(be, at, length, IOVA);
	mark();
	be->unmap(be, IOVA, length);
	mark();
}

static void map_each_page(struct backend *be, const char *at, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		be->map(be, at + i * PAGE, PAGE, IOVA + i * PAGE);
}

/* Many mappings that go at once. Of the maps, the mean. */
static void many_unmapped(struct backend *be, const char *at)
{
	struct cost cost = { UINT64_MAX, UINT64_MAX };
	size_t count = 1024;
	uint64_t start;
	int rounds = 5;

	while (rounds--) {
		start = __rdtsc();
		map_each_page(be, at, count);
		cost.map = least(cost.map, since(start) / count);
		if (!rounds)
			mark();
		start = __rdtsc();
		be->unmap(be, IOVA, count * PAGE);
		cost.unmap = least(cost.unmap, since(start));
		if (!rounds)
			mark();
	}
	report("1024-mappings", cost);
}

/* One mapping between @count others: now here, now there. */
static void beside(struct backend *be, const char *name, const char *at,
		   size_t count)
{
	struct cost cost = { UINT64_MAX, UINT64_MAX };
	int rounds = 500;
	size_t i;

	for (i = 0; i < count; i++)
		be->map(be, at, PAGE, IOVA + 2 * i * PAGE);
	srandom(1);
	while (rounds--) {
		i = (size_t)random() % count;
		measure(be, &cost, at, PAGE, IOVA + (2 * i + 1) * PAGE);
	}
	report(name, cost);
	be->unmap(be, IOVA, 2 * count * PAGE);
}

/* Bytes of the kernel's own memory that a mapping of a page takes. */
static void kernel_memory(struct backend *be, const char *name, const char *at)
{
	uint64_t before, after;
	struct cost cost;
	size_t i;

	be->map(be, at, PAGE, IOVA);
	before = slab_bytes();
	for (i = 1; i <= MANY; i++)
		be->map(be, at, PAGE, IOVA + i * PAGE);
	after = slab_bytes();
	be->unmap(be, IOVA, (MANY + 1) * PAGE);
	cost.map = after > before ? (after - before) / MANY : 0;
	cost.unmap = cost.map;
	report(name, cost);
}

static void cases_attached(struct backend *be)
{
	char *small = scattered_memory(BIG);

	one_mapping(be, "4k", small, PAGE, 200);
	one_mapping(be, "64k", small, 16 * PAGE, 100);
	one_mapping(be, "64m-scattered", small, BIG, 5);
	one_mapping(be, "64m-huge", huge_memory(BIG), BIG, 5);
	many_unmapped(be, small);
	kernel_memory(be, "memory", small);
}

static void cases_alone(struct backend *be)
{
	char *small = scattered_memory(PAGE);

	no_request(be);
	beside(be, "4k-1000", small, 1000);
	beside(be, "4k-30000", small, 30000);
	kernel_memory(be, "memory-alone", small);
}

__attribute__((noreturn)) static void usage(void)
{
	fputs("usage: bench [-m FOLDER] iommufd [vfio NODE|edu NODE|mock]\n"
	      "       bench [-m FOLDER] type1 GROUP\n",
	      stderr);
	exit(2);
}

/* Whether a device is attached to what was opened. */
static bool open_backend(struct backend *be, int count, char **words)
{
	if (count == 2 && !strcmp(words[0], "type1")) {
		type1_open(be, words[1]);
		return true;
	}
	if (count == 0 || strcmp(words[0], "iommufd"))
		usage();
	iommufd_open(be);
	if (count == 1)
		return false;
	if (count == 2 && !strcmp(words[1], "mock"))
		iommufd_attach_mock(be);
	else if (count == 3 && !strcmp(words[1], "vfio"))
		iommufd_attach_vfio(be, words[2]);
	else if (count == 3 && !strcmp(words[1], "edu"))
		iommufd_attach_edu(be, words[2]);
	else
		usage();
	return true;
}

int main(int argc, char **argv)
{
	const char *tool = NULL;
	struct backend be;
	bool attached;

	measure_overhead();
	argv++;
	argc--;
	if (argc >= 2 && !strcmp(argv[0], "-m")) {
		marks = argv[1];
		argv += 2;
		argc -= 2;
	}
	if (argc >= 2 && !strcmp(argv[0], "-b")) {
		tool = argv[1];
		argv += 2;
		argc -= 2;
	}
	attached = open_backend(&be, argc, argv);
	if (tool)
		batch_cases(&be, tool);
	else if (attached)
		cases_attached(&be);
	else
		cases_alone(&be);
	return 0;
}
