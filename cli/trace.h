/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Watching what other processes ask of iommufd and VFIO. A program that we
 * start has a seccomp filter, which stops it at ioctls of VFIO's type alone;
 * one that runs already is stopped at every system call. Each call is read
 * twice, before and after the kernel had it, and told as one record of JSON,
 * of which text is a view.
 *
 * Nothing of a traced process is trusted: not its sizes, not its pointers.
 */
#ifndef CLI_TRACE_H
#define CLI_TRACE_H

#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "failure.h"
#include "requests.h"
#include "store.h"

struct buf;
struct context;
struct look;

/* Linux takes no struct that is longer than a page. */
#define TRACE_LARGEST 4096
/* More elements of an array are counted, and not shown. */
#define TRACE_ELEMENTS 64

enum trace_kind {
	TRACE_OTHER, /* of no interest */
	TRACE_IOMMUFD,
	TRACE_CONTAINER,
	TRACE_GROUP,
	TRACE_DEVICE,
};

/* What one open /dev/iommu holds, as far as it was seen to be made. */
struct trace_objects {
	unsigned users;
	struct trace_object {
		uint32_t id;
		enum object_kind kind;
		char *device; /* which one, or NULL */
	} * object;
	size_t count;
};

/* A descriptor of a process. */
struct trace_file {
	pid_t pid;
	int fd;
	uint64_t node; /* the number of its device node; 0: it has none */
	enum trace_kind kind;
	char *path;
	char *device; /* of VFIO's: its address, or NULL */
	unsigned open; /* which open file: copies of a descriptor have the same */
	struct trace_objects *objects; /* of the iommufd it is, or is bound to */
};

struct trace_files {
	struct trace_file **file;
	size_t count;
	unsigned opens; /* that were told apart so far */
	uint64_t iommufd; /* the number of the node that is called so here */
};

/* A call that the kernel has, or had. */
struct trace_call {
	bool inside;
	struct trace_file *file;
	const struct iommu_request *request; /* NULL: an unknown one */
	unsigned number;
	int fd;
	uint64_t argument;
	uint64_t begun; /* in ns */
	size_t length; /* of what could be read of the struct */
	uint32_t size; /* that it claims to have */
	bool whole; /* all of its known fields could be read */
	bool compat; /* by a program of 32 bits, in the kernel's other way */
	/* Unless nobody will see them: */
	json_t *asked, *objects, *files, *memory;
	unsigned char bytes[TRACE_LARGEST];
};

/* A thread. */
struct tracee {
	pid_t tid, pid;
	struct trace_call call;
};

/* How long calls took: counts by powers of two, cut into 32 parts each. */
#define TRACE_BUCKETS (60 * 32)

struct trace_times {
	enum trace_kind kind;
	const struct iommu_request *request;
	unsigned number;
	uint64_t calls, errors, total, least, most;
	uint64_t bucket[TRACE_BUCKETS];
};

struct trace_sum {
	struct trace_times **times;
	size_t count;
};

struct tracer {
	bool json, errors, summary; /* as asked for */
	bool every; /* it stops at each system call */
	FILE *out;
	uint64_t began;
	struct tracee **tracee;
	size_t count, cap;
	struct trace_files files;
	const struct trace_file *last; /* that was asked */
	struct trace_sum sum;
	uint64_t stops, calls, unknown;
	pid_t first; /* the process that it is all about */
	int status; /* that it ended with */
	bool running; /* it is the program, and no more what starts it */
	bool ended, leaving;
	sigset_t signals, before; /* those that are waited for */
};

/* trace_start.c */
/*
 * Starts a program, to be traced from its first instruction, with the signals
 * of @blocked blocked. What keeps it from that can be read from *@why when it
 * has ended.
 */
enum status trace_start(char *const *argv, const sigset_t *blocked,
			pid_t *child, int *why, struct failure *f);
enum status trace_start_failed(int why, const char *name, struct failure *f);
/* Of a system call of a program of this architecture. */
bool trace_is_ioctl(uint32_t arch, uint64_t number);
/* And of one that has pointers of 32 bits? */
bool trace_is_compat(uint32_t arch, uint64_t number);
/* Takes hold of all threads of a process that runs. */
enum status trace_attach(struct tracer *t, pid_t pid, struct failure *f);

