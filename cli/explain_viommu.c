// SPDX-License-Identifier: GPL-2.0-or-later
/* Why a virtual IOMMU, or what belongs to one, is not made. */
#include <errno.h>
#include <inttypes.h>

#include "context.h"
#include "explain.h"
#include "explain_map.h"
#include "iommu.h"
#include "reasons.h"

void explain_viommu_alloc(struct context *ctx, const void *arg,
			  struct failure *f)
{
	const struct iommu_viommu_alloc *ask = arg;

	if (f->err == ENOENT || f->err == EINVAL) {
		if (!explain_id(ctx, ask->hwpt_id, OBJECT_HWPT, f))
			explain_id(ctx, ask->dev_id, OBJECT_DEVICE, f);
	} else if (f->err == E2BIG && ask->data_len) {
		reasons_unknown_field(&iommu_viommu_alloc_request, "data_uptr",
				      "6.17", f);
	} else if (f->err == EOPNOTSUPP) {
		fail(f,
		     "the IOMMU of device %u cannot be shared out as type 0x%x",
		     ask->dev_id, ask->type);
		fail_cause(f, "viommu-type", "{s:I, s:I}", "dev_id",
			   (json_int_t)ask->dev_id, "type",
			   (json_int_t)ask->type);
		fail_hint(f, "iommufdctl device hw-info %u", ask->dev_id);
	}
}

/* An object of this kind that belongs to the viommu, or NULL. */
static const struct object *sibling(const struct context *ctx,
				    enum object_kind kind, uint32_t viommu_id)
{
	for (size_t i = 0; i < ctx->store.count; i++) {
		const struct object *object = ctx->store.object[i];

		if (object->kind == kind &&
		    object->uses[OBJECT_VIOMMU] == viommu_id)
			return object;
	}
	return NULL;
}

static void taken(const struct context *ctx, enum object_kind kind,
		  uint32_t viommu_id, const char *what, struct failure *f)
{
	const struct object *object = sibling(ctx, kind, viommu_id);

	fail(f, "viommu %" PRIu32 " has %s already", viommu_id, what);
	fail_cause(f, "taken", "{s:I, s:s}", "viommu_id", (json_int_t)viommu_id,
		   "kind_of_object", object_kind_name(kind));
	if (object)
		fail_hint(f, "iommufdctl destroy %" PRIu32, object->id);
}

void explain_vdevice_alloc(struct context *ctx, const void *arg,
			   struct failure *f)
{
	const struct iommu_vdevice_alloc *ask = arg;

	if (f->err == ENOENT) {
		if (!explain_id(ctx, ask->viommu_id, OBJECT_VIOMMU, f))
			explain_id(ctx, ask->dev_id, OBJECT_DEVICE, f);
	} else if (f->err == EEXIST) {
		taken(ctx, OBJECT_VDEVICE, ask->viommu_id,
		      "a device with this --virt-id, or this device,", f);
	}
}

void explain_veventq_alloc(struct context *ctx, const void *arg,
			   struct failure *f)
{
	const struct iommu_veventq_alloc *ask = arg;

	if (f->err == ENOENT)
		explain_id(ctx, ask->viommu_id, OBJECT_VIOMMU, f);
	else if (f->err == EEXIST)
		taken(ctx, OBJECT_VEVENTQ, ask->viommu_id,
		      "a queue of this type", f);
}

void explain_hw_queue_alloc(struct context *ctx, const void *arg,
			    struct failure *f)
{
	const struct iommu_hw_queue_alloc *ask = arg;
	const struct object *viommu;

	if (f->err == EEXIST) {
		taken(ctx, OBJECT_HW_QUEUE, ask->viommu_id,
		      "a queue with this index", f);
		return;
	}
	if (f->err != ENOENT ||
	    explain_id(ctx, ask->viommu_id, OBJECT_VIOMMU, f))
		return;
	viommu = store_find(&ctx->store, ask->viommu_id);
	fail(f,
	     "hwpt %" PRIu32
	     ", the parent of viommu %u, does not map all of 0x%llx-0x%llx",
	     viommu->uses[OBJECT_HWPT], ask->viommu_id,
	     ask->nesting_parent_iova,
	     ask->nesting_parent_iova + (ask->length - 1));
	fail_cause(f, "not-mapped", "{s:I, s:o, s:o}", "hwpt_id",
		   (json_int_t)viommu->uses[OBJECT_HWPT], "iova",
		   json_hex64(ask->nesting_parent_iova), "length",
		   json_hex64(ask->length));
}
