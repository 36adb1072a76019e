// SPDX-License-Identifier: GPL-2.0-or-later
#include "render.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "number.h"
#include "render_bytes.h"
#include "render_help.h"
#include "render_map.h"
#include "render_metrics.h"
#include "render_table.h"
#include "render_tree.h"

/* The value at "a.b" (@len bytes of @path) below @tree, or NULL. */
static const json_t *lookup(const json_t *tree, const char *path, size_t len)
{
	char key[64];

	while (tree && len) {
		const char *dot = memchr(path, '.', len);
		size_t part = dot ? (size_t)(dot - path) : len;

		if (part >= sizeof(key))
			return NULL;
		memcpy(key, path, part);
		key[part] = '\0';
		tree = json_object_get(tree, key);
		part += dot != NULL;
		path += part;
		len -= part;
	}
	return tree;
}

static bool is_true(const json_t *value)
{
	if (json_is_string(value))
		return *json_string_value(value);
	if (json_is_array(value))
		return json_array_size(value);
	if (json_is_integer(value))
		return json_integer_value(value);
	return value && !json_is_false(value) && !json_is_null(value);
}

static void put_access(struct buf *out, const json_t *value)
{
	if (json_is_true(json_object_get(value, "readable")))
		buf_puts(out, "read");
	if (json_is_true(json_object_get(value, "writeable")))
		buf_puts(out, json_is_true(json_object_get(value, "readable"))
				      ? "-write"
				      : "write");
}

static void put_size(struct buf *out, const json_t *value)
{
	char human[NUMBER_HUMAN_SIZE];
	uint64_t bytes;

	if (json_is_string(value))
		bytes = strtoull(json_string_value(value), NULL, 16);
	else
		bytes = (uint64_t)json_integer_value(value);
	buf_puts(out, number_human(bytes, human));
}

static void put_value(struct buf *out, const json_t *value)
{
	size_t i;
	json_t *item;

	switch (value ? json_typeof(value) : JSON_NULL) {
	case JSON_STRING:
		escape_bytes(out, json_string_value(value),
			     json_string_length(value));
		break;
	case JSON_INTEGER:
		buf_printf(out, "%" JSON_INTEGER_FORMAT,
			   json_integer_value(value));
		break;
	case JSON_TRUE:
		buf_puts(out, "yes");
		break;
	case JSON_FALSE:
		buf_puts(out, "no");
		break;
	case JSON_ARRAY:
		json_array_foreach(value, i, item) {
			if (i)
				buf_puts(out, ", ");
			put_value(out, item);
		}
		break;
	default:
		buf_putc(out, '-');
	}
}

static void put_fields(struct buf *out, const json_t *array)
{
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)array, i, item) {
		buf_puts(out, i ? " " : "");
		put_value(out, json_object_get(item, "field"));
		buf_putc(out, '=');
		put_value(out, json_object_get(item, "value"));
	}
}

/* The elements, each through the same template; @none is what no element is. */
static void put_list(struct buf *out, const json_t *array, const char *text,
		     const char *none)
{
	const json_t *item;
	size_t i;

	if (!json_array_size(array))
		buf_puts(out, none);
	json_array_foreach((json_t *)array, i, item) {
		buf_puts(out, i ? ", " : "");
		render_fill(out, text, item);
	}
}

static void put_ranges(struct buf *out, const json_t *array)
{
	put_list(out, array, "{start}-{last} {type}", "-");
}

static void put_node(struct buf *out, const json_t *value)
{
	if (is_true(value))
		render_fill(out, "{path} {owner}:{owner_group} {mode}", value);
	else
		buf_putc(out, '-');
}

static void put_owners(struct buf *out, const json_t *array)
{
	put_list(out, array, "{kind} of {owner}", "");
}

static void put_sizes(struct buf *out, const json_t *array)
{
	put_list(out, array, "{count}x{size:size}", "-");
}

static void put_count(struct buf *out, const json_t *value, const char *noun,
		      size_t len)
{
	json_int_t count = json_integer_value(value);

	buf_printf(out, "%" JSON_INTEGER_FORMAT " %.*s%s", count, (int)len,
		   noun, count == 1 ? "" : "s");
}

