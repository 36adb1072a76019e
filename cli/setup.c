// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A session's name is its lock: whoever holds NAME.lock may remove a socket
 * that lies there and put its own in the place. The kernel lets go of the
 * lock when a process is killed, so what that leaves can be told from a
 * session that lives.
 */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "place.h"

/* A descriptor with the lock, -1 with EWOULDBLOCK when it is taken. */
static int take_lock(const char *path)
{
	for (;;) {
		struct stat mine, there;
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
			      0600);

		if (fd < 0)
			return -1;
		if (flock(fd, LOCK_EX | LOCK_NB)) {
			int err = errno;

			close(fd);
			errno = err;
			return -1;
		}
		/* The last holder removes the file: is this still the one? */
		if (!fstat(fd, &mine) && !stat(path, &there) &&
		    mine.st_ino == there.st_ino)
			return fd;
		close(fd);
	}
}

static enum server_setup open_socket(struct server *s, struct failure *f)
{
	struct sockaddr_un address;

	if (place_address(s->name, &address, f))
		return SETUP_FAILED;
	s->socket_path = mem_strdup(address.sun_path);
	unlink(address.sun_path);
	s->listener =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->listener < 0 ||
	    bind(s->listener, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(s->listener, 128)) {
		fail_errno(f, "no socket at %s", address.sun_path);
		return SETUP_FAILED;
	}
	return SETUP_OK;
}

enum server_setup server_open(struct server *s, struct failure *f)
{
	s->lock_path = place_path(s->name, ".lock");
	s->lock = take_lock(s->lock_path);
	if (s->lock < 0) {
		if (errno == EWOULDBLOCK)
			return SETUP_TAKEN;
		fail_errno(f, "%s cannot be locked", s->lock_path);
		return SETUP_FAILED;
	}
	/* The device first: a socket means that the session can serve. */
	if (context_open(&s->ctx, f))
		return SETUP_FAILED;
	return open_socket(s, f);
}

void server_close(struct server *s)
{
	if (s->socket_path)
		unlink(s->socket_path);
	if (s->listener >= 0)
		close(s->listener);
	/* What was mapped is gone before somebody can start a successor. */
	context_close(&s->ctx);
	if (s->lock >= 0) {
		unlink(s->lock_path);
		close(s->lock);
	}
	free(s->socket_path);
	free(s->lock_path);
}

bool server_sweep(const char *name)
{
	char *lock_path, *socket_path;
	bool killed = false;
	int lock;

	if (!place_is_name(name))
		return true;
	lock_path = place_path(name, ".lock");
	socket_path = place_path(name, ".sock");
	lock = take_lock(lock_path);
	if (lock >= 0) {
		killed = !unlink(socket_path);
		unlink(lock_path);
		close(lock);
	}
	free(lock_path);
	free(socket_path);
	return killed;
}
