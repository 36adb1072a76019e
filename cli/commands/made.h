/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands share that make one object of others. */
#ifndef CLI_COMMANDS_MADE_H
#define CLI_COMMANDS_MADE_H

#include "driver_data.h"
#include "names.h"
#include "parse.h"
#include "store.h"
#include "tree.h"

/* An argument that is the id of an object, of one kind or of several. */
#define ID_OF(what, kinds, text)                                              \
	{                                                                     \
		.name = what, .kind = KIND_ID, .objects = kinds, .help = text \
	}

/*
 * Remembers that @object was made of object @id; of which kind, when it is not
 * in the list, @otherwise says.
 */
void made_of(const struct context *ctx, struct object *object, uint32_t id,
	     enum object_kind otherwise);

/* A type by its name in @names, whose place is its number, or as a number. */
enum status made_type(const struct parsed *p, const struct value *v,
		      const char *const *names, uint32_t *type,
		      struct failure *f);

/* Reads what there is from an object's descriptor without waiting. */
enum status made_read(const struct object *object, void *buffer, size_t room,
		      size_t *length, struct failure *f);
/* A new descriptor of events becomes the object's own. */
void made_queue(struct object *object, int fd);

#endif
