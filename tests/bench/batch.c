// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a script of the tool costs over a program that is written for the
 * purpose: pairs of a map and an unmap of new memory, as lines of a batch, and
 * as a bare loop of the same system calls. A line for each size, of its name
 * and what one pair costs in either.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86intrin.h>

#include "bench.h"

#define IOVA 0x10000000ul
#define PAIRS 4000
#define ROUNDS 5

static uint64_t bare(struct backend *be, size_t size)
{
	uint64_t start = __rdtsc();

	for (int i = 0; i < PAIRS; i++) {
		void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (memory == MAP_FAILED)
			die("mmap of %zu", size);
		be->map(be, memory, size, IOVA);
		be->unmap(be, IOVA, size);
		munmap(memory, size);
	}
	return __rdtsc() - start;
}

/* A file of that many pairs, with a name that the tool can open. */
static int script(uint32_t ioas, size_t size, int pairs, char path[32])
{
	int fd = memfd_create("script", 0);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	if (!file)
		die("a script");
	for (int i = 0; i < pairs; i++)
		fprintf(file,
			"ioas map %u --anon %zuK --iova 0x%lx\n"
			"ioas unmap %u 0x%lx %zuK\n",
			ioas, size / 1024, IOVA, ioas, IOVA, size / 1024);
	fflush(file);
	fd = dup(fd);
	fclose(file);
	snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

static uint64_t run_tool(struct backend *be, const char *tool, size_t size,
			 int pairs)
{
	char path[32], device[16];
	char *argv[] = { (char *)tool, "--quiet", "--fd", device,
			 "--batch",    path,	  NULL };
	int fd = script(be->ioas, size, pairs, path), status;
	uint64_t start = __rdtsc(), ticks;
	pid_t child;

	snprintf(device, sizeof(device), "%d", be->fd);
	if (posix_spawn(&child, tool, NULL, NULL, argv, environ))
		die("%s", tool);
	if (waitpid(child, &status, 0) != child || status)
		die("%s: status 0x%x", tool, status);
	ticks = __rdtsc() - start;
	close(fd);
	return ticks;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void batch_cases(struct backend *be, const char *tool)
{
	static const size_t sizes[] = { PAGE, 64 << 10 };
	const char *where = be->device < 0 ? "alone" : "attached";

	fcntl(be->fd, F_SETFD, 0);
	/* Reading the program from the host would be counted, too. */
	for (int i = 0; i < 10; i++)
		run_tool(be, tool, PAGE, 10);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		uint64_t loop = UINT64_MAX, none = UINT64_MAX;
		uint64_t lines = UINT64_MAX;

		for (int round = 0; round < ROUNDS; round++) {
			loop = least(loop, bare(be, sizes[i]));
			none = least(none, run_tool(be, tool, sizes[i], 0));
			lines = least(lines,
				      run_tool(be, tool, sizes[i], PAIRS));
		}
		printf("%zuk-%s %llu %llu\n", sizes[i] / 1024, where,
		       (long long)(loop / PAIRS),
		       (long long)((lines - none) / PAIRS));
		fflush(stdout);
	}
}
