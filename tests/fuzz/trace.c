// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Traces, as replay reads them. An input is the file itself, as all are that
 * begin like one; or, by its first bit, a list of calls that is written down as
 * a trace first, because random bytes hardly ever become two records.
 *
 * Nothing is asked of a kernel: what a trace calls an iommufd is /dev/null, and
 * one that names other files is planned and written as a program, but not run.
 */
#include "fuzz.h"

#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "buf.h"
#include "iommu.h"
#include "replay_run.h"

#define ROOM (UINT64_C(1) << 36) /* for memory that is never touched */
#define MOST 8 /* calls of a list */
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

struct input {
	const uint8_t *data;
	size_t size;
};

static unsigned take(struct input *in)
{
	if (!in->size)
		return 0;
	in->size--;
	return *in->data++;
}

/* Of ids, descriptors, lengths and addresses alike. */
static const uint64_t values[] = {
	0,
	1,
	2,
	3,
	4,
	5,
	7,
	16,
	0x1000,
	0x2000,
	0x10000,
	0x100000,
	0x7f0000001000,
	0x7f0000002000,
	0x7f0000002fff,
	0x40000001,
	UINT32_MAX,
	UINT64_C(1) << 63,
	0 - UINT64_C(0x1000),
	UINT64_MAX,
};

static uint64_t take_value(struct input *in)
{
	return values[take(in) % COUNT(values)];
}

static void put_hex(struct buf *b, const unsigned char *bytes, size_t length)
{
	static const char digits[] = "0123456789abcdef";

	buf_putc(b, '"');
	for (size_t i = 0; i < length; i++) {
		buf_putc(b, digits[bytes[i] >> 4]);
		buf_putc(b, digits[bytes[i] & 15]);
	}
	buf_putc(b, '"');
}

/* In JSON; whoever writes a trace may name anything. */
static const char *take_text(struct input *in)
{
	static const char *const texts[] = {
		"null",	  "\"/dev/iommu\"",	 "\"0000:00:03.0\"",
		"\"*/\"", "\"\\\"?\?/\\n\\\\\"", "\"/* \\u00e9 % \\u0000\"",
	};

	return texts[take(in) % COUNT(texts)];
}

static void put_file(struct buf *b, struct input *in)
{
	static const enum trace_kind on[] = { TRACE_IOMMUFD, TRACE_GROUP,
					      TRACE_DEVICE, TRACE_CONTAINER };
	const char *path = take_text(in);

	buf_printf(b, "\"kind\":\"%s\",\"path\":%s,\"device\":%s,\"open\":%u",
		   trace_kind_name(on[take(in) % COUNT(on)]),
		   *path == '"' ? path : "\"\"", take_text(in), take(in) % 4);
}

static void put_struct(struct buf *b, struct input *in,
		       const struct iommu_request *request)
{
	unsigned char bytes[TRACE_LARGEST] = { 0 };
	size_t length = request->size + take(in) % 16;
	uint64_t value = take_value(in);

	if (request->sized)
		memcpy(bytes, &length, sizeof(__u32));
	for (const struct field *f = request->fields; f->name; f++) {
		value = take_value(in);
		memcpy(bytes + f->offset, &value,
		       f->size < sizeof(value) ? f->size : sizeof(value));
	}
	for (size_t i = request->size; i < length; i++)
		bytes[i] = (unsigned char)(take(in) % 16);
	/* It may be cut, too. */
	if (take(in) % 8 == 7)
		length = take(in) % (length + 1);
	put_hex(b, bytes, length);
}

static void put_answer(struct buf *b, struct input *in,
		       const struct iommu_request *request)
{
	const char *comma = "";

	buf_puts(b, ",\"answer\":{");
	for (const struct field *f = request->fields; f->name; f++) {
		unsigned how = take(in) % 4;

		if (how == 0)
			continue;
		buf_printf(b, "%s\"%s\":", comma, f->name);
		if (how == 1)
			buf_printf(b, "%u", take(in) % 8);
		else if (how == 2)
			buf_printf(b, "\"0x%" PRIx64 "\"", take_value(in));
		else
			buf_puts(b, "[\"x\",[],\"0x8\"]");
		comma = ",";
	}
	buf_putc(b, '}');
}

