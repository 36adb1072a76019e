/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptors that travel over a socket along with bytes (SCM_RIGHTS). */
#ifndef CLI_PASS_H
#define CLI_PASS_H

#include <stddef.h>
#include <sys/types.h>

/* As send(), with @fd unless it is -1. */
ssize_t pass_send(int socket, const void *data, size_t len, int fd, int flags);
/*
 * As recv(). A descriptor that came along replaces *@fd, which is closed; of
 * several only the last stays.
 */
ssize_t pass_receive(int socket, void *data, size_t len, int *fd, int flags);

#endif
