// SPDX-License-Identifier: GPL-2.0-or-later
#include "terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include <readline/readline.h>

#include "link.h"

volatile sig_atomic_t terminal_ended;

static volatile sig_atomic_t resized, continued;

static void on_signal(int signal)
{
	switch (signal) {
	case SIGINT:
		link_interrupted = 1;
		break;
	case SIGWINCH:
		resized = 1;
		break;
	case SIGCONT:
		continued = 1;
		break;
	default:
		link_interrupted = terminal_ended = 1;
	}
}

static void call_on(int number, int flags)
{
	struct sigaction action = { .sa_handler = on_signal,
				    .sa_flags = flags };

	sigaction(number, &action, NULL);
}

void terminal_catch_signals(void)
{
	/* What is being written must not fail; what waits wakes up anyway. */
	call_on(SIGINT, SA_RESTART);
	call_on(SIGWINCH, SA_RESTART);
	call_on(SIGCONT, SA_RESTART);
	/* These shall end us even while the terminal takes no output. */
	call_on(SIGTERM, 0);
	call_on(SIGHUP, 0);
}

void terminal_take(int meta)
{
	struct termios state;

	rl_prep_terminal(meta);
	if (tcgetattr(STDIN_FILENO, &state))
		return;
	state.c_cc[VMIN] = 0;
	state.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSANOW, &state);
}

int terminal_wait(void)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	sigset_t all, usual;
	int ready = 0;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &usual);
	if (!link_interrupted && !resized && !continued)
		ready = ppoll(&input, 1, NULL, &usual);
	sigprocmask(SIG_SETMASK, &usual, NULL);
	if (ready < 0)
		return errno == EINTR ? 0 : -1;
	return input.revents & (POLLHUP | POLLERR | POLLNVAL) ? -1 : ready;
}

void terminal_draw_anew(void)
{
	if (resized) {
		resized = 0;
		rl_resize_terminal();
	}
	if (continued) {
		continued = 0;
		/* Whoever stopped us had the terminal in its usual state. */
		rl_deprep_terminal();
		terminal_take(1);
		rl_forced_update_display();
	}
}
