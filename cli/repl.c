// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The prompt. readline runs through its callbacks, so that Ctrl-C is ours: it
 * drops what is being typed, or stops waiting for a command; it never ends
 * the session or the prompt.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <readline/readline.h>

#include "complete.h"
#include "escape.h"
#include "history.h"
#include "outside.h"
#include "shell.h"
#include "terminal.h"
#include "version.h"

static const char prompt_more[] = "       ...> ";

/* readline's callbacks take no argument of ours; there is one prompt. */
static struct repl {
	struct shell *sh;
	struct history history;
	struct buf text; /* the lines so far of one that goes on */
	bool done;
	struct candidates candidates;
	size_t candidate;
} repl;

/* "exit" and "quit" are words of the prompt, not commands. */
static bool is_exit(const char *line)
{
	char word[8] = "", rest[2] = "";

	return sscanf(line, " %7s %1s", word, rest) == 1 &&
	       (!strcmp(word, "exit") || !strcmp(word, "quit"));
}

/* What was typed, as one line: a history has no other. */
static void note_text(void)
{
	struct buf line = { 0 };

	for (size_t i = 0; i < repl.text.len; i++) {
		const char *c = repl.text.data + i;

		if (*c == '\\' && i + 1 < repl.text.len && c[1] == '\n')
			i++;
		else
			buf_putc(&line, *c == '\n' ? ' ' : *c);
	}
	while (line.len && line.data[line.len - 1] == ' ')
		line.len--;
	history_note(&repl.history, buf_text(&line));
	buf_free(&line);
}

static void failed(const char *what, struct failure *f)
{
	char *why = f->message;

	f->message = mem_asprintf("%s: %s", what, why);
	free(why);
	print_failure(repl.sh, f);
	failure_free(f);
}

/* "!program": true if that is what was typed. */
static bool run_outside(void)
{
	const char *text = buf_text(&repl.text);
	struct failure f = { 0 };

	text += strspn(text, " \t");
	if (*text != '!')
		return false;
	text++;
	if (outside_run(text + strspn(text, " \t\n"), &f))
		failed("!", &f);
	return true;
}

/* "command | program", whose | is at @pipe. */
static void run_piped(size_t pipe)
{
	const char *program = buf_text(&repl.text) + pipe + 1;
	struct shell *sh = repl.sh;
	struct failure f = { 0 };
	struct outside outside;
	unsigned line = 1;

	program += strspn(program, " \t\n");
	if (!*program)
		fail_usage(&f, "which program? COMMAND | PROGRAM");
	if (f.status || outside_begin(&outside, program, &f)) {
		failed("|", &f);
		return;
	}
	shell_feed(sh, repl.text.data, pipe, true, &line);
	outside_end(&outside);
	/* A reader that has seen enough is no failure. */
	if (sh->output_failed)
		sh->status = STATUS_OK;
	sh->output_failed = false;
}

/* False: the line goes on. */
static bool run_lines(void)
{
	size_t pipe = words_pipe(repl.text.data, repl.text.len), used;
	unsigned line = 1;

	if (pipe < repl.text.len) {
		run_piped(pipe);
		return true;
	}
	used = shell_feed(repl.sh, repl.text.data, repl.text.len, false, &line);
	return used == repl.text.len || repl.sh->stopped;
}

/* Which session it is, unless that goes without saying. */
static char *prompt_text(void)
{
	const char *name = repl.sh->session;
	struct buf b = { 0 };

	buf_puts(&b, "iommufdctl");
	if (repl.sh->session_given) {
		buf_putc(&b, '(');
		escape_bytes(&b, name, strlen(name));
		buf_putc(&b, ')');
	}
	buf_puts(&b, "> ");
	buf_text(&b);
	return b.data;
}

static void set_prompt(void)
{
	char *text = prompt_text();

	rl_set_prompt(text);
	free(text);
}

static void run_text(void)
{
	buf_putc(&repl.text, '\n');
	if (!run_outside() && !run_lines()) {
		rl_set_prompt(prompt_more);
		return;
	}
	note_text();
	repl.text.len = 0;
	set_prompt();
}

