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

size_t page_size(void)
{
	static size_t size;

	if (!size)
		size = (size_t)sysconf(_SC_PAGESIZE);
	return size;
}

/* From so many on there may be as many areas as a process may have. */
#define MANY 1000

/* Live ones: it is the process that may have no more than so many areas. */
static size_t live;

/*
 * At the limit the heap cannot grow either, and the session would end: there
 * has to be room for one more area behind the one that is made.
 */
static bool room_for_another(void)
{
	void *spare = mmap(NULL, page_size(), PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return spare != MAP_FAILED && !munmap(spare, page_size());
}

void *memory_map(size_t length, int prot, int flags, int fd, uint64_t offset)
{
	void *start = mmap(NULL, length, prot, flags, fd, (off_t)offset);

	if (start == MAP_FAILED)
		return start;
	if (live >= MANY && !room_for_another()) {
		munmap(start, length);
		errno = ENOMEM;
		return MAP_FAILED;
	}
	live++;
	return start;
}

/* How many memory areas this process may have, and has; false: unknown. */
static bool count_areas(unsigned *limit, unsigned *count)
{
	FILE *file = fopen("/proc/sys/vm/max_map_count", "re");
	bool known = file && fscanf(file, "%u", limit) == 1;
	int c;

	if (file)
		fclose(file);
	file = known ? fopen("/proc/self/maps", "re") : NULL;
	if (!file)
		return false;
	*count = 0;
	while ((c = getc(file)) != EOF)
		*count += c == '\n';
	fclose(file);
	return true;
}

enum status memory_refused(const char *what, struct failure *f)
{
	unsigned limit, count;

	fail_errno(f, "%s", what);
	/* Some are the kernel's own, and some are needed for the asking. */
	if (f->err != ENOMEM || !count_areas(&limit, &count) ||
	    count + 64 < limit)
		return f->status;
	fail(f, "%s: this process has %u memory areas, and may have %u", what,
	     count, limit);
	fail_hint(f, "sysctl vm.max_map_count=%u", 2 * limit);
	return f->status;
}

static enum status no_memory(uint64_t size, uint64_t huge, struct failure *f)
{
	char human[NUMBER_HUMAN_SIZE], page[NUMBER_HUMAN_SIZE];

	number_human(size, human);
	if (!huge) {
		int err = errno;
		char *what = mem_asprintf("no anonymous memory of %s", human);

		errno = err;
		memory_refused(what, f);
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

static struct memory *new_memory(void *start, size_t length, size_t page,
				 int fd)
{
	struct memory *memory = mem_realloc(NULL, sizeof(*memory));

	*memory = (struct memory){ .users = 1,
				   .kind = MEMORY_ANONYMOUS,
				   .start = start,
				   .length = length,
				   .page_size = page,
				   .fd = fd };
	return memory;
}

enum status memory_anonymous(uint64_t size, uint64_t huge,
			     struct memory **memory, struct failure *f)
{
	uint64_t page = huge ? huge : page_size(), length;
	int flags = MAP_PRIVATE | MAP_ANONYMOUS;
	void *start;

	if (round_up(size, page, &length, f))
		return f->status;
	if (huge)
		flags |= MAP_HUGETLB | __builtin_ctzll(huge) << MAP_HUGE_SHIFT;
	start = memory_map(length, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (start == MAP_FAILED)
		return no_memory(length, huge, f);
	*memory = new_memory(start, length, page, -1);
	return STATUS_OK;
}

enum status memory_memfd(uint64_t size, uint64_t huge, struct memory **memory,
			 struct failure *f)
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
		start = memory_map(length, PROT_READ | PROT_WRITE, MAP_SHARED,
				   fd, 0);
	if (start == MAP_FAILED) {
		no_memory(length, huge, f);
		if (fd >= 0)
			close(fd);
		return f->status;
	}
	*memory = new_memory(start, length, page, fd);
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
	if (--memory->users)
		return;
	live--;
	/*
	 * In the middle of an area that takes one more, and there may be no
	 * more. Then the pages go, and their addresses stay.
	 */
	if (munmap(memory->start, memory->length))
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
