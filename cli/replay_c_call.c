// SPDX-License-Identifier: GPL-2.0-or-later
/* A call as a function: its struct, the ioctl, and what the trace has of it. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "render_request.h"
#include "iommu.h"
#include "replay_c.h"

#define ERRNOS 200

void replay_c_file(const struct replay_c *c, struct buf *out, size_t file)
{
	buf_printf(out, "%s%zu", trace_kind_name(c->walk.file[file].kind),
		   file);
}

static void put_id(const struct replay_c *c, struct buf *out, size_t id)
{
	buf_printf(out, "id_%zu_%u", c->walk.id[id].file, c->walk.id[id].id);
}

/* What stands for the trace's value. */
static void put_patch(const struct replay_c *c, struct buf *out,
		      const struct replay_patch *patch)
{
	switch (patch->kind) {
	case PATCH_ID:
		put_id(c, out, patch->index);
		break;
	case PATCH_FILE:
		replay_c_file(c, out, patch->index);
		break;
	case PATCH_EVENT:
		buf_printf(out, "event%zu", patch->index);
		break;
	case PATCH_MEMORY_FILE:
		buf_printf(out, "memory_file%zu", patch->index);
		break;
	case PATCH_MEMORY:
		buf_printf(out, "memory%zu + 0x%" PRIx64, patch->index,
			   patch->add);
		break;
	case PATCH_NOWHERE:
		buf_printf(out, "nowhere + 0x%" PRIx64, patch->add);
		break;
	case PATCH_DATA:
		buf_puts(out, "(uintptr_t)data");
		break;
	case PATCH_ROOM:
		buf_printf(out, "room(0x%" PRIx64 ")", patch->length);
		break;
	case PATCH_IOVA:
		buf_printf(out, "iova%zu + 0x%" PRIx64, patch->index,
			   patch->add);
		break;
	case PATCH_NO_FILE:
		buf_puts(out, "-1");
		break;
	default:
		buf_printf(out, "%" PRIu64, patch->add);
	}
}

static const struct replay_patch *patch_at(const struct replay_c *c,
					   size_t offset)
{
	for (size_t i = 0; i < c->walk.patches; i++)
		if (c->walk.patch[i].offset == offset &&
		    c->walk.patch[i].size &&
		    c->walk.patch[i].kind != PATCH_DEVICE)
			return &c->walk.patch[i];
	return NULL;
}

static void put_bytes(struct buf *out, const unsigned char *bytes,
		      size_t length)
{
	for (size_t i = 0; i < length; i++)
		buf_printf(out, "%s0x%02x,", i % 12 ? " " : "\n\t\t", bytes[i]);
}

/* A field that is not zero, or that something stands for. */
static void put_member(const struct replay_c *c, struct buf *out,
		       const struct trace_record *r, size_t offset, size_t size,
		       const struct field *field)
{
	const struct replay_patch *patch = patch_at(c, offset);
	uint64_t value = 0;
	json_t *names;

	memcpy(&value, r->bytes + offset, size);
	if (!value && !patch)
		return;
	buf_printf(out,
		   "\t\t.%s = ", replay_c_member(r->request, offset, size));
	if (patch)
		put_patch(c, out, patch);
	else
		buf_printf(out, "0x%" PRIx64, value);
	buf_putc(out, ',');
	if (field && field->kind == FIELD_FLAGS) {
		buf_puts(out, " /* ");
		names = field_value_json(field, r->bytes);
		render_value(out, names);
		json_decref(names);
		buf_puts(out, " */");
	}
	buf_putc(out, '\n');
}

/* How long what is given to the kernel has to be: a trace may have too much. */
static size_t length_of(const struct trace_record *r)
{
	size_t length = r->length;
	uint32_t claimed = 0;

	if (r->request->tail && r->length >= sizeof(claimed))
		memcpy(&claimed, r->bytes, sizeof(claimed));
	if (claimed > REPLAY_ARGUMENT)
		claimed = REPLAY_ARGUMENT;
	if (length < claimed)
		length = claimed;
	return length > r->request->size ? length : r->request->size;
}

