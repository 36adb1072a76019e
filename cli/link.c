// SPDX-License-Identifier: GPL-2.0-or-later
#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pass.h"
#include "place.h"
#include "vars.h"

#define GOODBYE_MS 10000

volatile sig_atomic_t link_interrupted;

void link_init(struct link *link)
{
	*link = (struct link){ .fd = -1, .passed = -1 };
}

static void link_drop(struct link *link)
{
	if (link->fd >= 0)
		close(link->fd);
	if (link->passed >= 0)
		close(link->passed);
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

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

long long link_until(int ms)
{
	return now_ms() + ms;
}

bool link_wait(int fd, short events, long long until)
{
	struct pollfd wait = { .fd = fd, .events = events };
	sigset_t all, usual;
	struct timespec patience = { 0 };
	long long left = 0;
	int ready = 0;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &usual);
	while (!ready && left >= 0 && !link_interrupted) {
		left = until < 0 ? 0 : until - now_ms();
		patience.tv_sec = left > 0 ? left / 1000 : 0;
		patience.tv_nsec = left > 0 ? left % 1000 * 1000000L : 0;
		ready = ppoll(&wait, 1, until < 0 ? NULL : &patience, &usual);
		if (ready < 0)
			ready = errno == EINTR ? 0 : 1;
	}
	sigprocmask(SIG_SETMASK, &usual, NULL);
	return ready > 0;
}

bool link_pause(int ms)
{
	link_wait(-1, 0, link_until(ms));
	return !link_interrupted;
}

