// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a script of the tool costs over a program that is written for the
 * purpose: pairs of a map and an unmap of new memory, as lines of a batch, and
 * as a bare loop of the same system calls. A line for each size, of its name
 * and what one pair costs in either.
 */
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86intrin.h>

#include "bench.h"

#define IOVA 0x10000000ul
#define ROUNDS 5

/* What is mapped, and how often: much memory takes long with a device. */
static const struct batch_case {
	size_t size;
	int pairs;
} cases[] = { { PAGE, 4000 }, { 64 << 10, 1000 }, { HUGE, 100 } };

static uint64_t bare(struct backend *be, size_t size, int pairs)
{
	uint64_t start = __rdtsc();

	for (int i = 0; i < pairs; i++) {
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

/*
 * A file of that many pairs between two lines that fail, with a name that the
 * tool can open. What the tool says of those two is how we see it begin and end.
 */
static int script(uint32_t ioas, const struct batch_case *c, char path[32])
{
	int fd = memfd_create("script", 0);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	if (!file)
		die("a script");
	fputs("help no-such\n", file);
	for (int i = 0; i < c->pairs; i++)
		fprintf(file,
			"ioas map %u --anon %zuK --iova 0x%lx\n"
			"ioas unmap %u 0x%lx %zuK\n",
			ioas, c->size / 1024, IOVA, ioas, IOVA, c->size / 1024);
	fputs("help no-such\n", file);
	fflush(file);
	fd = dup(fd);
	fclose(file);
	snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

/* From the first thing that is said to the first of the last line. */
static uint64_t listen_to(int fd, int last_line)
{
	char said[512], last[32];
	uint64_t start = 0, now;
	ssize_t length;

	snprintf(last, sizeof(last), ":%d:", last_line);
	for (;;) {
		length = read(fd, said, sizeof(said) - 1);
		now = __rdtsc();
		if (length <= 0)
			die("a batch that ends early");
		said[length] = 0;
		if (!start)
			start = now;
		if (strstr(said, last))
			return now - start;
	}
}

static uint64_t run_tool(struct backend *be, const char *tool,
			 const struct batch_case *c)
{
	char path[32], device[16];
	char *argv[] = { (char *)tool, "--quiet", "--keep-going", "--fd",
			 device,       "--batch", path,		  NULL };
	int fd = script(be->ioas, c, path), status, errors[2];
	posix_spawn_file_actions_t actions;
	uint64_t ticks;
	pid_t child;

	snprintf(device, sizeof(device), "%d", be->fd);
	if (pipe2(errors, O_CLOEXEC))
		die("a pipe");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, errors[1], STDERR_FILENO);
	if (posix_spawn(&child, tool, &actions, NULL, argv, environ))
		die("%s", tool);
	posix_spawn_file_actions_destroy(&actions);
	close(errors[1]);
	ticks = listen_to(errors[0], 2 * c->pairs + 2);
	while (read(errors[0], path, sizeof(path)) > 0)
		;
	close(errors[0]);
	/* Two lines have failed. */
	if (waitpid(child, &status, 0) != child || status != 1 << 8)
		die("%s: status 0x%x", tool, status);
	close(fd);
	return ticks;
}

/*
 * Whether this program runs before all others, or as any of them: the kernel's
 * own threads, which do what it has put off, and what is measured.
 */
static void run_first(bool first)
{
	const struct sched_param param = { .sched_priority = first };
	int policy = first ? SCHED_FIFO : SCHED_OTHER;

	if (sched_setscheduler(0, policy | SCHED_RESET_ON_FORK, &param))
		die("a priority");
}

/* Until the kernel has done what it has put off. */
static void settle(void)
{
	usleep(200000);
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void batch_cases(struct backend *be, const char *tool)
{
	const char *where = be->device < 0 ? "alone" : "attached";

	fcntl(be->fd, F_SETFD, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct batch_case *c = &cases[i];
		uint64_t loop = UINT64_MAX, lines = UINT64_MAX;

		for (int round = 0; round < ROUNDS; round++) {
			settle();
			loop = least(loop, bare(be, c->size, c->pairs));
			settle();
			/* What the tool says is seen at once. */
			run_first(true);
			lines = least(lines, run_tool(be, tool, c));
			run_first(false);
		}
		printf("%zuk-%s %llu %llu\n", c->size / 1024, where,
		       (long long)(loop / c->pairs),
		       (long long)(lines / c->pairs));
		fflush(stdout);
	}
}