/* A value as @form says, or so many of what @form is the name of. */
static void put_form(struct buf *out, const json_t *value, const char *form,
		     size_t len)
{
	static const struct {
		const char *name;
		void (*put)(struct buf *out, const json_t *value);
	} forms[] = {
		{ "size", put_size },	  { "fields", put_fields },
		{ "access", put_access }, { "ranges", put_ranges },
		{ "node", put_node },	  { "owners", put_owners },
		{ "sizes", put_sizes },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		if (strlen(forms[i].name) == len &&
		    !memcmp(forms[i].name, form, len))
			return forms[i].put(out, value);
	put_count(out, value, form, len);
}

static void put_key(struct buf *out, const json_t *object, const char *key,
		    size_t len)
{
	const char *colon = memchr(key, ':', len);
	size_t name = colon ? (size_t)(colon - key) : len;
	const json_t *value = lookup(object, key, name);

	if (colon)
		put_form(out, value, colon + 1, len - name - 1);
	else
		put_value(out, value);
}

/* Fills @text in up to its end or the ] of a condition; returns that place. */
static const char *fill(struct buf *out, const char *text, const json_t *object,
			bool visible)
{
	struct buf nowhere = { 0 };
	struct buf *to = visible ? out : &nowhere;

	while (*text && *text != ']') {
		if (*text == '{') {
			size_t len = strcspn(++text, "}");

			put_key(to, object, text, len);
			text += len + 1;
		} else if (*text == '[') {
			size_t len = strcspn(++text, "|");
			bool met = is_true(lookup(object, text, len));

			text = fill(to, text + len + 1, object, met);
			text += *text == ']';
		} else {
			buf_putc(to, *text++);
		}
	}
	buf_free(&nowhere);
	return text;
}

const json_t *json_below(const json_t *tree, const char *path)
{
	return lookup(tree, path, strlen(path));
}

uint64_t json_hex_at(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? strtoull(text, NULL, 16) : 0;
}

static const json_t *at_key(const json_t *tree, const char *key)
{
	return key ? json_below(tree, key) : tree;
}

void render_fill(struct buf *out, const char *text, const json_t *object)
{
	fill(out, text, object, true);
}

static bool takes_array(enum block_kind kind)
{
	return kind == BLOCK_ROWS || kind == BLOCK_TABLE ||
	       kind == BLOCK_BYTES || kind == BLOCK_EACH ||
	       kind == BLOCK_METRICS;
}

static void put_block(struct buf *out, const struct block *block,
		      const json_t *value, const struct look *look)
{
	const json_t *item;
	size_t before, i;

	if (takes_array(block->kind) && !json_array_size(value)) {
		if (block->none)
			buf_printf(out, "%s\n", block->none);
		return;
	}
	switch (block->kind) {
	case BLOCK_TEXT:
		escape_lines(out, json_string_value(value),
			     json_string_length(value));
		break;
	case BLOCK_HELP:
		render_help(out, json_string_value(value), look);
		break;
	case BLOCK_LINE:
		fill(out, block->text, value, true);
		buf_putc(out, '\n');
		break;
	case BLOCK_ROWS:
		json_array_foreach(value, i, item) {
			before = out->len;
			fill(out, block->text, item, true);
			if (out->len > before)
				buf_putc(out, '\n');
		}
		break;
	case BLOCK_EACH:
		json_array_foreach(value, i, item)
			render(out, block->view, item, look);
		break;
	case BLOCK_MAP:
		render_map(out, value, look);
		break;
	case BLOCK_TREE:
		render_tree(out, value, look);
		break;
	case BLOCK_METRICS:
		render_metrics(out, value);
		break;
	case BLOCK_BYTES:
		render_bytes(out, value, look);
		break;
	default:
		render_table(out, block->cells, value, look);
	}
}

static bool is_null(const json_t *value)
{
	return !value || json_is_null(value);
}

/* Objects all of them, with what @view shows of each. */
static bool are_objects(const json_t *array, const struct block *view)
{
	const json_t *item;
	size_t i;

	json_array_foreach(array, i, item)
		if (!json_is_object(item) || !render_fits(view, item))
			return false;
	return json_is_array(array);
}

bool render_fits(const struct block *view, const json_t *tree)
{
	for (; view && view->kind != BLOCK_END; view++) {
		const json_t *value = at_key(tree, view->key);
		bool fits = view->kind == BLOCK_TEXT || view->kind == BLOCK_HELP
				    ? json_is_string(value)
			    : takes_array(view->kind)
				    ? are_objects(value, view->view)
				    : json_is_object(value);

		if (!fits && !(view->optional && is_null(value)))
			return false;
	}
	return true;
}

void render(struct buf *out, const struct block *view, const json_t *tree,
	    const struct look *look)
{
	for (; view && view->kind != BLOCK_END; view++) {
		const json_t *value = at_key(tree, view->key);

		if ((view->optional && is_null(value)) ||
		    (view->unless && is_true(at_key(tree, view->unless))))
			continue;
		put_block(out, view, value, look);
	}
}
