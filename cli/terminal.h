/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The terminal of a prompt, and the signals that reach who sits there: what
 * they change is noted, and done when the prompt looks.
 */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <signal.h>

/* Somebody wants us gone. */
extern volatile sig_atomic_t terminal_ended;

void terminal_catch_signals(void);
/*
 * The terminal in readline's state, but a read that finds nothing returns:
 * the kernel throws away what was typed when Ctrl-C comes, and so may do that
 * between a poll and its read.
 */
void terminal_take(int meta);
/*
 * Waits for input or a signal; one that came before is not slept over. -1:
 * there will be no more input.
 */
int terminal_wait(void);
/* After a change of its size, or a stop of ours. */
void terminal_draw_anew(void);

#endif
