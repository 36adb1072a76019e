// SPDX-License-Identifier: GPL-2.0-or-later
#include "picture.h"

#include <unistd.h>

#include "buf.h"
#include "context.h"
#include "file.h"
#include "parse.h"

void picture_quote(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_putc(out, '\\');
		buf_putc(out, *text);
	}
}

void picture_markup(struct buf *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<':
			buf_puts(out, "&lt;");
			break;
		case '>':
			buf_puts(out, "&gt;");
			break;
		case '&':
			buf_puts(out, "&amp;");
			break;
		default:
			buf_putc(out, *text);
		}
	}
}

static enum status write_file(const struct context *ctx, const char *path,
			      const struct buf *text, struct failure *f)
{
	int fd = file_create(ctx, path, f);

	if (fd < 0)
		return f->status;
	file_write(fd, path, text->data, text->len, 0, f);
	if (close(fd) && !f->status)
		fail_errno(f, "%s cannot be written", path);
	return f->status;
}

enum status picture_answer(const struct context *ctx, const struct parsed *p,
			   int dot, int svg, const struct picture_kind *kind,
			   const json_t *what, json_t *result,
			   struct failure *f)
{
	const struct value *path = &p->opt[svg];
	json_t *picture = json_null();
	struct buf text = { 0 };

	if (path->set && p->opt[dot].set)
		return fail_at(f, p->words, path->at,
			       "--dot and --svg exclude each other");
	if (p->opt[dot].set) {
		kind->dot(&text, what);
		picture = json_pack("{s:s, s:o, s:n}", "format", "dot", "text",
				    json_text(buf_text(&text)), "path");
	} else if (path->set) {
		kind->svg(&text, what);
		picture = json_pack("{s:s, s:n, s:o}", "format", "svg", "text",
				    "path", json_text(path->text));
		write_file(ctx, path->text, &text, f);
	}
	json_object_set_new(result, "picture", picture);
	buf_free(&text);
	return f->status;
}
