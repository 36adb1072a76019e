/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fields of a request as text: {ioas_id=1, flags=READABLE|WRITEABLE}. They may
 * come from another process, so all of it is escaped.
 */
#ifndef CLI_RENDER_REQUEST_H
#define CLI_RENDER_REQUEST_H

#include <jansson.h>

struct buf;

/* @objects: what ids among them are, as a trace has it; or NULL. */
void render_request(struct buf *b, const json_t *fields, const json_t *objects);

/* The value of one. */
void render_value(struct buf *b, const json_t *value);

#endif
