// SPDX-License-Identifier: GPL-2.0-or-later
#include "words.h"

#include <stdlib.h>
#include <string.h>

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

static struct word *new_word(struct words *w)
{
	struct word *word;

	if (w->count == w->cap) {
		w->cap = w->cap ? 2 * w->cap : 16;
		w->word = mem_realloc(w->word, w->cap * sizeof(*w->word));
	}
	word = &w->word[w->count++];
	*word = (struct word){ .at = w->text.len };
	return word;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
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
		}
		buf_putc(&s->w->text, c);
	}
	return s->final ? WORDS_OPEN_QUOTE : WORDS_MORE;
}

/* A table, because every byte of a script is looked up in it. */
static const bool special[256] = {
	['\0'] = true, ['\t'] = true, ['\n'] = true, ['\r'] = true,
	[' '] = true,  ['"'] = true,  ['\''] = true, ['\\'] = true,
};

/* What stands for itself is most of a script, and taken in one piece. */
static void take_run(struct scan *s)
{
	size_t end = s->at;

	while (end < s->len && !special[(unsigned char)s->text[end]])
		end++;
	buf_add(&s->w->text, s->text + s->at, end - s->at);
	s->at = end;
}

static enum words_result one_word(struct scan *s)
{
	struct word *word = new_word(s->w);
	enum words_result result = WORDS_LINE;

	word->begin = s->at;
	while (result == WORDS_LINE) {
		char c;

		take_run(s);
		if (at_end(s) || is_blank(s->text[s->at]))
			break;
		c = take(s);
		if (c == '\0')
			return WORDS_BINARY;
		if (c != '\\') {
			result = quoted(s, c);
		} else if (at_end(s)) {
			result = s->final ? WORDS_LINE : WORDS_MORE;
		} else if ((c = take(s)) != '\n') {
			buf_putc(&s->w->text, c);
		}
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

static enum words_result scan_line(struct scan *s)
{
	enum words_result result = WORDS_LINE;

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
		} else {
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
	w->line = text;
	w->line_len = 0;
	result = scan_line(&s);
	if (!w->line_len)
		w->line_len = s.at;
	/* Only now does the kept text stay where it is. */
	for (size_t i = 0; i < w->count; i++)
		w->word[i].text = w->text.data + w->word[i].at;
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
