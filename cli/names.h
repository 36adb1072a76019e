/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of objects. Whatever makes an object takes --name, and from then on
 * the name is as good as the id, wherever an id is asked for. A name cannot be
 * taken for a number: it begins with a letter or _.
 *
 * A command that makes objects has NAME_OPT among its options, and hands what
 * it made to object_made(); the rest happens around it.
 */
#ifndef CLI_NAMES_H
#define CLI_NAMES_H

#include <jansson.h>
#include <stdbool.h>

#include "failure.h"
#include "store.h"

struct buf;
struct context;
struct parsed;

#define NAME_OPT                                                      \
	{                                                             \
		.name = "name", .kind = KIND_NAME, .metavar = "NAME", \
		.help = "call it so, to be used like its id"          \
	}

/* Can a word that begins so be meant as a name? */
bool name_begins(char c);
/* @why continues "not a name: ...". */
bool name_check(const char *text, const char **why);

/*
 * Before a command runs: turns the names in its values into ids, and sees to
 * it that --name is not taken.
 */
enum status names_resolve(const struct context *ctx, struct parsed *p,
			  struct failure *f);
/* The new object @id of the command in @p, with its name if it was given. */
struct object *object_made(struct context *ctx, const struct parsed *p,
			   uint32_t id, enum object_kind kind);

/* "ioas or hwpt", for a set of them */
void object_put_kinds(struct buf *b, unsigned kinds);
/* The value of "name" in whatever shows @object: null without one. */
json_t *object_name_json(const struct object *object);
/* All objects, as { id, kind, name, num_mappings }. */
json_t *objects_json(const struct store *s);

#endif
