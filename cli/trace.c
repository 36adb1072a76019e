// SPDX-License-Identifier: GPL-2.0-or-later
/* The stops of what is traced, one after another. */
#include "trace.h"

#include <errno.h>
#include <linux/vfio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "buf.h"
#include "outside.h"

#define SYSCALL_STOP (SIGTRAP | 0x80)

uint64_t trace_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static struct tracee *find(struct tracer *t, pid_t tid)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->tracee[i]->tid == tid)
			return t->tracee[i];
	return NULL;
}

/* A number in a line of its /proc/PID/status; 0 without the line. */
static int status_number(pid_t tid, const char *format)
{
	char *path = mem_asprintf("/proc/%d/status", (int)tid), line[128];
	FILE *file = fopen(path, "re");
	int number = 0;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, format, &number) == 1)
			break;
	if (file)
		fclose(file);
	free(path);
	return number;
}

static pid_t process_of(pid_t tid)
{
	int pid = status_number(tid, "Tgid: %d");

	return pid ? pid : tid;
}

struct tracee *trace_add(struct tracer *t, pid_t tid)
{
	struct tracee *who = find(t, tid);

	if (who)
		return who;
	who = mem_realloc(NULL, sizeof(*who));
	memset(who, 0, sizeof(*who));
	who->tid = tid;
	who->pid = process_of(tid);
	if (t->count == t->cap) {
		t->cap = t->cap ? 2 * t->cap : 16;
		t->tracee = mem_realloc(t->tracee, t->cap * sizeof(*t->tracee));
	}
	return t->tracee[t->count++] = who;
}

static void drop(struct tracer *t, struct tracee *who)
{
	size_t i = 0;

	while (t->tracee[i] != who)
		i++;
	t->tracee[i] = t->tracee[--t->count];
	trace_finish(&who->call);
	free(who);
}

void trace_free(struct tracer *t)
{
	while (t->count)
		drop(t, t->tracee[0]);
	free(t->tracee);
	sigprocmask(SIG_SETMASK, &t->before, NULL);
	trace_files_free(&t->files);
	trace_sum_free(&t->sum);
}

/* What becomes of a process, beside its calls. */
static void tell(struct tracer *t, const struct tracee *who, const char *event,
		 const char *key, json_t *value, const char *message)
{
	json_t *record;

	if (t->summary || t->errors || !t->running) {
		json_decref(value);
		return;
	}
	record = json_pack("{s:s, s:I, s:i, s:i}", "event", event, "time",
			   (json_int_t)(trace_now() - t->began), "pid",
			   (int)who->pid, "tid", (int)who->tid);
	json_object_set_new(record, key, value);
	json_object_set_new(record, "message", json_text_or_null(message));
	trace_show(t, record);
}

void trace_closed(struct tracer *t, const struct tracee *who)
{
	json_t *closed;

	while ((closed = trace_files_closed(&t->files, who->pid)))
		tell(t, who, "close", "closed", closed, NULL);
}

static void tell_end(struct tracer *t, const struct tracee *who, int status)
{
	bool killed = WIFSIGNALED(status);
	char *name = killed ? outside_signal(WTERMSIG(status)) : NULL;

	tell(t, who, "end", "end",
	     json_pack("{s:o, s:s?}", "status",
		       killed ? json_null() : json_integer(WEXITSTATUS(status)),
		       "signal", name),
	     NULL);
	free(name);
}

static void at_call(struct tracer *t, struct tracee *who)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, who->tid, sizeof(info), &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
		if (who->call.inside)
			trace_leave(t, who, info.exit.rval);
		return;
	}
	/* A stop for the filter has these where an entry has them. */
	if (info.op == PTRACE_SYSCALL_INFO_NONE ||
	    !trace_is_ioctl(info.arch, info.entry.nr) ||
	    _IOC_TYPE((unsigned)info.entry.args[1]) != VFIO_TYPE)
		return;
	who->call.compat = trace_is_compat(info.arch, info.entry.nr);
	trace_enter(t, who, (int)info.entry.args[0],
		    (unsigned)info.entry.args[1], info.entry.args[2]);
}

/*
 * A program's own filter comes before ours, so an ioctl that it forbids ends
 * the program without a stop; what it was is still in its registers.
 */
static void at_exit(struct tracer *t, struct tracee *who)
{
	unsigned long status = 0;
#ifdef __x86_64__
	struct user_regs_struct regs;

	ptrace(PTRACE_GETEVENTMSG, who->tid, NULL, &status);
	if (WIFSIGNALED((int)status) && WTERMSIG((int)status) == SIGSYS &&
	    !ptrace(PTRACE_GETREGS, who->tid, NULL, &regs) &&
	    regs.orig_rax == __NR_ioctl &&
	    _IOC_TYPE((unsigned)regs.rsi) == VFIO_TYPE)
		trace_enter(t, who, (int)regs.rdi, (unsigned)regs.rsi,
			    regs.rdx);
#endif
	if (who->call.inside)
		trace_lost(
			t, who,
			WTERMSIG((int)status) == SIGSYS
				? "the program's own seccomp filter killed it for this"
				: "its thread ended first");
}

