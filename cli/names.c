// SPDX-License-Identifier: GPL-2.0-or-later
#include "names.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "context.h"
#include "parse.h"
#include "vars.h"

#define NAME_LONGEST 64

static const char name_chars[] = "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "_0123456789.-";

bool name_begins(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool name_check(const char *text, const char **why)
{
	*why = NULL;
	if (!*text)
		*why = "it is empty";
	else if (*text >= '0' && *text <= '9')
		*why = "it begins as a number does; a name begins with a letter or _";
	else if (!name_begins(*text))
		*why = "it must begin with a letter or _";
	else if (text[strspn(text, name_chars)])
		*why = "letters, digits and _ . - are all that it may have";
	else if (strlen(text) > NAME_LONGEST)
		*why = "it has more than 64 characters";
	return !*why;
}

void object_put_kinds(struct buf *b, unsigned kinds)
{
	for (unsigned i = 0; i < OBJECT_KINDS; i++) {
		if (!(kinds & 1u << i))
			continue;
		buf_printf(b, "%s%s", b->len ? " or " : "",
			   object_kind_name(i));
	}
}

/* The line is well formed, so this is no mistake of usage. */
static enum status no_object(const struct parsed *p, const struct value *v,
			     struct failure *f)
{
	fail_at(f, p->words, v->at, "there is no object named %s", v->text);
	return f->status = STATUS_REFUSED;
}

static enum status resolve(const struct context *ctx, const struct parsed *p,
			   unsigned kinds, struct value *v, struct failure *f)
{
	const struct object *object = store_named(&ctx->store, v->text);
	struct buf wanted = { 0 };

	if (!object)
		return no_object(p, v, f);
	v->num = object->id;
	if (!kinds || kinds & 1u << object->kind)
		return STATUS_OK;
	object_put_kinds(&wanted, kinds);
	fail_at(f, p->words, v->at, "%s is of kind %s, not %s", v->text,
		object_kind_name(object->kind), buf_text(&wanted));
	buf_free(&wanted);
	return f->status = STATUS_REFUSED;
}

static enum status check_free(const struct context *ctx, const struct parsed *p,
			      const struct value *v, struct failure *f)
{
	const struct object *object = store_named(&ctx->store, v->text);

	if (!object)
		return STATUS_OK;
	fail_at(f, p->words, v->at, "%s %" PRIu32 " has this name already",
		object_kind_name(object->kind), object->id);
	return f->status = STATUS_REFUSED;
}

enum status names_resolve(const struct context *ctx, struct parsed *p,
			  struct failure *f)
{
	const struct opt *opts = p->cmd->opts;
	const struct arg *args = p->cmd->args;
	enum status status = STATUS_OK;
	size_t i;

	for (i = 0; opts && opts[i].name && !status; i++) {
		struct value *v = &p->opt[i];

		if (v->set && opts[i].kind == KIND_NAME)
			status = check_free(ctx, p, v, f);
		else if (v->named)
			status = resolve(ctx, p, opts[i].objects, v, f);
	}
	for (i = 0; args && args[i].name && !args[i].many && !status; i++)
		if (p->arg[i].named)
			status =
				resolve(ctx, p, args[i].objects, &p->arg[i], f);
	for (size_t j = 0; j < p->many_count && !status; j++)
		if (p->many[j].named)
			status = resolve(ctx, p, args[i].objects, &p->many[j],
					 f);
	return status;
}

struct object *object_made(struct context *ctx, const struct parsed *p,
			   uint32_t id, enum object_kind kind)
{
	struct object *object = store_add(&ctx->store, id, kind);
	const struct opt *opts = p->cmd->opts;
	char text[16];

	snprintf(text, sizeof(text), "%" PRIu32, id);
	vars_set(ctx->vars, VARS_LAST, text);
	for (size_t i = 0; opts && opts[i].name; i++)
		if (opts[i].kind == KIND_NAME && p->opt[i].set)
			object->name = mem_strdup(p->opt[i].text);
	return object;
}

json_t *object_name_json(const struct object *object)
{
	return object->name ? json_string(object->name) : json_null();
}

json_t *objects_json(const struct store *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->count; i++) {
		const struct object *object = s->object[i];

		json_array_append_new(
			list,
			json_pack("{s:I, s:s, s:o, s:I}", "id",
				  (json_int_t)object->id, "kind",
				  object_kind_name(object->kind), "name",
				  object_name_json(object), "num_mappings",
				  (json_int_t)object->count));
	}
	return list;
}
