/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Variables of a script or a prompt: `$NAME = command` keeps what the command
 * made, `$NAME` says it again, and $_ is the id of the last object. They are
 * the client's; a session works on a copy and gives back what changed.
 */
#ifndef CLI_VARS_H
#define CLI_VARS_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

struct var {
	char *name, *value;
};

struct vars {
	struct var *var; /* by name */
	size_t count, cap;
	bool changed; /* since whoever asks has cleared it */
};

#define VARS_LAST "_"

/* The bytes of @text that are a variable's name. */
size_t vars_name_length(const char *text, size_t len);
/* NULL: not set. */
const char *vars_get(const struct vars *v, const char *name, size_t len);
void vars_set(struct vars *v, const char *name, const char *value);
/* All of them as bytes, and back; false: these bytes are no variables. */
void vars_write(const struct vars *v, struct buf *b);
bool vars_read(struct vars *v, const char *data, size_t len);
void vars_free(struct vars *v);

#endif
