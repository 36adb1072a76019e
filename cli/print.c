// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Results go to standard output and nothing else does; with --json it carries
 * one document, whatever happens. Errors are for people, on standard error,
 * and stand in the document as well.
 */
#include "shell.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "look.h"
#include "render.h"

#define SCHEMA 1
#define PIECE 4096

void print_flush(struct shell *sh)
{
	if (sh->output_failed || (!fflush(stdout) && !ferror(stdout)))
		return;
	sh->output_failed = true;
	if (errno != EPIPE)
		fprintf(stderr, "iommufdctl: standard output: %s\n",
			strerror(errno));
	if (!sh->status)
		sh->status = STATUS_REFUSED;
}

/* Ctrl-C at the prompt ends a long answer, too; a short one is told whole. */
static void put_answer(const char *text)
{
	sig_atomic_t before = link_interrupted;
	size_t left = strlen(text), piece = 0;

	for (; left && link_interrupted == before; left -= piece) {
		piece = left < PIECE ? left : PIECE;
		if (fwrite(text, 1, piece, stdout) != piece)
			return;
		text += piece;
	}
	if (left)
		putchar('\n');
}

static void print_document(const struct outcome *o)
{
	json_t *document = json_pack("{s:i}", "schema", SCHEMA);
	char *text;

	if (o->status)
		json_object_set(document, "error", o->tree);
	json_object_update(document, o->status ? o->partial : o->tree);
	text = json_dumps(document, JSON_INDENT(2));
	put_answer(text ? text : "null");
	putchar('\n');
	free(text);
	json_decref(document);
}

static void print_element(struct shell *sh, const struct outcome *o)
{
	json_t *command = *o->command ? json_text(o->command) : json_null();
	json_t *file = json_text(sh->source);
	char *name = json_dumps(command, JSON_ENCODE_ANY);
	char *source = json_dumps(file, JSON_ENCODE_ANY);
	const json_t *result = o->status ? o->partial : o->tree;
	char *text = result ? json_dumps(result, JSON_COMPACT) : NULL;
	char *error = o->status ? json_dumps(o->tree, JSON_COMPACT) : NULL;

	printf("%s{\"source\": %s, \"line\": %u, \"command\": %s, ",
	       sh->printed++ ? ",\n" : "\n", source, o->line, name);
	printf("\"result\": %s, \"error\": %s}", text ? text : "null",
	       error ? error : "null");
	free(error);
	free(text);
	free(name);
	free(source);
	json_decref(command);
	json_decref(file);
}

/* A window may have another size each time that somebody types. */
static const struct look *look_now(struct shell *sh)
{
	if (!sh->looked || sh->mode == SHELL_PROMPT)
		sh->look = look_at(STDOUT_FILENO, sh->colour);
	sh->looked = true;
	return &sh->look;
}

static void print_text(struct shell *sh, const struct outcome *o)
{
	const struct command *cmd = command_find(o->command);
	struct buf b = { 0 };

	if (cmd)
		render(&b, cmd->view, o->status ? o->partial : o->tree,
		       look_now(sh));
	put_answer(buf_text(&b));
	buf_free(&b);
}

void print_outcome(struct shell *sh, const struct outcome *o)
{
	bool element = sh->json && sh->mode == SHELL_SCRIPT;

	if (o->status && !sh->status)
		sh->status = o->status;
	if (o->status) {
		print_adapt_hint(sh, o->tree);
		print_error(sh, o->line, o->tree);
	}
	if (element)
		print_element(sh, o);
	else if (sh->json || o->json)
		print_document(o);
	else if (!o->status || (o->partial && !sh->quiet))
		print_text(sh, o);
	if (sh->mode == SHELL_PROMPT || ferror(stdout))
		print_flush(sh);
}

void print_failure(struct shell *sh, const struct failure *f)
{
	const struct outcome o = {
		.status = f->status,
		.command = "",
		.tree = failure_json(f, NULL),
	};

	print_outcome(sh, &o);
	json_decref(o.tree);
}

void print_begin(struct shell *sh)
{
	json_t *source;
	char *text;

	if (!sh->json || sh->mode != SHELL_SCRIPT)
		return;
	source = json_text(sh->source);
	text = json_dumps(source, JSON_ENCODE_ANY);
	sh->printed = 0;
	printf("{\"schema\": %d, \"source\": %s, \"results\": [", SCHEMA, text);
	free(text);
	json_decref(source);
}

void print_end(struct shell *sh)
{
	if (sh->json && sh->mode == SHELL_SCRIPT)
		printf("\n]}\n");
	print_flush(sh);
}
