/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making the calls of a trace once more, here. Nothing is touched but files
 * that are opened for it and memory that is made for it: no number of the
 * trace is ever used as a descriptor or as the address of something.
 */
#ifndef CLI_REPLAY_RUN_H
#define CLI_REPLAY_RUN_H

#include "procfs.h"
#include "replay.h"

/* More are counted, and not listed. */
#define REPLAY_LISTED 1000

struct replay_pair {
	char *recorded, *here; /* devices */
};

/* Memory that ends where nothing is. */
struct replay_arena {
	unsigned char *start;
	size_t length;
	size_t used; /* of its start, by the last call */
};

struct replay_run {
	const char *iommufd; /* its path here */
	const struct replay_pair *pair;
	size_t pairs;
	struct replay_walk walk;
	struct replay_arena argument, data, room;
	size_t closed; /* files up to this one are */
	struct numbers others; /* descriptors that no call of the trace is on */
	/* What came of it: */
	unsigned long calls, same, different, skipped;
	json_t *differences, *skips;
	size_t unlisted;
};

/* What a call gave here. */
struct replay_result {
	int64_t result;
	int err;
	json_t *answer;
};

/* replay_run.c */
void replay_run(struct replay_run *run, struct trace_reader *t);

/* replay_open.c */
/* The descriptor, or -1; then why is in the file. */
int replay_open(struct replay_run *run, size_t file);
/* Closes what the trace has no descriptor of any more; or all. */
void replay_close(struct replay_run *run, bool all);
/* What a device of the trace is here. */
const char *replay_device(const struct replay_run *run, const char *recorded);
/* An eventfd, or a file of memory; -1 with errno. */
int replay_eventfd(struct replay_run *run, size_t event);
int replay_memory_file(struct replay_run *run, size_t file);

/* replay_memory.c */
enum status replay_memory_make(struct replay_run *run, uint64_t limit,
			       struct failure *f);
void replay_memory_free(struct replay_run *run);

/* replay_compare.c */
/* Returns whether it gave the same; tells where it did not. */
bool replay_compare(struct replay_run *run, const struct replay_step *step,
		    const struct replay_result *here);
/* Are the results of these descriptors? */
bool replay_is_descriptor(const struct iommu_request *request);
void replay_tell_skip(struct replay_run *run, const struct replay_step *step,
		      const char *why);

#endif
