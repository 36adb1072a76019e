// SPDX-License-Identifier: GPL-2.0-or-later
#include "driver_data.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "buf.h"
#include "file.h"
#include "iommu.h"
#include "number.h"
#include "parse.h"

#define FILE_LONGEST (64 << 10)
#define TEXT_LONGEST 64

/* Copies the @len bytes of a word's part; a longer one is not in any table. */
static const char *part(const char *text, size_t len, char out[TEXT_LONGEST])
{
	len = len < TEXT_LONGEST - 1 ? len : TEXT_LONGEST - 1;
	memcpy(out, text, len);
	out[len] = '\0';
	return out;
}

const struct data_type *data_type_find(const struct data_type *types,
				       uint32_t number)
{
	for (; types->name; types++)
		if (types->number == number)
			return types;
	return NULL;
}

static enum status no_type(const struct parsed *p, const struct value *v,
			   const struct data_type *types, struct failure *f)
{
	struct buf list = { 0 };

	for (; types->name; types++)
		buf_printf(&list, "%s, ", types->name);
	fail_at(f, p->words, v->at, "neither %snor the number of another",
		buf_text(&list));
	buf_free(&list);
	return f->status;
}

enum status data_type_read(const struct parsed *p, const struct value *v,
			   const struct data_type *types,
			   struct driver_data *data, struct failure *f)
{
	char name[TEXT_LONGEST];
	uint64_t number;
	const char *why;

	part(v->text, strcspn(v->text, ","), name);
	*data = (struct driver_data){ 0 };
	for (const struct data_type *t = types; t->name; t++) {
		if (strcmp(t->name, name))
			continue;
		data->type = t;
		data->number = t->number;
		return STATUS_OK;
	}
	if (!number_parse(name, &number, &why) || number > UINT32_MAX)
		return no_type(p, v, types, f);
	data->number = (uint32_t)number;
	data->type = data_type_find(types, data->number);
	return STATUS_OK;
}

static void *grow(struct driver_data *data, size_t more)
{
	char *place;

	data->bytes = mem_realloc(data->bytes, data->length + more);
	place = (char *)data->bytes + data->length;
	memset(place, 0, more);
	data->length += more;
	return place;
}

static enum status add_file(const struct context *ctx, const char *path,
			    struct driver_data *data, struct failure *f)
{
	size_t unit = data->type ? data->type->size : 1;
	uint64_t size;
	int fd = file_open(ctx, path, false, &size, f);

	if (fd < 0)
		return f->status;
	if (!size || size % unit || size > FILE_LONGEST)
		fail(f, "%s has %" PRIu64 " bytes, and %s%s%zu", path, size,
		     data->type ? data->type->name : "such data",
		     !size || size % unit ? " needs a multiple of "
					  : " has at most ",
		     !size || size % unit ? unit : (size_t)FILE_LONGEST);
	else
		file_read(ctx, fd, path, grow(data, size), size, 0, f);
	close(fd);
	return f->status;
}

/* "SRE+WPE" or a number. */
static bool read_flags(const char *text, const char *const *names,
		       uint64_t *value)
{
	const char *why;

	*value = 0;
	if (number_parse(text, value, &why))
		return true;
	while (*text) {
		size_t len = strcspn(text, "+"), i = 0;

		while (names && names[i] &&
		       (strlen(names[i]) != len ||
			strncasecmp(names[i], text, len)))
			i++;
		if (!names || !names[i])
			return false;
		*value |= UINT64_C(1) << i;
		text += len + (text[len] == '+');
	}
	return true;
}

static enum status bad_value(const struct parsed *p, const struct value *v,
			     const struct data_field *field, struct failure *f)
{
	struct buf names = { 0 };

	for (size_t i = 0; field->flags && field->flags[i]; i++)
		buf_printf(&names, "%s%s", i ? ", " : " or flags joined by +: ",
			   field->flags[i]);
	fail_at(f, p->words, v->at, "%s is a number of %zu bits%s", field->name,
		8 * field->size, buf_text(&names));
	buf_free(&names);
	return f->status;
}

static enum status no_field(const struct parsed *p, const struct value *v,
			    const struct data_type *type, struct failure *f)
{
	struct buf names = { 0 };

	for (const struct data_field *d = type->fields; d->size; d++)
		buf_printf(&names, "%s=, ", d->name);
	fail_at(f, p->words, v->at,
		"%s has %sor all of it as file=", type->name, buf_text(&names));
	buf_free(&names);
	return f->status;
}

/* One "NAME=VALUE", of @len bytes. */
static enum status add_field(const struct parsed *p, const struct value *v,
			     const struct data_type *type, const char *text,
			     size_t len, void *place, struct failure *f)
{
	const struct data_field *field = type->fields;
	char word[TEXT_LONGEST], *equals;
	uint64_t value;

	part(text, len, word);
	equals = strchr(word, '=');
	if (equals)
		*equals++ = '\0';
	while (field->size && strcmp(field->name, word))
		field++;
	if (!field->size || !equals)
		return no_field(p, v, type, f);
	if (!*equals || !read_flags(equals, field->flags, &value) ||
	    (field->size == 4 && value > UINT32_MAX))
		return bad_value(p, v, field, f);
	/* Little-endian, as this machine is and as the hardware's words are. */
	memcpy((char *)place + field->offset, &value, field->size);
	return STATUS_OK;
}

enum status data_add(const struct context *ctx, const struct parsed *p,
		     const struct value *v, const char *text,
		     struct driver_data *data, struct failure *f)
{
	void *place;

	if (!strncmp(text, "file=", 5))
		return add_file(ctx, text + 5, data, f);
	if (!data->type)
		return fail_at(
			f, p->words, v->at,
			"of this type only the kernel's driver knows the fields: give its bytes as file=PATH");
	place = grow(data, data->type->size);
	while (*text && !f->status) {
		size_t len = strcspn(text, ",");

		add_field(p, v, data->type, text, len, place, f);
		text += len + (text[len] == ',');
	}
	return f->status;
}

enum status data_read(const struct context *ctx, const struct parsed *p,
		      const struct value *v, const struct data_type *types,
		      struct driver_data *data, struct failure *f)
{
	const char *comma = strchr(v->text, ',');

	if (data_type_read(p, v, types, data, f))
		return f->status;
	if (data_add(ctx, p, v, comma ? comma + 1 : "", data, f)) {
		free(data->bytes);
		data->bytes = NULL;
	} else if (data->type && data->length != data->type->size) {
		fail(f, "%zu bytes are more than one %s, which has %zu",
		     data->length, data->type->name, data->type->size);
		free(data->bytes);
		data->bytes = NULL;
	}
	return f->status;
}

static json_t *field_json(const char *name, json_t *value)
{
	return json_pack("{s:s, s:o}", "field", name, "value", value);
}

json_t *data_json(const struct data_type *type, const void *bytes,
		  size_t length)
{
	const struct data_field *field = type ? type->fields : NULL;
	const unsigned char *at = bytes;
	json_t *list = json_array();
	struct buf hex = { 0 };

	for (; field && field->size && field->offset + field->size <= length;
	     field++) {
		uint64_t value = 0;

		memcpy(&value, at + field->offset, field->size);
		json_array_append_new(
			list, field_json(field->name,
					 field->flags ? json_flags((__u32)value,
								   field->flags)
						      : json_hex64(value)));
	}
	for (size_t i = 0; !type && i < length; i++)
		buf_printf(&hex, "%02x", at[i]);
	if (hex.len)
		json_array_append_new(
			list, field_json("bytes", json_string(buf_text(&hex))));
	buf_free(&hex);
	return list;
}
