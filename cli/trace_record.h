/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a trace that `trace --json` has written, a record after another.
 * The file may be anything: a line that is no record ends it, and what came
 * before is still good.
 */
#ifndef CLI_TRACE_RECORD_H
#define CLI_TRACE_RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "failure.h"
#include "trace.h"

/* What counts up when a reader of the old records could not go on. */
#define TRACE_VERSION 1

/* A file as the trace saw it. */
struct trace_named {
	int fd;
	enum trace_kind kind;
	const char *path, *device; /* the latter or NULL */
	unsigned open; /* 0: the trace does not tell open files apart */
};

struct trace_record {
	json_t *json; /* what all strings here are of */
	const char *event;
	int pid, tid;
	/* Of an ioctl: */
	unsigned long call; /* from 1 */
	struct trace_named file;
	const struct iommu_request *request; /* NULL: an unknown one */
	unsigned number;
	uint64_t argument;
	bool whole; /* all of its struct was there */
	bool compat; /* a program of 32 bits made it */
	size_t length;
	unsigned char bytes[TRACE_LARGEST];
	bool ended; /* it has a result, or an errno */
	int64_t result;
	const char *err; /* the errno's name, or NULL */
	json_t *answer;
};

struct trace_reader {
	FILE *file;
	char *line;
	unsigned long lines, calls;
	bool launched; /* the program was started to be traced */
	bool over; /* its end was read */
	int first; /* the process that it is all about */
	char *command; /* its words */
	char *damage; /* why it ends before its end, or NULL */
};

/* Takes @fd, in any case. The first record has to say what it is. */
enum status trace_open(struct trace_reader *t, int fd, const char *path,
		       struct failure *f);
/* To the first record after the header, once more. */
void trace_rewind(struct trace_reader *t);
/* False at the end. The caller has trace_record_free() forget it. */
bool trace_next(struct trace_reader *t, struct trace_record *record);
void trace_record_free(struct trace_record *record);
void trace_close(struct trace_reader *t);

/* What the record says of the descriptor @fd in @field; false: nothing. */
bool trace_record_file(const struct trace_record *record, const char *field,
		       int fd, struct trace_named *file);
/* The bytes that @field points to, and how many fit into @bytes. */
size_t trace_record_data(const struct trace_record *record, const char *field,
			 unsigned char bytes[static TRACE_LARGEST]);

#endif
