// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What pinned memory counts as: against RLIMIT_MEMLOCK of the user's processes
 * together or, with rlimit-mode, of each by itself; each page once, however
 * often it is mapped; and all of it is given back. As users without privilege,
 * each of them one that nobody else is.
 */
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "mock.h"

#define LIMIT 40
#define PAGES (4 * LIMIT)
#define BASE APERTURE_START

static unsigned char *buffer;

/* A descriptor, with a table that has a device and one that has none. */
struct user {
	int fd;
	uint32_t attached, plain;
	struct mock mock;
};

static struct user new_user(bool by_process)
{
	struct user user = { .fd = iommu_open() };

	if ((by_process &&
	     option_set(user.fd, IOMMU_OPTION_RLIMIT_MODE, 0, 1)) ||
	    ioas_alloc(user.fd, &user.attached) ||
	    ioas_alloc(user.fd, &user.plain) ||
	    mock_device(user.fd, user.attached, &user.mock))
		tap_bail_out("no mock device");
	return user;
}

/* From here on, this process is nobody in particular. */
static void become(uid_t uid)
{
	struct rlimit limit = { LIMIT * PAGE, LIMIT * PAGE };

	if (setrlimit(RLIMIT_MEMLOCK, &limit) || setresuid(uid, uid, uid))
		tap_bail_out("privilege cannot be dropped");
}

/* A line of the process's status, in pages. */
static long status_pages(const char *name)
{
	FILE *file = fopen("/proc/self/status", "re");
	size_t length = strlen(name);
	char line[128];
	long kilobytes = -1;

	while (file && fgets(line, sizeof(line), file)) {
		if (!strncmp(line, name, length) && line[length] == ':')
			kilobytes = strtol(line + length + 1, NULL, 10);
	}
	if (file)
		fclose(file);
	return kilobytes < 0 ? -1 : kilobytes * 1024 / (long)PAGE;
}

static bool counts(long pinned, long locked)
{
	if (status_pages("VmPin") == pinned && status_pages("VmLck") == locked)
		return true;
	printf("# VmPin %ld pages, VmLck %ld, expected %ld and %ld\n",
	       status_pages("VmPin"), status_pages("VmLck"), pinned, locked);
	return false;
}

/* Pages from the @first of the buffer, at the same place of the table. */
static int map(struct user *user, uint32_t ioas, int first, int count)
{
	return ioas_map_at(user->fd, ioas, buffer + first * PAGE, count * PAGE,
			   BASE + first * PAGE);
}

static int unmap(struct user *user, uint32_t ioas, int first, int count)
{
	return ioas_unmap_at(user->fd, ioas, BASE + first * PAGE, count * PAGE);
}

static bool is_pinned(struct user *user, int first, int count, uint32_t times)
{
	return !mock_check_refs(user->fd, buffer + first * PAGE, count * PAGE,
				times);
}

/* @name: of the mode; @locked: 1 if pages count as the process's */
static void check_limit(struct user *user, const char *name, int locked)
{
	tap_check(!map(user, user->attached, 0, 32) && counts(32, 32 * locked),
		  "%s: 32 pages of 40", name);
	tap_check(map(user, user->attached, 32, 9) == -ENOMEM &&
			  counts(32, 32 * locked) && is_pinned(user, 32, 9, 0),
		  "%s: not 9 more", name);
	tap_check(!map(user, user->attached, 32, 8) && counts(40, 40 * locked),
		  "%s: but 8", name);
	tap_check(map(user, user->attached, 40, 1) == -ENOMEM,
		  "%s: and not one more", name);
	tap_check(!unmap(user, user->attached, 0, 32) && counts(8, 8 * locked),
		  "%s: 32 are given back", name);
	tap_check(map(user, user->attached, 40, 33) == -ENOMEM &&
			  counts(8, 8 * locked) && is_pinned(user, 40, 33, 0),
		  "%s: 33 are too many", name);
	mock_memory_limit(user->fd, 16);
	tap_check(map(user, user->attached, 40, 100) == -ENOMEM &&
			  counts(8, 8 * locked) && is_pinned(user, 40, 100, 0),
		  "%s: found out after many", name);
	mock_memory_limit(user->fd, 65536);
	tap_check(!map(user, user->attached, 40, 32) && counts(40, 40 * locked),
		  "%s: 32 are not", name);
	tap_check(!unmap(user, user->attached, 32, 40) && counts(0, 0),
		  "%s: and all of it is given back", name);
}

