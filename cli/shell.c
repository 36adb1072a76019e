// SPDX-License-Identifier: GPL-2.0-or-later
#include "shell.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "place.h"
#include "server.h"

#define PATIENCE_MS 10000 /* a session may be busy with a large fill */
#define RETRIES 500 /* of 10 ms: somebody else is starting or leaving */

static const char off_protocol[] = "the session does not keep to the protocol";

static void on_emit(struct runner *runner, const struct outcome *outcome)
{
	print_outcome(runner->owner, outcome);
}

void shell_init(struct shell *sh)
{
	*sh = (struct shell){
		.session = SESSION_DEFAULT,
		.device = "/dev/iommu",
		.ctx = { .client = true, .fd = -1, .cwd = AT_FDCWD },
	};
	link_init(&sh->link);
	sh->ctx.shell = sh;
	sh->runner.ctx = &sh->ctx;
	sh->runner.emit = on_emit;
	sh->runner.owner = sh;
}

void shell_free(struct shell *sh)
{
	link_close(&sh->link);
	runner_free(&sh->runner);
	context_close(&sh->ctx);
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

enum link_result shell_connect(struct shell *sh, int patience,
			       struct failure *f)
{
	enum link_result result;

	if (sh->link.fd >= 0)
		return LINK_OK;
	result = link_connect(&sh->link, sh->session, patience, f);
	return result == LINK_OK ? check_device(sh, f) : result;
}

static void pause_a_moment(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
}

enum status shell_start(struct shell *sh, bool keep, bool *started,
			struct failure *f)
{
	char *device = realpath(sh->device, NULL);
	enum link_result result = LINK_TAKEN;

	for (int i = 0; i < RETRIES && result != LINK_OK; i++) {
		if (i)
			pause_a_moment();
		result = link_start(&sh->link, sh->session,
				    device ? device : sh->device, keep, f);
		*started = result == LINK_OK;
		if (result == LINK_TAKEN)
			result = shell_connect(sh, PATIENCE_MS, f);
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
	enum link_result result = shell_connect(sh, PATIENCE_MS, f);

	for (int i = 0; i < RETRIES && result == LINK_DEAD; i++) {
		if (server_sweep(sh->session))
			break;
		pause_a_moment();
		result = shell_connect(sh, PATIENCE_MS, f);
	}
	return result;
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
	if (!json_is_object(o->tree)) {
		json_decref(o->tree);
		return fail(f, "%s", off_protocol);
	}
	return STATUS_OK;
}

static enum status print_result(struct shell *sh, const char *data, size_t len,
				struct failure *f)
{
	struct outcome outcome;
	char name[256];

	if (read_result(data, len, &outcome, name, sizeof(name), f))
		return f->status;
	print_outcome(sh, &outcome);
	json_decref(outcome.tree);
	return STATUS_OK;
}

/* Takes answers until the session is done with the script. */
static enum step take_answers(struct shell *sh, struct script *s,
			      struct failure *f)
{
	enum message_type type;
	struct done_head done;
	const char *data;
	size_t len;

	for (;;) {
		if (link_next(&sh->link, &type, &data, &len, f))
			return STEP_FAILED;
		if (type == MESSAGE_RESULT && print_result(sh, data, len, f)) {
			link_close(&sh->link);
			return STEP_FAILED;
		}
		if (sh->output_failed) {
			/* Nobody reads: hanging up stops the script. */
			link_close(&sh->link);
			return STEP_FAILED;
		}
		if (type == MESSAGE_DONE && len >= sizeof(done))
			break;
	}
	memcpy(&done, data, sizeof(done));
	sh->link.ending = done.ending;
	if (done.used > s->len - s->pos || done.step > STEP_ELSEWHERE ||
	    done.step == STEP_RAN ||
	    (done.step == STEP_ELSEWHERE && !done.used)) {
		fail(f, "%s", off_protocol);
		link_close(&sh->link);
		return STEP_FAILED;
	}
	s->pos += done.used;
	s->line = done.line;
	return done.step;
}

/* Has the session run what it can of the script. */
static enum step run_remote(struct shell *sh, struct script *s)
{
	unsigned flags = (sh->quiet ? RUN_QUIET : 0) |
			 (sh->keep_going ? RUN_KEEP_GOING : 0) |
			 (s->final ? RUN_FINAL : 0);
	struct failure f = { 0 };
	enum step step = STEP_FAILED;

	if (!link_run(&sh->link, flags, s->line, s->text + s->pos,
		      s->len - s->pos, &f))
		step = take_answers(sh, s, &f);
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

size_t shell_feed(struct shell *sh, const char *text, size_t len, bool final,
		  unsigned *line)
{
	struct script s = {
		.text = text, .len = len, .line = *line, .final = final
	};
	enum step step = STEP_RAN;

	sh->runner.quiet = sh->quiet;
	while (step != STEP_END && step != STEP_MORE && !sh->stopped &&
	       !sh->output_failed) {
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
		fail(f, "%s",
		     json_string_value(json_object_get(o.tree, "message")));
	else
		*result = json_incref(o.tree);
	json_decref(o.tree);
	return f->status;
}

enum status shell_ask(struct shell *sh, const char *line, json_t **result,
		      struct failure *f)
{
	enum message_type type = MESSAGE_HELLO;
	struct done_head done;
	const char *data;
	size_t len;

	*result = NULL;
	if (link_run(&sh->link, RUN_FINAL, 1, line, strlen(line), f))
		return f->status;
	while (type != MESSAGE_DONE) {
		if (link_next(&sh->link, &type, &data, &len, f))
			return f->status;
		if (type == MESSAGE_RESULT) {
			keep_answer(data, len, result, f);
		} else if (type == MESSAGE_DONE && len >= sizeof(done)) {
			memcpy(&done, data, sizeof(done));
			sh->link.ending = done.ending;
		}
	}
	return f->status;
}
