// SPDX-License-Identifier: GPL-2.0-or-later
/* Why an address space does not take, or give back, a mapping. */
#include "explain_map.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "buf.h"
#include "context.h"
#include "explain.h"
#include "iommu.h"
#include "memory.h"

/* What MAP and COPY have in common. */
struct place {
	uint32_t ioas_id;
	bool fixed;
	uint64_t iova, length;
};

char *explain_mapping(const struct mapping *mapping)
{
	return mem_asprintf("0x%" PRIx64 "-0x%" PRIx64 " (%s%s%s)",
			    mapping->iova, mapping_last(mapping),
			    memory_kind_name(mapping->memory),
			    mapping->memory->path ? " " : "",
			    mapping->memory->path ? mapping->memory->path : "");
}

static void overlap(struct context *ctx, const struct place *place,
		    struct failure *f)
{
	const struct object *ioas = store_find(&ctx->store, place->ioas_id);
	const struct mapping *there;
	char *text;

	there = ioas ? mapping_touching(ioas, place->iova,
					place->iova + (place->length - 1))
		     : NULL;
	if (!there) {
		fail(f, "something is mapped at iova 0x%" PRIx64 " already",
		     place->iova);
		return;
	}
	text = explain_mapping(there);
	fail(f, "iova 0x%" PRIx64 "-0x%" PRIx64 " overlaps the mapping %s",
	     place->iova, place->iova + (place->length - 1), text);
	free(text);
	fail_hint(f, "iommufdctl ioas show %" PRIu32, place->ioas_id);
}

static bool misaligned(const char *what, uint64_t value, uint64_t alignment,
		       uint32_t ioas_id, struct failure *f)
{
	if (!alignment || !(value % alignment))
		return false;
	fail(f,
	     "%s 0x%" PRIx64 " is not a multiple of 0x%" PRIx64
	     ", the alignment of ioas %" PRIu32 "; 0x%" PRIx64
	     " is the one below",
	     what, value, alignment, ioas_id, value - value % alignment);
	return true;
}

/* EINVAL: asks for alignment and ranges, and looks which one is hurt. */
static void invalid(struct context *ctx, const struct place *place,
		    struct failure *f)
{
	uint64_t last = place->iova + (place->length - 1);
	struct failure ignored = { 0 };
	struct iommu_iova_range reserved;
	struct iova_ranges ranges;

	if (iommu_ranges(ctx, place->ioas_id, &ranges, &ignored)) {
		failure_free(&ignored);
		return;
	}
	fail_hint(f, "iommufdctl ioas ranges %" PRIu32, place->ioas_id);
	if ((!place->fixed || !misaligned("iova", place->iova, ranges.alignment,
					  place->ioas_id, f)) &&
	    !misaligned("length", place->length, ranges.alignment,
			place->ioas_id, f) &&
	    place->fixed &&
	    iommu_reserved(&ranges, place->iova, last, &reserved))
		fail(f, "iova 0x%" PRIx64 "%s the reserved range 0x%llx-0x%llx",
		     place->iova,
		     place->iova >= reserved.start
			     ? " lies in"
			     : " and its length reach into",
		     reserved.start, reserved.last);
	free(ranges.range);
}

static void no_space(const struct place *place, struct failure *f)
{
	fail(f,
	     "no free run of 0x%" PRIx64
	     " bytes is left in the allowed ranges of ioas %" PRIu32,
	     place->length, place->ioas_id);
	fail_hint(f, "iommufdctl ioas ranges %" PRIu32, place->ioas_id);
}

static void lock_limit(struct failure *f)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) ||
	    limit.rlim_cur == RLIM_INFINITY) {
		fail(f, "out of memory");
		return;
	}
	fail(f,
	     "out of memory, or more would be pinned than the lock limit of %" PRIu64
	     " bytes allows",
	     (uint64_t)limit.rlim_cur);
	fail_hint(f, "ulimit -l");
}

static void explain_place(struct context *ctx, const struct place *place,
			  struct failure *f)
{
	explain_general(ctx, NULL, f);
	switch (f->err) {
	case ENOENT:
		explain_id(ctx, place->ioas_id, OBJECT_IOAS, f);
		break;
	case EINVAL:
		invalid(ctx, place, f);
		break;
	case EEXIST:
	case EADDRINUSE:
		overlap(ctx, place, f);
		break;
	case ENOSPC:
		no_space(place, f);
		break;
	case ENOMEM:
		lock_limit(f);
		break;
	case EOVERFLOW:
		fail(f,
		     "iova 0x%" PRIx64 " with length 0x%" PRIx64
		     " passes the end of the address space",
		     place->iova, place->length);
		break;
	case EFAULT:
		fail(f,
		     "the memory cannot be pinned for a device: a file that became shorter, or pages that cannot be held");
		break;
	}
}

void explain_map(struct context *ctx, const void *arg, struct failure *f)
{
	const struct iommu_ioas_map *ask = arg;
	const struct place place = {
		.ioas_id = ask->ioas_id,
		.fixed = ask->flags & IOMMU_IOAS_MAP_FIXED_IOVA,
		.iova = ask->iova,
		.length = ask->length,
	};

	explain_place(ctx, &place, f);
}

static void copy_source(struct context *ctx, const struct iommu_ioas_copy *ask,
			struct failure *f)
{
	if (explain_id(ctx, ask->dst_ioas_id, OBJECT_IOAS, f) ||
	    explain_id(ctx, ask->src_ioas_id, OBJECT_IOAS, f))
		return;
	fail(f, "ioas %u does not map all of 0x%llx-0x%llx", ask->src_ioas_id,
	     ask->src_iova, ask->src_iova + (ask->length - 1));
	fail_hint(f, "iommufdctl ioas show %u", ask->src_ioas_id);
}

void explain_copy(struct context *ctx, const void *arg, struct failure *f)
{
	const struct iommu_ioas_copy *ask = arg;
	const struct place place = {
		.ioas_id = ask->dst_ioas_id,
		.fixed = ask->flags & IOMMU_IOAS_MAP_FIXED_IOVA,
		.iova = ask->dst_iova,
		.length = ask->length,
	};

	if (f->err == ENOENT)
		copy_source(ctx, ask, f);
	else if (f->err == EPERM)
		fail(f,
		     "the source was mapped read-only, and a copy of it cannot be written to");
	else
		explain_place(ctx, &place, f);
}

void explain_unmap(struct context *ctx, const void *arg, struct failure *f)
{
	const struct iommu_ioas_unmap *ask = arg;

	explain_general(ctx, arg, f);
	if (f->err == EBUSY) {
		fail(f, "a driver in the kernel uses the mapping");
	} else if (f->err == EOVERFLOW) {
		fail(f,
		     "iova 0x%llx with length 0x%llx passes the end of the address space",
		     ask->iova, ask->length);
	} else if (f->err == ENOENT &&
		   !explain_id(ctx, ask->ioas_id, OBJECT_IOAS, f)) {
		fail(f, "ioas %u maps nothing at 0x%llx-0x%llx", ask->ioas_id,
		     ask->iova, ask->iova + (ask->length - 1));
		fail_hint(f, "iommufdctl ioas show %u", ask->ioas_id);
	}
}
