/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A trace, understood: which open file each call was made on, which objects,
 * addresses and memory it named, so that it can be made once more with what
 * stands for these here. It is read twice. The first pass finds out what the
 * second needs: how much memory, and by which device a group is known.
 *
 * What was recorded is followed by the record alone, never by what happens
 * here, so that the replay and the C program that is written of a trace make
 * the same calls.
 */
#ifndef CLI_REPLAY_H
#define CLI_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"
#include "trace_record.h"

struct buf;
struct context;

/* Longer answers than this have no room. */
#define REPLAY_ROOM (UINT64_C(64) << 20)
/* Room for a struct, what follows it and what it points to. */
#define REPLAY_ARGUMENT 65536
/* Of more descriptors, a trace is refused. */
#define REPLAY_FILES 4096

/* What takes the place of bytes of a struct. */
enum patch_kind {
	PATCH_ID, /* .index: of ids */
	PATCH_NO_ID, /* .add: an object's that there is not */
	PATCH_FILE, /* .index: of files */
	PATCH_NO_FILE,
	PATCH_EVENT, /* .index: of eventfds */
	PATCH_MEMORY_FILE, /* .index: of files of memory */
	PATCH_MEMORY, /* .index: of regions; .add: so far into it */
	PATCH_NOWHERE, /* an address where nothing is; .add: in its page */
	PATCH_DATA, /* of .length bytes, those of the step */
	PATCH_ROOM, /* of .length bytes, for an answer */
	PATCH_IOVA, /* .index: of addresses that the kernel chose; .add */
	PATCH_DEVICE, /* .index: the file whose device it is, by name */
};

struct replay_patch {
	enum patch_kind kind;
	size_t offset, size; /* in the struct; 0: beyond its end */
	size_t index;
	uint64_t add, length;
};

/* An open file of the trace. */
struct replay_file {
	enum trace_kind kind;
	char *path, *device;
	unsigned open;
	size_t ids; /* the file that holds the objects it is told of */
	size_t users; /* descriptors that are it */
	unsigned long answered; /* by this call; 0: it was opened */
	/* Of who replays it: */
	int here; /* or -1 */
	bool tried;
	char *why; /* it is not open here */
};

/* An id of a file's. */
struct replay_id {
	size_t file;
	uint32_t id;
	bool alive;
	size_t of; /* of a page table: the address space; or itself */
	uint32_t here;
	bool known; /* .here is */
};

/* An address that the kernel chose, and what it is the start of. */
struct replay_iova {
	size_t ioas;
	uint64_t start, length;
	bool alive;
	uint64_t here;
	bool known;
};

struct replay_region {
	int pid;
	uint64_t first, last; /* whole pages */
	/* Of who replays it: */
	void *here, *reserved;
	size_t reserved_length;
};

struct replay_number {
	int pid, fd;
	size_t file;
};

/* A file that memory was mapped of by its descriptor. */
struct replay_memory_file {
	int pid, fd;
	uint64_t length;
	int here;
};

/* What the first pass finds out. */
struct replay_plan {
	bool made;
	struct replay_region *region; /* in order, once made */
	size_t regions, cap;
	struct replay_memory_file *file;
	size_t files;
	char **device; /* of a group, by the number of the file */
	size_t devices;
};

struct replay_walk {
	struct replay_plan *plan;
	bool launched;
	struct replay_file *file;
	size_t files;
	struct replay_number *number;
	size_t numbers;
	struct replay_id *id;
	size_t ids;
	size_t *hash; /* of ids: their index and 1 */
	size_t hashes;
	struct replay_iova *iova;
	size_t iovas;
	struct replay_number *event; /* .file: its own descriptor, plus 1 */
	size_t events;
	bool full; /* of descriptors */
	struct replay_patch *patch;
	size_t patches, cap;
};

/* An id that a call answers with. */
struct replay_made {
	const struct field *field;
	size_t id;
	bool fresh; /* it is told here first */
};

#define REPLAY_MADE 4

/* A call of the trace's. The patches are those of the walk. */
struct replay_step {
	const struct trace_record *record;
	size_t file;
	struct replay_made made[REPLAY_MADE];
	size_t mades;
	bool chose; /* an address, for .iova */
	size_t iova;
	bool opened; /* the result is .opens */
	size_t opens;
	bool read_only; /* the struct could not be written to */
	char *skip; /* why it cannot be made; NULL: it can */
	unsigned char data[TRACE_LARGEST];
	size_t data_length;
};

/* replay_walk.c */
/* The patches and effects of a call. replay_step_free() forgets them. */
void replay_step(struct replay_walk *w, const struct trace_record *record,
		 struct replay_step *step);
void replay_step_free(struct replay_step *step);
/* What else a record may tell: descriptors that are closed. */
void replay_event(struct replay_walk *w, const struct trace_record *record);
void replay_walk_free(struct replay_walk *w);

/* replay_file.c */
/* The file that a descriptor is. */
size_t replay_file_of(struct replay_walk *w, int pid,
		      const struct trace_named *named);
/* A call has answered with this descriptor, of this device. */
size_t replay_file_answered(struct replay_walk *w, int pid, int fd,
			    const char *device, unsigned long call);
bool replay_file_known(const struct replay_walk *w, int pid, int fd,
		       size_t *file);
/* @fd is closed; -1: all of the process are. */
void replay_file_closed(struct replay_walk *w, int pid, int fd);
size_t replay_event_of(struct replay_walk *w, int pid, int fd);

/* replay_id.c */
/* SIZE_MAX: there is none, or no longer. */
size_t replay_id_find(const struct replay_walk *w, size_t file, uint32_t id);
size_t replay_id_add(struct replay_walk *w, size_t file, uint32_t id);
size_t replay_iova_add(struct replay_walk *w, size_t ioas, uint64_t start,
		       uint64_t length);
size_t replay_iova_find(const struct replay_walk *w, size_t ioas,
			uint64_t iova);
void replay_iova_drop(struct replay_walk *w, size_t ioas, uint64_t start,
		      uint64_t length);

/* replay_patch.c */
void replay_patches(struct replay_walk *w, struct replay_step *step);
void replay_skip(struct replay_step *step, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* replay_plan.c */
enum status replay_plan(struct replay_plan *plan, struct trace_reader *t,
			struct failure *f);
void replay_plan_free(struct replay_plan *plan);
/* Of the first pass: a process mapped this, or this much of a file. */
void replay_plan_add(struct replay_plan *plan, int pid, uint64_t first,
		     uint64_t last);
size_t replay_plan_file(struct replay_plan *plan, int pid, int fd,
			uint64_t length);
void replay_plan_device(struct replay_plan *plan, size_t file,
			const char *device);
/* SIZE_MAX: there is none, the trace has changed. */
size_t replay_plan_region(const struct replay_plan *plan, int pid,
			  uint64_t address);
uint64_t replay_plan_size(const struct replay_plan *plan);
const char *replay_plan_device_of(const struct replay_plan *plan, size_t file);

/* replay_c.c */
/* The trace as a C program. */
void replay_write_c(struct buf *out, struct replay_plan *plan,
		    struct trace_reader *t);

#endif
