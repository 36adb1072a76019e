// SPDX-License-Identifier: GPL-2.0-or-later
/* The causes that need no look at mappings; explain_map.c has the others. */
#include "explain.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "context.h"
#include "explain_map.h"
#include "iommu.h"
#include "memory.h"
#include "names.h"
#include "reserved.h"

bool explain_object(struct context *ctx, uint32_t id, unsigned kinds,
		    struct failure *f)
{
	const struct object *object = store_find(&ctx->store, id);
	struct buf wanted = { 0 };

	if (object && kinds & 1u << object->kind)
		return false;
	/* Devices are bound by VFIO, so one may be there all the same. */
	if (!object && kinds & OF(DEVICE) && f->err != ENOENT)
		return false;
	object_put_kinds(&wanted, kinds);
	if (object)
		fail(f, "object %" PRIu32 " is of kind %s, not %s", id,
		     object_kind_name(object->kind), buf_text(&wanted));
	else if (kinds == OF(DEVICE))
		fail(f,
		     "there is no device %" PRIu32
		     "; one gets here by VFIO's VFIO_DEVICE_BIND_IOMMUFD",
		     id);
	else
		fail(f, "there is no object %" PRIu32, id);
	fail_cause(f, object ? "wrong-kind" : "no-object", "{s:I, s:s?, s:s}",
		   "id", (json_int_t)id, "is",
		   object ? object_kind_name(object->kind) : NULL, "wanted",
		   buf_text(&wanted));
	fail_hint(f, kinds == OF(IOAS) ? "iommufdctl ioas list"
				       : "iommufdctl tree");
	buf_free(&wanted);
	return true;
}

bool explain_id(struct context *ctx, uint32_t id, enum object_kind kind,
		struct failure *f)
{
	return explain_object(ctx, id, 1u << kind, f);
}

static bool is_user(const struct object *object, uint32_t id)
{
	for (unsigned kind = 0; kind < OBJECT_KINDS; kind++)
		if (object->uses[kind] == id)
			return true;
	return false;
}

const struct object *explain_user(const struct context *ctx, uint32_t id)
{
	for (size_t i = 0; i < ctx->store.count; i++)
		if (is_user(ctx->store.object[i], id))
			return ctx->store.object[i];
	return NULL;
}

void explain_destroy(struct context *ctx, const void *arg, struct failure *f)
{
	const struct iommu_destroy *ask = arg;
	const struct object *user = explain_user(ctx, ask->id);

	if (f->err == EBUSY && user) {
		fail(f, "%s %" PRIu32 " still uses object %" PRIu32,
		     object_kind_name(user->kind), user->id, ask->id);
		fail_cause(f, "in-use", "{s:I, s:I, s:s}", "id",
			   (json_int_t)ask->id, "by", (json_int_t)user->id,
			   "kind_of_user", object_kind_name(user->kind));
		fail_hint(f, "iommufdctl destroy %" PRIu32 " %" PRIu32,
			  user->id, ask->id);
	} else if (f->err == EBUSY) {
		fail(f, "another object still uses object %" PRIu32, ask->id);
		fail_cause(f, "in-use", "{s:I, s:n}", "id", (json_int_t)ask->id,
			   "by");
	} else if (f->err == ENOENT) {
		fail(f, "there is no object %" PRIu32, ask->id);
		fail_cause(f, "no-object", "{s:I, s:n, s:n}", "id",
			   (json_int_t)ask->id, "is", "wanted");
		fail_hint(f, "iommufdctl ioas list");
	}
}

void explain_ranges(struct context *ctx, const void *arg, struct failure *f)
{
	const struct iommu_ioas_iova_ranges *ask = arg;

	if (f->err == ENOENT)
		explain_id(ctx, ask->ioas_id, OBJECT_IOAS, f);
}

static void allow_overlap(const struct iommu_ioas_allow_iovas *ask,
			  struct failure *f)
{
	const struct iommu_iova_range *r =
		(const void *)(uintptr_t)ask->allowed_iovas;

