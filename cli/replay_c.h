/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A trace as a C program. Each call is a function of it. What they share is
 * declared once it is known how many there are of everything.
 */
#ifndef CLI_REPLAY_C_H
#define CLI_REPLAY_C_H

#include "buf.h"
#include "replay.h"

/* As many as there are requests, or more. */
#define REPLAY_REQUESTS 64

struct replay_c {
	struct replay_walk walk;
	struct buf calls, main;
	bool used[REPLAY_REQUESTS]; /* of iommu_requests */
	bool *opened; /* files that the program has open then, */
	size_t known; /* of so many */
	size_t iovas; /* at most so many at a time */
};

/* replay_c_call.c */
/* The function of a call, unless that has to be skipped. */
void replay_c_call(struct replay_c *c, struct replay_step *step);
/* iommufd0 */
void replay_c_file(const struct replay_c *c, struct buf *out, size_t file);

/* replay_c_struct.c */
/* The struct of a request, and its number. */
void replay_c_struct(struct buf *out, const struct iommu_request *request);
/* How a program calls the bytes at @offset, or NULL: they have no name. */
const char *replay_c_member(const struct iommu_request *request, size_t offset,
			    size_t size);
/* Text that comes from outside, in a string or in a comment. */
void replay_c_string(struct buf *out, const char *text);
void replay_c_comment(struct buf *out, const char *text);

#endif
