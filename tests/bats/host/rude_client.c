// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Clients that a session has to bear: rude_client SOCKET HOW. Each prints
 * what the session did in the end: "closed" or "open".
 *
 *	silent		connects and says nothing
 *	junk		sends bytes that are no message
 *	huge		announces a message of 4 GB
 *	short		sends half a message and hangs up
 *	version		speaks another version of the protocol
 *	deaf N		has N lines run and reads nothing
 *	many N		keeps N connections
 *	flood		connects until nobody is taken any more
 *	slow		sends a request in three parts, one a line it reads, and
 *			says which it has sent
 */
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct head {
	uint16_t version, type;
	uint32_t length;
};

static int reach(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		perror(path);
		exit(1);
	}
	return fd;
}

static void tell(int fd, const void *data, size_t len)
{
	if (send(fd, data, len, MSG_NOSIGNAL) != (ssize_t)len)
		perror("send");
}

/* Reads what comes, up to the end or to a time without anything. */
static const char *outcome(int fd, int ms)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	char data[4096];

	while (poll(&wait, 1, ms) > 0)
		if (read(fd, data, sizeof(data)) <= 0)
			return "closed";
	return "open";
}

static void flood(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	do
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	while (!connect(fd, (struct sockaddr *)&address, sizeof(address)));
}

static void dribble(int fd)
{
	static const char line[] = "ioas list\n";
	const struct {
		struct head head;
		uint32_t flags, line;
	} start = { { 1, 2, 8 + sizeof(line) - 1 }, 4, 1 };

	setlinebuf(stdout);
	tell(fd, &start, sizeof(start));
	puts("first");
	getchar();
	tell(fd, line, 4);
	puts("second");
	getchar();
	tell(fd, line + 4, sizeof(line) - 1 - 4);
}

static void run_lines(int fd, int count)
{
	static const char line[] = "ioas list\n";
	const uint32_t flags_and_line[] = { 0, 1 };
	size_t len = sizeof(flags_and_line) + count * (sizeof(line) - 1);
	struct head head = { 1, 2, (uint32_t)len };
	char *text = malloc(count * (sizeof(line) - 1));

	for (int i = 0; i < count; i++)
		memcpy(text + i * (sizeof(line) - 1), line, sizeof(line) - 1);
	tell(fd, &head, sizeof(head));
	tell(fd, flags_and_line, sizeof(flags_and_line));
	tell(fd, text, count * (sizeof(line) - 1));
	free(text);
}

int main(int argc, char **argv)
{
	const char *how = argc > 2 ? argv[2] : "";
	int count = argc > 3 ? atoi(argv[3]) : 0;
	int fd = reach(argv[1]);
	/* A session may take its time to close; one that stays is seen soon. */
	int patience = strcmp(how, "silent") && strcmp(how, "slow") ? 60000
								    : 1000;

	if (!strcmp(how, "junk")) {
		tell(fd, "GET / HTTP/1.0\r\n\r\n", 18);
	} else if (!strcmp(how, "huge")) {
		tell(fd, &(struct head){ 1, 2, UINT32_MAX },
		     sizeof(struct head));
	} else if (!strcmp(how, "version")) {
		tell(fd, &(struct head){ 77, 2, 8 }, sizeof(struct head));
		tell(fd, "12345678", 8);
	} else if (!strcmp(how, "short")) {
		tell(fd, &(struct head){ 1, 2, 100 }, sizeof(struct head));
		tell(fd, "half", 4);
		shutdown(fd, SHUT_WR);
	} else if (!strcmp(how, "deaf")) {
		run_lines(fd, count);
		puts("deaf");
		fflush(stdout);
		pause();
	} else if (!strcmp(how, "slow")) {
		dribble(fd);
	} else if (!strcmp(how, "flood")) {
		flood(argv[1]);
		puts("full");
		fflush(stdout);
		pause();
	} else if (!strcmp(how, "many")) {
		while (--count > 0)
			reach(argv[1]);
		puts("many");
		fflush(stdout);
		pause();
	}
	puts(outcome(fd, patience));
	return 0;
}
