// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Taking hold of a process. The filter's ioctls would fail with ENOSYS once
 * nobody traces the program, so it must not live on without us.
 */
#include "trace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/vfio.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"

#define FOLLOW                                                              \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | \
	 PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT)

#define LOAD(field) \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define IF_EQUAL(value, then, otherwise) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, then, otherwise)

/* The ways to call ioctl: those of other machines' programs, too. */
#ifdef __x86_64__
#define X32_IOCTL (0x40000000 + 514)
#define FOREIGN_ARCH AUDIT_ARCH_I386
#define FOREIGN_IOCTL 54
#else
#define X32_IOCTL __NR_ioctl
#define FOREIGN_ARCH AUDIT_ARCH_ARM
#define FOREIGN_IOCTL 54
#endif

bool trace_is_ioctl(uint32_t arch, uint64_t number)
{
	if (arch == FOREIGN_ARCH)
		return number == FOREIGN_IOCTL;
	return number == __NR_ioctl || number == X32_IOCTL;
}

bool trace_is_compat(uint32_t arch, uint64_t number)
{
	return arch == FOREIGN_ARCH || number != __NR_ioctl;
}

/* Stops at ioctls whose type is VFIO's, which is iommufd's as well. */
static int filter(void)
{
	struct sock_filter code[] = {
		LOAD(arch),
		IF_EQUAL(FOREIGN_ARCH, 0, 2),
		LOAD(nr),
		IF_EQUAL(FOREIGN_IOCTL, 3, 7),
		LOAD(nr),
		IF_EQUAL(__NR_ioctl, 1, 0),
		IF_EQUAL(X32_IOCTL, 0, 4),
		LOAD(args[1]),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xff00),
		IF_EQUAL(VFIO_TYPE << 8, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {
		.len = sizeof(code) / sizeof(*code),
		.filter = code,
	};

	if (!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return 0;
	/* Who may not filter programs with more rights gives those up. */
	if (errno != EACCES || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* In the child: never returns. */
static void become(char *const *argv, const sigset_t *blocked, int ready,
		   int why)
{
	int err;
	char byte;

	sigprocmask(SIG_SETMASK, blocked, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	if (read(ready, &byte, 1) == 1 && !filter())
		execvp(argv[0], argv);
	err = errno;
	if (write(why, &err, sizeof(err)) < 0)
		_exit(126);
	_exit(127);
}

static enum status seize(pid_t tid, long options, struct failure *f)
{
	if (!ptrace(PTRACE_SEIZE, tid, NULL, options))
		return STATUS_OK;
	if (errno != EPERM)
		return fail_errno(f, "process %d", (int)tid);
	fail(f,
	     "process %d may not be traced: it is another user's, another traces it, or /proc/sys/kernel/yama/ptrace_scope forbids it; CAP_SYS_PTRACE is what it takes",
	     (int)tid);
	f->err = EPERM;
	return f->status;
}

enum status trace_start(char *const *argv, const sigset_t *blocked,
			pid_t *child, int *why, struct failure *f)
{
	int ready[2], reason[2];

	if (pipe2(ready, O_CLOEXEC))
		return fail_errno(f, "no pipe");
	if (pipe2(reason, O_CLOEXEC)) {
		fail_errno(f, "no pipe");
		close(ready[0]);
		close(ready[1]);
		return f->status;
	}
	fflush(stdout);
	*child = fork();
	if (!*child) {
		close(ready[1]);
		become(argv, blocked, ready[0], reason[1]);
	}
	close(ready[0]);
	close(reason[1]);
	if (*child < 0) {
		fail_errno(f, "no process for %s", argv[0]);
	} else if (seize(*child,
			 FOLLOW | PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL,
			 f)) {
		kill(*child, SIGKILL);
		waitpid(*child, NULL, 0);
	} else if (write(ready[1], "", 1) != 1) {
		fail_errno(f, "%s", argv[0]);
	}
	close(ready[1]);
	if (f->status)
		close(reason[0]);
	*why = reason[0];
	return f->status;
}

enum status trace_start_failed(int why, const char *name, struct failure *f)
{
	int err;

	if (read(why, &err, sizeof(err)) == sizeof(err)) {
		errno = err;
		fail_errno(f, "%s", name);
	}
	close(why);
	return f->status;
}

/* Those of its threads that we do not have yet; how many that were. */
static size_t attach_threads(struct tracer *t, DIR *threads, struct failure *f)
{
	const struct dirent *entry;
	size_t before = t->count;

	rewinddir(threads);
	while (!f->status && (entry = readdir(threads))) {
		pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10);
		bool known = tid <= 0;

		for (size_t i = 0; i < t->count && !known; i++)
			known = t->tracee[i]->tid == tid;
		if (known)
			continue;
		/* A thread may have ended since. */
		if (seize(tid, FOLLOW, f)) {
			if (f->err == ESRCH)
				failure_free(f);
			continue;
		}
		ptrace(PTRACE_INTERRUPT, tid, NULL, NULL);
		trace_add(t, tid);
	}
	return t->count - before;
}

enum status trace_attach(struct tracer *t, pid_t pid, struct failure *f)
{
	char *path = mem_asprintf("/proc/%d/task", (int)pid);
	DIR *threads = opendir(path);

	free(path);
	if (!threads)
		return fail(f, "there is no process %d", (int)pid);
	while (attach_threads(t, threads, f))
		;
	closedir(threads);
	if (!f->status && !t->count)
		return fail(f, "process %d ended", (int)pid);
	return f->status;
}
