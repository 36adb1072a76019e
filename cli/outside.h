/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs of the system's shell beside a line of the prompt: `!program` in
 * its place, and `command | program` behind it. Ctrl-C reaches them as it
 * reaches us; we wait for them whatever they make of it.
 */
#ifndef CLI_OUTSIDE_H
#define CLI_OUTSIDE_H

#include <stdbool.h>
#include <sys/types.h>

#include "failure.h"

struct outside {
	pid_t child;
	int stdout_kept; /* where our output went before, or -1 */
};

/* Runs @command, or a shell when it is empty; fails as that does. */
enum status outside_run(const char *command, struct failure *f);
/*
 * Runs a program by its arguments; @replace: in our place, so only what keeps
 * it from that comes back.
 */
enum status outside_exec(char *const *argv, bool replace, struct failure *f);
/* A program that ended with @status, as waitpid() has it, fails as that says. */
enum status outside_judge(int status, struct failure *f);
/* SIGSEGV; the caller frees it. */
char *outside_signal(int number);
/* Our standard output is its input, up to outside_end(). */
enum status outside_begin(struct outside *o, const char *command,
			  struct failure *f);
void outside_end(struct outside *o);

#endif