/* Its filter cost the program the rights of such a file. */
static const char *rights_lost(pid_t pid, const char *program)
{
	struct stat st;

	if (stat(program, &st) || !(st.st_mode & (S_ISUID | S_ISGID)) ||
	    !status_number(pid, "NoNewPrivs: %d"))
		return NULL;
	return "without the rights of its set-user-ID bit: to leave them to it, trace needs CAP_SYS_ADMIN";
}

/* Only the one that called exec goes on, under the number of the first. */
static void at_exec(struct tracer *t, struct tracee *who)
{
	unsigned long former = 0;
	struct tracee *gone;
	char path[256], *program;
	ssize_t length;

	ptrace(PTRACE_GETEVENTMSG, who->tid, NULL, &former);
	gone = (pid_t)former != who->tid ? find(t, (pid_t)former) : NULL;
	if (gone)
		drop(t, gone);
	trace_finish(&who->call);
	t->running = true;
	program = mem_asprintf("/proc/%d/exe", (int)who->pid);
	length = readlink(program, path, sizeof(path) - 1);
	path[length > 0 ? length : 0] = '\0';
	tell(t, who, "exec", "program", json_text(path),
	     rights_lost(who->pid, program));
	free(program);
	trace_closed(t, who);
}

static void at_birth(struct tracer *t, const struct tracee *who)
{
	unsigned long number = 0;
	struct tracee *child;

	if (ptrace(PTRACE_GETEVENTMSG, who->tid, NULL, &number))
		return;
	child = trace_add(t, (pid_t)number);
	tell(t, child, "begin", "parent", json_integer(who->pid), NULL);
}

static int resume_with(const struct tracer *t, const struct tracee *who)
{
	return t->every || who->call.inside ? PTRACE_SYSCALL : PTRACE_CONT;
}

static void at_stop(struct tracer *t, struct tracee *who, int status)
{
	int signal = WSTOPSIG(status), event = status >> 16;
	long deliver = 0;

	t->stops++;
	switch (event) {
	case PTRACE_EVENT_SECCOMP:
		at_call(t, who);
		break;
	case PTRACE_EVENT_EXEC:
		at_exec(t, who);
		break;
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		at_birth(t, who);
		break;
	case PTRACE_EVENT_EXIT:
		at_exit(t, who);
		break;
	case PTRACE_EVENT_STOP:
		/* A stop of the whole process goes on till somebody ends it. */
		if (signal != SIGTRAP && !t->leaving) {
			ptrace(PTRACE_LISTEN, who->tid, NULL, NULL);
			return;
		}
		break;
	default:
		if (signal == SYSCALL_STOP)
			at_call(t, who);
		else
			deliver = signal;
	}
	if (!t->leaving) {
		ptrace(resume_with(t, who), who->tid, NULL, deliver);
		return;
	}
	if (who->call.inside)
		trace_lost(t, who, "it went on when the trace ended");
	if (!ptrace(PTRACE_DETACH, who->tid, NULL, deliver))
		drop(t, who);
}

static void at_end(struct tracer *t, struct tracee *who, int status)
{
	if (who->tid == t->first) {
		t->status = status;
		t->ended = true;
	}
	if (who->tid == who->pid) {
		tell_end(t, who, status);
		trace_files_end(&t->files, who->pid);
	}
	drop(t, who);
}

/* Whoever has them stops once more, and is let go then. */
static void leave(struct tracer *t)
{
	t->leaving = true;
	for (size_t i = 0; i < t->count; i++)
		ptrace(PTRACE_INTERRUPT, t->tracee[i]->tid, NULL, NULL);
}

/*
 * A terminal's signals reach a program that we started by themselves; it
 * decides what they mean.
 */
static void wait_a_while(struct tracer *t)
{
	int signal;

	fflush(t->out);
	signal = sigwaitinfo(&t->signals, NULL);
	if (signal < 0 || signal == SIGCHLD)
		return;
	if (t->every)
		leave(t);
	else if (signal == SIGTERM || signal == SIGHUP)
		kill(t->first, signal);
}

void trace_hold_signals(struct tracer *t)
{
	static const int signals[] = { SIGCHLD, SIGINT, SIGQUIT, SIGTERM,
				       SIGHUP };

	sigemptyset(&t->signals);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		sigaddset(&t->signals, signals[i]);
	sigprocmask(SIG_BLOCK, &t->signals, &t->before);
}

void trace_run(struct tracer *t)
{
	struct tracee *who;
	int status;
	pid_t tid;

	while (t->count) {
		tid = waitpid(-1, &status, __WALL | WNOHANG);
		if (!tid) {
			wait_a_while(t);
		} else if (tid < 0) {
			if (errno == ECHILD)
				break;
		} else if (WIFSTOPPED(status)) {
			at_stop(t, trace_add(t, tid), status);
		} else {
			who = find(t, tid);
			if (who)
				at_end(t, who, status);
		}
	}
}
