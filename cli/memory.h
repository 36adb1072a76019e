/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory behind mappings: anonymous, of a file, or a private copy of a
 * file's content. It belongs to the process that holds the descriptor, and
 * lives until the last mapping of it is gone; copies of a mapping share it.
 *
 * Nothing here reads through a mapping of a file: a file can shrink, and the
 * bytes that are gone would be a SIGBUS. Copies are read with pread().
 */
#ifndef CLI_MEMORY_H
#define CLI_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "areas.h"
#include "failure.h"

enum memory_kind {
	MEMORY_ANONYMOUS,
	MEMORY_FILE,
	MEMORY_COPY,
};

struct memory {
	unsigned users;
	struct areas *areas; /* this is one of */
	enum memory_kind kind;
	char *start;
	size_t length; /* rounded up to pages */
	size_t page_size;
	bool read_only; /* for this process, too */
	char *path; /* of a file or its copy */
	char *full_path; /* wherever one is */
	uint64_t asked; /* of the file, before rounding */
	int fd; /* of the pages, while it is asked for; or -1 */
	uint64_t offset;
};

struct context;

struct memory_file {
	const char *path;
	uint64_t offset;
	uint64_t length;
	bool has_length; /* or up to the end of the file */
	bool write; /* the device will write */
	bool copy;
	bool keep_fd; /* for memory->fd */
};

#define MEMORY_PIECE (UINT64_C(16) << 20) /* between two looks around */

/* What areas_map() gave, anonymous unless the caller says otherwise. */
struct memory *memory_new(struct areas *areas, void *start, size_t length,
			  size_t page, int fd);
/* @huge: the size of the pages, or 0 for the usual ones. */
enum status memory_anonymous(struct areas *areas, uint64_t size, uint64_t huge,
			     struct memory **memory, struct failure *f);
/* The same with memory->fd, for a device to be given them by that. */
enum status memory_memfd(struct areas *areas, uint64_t size, uint64_t huge,
			 struct memory **memory, struct failure *f);
/* memory->fd has served. */
void memory_close_fd(struct memory *memory);
/* Until whoever typed @ctx's line gives up, as does the next one. */
enum status memory_fill(const struct context *ctx, struct memory *memory,
			uint8_t byte, struct failure *f);
/* @length: bytes asked for, before rounding. */
enum status memory_file(struct context *ctx, const struct memory_file *file,
			struct memory **memory, uint64_t *length,
			struct failure *f);
void memory_get(struct memory *memory);
void memory_put(struct memory *memory);

const char *memory_kind_name(const struct memory *memory);

#endif
