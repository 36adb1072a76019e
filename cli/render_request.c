// SPDX-License-Identifier: GPL-2.0-or-later
#include "render_request.h"

#include <stdbool.h>
#include <string.h>

#include "buf.h"
#include "escape.h"

static void put_safe(struct buf *b, const json_t *text)
{
	escape_bytes(b, json_string_value(text), json_string_length(text));
}

static const json_t *below(const json_t *object, const char *key)
{
	return json_object_get(object, key);
}

/* Flags by name, a range of addresses, or a number. */
static void put_element(struct buf *b, const json_t *value)
{
	if (json_is_string(value)) {
		put_safe(b, value);
	} else if (json_is_object(value)) {
		put_safe(b, below(value, "start"));
		buf_putc(b, '-');
		put_safe(b, below(value, "last"));
	} else {
		buf_printf(b, "%" JSON_INTEGER_FORMAT,
			   json_integer_value(value));
	}
}

static void put_array(struct buf *b, const json_t *array)
{
	bool flags = json_is_string(json_array_get(array, 0));
	const json_t *value;
	size_t i;

	json_array_foreach(array, i, value) {
		buf_puts(b, !i ? "" : flags ? "|" : " ");
		put_element(b, value);
	}
}

/* " (device 0000:65:00.0)" */
static void put_object(struct buf *b, const json_t *objects, const char *field,
		       const json_t *id)
{
	const json_t *object;
	size_t i;

	json_array_foreach(objects, i, object) {
		const char *name = json_string_value(below(object, "field"));

		if (!name || strcmp(name, field) ||
		    !json_equal((json_t *)id, json_object_get(object, "id")))
			continue;
		buf_puts(b, " (");
		put_safe(b, below(object, "kind"));
		if (json_is_string(below(object, "device"))) {
			buf_putc(b, ' ');
			put_safe(b, below(object, "device"));
		}
		buf_putc(b, ')');
		return;
	}
}

void render_value(struct buf *b, const json_t *value)
{
	if (json_is_array(value))
		put_array(b, value);
	else
		put_element(b, value);
}

void render_request(struct buf *b, const json_t *fields, const json_t *objects)
{
	const char *key;
	json_t *value;
	bool first = true;

	buf_putc(b, '{');
	json_object_foreach((json_t *)fields, key, value) {
		buf_puts(b, first ? "" : ", ");
		escape_bytes(b, key, strlen(key));
		buf_putc(b, '=');
		first = false;
		render_value(b, value);
		put_object(b, objects, key, value);
	}
	buf_putc(b, '}');
}
