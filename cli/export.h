/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a session holds, as a script that makes it again: its options, address
 * spaces with their names, allowed ranges and mappings. Rebuilt, it exports
 * the same text. The content of memory is no part of it, and neither are
 * objects that exist only with a device.
 */
#ifndef CLI_EXPORT_H
#define CLI_EXPORT_H

#include <stddef.h>

#include "failure.h"

struct buf;
struct context;

/* @left_out: objects and mappings that the script cannot make. */
enum status export_script(struct context *ctx, struct buf *out,
			  size_t *left_out, struct failure *f);

#endif
