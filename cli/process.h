/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel says of this process. */
#ifndef CLI_PROCESS_H
#define CLI_PROCESS_H

#include <stdint.h>

/* A line "NAME:  VALUE" of /proc/self/status, or 0. */
uint64_t process_status(const char *name, int base);
/* What is pinned of its memory, whoever pays for it. */
uint64_t process_pinned(void);

#endif