static void on_line(char *line)
{
	if (!line) {
		putchar('\n');
		repl.done = true;
		rl_callback_handler_remove();
		return;
	}
	if (!repl.text.len && is_exit(line)) {
		repl.done = true;
		rl_callback_handler_remove();
	} else {
		/* In the end the status is that of the last command. */
		repl.sh->stopped = false;
		repl.sh->status = STATUS_OK;
		/* A command that runs gets a terminal in its usual state. */
		rl_deprep_terminal();
		buf_puts(&repl.text, line);
		run_text();
		terminal_take(1);
		/* It stopped the command; there is nothing typed to drop. */
		if (!repl.text.len)
			link_interrupted = 0;
		repl.done |= repl.sh->output_failed;
	}
	free(line);
}

static char *next_candidate(const char *text, int state)
{
	(void)text;
	if (!state)
		repl.candidate = 0;
	if (repl.candidate == repl.candidates.count)
		return NULL;
	return strdup(repl.candidates.list[repl.candidate++].word);
}

static char **on_tab(const char *text, int start, int end)
{
	struct words words = { 0 };
	struct buf line = { 0 };
	const char **list;
	unsigned newlines;
	size_t used, count;
	char **matches;

	(void)end;
	/* The word may be quoted so far; the quote is no word before it. */
	if (start && strchr("'\"", rl_line_buffer[start - 1]))
		start--;
	buf_add(&line, repl.text.data, repl.text.len);
	buf_add(&line, rl_line_buffer, (size_t)start);
	words.vars = &repl.sh->vars;
	words_read(&words, buf_text(&line), line.len, true, &used, &newlines);
	count = words.count;
	list = mem_realloc(NULL, (count + 1) * sizeof(*list));
	for (size_t i = 0; i < count; i++)
		list[i] = words.word[i].text;
	list[count] = text;
	candidates_free(&repl.candidates);
	complete(repl.sh, PARSE_LINE, list, count + 1, &repl.candidates);
	/* Without this readline would offer file names everywhere. */
	rl_attempted_completion_over = !repl.candidates.files;
	matches = rl_completion_matches(text, next_candidate);
	free(list);
	words_free(&words);
	buf_free(&line);
	return matches;
}

static void fresh_prompt(void)
{
	link_interrupted = 0;
	repl.text.len = 0;
	/* A search gives its line of the screen back while it is the last. */
	rl_free_line_state();
	rl_callback_sigcleanup();
	fputs("^C\n", stdout);
	rl_replace_line("", 1);
	set_prompt();
	rl_on_new_line();
	rl_redisplay();
}

/*
 * readline's next key. Often it asks for more than the one that is there, for
 * the rest of a paste or because Ctrl-C has thrown that one away; where none
 * comes, rl_abort() leaves readline for the loop below. At an end of the input
 * it does, too: EOF would have readline run the line so far.
 */
static int read_key(FILE *in)
{
	unsigned char key;
	ssize_t got;

	while ((got = read(fileno(in), &key, 1)) <= 0) {
		if ((got < 0 && errno != EINTR && errno != EAGAIN) ||
		    terminal_wait() < 0)
			repl.done = true;
		if (repl.done || link_interrupted)
			rl_abort(1, 0);
		terminal_draw_anew();
	}
	return key;
}

static void begin(struct shell *sh)
{
	char *prompt;

	repl.sh = sh;
	prompt = prompt_text();
	sh->mode = SHELL_PROMPT;
	history_open(&repl.history);
	rl_readline_name = "iommufdctl";
	rl_catch_signals = 0;
	rl_getc_function = read_key;
	rl_prep_term_function = terminal_take;
	rl_attempted_completion_function = on_tab;
	rl_basic_word_break_characters = " \t\n";
	rl_completer_quote_characters = "'\"";
	rl_filename_quote_characters = " \t\n'\"\\#";
	rl_callback_handler_install(prompt, on_line);
	free(prompt);
}

static void loop(void)
{
	while (!repl.done && !terminal_ended) {
		int ready = terminal_wait();

		if (ready < 0)
			repl.done = true;
		if (link_interrupted)
			fresh_prompt();
		terminal_draw_anew();
		if (ready > 0)
			rl_callback_read_char();
	}
}

void repl_run(struct shell *sh)
{
	terminal_catch_signals();
	if (!sh->quiet)
		printf("iommufdctl %s: 'help' lists the commands, Ctrl-D leaves\n",
		       IOMMUFDCTL_VERSION);
	fflush(stdout);
	begin(sh);
	loop();
	rl_callback_handler_remove();
	candidates_free(&repl.candidates);
	history_close(&repl.history);
	buf_free(&repl.text);
	print_flush(sh);
}
