/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where sessions are found: sockets in a directory that only their owner can
 * enter. A session is a name in it, or, when it has a slash, the path of a
 * socket (root uses that for a session of somebody else).
 */
#ifndef CLI_PLACE_H
#define CLI_PLACE_H

#include <stdbool.h>
#include <sys/un.h>

#include "failure.h"

#define SESSION_DEFAULT "default"
#define PLACE_SOCKET ".sock" /* ends the names of sockets */

/* The directory, without a look at whether it is there. */
char *place_dir(void);
/* Makes the directory, and checks that nobody else can enter it. */
enum status place_make(struct failure *f);
enum status place_make_at(const char *dir, struct failure *f);
/* Is it there, and ours? A directory that is not there is no failure. */
enum status place_check(bool *there, struct failure *f);
/* Is @name one for place_dir(), rather than a path? */
bool place_is_name(const char *name);
enum status place_check_name(const char *name, struct failure *f);
/* Makes a session's name of its socket's, or says that it is none. */
bool place_take_name(char *file);
char *place_path(const char *name, const char *suffix);
enum status place_address(const char *name, struct sockaddr_un *address,
			  struct failure *f);

#endif
