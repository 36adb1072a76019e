/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands share that get memory and map it: `ioas map`, `vfio map`. */
#ifndef CLI_COMMANDS_MAP_MEMORY_H
#define CLI_COMMANDS_MAP_MEMORY_H

#include "memory.h"
#include "parse.h"
#include "store.h"
#include "tree.h"

enum {
	MAP_ANON,
	MAP_HUGE,
	MAP_FILL,
	MAP_PATH,
	MAP_OFFSET,
	MAP_LENGTH,
	MAP_BY_COPY,
	MAP_IOVA,
	MAP_READ,
	MAP_WRITE,
	MAP_BY_FD, /* of ioas map alone */
};

#define MEMORY_OPTS                                                                                                          \
	[MAP_ANON] = { .name = "anon",                                                                                       \
		       .kind = KIND_SIZE,                                                                                    \
		       .metavar = "SIZE",                                                                                    \
		       .help = "map new, zeroed memory" },                                                                   \
	[MAP_HUGE] = { .name = "huge",                                                                                       \
		       .kind = KIND_CHOICE,                                                                                  \
		       .metavar = "2M|1G",                                                                                   \
		       .choices = (const char *const[]){ "2M", "1G", NULL },                                                 \
		       .help = "take it from huge pages" },                                                                  \
	[MAP_FILL] = { .name = "fill",                                                                                       \
		       .kind = KIND_NUMBER,                                                                                  \
		       .metavar = "BYTE",                                                                                    \
		       .help = "fill it with this byte" },                                                                   \
	[MAP_PATH] = { .name = "file",                                                                                       \
		       .kind = KIND_PATH,                                                                                    \
		       .metavar = "PATH",                                                                                    \
		       .help = "map the pages of a file" },                                                                  \
	[MAP_OFFSET] = { .name = "offset",                                                                                   \
			 .kind = KIND_SIZE,                                                                                  \
			 .metavar = "N",                                                                                     \
			 .preset = "0",                                                                                      \
			 .help = "begin there in the file" },                                                                \
	[MAP_LENGTH] = { .name = "length",                                                                                   \
			 .kind = KIND_SIZE,                                                                                  \
			 .metavar = "N",                                                                                     \
			 .preset = "to the end of the file",                                                                 \
			 .help = "so much of the file" },                                                                    \
	[MAP_BY_COPY] = { .name = "copy",                                                                                    \
			  .kind = KIND_FLAG,                                                                                 \
			  .help = "map a private copy of the file's content" },                                              \
	[MAP_IOVA] = { .name = "iova",                                                                                       \
		       .kind = KIND_ADDRESS,                                                                                 \
		       .metavar = "N",                                                                                       \
		       .preset = "the kernel chooses",                                                                       \
		       .help = "map at this I/O address" },                                                                  \
	[MAP_READ] = { .name = "read",                                                                                       \
		       .kind = KIND_FLAG,                                                                                    \
		       .help = "the device may read" },                                                                      \
	[MAP_WRITE] = {                                                                                                      \
		.name = "write",                                                                                             \
		.kind = KIND_FLAG,                                                                                           \
		.help = "the device may write; a file is read-only and new memory read-write unless one of the two is given" \
	}

/*
 * Reads the options of MEMORY_OPTS: gets the memory, and fills in @values but
 * for the address. @length: what was asked for, before it was rounded up.
 */
enum status map_memory(struct context *ctx, const struct parsed *p, bool by_fd,
		       struct mapping *values, uint64_t *length,
		       struct failure *f);
/* The kernel has mapped @values: remembers it, and answers. */
void map_done(struct context *ctx, uint32_t ioas_id,
	      const struct mapping *values, uint64_t length, struct answer *a);

#endif
