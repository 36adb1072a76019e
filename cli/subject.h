/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process by what the kernel lets it do: whose users, capabilities, limits
 * and filters count when it opens a node or locks memory. Its root directory
 * is under its control: paths are only ever looked up inside of it.
 */
#ifndef CLI_SUBJECT_H
#define CLI_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "failure.h"

struct subject {
	pid_t pid; /* 0: this process */
	int pidfd; /* -1 for this process */
	int root; /* its root directory, O_PATH */
	char *command;
	uid_t account; /* whose memory it is that it locks: the real user */
	uid_t uid; /* those that files are opened with */
	gid_t gid;
	gid_t *groups;
	size_t num_groups;
	uint64_t capabilities; /* effective, in its user namespace */
	bool own_users; /* its user namespace is not the initial one */
	bool our_users; /* it is the one that we are in */
	bool our_mounts; /* and so is its mount namespace */
	unsigned seccomp; /* 0, 1: strict, 2: filters */
	unsigned filters; /* how many; 0 where the kernel does not tell */
	bool no_new_privs;
	char *label; /* that a security module gave it, or NULL */
	char *cgroup; /* the control group whose rules for devices count */
	uint64_t lock_limit; /* UINT64_MAX: none */
	uint64_t locked; /* of its memory, in bytes */
};

/* @pid 0 is this process. A failure names the right that is missing. */
enum status subject_open(struct subject *s, pid_t pid, struct failure *f);
void subject_close(struct subject *s);
/* Is what was read of one process, which is still there? */
bool subject_lives(const struct subject *s);
/* Has it CAP_IPC_LOCK where the kernel asks for it? */
bool subject_locks_at_will(const struct subject *s);
/* "/proc/PID/NAME" of it, as evidence; the caller frees it. */
char *subject_path(const struct subject *s, const char *name);

#endif
