/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line's side of everything: takes scripts from argv, -c, a batch
 * file, standard input or the prompt, has each line run where it belongs
 * (here, or in a session that is found or started), and prints what comes.
 */
#ifndef CLI_SHELL_H
#define CLI_SHELL_H

#include <stdbool.h>
#include <stddef.h>

#include "context.h"
#include "link.h"
#include "look.h"
#include "run.h"
#include "vars.h"

enum shell_mode {
	SHELL_SINGLE, /* one line: --json gives its document */
	SHELL_SCRIPT, /* many: --json gives one document of them all */
	SHELL_PROMPT,
};

struct shell {
	enum shell_mode mode;
	bool json, quiet, keep_going, no_session;
	const char *session; /* its name or path */
	bool session_given, device_given;
	char *attached; /* what .session is since session attach, or NULL */
	const char *device;
	int handed; /* a descriptor of it: what --fd is; or -1 */
	const char *source; /* for messages: a file's name, "-c" */
	const struct shell_script *script; /* of batch.c: the file itself */

	struct link link;
	struct runner runner;
	struct context ctx;
	struct vars vars;

	enum colour_when colour;
	struct look look; /* of standard output, once looked at */
	bool looked;

	size_t printed; /* elements of the document so far */
	bool output_failed;
	bool stopped; /* at an error: the rest of the script is not run */
	enum status status; /* of it all */
};

void shell_init(struct shell *sh);
void shell_free(struct shell *sh);

/*
 * Runs the lines of @text and returns how many bytes of it that took; less
 * than all when an error stopped it, or the last line is not whole and not
 * @final. @line is that of the text's first line, and goes on.
 */
size_t shell_feed(struct shell *sh, const char *text, size_t len, bool final,
		  unsigned *line);

/* Connects to the session if it runs. */
enum link_result shell_connect(struct shell *sh, long long until,
			       struct failure *f);
/* Starts it; a session that somebody else starts now is as good. */
enum status shell_start(struct shell *sh, bool keep, bool *started,
			struct failure *f);
/* Connects to it, as one that has to be there. */
enum status shell_find(struct shell *sh, struct failure *f);
/* A shell of its own for one session; the caller's stays where it is. */
void shell_borrow(struct shell *other, const struct shell *sh,
		  const char *session);

/* remote.c: has the session run what it can of the script. */
enum step shell_run_remote(struct shell *sh, struct script *s);
/* Has it pass a copy of its descriptor; the caller closes it. */
enum status shell_pass(struct shell *sh, long long until, int *fd,
		       struct failure *f);
/* Runs one line in it and gives its result, for the tool's needs. */
enum status shell_ask(struct shell *sh, const char *line, long long until,
		      json_t **result, struct failure *f);

/* batch.c: "-" is standard input. */
void batch_run(struct shell *sh, const char *path);
/* The lines of a file, in the middle of a line that names it. */
enum status batch_source(struct shell *sh, const char *path, struct failure *f);
/* repl.c */
void repl_run(struct shell *sh);

/* print_error.c */
void print_error(struct shell *sh, unsigned line, const json_t *error);
/* A hint as it can be typed here. */
void print_adapt_hint(const struct shell *sh, json_t *error);

/* print.c */
void print_outcome(struct shell *sh, const struct outcome *outcome);
/* A failure that belongs to no line. */
void print_failure(struct shell *sh, const struct failure *f);
void print_begin(struct shell *sh);
void print_end(struct shell *sh);
void print_flush(struct shell *sh);

#endif