/* Waits for more bytes: 1 they are there, 0 end, -1 interrupted or late. */
static int read_more(struct link *link, long long until)
{
	ssize_t got;

	buf_drop(&link->in, link->at);
	link->at = 0;
	buf_reserve(&link->in, 1 << 16);
	do {
		if (!link_wait(link->fd, POLLIN, until))
			return -1;
		got = pass_receive(link->fd, link->in.data + link->in.len,
				   link->in.cap - link->in.len, &link->passed,
				   0);
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

static void late(const struct link *link, struct failure *f)
{
	if (link_interrupted) {
		fail(f, "interrupted");
		return;
	}
	/* One that we have started ourselves has not told its pid yet. */
	if (!link->pid) {
		fail(f, "session %s does not answer", link->name);
		return;
	}
	fail(f, "session %s (pid %d) is busy or stuck", link->name,
	     (int)link->pid);
	fail_hint(f, "kill %d", (int)link->pid);
}

static enum link_result receive(struct link *link, long long until,
				struct message_head *head, const char **data,
				struct failure *f)
{
	int state, more;

	while (!(state = whole(link, head))) {
		more = read_more(link, until);
		if (!more)
			return LINK_DEAD;
		if (more < 0) {
			late(link, f);
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

static enum status gone(struct link *link, const char *how, struct failure *f)
{
	fail(f, "session %s (pid %d) %s, and what it held is gone", link->name,
	     (int)link->pid, how);
	link_drop(link);
	return f->status;
}

enum status link_next(struct link *link, long long until,
		      enum message_type *type, const char **data, size_t *len,
		      struct failure *f)
{
	struct message_head head;

	switch (receive(link, until, &head, data, f)) {
	case LINK_OK:
		if (head.type == MESSAGE_BYE)
			return gone(link, "was stopped", f);
		*type = head.type;
		*len = head.length;
		return STATUS_OK;
	case LINK_DEAD:
		return gone(link, "died", f);
	default:
		link_drop(link);
		return f->status;
	}
}

/* It takes no request any more. Did it say goodbye before? */
static enum status lost(struct link *link, struct failure *f)
{
	enum message_type type;
	const char *data;
	size_t len;

	while (!link_next(link, link_until(0), &type, &data, &len, f))
		;
	return f->status;
}

/* Sends all of @out, and @fd with its first byte; false: it is lost. */
static bool send_all(struct link *link, const struct buf *out, int fd)
{
	size_t done = 0;
	ssize_t sent = 0;

	while (done < out->len && sent >= 0) {
		sent = pass_send(link->fd, out->data + done, out->len - done,
				 done ? -1 : fd, MSG_DONTWAIT);
		if (sent < 0 && errno == EAGAIN &&
		    link_wait(link->fd, POLLOUT, -1))
			sent = 0;
		done += sent > 0 ? (size_t)sent : 0;
	}
	return sent >= 0;
}

enum status link_run(struct link *link, unsigned flags, unsigned line,
		     const struct vars *vars, const char *text, size_t len,
		     struct failure *f)
{
	struct run_head head = { .flags = flags, .line = line };
	struct buf out = { 0 }, block = { 0 };
	uint32_t size = 0;
	int cwd = -1;
	bool sent;

	/* Another user could do through it what is for us alone. */
	if (!link->foreign)
		cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (vars && vars->count) {
		head.flags |= RUN_VARS;
		buf_add(&block, &size, sizeof(size));
		vars_write(vars, &block);
		size = (uint32_t)(block.len - sizeof(size));
		memcpy(block.data, &size, sizeof(size));
	}
	proto_put(&out, MESSAGE_RUN,
		  (struct part[3]){ { &head, sizeof(head) },
				    { block.data, block.len },
				    { text, len } });
	sent = send_all(link, &out, cwd);
	buf_free(&block);
	buf_free(&out);
	if (cwd >= 0)
		close(cwd);
	return sent ? STATUS_OK : lost(link, f);
}

static enum link_result read_hello(struct link *link, const json_t *hello,
				   struct failure *f)
{
	const json_t *error = json_object_get(hello, "error");
	const char *text;

	if (json_is_true(json_object_get(hello, "taken")))
		return LINK_TAKEN;
	if (json_is_object(error)) {
		failure_read(f, error);
		return LINK_FAILED;
	}
	text = json_string_value(json_object_get(hello, "name"));
	free(link->name);
	link->name = mem_strdup(text ? text : "");
	text = json_string_value(json_object_get(hello, "device"));
	link->device = mem_strdup(text ? text : "");
	/* What the kernel said of it counts for more. */
	if (!link->pid)
		link->pid = (pid_t)json_integer_value(
			json_object_get(hello, "pid"));
	return LINK_OK;
}

enum link_result link_greet(struct link *link, long long until,
			    struct failure *f)
{
	enum link_result result;
	struct message_head head;
	const char *data;
	json_t *hello;

	result = receive(link, until, &head, &data, f);
	if (result == LINK_OK && head.type != MESSAGE_HELLO)
		result = LINK_DEAD;
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
	if (errno == EAGAIN) {
		fail(f,
		     "session %s is busy or stuck, and many wait for it already",
		     name);
		return LINK_FAILED;
	}
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

/* Never waits for a session that takes nobody, but asks again. */
static int reach(int fd, const struct sockaddr_un *address, long long until)
{
	while (connect(fd, (const struct sockaddr *)address,
		       sizeof(*address))) {
		if (errno != EAGAIN || now_ms() >= until || link_interrupted)
			return -1;
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	}
	return fcntl(fd, F_SETFL, 0);
}

/* Whom we met; a session is somebody else's only for root. */
static enum status identify(struct link *link, const char *name,
			    struct failure *f)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(link->fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) ||
	    (peer.uid != geteuid() && geteuid()))
		return fail(f, "session %s is run by another user (uid %u)",
			    name, (unsigned)peer.uid);
	link->foreign = peer.uid != geteuid();
	link->pid = peer.pid;
	link->name = mem_strdup(name);
	return STATUS_OK;
}

enum link_result link_connect(struct link *link, const char *name,
			      long long until, struct failure *f)
{
	struct sockaddr_un address;
	bool there;

	if (place_is_name(name)) {
		if (place_check(&there, f))
			return LINK_FAILED;
	}
	if (place_address(name, &address, f))
		return LINK_FAILED;
	link->fd =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (link->fd < 0) {
		fail_errno(f, "no socket");
		return LINK_FAILED;
	}
	if (reach(link->fd, &address, until)) {
		enum link_result result = not_connected(name, &address, f);

		link_drop(link);
		return result;
	}
	if (identify(link, name, f)) {
		link_drop(link);
		return LINK_FAILED;
	}
	return link_greet(link, until, f);
}
