/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client's connection to a session. A session greets whom it accepts, and
 * only then is anything asked of it: a connection that ends before the
 * greeting met a session that was just leaving, and may be tried again.
 */
#ifndef CLI_LINK_H
#define CLI_LINK_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "buf.h"
#include "failure.h"
#include "proto.h"

struct vars;

struct link {
	int fd; /* -1: not connected */
	int passed; /* a descriptor that it has sent, or -1 */
	struct buf in;
	size_t at; /* in .in: what was read already */
	bool ending; /* the session ends when we leave */
	bool foreign; /* it is run by another user, and we are root */
	char *name, *device;
	pid_t pid;
};

enum link_result {
	LINK_OK,
	LINK_NONE, /* no such session */
	LINK_DEAD, /* its socket is there, its process is not */
	LINK_TAKEN, /* somebody else starts it at this moment */
	LINK_FAILED,
};

/* Set by a handler of SIGINT: give up waiting. */
extern volatile sig_atomic_t link_interrupted;

/* False: interrupted, perhaps a moment before we began to wait, or late. */
bool link_wait(int fd, short events, long long until);
/* False: interrupted. */
bool link_pause(int ms);

void link_init(struct link *link);
/* The time @ms from now, as the ends of patience below; -1 is for ever. */
long long link_until(int ms);
/* Connects to session @name and reads its greeting, which tells who it is. */
enum link_result link_connect(struct link *link, const char *name,
			      long long until, struct failure *f);
/*
 * Starts session @name and connects; @keep: it stays until it is stopped. It
 * opens @device, or holds what @fd is unless that is -1.
 */
enum link_result link_start(struct link *link, const char *name,
			    const char *device, int fd, bool keep,
			    struct failure *f);
/* Says goodbye; waits for a session that ends with it. */
void link_close(struct link *link);

/* Sends @text, with this process's directory if the session is ours. */
enum status link_run(struct link *link, unsigned flags, unsigned line,
		     const struct vars *vars, const char *text, size_t len,
		     struct failure *f);
/*
 * The next message; its content stays until the next call. A link that waited
 * in vain is closed: what comes late must not pass for another answer.
 */
enum status link_next(struct link *link, long long until,
		      enum message_type *type, const char **data, size_t *len,
		      struct failure *f);
/* Reads the greeting on a fresh descriptor. */
enum link_result link_greet(struct link *link, long long until,
			    struct failure *f);

#endif
