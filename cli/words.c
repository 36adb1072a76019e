// SPDX-License-Identifier: GPL-2.0-or-later
#include "words.h"

#include <stdlib.h>
#include <string.h>

#include "vars.h"

struct scan {
	struct words *w;
	const char *text;
	size_t len, at;
	unsigned newlines;
	bool final;
};

static bool at_end(const struct scan *s)
{
	return s->at == s->len;
}

static char take(struct scan *s)
{
	char c = s->text[s->at++];

	s->newlines += c == '\n';
	return c;
}

static void grow(struct words *w)
{
	w->cap = w->cap ? 2 * w->cap : 16;
	w->word = mem_realloc(w->word, w->cap * sizeof(*w->word));
}

/* A word that was typed from @begin on. */
static inline struct word *new_word(struct words *w, size_t begin)
{
	struct word *word;

	if (w->count == w->cap)
		grow(w);
	word = &w->word[w->count++];
	*word = (struct word){ .at = w->text.len, .begin = begin };
	return word;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* After a $: the value that is meant, or the $ where no name follows. */
static void variable(struct scan *s)
{
	const char *name = s->text + s->at, *value;
	size_t left = s->len - s->at, len;
	bool braces = left && *name == '{';

	name += braces;
	left -= braces;
	len = vars_name_length(name, left);
	if (!s->w->vars || !len ||
	    (braces && (len == left || name[len] != '}'))) {
		buf_putc(&s->w->text, '$');
		return;
	}
	value = vars_get(s->w->vars, name, len);
	if (value) {
		buf_puts(&s->w->text, value);
	} else if (!s->w->unset_end) {
		s->w->unset_begin = s->at - 1;
		s->w->unset_end = s->at + len + 2 * braces;
	}
	s->at += len + 2 * braces;
}

/* After the opening quote: up to and with the closing one. */
static enum words_result quoted(struct scan *s, char quote)
{
	while (!at_end(s)) {
		char c = take(s);

		if (c == quote)
			return WORDS_LINE;
		if (c == '\0')
			return WORDS_BINARY;
		if (c == '\\' && quote == '"') {
			if (at_end(s))
				break;
			c = take(s);
			if (c == '\n')
				continue;
		} else if (c == '$' && quote == '"') {
			variable(s);
			continue;
		}
		buf_putc(&s->w->text, c);
	}
	return s->final ? WORDS_OPEN_QUOTE : WORDS_MORE;
}

/* A table, because every byte of a script is looked up in it. */
static const bool special[256] = {
	['\0'] = true, ['\t'] = true, ['\n'] = true,
	['\r'] = true, [' '] = true,  ['"'] = true,
	['\''] = true, ['\\'] = true, ['$'] = true,
};

/*
 * Most lines, up to the first word that has a quote, a variable or the like:
 * this is where scripts take time. Such words are kept as they were typed, each
 * with a zero in place of the blank or of the line feed, @end, behind it.
 */
static void plain_words(struct scan *s, const char *end)
{
	size_t size = (size_t)(end - s->text) + 1, at = 0;
	struct words *w = s->w;
	char *kept;

	buf_reserve(&w->text, size);
	kept = memcpy(w->text.data, s->text, size);
	do {
		while (kept[at] == ' ')
			at++;
		s->at = w->text.len = at;
		if (kept[at] == '#')
			break;
		while (!special[(unsigned char)kept[at]])
			at++;
		if (at == s->at || !is_blank(kept[at]))
			break;
		new_word(w, s->at)->end = at;
		s->at = at;
		kept[at++] = '\0';
		w->text.len = at;
	} while (at < size);
}

static enum words_result one_word(struct scan *s)
{
	struct word *word = new_word(s->w, s->at);
	enum words_result result = WORDS_LINE;

	while (result == WORDS_LINE && !at_end(s) &&
	       !is_blank(s->text[s->at])) {
		char c = take(s);

		if (c == '\0')
			return WORDS_BINARY;
		if (c == '$')
			variable(s);
		else if (c == '\'' || c == '"')
			result = quoted(s, c);
		else if (c != '\\')
			buf_putc(&s->w->text, c);
		else if (at_end(s))
			result = s->final ? WORDS_LINE : WORDS_MORE;
		else if ((c = take(s)) != '\n')
			buf_putc(&s->w->text, c);
	}
	word->end = s->at;
	buf_putc(&s->w->text, '\0');
	return result;
}

static void skip_comment(struct scan *s)
{
	const char *end = memchr(s->text + s->at, '\n', s->len - s->at);

	s->at = end ? (size_t)(end - s->text) : s->len;
}

/* Does the line go on behind a backslash between its words? */
static bool is_continued(const struct scan *s)
{
	return s->len - s->at >= 2 && s->text[s->at] == '\\' &&
	       s->text[s->at + 1] == '\n';
}

/* Takes "$NAME =" in front of a command, if that is what comes. */
static bool take_target(struct scan *s)
{
	struct word *target = &s->w->target;
	size_t name = s->at + 1, len, at;

	if (s->text[s->at] != '$' || s->w->count || target->text || !s->w->vars)
		return false;
	len = vars_name_length(s->text + name, s->len - name);
	at = name + len;
	while (at < s->len && (s->text[at] == ' ' || s->text[at] == '\t'))
		at++;
	if (!len || at == s->len || s->text[at] != '=')
		return false;
	*target = (struct word){ .text = "",
				 .at = s->w->text.len,
				 .begin = s->at,
				 .end = name + len };
	buf_add(&s->w->text, s->text + name, len);
	buf_putc(&s->w->text, '\0');
	s->at = at + 1;
	return true;
}

static enum words_result scan_line(struct scan *s)
{
	const char *end = memchr(s->text, '\n', s->len);
	enum words_result result = WORDS_LINE;

	if (end)
		plain_words(s, end);
	while (result == WORDS_LINE) {
		if (at_end(s))
			return s->final ? WORDS_LINE : WORDS_MORE;
		if (s->text[s->at] == '\n') {
			s->w->line_len = s->at;
			take(s);
			return WORDS_LINE;
		}
		if (is_continued(s)) {
			s->at++;
			take(s);
		} else if (is_blank(s->text[s->at])) {
			take(s);
		} else if (s->text[s->at] == '#') {
			skip_comment(s);
		} else if (!take_target(s)) {
			result = one_word(s);
		}
	}
	return result;
}

enum words_result words_read(struct words *w, const char *text, size_t len,
			     bool final, size_t *used, unsigned *newlines)
{
	struct scan s = { .w = w, .text = text, .len = len, .final = final };
	enum words_result result;

	w->count = 0;
	w->text.len = 0;
	buf_reserve(&w->text, 1);
	w->line = text;
	w->line_len = 0;
	w->target.text = NULL;
	w->unset_begin = w->unset_end = 0;
	result = scan_line(&s);
	if (!w->line_len)
		w->line_len = s.at;
	/* Only now does the kept text stay where it is. */
	for (size_t i = 0; i < w->count; i++)
		w->word[i].text = w->text.data + w->word[i].at;
	if (w->target.text)
		w->target.text = w->text.data + w->target.at;
	if (result == WORDS_LINE && w->unset_end)
		result = WORDS_UNSET;
	*used = s.at;
	*newlines = s.newlines;
	return result;
}

void words_free(struct words *w)
{
	free(w->word);
	buf_free(&w->text);
	*w = (struct words){ 0 };
}

size_t words_pipe(const char *text, size_t len)
{
	struct words w = { 0 };
	struct scan s = { .w = &w, .text = text, .len = len, .final = true };
	bool begins = true;

	while (!at_end(&s) && text[s.at] != '|') {
		char c = take(&s);

		if (c == '\\' && !at_end(&s))
			take(&s);
		else if (c == '\'' || c == '"')
			quoted(&s, c);
		else if (c == '#' && begins)
			skip_comment(&s);
		begins = is_blank(c);
	}
	buf_free(&w.text);
	return s.at;
}

static bool is_plain(const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_@%+=:,./-";

	return *word && !word[strspn(word, plain)];
}

void words_quote(struct buf *b, const char *word)
{
	if (is_plain(word)) {
		buf_puts(b, word);
		return;
	}
	buf_putc(b, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			buf_puts(b, "'\\''");
		else
			buf_putc(b, *word);
	}
	buf_putc(b, '\'');
}
