// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The memory of a trace. Ranges that overlap or touch are one region, so that
 * two calls that mapped the same memory do so again.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "replay.h"

#define PAGE UINT64_C(4096)

static int by_place(const void *a, const void *b)
{
	const struct replay_region *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return (x->first > y->first) - (x->first < y->first);
}

static void merge(struct replay_plan *plan)
{
	struct replay_region *region = plan->region;
	size_t kept = 0;

	if (!plan->regions)
		return;
	qsort(region, plan->regions, sizeof(*region), by_place);
	for (size_t i = 1; i < plan->regions; i++) {
		struct replay_region *last = &region[kept];

		if (region[i].pid != last->pid ||
		    region[i].first > last->last + 1)
			region[++kept] = region[i];
		else if (region[i].last > last->last)
			last->last = region[i].last;
	}
	plan->regions = kept + 1;
}

void replay_plan_add(struct replay_plan *plan, int pid, uint64_t first,
		     uint64_t last)
{
	if (plan->made)
		return;
	/* Most traces map the same memory again and again. */
	if (plan->regions == plan->cap) {
		merge(plan);
		if (plan->regions >= plan->cap / 2) {
			plan->cap = plan->cap ? 2 * plan->cap : 64;
			plan->region =
				mem_realloc(plan->region,
					    plan->cap * sizeof(*plan->region));
		}
	}
	plan->region[plan->regions++] = (struct replay_region){
		.pid = pid,
		.first = first & ~(PAGE - 1),
		.last = last | (PAGE - 1),
	};
}

size_t replay_plan_file(struct replay_plan *plan, int pid, int fd,
			uint64_t length)
{
	size_t i = 0;

	while (i < plan->files &&
	       (plan->file[i].pid != pid || plan->file[i].fd != fd))
		i++;
	if (plan->made)
		return i < plan->files ? i : SIZE_MAX;
	if (i == plan->files) {
		plan->file =
			mem_realloc(plan->file, (i + 1) * sizeof(*plan->file));
		plan->file[plan->files++] = (struct replay_memory_file){
			.pid = pid,
			.fd = fd,
			.here = -1,
		};
	}
	if (length > plan->file[i].length)
		plan->file[i].length = length;
	return i;
}

void replay_plan_device(struct replay_plan *plan, size_t file,
			const char *device)
{
	if (plan->made)
		return;
	if (file >= plan->devices) {
		plan->device = mem_realloc(plan->device,
					   (file + 1) * sizeof(*plan->device));
		while (plan->devices <= file)
			plan->device[plan->devices++] = NULL;
	}
	if (!plan->device[file])
		plan->device[file] = mem_strdup(device);
}

const char *replay_plan_device_of(const struct replay_plan *plan, size_t file)
{
	return file < plan->devices ? plan->device[file] : NULL;
}

size_t replay_plan_region(const struct replay_plan *plan, int pid,
			  uint64_t address)
{
	size_t low = 0, high = plan->regions;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct replay_region *r = &plan->region[middle];

		if (r->pid < pid || (r->pid == pid && r->last < address))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == plan->regions || plan->region[low].pid != pid ||
	    plan->region[low].first > address)
		return SIZE_MAX;
	return low;
}

/* At most 2^64 - 1 of it. */
uint64_t replay_plan_size(const struct replay_plan *plan)
{
	uint64_t size = 0;

	for (size_t i = 0; i < plan->regions; i++)
		if (__builtin_add_overflow(size,
					   plan->region[i].last -
						   plan->region[i].first + 1,
					   &size))
			return UINT64_MAX;
	for (size_t i = 0; i < plan->files; i++)
		if (__builtin_add_overflow(size, plan->file[i].length, &size))
			return UINT64_MAX;
	return size;
}

enum status replay_plan(struct replay_plan *plan, struct trace_reader *t,
			struct failure *f)
{
	struct replay_walk w = { .plan = plan, .launched = t->launched };
	struct trace_record record;
	struct replay_step step;

	while (!w.full && trace_next(t, &record)) {
		if (!strcmp(record.event, "ioctl")) {
			replay_step(&w, &record, &step);
			replay_step_free(&step);
		} else {
			replay_event(&w, &record);
		}
		trace_record_free(&record);
	}
	merge(plan);
	plan->made = true;
	if (w.full)
		fail(f, "the trace has more than %d descriptors", REPLAY_FILES);
	replay_walk_free(&w);
	return f->status;
}

void replay_plan_free(struct replay_plan *plan)
{
	for (size_t i = 0; i < plan->devices; i++)
		free(plan->device[i]);
	free(plan->device);
	free(plan->region);
	free(plan->file);
	*plan = (struct replay_plan){ 0 };
}
