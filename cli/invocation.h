/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one call of the program asks for: its options, and lines to run. */
#ifndef CLI_INVOCATION_H
#define CLI_INVOCATION_H

#include "buf.h"
#include "parse.h"
#include "words.h"

struct shell;

struct invocation {
	struct buf line; /* argv, quoted into one line */
	struct words words;
	struct parsed parsed;
	struct buf script; /* what is to be run, without the options above */
};

/* Reads argv and sets up @sh; a mistake is printed. */
enum status invocation_read(struct invocation *in, char **argv,
			    struct shell *sh);
void invocation_run(struct invocation *in, struct shell *sh);
void invocation_free(struct invocation *in);

#endif