	for (size_t i = 0; i < ask->num_iovas; i++) {
		if (r[i].start == r[i].last) {
			fail(f,
			     "the range 0x%llx-0x%llx has one byte, too few for the kernel",
			     r[i].start, r[i].last);
			fail_cause(f, "empty-range", "{s:o}", "range",
				   json_range(&r[i]));
			return;
		}
		for (size_t j = 0; j < i; j++) {
			if (r[i].start > r[j].last || r[j].start > r[i].last)
				continue;
			fail(f,
			     "the ranges 0x%llx-0x%llx and 0x%llx-0x%llx overlap",
			     r[j].start, r[j].last, r[i].start, r[i].last);
			fail_cause(f, "ranges-overlap", "{s:o, s:o}", "range",
				   json_range(&r[j]), "with",
				   json_range(&r[i]));
			return;
		}
	}
}

static void allow_reserved(struct context *ctx,
			   const struct iommu_ioas_allow_iovas *ask,
			   struct failure *f)
{
	const struct iommu_iova_range *r =
		(const void *)(uintptr_t)ask->allowed_iovas;
	struct iommu_iova_range reserved;
	struct iova_ranges ranges;
	struct failure ignored = { 0 };
	char *name;

	if (iommu_ranges(ctx, ask->ioas_id, &ranges, &ignored)) {
		failure_free(&ignored);
		return;
	}
	for (size_t i = 0; i < ask->num_iovas; i++) {
		if (!iommu_reserved(&ranges, r[i].start, r[i].last, &reserved))
			continue;
		name = reserved_name(&reserved);
		fail(f,
		     "0x%llx-0x%llx holds the reserved range 0x%llx-0x%llx%s%s",
		     r[i].start, r[i].last, reserved.start, reserved.last,
		     name ? ": " : "", name ? name : "");
		fail_cause(f, "reserved", "{s:o, s:o, s:s?}", "range",
			   json_range(&r[i]), "reserved", json_range(&reserved),
			   "name", name);
		free(name);
		break;
	}
	free(ranges.range);
	fail_hint(f, "iommufdctl ioas ranges %u", ask->ioas_id);
}

void explain_allow(struct context *ctx, const void *arg, struct failure *f)
{
	const struct iommu_ioas_allow_iovas *ask = arg;

	if (f->err == ENOENT)
		explain_id(ctx, ask->ioas_id, OBJECT_IOAS, f);
	else if (f->err == EINVAL)
		allow_overlap(ask, f);
	else if (f->err == EADDRINUSE)
		allow_reserved(ctx, ask, f);
}

static void option_busy(struct context *ctx, struct failure *f)
{
	json_t *list = json_array();
	struct buf ids = { 0 };

	for (size_t i = 0; i < ctx->store.count && i < 8; i++) {
		buf_printf(&ids, " %" PRIu32, ctx->store.object[i]->id);
		json_array_append_new(list,
				      json_integer(ctx->store.object[i]->id));
	}
	fail(f,
	     "rlimit-mode can only be set while the descriptor holds no object; it holds%s%s",
	     buf_text(&ids), ctx->store.count > 8 ? " ..." : "");
	fail_cause(f, "has-objects", "{s:I, s:o}", "num_objects",
		   (json_int_t)ctx->store.count, "first", list);
	fail_hint(f, "iommufdctl session start NAME --rlimit-mode 1");
	buf_free(&ids);
}

/* The first mapping that is not made of whole pages. */
static void option_unaligned(struct context *ctx, uint32_t ioas_id,
			     struct failure *f)
{
	const struct object *ioas = store_find(&ctx->store, ioas_id);
	const struct mapping *m = ioas ? mapping_at_or_above(ioas, 0) : NULL;
	char *text;

