// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a call gave here, beside what the trace has. A descriptor that is
 * answered only has to be one, and an id has to be that of the same object.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "reasons.h"
#include "render_request.h"
#include "replay_run.h"

static json_t *text_of(const json_t *value)
{
	struct buf text = { 0 };
	json_t *json;

	if (!value || json_is_null(value))
		return json_null();
	render_value(&text, value);
	json = json_text(buf_text(&text));
	buf_free(&text);
	return json;
}

static void tell(struct replay_run *run, const struct replay_step *step,
		 const char *field, json_t *recorded, json_t *here,
		 const char *message)
{
	const struct trace_record *r = step->record;

	if (json_array_size(run->differences) == REPLAY_LISTED) {
		run->unlisted++;
		json_decref(recorded);
		json_decref(here);
		return;
	}
	json_array_append_new(run->differences,
			      json_pack("{s:I, s:s, s:s, s:o, s:o, s:s?}",
					"call", (json_int_t)r->call, "ioctl",
					r->request->name, "field", field,
					"recorded", recorded, "here", here,
					"message", message));
}

static json_t *outcome(const char *err, int64_t result)
{
	return err ? json_text(err) : json_sprintf("%" PRId64, result);
}

bool replay_is_descriptor(const struct iommu_request *request)
{
	return request == &vfio_device_fd_request ||
	       request == &vfio_gfx_dmabuf_request;
}

static bool same_result(struct replay_run *run, const struct replay_step *step,
			const struct replay_result *here)
{
	const struct trace_record *r = step->record;
	const char *err = here->err ? strerrorname_np(here->err) : NULL;
	struct failure f = { .err = here->err };

	if (r->err && err && !strcmp(r->err, err))
		return true;
	if (!r->err && !err &&
	    (r->result == here->result || replay_is_descriptor(r->request)))
		return true;
	if (here->err)
		reasons_tell(r->request, &f);
	tell(run, step, "result", outcome(r->err, r->result),
	     outcome(here->err ? err ? err : "?" : NULL, here->result),
	     f.message);
	failure_free(&f);
	return false;
}

static const struct field *field_of(const struct iommu_request *request,
				    const char *name)
{
	const struct field *field = request->fields;

	while (field->name && strcmp(field->name, name))
		field++;
	return field->name ? field : NULL;
}

/* The object that the trace's id stands for, or one that is told here first. */
static bool same_id(const struct replay_run *run,
		    const struct replay_made *made, const json_t *here)
{
	const struct replay_id *id = &run->walk.id[made->id];

	return json_is_integer(here) && (made->fresh || !id->known ||
					 json_integer_value(here) == id->here);
}

static bool same_field(const struct replay_run *run,
		       const struct replay_step *step, const char *name,
		       const json_t *recorded, const json_t *here)
{
	const struct field *field = field_of(step->record->request, name);

	for (size_t i = 0; i < step->mades; i++)
		if (step->made[i].field == field)
			return same_id(run, &step->made[i], here);
	if (json_equal((json_t *)recorded, (json_t *)here))
		return true;
	/* Descriptors. */
	return recorded && here && field && field->kind == FIELD_S32 &&
	       field->role == FIELD_ANSWER &&
	       (json_integer_value(recorded) < 0) ==
		       (json_integer_value(here) < 0);
}

static bool same_fields(struct replay_run *run, const struct replay_step *step,
			const struct replay_result *here)
{
	json_t *recorded = step->record->answer, *value;
	const char *name;
	bool same = true;

	json_object_foreach(recorded, name, value) {
		const json_t *other = json_object_get(here->answer, name);

		if (same_field(run, step, name, value, other))
			continue;
		tell(run, step, name, text_of(value), text_of(other), NULL);
		same = false;
	}
	json_object_foreach(here->answer, name, value) {
		if (json_object_get(recorded, name))
			continue;
		tell(run, step, name, json_null(), text_of(value), NULL);
		same = false;
	}
	return same;
}

/* After another result, its fields would only say that once more. */
bool replay_compare(struct replay_run *run, const struct replay_step *step,
		    const struct replay_result *here)
{
	return same_result(run, step, here) && same_fields(run, step, here);
}

/* Those of the same sort, for the same reason, are one line. */
void replay_tell_skip(struct replay_run *run, const struct replay_step *step,
		      const char *why)
{
	const struct trace_record *r = step->record;
	const char *name = r->request ? r->request->name : "unknown";
	json_t *skip, *count;
	size_t i;

	run->skipped++;
	json_array_foreach(run->skips, i, skip) {
		if (strcmp(json_string_value(json_object_get(skip, "ioctl")),
			   name) ||
		    strcmp(json_string_value(json_object_get(skip, "why")),
			   why))
			continue;
		count = json_object_get(skip, "calls");
		json_integer_set(count, json_integer_value(count) + 1);
		return;
	}
	if (json_array_size(run->skips) == REPLAY_LISTED) {
		run->unlisted++;
		return;
	}
	json_array_append_new(run->skips,
			      json_pack("{s:s, s:I, s:I, s:o}", "ioctl", name,
					"calls", (json_int_t)1, "first",
					(json_int_t)r->call, "why",
					json_text(why)));
}
