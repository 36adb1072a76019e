// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace_record.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "number.h"
#include "version.h"

/* A record of the longest struct has about 30,000 bytes. */
#define LINE_LARGEST (1 << 20)

static void damaged(struct trace_reader *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void damaged(struct trace_reader *t, const char *format, ...)
{
	va_list args;

	if (t->damage)
		return;
	va_start(args, format);
	t->damage = mem_vasprintf(format, args);
	va_end(args);
}

/* The next line as an object, or NULL at the end. */
static json_t *read_line(struct trace_reader *t)
{
	json_error_t error;
	size_t length;
	json_t *json;

	if (!fgets(t->line, LINE_LARGEST, t->file))
		return NULL;
	t->lines++;
	length = strlen(t->line);
	if (!length || t->line[length - 1] != '\n') {
		damaged(t,
			feof(t->file) ? "it is cut in the middle of line %lu"
				      : "line %lu is no record",
			t->lines);
		return NULL;
	}
	json = json_loadb(t->line, length, JSON_ALLOW_NUL, &error);
	if (json_is_object(json))
		return json;
	json_decref(json);
	damaged(t, "line %lu is no record", t->lines);
	return NULL;
}

static char *command_of(json_t *header)
{
	json_t *words = json_object_get(header, "command"), *word;
	struct buf text = { 0 };
	char *command;
	size_t i;

	json_array_foreach(words, i, word)
		buf_printf(&text, "%s%s", i ? " " : "",
			   json_is_string(word) ? json_string_value(word)
						: "?");
	command = mem_strdup(buf_text(&text));
	buf_free(&text);
	return command;
}

static enum status read_header(struct trace_reader *t, json_t *header,
			       const char *path, struct failure *f)
{
	const char *event = json_string_value(json_object_get(header, "event"));
	const json_t *version = json_object_get(header, "trace");

	if (!event || strcmp(event, "trace") || !json_is_integer(version)) {
		fail(f, "%s is no trace: its first line does not say so", path);
		fail_hint(f, "iommufdctl --json trace -o FILE -- COMMAND");
		return f->status;
	}
	if (json_integer_value(version) > TRACE_VERSION)
		return fail(
			f,
			"%s has version %" JSON_INTEGER_FORMAT
			" of a trace's records; this iommufdctl, " IOMMUFDCTL_VERSION
			", knows version %d",
			path, json_integer_value(version), TRACE_VERSION);
	if (json_is_true(json_object_get(header, "summary")) ||
	    json_is_true(json_object_get(header, "errors")))
		return fail(
			f,
			"%s does not have all calls: it is a trace with --errors or --summary",
			path);
	t->first = (int)json_integer_value(json_object_get(header, "pid"));
	t->command = command_of(header);
	t->launched = *t->command;
	return STATUS_OK;
}

enum status trace_open(struct trace_reader *t, int fd, const char *path,
		       struct failure *f)
{
	json_t *header;

	*t = (struct trace_reader){ .file = fdopen(fd, "r") };
	if (!t->file) {
		fail_errno(f, "%s", path);
		close(fd);
		return f->status;
	}
	t->line = mem_realloc(NULL, LINE_LARGEST);
	header = read_line(t);
	read_header(t, header, path, f);
	json_decref(header);
	free(t->damage);
	t->damage = NULL;
	if (f->status)
		trace_close(t);
	return f->status;
}

void trace_rewind(struct trace_reader *t)
{
	rewind(t->file);
	t->lines = t->calls = 0;
	t->over = false;
	free(t->damage);
	t->damage = NULL;
	json_decref(read_line(t));
}

void trace_close(struct trace_reader *t)
{
	fclose(t->file);
	free(t->line);
	free(t->command);
	free(t->damage);
	*t = (struct trace_reader){ 0 };
}

/* How many bytes @hex stands for; -1: for none, or for too many. */
static int read_bytes(const char *hex, unsigned char to[static TRACE_LARGEST])
{
	size_t length = strlen(hex);

	if (length % 2 || length > 2 * (size_t)TRACE_LARGEST ||
	    strspn(hex, "0123456789abcdef") != length)
		return -1;
	for (size_t i = 0; i < length / 2; i++) {
		char pair[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

		to[i] = (unsigned char)strtoul(pair, NULL, 16);
	}
	return (int)(length / 2);
}

static bool read_kind(const char *name, enum trace_kind *kind)
{
	for (*kind = TRACE_IOMMUFD; *kind <= TRACE_DEVICE; (*kind)++)
		if (!strcmp(trace_kind_name(*kind), name))
			return true;
	return false;
}

static bool read_file(const json_t *json, struct trace_named *file)
{
	json_int_t open = 0;
	const char *kind;

	file->device = NULL;
	if (json_unpack((json_t *)json, "{s:s, s:s, s?s, s?I}", "kind", &kind,
			"path", &file->path, "device", &file->device, "open",
			&open) &&
	    json_unpack((json_t *)json, "{s:s, s:s, s:n, s?I}", "kind", &kind,
			"path", &file->path, "device", "open", &open))
		return false;
	file->open = open > 0 && open <= INT32_MAX ? (unsigned)open : 0;
	return read_kind(kind, &file->kind);
}

static bool read_result(struct trace_record *r)
{
	const json_t *result = json_object_get(r->json, "result");
	const json_t *err = json_object_get(r->json, "errno");

	r->answer = json_object_get(r->json, "answer");
	r->err = json_string_value(err);
	r->result = json_integer_value(result);
	/* Those that no program sees are of calls that a signal broke off. */
	r->ended = json_is_integer(result) ||
		   (r->err && strncmp(r->err, "ERESTART", 8));
	/* An ioctl's result is an int. */
	return json_is_object(r->answer) && r->result >= 0 &&
	       r->result <= INT32_MAX;
}

static bool read_call(struct trace_reader *t, struct trace_record *r)
{
	const char *argument, *bytes, *why;
	const json_t *file;
	json_int_t number;
	int fd, whole, length;

	if (json_unpack(r->json, "{s:i, s:o, s:I, s:s, s:s, s:b}", "fd", &fd,
			"file", &file, "number", &number, "argument", &argument,
			"bytes", &bytes, "complete", &whole) ||
	    !read_file(file, &r->file) || number < 0 || number > UINT32_MAX ||
	    !number_parse(argument, &r->argument, &why) || !read_result(r))
		return false;
	length = read_bytes(bytes, r->bytes);
	if (length < 0)
		return false;
	r->length = (size_t)length;
	r->file.fd = fd;
	r->number = (unsigned)number;
	r->whole = whole;
	r->compat = json_is_true(json_object_get(r->json, "compat"));
	r->request = trace_request(r->file.kind, r->number);
	r->call = ++t->calls;
	return true;
}

bool trace_next(struct trace_reader *t, struct trace_record *r)
{
	bool good;

	*r = (struct trace_record){ .json = read_line(t) };
	if (!r->json) {
		if (!t->damage && t->launched && !t->over)
			damaged(t,
				"it ends after line %lu, before the program did",
				t->lines);
		return false;
	}
	good = !json_unpack(r->json, "{s:s}", "event", &r->event);
	json_unpack(r->json, "{s?i, s?i}", "pid", &r->pid, "tid", &r->tid);
	if (good && !strcmp(r->event, "ioctl"))
		good = read_call(t, r);
	else if (good && !strcmp(r->event, "end") && r->pid == t->first)
		t->over = true;
	if (good)
		return true;
	damaged(t, "line %lu is no record", t->lines);
	trace_record_free(r);
	return false;
}

void trace_record_free(struct trace_record *r)
{
	json_decref(r->json);
	r->json = NULL;
}

bool trace_record_file(const struct trace_record *r, const char *field, int fd,
		       struct trace_named *file)
{
	json_t *list = json_object_get(r->json, "files"), *one;
	const char *name;
	size_t i;

	json_array_foreach(list, i, one)
		if (!json_unpack(one, "{s:s, s:i}", "field", &name, "fd",
				 &file->fd) &&
		    file->fd == fd && !strcmp(name, field) &&
		    read_file(one, file))
			return true;
	return false;
}

size_t trace_record_data(const struct trace_record *r, const char *field,
			 unsigned char bytes[static TRACE_LARGEST])
{
	json_t *list = json_object_get(r->json, "memory"), *one;
	const char *name, *hex;
	int length;
	size_t i;

	json_array_foreach(list, i, one) {
		if (json_unpack(one, "{s:s, s:s}", "field", &name, "bytes",
				&hex) ||
		    strcmp(name, field))
			continue;
		length = read_bytes(hex, bytes);
		return length > 0 ? (size_t)length : 0;
	}
	return 0;
}