	while (m && !((m->iova | m->length) % page_size()))
		m = mapping_next(ioas, m);
	fail(f,
	     "ioas %" PRIu32
	     " holds mappings that are not aligned to 0x%zx, so large pages cannot be switched off",
	     ioas_id, page_size());
	if (!m)
		return;
	text = explain_mapping(m);
	fail(f,
	     "ioas %" PRIu32
	     " holds mappings that are not aligned to 0x%zx, so large pages cannot be switched off: %s",
	     ioas_id, page_size(), text);
	fail_cause(f, "unaligned-mapping", "{s:I, s:o}", "ioas_id",
		   (json_int_t)ioas_id, "mapping", explain_mapping_json(m));
	fail_hint(f,
		  "iommufdctl ioas unmap %" PRIu32 " 0x%" PRIx64 " 0x%" PRIx64,
		  ioas_id, m->iova, m->length);
	free(text);
}

void explain_option(struct context *ctx, const void *arg, struct failure *f)
{
	const struct iommu_option *ask = arg;
	bool rlimit = ask->option_id == IOMMU_OPTION_RLIMIT_MODE;

	if (f->err == EPERM) {
		fail(f,
		     "to set rlimit-mode takes the capability CAP_SYS_RESOURCE");
		fail_cause(f, "no-capability", "{s:s}", "capability",
			   "CAP_SYS_RESOURCE");
		fail_hint(f,
			  "sudo iommufdctl session start NAME --rlimit-mode 1");
	} else if (f->err == EBUSY && rlimit) {
		option_busy(ctx, f);
	} else if (f->err == EINVAL) {
		fail(f, "%llu is not a value of this option, 0 and 1 are",
		     ask->val64);
		fail_cause(f, "bad-value", "{s:o}", "val64",
			   json_hex64(ask->val64));
	} else if (f->err == EOPNOTSUPP && rlimit && ask->object_id) {
		fail(f,
		     "rlimit-mode belongs to the descriptor and takes no object");
	} else if (f->err == EADDRINUSE) {
		option_unaligned(ctx, ask->object_id, f);
	} else if (f->err == ENOENT) {
		explain_id(ctx, ask->object_id, OBJECT_IOAS, f);
	}
}

/* The first mapping that was made by address. */
void explain_change_process(struct context *ctx, const void *arg,
			    struct failure *f)
{
	const struct object *ioas;
	const struct mapping *m = NULL;
	char *text;

	(void)arg;
	if (f->err != EINVAL)
		return;
	for (size_t i = 0; i < ctx->store.count && !m; i++) {
		ioas = ctx->store.object[i];
		m = mapping_at_or_above(ioas, 0);
		while (m && m->by_fd)
			m = mapping_next(ioas, m);
	}
	if (!m)
		return;
	text = explain_mapping(m);
	fail(f,
	     "ioas %" PRIu32
	     " maps %s by its address; only what was mapped with --by-fd can move to another process",
	     ioas->id, text);
	fail_cause(f, "mapped-by-address", "{s:I, s:o}", "ioas_id",
		   (json_int_t)ioas->id, "mapping", explain_mapping_json(m));
	fail_hint(f,
		  "iommufdctl ioas unmap %" PRIu32 " 0x%" PRIx64 " 0x%" PRIx64,
		  ioas->id, m->iova, m->length);
	free(text);
}

/* Any of VFIO's requests, where it has nothing to work on. */
void explain_vfio(struct context *ctx, const void *arg, struct failure *f)
{
	uint32_t id = 0;

	(void)arg;
	if (f->err != ENODEV)
		return;
	for (size_t i = 0; i < ctx->store.count && !id; i++)
		if (ctx->store.object[i]->kind == OBJECT_IOAS)
			id = ctx->store.object[i]->id;
	fail(f,
	     "VFIO has no address space here: none is set, and no group is attached");
	fail_cause(f, "no-vfio-ioas", "{}");
	if (id)
		fail_hint(f, "iommufdctl vfio ioas set %" PRIu32, id);
	else
		fail_hint(f, "iommufdctl ioas alloc");
}

void explain_vfio_ioas(struct context *ctx, const void *arg, struct failure *f)
{
	const struct iommu_vfio_ioas *ask = arg;

	explain_vfio(ctx, arg, f);
	if (f->err == ENOENT)
		explain_id(ctx, ask->ioas_id, OBJECT_IOAS, f);
}
