// SPDX-License-Identifier: GPL-2.0-or-later
#include "aside.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Files of the caller's that stay open would keep others waiting for their end.
 */
static void let_go(int *end)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	*end = dup2(*end, 3);
	close_range(4, ~0U, 0);
}

/* In the child: never returns. Its own child has no parent that must wait. */
static void work_aside(int end, enum status (*work)(void *, struct failure *),
		       void *data)
{
	struct failure f = { 0 };
	json_t *error;

	setsid();
	if (fork())
		_exit(0);
	let_go(&end);
	work(data, &f);
	error = f.status ? failure_json(&f, "") : json_null();
	json_dumpfd(error, end, JSON_ENCODE_ANY);
	_exit(0);
}

enum status aside_begin(struct aside *aside,
			enum status (*work)(void *data, struct failure *f),
			void *data, struct failure *f)
{
	int pair[2];
	pid_t child;

	if (pipe2(pair, O_CLOEXEC))
		return fail_errno(f, "no pipe");
	fflush(stdout);
	child = fork();
	if (!child)
		work_aside(pair[1], work, data);
	close(pair[1]);
	aside->end = pair[0];
	if (child < 0) {
		fail_errno(f, "no process for it");
		close(pair[0]);
		return f->status;
	}
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	return STATUS_OK;
}

bool aside_ended(const struct aside *aside, int ms, struct failure *f)
{
	struct pollfd end = { .fd = aside->end, .events = POLLIN };
	json_t *error;

	if (poll(&end, 1, ms) <= 0)
		return false;
	error = json_loadfd(aside->end, JSON_DECODE_ANY, NULL);
	if (json_is_object(error))
		failure_read(f, error);
	else if (!error)
		fail(f, "the process that was at it has ended");
	json_decref(error);
	return true;
}

void aside_end(struct aside *aside)
{
	close(aside->end);
}