/* What the struct points to, as a trace may have it beside the struct. */
static void put_beside(struct buf *b, struct input *in)
{
	static const char *const memory[] = { "data_uptr", "allowed_iovas" };
	static const char *const files[] = { "container", "iommufd",
					     "descriptors" };
	unsigned char bytes[TRACE_LARGEST] = { 1 };

	buf_printf(b, ",\"memory\":[{\"field\":\"%s\",\"bytes\":",
		   memory[take(in) % COUNT(memory)]);
	put_hex(b, bytes, take(in) == 255 ? TRACE_LARGEST : 16);
	buf_printf(b, "}],\"files\":[{\"field\":\"%s\",\"fd\":%u,",
		   files[take(in) % COUNT(files)], take(in) % 8);
	put_file(b, in);
	buf_puts(b, "}]");
}

static void put_call(struct buf *b, struct input *in, unsigned how)
{
	static const char *const errs[] = { "EFAULT", "ENOENT", "ENOMEM",
					    "EBADF",  "ENOTTY", "ERESTARTSYS",
					    "*/",     "ESRCH" };
	const struct iommu_request *request;
	size_t count = 0;

	while (iommu_requests[count])
		count++;
	request = iommu_requests[take(in) % count];
	buf_printf(b, "{\"event\":\"ioctl\",\"pid\":%u,\"tid\":7,\"fd\":%u,",
		   7 + (how & 1), take(in) % 8);
	buf_printf(b, "\"number\":%lu,\"argument\":\"0x%" PRIx64 "\",",
		   request->number, take_value(in));
	buf_printf(b, "\"complete\":%s,\"compat\":%s,\"file\":{",
		   how & 2 ? "false" : "true", how & 4 ? "true" : "false");
	put_file(b, in);
	buf_puts(b, "},\"bytes\":");
	put_struct(b, in, request);
	put_answer(b, in, request);
	if (how & 8)
		put_beside(b, in);
	if (how & 16)
		buf_printf(b, ",\"result\":null,\"errno\":\"%s\"}\n",
			   errs[take(in) % COUNT(errs)]);
	else
		buf_printf(b, ",\"result\":%" PRId64 ",\"errno\":null}\n",
			   (int64_t)take_value(in));
}

static void put_trace(struct buf *b, struct input *in)
{
	buf_printf(b,
		   "{\"event\":\"trace\",\"trace\":1,\"pid\":7,"
		   "\"command\":[%s]}\n",
		   take_text(in));
	for (int calls = 0; in->size && calls < MOST; calls++) {
		unsigned how = take(in);

		if (how % 32 == 31)
			buf_printf(b,
				   "{\"event\":\"close\",\"pid\":7,\"closed\":"
				   "{\"fd\":%u}}\n",
				   take(in) % 8);
		else
			put_call(b, in, how);
	}
	buf_puts(b, "{\"event\":\"end\",\"pid\":7,\"tid\":7}\n");
}

/* What a patch names is there, and it lies in the struct. */
static void check_patch(const struct replay_walk *w,
			const struct replay_step *step,
			const struct replay_patch *patch)
{
	const struct replay_region *region = w->plan->region;

	MUST(!patch->size ||
	     patch->offset + patch->size <= step->record->length);
	switch (patch->kind) {
	case PATCH_ID:
		MUST(patch->index < w->ids);
		break;
	case PATCH_FILE:
	case PATCH_DEVICE:
		MUST(patch->index < w->files);
		break;
	case PATCH_EVENT:
		MUST(patch->index < w->events);
		break;
	case PATCH_MEMORY_FILE:
		MUST(step->skip || patch->index < w->plan->files);
		break;
	case PATCH_IOVA:
		MUST(patch->index < w->iovas);
		break;
	case PATCH_MEMORY:
		MUST(patch->index < w->plan->regions &&
		     patch->add <= region[patch->index].last -
					   region[patch->index].first);
		break;
	case PATCH_NOWHERE:
		MUST(patch->add < 4096);
		break;
	case PATCH_DATA:
		MUST(patch->length <= step->data_length);
		break;
	case PATCH_ROOM:
		MUST(step->skip || patch->length <= REPLAY_ROOM);
		break;
	case PATCH_NO_ID:
	case PATCH_NO_FILE:
		break;
	}
}

