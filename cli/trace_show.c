// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Records, one a line: as JSON, or for people, with what an error may mean
 * below it.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "escape.h"
#include "render_request.h"
#include "trace.h"

static const char *text_of(const json_t *record, const char *key)
{
	return json_string_value(json_object_get(record, key));
}

static json_int_t number_of(const json_t *record, const char *key)
{
	return json_integer_value(json_object_get(record, key));
}

static void put_safe(struct buf *b, const char *text)
{
	escape_bytes(b, text, strlen(text));
}

/* 812 ns, 12.3 us, 1.234 s */
void trace_put_duration(struct buf *b, json_int_t ns)
{
	if (ns < 1000)
		buf_printf(b, "%d ns", (int)ns);
	else if (ns < 1000000)
		buf_printf(b, "%.1f us", (double)ns / 1e3);
	else if (ns < 1000000000)
		buf_printf(b, "%.1f ms", (double)ns / 1e6);
	else
		buf_printf(b, "%.3f s", (double)ns / 1e9);
}

static void put_file(struct buf *b, const json_t *record)
{
	const json_t *file = json_object_get(record, "file");
	const char *device = text_of(file, "device"),
		   *path = text_of(file, "path");

	buf_printf(b, "%d ", (int)number_of(record, "fd"));
	put_safe(b, path ? path : "?");
	if (device) {
		buf_puts(b, " (");
		put_safe(b, device);
		buf_putc(b, ')');
	}
}

static void put_asked(struct buf *b, const json_t *record)
{
	const json_t *request = json_object_get(record, "request");
	const char *ioctl = text_of(record, "ioctl"),
		   *argument = text_of(record, "argument");

	if (!ioctl) {
		buf_printf(b, "unknown ioctl 0x%x ",
			   (unsigned)number_of(record, "number"));
		put_safe(b, argument ? argument : "?");
		return;
	}
	put_safe(b, ioctl);
	if (json_object_size(request)) {
		buf_putc(b, ' ');
		render_request(b, request, json_object_get(record, "objects"));
	}
	if (!json_is_true(json_object_get(record, "complete")))
		buf_puts(b, " (not all of it could be read)");
}

static void put_result(struct buf *b, const json_t *record)
{
	const json_t *answer = json_object_get(record, "answer");
	const char *message = text_of(record, "message"),
		   *err = text_of(record, "errno");

	buf_puts(b, " = ");
	if (err)
		put_safe(b, err);
	else if (message)
		buf_putc(b, '?');
	else
		buf_printf(b, "%" JSON_INTEGER_FORMAT,
			   number_of(record, "result"));
	if (json_object_size(answer)) {
		buf_putc(b, ' ');
		render_request(b, answer, json_object_get(record, "objects"));
	}
	buf_puts(b, "  ");
	trace_put_duration(b, number_of(record, "duration"));
	if (message) {
		buf_puts(b, "\n    ");
		put_safe(b, message);
	}
}

static void put_end(struct buf *b, const json_t *end)
{
	const char *signal = text_of(end, "signal");

	if (signal) {
		buf_puts(b, "was killed by ");
		put_safe(b, signal);
	} else {
		buf_printf(b, "ended with status %d",
			   (int)number_of(end, "status"));
	}
}

static void put_closed(struct buf *b, const json_t *file)
{
	const char *path = text_of(file, "path");

	buf_printf(b, "has closed %d ", (int)number_of(file, "fd"));
	put_safe(b, path ? path : "?");
}

void trace_put(struct buf *b, const json_t *record)
{
	const char *event = text_of(record, "event");

	buf_printf(b, "%d ", (int)number_of(record, "tid"));
	if (!event)
		return;
	if (!strcmp(event, "ioctl")) {
		put_file(b, record);
		buf_puts(b, ": ");
		put_asked(b, record);
		put_result(b, record);
	} else if (!strcmp(event, "begin")) {
		buf_printf(b, "begins, in process %d, made by %d",
			   (int)number_of(record, "pid"),
			   (int)number_of(record, "parent"));
	} else if (!strcmp(event, "exec")) {
		buf_puts(b, "runs ");
		put_safe(b, text_of(record, "program"));
		if (text_of(record, "message")) {
			buf_puts(b, "\n    ");
			put_safe(b, text_of(record, "message"));
		}
	} else if (!strcmp(event, "close")) {
		put_closed(b, json_object_get(record, "closed"));
	} else {
		put_end(b, json_object_get(record, "end"));
	}
}

void trace_show(struct tracer *t, json_t *record)
{
	struct buf line = { 0 };
	char *text;

	if (t->json) {
		text = json_dumps(record, JSON_COMPACT);
		buf_puts(&line, text);
		free(text);
	} else {
		trace_put(&line, record);
	}
	buf_putc(&line, '\n');
	fwrite(line.data, 1, line.len, t->out);
	buf_free(&line);
	json_decref(record);
}
