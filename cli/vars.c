// SPDX-License-Identifier: GPL-2.0-or-later
#include "vars.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

size_t vars_name_length(const char *text, size_t len)
{
	size_t at = 0;

	while (at < len && (is_letter(text[at]) ||
			    (at && text[at] >= '0' && text[at] <= '9')))
		at++;
	return at;
}

static int compare(const struct var *var, const char *name, size_t len)
{
	int order = strncmp(var->name, name, len);

	return order ? order : var->name[len] != '\0';
}

/* Where the name is, or where it would have to be. */
static size_t place(const struct vars *v, const char *name, size_t len)
{
	size_t low = 0, high = v->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&v->var[middle], name, len) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const char *vars_get(const struct vars *v, const char *name, size_t len)
{
	size_t at = place(v, name, len);

	return at < v->count && !compare(&v->var[at], name, len)
		       ? v->var[at].value
		       : NULL;
}

void vars_set(struct vars *v, const char *name, const char *value)
{
	size_t at = place(v, name, strlen(name));

	v->changed = true;
	if (at < v->count && !strcmp(v->var[at].name, name)) {
		free(v->var[at].value);
		v->var[at].value = mem_strdup(value);
		return;
	}
	if (v->count == v->cap) {
		v->cap = v->cap ? 2 * v->cap : 16;
		v->var = mem_realloc(v->var, v->cap * sizeof(*v->var));
	}
	memmove(v->var + at + 1, v->var + at,
		(v->count - at) * sizeof(*v->var));
	v->var[at] = (struct var){ mem_strdup(name), mem_strdup(value) };
	v->count++;
}

void vars_write(const struct vars *v, struct buf *b)
{
	for (size_t i = 0; i < v->count; i++) {
		buf_add(b, v->var[i].name, strlen(v->var[i].name) + 1);
		buf_add(b, v->var[i].value, strlen(v->var[i].value) + 1);
	}
}

bool vars_read(struct vars *v, const char *data, size_t len)
{
	vars_free(v);
	while (len) {
		size_t name = strnlen(data, len), value;

		if (!name || name == len ||
		    vars_name_length(data, name) != name)
			return false;
		value = strnlen(data + name + 1, len - name - 1);
		if (value == len - name - 1)
			return false;
		vars_set(v, data, data + name + 1);
		data += name + value + 2;
		len -= name + value + 2;
	}
	v->changed = false;
	return true;
}

void vars_free(struct vars *v)
{
	for (size_t i = 0; i < v->count; i++) {
		free(v->var[i].name);
		free(v->var[i].value);
	}
	free(v->var);
	*v = (struct vars){ 0 };
}
