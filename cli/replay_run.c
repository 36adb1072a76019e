// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The calls, one after another: in the order in which they ended, since that
 * is the order of the trace, and from one thread.
 */
#include "replay_run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "buf.h"
#include "render.h"

/* An id that no object has here, even if the trace's own is one's. */
static uint32_t no_id(const struct replay_walk *w, size_t owner, uint32_t id)
{
	for (size_t i = 0; i < w->ids; i++)
		if (w->id[i].alive && w->id[i].known &&
		    w->id[i].file == owner && w->id[i].here == id)
			return id ^ 0x40000000;
	return id;
}

/* The last bytes of an arena, so that nothing is behind them. */
static uint64_t end_of(const struct replay_arena *arena, uint64_t length)
{
	return (uintptr_t)arena->start + arena->length - ((length + 7) & ~7ull);
}

static int descriptor_of(struct replay_run *run, struct replay_step *step,
			 const struct replay_patch *patch)
{
	const struct replay_file *file;
	int fd;

	if (patch->kind == PATCH_FILE) {
		fd = replay_open(run, patch->index);
		file = &run->walk.file[patch->index];
		if (fd < 0)
			replay_skip(step, "%s",
				    file->why ? file->why : "a file is closed");
		return fd;
	}
	fd = patch->kind == PATCH_EVENT ? replay_eventfd(run, patch->index)
					: replay_memory_file(run, patch->index);
	if (fd < 0)
		replay_skip(step, "no descriptor for it: %s", strerror(errno));
	return fd;
}

/* What stands for an object or an address. It may not be here: a skip. */
static uint64_t object_of(const struct replay_walk *w, struct replay_step *step,
			  const struct replay_patch *patch)
{
	if (patch->kind == PATCH_ID) {
		if (!w->id[patch->index].known)
			replay_skip(step, "object %u was not made here",
				    w->id[patch->index].id);
		return w->id[patch->index].here;
	}
	if (!w->iova[patch->index].known)
		replay_skip(step,
			    "what is at 0x%" PRIx64 " was not mapped here",
			    w->iova[patch->index].start);
	return w->iova[patch->index].here + patch->add;
}

static uint64_t resolve(struct replay_run *run, struct replay_step *step,
			const struct replay_patch *patch)
{
	struct replay_walk *w = &run->walk;
	uint64_t at;

	switch (patch->kind) {
	case PATCH_ID:
	case PATCH_IOVA:
		return object_of(w, step, patch);
	case PATCH_NO_ID:
		return no_id(w, w->file[step->file].ids, (uint32_t)patch->add);
	case PATCH_NO_FILE:
		return UINT32_MAX;
	case PATCH_FILE:
	case PATCH_EVENT:
	case PATCH_MEMORY_FILE:
		return (uint32_t)descriptor_of(run, step, patch);
	case PATCH_MEMORY:
		return (uintptr_t)w->plan->region[patch->index].here +
		       patch->add;
	case PATCH_NOWHERE:
		return (uintptr_t)run->argument.start + run->argument.length +
		       patch->add;
	case PATCH_DATA:
		at = end_of(&run->data, patch->length);
		memcpy((void *)(uintptr_t)at, step->data, patch->length);
		return at;
	case PATCH_ROOM:
		return end_of(&run->room, patch->length);
	case PATCH_DEVICE:
		break;
	}
	return 0;
}

static void name_device(const struct replay_run *run,
			const struct replay_step *step, unsigned char *bytes)
{
	char name[sizeof(struct vfio_device_name) + 1] = "";
	const char *here;

	memcpy(name, bytes,
	       step->record->length < sizeof(name) ? step->record->length
						   : sizeof(name) - 1);
	here = replay_device(run, name);
	if (here != name && strlen(here) < sizeof(struct vfio_device_name))
		memcpy(bytes, here, strlen(here) + 1);
}

/* Puts what stands for the trace's here into @bytes; false: some is not here. */
static bool patch_all(struct replay_run *run, struct replay_step *step,
		      unsigned char bytes[static TRACE_LARGEST])
{
	for (size_t i = 0; i < run->walk.patches; i++) {
		const struct replay_patch *patch = &run->walk.patch[i];
		uint64_t value;

		if (!patch->size)
			continue;
		value = resolve(run, step, patch);
		if (step->skip)
			return false;
		if (patch->kind == PATCH_DEVICE)
			name_device(run, step, bytes);
		else
			memcpy(bytes + patch->offset, &value, patch->size);
	}
	return true;
}

/* What could not be read of it is not there, either. */
static unsigned char *place(struct replay_run *run,
			    const struct replay_step *step,
			    const unsigned char *bytes)
{
	const struct trace_record *r = step->record;
	struct replay_arena *arena = &run->argument;
	unsigned char *at = arena->start;

	memset(at, 0, arena->used);
	arena->used = r->length;
	if (!r->whole)
		at += arena->length - r->length;
	memcpy(at, bytes, r->length);
	return at;
}