static void check_sharing(struct user *user, const char *name, int locked)
{
	uint64_t iova = BASE + 2 * PAGES * PAGE;
	struct mock mock = { 0 };
	int access;
	uint32_t id;

	if (map(user, user->attached, 0, LIMIT))
		tap_bail_out("the limit is used up before");
	tap_check(!ioas_copy(user->fd, FIXED | READ | WRITE, user->attached,
			     user->attached, LIMIT * PAGE, &iova, BASE) &&
			  counts(40, 40 * locked),
		  "%s: a copy in the same table is free", name);
	iova = BASE;
	tap_check(!ioas_copy(user->fd, FIXED | READ | WRITE, user->plain,
			     user->attached, LIMIT * PAGE, &iova, BASE) &&
			  !mock_device(user->fd, user->plain, &mock) &&
			  counts(40, 40 * locked),
		  "%s: and in another one", name);
	access = mock_access(user->fd, user->plain, true);
	tap_check(!mock_pin(user->fd, access, BASE + PAGE, 9 * PAGE,
			    buffer + PAGE, true, &id) &&
			  counts(40, 40 * locked),
		  "%s: and for an access", name);
	tap_check(!destroy(user->fd, mock.test_id) &&
			  !ioas_unmap(user->fd, user->attached, 0,
				      &(uint64_t){ UINT64_MAX }) &&
			  status_pages("VmPin") >= 9 &&
			  status_pages("VmPin") <= 40 &&
			  is_pinned(user, 1, 9, 1),
		  "%s: the access alone is left", name);
	tap_check(!mock_unpin(user->fd, access, id) && counts(0, 0),
		  "%s: and then nobody", name);
	close(access);
	ioas_unmap(user->fd, user->plain, 0, &(uint64_t){ UINT64_MAX });
}

/* Memory counts when it is pinned, not when it is mapped. */
static void check_attach(struct user *user, const char *name, int locked)
{
	struct mock mock;
	int access;
	uint32_t id;

	tap_check(!map(user, user->plain, 0, 2 * LIMIT) && counts(0, 0),
		  "%s: what is mapped for no device is not counted", name);
	tap_check(mock_device(user->fd, user->plain, &mock) == -ENOMEM &&
			  counts(0, 0) && is_pinned(user, 0, 2 * LIMIT, 0),
		  "%s: a device for which it is too much", name);
	access = mock_access(user->fd, user->plain, true);
	tap_check(!mock_pin(user->fd, access, BASE, LIMIT * PAGE, buffer, false,
			    &id) &&
			  counts(40, 40 * locked),
		  "%s: an access that pins a part", name);
	tap_check(mock_pin(user->fd, access, BASE + LIMIT * PAGE, PAGE, NULL,
			   false, &id) == -ENOMEM &&
			  counts(40, 40 * locked),
		  "%s: and a page more", name);
	close(access);
	tap_check(counts(0, 0), "%s: ends, and nothing is counted", name);
	ioas_unmap(user->fd, user->plain, 0, &(uint64_t){ UINT64_MAX });
}

static void in_child(void (*work)(struct user *user, const char *name,
				  int locked),
		     bool by_process, uid_t uid, const char *name)
{
	int before = tap_checks;
	int pipes[2];
	int status = 0;
	pid_t child;

	if (pipe(pipes))
		tap_bail_out("no pipe");
	child = fork();
	if (!child) {
		struct user user = new_user(by_process);

		become(uid);
		work(&user, name, by_process);
		before = tap_checks - before;
		if (write(pipes[1], &before, sizeof(before)) != sizeof(before))
			_exit(EXIT_FAILURE);
		_exit(tap_failures);
	}
	waitpid(child, &status, 0);
	if (!WIFEXITED(status) ||
	    read(pipes[0], &before, sizeof(before)) != sizeof(before))
		tap_bail_out("the child died");
	tap_checks += before;
	tap_failures += WEXITSTATUS(status);
	close(pipes[0]);
	close(pipes[1]);
}

/* A process of @uid that pins pages and stays until it is told to go. */
struct other {
	pid_t pid;
	int say;
	int hear;
};

static struct other start_other(uid_t uid, bool by_process, int count)
{
	int to[2], from[2];
	struct other other;
	char ready;

	if (pipe(to) || pipe(from))
		tap_bail_out("no pipe");
	other.pid = fork();
	if (!other.pid) {
		struct user user = new_user(by_process);

		close(to[1]);
		become(uid);
		if (map(&user, user.attached, 0, count) ||
		    write(from[1], "", 1) != 1 || read(to[0], &ready, 1) < 0)
			_exit(EXIT_FAILURE);
		_exit(EXIT_SUCCESS);
	}
	close(to[0]);
	close(from[1]);
	other.say = to[1];
	other.hear = from[0];
	if (read(other.hear, &ready, 1) != 1)
		tap_bail_out("the other process cannot pin");
	return other;
}

