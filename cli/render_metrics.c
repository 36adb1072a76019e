// SPDX-License-Identifier: GPL-2.0-or-later
#include "render_metrics.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "buf.h"
#include "escape.h"
#include "render.h"

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* Nothing that a terminal obeys, and of what is left no quote ends it. */
static void put_quoted(struct buf *out, const json_t *value)
{
	struct buf safe = { 0 };

	escape_bytes(&safe, json_string_value(value),
		     json_string_length(value));
	for (size_t i = 0; i < safe.len; i++) {
		if (safe.data[i] == '"' || safe.data[i] == '\\')
			buf_putc(out, '\\');
		buf_putc(out, safe.data[i]);
	}
	buf_free(&safe);
}

static void put_labels(struct buf *out, const json_t *labels)
{
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)labels, i, item) {
		buf_printf(out, "%s%s=\"", i ? "," : "{",
			   text_of(item, "label"));
		put_quoted(out, json_object_get(item, "value"));
		buf_putc(out, '"');
	}
	if (i)
		buf_putc(out, '}');
}

static void put_sample(struct buf *out, const json_t *family,
		       const json_t *sample)
{
	bool counts = !strcmp(text_of(family, "type"), "counter");

	buf_printf(out, "%s%s", text_of(family, "family"),
		   counts ? "_total" : "");
	put_labels(out, json_object_get(sample, "labels"));
	if (json_is_null(json_object_get(sample, "value")))
		buf_puts(out, " +Inf\n");
	else
		buf_printf(out, " %" PRIu64 "\n", json_hex_at(sample, "value"));
}

static void put_family(struct buf *out, const json_t *family)
{
	const char *name = text_of(family, "family");
	const char *unit = text_of(family, "unit");
	const json_t *sample;
	size_t i;

	buf_printf(out, "# TYPE %s %s\n", name, text_of(family, "type"));
	if (unit)
		buf_printf(out, "# UNIT %s %s\n", name, unit);
	buf_printf(out, "# HELP %s %s\n", name, text_of(family, "help"));
	json_array_foreach(json_object_get(family, "samples"), i, sample)
		put_sample(out, family, sample);
}

void render_metrics(struct buf *out, const json_t *families)
{
	const json_t *family;
	size_t i;

	json_array_foreach((json_t *)families, i, family)
		put_family(out, family);
	buf_puts(out, "# EOF\n");
}