/* How the struct is called, with what follows it or without. */
static const char *name_of(const struct trace_record *r)
{
	return length_of(r) > r->request->size ? "a.arg" : "arg";
}

static const char *whole_of(const struct trace_record *r)
{
	return length_of(r) > r->request->size ? "a" : "arg";
}

/* Bytes that no field has: reserved ones, a text, and what follows a struct. */
static void put_others(const struct replay_c *c, struct buf *out,
		       const struct trace_record *r)
{
	bool named[TRACE_LARGEST] = { false };
	const struct field *field = r->request->fields;
	const struct replay_patch *patch;

	memset(named, r->request->sized, sizeof(__u32));
	for (; field->name; field++)
		if (field->kind != FIELD_TEXT)
			memset(named + field->offset, true, field->size);
	for (size_t i = 0; i < r->length; i++) {
		patch = i >= r->request->size ? patch_at(c, i) : NULL;
		if (patch) {
			buf_printf(out, "\tput(&%s, %zu, ", whole_of(r), i);
			put_patch(c, out, patch);
			buf_printf(out, ", %zu);\n", patch->size);
			i += patch->size - 1;
		} else if (!named[i] && r->bytes[i]) {
			buf_printf(out, "\tput(&%s, %zu, 0x%02x, 1);\n",
				   whole_of(r), i, r->bytes[i]);
		}
	}
}

static void put_struct(const struct replay_c *c, struct buf *out,
		       const struct replay_step *step)
{
	const struct trace_record *r = step->record;
	const struct field *field = r->request->fields;
	size_t length = length_of(r);

	if (step->data_length) {
		buf_puts(out, "\tstatic const unsigned char data[] = {");
		put_bytes(out, step->data, step->data_length);
		buf_puts(out, "\n\t};\n");
	}
	if (length > r->request->size)
		buf_printf(
			out,
			"\tstruct {\n\t\tstruct %s arg;\n\t\tunsigned char more[%zu];\n\t} a = { .arg = {\n",
			r->request->layout, length - r->request->size);
	else
		buf_printf(out, "\tstruct %s arg = {\n", r->request->layout);
	if (r->request->sized && r->length >= sizeof(__u32) &&
	    (!field->name || field->offset || field->kind == FIELD_TEXT))
		put_member(c, out, r, 0, sizeof(__u32), NULL);
	for (; field->name; field++)
		if (field->kind != FIELD_TEXT &&
		    field->offset + field->size <= r->length)
			put_member(c, out, r, field->offset, field->size,
				   field);
	buf_puts(out, length > r->request->size ? "\t} };\n" : "\t};\n");
}

static uint64_t flags_of(const struct field *field, json_t *names)
{
	uint64_t value = 0;
	json_t *name;
	size_t i;

	json_array_foreach(names, i, name) {
		const char *text = json_string_value(name);
		size_t bit = 0;

		while (text && field->flags[bit] &&
		       strcmp(field->flags[bit], text))
			bit++;
		value |= !text		     ? 0
			 : field->flags[bit] ? UINT64_C(1) << bit
					     : strtoull(text, NULL, 0);
	}
	return value;
}

static uint64_t value_of(const struct field *field, json_t *value)
{
	if (json_is_array(value) && field->flags)
		return flags_of(field, value);
	if (json_is_string(value))
		return strtoull(json_string_value(value), NULL, 0);
	return (uint64_t)json_integer_value(value);
}

