// SPDX-License-Identifier: GPL-2.0-or-later
#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "place.h"

#define GOODBYE_MS 2000

volatile sig_atomic_t link_interrupted;

void link_init(struct link *link)
{
	*link = (struct link){ .fd = -1 };
}

static void link_drop(struct link *link)
{
	if (link->fd >= 0)
		close(link->fd);
	buf_free(&link->in);
	free(link->name);
	free(link->device);
	link_init(link);
}

void link_close(struct link *link)
{
	struct pollfd wait = { .fd = link->fd, .events = POLLIN };
	char byte;

	if (link->fd >= 0 && link->ending) {
		shutdown(link->fd, SHUT_WR);
		while (poll(&wait, 1, GOODBYE_MS) > 0 &&
		       read(link->fd, &byte, 1) > 0)
			;
	}
	link_drop(link);
}

static enum status lost(struct link *link, struct failure *f)
{
	char *name = mem_strdup(link->name ? link->name : SESSION_DEFAULT);
	pid_t pid = link->pid;

	link_drop(link);
	fail(f, "session %s (pid %d) died, and what it held is gone", name,
	     (int)pid);
	free(name);
	return f->status;
}

enum status link_run(struct link *link, unsigned flags, unsigned line,
		     const char *text, size_t len, struct failure *f)
{
	struct run_head head = { .flags = flags, .line = line };
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct buf out = { 0 };
	size_t done = 0;
	int cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	ssize_t sent = 0;

	proto_put(&out, MESSAGE_RUN,
		  (struct part[3]){ { &head, sizeof(head) }, { text, len } });
	while (done < out.len && sent >= 0) {
		struct iovec part = { out.data + done, out.len - done };
		struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

		if (!done && cwd >= 0) {
			control.align = (struct cmsghdr){ CMSG_LEN(sizeof(int)),
							  SOL_SOCKET,
							  SCM_RIGHTS };
			memcpy(CMSG_DATA(&control.align), &cwd, sizeof(cwd));
			message.msg_control = &control;
			message.msg_controllen = sizeof(control);
		}
		sent = sendmsg(link->fd, &message, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR && !link_interrupted)
			sent = 0;
		done += sent > 0 ? (size_t)sent : 0;
	}
	buf_free(&out);
	if (cwd >= 0)
		close(cwd);
	return sent < 0 ? lost(link, f) : STATUS_OK;
}

/* Waits for more bytes: 1 they are there, 0 end, -1 interrupted or late. */
static int read_more(struct link *link, int patience)
{
	struct pollfd wait = { .fd = link->fd, .events = POLLIN };
	ssize_t got;
	int ready;

	buf_drop(&link->in, link->at);
	link->at = 0;
	buf_reserve(&link->in, 1 << 16);
	do {
		ready = patience < 0 ? 1 : poll(&wait, 1, patience);
		if (!ready)
			return -1;
		got = ready < 0 ? -1
				: read(link->fd, link->in.data + link->in.len,
				       link->in.cap - link->in.len);
		if (got < 0 && errno == EINTR && link_interrupted)
			return -1;
	} while (got < 0 && errno == EINTR);
	if (got > 0)
		link->in.len += (size_t)got;
	return got > 0;
}

/* Is a whole message in the buffer? -1: it is none of this protocol. */
static int whole(const struct link *link, struct message_head *head)
{
	size_t there = link->in.len - link->at;

	if (there < sizeof(*head))
		return 0;
	memcpy(head, link->in.data + link->at, sizeof(*head));
	if (head->version != PROTO_VERSION ||
	    (link->foreign && head->length > PROTO_MAX))
		return -1;
	return there - sizeof(*head) >= head->length;
}

static enum link_result receive(struct link *link, int patience,
				struct message_head *head, const char **data,
				struct failure *f)
{
	int state, more;

