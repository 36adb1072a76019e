// SPDX-License-Identifier: GPL-2.0-or-later
/* Why an address space does not take, or give back, a mapping. */
#include "explain_map.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>

#include "buf.h"
#include "context.h"
#include "explain.h"
#include "iommu.h"
#include "memory.h"
#include "render.h"
#include "reserved.h"

/* What MAP and COPY have in common. */
struct place {
	uint32_t ioas_id;
	bool fixed, write;
	uint64_t iova, length;
	const void *va; /* of the memory, or NULL */
};

char *explain_mapping(const struct mapping *mapping)
{
	return mem_asprintf("0x%" PRIx64 "-0x%" PRIx64 " (%s%s%s)",
			    mapping->iova, mapping_last(mapping),
			    memory_kind_name(mapping->memory),
			    mapping->memory->path ? " " : "",
			    mapping->memory->path ? mapping->memory->path : "");
}

json_t *explain_mapping_json(const struct mapping *mapping)
{
	return json_pack("{s:o, s:o, s:s, s:o}", "iova",
			 json_hex64(mapping->iova), "length",
			 json_hex64(mapping->length), "memory",
			 memory_kind_name(mapping->memory), "path",
			 json_text_or_null(mapping->memory->path));
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
	fail_cause(f, "overlap", "{s:o}", "with", explain_mapping_json(there));
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
	fail_cause(f, "misaligned", "{s:s, s:o, s:o, s:o}", "field", what,
		   "value", json_hex64(value), "alignment",
		   json_hex64(alignment), "below",
		   json_hex64(value - value % alignment));
	return true;
}

/*
 * The highest address that the IOMMU translates, and what to do: it is guests
 * that believe in more address bits whose BARs and memory end up above it.
 */
static char *advice(const json_t *hole)
{
	uint64_t start = json_hex_at(hole, "start");
	const char *kind = json_string_value(json_object_get(hole, "kind"));

	if (!start || !kind || strcmp(kind, CLAIM_APERTURE))
		return mem_strdup("");
	return mem_asprintf("; a guest's phys-bits must be %d at most",
			    63 - __builtin_clzll(start));
}

/* Part of a reserved range is in the way: says who needs it, and why. */
static void touches(struct context *ctx, const struct place *place,
		    const struct iova_ranges *ranges,
		    const struct iommu_iova_range *reserved, struct failure *f)
{
	json_t *holes = reserved_holes_json(ctx, place->ioas_id, ranges);
	const json_t *hole = reserved_hole_at(
		holes, place->iova, place->iova + (place->length - 1));
	json_t *name = json_object_get(hole, "name");
	json_t *devices = json_object_get(hole, "devices");
	struct buf of = { 0 };
	char *what = advice(hole);

	render_fill(&of, "[name|: {name}][devices|, of {devices}]", hole);
	fail(f, "iova 0x%" PRIx64 "%s the reserved range 0x%llx-0x%llx%s%s",
	     place->iova,
	     place->iova >= reserved->start ? " lies in"
					    : " and its length reach into",
	     reserved->start, reserved->last, buf_text(&of), what);
	fail_cause(f, "reserved", "{s:o, s:O, s:O}", "reserved",
		   json_range(reserved), "name", name, "devices", devices);
	fail_hint(f, "iommufdctl ioas ranges %" PRIu32 " --why",
		  place->ioas_id);
	buf_free(&of);
	json_decref(holes);
	free(what);
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
		touches(ctx, place, &ranges, &reserved, f);
	free(ranges.range);
}

static void no_space(const struct place *place, struct failure *f)
{
	fail(f,
	     "no free run of 0x%" PRIx64
	     " bytes is left in the allowed ranges of ioas %" PRIu32,
	     place->length, place->ioas_id);
	fail_cause(f, "no-space", "{s:o}", "length", json_hex64(place->length));
	fail_hint(f, "iommufdctl ioas ranges %" PRIu32, place->ioas_id);
}

static void passes_end(const char *what, uint64_t iova, uint64_t length,
		       struct failure *f)
{
	fail(f,
	     "iova 0x%" PRIx64 " with %s 0x%" PRIx64
	     " passes the end of the address space",
	     iova, what, length);
	fail_cause(f, "passes-end", "{s:o, s:o}", "iova", json_hex64(iova),
		   "length", json_hex64(length));
}

static void explain_place(struct context *ctx, const struct place *place,
			  struct failure *f)
{
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
		explain_lock_limit(ctx, place->length, f);
		break;
	case EOVERFLOW:
		passes_end("length", place->iova, place->length, f);
		break;
	case EFAULT:
		if (place->va)
			explain_pin(place->va, place->length, place->write, f);
		break;
	}
}