static void put_answer(const struct replay_c *c, struct buf *out,
		       const struct replay_step *step,
		       const struct field *field, json_t *value)
{
	const char *arg = name_of(step->record);

	for (size_t i = 0; i < step->mades; i++) {
		const struct replay_made *made = &step->made[i];

		if (made->field != field)
			continue;
		if (made->fresh) {
			buf_puts(out, "\tif (result >= 0)\n\t\t");
			put_id(c, out, made->id);
			buf_printf(out, " = %s.%s;\n", arg, field->name);
		} else {
			buf_printf(out, "\tsame(\"%s\", %s.%s, ", field->name,
				   arg, field->name);
			put_id(c, out, made->id);
			buf_puts(out, ");\n");
		}
		return;
	}
	/* A descriptor is another one each time. */
	if (field->kind == FIELD_TEXT || field->kind == FIELD_FEATURE ||
	    (field->kind == FIELD_S32 && field->role == FIELD_ANSWER))
		return;
	buf_printf(out, "\tsame(\"%s\", %s.%s, 0x%" PRIx64 ");\n", field->name,
		   arg, field->name, value_of(field, value));
}

/* Addresses that the kernel chose, for calls to come. */
static void put_chosen(struct replay_c *c, struct buf *out,
		       const struct replay_step *step)
{
	if (!step->chose)
		return;
	if (step->iova >= c->iovas)
		c->iovas = step->iova + 1;
	buf_printf(out, "\tiova%zu = %s.%s;\n", step->iova,
		   name_of(step->record),
		   step->record->request == &iommu_copy_request ? "dst_iova"
								: "iova");
}

static void put_answers(struct replay_c *c, struct buf *out,
			const struct replay_step *step)
{
	const struct trace_record *r = step->record;
	const struct field *field = r->request->fields;

	for (; field->name; field++) {
		json_t *value = json_object_get(r->answer, field->name);

		if (value && !r->request->by_value)
			put_answer(c, out, step, field, value);
	}
	put_chosen(c, out, step);
}

/* EINVAL, or NULL: the library does not know it by this name. */
static const char *known_errno(const char *name)
{
	for (int err = 1; err < ERRNOS; err++)
		if (strerrorname_np(err) && !strcmp(strerrorname_np(err), name))
			return strerrorname_np(err);
	return NULL;
}

static void put_ioctl(const struct replay_c *c, struct buf *out,
		      const struct replay_step *step, const char *err)
{
	const struct trace_record *r = step->record;

	buf_puts(out, "\tresult = ioctl(");
	replay_c_file(c, out, step->file);
	buf_printf(out, ", %s, ", r->request->name);
	if (r->request->by_value)
		buf_printf(out, "0x%" PRIx64 "ul", r->argument);
	else if (step->read_only)
		buf_printf(out, "read_only(&%s, sizeof(%s))", whole_of(r),
			   whole_of(r));
	else if (r->whole)
		buf_printf(out, "&%s", whole_of(r));
	else
		buf_printf(out, "cut(&%s, %zu)", whole_of(r), r->length);
	buf_printf(out, ");\n\ttold(%lu, \"%s\", result, ", r->call,
		   r->request->name);
	if (err)
		buf_printf(out, "-%s, \"%s\");\n", err, err);
	else if (step->opened)
		buf_puts(out, "ANY, \"a descriptor\");\n");
	else
		buf_printf(out, "%" PRId64 ", \"%" PRId64 "\");\n", r->result,
			   r->result);
	if (step->opened) {
		buf_putc(out, '\t');
		replay_c_file(c, out, step->opens);
		buf_puts(out, " = result;\n");
	}
}

void replay_c_call(struct replay_c *c, struct replay_step *step)
{
	const struct trace_record *r = step->record;
	const char *err = r->err ? known_errno(r->err) : NULL;
	struct buf *out = &c->calls;

	if (r->err && !err)
		replay_skip(step, "its errno is not known");
	if (step->skip)
		return;
	buf_printf(out, "static void call_%lu(void)\n{\n", r->call);
	if (!r->request->by_value)
		put_struct(c, out, step);
	buf_puts(out, "\tint result;\n\n");
	if (!r->request->by_value)
		put_others(c, out, r);
	put_ioctl(c, out, step, err);
	put_answers(c, out, step);
	buf_puts(out, "}\n\n");
}
