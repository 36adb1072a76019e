// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A session's name is its lock: whoever holds NAME.lock may remove a socket
 * that lies there and put its own in the place. The kernel lets go of the
 * lock when a process is killed, so what that leaves can be told from a
 * session that lives. Both files can also vanish under a session: logind and
 * cleaners of temporary files remove them. Then a successor may have its own
 * there, which is none of the old one's business.
 */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
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

static void note(struct inode *inode, const struct stat *st)
{
	*inode = (struct inode){ st->st_dev, st->st_ino };
}

/* Is that still at @path, or has somebody removed or replaced it? */
static bool is_there(const char *path, const struct inode *inode)
{
	struct stat st;

	return inode->number && !lstat(path, &st) &&
	       st.st_dev == inode->device && st.st_ino == inode->number;
}

static enum server_setup hold_lock(struct server *s, struct failure *f)
{
	int lock = take_lock(s->lock_path);
	struct stat st;

	if (lock < 0) {
		if (errno == EWOULDBLOCK)
			return SETUP_TAKEN;
		fail_errno(f, "%s cannot be locked", s->lock_path);
		return SETUP_FAILED;
	}
	if (s->lock >= 0)
		close(s->lock);
	s->lock = lock;
	if (!fstat(lock, &st))
		note(&s->lock_inode, &st);
	return SETUP_OK;
}

static enum server_setup open_socket(struct server *s, struct failure *f)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat st;

	memcpy(address.sun_path, s->socket_path, strlen(s->socket_path) + 1);
	unlink(address.sun_path);
	s->listener =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->listener < 0 ||
	    bind(s->listener, (struct sockaddr *)&address, sizeof(address)) ||
	    lstat(address.sun_path, &st) || listen(s->listener, 128)) {
		fail_errno(f, "no socket at %s", address.sun_path);
		return SETUP_FAILED;
	}
	note(&s->socket_inode, &st);
	return SETUP_OK;
}

enum server_setup server_open(struct server *s, struct failure *f)
{
	struct sockaddr_un address;
	enum server_setup setup;

	s->lock_path = place_path(s->name, ".lock");
	if (place_address(s->name, &address, f))
		return SETUP_FAILED;
	s->socket_path = mem_strdup(address.sun_path);
	setup = hold_lock(s, f);
	if (setup != SETUP_OK)
		return setup;
	/* The device first: a socket means that the session can serve. */
	if (context_open(&s->ctx, f))
		return SETUP_FAILED;
	return open_socket(s, f);
}

/* The directory of before, not where a new session would look for one. */
static bool make_directory(const struct server *s, struct failure *f)
{
	char *dir = mem_strdup(s->lock_path);
	bool made;

	*strrchr(dir, '/') = '\0';
	made = !place_make_at(dir, f);
	free(dir);
	return made;
}

bool server_stays_reachable(struct server *s)
{
	struct failure f = { 0 };
	bool reachable;

	if (is_there(s->socket_path, &s->socket_inode))
		return true;
	close(s->listener);
	s->listener = -1;
	s->socket_inode = (struct inode){ 0 };
	reachable = make_directory(s, &f) &&
		    (is_there(s->lock_path, &s->lock_inode) ||
		     hold_lock(s, &f) == SETUP_OK) &&
		    open_socket(s, &f) == SETUP_OK;
	failure_free(&f);
	return reachable;
}

void server_close(struct server *s)
{
	/* What lies there now may be a successor's. */
	if (is_there(s->socket_path, &s->socket_inode))
		unlink(s->socket_path);
	if (s->listener >= 0)
		close(s->listener);
	/* What was mapped is gone before somebody can start a successor. */
	context_close(&s->ctx);
	if (is_there(s->lock_path, &s->lock_inode))
		unlink(s->lock_path);
	if (s->lock >= 0)
		close(s->lock);
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
	socket_path = place_path(name, PLACE_SOCKET);
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
