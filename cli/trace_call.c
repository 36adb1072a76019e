// SPDX-License-Identifier: GPL-2.0-or-later
/* A call, from the moment that the kernel gets it to its answer. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "iommu.h"
#include "reasons.h"
#include "trace.h"

/* What a signal made of a call; no program ever sees these. */
static const struct {
	int err;
	const char *name;
} restarts[] = {
	{ 512, "ERESTARTSYS" },
	{ 513, "ERESTARTNOINTR" },
	{ 514, "ERESTARTNOHAND" },
	{ 516, "ERESTART_RESTARTBLOCK" },
};

static const char *restart_name(int err)
{
	for (size_t i = 0; i < sizeof(restarts) / sizeof(*restarts); i++)
		if (restarts[i].err == err)
			return restarts[i].name;
	return NULL;
}

const struct iommu_request *trace_request(enum trace_kind kind, unsigned number)
{
	return iommu_request_on(kind == TRACE_GROUP    ? ON_GROUP
				: kind == TRACE_DEVICE ? ON_DEVICE
						       : ON_IOMMU,
				number);
}

/* As long as the struct says, which may be a lie. */
static void read_struct(pid_t tid, struct trace_call *call)
{
	const struct iommu_request *request = call->request;
	size_t most = request->tail ? TRACE_LARGEST : request->size;
	size_t length = request->size;

	if (request->by_value) {
		memcpy(call->bytes, &call->argument, sizeof(call->argument));
		call->length = request->size;
		call->whole = true;
		return;
	}
	if (request->sized) {
		if (trace_read(tid, call->argument, &call->size,
			       sizeof(call->size)) < sizeof(call->size))
			return;
		length = call->size < most ? call->size : most;
		if (length < sizeof(call->size))
			length = sizeof(call->size);
	}
	call->length = trace_read(tid, call->argument, call->bytes, length);
	call->whole = call->length == length ||
		      (request == &vfio_device_fd_request && call->length);
}

static bool wanted(const struct tracer *t)
{
	return !t->summary;
}

static void look_at_asked(struct tracer *t, struct tracee *who)
{
	struct trace_call *call = &who->call;

	call->asked = trace_asked(call);
	call->objects = json_array();
	if (!call->request) {
		call->files = json_array();
		call->memory = json_array();
		return;
	}
	trace_more_asked(who->tid, call, call->asked);
	trace_objects_tell(call, call->bytes, call->length, false,
			   call->objects);
	call->files = trace_files_tell(&t->files, who->pid, call);
	call->memory = trace_data(who->tid, call);
}

void trace_enter(struct tracer *t, struct tracee *who, int fd, unsigned number,
		 uint64_t argument)
{
	struct trace_file *file = trace_file(&t->files, who->pid, fd);
	struct trace_call *call = &who->call;

	if (!file)
		return;
	/* No system call but ioctl is seen; this is when it may matter. */
	if (file != t->last)
		trace_closed(t, who);
	t->last = file;
	call->inside = true;
	call->file = file;
	call->request = trace_request(file->kind, number);
	call->number = number;
	call->fd = fd;
	call->argument = argument;
	call->length = 0;
	call->size = 0;
	call->whole = false;
	if (call->request)
		read_struct(who->tid, call);
	if (wanted(t))
		look_at_asked(t, who);
	call->begun = trace_now();
}

static json_t *record_of(const struct tracer *t, const struct tracee *who)
{
	const struct trace_call *call = &who->call;

	return json_pack(
		"{s:s, s:I, s:i, s:i, s:i, s:o, s:s?, s:I, s:o, s:I, s:o, s:b, s:b, s:O, s:O, s:O, s:O}",
		"event", "ioctl", "time", (json_int_t)(call->begun - t->began),
		"pid", (int)who->pid, "tid", (int)who->tid, "fd", call->fd,
		"file", trace_file_json(call->file), "ioctl",
		call->request ? call->request->name : NULL, "number",
		(json_int_t)call->number, "argument",
		json_hex64(call->argument), "size", (json_int_t)call->size,
		"bytes", json_bytes(call->bytes, call->length), "complete",
		call->whole, "compat", call->compat, "request", call->asked,
		"objects", call->objects, "files", call->files, "memory",
		call->memory);
}

void trace_finish(struct trace_call *call)
{
	json_decref(call->asked);
	json_decref(call->objects);
	json_decref(call->files);
	json_decref(call->memory);
	call->asked = NULL;
	call->objects = NULL;
	call->files = NULL;
	call->memory = NULL;
	call->inside = false;
}

/* @why, when there is no result. */
static void add_result(json_t *record, const struct trace_call *call,
		       int64_t result, json_t *answer, const char *why)
{
	struct failure f = { .err = result < 0 ? (int)-result : 0 };
	const char *restart = restart_name(f.err);

	if (restart)
		why = "a signal came first; the kernel has it made again, or the program sees EINTR";
	else if (f.err == ENOTTY && call->compat &&
		 call->file->kind == TRACE_IOMMUFD)
		fail(&f, "iommufd takes no ioctls of a program of 32 bits");
	else if (f.err && call->request)
		reasons_tell(call->request, &f);
	else if (f.err)
		fail(&f, "%s", strerror(f.err));
	json_object_set_new(record, "answer", answer ? answer : json_object());
	json_object_set_new(record, "result",
			    f.err || why ? json_null() : json_integer(result));
	json_object_set_new(
		record, "errno",
		!f.err	  ? json_null()
		: restart ? json_string(restart)
			  : json_text_or_null(strerrorname_np(f.err)));
	json_object_set_new(record, "message",
			    json_text_or_null(why ? why : f.message));
	failure_free(&f);
}

static json_t *answer_of(struct tracer *t, struct tracee *who, bool done,
			 const unsigned char *after, size_t length)
{
	struct trace_call *call = &who->call;
	json_t *answer = trace_answered(call, after, length, done);

	if (done)
		trace_more_answered(who->tid, call, after, length, answer);
	(void)t;
	return answer;
}

static void put_record(struct tracer *t, struct tracee *who, int64_t result,
		       json_t *answer, uint64_t duration, const char *why)
{
	json_t *record = record_of(t, who);

	add_result(record, &who->call, result, answer, why);
	json_object_set_new(record, "duration",
			    json_integer((json_int_t)duration));
	trace_show(t, record);
}

void trace_leave(struct tracer *t, struct tracee *who, int64_t result)
{
	struct trace_call *call = &who->call;
	uint64_t duration = trace_now() - call->begun;
	bool done = result >= 0, shown = wanted(t) && !(t->errors && done);
	unsigned char after[TRACE_LARGEST];
	json_t *answer = NULL;
	size_t length = 0;

	t->calls++;
	t->unknown += !call->request;
	trace_sum_add(&t->sum, call, duration, !done);
	if (call->request && !call->request->by_value)
		length = trace_read(who->tid, call->argument, after,
				    call->length);
	if (call->request && shown)
		answer = answer_of(t, who, done, after, length);
	if (call->request && done)
		trace_objects_follow(&t->files, who->pid, call, after, length,
				     result);
	if (call->request && done && shown)
		trace_objects_tell(call, after, length, true, call->objects);
	if (shown)
		put_record(t, who, result, answer, duration, NULL);
	trace_finish(call);
}

void trace_lost(struct tracer *t, struct tracee *who, const char *why)
{
	struct trace_call *call = &who->call;
	uint64_t duration = trace_now() - call->begun;

	t->calls++;
	t->unknown += !call->request;
	trace_sum_add(&t->sum, call, duration, true);
	if (wanted(t))
		put_record(t, who, 0, NULL, duration, why);
	trace_finish(call);
}