static void protect(struct replay_run *run, const struct replay_step *step,
		    int protection)
{
	if (step->read_only)
		mprotect(run->argument.start, run->argument.length, protection);
}

static void ask(struct replay_run *run, const struct replay_step *step, int fd,
		const unsigned char bytes[static TRACE_LARGEST],
		struct replay_result *here)
{
	const struct trace_record *r = step->record;
	struct trace_call call = { .request = r->request,
				   .length = r->length,
				   .size = (uint32_t)r->request->size };
	unsigned char after[TRACE_LARGEST], *at = NULL;
	size_t length = 0;

	memcpy(call.bytes, bytes, r->length);
	if (r->request->by_value) {
		here->result = ioctl(fd, r->request->number,
				     (unsigned long)r->argument);
	} else {
		at = place(run, step, bytes);
		length = r->length;
		protect(run, step, PROT_READ);
		here->result = ioctl(fd, r->request->number, at);
	}
	here->err = here->result < 0 ? errno : 0;
	protect(run, step, PROT_READ | PROT_WRITE);
	if (length)
		memcpy(after, at, length);
	here->answer = trace_answered(&call, after, length, !here->err);
	if (!here->err)
		trace_more_answered(getpid(), &call, after, length,
				    here->answer);
}

/* One that the trace has as well is open to the end, the other never was. */
static void keep_unnamed(struct replay_run *run, const struct replay_step *step,
			 unsigned fd)
{
	if (step->record->err)
		close((int)fd);
	else
		numbers_add(&run->others, fd);
}

/* Descriptors in the answer, as that of a queue of faults. */
static void keep_answered(struct replay_run *run,
			  const struct replay_step *step,
			  const struct replay_result *here)
{
	const struct field *field = step->record->request->fields;

	for (; field->name; field++) {
		const json_t *fd = json_object_get(here->answer, field->name);

		if (field->kind == FIELD_S32 && field->role == FIELD_ANSWER &&
		    json_is_integer(fd) && json_integer_value(fd) >= 0)
			numbers_add(&run->others,
				    (unsigned)json_integer_value(fd));
	}
}

/* What it made here is what stands for the trace's from now on. */
static void keep(struct replay_run *run, const struct replay_step *step,
		 const struct replay_result *here)
{
	static const char *const names[] = { "iova", "dst_iova" };
	struct replay_walk *w = &run->walk;

	for (size_t i = 0; i < step->mades; i++) {
		const json_t *id = json_object_get(here->answer,
						   step->made[i].field->name);

		if (!step->made[i].fresh || !json_is_integer(id))
			continue;
		w->id[step->made[i].id].here = (uint32_t)json_integer_value(id);
		w->id[step->made[i].id].known = true;
	}
	for (size_t i = 0; step->chose && i < 2; i++)
		if (json_object_get(here->answer, names[i])) {
			w->iova[step->iova].here =
				json_hex_at(here->answer, names[i]);
			w->iova[step->iova].known = true;
		}
	if (step->opened)
		w->file[step->opens].here = (int)here->result;
	else if (replay_is_descriptor(step->record->request))
		keep_unnamed(run, step, (unsigned)here->result);
	keep_answered(run, step, here);
}

/* An address that was chosen as it was asked is not in the answer. */
static void keep_unchanged(struct replay_run *run,
			   const struct replay_step *step,
			   const unsigned char *bytes)
{
	const struct field *field = step->record->request->fields;
	struct replay_iova *iova = &run->walk.iova[step->iova];

	for (; step->chose && !iova->known && field->name; field++)
		if (!strcmp(field->name, "iova") ||
		    !strcmp(field->name, "dst_iova")) {
			memcpy(&iova->here, bytes + field->offset,
			       sizeof(iova->here));
			iova->known = true;
		}
}

static void make_call(struct replay_run *run, struct replay_step *step)
{
	unsigned char bytes[TRACE_LARGEST];
	struct replay_result here = { 0 };
	int fd = replay_open(run, step->file);

	memcpy(bytes, step->record->bytes, step->record->length);
	if (fd < 0)
		replay_skip(step, "%s",
			    run->walk.file[step->file].why
				    ? run->walk.file[step->file].why
				    : "its file is closed");
	if (step->skip || !patch_all(run, step, bytes)) {
		replay_tell_skip(run, step, step->skip);
		return;
	}
	ask(run, step, fd, bytes, &here);
	if (replay_compare(run, step, &here))
		run->same++;
	else
		run->different++;
	if (!here.err) {
		keep(run, step, &here);
		keep_unchanged(run, step, bytes);
	}
	json_decref(here.answer);
}

void replay_run(struct replay_run *run, struct trace_reader *t)
{
	struct trace_record record;
	struct replay_step step;

	while (trace_next(t, &record)) {
		if (!strcmp(record.event, "ioctl")) {
			replay_step(&run->walk, &record, &step);
			run->calls++;
			replay_close(run, false);
			make_call(run, &step);
			replay_step_free(&step);
		} else {
			replay_event(&run->walk, &record);
			replay_close(run, false);
		}
		trace_record_free(&record);
	}
	replay_close(run, true);
}
