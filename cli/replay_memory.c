// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory that stands in for that of the traced program. It lies as theirs did
 * within its huge pages, because where the kernel places a mapping, and which
 * pages it takes, depends on that.
 */
#include <inttypes.h>
#include <sys/mman.h>

#include "number.h"
#include "procfs.h"
#include "replay_run.h"

#include <stdlib.h>

#define HUGE_PAGE (UINT64_C(2) << 20)
#define HUGER_PAGE (UINT64_C(1) << 30)
#define BEHIND 65536 /* of nothing, behind an arena */

static void *reserve(uint64_t length, int protection)
{
	void *at = mmap(NULL, length, protection,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

static bool make_arena(struct replay_arena *arena, size_t length)
{
	arena->start = reserve(length + BEHIND, PROT_READ | PROT_WRITE);
	arena->length = length;
	return arena->start &&
	       !mprotect(arena->start + length, BEHIND, PROT_NONE);
}

static bool make_region(struct replay_region *region)
{
	uint64_t length = region->last - region->first + 1, all;
	uint64_t step = length < HUGER_PAGE ? HUGE_PAGE : HUGER_PAGE;
	uintptr_t at;

	if (__builtin_add_overflow(length, step, &all))
		return false;
	region->reserved = reserve(all, PROT_NONE);
	region->reserved_length = all;
	if (!region->reserved)
		return false;
	at = (uintptr_t)region->reserved;
	at += (region->first - at) % step;
	region->here = (void *)at;
	return !mprotect(region->here, length, PROT_READ | PROT_WRITE);
}

static uint64_t half_of_memory(void)
{
	char *text = procfs_text(0, "meminfo");
	uint64_t available = text ? procfs_kilobytes(text, "MemAvailable") : 0;

	free(text);
	return available / 2;
}

enum status replay_memory_make(struct replay_run *run, uint64_t limit,
			       struct failure *f)
{
	struct replay_plan *plan = run->walk.plan;
	char need[NUMBER_HUMAN_SIZE], may[NUMBER_HUMAN_SIZE];
	uint64_t size = replay_plan_size(plan);

	if (!limit)
		limit = half_of_memory() & ~(HUGE_PAGE - 1);
	if (size > limit) {
		fail(f,
		     "the trace maps %s of memory, and the replay may take %s: what a device can reach is pinned, so it would really be used",
		     number_human(size, need), number_human(limit, may));
		fail_hint(f,
			  "iommufdctl replay --memory-limit 0x%" PRIx64 " FILE",
			  size);
		return f->status;
	}
	if (!make_arena(&run->argument, REPLAY_ARGUMENT) ||
	    !make_arena(&run->data, REPLAY_ARGUMENT) ||
	    !make_arena(&run->room, REPLAY_ROOM))
		return fail_errno(f, "no memory for arguments");
	for (size_t i = 0; i < plan->regions; i++)
		if (!make_region(&plan->region[i]))
			return fail_errno(
				f, "no memory for the %s that the trace maps",
				number_human(size, need));
	return STATUS_OK;
}

static void free_arena(struct replay_arena *arena)
{
	if (arena->start)
		munmap(arena->start, arena->length + BEHIND);
}

void replay_memory_free(struct replay_run *run)
{
	struct replay_plan *plan = run->walk.plan;

	free_arena(&run->argument);
	free_arena(&run->data);
	free_arena(&run->room);
	for (size_t i = 0; i < plan->regions; i++)
		if (plan->region[i].reserved)
			munmap(plan->region[i].reserved,
			       plan->region[i].reserved_length);
}