/* Walks as a replay does. False: the trace is not of iommufds alone. */
static bool check_walk(struct replay_plan *plan, struct trace_reader *t)
{
	struct replay_walk w = { .plan = plan, .launched = t->launched };
	struct trace_record record;
	struct replay_step step;
	bool iommufds = true;

	trace_rewind(t);
	while (trace_next(t, &record)) {
		if (!strcmp(record.event, "ioctl")) {
			replay_step(&w, &record, &step);
			MUST(step.file < w.files);
			for (size_t i = 0; i < w.patches; i++)
				check_patch(&w, &step, &w.patch[i]);
			replay_step_free(&step);
		} else {
			replay_event(&w, &record);
		}
		trace_record_free(&record);
	}
	for (size_t i = 0; i < w.files; i++)
		iommufds &= w.file[i].kind == TRACE_IOMMUFD;
	replay_walk_free(&w);
	return iommufds;
}

/* Behind a string or a comment that begins at @at. */
static const char *skip_text(const char *at)
{
	if (*at != '"') {
		at = strstr(at + 2, "*/");
		MUST(at);
		return at + 2;
	}
	for (at++; *at != '"'; at++) {
		MUST(*at && *at != '\n');
		at += *at == '\\';
	}
	return at + 1;
}

/* Nothing that a trace says is code: strings and comments end where ours do. */
static void check_program(const char *text)
{
	int depth = 0;

	for (const char *at = text; *at; at++)
		MUST((*at >= ' ' && *at <= '~') || *at == '\n' || *at == '\t');
	MUST(!strstr(text, "?\?/"));
	while (*text) {
		if (*text == '"' || (text[0] == '/' && text[1] == '*')) {
			text = skip_text(text);
			continue;
		}
		depth += *text == '{' || *text == '(';
		depth -= *text == '}' || *text == ')';
		/* '\n' is in the program's own functions. */
		MUST(depth >= 0 && (*text != '\\' || text[1] == 'n'));
		MUST(strncmp(text, "(null)", 6) != 0);
		text++;
	}
	MUST(!depth);
}

static void check_c(struct replay_plan *plan, struct trace_reader *t)
{
	struct buf text = { 0 };

	trace_rewind(t);
	replay_write_c(&text, plan, t);
	check_program(buf_text(&text));
	buf_free(&text);
}

static void check_run(struct replay_plan *plan, struct trace_reader *t)
{
	struct replay_run run = { .iommufd = "/dev/null",
				  .walk = { .plan = plan,
					    .launched = t->launched },
				  .differences = json_array(),
				  .skips = json_array() };
	struct failure f = { 0 };

	trace_rewind(t);
	if (!replay_memory_make(&run, ROOM, &f)) {
		replay_run(&run, t);
		MUST(run.calls == run.same + run.different + run.skipped);
	}
	replay_memory_free(&run);
	replay_walk_free(&run.walk);
	json_decref(run.differences);
	json_decref(run.skips);
	failure_free(&f);
}

static void check_trace(const void *text, size_t length)
{
	int fd = memfd_create("trace", MFD_CLOEXEC);
	struct replay_plan plan = { 0 };
	struct failure f = { 0 };
	struct trace_reader t;

	MUST(fd >= 0 && write(fd, text, length) == (ssize_t)length);
	MUST(!lseek(fd, 0, SEEK_SET));
	if (!trace_open(&t, fd, "trace", &f)) {
		if (!replay_plan(&plan, &t, &f)) {
			bool iommufds = check_walk(&plan, &t);

			check_c(&plan, &t);
			if (iommufds)
				check_run(&plan, &t);
		}
		replay_plan_free(&plan);
		trace_close(&t);
	}
	failure_free(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data + 1, size - 1 };
	struct buf trace = { 0 };

	if (!size)
		return 0;
	if (*data & 1) {
		check_trace(data, size);
		return 0;
	}
	put_trace(&trace, &in);
	check_trace(trace.data, trace.len);
	buf_free(&trace);
	return 0;
}
