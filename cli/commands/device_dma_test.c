// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `device dma-test`: has a device do DMA to where it may, and to where it may
 * not. It has a descriptor of its own, so a session has no part in it. That
 * nothing arrives is what must be; not every IOMMU has it logged (that which
 * QEMU plays for AMD's does not).
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "context.h"
#include "device.h"
#include "edu.h"
#include "iommu.h"
#include "kernel_log.h"
#include "memory.h"
#include "render.h"
#include "vfio.h"

enum { TEST_SHAPE };

/* Pages in a row, which an edu can reach. */
enum {
	PAGE_FROM,
	PAGE_TO,
	PAGE_READ_ONLY,
	PAGES, /* the next one is not mapped */
};

#define IOVA UINT64_C(0x1000000)
#define LENGTH 1024
#define FAULT_MS 1000 /* until it must be in the log */
/* Linux logs few faults in 5 s and is silent about more; then we ask again. */
#define SILENCE_MS 5500

struct test {
	struct context ctx; /* its own */
	struct edu edu;
	struct opened *opened;
	struct memory *memory;
	__u32 ioas_id;
	int log; /* the kernel's, or -1 */
	json_t *cases, *faults;
	bool failed;
};

static __u64 iova_of(unsigned page)
{
	return IOVA + page * page_size();
}

static unsigned char *bytes_of(const struct test *t, unsigned page)
{
	return (unsigned char *)t->memory->start + page * page_size();
}

static enum status map(struct test *t, unsigned page, unsigned count,
		       __u32 access, struct failure *f)
{
	struct iommu_ioas_map ask = {
		.size = sizeof(ask),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | access,
		.ioas_id = t->ioas_id,
		.user_va = (uintptr_t)bytes_of(t, page),
		.length = count * page_size(),
		.iova = iova_of(page),
	};

	return iommu_call(&t->ctx, &iommu_map_request, &ask, f);
}

/* Each shape has its way to an address space. */
static enum status find_ioas(struct test *t, struct failure *f)
{
	struct iommu_ioas_alloc ask = { .size = sizeof(ask) };
	__u32 hwpt;

	if (!t->opened->node)
		return vfio_ioas_id(&t->ctx, &t->ioas_id, f);
	if (iommu_call(&t->ctx, &iommu_ioas_alloc_request, &ask, f))
		return f->status;
	hwpt = t->ioas_id = ask.out_ioas_id;
	return opened_attach(&t->ctx, t->opened, &hwpt, f);
}

static enum status prepare(struct test *t, const struct target *target,
			   struct failure *f)
{
	__u32 id;

	if (context_open(&t->ctx, f) ||
	    opened_open(&t->ctx, target, &t->opened, &id, f) ||
	    find_ioas(t, f) ||
	    memory_anonymous(&t->ctx.areas, PAGES * page_size(), 0, &t->memory,
			     f) ||
	    map(t, PAGE_FROM, 2,
		IOMMU_IOAS_MAP_READABLE | IOMMU_IOAS_MAP_WRITEABLE, f) ||
	    map(t, PAGE_READ_ONLY, 1, IOMMU_IOAS_MAP_READABLE, f))
		return f->status;
	return edu_start(&t->edu, &t->ctx, t->opened, f);
}

/* The device is the first to let go. */
static void end(struct test *t)
{
	edu_stop(&t->edu);
	opened_free(t->opened);
	if (t->memory)
		memory_put(t->memory);
	context_close(&t->ctx);
	if (t->log >= 0)
		close(t->log);
}

static void fill(struct test *t)
{
	for (unsigned page = 0; page < PAGES; page++)
		for (size_t i = 0; i < page_size(); i++)
			bytes_of(t, page)[i] =
				(unsigned char)(i * 7 + page * 31 + 1);
}

static void note(struct test *t, const char *name, unsigned page, bool passed,
		 bool logged, const char *found)
{
	t->failed |= !passed;
	json_array_append_new(
		t->cases, json_pack("{s:s, s:o, s:I, s:b, s:b, s:s}", "case",
				    name, "iova", json_hex64(iova_of(page)),
				    "length", (json_int_t)LENGTH, "passed",
				    passed, "logged", logged, "found", found));
}

static enum status test_copy(struct test *t, struct failure *f)
{
	bool same;

	fill(t);
	if (edu_move(&t->edu, iova_of(PAGE_FROM), LENGTH, false, f) ||
	    edu_move(&t->edu, iova_of(PAGE_TO), LENGTH, true, f))
		return f->status;
	same = !memcmp(bytes_of(t, PAGE_FROM), bytes_of(t, PAGE_TO), LENGTH);
	note(t, "copy", PAGE_FROM, same, false,
	     same ? "what the device read, it wrote back"
		  : "the device wrote something else");
	return STATUS_OK;
}

/* Faults at @page, as far as the log can be read: how many. */
static size_t take_faults(struct test *t, unsigned page)
{
	json_t *lines = kernel_log_faults(t->log, iova_of(page), FAULT_MS);
	size_t count = json_array_size(lines), i;
	json_t *line;

	json_array_foreach(lines, i, line)
		json_array_append_new(t->faults,
				      json_pack("{s:o, s:O}", "iova",
						json_hex64(iova_of(page)),
						"line", line));
	json_decref(lines);
	return count;
}

static bool pause_for(const struct test *t, int ms)
{
	const struct timespec step = { .tv_nsec = 100 * 1000000L };

	for (; ms > 0 && !context_given_up(&t->ctx); ms -= 100)
		nanosleep(&step, NULL);
	return ms <= 0;
}

/* Has the device write there; does the log say that it was refused? */
static enum status provoke(struct test *t, unsigned page, bool *logged,
			   struct failure *f)
{
	if (edu_move(&t->edu, iova_of(page), LENGTH, true, f))
		return f->status;
	*logged = t->log >= 0 && take_faults(t, page);
	if (*logged || t->log < 0)
		return STATUS_OK;
	if (!pause_for(t, SILENCE_MS))
		return fail(f, "interrupted");
	if (edu_move(&t->edu, iova_of(page), LENGTH, true, f))
		return f->status;
	*logged = take_faults(t, page);
	return STATUS_OK;
}

/* A write that must not arrive, anywhere. */
static enum status test_refusal(struct test *t, const char *name, unsigned page,
				struct failure *f)
{
	size_t length = PAGES * page_size();
	bool same, logged;
	char *before;

	fill(t);
	before = mem_realloc(NULL, length);
	memcpy(before, t->memory->start, length);
	if (!provoke(t, page, &logged, f)) {
		same = !memcmp(before, t->memory->start, length);
		note(t, name, page, same, logged,
		     !same    ? "the device has written to memory"
		     : logged ? "the IOMMU refused it; no memory changed"
			      : "no memory changed");
	}
	free(before);
	return f->status;
}

static json_t *test_json(const struct test *t)
{
	const struct opened *o = t->opened;

	return json_pack("{s:{s:s, s:s?, s:I, s:b, s:b, s:O, s:O}}", "dma_test",
			 "device", o->name, "node", o->node, "iommu_group",
			 opened_group(o), "passed", !t->failed, "log_read",
			 t->log >= 0, "cases", t->cases, "faults", t->faults);
}

static void run_all(struct test *t, struct answer *a)
{
	if (test_copy(t, &a->fail) ||
	    test_refusal(t, "unmapped", PAGES, &a->fail) ||
	    test_refusal(t, "read-only", PAGE_READ_ONLY, &a->fail))
		return;
	a->result = test_json(t);
	a->partial = true;
	if (t->failed)
		fail(&a->fail, "the DMA of %s did not do what it should",
		     t->opened->name);
}

static enum status dma_test(struct context *ctx, const struct parsed *p,
			    struct answer *a)
{
	struct test t = {
		.ctx = { .path = ctx->path,
			 .fd = -1,
			 .cwd = ctx->cwd,
			 .given_up = ctx->given_up },
		.log = kernel_log_open(),
		.cases = json_array(),
		.faults = json_array(),
	};
	struct target target = { 0 };

	if (!device_target(p, &p->opt[TEST_SHAPE], &target, &a->fail) &&
	    !prepare(&t, &target, &a->fail))
		run_all(&t, a);
	end(&t);
	target_free(&target);
	json_decref(t.cases);
	json_decref(t.faults);
	return a->fail.status;
}

static const struct arg test_args[] = {
	{ .name = "TARGET",
	  .kind = KIND_TARGET,
	  .help = "an edu, by its place on the bus, node or group" },
	{ 0 },
};

static const struct opt test_opts[] = {
	[TEST_SHAPE] = DEVICE_SHAPE_OPT,
	{ 0 },
};

static const struct block test_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "dma_test",
	  .text = "{device} by [node|{node}, ]group {iommu_group}" },
	{ .kind = BLOCK_TABLE,
	  .key = "dma_test.cases",
	  .cells = (const char *const[]){ "CASE={case}", "IOVA={iova}",
					  "PASSED={passed}", "LOGGED={logged}",
					  "FOUND={found}", NULL } },
	{ .kind = BLOCK_LINE,
	  .text = "the kernel's log may not be read, so what it says of faults is not known",
	  .unless = "dma_test.log_read" },
	{ .kind = BLOCK_ROWS, .key = "dma_test.faults", .text = "{line}" },
	{ 0 },
};

const struct command cmd_device_dma_test = {
	.name = "dma-test",
	.summary = "see DMA of QEMU's edu arrive, and be refused",
	.args = test_args,
	.opts = test_opts,
	.flags = CMD_CLIENT,
	.run = dma_test,
	.view = test_view,
};
