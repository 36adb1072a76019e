// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A session that a client should not trust, as root would meet one in a
 * user's directory: rude_session SOCKET STEP STATUS COMMAND JSON. It greets
 * whoever comes, and answers every request with that result and that step;
 * with the step "none" it hangs up instead.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char hello[] =
	"{\"name\":\"rude\",\"pid\":1,\"device\":\"/dev/iommu\"}";

static void message(int fd, uint16_t type, const void *head, size_t head_len,
		    const char *one, const char *two)
{
	struct {
		uint16_t version, type;
		uint32_t length;
	} start = { 1, type, (uint32_t)(head_len + strlen(one) + strlen(two)) };
	char data[4096];
	size_t len = 0;

	memcpy(data, &start, sizeof(start));
	len += sizeof(start);
	memcpy(data + len, head, head_len);
	len += head_len;
	len += (size_t)snprintf(data + len, sizeof(data) - len, "%s%s", one,
				two);
	send(fd, data, len, MSG_NOSIGNAL);
}

static void serve(int fd, char **argv)
{
	struct {
		uint32_t line;
		uint8_t status, json;
		uint16_t name_length;
	} result = { 1, (uint8_t)atoi(argv[3]), 0, (uint16_t)strlen(argv[4]) };
	struct {
		uint64_t used;
		uint32_t line;
		uint8_t step, rest[3];
	} done = { 0, 1, (uint8_t)atoi(argv[2]), { 0 } };
	char request[4096];

	message(fd, 1, "", 0, hello, "");
	while (recv(fd, request, sizeof(request), 0) > 0) {
		message(fd, 3, &result, sizeof(result), argv[4], argv[5]);
		if (!strcmp(argv[2], "none"))
			break;
		message(fd, 4, &done, sizeof(done), "", "");
	}
	close(fd);
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);

	if (argc != 6)
		return 2;
	/* Under its name there is only one that listens. */
	snprintf(address.sun_path, sizeof(address.sun_path), "%s.new", argv[1]);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(listener, 5) || rename(address.sun_path, argv[1]))
		return 1;
	for (;;)
		serve(accept(listener, NULL, NULL), argv);
}
