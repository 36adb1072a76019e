// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lines, as words and as commands. Whatever the words are: quoted, they are
 * read as the same ones; and a mistake is pointed at inside of the line.
 */
#include "fuzz.h"

#include <string.h>

#include "parse.h"
#include "vars.h"

static void check_quoting(const struct words *w)
{
	struct words again = { 0 };
	struct buf b = { 0 };
	unsigned newlines;
	size_t used;

	for (size_t i = 0; i < w->count; i++) {
		words_quote(&b, w->word[i].text);
		buf_putc(&b, ' ');
	}
	MUST(words_read(&again, buf_text(&b), b.len, true, &used, &newlines) ==
	     WORDS_LINE);
	MUST(again.count == w->count);
	for (size_t i = 0; i < w->count; i++)
		MUST(!strcmp(again.word[i].text, w->word[i].text));
	words_free(&again);
	buf_free(&b);
}

static void check_parse(struct words *w, enum parse_mode mode)
{
	struct parsed p = { 0 };
	struct failure f = { 0 };

	if (parse(w, mode, &p, &f)) {
		MUST(f.message && f.status == STATUS_USAGE);
		MUST(!f.line || f.column <= w->line_len);
	}
	json_decref(failure_json(&f, NULL));
	failure_free(&f);
	parsed_free(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct vars vars = { 0 };
	struct words w = { .vars = &vars };

	vars_set(&vars, "_", "7");
	vars_set(&vars, "ram", "0x1000");
	MUST(words_pipe(text, size) <= size);
	while (size) {
		enum words_result result;
		unsigned newlines;
		size_t used;

		result = words_read(&w, text, size, true, &used, &newlines);
		MUST(used && used <= size && result != WORDS_MORE);
		if (result == WORDS_LINE) {
			check_quoting(&w);
			check_parse(&w, PARSE_LINE);
			check_parse(&w, PARSE_ARGV);
		}
		text += used;
		size -= used;
	}
	words_free(&w);
	vars_free(&vars);
	return 0;
}
