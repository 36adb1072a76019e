// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lines that run in a session: what it is sent, and what becomes of its
 * answers, which are believed as far as they keep to the protocol.
 */
#include "shell.h"

#include <string.h>

#include "render.h"

static const char off_protocol[] = "the session does not keep to the protocol";

/* A foreign session could say anything, and its pages would be empty ones. */
static bool has_shape(const struct outcome *o)
{
	const struct command *cmd = command_find(o->command);
	const json_t *result = o->tree;

	if (o->status > STATUS_USAGE || !json_is_object(o->tree))
		return false;
	if (o->status) {
		if (!json_is_string(json_object_get(o->tree, "message")))
			return false;
		result = json_object_get(o->tree, PROTO_BESIDE);
		if (!result)
			return true;
	}
	return cmd && !cmd->sub && json_is_object(result) &&
	       render_fits(cmd->view, result);
}

/* Reads a RESULT; what is none is a failure. The caller frees the tree. */
static enum status read_result(const char *data, size_t len, struct outcome *o,
			       char *name, size_t size, struct failure *f)
{
	struct result_head head = { 0 };

	if (len >= sizeof(head))
		memcpy(&head, data, sizeof(head));
	if (len < sizeof(head) || head.name_length > len - sizeof(head) ||
	    head.name_length >= size)
		return fail(f, "%s", off_protocol);
	data += sizeof(head);
	len -= sizeof(head);
	memcpy(name, data, head.name_length);
	name[head.name_length] = '\0';
	*o = (struct outcome){
		.line = head.line,
		.status = head.status,
		.json = head.json,
		.command = name,
		.tree = json_loadb(data + head.name_length,
				   len - head.name_length, 0, NULL),
	};
	if (has_shape(o))
		return STATUS_OK;
	json_decref(o->tree);
	return fail(f, "%s", off_protocol);
}

/* What a failed command could do all the same came inside of its error. */
static void print_answer(struct shell *sh, const struct outcome *held)
{
	struct outcome o = *held;

	if (o.status) {
		o.partial = json_incref(json_object_get(o.tree, PROTO_BESIDE));
		json_object_del(o.tree, PROTO_BESIDE);
	}
	print_outcome(sh, &o);
	json_decref(o.partial);
}

/*
 * Prints a result. Where it is the only one to come it is kept back until the
 * session is done, for the document to be an error if that never happens.
 */
static enum status take_result(struct shell *sh, const char *data, size_t len,
			       struct outcome *held, char *name, size_t size,
			       struct failure *f)
{
	json_t *tree = held->tree;

	if (read_result(data, len, held, name, size, f)) {
		held->tree = tree;
		return f->status;
	}
	json_decref(tree);
	if (sh->mode == SHELL_SCRIPT) {
		print_answer(sh, held);
		json_decref(held->tree);
		held->tree = NULL;
	}
	return STATUS_OK;
}

static enum status take_done(struct shell *sh, const char *data, size_t len,
			     struct done_head *done, struct failure *f)
{
	memcpy(done, data, sizeof(*done));
	if (len > sizeof(*done) &&
	    !vars_read(&sh->vars, data + sizeof(*done), len - sizeof(*done)))
		return fail(f, "%s", off_protocol);
	return STATUS_OK;
}

/* Takes answers until the session is done with the script. */
static enum status take_answers(struct shell *sh, struct done_head *done,
				struct failure *f)
{
	enum message_type type = MESSAGE_HELLO;
	struct outcome held = { 0 };
	const char *data;
	char name[256];
	size_t len;

	while (!f->status && type != MESSAGE_DONE) {
		if (link_next(&sh->link, -1, &type, &data, &len, f))
			break;
		if (type == MESSAGE_RESULT)
			take_result(sh, data, len, &held, name, sizeof(name),
				    f);
		else if (type == MESSAGE_DONE && len >= sizeof(*done))
			take_done(sh, data, len, done, f);
		else
			fail(f, "%s", off_protocol);
		/* When nobody reads, hanging up stops the script. */
		if (sh->output_failed)
			break;
	}
	if (type != MESSAGE_DONE || f->status)
		link_close(&sh->link);
	else if (held.tree)
		print_answer(sh, &held);
	json_decref(held.tree);
	return f->status;
}

/* Goes on in the script where the session left off. */
static enum step follow(struct shell *sh, struct script *s,
			const struct done_head *done, struct failure *f)
{
	bool moves = done->step == STEP_ELSEWHERE || done->step == STEP_FAILED;

	if (done->used > s->len - s->pos || done->step > STEP_ELSEWHERE ||
	    done->step == STEP_RAN || (moves && !done->used)) {
		fail(f, "%s", off_protocol);
		link_close(&sh->link);
		return STEP_FAILED;
	}
	sh->link.ending = done->ending;
	s->pos += done->used;
	s->line = done->line;
	return done->step;
}

enum step shell_run_remote(struct shell *sh, struct script *s)
{
	unsigned flags = (sh->runner.quiet ? RUN_QUIET : 0) |
			 (sh->keep_going ? RUN_KEEP_GOING : 0) |
			 (s->final ? RUN_FINAL : 0);
	struct done_head done = { 0 };
	struct failure f = { 0 };
	enum step step = STEP_FAILED;

	if (!link_run(&sh->link, flags, s->line, &sh->vars, s->text + s->pos,
		      s->len - s->pos, &f) &&
	    !take_answers(sh, &done, &f) && !sh->output_failed)
		step = follow(sh, s, &done, &f);
	if (f.status) {
		/* Which line it was nobody knows: none of the rest is run. */
		print_failure(sh, &f);
		sh->stopped = true;
	}
	failure_free(&f);
	return step;
}

static enum status keep_answer(const char *data, size_t len, json_t **result,
			       struct failure *f)
{
	struct outcome o;
	char name[256];

	if (read_result(data, len, &o, name, sizeof(name), f))
		return f->status;
	json_decref(*result);
	*result = NULL;
	if (o.status)
		failure_read(f, o.tree);
	else
		*result = json_incref(o.tree);
	json_decref(o.tree);
	return f->status;
}

enum status shell_ask(struct shell *sh, const char *line, long long until,
		      json_t **result, struct failure *f)
{
	enum message_type type = MESSAGE_HELLO;
	struct done_head done;
	const char *data;
	size_t len;

	*result = NULL;
	if (link_run(&sh->link, RUN_FINAL, 1, NULL, line, strlen(line), f))
		return f->status;
	while (type != MESSAGE_DONE) {
		if (link_next(&sh->link, until, &type, &data, &len, f))
			break;
		if (type == MESSAGE_RESULT) {
			keep_answer(data, len, result, f);
		} else if (type == MESSAGE_DONE && len >= sizeof(done)) {
			memcpy(&done, data, sizeof(done));
			sh->link.ending = done.ending;
		}
	}
	if (f->status) {
		json_decref(*result);
		*result = NULL;
	} else if (!*result) {
		fail(f, "%s", off_protocol);
	}
	return f->status;
}

enum status shell_pass(struct shell *sh, long long until, int *fd,
		       struct failure *f)
{
	json_t *ignored = NULL;

	if (shell_ask(sh, "__service pass", until, &ignored, f))
		return f->status;
	json_decref(ignored);
	*fd = sh->link.passed;
	sh->link.passed = -1;
	return *fd < 0 ? fail(f, "%s", off_protocol) : STATUS_OK;
}