/* trace.c */
/* First of all: none of them may be missed. Up to trace_free(). */
void trace_hold_signals(struct tracer *t);
/* Until all of it has ended or, of what was attached to, till we leave. */
void trace_run(struct tracer *t);
struct tracee *trace_add(struct tracer *t, pid_t tid);
/* Tells of what its process has closed. */
void trace_closed(struct tracer *t, const struct tracee *who);
void trace_free(struct tracer *t);
uint64_t trace_now(void);

/* trace_call.c */
/* What a file of this kind takes a number for, or NULL. */
const struct iommu_request *trace_request(enum trace_kind kind,
					  unsigned number);
void trace_enter(struct tracer *t, struct tracee *who, int fd, unsigned number,
		 uint64_t argument);
void trace_leave(struct tracer *t, struct tracee *who, int64_t result);
/* It is over: forgets what was asked. */
void trace_finish(struct trace_call *call);
/* It will never return. @why: in words */
void trace_lost(struct tracer *t, struct tracee *who, const char *why);

/* trace_memory.c */
/* How many bytes could be read: from the first on, as far as they are there. */
size_t trace_read(pid_t tid, uint64_t at, void *to, size_t length);
/* The fields of @role and those before it, as far as they were read. */
json_t *trace_asked(const struct trace_call *call);
json_t *trace_answered(const struct trace_call *call,
		       const unsigned char *after, size_t length, bool done);
/* Of what the struct points to, bytes that only a driver can read. */
json_t *trace_data(pid_t tid, const struct trace_call *call);
/* Adds what the struct points to, or has behind it. */
void trace_more_asked(pid_t tid, const struct trace_call *call, json_t *to);
void trace_more_answered(pid_t tid, const struct trace_call *call,
			 const unsigned char *after, size_t length, json_t *to);

/* trace_file.c */
/* NULL: no file of these. It stays as long as @files. */
struct trace_file *trace_file(struct trace_files *files, pid_t pid, int fd);
/* @fd is the device that a group has answered with. */
void trace_file_device(struct trace_files *files, pid_t pid, int fd,
		       const char *name);
/* What the descriptors among the fields are, as far as they are of these. */
json_t *trace_files_tell(struct trace_files *files, pid_t pid,
			 const struct trace_call *call);
/* As a record has it: its kind, path, device, and which open file it is. */
json_t *trace_file_json(const struct trace_file *file);
/* One that the process has no longer, or NULL; it is forgotten. */
json_t *trace_files_closed(struct trace_files *files, pid_t pid);
/* The process has ended. */
void trace_files_end(struct trace_files *files, pid_t pid);
void trace_files_free(struct trace_files *files);
const char *trace_kind_name(enum trace_kind kind);

/* trace_objects.c */
struct trace_objects *trace_objects_get(struct trace_objects *objects);
void trace_objects_put(struct trace_objects *objects);
void trace_object_add(struct trace_objects *objects, uint32_t id,
		      enum object_kind kind, const char *device);
void trace_object_remove(struct trace_objects *objects, uint32_t id);
/* Adds to @list what the ids among the fields are, those of @role. */
void trace_objects_tell(const struct trace_call *call, const void *bytes,
			size_t length, bool answered, json_t *list);
/* The call went well: what did it make and destroy? */
void trace_objects_follow(struct trace_files *files, pid_t pid,
			  const struct trace_call *call, const void *after,
			  size_t length, int64_t result);

/* trace_show.c */
/* Prints a record, and lets go of it. */
void trace_show(struct tracer *t, json_t *record);
void trace_put(struct buf *b, const json_t *record);
/* 812 ns, 12.3 us, 1.234 s */
void trace_put_duration(struct buf *b, json_int_t ns);

/* trace_sum.c */
void trace_sum_add(struct trace_sum *sum, const struct trace_call *call,
		   uint64_t duration, bool failed);
json_t *trace_sum_json(const struct trace_sum *sum);
void trace_sum_free(struct trace_sum *sum);

#endif
