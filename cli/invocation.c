// SPDX-License-Identifier: GPL-2.0-or-later
#include "invocation.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "commands/commands.h"
#include "shell.h"

static const struct value *global(const struct invocation *in,
				  enum global which)
{
	return &in->parsed.global[which];
}

static void take_options(const struct invocation *in, struct shell *sh)
{
	sh->json = global(in, G_JSON)->set;
	sh->quiet = global(in, G_QUIET)->set;
	sh->keep_going = global(in, G_KEEP_GOING)->set;
	sh->no_session = global(in, G_NO_SESSION)->set;
	if (global(in, G_FD)->set) {
		sh->no_session = true;
		sh->handed = sh->ctx.fd = (int)global(in, G_FD)->num;
		/* Programs get it from exec, and not by accident. */
		fcntl(sh->handed, F_SETFD, FD_CLOEXEC);
	}
	sh->ctx.device = sh->no_session;
	sh->session_given = global(in, G_SESSION)->set;
	if (sh->session_given)
		sh->session = global(in, G_SESSION)->text;
	sh->device_given = global(in, G_DEVICE)->set;
	if (sh->device_given)
		sh->device = global(in, G_DEVICE)->text;
	sh->ctx.path = sh->device;
}

static bool has_command(const struct invocation *in)
{
	return in->parsed.cmd != &root || global(in, G_HELP)->set ||
	       global(in, G_VERSION)->set;
}

static enum status check_fd(const struct invocation *in, struct failure *f)
{
	static const enum global others[] = { G_SESSION, G_DEVICE };
	const struct value *fd = global(in, G_FD);

	if (!fd->set)
		return STATUS_OK;
	for (size_t i = 0; i < 2; i++)
		if (global(in, others[i])->set)
			return fail_at(f, &in->words, fd->at,
				       "--fd and --%s exclude each other",
				       globals[others[i]].name);
	/* 0 to 2 are for other things, even where they were closed. */
	if (fd->num < 3 || fd->num > INT_MAX ||
	    fcntl((int)fd->num, F_GETFD) < 0)
		return fail_at(f, &in->words, fd->at,
			       "no descriptor of this number was handed over");
	return STATUS_OK;
}

static enum status check(const struct invocation *in, struct failure *f)
{
	int ways = has_command(in) + global(in, G_COMMAND)->set +
		   global(in, G_BATCH)->set;

	if (ways > 1)
		return fail_usage(
			f,
			"a command, --command and --batch are three ways to say what to do; one at a time");
	if (global(in, G_NO_SESSION)->set && global(in, G_SESSION)->set)
		return fail_at(f, &in->words, global(in, G_SESSION)->at,
			       "--session and --no-session exclude each other");
	return check_fd(in, f);
}

static bool is_global(const struct word *word)
{
	return word->of >= globals && word->of < globals + G_COUNT;
}

/* The words of the command itself make a line. */
static void make_script(struct invocation *in)
{
	if (global(in, G_VERSION)->set) {
		buf_puts(&in->script, cmd_version.name);
		return;
	}
	/* In front, where no -- can make an argument of it. */
	if (global(in, G_HELP)->set)
		buf_puts(&in->script, "--help ");
	for (size_t i = 0; i < in->words.count; i++) {
		if (is_global(&in->words.word[i]))
			continue;
		words_quote(&in->script, in->words.word[i].text);
		buf_putc(&in->script, ' ');
	}
}

enum status invocation_read(struct invocation *in, char **argv,
			    struct shell *sh)
{
	struct failure f = { 0 };
	unsigned newlines;
	size_t used;

	for (int i = 1; argv[0] && argv[i]; i++) {
		/* A mistake before --json must not cost the document. */
		sh->json |= !strcmp(argv[i], "--json") ||
			    !strcmp(argv[i], "-j");
		words_quote(&in->line, argv[i]);
		if (argv[i + 1])
			buf_putc(&in->line, ' ');
	}
	words_read(&in->words, buf_text(&in->line), in->line.len, true, &used,
		   &newlines);
	parse(&in->words, PARSE_ARGV, &in->parsed, &f);
	/* For the message, too, when a mistake follows. */
	if (global(in, G_COLOR)->set)
		sh->colour = (enum colour_when)global(in, G_COLOR)->num;
	if (!f.status && !check(in, &f)) {
		take_options(in, sh);
		make_script(in);
	} else {
		struct outcome o = {
			.status = f.status,
			.command = in->parsed.path,
			.tree = failure_json(
				&f, *in->parsed.path ? in->parsed.path : NULL),
		};

		print_outcome(sh, &o);
		json_decref(o.tree);
		print_flush(sh);
	}
	failure_free(&f);
	return sh->status;
}

/* Each --command is a line of its own, and its number in messages. */
static void run_commands(struct invocation *in, struct shell *sh)
{
	unsigned number = 0;

	sh->mode = SHELL_SCRIPT;
	sh->source = "-c";
	print_begin(sh);
	for (size_t i = 0; i < in->words.count && !sh->stopped; i++) {
		const struct word *word = &in->words.word[i];
		unsigned line = ++number;
		const char *text;

		if (word->of != &globals[G_COMMAND]) {
			number--;
			continue;
		}
		/* --command=LINE is one word, otherwise LINE is the next. */
		text = strchr(word->text, '=');
		text = text ? text + 1 : in->words.word[++i].text;
		shell_feed(sh, text, strlen(text), true, &line);
	}
	print_end(sh);
}

/* The prompt, or a script on standard input. */
static void run_input(struct shell *sh)
{
	if (isatty(STDIN_FILENO))
		repl_run(sh);
	else
		batch_run(sh, "-");
}

void invocation_run(struct invocation *in, struct shell *sh)
{
	unsigned line = 1;

	if (global(in, G_BATCH)->set) {
		batch_run(sh, global(in, G_BATCH)->text);
	} else if (global(in, G_COMMAND)->set) {
		run_commands(in, sh);
	} else if (has_command(in)) {
		shell_feed(sh, in->script.data, in->script.len, true, &line);
		/* It has a session now, and nothing to do there yet. */
		if (sh->attached && !sh->status)
			run_input(sh);
	} else {
		run_input(sh);
	}
	/* Of several failures no single one decides. */
	if (sh->mode == SHELL_SCRIPT && sh->keep_going && sh->status)
		sh->status = STATUS_REFUSED;
}

void invocation_free(struct invocation *in)
{
	buf_free(&in->line);
	buf_free(&in->script);
	words_free(&in->words);
	parsed_free(&in->parsed);
}
