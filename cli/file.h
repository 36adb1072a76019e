/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that a line names: found from the directory where it was typed, and
 * regular ones only, which is looked at before they are opened in earnest.
 * Opening a FIFO can wait for ever, and opening a device can do something.
 */
#ifndef CLI_FILE_H
#define CLI_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"

struct context;

/* A descriptor and the file's size, or -1. */
int file_open(const struct context *ctx, const char *path, bool write,
	      uint64_t *size, struct failure *f);
/* Empty, for writing; one that is there loses what it held. */
int file_create(const struct context *ctx, const char *path, struct failure *f);
/*
 * The whole content of a file, which takes the place of what is there at once:
 * whoever reads it sees the one or the other.
 */
enum status file_replace(const struct context *ctx, const char *path,
			 const void *data, size_t length, struct failure *f);
/* Where it is, whatever the directory; the caller frees that. */
char *file_path(int fd, const char *path);
/* The bytes that are meant: @length from @offset, or all up to the end. */
enum status file_part(const char *path, uint64_t size, uint64_t offset,
		      bool has_length, uint64_t *length, struct failure *f);
/* Reads all of @length bytes: a file that is too short is a failure. */
enum status file_read(const struct context *ctx, int fd, const char *path,
		      void *data, uint64_t length, uint64_t offset,
		      struct failure *f);
enum status file_write(int fd, const char *path, const void *data,
		       size_t length, uint64_t offset, struct failure *f);

#endif
