// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A process is killed in the middle of a long request: the request ends, soon
 * compared with how long it would have taken, and gives back what it has done.
 *
 * The requests fill nearly all that the mock can translate, with the same few
 * megabytes over and over, so that they are long without taking much memory.
 */
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "mock.h"

#define FILE_LENGTH (32ull << 20)
#define PIECES 60
#define BASE (2 * APERTURE_START)

static int fd;
static uint32_t ioas;
static unsigned char *area;
/* Less of it where everything takes longer. */
static int pieces;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static void make_area(void)
{
	int file = memfd_create("killed", MFD_CLOEXEC);
	int i;

	pieces = scaled(PIECES);
	if (pieces < PIECES / 8)
		pieces = PIECES / 8;
	area = mmap(NULL, pieces * FILE_LENGTH, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (file < 0 || ftruncate(file, FILE_LENGTH) || area == MAP_FAILED)
		tap_bail_out("no memory in a file");
	for (i = 0; i < pieces; i++) {
		if (mmap(area + i * FILE_LENGTH, FILE_LENGTH,
			 PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED | MAP_POPULATE, file,
			 0) == MAP_FAILED)
			tap_bail_out("no memory in a file");
	}
	close(file);
}

static void set_up(void)
{
	fd = iommu_open();
	if (ioas_alloc(fd, &ioas))
		tap_bail_out("no IOAS");
}

/* The requests, made by a child. */

static int attach(void)
{
	struct mock mock;

	return mock_device(fd, ioas, &mock);
}

static int map(void)
{
	return ioas_map_at(fd, ioas, area, pieces * FILE_LENGTH, BASE);
}

static int map_one(void)
{
	return ioas_map_at(fd, ioas, area, PAGE, BASE - PAGE);
}

static void map_pieces(void)
{
	int i;

	for (i = 0; i < pieces; i++) {
		if (ioas_map_at(fd, ioas, area + i * FILE_LENGTH, FILE_LENGTH,
				BASE + i * FILE_LENGTH))
			tap_bail_out("no mapping");
	}
}

static void attach_first(void)
{
	if (attach())
		tap_bail_out("no mock device");
}

static pid_t start(int (*request)(void))
{
	pid_t child = fork();

	if (!child)
		_exit(-request());
	return child;
}

/* How long the request takes if nobody ends it, in seconds. */
static double whole_time(void (*prepare)(void), int (*request)(void))
{
	double begin;
	int status;
	pid_t child;

	set_up();
	prepare();
	begin = now();
	child = start(request);
	waitpid(child, &status, 0);
	begin = now() - begin;
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		tap_bail_out("the long request fails");
	close(fd);
	return begin;
}

/* How long it takes to its end when its process is killed after @before. */
static double killed_time(pid_t child, double before)
{
	int status = 0;
	double begin;

	usleep(before * 1e6);
	begin = now();
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return now() - begin;
}

/* A busy host may make one try slow, but hardly each of them. */
#define TRIES 3

static void check(const char *name, void (*prepare)(void), int (*request)(void))
{
	double whole = whole_time(prepare, request);
	long pinned = pinned_pages();
	double killed = whole;
	int i;

	for (i = 0; i < TRIES && killed >= whole / 2; i++) {
		set_up();
		prepare();
		killed = killed_time(start(request), whole / 8);
		close(fd);
	}
	if (on_upstream())
		tap_skip("Linux goes on to the end",
			 "%s ends when its process is killed", name);
	else
		tap_check(killed < whole / 2,
			  "%s ends when its process is killed", name);
	printf("# after %.2f s, of %.2f s in all\n", killed, whole);
	tap_check(pinned_pages() == pinned, "%s: and nothing of it is pinned",
		  name);
}

/* And so does one that waits for such a request. */
static void check_waiting(void)
{
	double whole = whole_time(map_pieces, attach);
	double killed = whole;
	pid_t filler;
	int i;

	for (i = 0; i < TRIES && killed >= whole / 2; i++) {
		set_up();
		map_pieces();
		filler = start(attach);
		usleep(whole * 1e6 / 8);
		killed = killed_time(start(map_one), whole / 8);
		kill(filler, SIGKILL);
		waitpid(filler, NULL, 0);
		close(fd);
	}
	if (on_upstream())
		tap_skip(
			"Linux waits for it",
			"a MAP beside a long attach ends when its process is killed");
	else
		tap_check(
			killed < whole / 2,
			"a MAP beside a long attach ends when its process is killed");
	printf("# after %.2f s, of %.2f s in all\n", killed, whole);
}

int main(void)
{
	long pinned = pinned_pages();

	make_area();
	check("an attach over many mappings", map_pieces, attach);
	check("a MAP of much memory", attach_first, map);
	check_waiting();
	tap_check(pinned_pages() == pinned,
		  "as many pages are pinned as before");
	return tap_done();
}
