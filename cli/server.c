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
#define TICK_MS 2000 /* to look for what does not go on, or is gone */
#define REQUEST_SECONDS 30
#define LINGER_MS 1000 /* for the last answers of a session that stops */

static volatile sig_atomic_t terminated;

static void on_signal(int signal)
{
	(void)signal;
	terminated = 1;
}

/*
 * The only place where signals come in, so that none is lost between a look
 * at "terminated" and the wait.
 */
static int wait_for(struct pollfd *list, size_t count, int ms)
{
	const struct timespec patience = { ms / 1000, ms % 1000 * 1000000L };
	sigset_t none;

	sigemptyset(&none);
	return ppoll(list, count, &patience, &none);
}

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Has the client of the line that runs hung up, or is all to end? */
static bool given_up(const struct context *ctx)
{
	const struct peer *peer = ctx->server->runner.owner;
	struct pollfd wait = { .fd = peer->fd, .events = POLLRDHUP };

	return wait_for(&wait, 1, 0) > 0 || terminated;
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
	size_t kept = 0;

	/* Whoever saw the session end sees its socket gone as well. */
	if (s->count == 1 && s->peer[0]->gone &&
	    server_ends_after(s, s->peer[0]))
		s->stopping = true;
	if (s->stopping)
		return;
	for (size_t i = 0; i < s->count; i++) {
		struct peer *peer = s->peer[i];

		if (peer->gone)
			peer_free(peer);
		else
			s->peer[kept++] = peer;
	}
	s->count = kept;
}

/*
 * A request that does not go on. Only silence while we were listening counts:
 * this process may have been busy, or stopped, for long.
 */
static void listen_to(struct peer *peer, const struct pollfd *result)
{
	time_t now = (time_t)(now_ms() / 1000);

	if (!peer->in.len || !(result->events & POLLIN) ||
	    result->revents & POLLIN)
		peer->heard = now;
	else if (now - peer->heard > REQUEST_SECONDS)
		peer->gone = true;
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
		if (peer_is_busy(s, s->peer[i]) &&
		    (!s->peer[i]->later || wait > LATER_MS))
			wait = s->peer[i]->later ? LATER_MS : 0;
	}
	*full = false;
	if (wait_for(poll_list, count + 1, wait) >= 0) {
		for (size_t i = 0; i < count; i++) {
			listen_to(s->peer[i], &poll_list[i]);
			peer_serve(s, s->peer[i], poll_list[i].revents);
		}
		if (poll_list[count].revents)
			*full = !accept_peers(s);
	}
	free(poll_list);
	remove_gone(s);
}

/* Gives clients that wait for an answer a moment to take it. */
static void linger(struct server *s)
{
	long long end = now_ms() + LINGER_MS;
	bool full = true;

	for (;;) {
		bool pending = false;

		for (size_t i = 0; i < s->count; i++)
			pending |= !s->peer[i]->gone &&
				   s->peer[i]->out.len > s->peer[i]->sent;
		if (!pending || now_ms() > end)
			return;
		turn(s, &full);
	}
}

static void prepare(struct server *s)
{
	struct sigaction quit = { .sa_handler = on_signal };
	struct rlimit files;
	char title[16] = "iommufd:";
	sigset_t quits;

	strncat(title, s->name, sizeof(title) - strlen(title) - 1);
	prctl(PR_SET_NAME, title);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sigaction(SIGTERM, &quit, NULL);
	sigaction(SIGINT, &quit, NULL);
	sigemptyset(&quits);
	sigaddset(&quits, SIGTERM);
	sigaddset(&quits, SIGINT);
	sigprocmask(SIG_BLOCK, &quits, NULL);
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
	long long looked = now_ms();
	bool full = false;

	while (!s->stopping && !terminated && !server_ends_after(s, NULL)) {
		turn(s, &full);
		if (now_ms() - looked < TICK_MS)
			continue;
		looked = now_ms();
		if (!server_stays_reachable(s))
			break;
	}
	s->stopping = true;
	for (size_t i = 0; i < s->count; i++)
		peer_bye(s->peer[i]);
}

enum status server_main(const char *name, const char *device, bool keep, int fd)
{
	struct server s = {
		.name = name,
		.keep = keep,
		.listener = -1,
		.lock = -1,
		.ctx = { .device = true,
			 .path = device,
			 .fd = fd,
			 .cwd = -1,
			 .given_up = given_up },
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
