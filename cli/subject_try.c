// SPDX-License-Identifier: GPL-2.0-or-later
#include "subject_try.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "subject.h"

/* A control group that is frozen holds on to the child. */
#define PATIENCE_MS 5000

/* Not by any link out of @root, whoever made that. */
static int open_below(int root, const char *path, uint64_t flags,
		      uint64_t resolve)
{
	struct open_how how = { .flags = flags | O_CLOEXEC,
				.resolve = resolve | RESOLVE_NO_MAGICLINKS };

	return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

static void try_one(const struct subject *s, const char *path,
		    struct attempt *a)
{
	int fd = open_below(s->root, path, O_PATH, RESOLVE_IN_ROOT);
	struct statvfs on;
	struct stat st;

	*a = (struct attempt){ .err = fd < 0 ? errno : 0 };
	if (fd < 0)
		return;
	a->found = !fstat(fd, &st);
	if (a->found) {
		a->mode = st.st_mode;
		a->number = st.st_rdev;
		a->nodev = !fstatvfs(fd, &on) && on.f_flag & ST_NODEV;
	}
	if (faccessat(fd, "", R_OK | W_OK, AT_EACCESS | AT_EMPTY_PATH))
		a->err = errno;
	close(fd);
}

/* The rules for devices are here in the first version, there in the second. */
static int open_hierarchy(void)
{
	int fd = open("/sys/fs/cgroup/devices",
		      O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 ? fd
		       : open("/sys/fs/cgroup",
			      O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Only in the child, which leaves it again when it ends. */
static bool join(const char *cgroup)
{
	int top = open_hierarchy(), dir, procs = -1;
	bool joined;

	cgroup += strspn(cgroup, "/");
	dir = open_below(top, *cgroup ? cgroup : ".", O_PATH | O_DIRECTORY,
			 RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
	if (dir >= 0)
		procs = openat(dir, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	joined = procs >= 0 && write(procs, "0", 1) == 1;
	close(procs);
	close(dir);
	close(top);
	return joined;
}

static bool take_capabilities(uint64_t effective)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { 0 };

	for (unsigned i = 0; i < 2; i++) {
		data[i].effective = (uint32_t)(effective >> 32 * i);
		data[i].permitted = data[i].effective;
	}
	return !syscall(SYS_capset, &header, data);
}

/*
 * In a user namespace of its own a process has no power over a node, whose
 * owner is unknown there, whatever its capabilities are.
 */
static bool become(const struct subject *s)
{
	bool same = geteuid() == s->uid && getegid() == s->gid;

	/* Who has the same users may not look into what it has of ours. */
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_KEEPCAPS, 1);
	if (setgroups(s->num_groups, s->groups) && !same)
		return false;
	if (setresgid(s->gid, s->gid, s->gid) ||
	    setresuid(s->uid, s->uid, s->uid))
		return false;
	return take_capabilities(s->our_users ? s->capabilities : 0);
}

struct report {
	bool joined;
	struct attempt attempt;
};

/* In the child: never returns. A report for each path, each in one piece. */
static void report_all(const struct subject *s, bool move, char *const *paths,
		       size_t count, int out)
{
	struct report r = { .joined = !move || join(s->cgroup) };

	if (!become(s))
		_exit(1);
	for (size_t i = 0; i < count; i++) {
		try_one(s, paths[i], &r.attempt);
		if (write(out, &r, sizeof(r)) != (ssize_t)sizeof(r))
			_exit(1);
	}
	_exit(0);
}

static bool read_all(int in, struct attempt *attempts, size_t count,
		     bool *joined)
{
	struct pollfd ready = { .fd = in, .events = POLLIN };
	struct report r;

	for (size_t i = 0; i < count; i++) {
		if (poll(&ready, 1, PATIENCE_MS) != 1 ||
		    read(in, &r, sizeof(r)) != (ssize_t)sizeof(r))
			return false;
		attempts[i] = r.attempt;
		*joined = r.joined;
	}
	return true;
}

/* By a name that both have: what is not in ours has a name that differs. */
static bool in_our_cgroup(const struct subject *s)
{
	struct failure ignored = { 0 };
	struct subject we;
	bool same = !subject_open(&we, 0, &ignored) && we.cgroup && s->cgroup &&
		    !strcmp(we.cgroup, s->cgroup);

	subject_close(&we);
	failure_free(&ignored);
	return same;
}

static enum tried try_in_child(const struct subject *s, char *const *paths,
			       struct attempt *attempts, size_t count)
{
	bool move = s->cgroup && !in_our_cgroup(s), joined = true, done;
	int pipe_ends[2];
	pid_t child;

	if (pipe2(pipe_ends, O_CLOEXEC))
		return TRIED_NOTHING;
	child = fork();
	if (!child)
		report_all(s, move, paths, count, pipe_ends[1]);
	close(pipe_ends[1]);
	done = child > 0 && read_all(pipe_ends[0], attempts, count, &joined);
	close(pipe_ends[0]);
	if (child > 0) {
		kill(child, SIGKILL);
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (!done)
		return TRIED_NOTHING;
	return joined && s->cgroup ? TRIED_ALL : TRIED_OWN_RULES;
}

enum tried subject_try(const struct subject *s, char *const *paths,
		       struct attempt *attempts, size_t count)
{
	if (s->pid)
		return try_in_child(s, paths, attempts, count);
	for (size_t i = 0; i < count; i++)
		try_one(s, paths[i], &attempts[i]);
	return TRIED_ALL;
}
