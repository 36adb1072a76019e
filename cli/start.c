// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Starting a session. The process that will be it runs this same program
 * anew, so that it has a clean memory, no terminal and a name that ps shows;
 * all it keeps is one end of a socket pair, its first client, and where there
 * is one the descriptor that it is to hold. So a session
 * that starts by itself cannot find itself without clients and leave, and
 * the starter learns whether the device could be opened.
 */
#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "place.h"
#include "server.h"

#define START_MS 30000

/* What keeps the child from being a session, in the words of one. */
static void give_up(int fd, const char *what)
{
	struct failure f = { 0 };
	struct buf out = { 0 };
	json_t *hello;
	char *text;

	fail_errno(&f, "%s", what);
	hello = json_pack("{s:o}", "error", failure_json(&f, NULL));
	text = json_dumps(hello, JSON_COMPACT);
	proto_put(&out, MESSAGE_HELLO,
		  (struct part[3]){ { text, strlen(text) } });
	send(fd, out.data, out.len, MSG_NOSIGNAL);
	_exit(127);
}

/* Puts both descriptors where the session looks for them. */
static void place_files(int null, int client, int device)
{
	/* Neither must be overwritten before it is moved. */
	client = fcntl(client, F_DUPFD, SERVER_DEVICE_FD + 1);
	device = device < 0 ? -1 : fcntl(device, F_DUPFD, SERVER_DEVICE_FD + 1);
	for (int i = 0; i < 3; i++)
		dup2(null, i);
	dup2(client, SERVER_FIRST_FD);
	if (device >= 0)
		dup2(device, SERVER_DEVICE_FD);
	close_range(SERVER_FIRST_FD + (device < 0 ? 1 : 2), ~0u, 0);
}

/* In the child: never returns. */
static void become(const char *name, const char *device, int device_fd,
		   bool keep, int fd)
{
	char *argv[] = { "iommufdctl",
			 "--session",
			 (char *)name,
			 "--device",
			 (char *)device,
			 "__service",
			 keep ? "keep" : "auto",
			 device_fd < 0 ? NULL : "--handed",
			 NULL };
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	setsid();
	if (fork())
		_exit(0);
	if (null < 0)
		give_up(fd, "/dev/null");
	place_files(null, fd, device_fd);
	umask(077);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	/* Not before the program is found: its path may be a relative one. */
	execv("/proc/self/exe", argv);
	give_up(SERVER_FIRST_FD, "/proc/self/exe");
}

enum link_result link_start(struct link *link, const char *name,
			    const char *device, int fd, bool keep,
			    struct failure *f)
{
	enum link_result result;
	int pair[2];
	pid_t child;

	if (place_check_name(name, f) || place_make(f))
		return LINK_FAILED;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) {
		fail_errno(f, "no socket");
		return LINK_FAILED;
	}
	child = fork();
	if (!child)
		become(name, device, fd, keep, pair[1]);
	close(pair[1]);
	if (child < 0) {
		fail_errno(f, "no process for the session");
		close(pair[0]);
		return LINK_FAILED;
	}
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	link->fd = pair[0];
	link->name = mem_strdup(name);
	result = link_greet(link, link_until(START_MS), f);
	if (result == LINK_DEAD) {
		fail(f, "session %s ended while it started", name);
		result = LINK_FAILED;
	}
	return result;
}
