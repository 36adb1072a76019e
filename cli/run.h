/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one way to run a line, wherever it was typed: a script is any text of
 * lines (the words of argv make a script of one), and run_step() runs its
 * next line in a context. A line that must run in another process is left
 * alone and reported as such; so a session's process and its client can take
 * turns on one script, and neither needs to read it in advance.
 */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "failure.h"
#include "parse.h"
#include "words.h"

struct context;

struct script {
	const char *text;
	size_t len, pos;
	unsigned line; /* of pos, from 1 */
	bool final; /* nothing will follow the text */
	/* Behind the line that run_step() looked at last. */
	size_t next;
	unsigned next_line;
};

/* What became of a line. */
struct outcome {
	unsigned line;
	enum status status;
	bool json; /* this line asked for JSON */
	const char *command; /* its full name, "" when it has none */
	json_t *tree; /* the result, or with a status the error object */
	json_t *partial; /* what there is in spite of an error, or NULL */
};

struct runner {
	struct context *ctx;
	struct words words;
	struct parsed parsed;
	bool quiet; /* successes need no result */
	void (*emit)(struct runner *runner, const struct outcome *outcome);
	void *owner; /* of whoever set emit */
};

#define LATER_MS 20 /* until then */

enum step {
	STEP_RAN,
	STEP_FAILED,
	STEP_END,
	STEP_MORE, /* the rest is no whole line yet */
	STEP_ELSEWHERE, /* not here; runner->parsed says what it is */
	STEP_LATER, /* not yet; others may go on until it is tried again */
};

enum step run_step(struct runner *runner, struct script *script);
/* Reports @f as the outcome of the line that run_step() left alone. */
enum step run_refuse(struct runner *runner, struct script *script,
		     const struct failure *f);
void runner_free(struct runner *runner);

#endif
