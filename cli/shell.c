// SPDX-License-Identifier: GPL-2.0-or-later
/* A shell, the session that it works on, and which of the two runs a line. */
#include "shell.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "place.h"
#include "server.h"

#define PATIENCE_MS 10000 /* a session may be busy with a large fill */
#define RETRIES 500 /* of 10 ms: somebody else is starting or leaving */

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

/* The line that cannot run here: in the session, or not at all. */
static enum step run_elsewhere(struct shell *sh, struct script *s)
{
	struct failure f = { 0 };
	enum step step;

	if (need_session(sh, &f))
		step = run_refuse(&sh->runner, s, &f);
	else
		step = shell_run_remote(sh, s);
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

/* Of a line that waits for something. */
static enum step give_up(struct shell *sh, struct script *s)
{
	struct failure f = { 0 };
	enum step step;

	fail(&f, "interrupted");
	step = run_refuse(&sh->runner, s, &f);
	failure_free(&f);
	sh->ctx.since = 0;
	return step;
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
		else if (step == STEP_LATER && !link_pause(LATER_MS))
			step = give_up(sh, &s);
		if (step == STEP_FAILED && !sh->keep_going)
			sh->stopped = true;
	}
	*line = s.line;
	print_flush(sh);
	return s.pos;
}
