// SPDX-License-Identifier: GPL-2.0-or-later
#include "failure.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "escape.h"
#include "words.h"

static enum status set(struct failure *f, enum status status,
		       const char *format, va_list args)
{
	char *text = mem_vasprintf(format, args);

	free(f->message);
	f->message = text;
	f->status = status;
	return status;
}

enum status fail(struct failure *f, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set(f, STATUS_REFUSED, format, args);
	va_end(args);
	return f->status;
}

enum status fail_errno(struct failure *f, const char *format, ...)
{
	int err = errno;
	char *text;
	va_list args;

	va_start(args, format);
	set(f, STATUS_REFUSED, format, args);
	va_end(args);
	text = mem_asprintf("%s: %s", f->message, strerror(err));
	free(f->message);
	f->message = text;
	f->err = err;
	return f->status;
}

enum status fail_usage(struct failure *f, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set(f, STATUS_USAGE, format, args);
	va_end(args);
	return f->status;
}

static void mark(struct failure *f, const struct words *words, size_t begin,
		 size_t end)
{
	free(f->line);
	f->line = strndup(words->line, words->line_len);
	f->column = begin;
	f->width = end - begin;
}

enum status fail_at(struct failure *f, const struct words *words, size_t at,
		    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set(f, STATUS_USAGE, format, args);
	va_end(args);
	if (at < words->count)
		mark(f, words, words->word[at].begin, words->word[at].end);
	else
		mark(f, words, words->line_len, words->line_len + 1);
	return f->status;
}

enum status fail_span(struct failure *f, const struct words *words,
		      size_t begin, size_t end, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set(f, STATUS_USAGE, format, args);
	va_end(args);
	mark(f, words, begin, end);
	return f->status;
}

void fail_hint(struct failure *f, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = mem_vasprintf(format, args);
	va_end(args);
	free(f->hint);
	f->hint = text;
}

void fail_cause(struct failure *f, const char *kind, const char *format, ...)
{
	json_t *fields;
	va_list args;

	va_start(args, format);
	fields = json_vpack_ex(NULL, 0, format, args);
	va_end(args);
	json_decref(f->cause);
	f->cause = json_pack("{s:s}", "kind", kind);
	json_object_update(f->cause, fields);
	json_decref(fields);
}

void failure_free(struct failure *f)
{
	json_decref(f->cause);
	free(f->message);
	free(f->hint);
	free(f->line);
	json_decref(f->request);
	json_decref(f->origin);
	*f = (struct failure){ 0 };
}

static int errno_of(const char *name)
{
	for (int err = 1; name && err < 256; err++) {
		const char *one = strerrorname_np(err);

		if (one && !strcmp(one, name))
			return err;
	}
	return 0;
}

enum status failure_read(struct failure *f, const json_t *error)
{
	const char *message =
		json_string_value(json_object_get(error, "message"));
	const char *hint = json_string_value(json_object_get(error, "hint"));
	json_t *ioctl = json_object_get(error, "ioctl");
	json_t *request = json_object_get(error, "request");
	json_t *cause = json_object_get(error, "cause");

	fail(f, "%s", message ? message : "no cause was given");
	if (hint)
		fail_hint(f, "%s", hint);
	f->err = errno_of(json_string_value(json_object_get(error, "errno")));
	json_decref(f->origin);
	f->origin = json_incref(ioctl);
	f->ioctl = json_string_value(ioctl);
	json_decref(f->request);
	f->request = json_is_object(request) ? json_incref(request) : NULL;
	json_decref(f->cause);
	f->cause = json_is_object(cause) ? json_incref(cause) : NULL;
	return f->status;
}

json_t *json_text(const char *text)
{
	json_t *string = json_string(text);

	if (!string) {
		struct buf b = { 0 };

		escape_bytes(&b, text, strlen(text));
		string = json_string(buf_text(&b));
		buf_free(&b);
	}
	return string;
}

json_t *json_text_or_null(const char *text)
{
	return text ? json_text(text) : json_null();
}

json_t *failure_json(const struct failure *f, const char *command)
{
	json_t *error = json_object(), *where = json_null();

	json_object_set_new(error, "command", json_text_or_null(command));
	json_object_set_new(error, "ioctl", json_text_or_null(f->ioctl));
	json_object_set_new(error, "errno",
			    f->err ? json_text_or_null(strerrorname_np(f->err))
				   : json_null());
	json_object_set_new(error, "message", json_text_or_null(f->message));
	json_object_set_new(error, "cause",
			    f->cause ? json_incref(f->cause) : json_null());
	json_object_set_new(error, "hint", json_text_or_null(f->hint));
	json_object_set_new(error, "request",
			    f->request ? json_incref(f->request) : json_null());
	if (f->line) {
		where = json_object();
		json_object_set_new(where, "text", json_text(f->line));
		json_object_set_new(where, "column",
				    json_integer((json_int_t)f->column));
		json_object_set_new(where, "width",
				    json_integer((json_int_t)f->width));
	}
	json_object_set_new(error, "where", where);
	return error;
}