	while (!(state = whole(link, head))) {
		more = read_more(link, patience);
		if (!more)
			return LINK_DEAD;
		if (more < 0) {
			fail(f, link_interrupted
					? "interrupted"
					: "the session does not answer");
			return LINK_FAILED;
		}
	}
	if (state < 0) {
		fail(f,
		     "the session speaks another version of the protocol; stop it with the tool that started it");
		return LINK_FAILED;
	}
	*data = link->in.data + link->at + sizeof(*head);
	link->at += sizeof(*head) + head->length;
	return LINK_OK;
}

enum status link_next(struct link *link, enum message_type *type,
		      const char **data, size_t *len, struct failure *f)
{
	struct message_head head;

	switch (receive(link, -1, &head, data, f)) {
	case LINK_OK:
		*type = head.type;
		*len = head.length;
		return STATUS_OK;
	case LINK_DEAD:
		return lost(link, f);
	default:
		link_drop(link);
		return f->status;
	}
}

static enum link_result read_hello(struct link *link, const json_t *hello,
				   struct failure *f)
{
	const json_t *error = json_object_get(hello, "error");
	const char *text;

	if (json_is_true(json_object_get(hello, "taken")))
		return LINK_TAKEN;
	if (json_is_object(error)) {
		fail(f, "%s",
		     json_string_value(json_object_get(error, "message")));
		f->err =
			(int)json_integer_value(json_object_get(hello, "code"));
		text = json_string_value(json_object_get(error, "hint"));
		if (text)
			fail_hint(f, "%s", text);
		return LINK_FAILED;
	}
	text = json_string_value(json_object_get(hello, "name"));
	link->name = mem_strdup(text ? text : "");
	text = json_string_value(json_object_get(hello, "device"));
	link->device = mem_strdup(text ? text : "");
	link->pid = (pid_t)json_integer_value(json_object_get(hello, "pid"));
	return LINK_OK;
}

enum link_result link_greet(struct link *link, int patience, struct failure *f)
{
	enum link_result result;
	struct message_head head;
	const char *data;
	json_t *hello;

	result = receive(link, patience, &head, &data, f);
	if (result == LINK_OK) {
		hello = json_loadb(data, head.length, 0, NULL);
		result = read_hello(link, hello, f);
		json_decref(hello);
	}
	if (result != LINK_OK)
		link_drop(link);
	return result;
}

static enum link_result not_connected(const char *name,
				      const struct sockaddr_un *address,
				      struct failure *f)
{
	struct stat st;

	if (errno == ENOENT || errno == ENOTDIR)
		return LINK_NONE;
	if (errno == ECONNREFUSED)
		return LINK_DEAD;
	if (errno == EACCES || errno == EPERM) {
		if (!stat(address->sun_path, &st))
			fail(f,
			     "session %s belongs to another user (uid %u), who alone can use it, besides root",
			     name, (unsigned)st.st_uid);
		else
			fail(f,
			     "session %s is in a directory of another user, who alone can use it, besides root",
			     name);
		f->err = EACCES;
		return LINK_FAILED;
	}
	fail_errno(f, "session %s at %s", name, address->sun_path);
	return LINK_FAILED;
}

enum link_result link_connect(struct link *link, const char *name, int patience,
			      struct failure *f)
{
	struct sockaddr_un address;
	struct ucred peer;
	socklen_t size = sizeof(peer);
	bool there;

	if (place_is_name(name)) {
		if (place_check(&there, f))
			return LINK_FAILED;
	}
	if (place_address(name, &address, f))
		return LINK_FAILED;
	link->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (link->fd < 0) {
		fail_errno(f, "no socket");
		return LINK_FAILED;
	}
	if (connect(link->fd, (struct sockaddr *)&address, sizeof(address))) {
		enum link_result result = not_connected(name, &address, f);

		link_drop(link);
		return result;
	}
	if (getsockopt(link->fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) ||
	    (peer.uid != geteuid() && geteuid())) {
		fail(f, "session %s is run by another user (uid %u)", name,
		     (unsigned)peer.uid);
		link_drop(link);
		return LINK_FAILED;
	}
	link->foreign = peer.uid != geteuid();
	return link_greet(link, patience, f);
}
