// SPDX-License-Identifier: GPL-2.0-or-later
/* IOMMU_IOAS_UNMAP: whole mappings or nothing. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "buf.h"
#include "commands/commands.h"
#include "context.h"
#include "explain_map.h"
#include "ioas.h"
#include "iommu.h"
#include "parse.h"
#include "unmap.h"

static enum status cut(const struct mapping *mapping, uint64_t start,
		       uint64_t last, struct failure *f)
{
	char *text = explain_mapping(mapping);

	fail(f,
	     "0x%" PRIx64 "-0x%" PRIx64
	     " would cut the mapping %s, and mappings go as a whole",
	     start, last, text);
	free(text);
	return f->status;
}

/*
 * The kernel unmaps from the left until it finds a mapping that sticks out,
 * and then fails with what came before gone. Here nothing is to be gone.
 */
static enum status check_ends(const struct object *ioas, uint64_t start,
			      uint64_t last, struct failure *f)
{
	const struct mapping *left = mapping_touching(ioas, start, last);
	const struct mapping *right = mapping_touching(ioas, last, last);
	const struct mapping *bad = NULL;

	if (left && left->iova < start)
		bad = left;
	else if (right && mapping_last(right) > last)
		bad = right;
	if (!bad)
		return STATUS_OK;
	cut(bad, start, last, f);
	fail_hint(f,
		  "iommufdctl ioas unmap %" PRIu32 " 0x%" PRIx64 " 0x%" PRIx64,
		  ioas->id, bad->iova, bad->length);
	return f->status;
}

/*
 * Linux undoes mappings one after another and may stop at any. What it has
 * undone by then it does not say, so each is asked for on its own. Counts
 * those that are gone; @f becomes the cause of the first that is not.
 */
static size_t unmap_each(struct context *ctx, struct object *ioas,
			 uint64_t start, uint64_t last, struct failure *f)
{
	const struct mapping *m = mapping_touching(ioas, start, last), *next;
	struct failure kept = { 0 };
	size_t count = 0;

	for (; m && m->iova <= last; m = next) {
		struct iommu_ioas_unmap ask = { .size = sizeof(ask),
						.ioas_id = ioas->id,
						.iova = m->iova,
						.length = m->length };
		struct failure one = { 0 };

		next = mapping_next(ioas, m);
		if (!iommu_call(ctx, &iommu_unmap_request, &ask, &one) ||
		    one.err == ENOENT) {
			count += mapping_forget(ioas, m->iova, mapping_last(m));
		} else if (!kept.status) {
			kept = one;
			continue;
		}
		failure_free(&one);
	}
	if (kept.status || (count && f->err != ENOENT)) {
		failure_free(f);
		*f = kept;
	}
	return count;
}

static void partly(struct object *ioas, size_t count, struct failure *f)
{
	char *why = mem_strdup(f->message);

	fail(f, "%s; %zu other%s unmapped", why, count,
	     count == 1 ? " was" : "s were");
	fail_hint(f, "iommufdctl ioas show %" PRIu32, ioas->id);
	free(why);
}

static enum status unmap(struct context *ctx, const struct parsed *p,
			 struct answer *a)
{
	bool all = p->opt[UNMAP_ALL].set;
	struct iommu_ioas_unmap ask = {
		.size = sizeof(ask),
		.ioas_id = (__u32)p->arg[0].num,
		.iova = all ? 0 : p->arg[1].num,
		.length = all ? UINT64_MAX : p->arg[2].num,
	};
	struct object *ioas = store_find(&ctx->store, ask.ioas_id);
	uint64_t start = ask.iova, last = start + (ask.length - 1);
	size_t count;
	uint64_t bytes = ioas ? ioas->bytes : 0;

	if (!start && ask.length == UINT64_MAX)
		last = UINT64_MAX;
	if (unmap_check(p, &p->arg[1], &a->fail) ||
	    (ioas && check_ends(ioas, start, last, &a->fail)))
		return a->fail.status;
	if (iommu_call(ctx, &iommu_unmap_request, &ask, &a->fail)) {
		count = ioas ? unmap_each(ctx, ioas, start, last, &a->fail) : 0;
		if (count && a->fail.err != ENOENT && a->fail.status)
			partly(ioas, count, &a->fail);
		if (a->fail.status)
			return a->fail.status;
		ask.length = bytes - ioas->bytes;
	} else {
		count = ioas ? mapping_forget(ioas, start, last) : 0;
	}
	if (a->wanted)
		a->result =
			unmapped_json(ask.ioas_id, start, ask.length, count);
	return STATUS_OK;
}

static const struct arg unmap_args[] = {
	{ .name = "ID",
	  .kind = KIND_ID,
	  .objects = OF(IOAS),
	  .help = "the ioas" },
	UNMAP_RANGE_ARGS("every mapping in them goes, and none may stick out"),
	{ 0 },
};

const struct command cmd_ioas_unmap = {
	.name = "unmap",
	.summary = "undo mappings",
	.args = unmap_args,
	.opts = unmap_opts,
	.flags = CMD_DEVICE,
	.run = unmap,
	.view = unmap_view,
};
