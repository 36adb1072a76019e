/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Causes. The kernel answers with an errno and nothing else, and one errno
 * stands for several mistakes; asking again (where may mappings go? what do
 * we hold already?) tells which. Each of these says it in f->message.
 */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

struct context;
struct failure;

void explain_general(struct context *ctx, const void *arg, struct failure *f);
void explain_destroy(struct context *ctx, const void *arg, struct failure *f);
void explain_allow(struct context *ctx, const void *arg, struct failure *f);
void explain_ranges(struct context *ctx, const void *arg, struct failure *f);
void explain_copy(struct context *ctx, const void *arg, struct failure *f);
void explain_map(struct context *ctx, const void *arg, struct failure *f);
void explain_unmap(struct context *ctx, const void *arg, struct failure *f);
void explain_option(struct context *ctx, const void *arg, struct failure *f);

#endif
