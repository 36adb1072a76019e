// SPDX-License-Identifier: GPL-2.0-or-later
#include "borrow.h"

#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "buf.h"
#include "process.h"
#include "procfs.h"
#include "sysfs.h"

#define MISC "/sys/class/misc/iommu"
#define YAMA "/proc/sys/kernel/yama"

/*
 * Nodes can be made under any name, and with any number under this one; sysfs
 * has the number that the driver was given.
 */
static dev_t iommu_number(const char *device)
{
	char *text = device ? NULL : sysfs_read(MISC, "dev");
	unsigned high, low;
	struct stat st;
	dev_t number = 0;

	if (text && sscanf(text, "%u:%u", &high, &low) == 2)
		number = makedev(high, low);
	else if (!stat(device ? device : "/dev/iommu", &st) &&
		 S_ISCHR(st.st_mode))
		number = st.st_rdev;
	free(text);
	return number;
}

static enum status no_process(pid_t pid, struct failure *f)
{
	char *status = procfs_text(pid, "status");
	const char *line = procfs_line(status, "Tgid");
	pid_t leader = line ? (pid_t)strtoul(line, NULL, 10) : 0;

	if (leader && leader != pid) {
		fail(f, "%d is a thread of process %d", (int)pid, (int)leader);
		fail_hint(f, "iommufdctl inspect --pid %d", (int)leader);
	} else {
		fail(f, "there is no process %d", (int)pid);
		fail_hint(f, "iommufdctl ps");
	}
	free(status);
	return f->status;
}

enum status borrow_begin(struct borrow *b, pid_t pid, const char *device,
			 struct failure *f)
{
	*b = (struct borrow){
		.pid = pid,
		.pidfd = pidfd_open(pid, 0),
		.iommu = iommu_number(device),
		.fd = -1,
	};
	if (b->pidfd < 0 &&
	    (errno == ESRCH || errno == EINVAL || errno == ENOENT))
		return no_process(pid, f);
	if (b->pidfd < 0 && errno != ENOSYS && errno != EPERM)
		return fail_errno(f, "process %d", (int)pid);
	if (!borrow_ended(b))
		return STATUS_OK;
	borrow_end(b);
	return no_process(pid, f);
}

void borrow_end(struct borrow *b)
{
	borrow_return(b);
	if (b->pidfd >= 0)
		close(b->pidfd);
	b->pidfd = -1;
}

bool borrow_ended(const struct borrow *b)
{
	struct pollfd end = { .fd = b->pidfd, .events = POLLIN };

	if (b->pidfd < 0)
		return kill(b->pid, 0) && errno == ESRCH;
	return poll(&end, 1, 0) > 0;
}

static bool is_mine(pid_t pid)
{
	char *status = procfs_text(pid, "status");
	const char *uid = procfs_line(status, "Uid");
	bool mine = uid && strtoul(uid, NULL, 10) == getuid();

	free(status);
	return mine;
}

/*
 * Yama, where it is: 1 lets a program look into its children only, 2 takes the
 * capability whosever the process is, and 3 lets nobody.
 */
static void explain_refusal(pid_t pid, struct failure *f)
{
	bool able = process_status("CapEff", 16) >> CAP_SYS_PTRACE & 1;
	char *text = sysfs_read(YAMA, "ptrace_scope");
	unsigned scope = text ? (unsigned)strtoul(text, NULL, 10) : 0;

	f->err = EPERM;
	if (scope >= 3)
		fail(f,
		     "no descriptor can be copied from any process: kernel.yama.ptrace_scope is %u, until the next boot",
		     scope);
	else if (able)
		fail(f,
		     "process %d does not let its descriptors be copied: it is of another user namespace, or a security module forbids it",
		     (int)pid);
	else if (scope && is_mine(pid))
		fail(f,
		     "descriptors of process %d cannot be copied without CAP_SYS_PTRACE, for kernel.yama.ptrace_scope is %u",
		     (int)pid, scope);
	else
		fail(f,
		     "descriptors of process %d cannot be copied without CAP_SYS_PTRACE",
		     (int)pid);
	fail_cause(f, "permission", "{s:i, s:s?, s:o}", "pid", (int)pid,
		   "capability", able || scope >= 3 ? NULL : "CAP_SYS_PTRACE",
		   "ptrace_scope", text ? json_integer(scope) : json_null());
	if (!able && scope < 3)
		fail_hint(f, "sudo iommufdctl inspect --pid %d", (int)pid);
	free(text);
}

