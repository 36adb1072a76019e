/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A session: one process, one thread, one descriptor of /dev/iommu. Each
 * client that is connected is a peer; their scripts run in slices, in turn,
 * and a peer that does not read its answers waits with a full buffer while
 * the others go on.
 */
#ifndef CLI_SERVER_H
#define CLI_SERVER_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "buf.h"
#include "context.h"
#include "run.h"
#include "vars.h"

#define SERVER_FIRST_FD 3
#define SERVER_DEVICE_FD 4 /* if it was handed over */

/* Which file it is, whatever its path. */
struct inode {
	dev_t device;
	ino_t number; /* 0: none */
};

struct peer {
	int fd;
	int cwd; /* the client's directory, or -1 */
	int pass; /* what goes to it along with the next bytes, or -1 */
	struct buf in, out;
	size_t sent; /* of out */
	struct buf text; /* of the script that runs */
	struct script script;
	struct vars vars; /* a copy of the client's */
	bool running, later; /* its line waits, and is run now and then */
	uint64_t since; /* it was run first */
	bool gone; /* to be removed */
	bool leaving; /* has nothing more to say */
	unsigned flags; /* of its RUN */
	time_t heard; /* of it, or when it had nothing to say */
};

struct server {
	struct context ctx;
	struct runner runner;
	const char *name;
	char *socket_path, *lock_path;
	int listener, lock;
	struct inode socket_inode, lock_inode;
	bool keep; /* stay without objects */
	bool stopping;
	struct peer **peer;
	size_t count, limit;
};

/*
 * Runs a session until it ends; its first client is SERVER_FIRST_FD. @fd: the
 * descriptor that it is to hold, or -1.
 */
enum status server_main(const char *name, const char *device, bool keep,
			int fd);

/* setup.c: the socket in its place, under a lock. */
enum server_setup {
	SETUP_OK,
	SETUP_TAKEN,
	SETUP_FAILED,
};
enum server_setup server_open(struct server *s, struct failure *f);
/* Clients find it by its path; when that is gone, puts it there anew. */
bool server_stays_reachable(struct server *s);
void server_close(struct server *s);
/*
 * Removes what a killed session left and says whether it did; keeps off one
 * that lives or is just leaving. Of a socket given by its path nothing more
 * can be known, so that counts as killed.
 */
bool server_sweep(const char *name);

/* peer.c */
void peer_add(struct server *s, int fd);
void peer_free(struct peer *peer);
void peer_greet(const struct server *s, struct peer *peer, bool taken,
		const struct failure *f);
/* Tells it that the session ends by somebody's wish. */
void peer_bye(struct peer *peer);
short peer_events(const struct peer *peer);
bool peer_is_busy(const struct server *s, const struct peer *peer);
/* Does what @events allow, and a slice of its script. */
void peer_serve(struct server *s, struct peer *peer, short events);

/* Is @peer the last reason for this session to stay? */
bool server_ends_after(const struct server *s, const struct peer *peer);

#endif
