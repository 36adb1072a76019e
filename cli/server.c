// SPDX-License-Identifier: GPL-2.0-or-later
#include "server.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define RETRY_MS 100 /* after running out of descriptors */
#define TICK_MS 5000 /* to look for requests that do not go on */
#define REQUEST_SECONDS 30
#define LINGER_MS 1000 /* for the last answers of a session that stops */

static volatile sig_atomic_t terminated;

static void on_signal(int signal)
{
	(void)signal;
	terminated = 1;
}

bool server_ends_after(const struct server *s, const struct peer *peer)
{
	if (s->stopping)
		return true;
	return !s->keep && !s->ctx.store.count &&
	       (!s->count || (s->count == 1 && s->peer[0] == peer));
}

static bool refuse_stranger(struct server *s, struct peer *peer)
{
	struct ucred who;
	socklen_t size = sizeof(who);
	struct failure f = { 0 };

	if (!getsockopt(peer->fd, SOL_SOCKET, SO_PEERCRED, &who, &size) &&
	    (who.uid == geteuid() || !who.uid))
		return false;
	fail(&f, "session %s belongs to another user (uid %u)", s->name,
	     (unsigned)geteuid());
	peer_greet(s, peer, false, &f);
	failure_free(&f);
	peer->leaving = true;
	return true;
}

/* False: there is no descriptor for a new client, look again later. */
static bool accept_peers(struct server *s)
{
	while (s->count < s->limit) {
		int fd = accept4(s->listener, NULL, NULL,
				 SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0)
			return errno == EAGAIN || errno == ECONNABORTED ||
			       errno == EINTR;
		peer_add(s, fd);
		if (!refuse_stranger(s, s->peer[s->count - 1]))
			peer_greet(s, s->peer[s->count - 1], false, NULL);
	}
	return true;
}

static void remove_gone(struct server *s)
{
	time_t now = time(NULL);
	size_t kept = 0;

	/* Whoever saw the session end sees its socket gone as well. */
	if (s->count == 1 && s->peer[0]->gone &&
	    server_ends_after(s, s->peer[0]))
		s->stopping = true;
	if (s->stopping)
		return;
	for (size_t i = 0; i < s->count; i++) {
		struct peer *peer = s->peer[i];

		if (peer->since && now - peer->since > REQUEST_SECONDS)
			peer->gone = true;
		if (peer->gone)
			peer_free(peer);
		else
			s->peer[kept++] = peer;
	}
	s->count = kept;
}

/* One turn: waits for something to do, and does it. */
static void turn(struct server *s, bool *full)
{
	struct pollfd *poll_list =
		mem_realloc(NULL, (s->count + 1) * sizeof(*poll_list));
	int wait = *full || s->stopping ? RETRY_MS : TICK_MS;
	size_t count = s->count;

	poll_list[count] = (struct pollfd){
		.fd = *full || count >= s->limit || s->stopping ? -1
								: s->listener,
		.events = POLLIN,
	};
	for (size_t i = 0; i < count; i++) {
		poll_list[i] = (struct pollfd){
			.fd = s->peer[i]->gone ? -1 : s->peer[i]->fd,
			.events = peer_events(s->peer[i]),
		};
		if (peer_is_busy(s->peer[i]))
			wait = 0;
	}
	*full = false;
	if (poll(poll_list, count + 1, wait) >= 0) {
		for (size_t i = 0; i < count; i++)
			peer_serve(s, s->peer[i], poll_list[i].revents);
		if (poll_list[count].revents)
			*full = !accept_peers(s);
	}
	free(poll_list);
	remove_gone(s);
}

/* Gives clients that wait for an answer a moment to take it. */
static void linger(struct server *s)
{
	struct timespec now;
	long long end;
	bool full = true;

	clock_gettime(CLOCK_MONOTONIC, &now);
	end = now.tv_sec * 1000LL + now.tv_nsec / 1000000 + LINGER_MS;
	for (;;) {
		bool pending = false;

		for (size_t i = 0; i < s->count; i++)
			pending |= !s->peer[i]->gone &&
				   s->peer[i]->out.len > s->peer[i]->sent;
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (!pending ||
		    now.tv_sec * 1000LL + now.tv_nsec / 1000000 > end)
			return;
		turn(s, &full);
	}
}

static void prepare(struct server *s)
{
	struct sigaction quit = { .sa_handler = on_signal };
	struct rlimit files;
	char title[16] = "iommufd:";

	strncat(title, s->name, sizeof(title) - strlen(title) - 1);
	prctl(PR_SET_NAME, title);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sigaction(SIGTERM, &quit, NULL);
	sigaction(SIGINT, &quit, NULL);
	umask(077);
	s->limit = 256;
	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max < 4096 ? files.rlim_max : 4096;
		setrlimit(RLIMIT_NOFILE, &files);
		/* A client takes two, a command opens a few for itself. */
		if (files.rlim_cur / 2 < s->limit + 8)
			s->limit = files.rlim_cur > 20 ? files.rlim_cur / 2 - 8
						       : 2;
	}
}

static void serve(struct server *s)
{
	bool full = false;

	while (!s->stopping && !terminated && !server_ends_after(s, NULL))
		turn(s, &full);
}

enum status server_main(const char *name, const char *device, bool keep)
{
	struct server s = {
		.name = name,
		.keep = keep,
		.listener = -1,
		.lock = -1,
		.ctx = { .device = true, .path = device, .fd = -1, .cwd = -1 },
	};
	struct failure f = { 0 };
	enum server_setup setup;

	if (chdir("/"))
		return STATUS_REFUSED;
	prepare(&s);
	s.ctx.server = &s;
	s.runner.ctx = &s.ctx;
	peer_add(&s, SERVER_FIRST_FD);
	setup = server_open(&s, &f);
	peer_greet(&s, s.peer[0], setup == SETUP_TAKEN,
		   setup == SETUP_FAILED ? &f : NULL);
	if (setup == SETUP_OK)
		serve(&s);
	s.stopping = true;
	linger(&s);
	/* Clients learn that it is over when nothing is left of it. */
	server_close(&s);
	while (s.count)
		peer_free(s.peer[--s.count]);
	free(s.peer);
	runner_free(&s.runner);
	failure_free(&f);
	return STATUS_OK;
}
