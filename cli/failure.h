/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What went wrong, in one place: for the exit status, for the person and for
 * the "error" object of the JSON output. A function that fails fills one in
 * and returns its status, so that `return fail(f, ...)` reads as it should.
 */
#ifndef CLI_FAILURE_H
#define CLI_FAILURE_H

#include <jansson.h>

enum status {
	STATUS_OK = 0,
	STATUS_REFUSED = 1,
	STATUS_USAGE = 2,
};

struct words;

struct failure {
	enum status status;
	char *message;
	char *hint; /* something that can be typed */
	const char *ioctl; /* its name, when an ioctl was refused */
	json_t *origin; /* owns .ioctl if another process named it */
	int err; /* its errno, or of another system call */
	json_t *request; /* its decoded struct */
	json_t *cause; /* what .message says, as fields; NULL: only words */
	char *line; /* the line and the place in it, for usage errors */
	size_t column, width;
};

enum status fail(struct failure *f, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The same, about the system call that has just set errno. */
enum status fail_errno(struct failure *f, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
enum status fail_usage(struct failure *f, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Points at word @at of @words; one past the last is the end of the line. */
enum status fail_at(struct failure *f, const struct words *words, size_t at,
		    const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* Points at bytes of the line. */
enum status fail_span(struct failure *f, const struct words *words,
		      size_t begin, size_t end, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
void fail_hint(struct failure *f, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/*
 * The same as fields, made as by json_pack(): "kind" names the cause, and the
 * others are its figures.
 */
void fail_cause(struct failure *f, const char *kind, const char *format, ...);
void failure_free(struct failure *f);

/* The error object, with every key in every case. */
json_t *failure_json(const struct failure *f, const char *command);
/* Makes @f of such an object, which another process may have written. */
enum status failure_read(struct failure *f, const json_t *error);
/* A JSON string of any bytes: what is not UTF-8 is written as \xNN. */
json_t *json_text(const char *text);
json_t *json_text_or_null(const char *text);

#endif
