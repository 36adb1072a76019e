// SPDX-License-Identifier: GPL-2.0-or-later
#include "outside.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buf.h"

/* In the child: never returns. */
static void become(const char *command, int input)
{
	const char *shell = getenv("SHELL");

	signal(SIGPIPE, SIG_DFL);
	if (input >= 0)
		dup2(input, STDIN_FILENO);
	if (*command)
		execl("/bin/sh", "sh", "-c", command, NULL);
	else
		execlp(shell && *shell ? shell : "/bin/sh", "sh", NULL);
	perror(*command ? "/bin/sh" : "$SHELL");
	_exit(127);
}

static enum status start(const char *command, int input, pid_t *child,
			 struct failure *f)
{
	fflush(stdout);
	*child = fork();
	if (!*child)
		become(command, input);
	return *child < 0 ? fail_errno(f, "no process for %s", command)
			  : STATUS_OK;
}

static int wait_for(pid_t child)
{
	int status = 0;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

/* Those of real time have no names, and where they begin depends on libc. */
char *outside_signal(int number)
{
	const char *name = sigabbrev_np(number);

	if (name)
		return mem_asprintf("SIG%s", name);
	return number < SIGRTMIN
		       ? mem_asprintf("SIG%d", number)
		       : mem_asprintf("SIGRTMIN+%d", number - SIGRTMIN);
}

enum status outside_judge(int status, struct failure *f)
{
	char *name;

	if (WIFEXITED(status) && WEXITSTATUS(status))
		return fail(f, "status %d", WEXITSTATUS(status));
	if (!WIFSIGNALED(status))
		return STATUS_OK;
	name = outside_signal(WTERMSIG(status));
	fail(f, "ended by %s", name);
	free(name);
	return f->status;
}

enum status outside_run(const char *command, struct failure *f)
{
	pid_t child;

	if (start(command, -1, &child, f))
		return f->status;
	return outside_judge(wait_for(child), f);
}

enum status outside_exec(char *const *argv, bool replace, struct failure *f)
{
	pid_t child = 0;

	fflush(stdout);
	if (!replace)
		child = fork();
	if (child < 0)
		return fail_errno(f, "no process for %s", argv[0]);
	if (child)
		return outside_judge(wait_for(child), f);
	signal(SIGPIPE, SIG_DFL);
	execvp(argv[0], argv);
	signal(SIGPIPE, SIG_IGN);
	fail_errno(f, "%s", argv[0]);
	if (replace)
		return f->status;
	fprintf(stderr, "%s\n", f->message);
	_exit(127);
}

enum status outside_begin(struct outside *o, const char *command,
			  struct failure *f)
{
	int pair[2];

	if (pipe2(pair, O_CLOEXEC))
		return fail_errno(f, "no pipe");
	if (!start(command, pair[0], &o->child, f)) {
		o->stdout_kept = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
		dup2(pair[1], STDOUT_FILENO);
	}
	close(pair[0]);
	close(pair[1]);
	return f->status;
}

void outside_end(struct outside *o)
{
	/* It may have left; then the rest is for nobody. */
	if (fflush(stdout) || ferror(stdout)) {
		__fpurge(stdout);
		clearerr(stdout);
	}
	if (o->stdout_kept >= 0) {
		dup2(o->stdout_kept, STDOUT_FILENO);
		close(o->stdout_kept);
	} else {
		close(STDOUT_FILENO);
	}
	wait_for(o->child);
}
