// SPDX-License-Identifier: GPL-2.0-or-later
#include "shell.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "place.h"
#include "render.h"
#include "server.h"

#define PATIENCE_MS 10000 /* a session may be busy with a large fill */
#define RETRIES 500 /* of 10 ms: somebody else is starting or leaving */

static const char off_protocol[] = "the session does not keep to the protocol";

static void on_emit(struct runner *runner, const struct outcome *outcome)
{
	print_outcome(runner->owner, outcome);
}

static bool given_up(const struct context *ctx)
{
	(void)ctx;
	return link_interrupted;
}

void shell_init(struct shell *sh)
{
	*sh = (struct shell){
		.session = SESSION_DEFAULT,
		.device = "/dev/iommu",
		.handed = -1,
		.colour = COLOUR_AUTO,
		.ctx = { .client = true,
			 .fd = -1,
			 .cwd = AT_FDCWD,
			 .given_up = given_up },
	};
	link_init(&sh->link);
	sh->ctx.shell = sh;
	sh->ctx.vars = &sh->vars;
	sh->runner.ctx = &sh->ctx;
	sh->runner.emit = on_emit;
	sh->runner.owner = sh;
}

void shell_borrow(struct shell *other, const struct shell *sh,
		  const char *session)
{
	shell_init(other);
	other->session = session;
	other->session_given = true;
	other->device = sh->device;
}

void shell_free(struct shell *sh)
{
	link_close(&sh->link);
	runner_free(&sh->runner);
	context_close(&sh->ctx);
	free(sh->attached);
	vars_free(&sh->vars);
}

static enum link_result check_device(struct shell *sh, struct failure *f)
{
	char *wanted;

	if (!sh->device_given)
		return LINK_OK;
	wanted = realpath(sh->device, NULL);
	if (!strcmp(wanted ? wanted : sh->device, sh->link.device)) {
		free(wanted);
		return LINK_OK;
	}
	free(wanted);
	fail(f, "session %s has %s open, not %s", sh->link.name,
	     sh->link.device, sh->device);
	fail_hint(f, "iommufdctl --device %s session start NAME", sh->device);
	link_close(&sh->link);
	return LINK_FAILED;
}

enum link_result shell_connect(struct shell *sh, long long until,
			       struct failure *f)
{
	enum link_result result;

	if (sh->link.fd >= 0)
		return LINK_OK;
	result = link_connect(&sh->link, sh->session, until, f);
	return result == LINK_OK ? check_device(sh, f) : result;
}

/* False: nobody wants to wait any more. */
static bool pause_a_moment(struct failure *f)
{
	if (!link_pause(10))
		fail(f, "interrupted");
	return !link_interrupted;
}

enum status shell_start(struct shell *sh, bool keep, bool *started,
			struct failure *f)
{
	char *device = realpath(sh->device, NULL);
	enum link_result result = LINK_TAKEN;

	for (int i = 0; i < RETRIES && result != LINK_OK; i++) {
		if (i && !pause_a_moment(f))
			break;
		result = link_start(&sh->link, sh->session,
				    device ? device : sh->device, sh->handed,
				    keep, f);
		*started = result == LINK_OK;
		if (result == LINK_TAKEN)
			result = shell_connect(sh, link_until(PATIENCE_MS), f);
		if (result == LINK_FAILED)
			break;
	}
	free(device);
	if (result == LINK_OK)
		return STATUS_OK;
	if (!f->status)
		fail(f, "session %s does neither start nor answer",
		     sh->session);
	return f->status;
}

static void no_session(struct shell *sh, bool dead, struct failure *f)
{
	if (dead)
		fail(f,
		     "session %s is dead: its process was killed, and what it held is gone",
		     sh->session);
	else
		fail(f,
		     "there is no session %s, so there is nothing to work on",
		     sh->session);
	if (place_is_name(sh->session))
		fail_hint(f, "iommufdctl ioas alloc");
}

/* A session that was just leaving is gone, or another, a moment later. */
static enum link_result find_session(struct shell *sh, struct failure *f)
{
	enum link_result result = shell_connect(sh, link_until(PATIENCE_MS), f);

	for (int i = 0; i < RETRIES && result == LINK_DEAD; i++) {
		if (server_sweep(sh->session))
			break;
		if (!pause_a_moment(f))
			return LINK_FAILED;
		result = shell_connect(sh, link_until(PATIENCE_MS), f);
	}
	return result;
}

enum status shell_find(struct shell *sh, struct failure *f)
{
	enum link_result result = find_session(sh, f);

	if (result == LINK_NONE || result == LINK_DEAD) {
		fail(f, "there is no session %s", sh->session);
		fail_hint(f, "iommufdctl session list");
	}
	return f->status;
}

/* Finds a session for the command in sh->runner.parsed, or starts it. */
static enum status need_session(struct shell *sh, struct failure *f)
{
	bool makes = sh->runner.parsed.cmd->flags & CMD_MAKES, started = false;
	enum link_result result = find_session(sh, f);

	if (result == LINK_OK || result == LINK_FAILED)
		return f->status;
	if (!makes || (sh->session_given && !place_is_name(sh->session))) {
		no_session(sh, result == LINK_DEAD, f);
		return f->status;
	}
	if (shell_start(sh, false, &started, f))
		return f->status;
	if (started && !sh->quiet)
		fprintf(stderr,
			"started session %s (pid %d); it ends with its last object\n",
			sh->link.name, (int)sh->link.pid);
	return STATUS_OK;
}

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

/* Has the session run what it can of the script. */
static enum step run_remote(struct shell *sh, struct script *s)
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

/* The line that cannot run here: in the session, or not at all. */
static enum step run_elsewhere(struct shell *sh, struct script *s)
{
	struct failure f = { 0 };
	enum step step;

	if (need_session(sh, &f))
		step = run_refuse(&sh->runner, s, &f);
	else
		step = run_remote(sh, s);
	failure_free(&f);
	return step;
}

/* Ctrl-C at the prompt also stops what takes long by being many lines. */
static bool stop_between(struct shell *sh, const struct script *s)
{
	struct failure f = { 0 };

	if (!link_interrupted || !s->pos || s->pos == s->len)
		return false;
	fail(&f, "interrupted");
	print_failure(sh, &f);
	failure_free(&f);
	return sh->stopped = true;
}

size_t shell_feed(struct shell *sh, const char *text, size_t len, bool final,
		  unsigned *line)
{
	struct script s = {
		.text = text, .len = len, .line = *line, .final = final
	};
	enum step step = STEP_RAN;

	/* A document of one command is there in every case. */
	sh->runner.quiet = sh->quiet && !(sh->json && sh->mode != SHELL_SCRIPT);
	while (step != STEP_END && step != STEP_MORE && !sh->stopped &&
	       !sh->output_failed && !stop_between(sh, &s)) {
		step = run_step(&sh->runner, &s);
		if (step == STEP_ELSEWHERE)
			step = run_elsewhere(sh, &s);
		if (step == STEP_FAILED && !sh->keep_going)
			sh->stopped = true;
	}
	*line = s.line;
	print_flush(sh);
	return s.pos;
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
