// SPDX-License-Identifier: GPL-2.0-or-later
#include "areas.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* No program, library, heap or stack is near, where addresses have the bits. */
#define PLACE (UINT64_C(1) << 45)

/* What is as large can be large pages, if it begins where one does. */
#define LARGE_PAGE ((uintptr_t)2 << 20)

/* From so many on there may be as many areas as a process may have. */
#define MANY 1000

size_t page_size(void)
{
	return (size_t)getpagesize();
}

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

/*
 * Beside the heap's memory ours would become one area with that, and be cut
 * off it when it goes: for little memory, most of what the kernel has to do.
 * The fence is no memory, but keeps the page tables that lead to the place.
 */
static void find_place(struct areas *a)
{
	void *fence = mmap((void *)(uintptr_t)PLACE, page_size(), PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (fence == MAP_FAILED)
		return;
	a->fence = fence;
	a->next = a->fence + page_size();
}

void *areas_map(struct areas *a, size_t length, int prot, int flags, int fd,
		uint64_t offset)
{
	uintptr_t hint, align = length < LARGE_PAGE ? page_size() : LARGE_PAGE;
	void *start;

	if (!a->fence)
		find_place(a);
	hint = ((uintptr_t)a->next + align - 1) & ~(align - 1);
	start = mmap((void *)hint, length, prot, flags, fd, (off_t)offset);
	if (start == MAP_FAILED)
		return start;
	if (a->live >= MANY && !room_for_another()) {
		munmap(start, length);
		errno = ENOMEM;
		return MAP_FAILED;
	}
	a->live++;
	a->next = (char *)start + length;
	return start;
}

int areas_unmap(struct areas *a, char *start, size_t length)
{
	int rc = munmap(start, length);

	a->live--;
	if (!rc && a->next == start + length)
		a->next = start;
	return rc;
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

enum status areas_refused(const char *what, struct failure *f)
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

void areas_free(struct areas *a)
{
	if (a->fence)
		munmap(a->fence, page_size());
	*a = (struct areas){ 0 };
}
