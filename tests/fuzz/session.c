// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a session reads from a client, and a client from a session: the first
 * byte says which. The device cannot be opened, so nothing is done in earnest.
 */
#include "fuzz.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server.h"
#include "shell.h"

static int given_up_never;

static bool given_up(const struct context *ctx)
{
	(void)ctx;
	return given_up_never;
}

/* One end has @data to be read, and then nothing more. */
static int speak(const uint8_t *data, size_t size, int *listener)
{
	int pair[2];

	MUST(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
	MUST(!size || send(pair[0], data, size, MSG_NOSIGNAL | MSG_DONTWAIT) ==
			      (ssize_t)size);
	shutdown(pair[0], SHUT_WR);
	*listener = pair[1];
	return pair[0];
}

static void drain(int fd)
{
	char bytes[4096];

	while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
}

static void be_session(const uint8_t *data, size_t size)
{
	struct server s = {
		.name = "fuzz",
		.keep = true,
		.listener = -1,
		.lock = -1,
		.limit = 2,
		.ctx = { .device = true,
			 .path = "/nowhere/iommu",
			 .fd = -1,
			 .cwd = -1,
			 .given_up = given_up },
	};
	int mine, theirs = speak(data, size, &mine);
	struct peer *peer;

	s.ctx.server = &s;
	s.runner.ctx = &s.ctx;
	peer_add(&s, mine);
	peer = s.peer[0];
	peer_greet(&s, peer, false, NULL);
	for (int turns = 0; !peer->gone; turns++) {
		short wanted = peer_events(peer);

		/* Each turn reads, runs or writes something. */
		MUST(turns < 10000);
		peer_serve(&s, peer, wanted & (POLLIN | POLLOUT));
		drain(theirs);
	}
	peer_free(peer);
	free(s.peer);
	runner_free(&s.runner);
	context_close(&s.ctx);
	close(theirs);
}

static void be_client(const uint8_t *data, size_t size)
{
	static const char script[] = "ioas list\nioas show 1\n";
	struct failure f = { 0 };
	unsigned line = 1;
	struct shell sh;
	int mine, theirs = speak(data, size, &mine);

	shell_init(&sh);
	sh.mode = SHELL_SCRIPT;
	sh.source = "fuzz";
	sh.session = "fuzz";
	sh.session_given = true;
	sh.link.fd = mine;
	sh.link.name = mem_strdup("fuzz");
	sh.link.foreign = true;
	if (link_greet(&sh.link, link_until(1000), &f) == LINK_OK)
		shell_feed(&sh, script, strlen(script), true, &line);
	failure_free(&f);
	shell_free(&sh);
	close(theirs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool begun;

	/* A client that lost its session looks for it there. */
	if (!begun)
		setenv("XDG_RUNTIME_DIR", "/nowhere", 1);
	begun = true;
	if (!size || size > 60000)
		return 0;
	if (data[0] & 1)
		be_session(data + 1, size - 1);
	else
		be_client(data + 1, size - 1);
	return 0;
}