void explain_map(struct context *ctx, const void *arg, struct failure *f)
{
	const struct iommu_ioas_map *ask = arg;
	const struct place place = {
		.ioas_id = ask->ioas_id,
		.fixed = ask->flags & IOMMU_IOAS_MAP_FIXED_IOVA,
		.write = ask->flags & IOMMU_IOAS_MAP_WRITEABLE,
		.iova = ask->iova,
		.length = ask->length,
		.va = (const void *)(uintptr_t)ask->user_va,
	};

	explain_place(ctx, &place, f);
}

void explain_map_file(struct context *ctx, const void *arg, struct failure *f)
{
	const struct iommu_ioas_map_file *ask = arg;
	const struct place place = {
		.ioas_id = ask->ioas_id,
		.fixed = ask->flags & IOMMU_IOAS_MAP_FIXED_IOVA,
		.iova = ask->iova,
		.length = ask->length,
	};
	struct statfs fs;

	if (f->err == EINVAL && !fstatfs(ask->fd, &fs) &&
	    fs.f_type != TMPFS_MAGIC && fs.f_type != HUGETLBFS_MAGIC) {
		fail(f,
		     "the file is neither a memfd nor on tmpfs or hugetlbfs, and others cannot be mapped by descriptor");
		fail_cause(f, "file-system", "{s:o}", "f_type",
			   json_hex64((__u64)fs.f_type));
		return;
	}
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
	fail_cause(f, "not-mapped", "{s:I, s:o, s:o}", "ioas_id",
		   (json_int_t)ask->src_ioas_id, "iova",
		   json_hex64(ask->src_iova), "length",
		   json_hex64(ask->length));
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

	if (f->err == ENOENT) {
		copy_source(ctx, ask, f);
	} else if (f->err == EPERM) {
		fail(f,
		     "the source was mapped read-only, and a copy of it cannot be written to");
		fail_cause(f, "read-only-source", "{}");
		fail_hint(f, "iommufdctl ioas copy %u %u 0x%llx 0x%llx --read",
			  ask->dst_ioas_id, ask->src_ioas_id, ask->src_iova,
			  ask->length);
	} else {
		explain_place(ctx, &place, f);
	}
}

static void nothing_there(uint32_t ioas_id, uint64_t iova, uint64_t length,
			  struct failure *f)
{
	fail(f, "ioas %" PRIu32 " maps nothing at 0x%" PRIx64 "-0x%" PRIx64,
	     ioas_id, iova, iova + (length - 1));
	fail_cause(f, "not-mapped", "{s:I, s:o, s:o}", "ioas_id",
		   (json_int_t)ioas_id, "iova", json_hex64(iova), "length",
		   json_hex64(length));
	fail_hint(f, "iommufdctl ioas show %" PRIu32, ioas_id);
}

void explain_unmap(struct context *ctx, const void *arg, struct failure *f)
{
	const struct iommu_ioas_unmap *ask = arg;

	if (f->err == EBUSY) {
		fail(f, "a driver in the kernel uses the mapping");
		fail_cause(f, "in-use", "{s:I, s:n}", "id",
			   (json_int_t)ask->ioas_id, "by");
	} else if (f->err == EOVERFLOW) {
		passes_end("length", ask->iova, ask->length, f);
	} else if (f->err == ENOENT &&
		   !explain_id(ctx, ask->ioas_id, OBJECT_IOAS, f)) {
		nothing_there(ask->ioas_id, ask->iova, ask->length, f);
	}
}

/* VFIO's address space is an IOAS like any other, once one knows which. */
static uint32_t vfio_ioas(struct context *ctx)
{
	struct iommu_vfio_ioas ask = { .size = sizeof(ask),
				       .op = IOMMU_VFIO_IOAS_GET };

	return ioctl(ctx->fd, IOMMU_VFIO_IOAS, &ask) ? 0 : ask.ioas_id;
}

void explain_vfio_map(struct context *ctx, const void *arg, struct failure *f)
{
	const struct vfio_iommu_type1_dma_map *ask = arg;
	const struct place place = {
		.ioas_id = vfio_ioas(ctx),
		.fixed = true,
		.write = ask->flags & VFIO_DMA_MAP_FLAG_WRITE,
		.iova = ask->iova,
		.length = ask->size,
		.va = (const void *)(uintptr_t)ask->vaddr,
	};

	explain_vfio(ctx, arg, f);
	if (place.ioas_id)
		explain_place(ctx, &place, f);
}

void explain_vfio_unmap(struct context *ctx, const void *arg, struct failure *f)
{
	const struct vfio_iommu_type1_dma_unmap *ask = arg;
	uint32_t id = vfio_ioas(ctx);

	explain_vfio(ctx, arg, f);
	if (f->err == ENOENT && id)
		nothing_there(id, ask->iova, ask->size, f);
}