enum status borrow_refused(const struct borrow *b, struct failure *f)
{
	if (errno == EACCES || errno == EPERM)
		explain_refusal(b->pid, f);
	else if (borrow_ended(b))
		fail(f, "process %d ended while it was looked at", (int)b->pid);
	else
		fail_errno(f, "descriptors of process %d", (int)b->pid);
	return f->status;
}

/* What errno of looking at it, or of copying it, stands for. */
static enum status no_descriptor(const struct borrow *b, unsigned fd,
				 struct failure *f)
{
	if ((errno != ENOENT && errno != EBADF) || borrow_ended(b))
		return borrow_refused(b, f);
	fail(f, "process %d has no descriptor %u", (int)b->pid, fd);
	fail_hint(f, "iommufdctl ps --pid %d", (int)b->pid);
	return f->status;
}

static enum status other_file(const struct borrow *b, unsigned fd,
			      struct failure *f)
{
	char *name = mem_asprintf("fd/%u", fd);
	char *path = procfs_link(b->pid, name);

	fail(f, "descriptor %u of process %d is %s, and not an iommufd", fd,
	     (int)b->pid, path ? path : "another file");
	fail_cause(f, "no-iommufd", "{s:i, s:i, s:o}", "pid", (int)b->pid, "fd",
		   (int)fd, "path", json_text_or_null(path));
	fail_hint(f, "iommufdctl ps --pid %d", (int)b->pid);
	free(path);
	free(name);
	return f->status;
}

static bool is_iommufd(const struct borrow *b, const struct stat *st)
{
	return S_ISCHR(st->st_mode) && b->iommu && st->st_rdev == b->iommu;
}

enum status borrow_check(const struct borrow *b, unsigned fd, struct failure *f)
{
	char *path = mem_asprintf("/proc/%d/fd/%u", (int)b->pid, fd);
	struct stat st;
	int rc = stat(path, &st);

	free(path);
	if (rc)
		return no_descriptor(b, fd, f);
	return is_iommufd(b, &st) ? STATUS_OK : other_file(b, fd, f);
}

static enum status no_call(struct failure *f)
{
	f->err = ENOSYS;
	fail(f,
	     "this kernel cannot copy descriptors of other processes: Linux has pidfd_getfd(2) since version 5.6");
	fail_cause(f, "no-system-call", "{s:s, s:s}", "call", "pidfd_getfd",
		   "since", "5.6");
	return f->status;
}

static void hold_stops(struct borrow *b)
{
	sigset_t stops;

	sigemptyset(&stops);
	sigaddset(&stops, SIGTSTP);
	sigaddset(&stops, SIGTTIN);
	sigaddset(&stops, SIGTTOU);
	sigprocmask(SIG_BLOCK, &stops, &b->mask);
}

enum status borrow_take(struct borrow *b, unsigned fd, struct failure *f)
{
	struct stat st;
	int err;

	if (borrow_check(b, fd, f))
		return f->status;
	if (b->pidfd < 0)
		return no_call(f);
	hold_stops(b);
	b->fd = pidfd_getfd(b->pidfd, (int)fd, 0);
	err = errno;
	/* It may be another one by now. */
	if (b->fd >= 0 && !fstat(b->fd, &st) && is_iommufd(b, &st))
		return STATUS_OK;
	if (b->fd >= 0) {
		borrow_return(b);
		return other_file(b, fd, f);
	}
	sigprocmask(SIG_SETMASK, &b->mask, NULL);
	errno = err;
	return err == ENOSYS ? no_call(f) : no_descriptor(b, fd, f);
}

void borrow_return(struct borrow *b)
{
	if (b->fd < 0)
		return;
	close(b->fd);
	b->fd = -1;
	sigprocmask(SIG_SETMASK, &b->mask, NULL);
}
