// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How often, and how long. Percentiles come from counts of how many took about
 * so long, to 3 %: a trace of days takes no more memory than one of a second.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "trace.h"

#define PARTS 32
#define PART_BITS 5

static size_t bucket_of(uint64_t ns)
{
	unsigned top = ns < PARTS ? PART_BITS
				  : 63 - (unsigned)__builtin_clzll(ns);
	unsigned shift = top - PART_BITS;
	size_t at = (size_t)shift * PARTS + (size_t)(ns >> shift);

	return at < TRACE_BUCKETS ? at : TRACE_BUCKETS - 1;
}

/* The longest time that falls into a bucket. */
static uint64_t bucket_last(size_t at)
{
	unsigned shift = at < 2 * PARTS ? 0 : (unsigned)(at / PARTS) - 1;
	uint64_t head = at - (size_t)shift * PARTS;

	return ((head + 1) << shift) - 1;
}

static struct trace_times *times_of(struct trace_sum *sum,
				    const struct trace_call *call)
{
	struct trace_times *times;

	for (size_t i = 0; i < sum->count; i++) {
		times = sum->times[i];
		if (times->kind == call->file->kind &&
		    times->number == call->number)
			return times;
	}
	times = mem_realloc(NULL, sizeof(*times));
	memset(times, 0, sizeof(*times));
	times->kind = call->file->kind;
	times->request = call->request;
	times->number = call->number;
	times->least = UINT64_MAX;
	sum->times =
		mem_realloc(sum->times, (sum->count + 1) * sizeof(*sum->times));
	return sum->times[sum->count++] = times;
}

void trace_sum_add(struct trace_sum *sum, const struct trace_call *call,
		   uint64_t duration, bool failed)
{
	struct trace_times *times = times_of(sum, call);

	times->calls++;
	times->errors += failed;
	times->total += duration;
	if (duration < times->least)
		times->least = duration;
	if (duration > times->most)
		times->most = duration;
	times->bucket[bucket_of(duration)]++;
}

static json_t *percentile(const struct trace_times *times, unsigned percent)
{
	uint64_t rank = (times->calls * percent + 99) / 100, seen = 0, last;
	size_t at = 0;

	for (; at < TRACE_BUCKETS - 1; at++) {
		seen += times->bucket[at];
		if (seen >= rank)
			break;
	}
	last = bucket_last(at);
	return json_integer(
		(json_int_t)(last < times->most ? last : times->most));
}

static int by_total(const void *a, const void *b)
{
	const struct trace_times *x = *(struct trace_times *const *)a;
	const struct trace_times *y = *(struct trace_times *const *)b;

	return (x->total < y->total) - (x->total > y->total);
}

json_t *trace_sum_json(const struct trace_sum *sum)
{
	json_t *list = json_array();

	if (sum->count)
		qsort(sum->times, sum->count, sizeof(*sum->times), by_total);
	for (size_t i = 0; i < sum->count; i++) {
		const struct trace_times *times = sum->times[i];

		json_array_append_new(
			list,
			json_pack(
				"{s:s, s:s?, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:I}",
				"file", trace_kind_name(times->kind), "ioctl",
				times->request ? times->request->name : NULL,
				"number", (json_int_t)times->number, "calls",
				(json_int_t)times->calls, "errors",
				(json_int_t)times->errors, "total",
				(json_int_t)times->total, "min",
				(json_int_t)times->least, "p50",
				percentile(times, 50), "p90",
				percentile(times, 90), "p99",
				percentile(times, 99), "max",
				(json_int_t)times->most));
	}
	return list;
}

void trace_sum_free(struct trace_sum *sum)
{
	for (size_t i = 0; i < sum->count; i++)
		free(sum->times[i]);
	free(sum->times);
}
