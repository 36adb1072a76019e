// SPDX-License-Identifier: GPL-2.0-or-later
#include "run.h"

#include <stdio.h>
#include <string.h>

#include "commands/commands.h"
#include "context.h"
#include "names.h"
#include "render.h"
#include "usage.h"
#include "vars.h"

static void emit(struct runner *r, unsigned line, enum status status,
		 const char *command, json_t *tree, json_t *partial)
{
	const struct outcome outcome = {
		.line = line,
		.status = status,
		.json = r->parsed.global[G_JSON].set,
		.command = command,
		.tree = tree,
		.partial = partial,
	};

	r->emit(r, &outcome);
	json_decref(tree);
	json_decref(partial);
}

static void advance(struct script *s)
{
	s->pos = s->next;
	s->line = s->next_line;
}

enum step run_refuse(struct runner *r, struct script *s,
		     const struct failure *f)
{
	const char *command = r->parsed.path;

	emit(r, s->line, f->status, command,
	     failure_json(f, *command ? command : NULL), NULL);
	advance(s);
	return STEP_FAILED;
}

static bool runs_here(const struct runner *r)
{
	unsigned flags = r->parsed.cmd->flags;

	if (r->parsed.global[G_HELP].set)
		return true;
	return (r->ctx->client || !(flags & CMD_CLIENT)) &&
	       (r->ctx->device || !(flags & CMD_DEVICE));
}

static enum status run_command(struct runner *r, struct answer *a)
{
	const struct command *cmd = r->parsed.cmd;

	if (cmd->flags & CMD_DEVICE && context_open(r->ctx, &a->fail))
		return a->fail.status;
	if (r->parsed.names && names_resolve(r->ctx, &r->parsed, &a->fail))
		return a->fail.status;
	return cmd->run(r->ctx, &r->parsed, a);
}

/* What "$NAME =" is to keep; @result is the command's own. */
static void keep_value(const struct runner *r, const json_t *result)
{
	const json_t *value = json_below(result, r->parsed.cmd->value);
	char number[24];

	if (json_is_string(value)) {
		vars_set(r->ctx->vars, r->words.target.text,
			 json_string_value(value));
		return;
	}
	snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
		 json_integer_value(value));
	vars_set(r->ctx->vars, r->words.target.text, number);
}

static enum step run_parsed(struct runner *r, struct script *s)
{
	bool told = !r->quiet || r->parsed.global[G_JSON].set;
	bool kept = r->words.target.text;
	struct answer a = { .wanted = told || kept };
	json_t *partial = NULL;
	const char *command = r->parsed.path;
	const struct script before = *s;
	enum step step = STEP_RAN;

	advance(s);
	if (r->parsed.global[G_HELP].set) {
		told = true;
		a.result = usage_json(r->parsed.cmd, r->parsed.path);
		command = cmd_help.name;
	} else if (run_command(r, &a)) {
		step = STEP_FAILED;
		if (a.partial)
			partial = a.result;
		else
			json_decref(a.result);
		a.result = failure_json(&a.fail, command);
	} else if (a.later) {
		*s = before;
		return STEP_LATER;
	} else if (kept) {
		keep_value(r, a.result);
	}
	r->ctx->since = 0;
	if (step == STEP_FAILED || (told && !a.told))
		emit(r, before.line, a.fail.status, command, a.result, partial);
	else
		json_decref(a.result);
	failure_free(&a.fail);
	return step;
}

static enum step refuse_text(struct runner *r, struct script *s,
			     enum words_result why)
{
	struct failure f = { 0 };

	r->parsed.global[G_JSON].set = false;
	if (why == WORDS_BINARY)
		fail_usage(&f, "a zero byte: this is not a text of commands");
	else if (why == WORDS_UNSET)
		fail_span(&f, &r->words, r->words.unset_begin,
			  r->words.unset_end, "this variable is not set");
	else
		fail_at(&f, &r->words, r->words.count - 1,
			"a quote is opened and not closed");
	run_refuse(r, s, &f);
	failure_free(&f);
	return STEP_FAILED;
}

/* Is there something for "$NAME =" to keep, and somewhere? */
static enum status check_target(const struct runner *r, struct failure *f)
{
	const struct words *w = &r->words;
	const struct word *target = &w->target;

	if (!target->text)
		return STATUS_OK;
	if (!w->count)
		return fail_at(f, w, 0, "what is it to keep? $%s = COMMAND",
			       target->text);
	if (!strcmp(target->text, VARS_LAST))
		return fail_span(f, w, target->begin, target->end,
				 "$_ is the last id, and set by nobody");
	if (r->parsed.global[G_HELP].set || !r->parsed.cmd->value)
		return fail_span(f, w, target->begin, target->end,
				 "there is nothing to keep of that");
	return STATUS_OK;
}

enum step run_step(struct runner *r, struct script *s)
{
	struct failure f = { 0 };
	enum words_result result;
	unsigned newlines;
	size_t used;

	r->words.vars = r->ctx->vars;
	r->parsed.path[0] = '\0';
	do {
		if (s->pos == s->len)
			return s->final ? STEP_END : STEP_MORE;
		result = words_read(&r->words, s->text + s->pos,
				    s->len - s->pos, s->final, &used,
				    &newlines);
		if (result == WORDS_MORE)
			return STEP_MORE;
		s->next = s->pos + used;
		s->next_line = s->line + newlines;
		if (result != WORDS_LINE)
			return refuse_text(r, s, result);
		if (!r->words.count && !r->words.target.text)
			advance(s);
	} while (!r->words.count && !r->words.target.text);
	if ((r->words.count && parse(&r->words, PARSE_LINE, &r->parsed, &f)) ||
	    check_target(r, &f)) {
		run_refuse(r, s, &f);
		failure_free(&f);
		return STEP_FAILED;
	}
	return runs_here(r) ? run_parsed(r, s) : STEP_ELSEWHERE;
}

void runner_free(struct runner *r)
{
	words_free(&r->words);
	parsed_free(&r->parsed);
}
