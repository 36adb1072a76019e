// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The user API's structs as C, from the table of requests: the headers of the
 * machine where the program is compiled may not have them.
 */
#include <stdlib.h>
#include <string.h>

#include "replay_c.h"

#define FIELDS 32

static const char *type_of(const struct field *field)
{
	if (field->kind == FIELD_TEXT)
		return "char";
	if (field->kind == FIELD_S32)
		return "__s32";
	return field->size == 8	  ? "__u64"
	       : field->size == 2 ? "__u16"
	       : field->size == 1 ? "__u8"
				  : "__u32";
}

static int by_offset(const void *a, const void *b)
{
	const struct field *x = *(const struct field *const *)a;
	const struct field *y = *(const struct field *const *)b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

/* Its own length comes first, whether or not the table has that. */
static const char *length_name(const struct iommu_request *request)
{
	return strncmp(request->name, "VFIO_", 5) ? "size" : "argsz";
}

static void put_gap(struct buf *out, size_t from, size_t to)
{
	if (to > from)
		buf_printf(out, "\t__u8 reserved_%zu[%zu];\n", from, to - from);
}

void replay_c_struct(struct buf *out, const struct iommu_request *request)
{
	const struct field *list[FIELDS];
	size_t count = 0, at = 0;

	buf_printf(out, "#define %s _IO(';', 0x%lx)\n", request->name,
		   request->number & 0xff);
	if (request->by_value)
		return;
	while (count < FIELDS && request->fields[count].name) {
		list[count] = &request->fields[count];
		count++;
	}
	qsort(list, count, sizeof(*list), by_offset);
	buf_printf(out, "struct %s {\n", request->layout);
	if (request->sized && (!count || list[0]->offset)) {
		buf_printf(out, "\t__u32 %s;\n", length_name(request));
		at = sizeof(__u32);
	}
	for (size_t i = 0; i < count; i++) {
		put_gap(out, at, list[i]->offset);
		buf_printf(out, "\t%s %s", type_of(list[i]), list[i]->name);
		if (list[i]->kind == FIELD_TEXT)
			buf_printf(out, "[%zu]", list[i]->size);
		buf_puts(out, ";\n");
		at = list[i]->offset + list[i]->size;
	}
	put_gap(out, at, request->size);
	buf_puts(out, "};\n\n");
}

const char *replay_c_member(const struct iommu_request *request, size_t offset,
			    size_t size)
{
	const struct field *field = request->fields;

	for (; field->name; field++)
		if (field->offset == offset && field->size == size &&
		    field->kind != FIELD_TEXT)
			return field->name;
	return request->sized && !offset && size == sizeof(__u32)
		       ? length_name(request)
		       : NULL;
}

void replay_c_string(struct buf *out, const char *text)
{
	buf_putc(out, '"');
	for (; *text; text++) {
		if (*text < ' ' || *text > '~' || strchr("\"\\?", *text))
			buf_printf(out, "\\%03o", (unsigned char)*text);
		else
			buf_putc(out, *text);
	}
	buf_putc(out, '"');
}

/* Nothing in it can end the comment, nor look like a trigraph. */
void replay_c_comment(struct buf *out, const char *text)
{
	char last = ' ';

	for (; *text; text++) {
		bool odd = *text < ' ' || *text > '~' || *text == '\\' ||
			   *text == '?';

		if ((last == '*' && *text == '/') ||
		    (last == '/' && *text == '*'))
			buf_putc(out, ' ');
		buf_putc(out, odd ? '_' : *text);
		last = *text;
	}
}
