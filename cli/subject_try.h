/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Could a process open these nodes? The kernel is asked, and not a copy of its
 * rules: a child of ours takes on the process' control group, users and
 * capabilities, and asks for access there. No device is opened by that, since
 * a group opens for one user only. What a security module would say to the
 * process itself, whose label the child has not, stays open.
 */
#ifndef CLI_SUBJECT_TRY_H
#define CLI_SUBJECT_TRY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct subject;

struct attempt {
	int err; /* 0: it may be opened */
	bool found; /* and so the following are set */
	bool nodev; /* no device opens on the file system that it is on */
	mode_t mode;
	dev_t number;
};

enum tried {
	TRIED_ALL,
	TRIED_OWN_RULES, /* under our control group's rules, not its */
	TRIED_NOTHING, /* the child did not answer */
};

/* Fills in an attempt at each of @count paths. */
enum tried subject_try(const struct subject *s, char *const *paths,
		       struct attempt *attempts, size_t count);

#endif
