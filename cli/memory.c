// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "buf.h"
#include "context.h"
#include "number.h"

#ifndef MAP_HUGE_SHIFT
#define MAP_HUGE_SHIFT 26
#endif

static enum status no_memory(uint64_t size, uint64_t huge, struct failure *f)
{
	char human[NUMBER_HUMAN_SIZE], page[NUMBER_HUMAN_SIZE];

	number_human(size, human);
	if (!huge) {
		int err = errno;
		char *what = mem_asprintf("no anonymous memory of %s", human);

		errno = err;
		areas_refused(what, f);
		free(what);
		return f->status;
	}
	fail_errno(f, "no %s of %s pages, which must be free in advance", human,
		   number_human(huge, page));
	if (f->err == ENOMEM)
		fail_hint(f,
			  "echo %" PRIu64
			  " >/sys/kernel/mm/hugepages/hugepages-%" PRIu64
			  "kB/nr_hugepages",
			  size / huge, huge / 1024);
	return f->status;
}

/* @length: @size in whole pages. */
static enum status round_up(uint64_t size, uint64_t page, uint64_t *length,
			    struct failure *f)
{
	if (__builtin_add_overflow(size, page - 1, length) ||
	    *length > PTRDIFF_MAX)
		return fail(f,
			    "0x%" PRIx64
			    " bytes are more than a process can hold",
			    size);
	*length &= ~(page - 1);
	return STATUS_OK;
}

struct memory *memory_new(struct areas *areas, void *start, size_t length,
			  size_t page, int fd)
{
	struct memory *memory = mem_realloc(NULL, sizeof(*memory));

	*memory = (struct memory){ .users = 1,
				   .areas = areas,
				   .kind = MEMORY_ANONYMOUS,
				   .start = start,
				   .length = length,
				   .page_size = page,
				   .fd = fd };
	return memory;
}

enum status memory_anonymous(struct areas *areas, uint64_t size, uint64_t huge,
			     struct memory **memory, struct failure *f)
{
	uint64_t page = huge ? huge : page_size(), length;
	int flags = MAP_PRIVATE | MAP_ANONYMOUS;
	void *start;

	if (round_up(size, page, &length, f))
		return f->status;
	if (huge)
		flags |= MAP_HUGETLB | __builtin_ctzll(huge) << MAP_HUGE_SHIFT;
	start = areas_map(areas, length, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (start == MAP_FAILED)
		return no_memory(length, huge, f);
	*memory = memory_new(areas, start, length, page, -1);
	return STATUS_OK;
}

enum status memory_memfd(struct areas *areas, uint64_t size, uint64_t huge,
			 struct memory **memory, struct failure *f)
{
	uint64_t page = huge ? huge : page_size(), length;
	unsigned flags = MFD_CLOEXEC;
	void *start = MAP_FAILED;
	int fd;

	if (round_up(size, page, &length, f))
		return f->status;
	if (huge)
		flags |= MFD_HUGETLB | (unsigned)__builtin_ctzll(huge)
					       << MAP_HUGE_SHIFT;
	fd = memfd_create("iommufdctl", flags);
	if (fd >= 0 && !ftruncate(fd, (off_t)length))
		start = areas_map(areas, length, PROT_READ | PROT_WRITE,
				  MAP_SHARED, fd, 0);
	if (start == MAP_FAILED) {
		no_memory(length, huge, f);
		if (fd >= 0)
			close(fd);
		return f->status;
	}
	*memory = memory_new(areas, start, length, page, fd);
	return STATUS_OK;
}

void memory_close_fd(struct memory *memory)
{
	if (memory->fd >= 0)
		close(memory->fd);
	memory->fd = -1;
}

/*
 * Has the kernel give the pages before they are touched: one that is not to
 * be had, such as a huge page that somebody else took, is then an error and
 * not a SIGBUS. Kernels before 5.14 cannot.
 */
static enum status populate(char *start, size_t length, struct failure *f)
{
	while (madvise(start, length, MADV_POPULATE_WRITE)) {
		if (errno == EINVAL)
			return STATUS_OK;
		if (errno != EINTR && errno != EAGAIN)
			return fail_errno(
				f, "the memory to fill is not to be had");
	}
	return STATUS_OK;
}

enum status memory_fill(const struct context *ctx, struct memory *memory,
			uint8_t byte, struct failure *f)
{
	size_t piece = memory->page_size > MEMORY_PIECE ? memory->page_size
							: MEMORY_PIECE;

	for (size_t at = 0, length; at < memory->length; at += length) {
		length = memory->length - at;
		length = length < piece ? length : piece;
		if (context_given_up(ctx))
			return fail(f, "interrupted");
		if (populate(memory->start + at, length, f))
			return f->status;
		memset(memory->start + at, byte, length);
	}
	return STATUS_OK;
}

void memory_get(struct memory *memory)
{
	memory->users++;
}

void memory_put(struct memory *memory)
{
	if (!memory || --memory->users)
		return;
	/*
	 * In the middle of an area that takes one more, and there may be no
	 * more. Then the pages go, and their addresses stay.
	 */
	if (areas_unmap(memory->areas, memory->start, memory->length))
		madvise(memory->start, memory->length,
			memory->kind == MEMORY_FILE ? MADV_NORMAL
						    : MADV_DONTNEED);
	memory_close_fd(memory);
	free(memory->path);
	free(memory->full_path);
	free(memory);
}

const char *memory_kind_name(const struct memory *memory)
{
	static const char *const names[] = {
		[MEMORY_ANONYMOUS] = "anonymous",
		[MEMORY_FILE] = "file",
		[MEMORY_COPY] = "copy",
	};

	return names[memory->kind];
}