static void end_other(struct other *other)
{
	close(other->say);
	close(other->hear);
	waitpid(other->pid, NULL, 0);
}

#define SHARED_USER 20001
#define SINGLE_USER 20002
#define GONE_USER 20003

static int told[2], done[2];

/* Between the two, the other process goes. */
static void wait_for_the_end(void)
{
	char byte;

	if (write(told[1], "", 1) != 1 || read(done[0], &byte, 1) != 1)
		tap_bail_out("nobody ends the other process");
}

static void check_second(struct user *user, const char *name, int locked)
{
	if (locked) {
		tap_check(!map(user, user->attached, 0, LIMIT),
			  "%s: another process of the user has no part in it",
			  name);
		wait_for_the_end();
		return;
	}
	tap_check(map(user, user->attached, 0, 11) == -ENOMEM,
		  "%s: another process of the user has 30 of them", name);
	tap_check(!map(user, user->attached, 0, 10) && counts(10, 0),
		  "%s: 10 are left", name);
	wait_for_the_end();
	tap_check(!map(user, user->attached, 10, 30) && counts(40, 0),
		  "%s: and the others when it has gone", name);
}

static void check_two(uid_t uid, bool by_process, const char *name)
{
	struct other other = start_other(uid, by_process, 30);
	pid_t watcher;
	char byte;

	if (pipe(told) || pipe(done))
		tap_bail_out("no pipe");
	watcher = fork();
	if (!watcher) {
		/* The parent waits for the one that checks. */
		int gone = syscall(SYS_pidfd_open, other.pid, 0);
		struct pollfd event = { .fd = gone, .events = POLLIN };

		if (read(told[0], &byte, 1) != 1 || kill(other.pid, SIGKILL) ||
		    poll(&event, 1, -1) != 1)
			_exit(EXIT_FAILURE);
		_exit(write(done[1], "", 1) != 1);
	}
	in_child(check_second, by_process, uid, name);
	waitpid(watcher, NULL, 0);
	end_other(&other);
	close(told[0]);
	close(told[1]);
	close(done[0]);
	close(done[1]);
}

/* Who mapped has gone, the descriptor has not: its pages are still the user's. */

static int gone_fd;
static uint32_t gone_ioas;

static void check_gone_user(struct user *user, const char *name, int locked)
{
	(void)locked;
	tap_check(map(user, user->attached, 0, 11) == -ENOMEM,
		  "%s: 30 pages of a process that ended are still counted",
		  name);
	tap_errno(ioas_unmap(gone_fd, gone_ioas, 0, &(uint64_t){ UINT64_MAX }),
		  0, "of the user: until they are unmapped");
	tap_check(!map(user, user->attached, 0, LIMIT), "%s: and then no more",
		  name);
}

static void check_gone(void)
{
	struct user user = new_user(false);
	int status = 0;
	pid_t child = fork();

	if (!child) {
		become(GONE_USER);
		_exit(map(&user, user.attached, 0, 30) ? EXIT_FAILURE
						       : EXIT_SUCCESS);
	}
	waitpid(child, &status, 0);
	tap_check(WIFEXITED(status) && !WEXITSTATUS(status),
		  "of the user: a process maps and ends");
	gone_fd = user.fd;
	gone_ioas = user.attached;
	in_child(check_gone_user, false, GONE_USER, "of the user");
	close(user.fd);
}

/* With the privilege to lock what one likes. */
static void check_privileged(void)
{
	struct user user = new_user(false);
	struct rlimit old, limit = { 0 };

	getrlimit(RLIMIT_MEMLOCK, &old);
	limit.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_MEMLOCK, &limit);
	tap_check(!map(&user, user.attached, 0, PAGES) && counts(PAGES, 0),
		  "privileged: no limit, but pinned pages are shown");
	setrlimit(RLIMIT_MEMLOCK, &old);
	tap_check(!unmap(&user, user.attached, 0, PAGES) && counts(0, 0),
		  "privileged: and then no more");
	close(user.fd);
}

int main(void)
{
	long pinned = pinned_pages();

	buffer = small_pages(PAGES * PAGE);
	in_child(check_limit, false, 20010, "of the user");
	in_child(check_limit, true, 20011, "of the process");
	in_child(check_sharing, false, 20012, "of the user");
	in_child(check_sharing, true, 20013, "of the process");
	in_child(check_attach, false, 20014, "of the user");
	in_child(check_attach, true, 20015, "of the process");
	check_two(SHARED_USER, false, "of the user");
	check_two(SINGLE_USER, true, "of the process");
	check_gone();
	check_privileged();
	tap_check(pinned_pages() == pinned,
		  "as many pages are pinned as before");
	return tap_done();
}
