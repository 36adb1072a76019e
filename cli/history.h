/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines typed at the prompt, kept between one prompt and the next. */
#ifndef CLI_HISTORY_H
#define CLI_HISTORY_H

#include <stdbool.h>

struct history {
	char *path; /* NULL: there is no place to keep it */
	bool complained;
};

void history_open(struct history *h);
/* Keeps @line, unless it repeats the last one; a failure is said once. */
void history_note(struct history *h, const char *line);
void history_close(struct history *h);

#endif
