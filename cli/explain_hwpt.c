// SPDX-License-Identifier: GPL-2.0-or-later
/* Why a page table is not made, or does not tell what was written. */
#include <errno.h>
#include <inttypes.h>
#include <sys/ioctl.h>

#include "context.h"
#include "explain.h"
#include "explain_map.h"
#include "iommu.h"
#include "reasons.h"

static bool no_dirty_tracking(struct context *ctx,
			      const struct iommu_hwpt_alloc *ask,
			      struct failure *f)
{
	struct iommu_hw_info info = { .size = sizeof(info),
				      .dev_id = ask->dev_id };

	if (!(ask->flags & IOMMU_HWPT_ALLOC_DIRTY_TRACKING) ||
	    ioctl(ctx->fd, IOMMU_GET_HW_INFO, &info) ||
	    info.out_capabilities & IOMMU_HW_CAP_DIRTY_TRACKING)
		return false;
	fail(f, "the IOMMU of device %u does not keep what devices write",
	     ask->dev_id);
	fail_cause(f, "no-dirty-tracking", "{s:I}", "dev_id",
		   (json_int_t)ask->dev_id);
	return true;
}

/* Of drivers some say EINVAL and others EOPNOTSUPP of this. */
static bool data_and_parent(struct context *ctx,
			    const struct iommu_hwpt_alloc *ask,
			    struct failure *f)
{
	const struct object *parent = store_find(&ctx->store, ask->pt_id);

	if (!parent)
		return false;
	if (parent->kind == OBJECT_IOAS && ask->data_type) {
		fail(f,
		     "%u is an ioas, whose page tables the kernel fills; a driver's data is for one that is put on a hwpt or viommu",
		     ask->pt_id);
		fail_cause(f, "data-without-parent", "{s:I}", "pt_id",
			   (json_int_t)ask->pt_id);
		fail_hint(f, "iommufdctl hwpt alloc %u %u --nest-parent",
			  ask->dev_id, ask->pt_id);
		return true;
	}
	if (parent->kind != OBJECT_IOAS && !ask->data_type) {
		fail(f,
		     "%u is no ioas, and a page table that is put on another needs a driver's data, --data",
		     ask->pt_id);
		fail_cause(f, "no-data", "{s:I}", "pt_id",
			   (json_int_t)ask->pt_id);
		fail_hint(f, "iommufdctl help hwpt alloc");
		return true;
	}
	return false;
}

static void not_supported(struct context *ctx,
			  const struct iommu_hwpt_alloc *ask, struct failure *f)
{
	fail_hint(f, "iommufdctl device hw-info %u", ask->dev_id);
	if ((ask->flags & IOMMU_HWPT_ALLOC_NEST_PARENT) &&
	    (ask->flags & IOMMU_HWPT_FAULT_ID_VALID)) {
		fail(f,
		     "a nest parent has no fault queue of its own; the page table that is put on it has");
		fail_cause(f, "parent-with-fault-queue", "{}");
	} else if (!data_and_parent(ctx, ask, f) &&
		   !no_dirty_tracking(ctx, ask, f) && ask->data_type) {
		fail(f,
		     "the IOMMU driver of device %u takes no data of type 0x%x, or has no nested page tables",
		     ask->dev_id, ask->data_type);
		fail_cause(f, "data-type", "{s:I, s:I}", "dev_id",
			   (json_int_t)ask->dev_id, "data_type",
			   (json_int_t)ask->data_type);
	}
}

void explain_hwpt_alloc(struct context *ctx, const void *arg, struct failure *f)
{
	const struct iommu_hwpt_alloc *ask = arg;

	switch (f->err) {
	case ENOENT:
		if ((ask->flags & IOMMU_HWPT_FAULT_ID_VALID) &&
		    store_find(&ctx->store, ask->dev_id) &&
		    explain_id(ctx, ask->fault_id, OBJECT_FAULT, f))
			break;
		explain_id(ctx, ask->dev_id, OBJECT_DEVICE, f);
		break;
	case EINVAL:
		/* Linux answers so for a parent that is not there, too. */
		if (!explain_object(ctx, ask->pt_id,
				    OF(IOAS) | OF(HWPT) | OF(VIOMMU), f))
			data_and_parent(ctx, ask, f);
		break;
	case EOPNOTSUPP:
		not_supported(ctx, ask, f);
		break;
	case E2BIG:
		if (ask->fault_id)
			reasons_unknown_field(&iommu_hwpt_alloc_request,
					      "fault_id", "6.11", f);
		else if (ask->data_len <= sizeof(struct iommu_hwpt_vtd_s1))
			reasons_unknown_field(&iommu_hwpt_alloc_request,
					      "data_uptr", "6.7", f);
		break;
	case ENOMEM:
		explain_lock_limit(ctx, 0, f);
		break;
	case EADDRINUSE:
		fail_hint(f, "iommufdctl ioas ranges %u", ask->pt_id);
		break;
	}
}

void explain_hw_info(struct context *ctx, const void *arg, struct failure *f)
{
	const struct iommu_hw_info *ask = arg;
	/* Of device 0, which never exists: is the flag known? */
	struct iommu_hw_info flag = { .size = sizeof(flag),
				      .flags = ask->flags };

	if (f->err == ENOENT) {
		explain_id(ctx, ask->dev_id, OBJECT_DEVICE, f);
	} else if (f->err != EOPNOTSUPP || !ask->flags) {
		return;
	} else if (ioctl(ctx->fd, IOMMU_GET_HW_INFO, &flag) &&
		   errno == EOPNOTSUPP) {
		reasons_unknown_field(&iommu_hw_info_request, "INPUT_TYPE",
				      "6.17", f);
	} else {
		fail(f,
		     "the IOMMU driver of device %u has nothing to say of type %u",
		     ask->dev_id, ask->in_data_type);
		fail_cause(f, "info-type", "{s:I}", "in_data_type",
			   (json_int_t)ask->in_data_type);
		fail_hint(f, "iommufdctl device hw-info %u", ask->dev_id);
	}
}

/* The page table of these requests is one that mirrors an IOAS. */
static bool no_mirror(struct context *ctx, uint32_t hwpt_id, struct failure *f)
{
	const struct object *hwpt = store_find(&ctx->store, hwpt_id);

	if (explain_id(ctx, hwpt_id, OBJECT_HWPT, f))
		return true;
	if (hwpt->uses[OBJECT_IOAS])
		return false;
	fail(f,
	     "hwpt %" PRIu32
	     " is nested: what it translates, and what is written, its parent knows",
	     hwpt_id);
	fail_cause(f, "nested", "{s:I}", "hwpt_id", (json_int_t)hwpt_id);
	return true;
}

static void no_tracking(uint32_t hwpt_id, struct failure *f)
{
	fail(f, "hwpt %" PRIu32 " was made without --dirty-tracking", hwpt_id);
	fail_cause(f, "no-dirty-tracking", "{s:I}", "hwpt_id",
		   (json_int_t)hwpt_id);
	fail_hint(f, "iommufdctl help hwpt alloc");
}

void explain_set_dirty(struct context *ctx, const void *arg, struct failure *f)
{
	const struct iommu_hwpt_set_dirty_tracking *ask = arg;

	if (f->err == ENOENT || f->err == EINVAL)
		no_mirror(ctx, ask->hwpt_id, f);
	else if (f->err == EOPNOTSUPP)
		no_tracking(ask->hwpt_id, f);
}

static bool is_misaligned(const char *what, uint64_t value, uint64_t page,
			  struct failure *f)
{
	if (!(value % page))
		return false;
	fail(f,
	     "%s 0x%" PRIx64 " is no multiple of the page size 0x%" PRIx64
	     "; 0x%" PRIx64 " is the one below",
	     what, value, page, value - value % page);
	fail_cause(f, "misaligned", "{s:s, s:o, s:o, s:o}", "field", what,
		   "value", json_hex64(value), "alignment", json_hex64(page),
		   "below", json_hex64(value - value % page));
	return true;
}

static void bad_bitmap(struct context *ctx,
		       const struct iommu_hwpt_get_dirty_bitmap *ask,
		       struct failure *f)
{
	uint64_t page = ask->page_size;

	if (!page || page & (page - 1)) {
		fail(f, "page size 0x%" PRIx64 " is no power of two", page);
		fail_cause(f, "page-size", "{s:o}", "page_size",
			   json_hex64(page));
	} else if (!is_misaligned("iova", ask->iova, page, f) &&
		   !is_misaligned("length", ask->length, page, f) &&
		   !no_mirror(ctx, ask->hwpt_id, f)) {
		fail(f,
		     "tracking of hwpt %u is off, or its pages are larger than 0x%" PRIx64,
		     ask->hwpt_id, page);
		fail_cause(f, "tracking-off", "{s:I, s:o}", "hwpt_id",
			   (json_int_t)ask->hwpt_id, "page_size",
			   json_hex64(page));
		fail_hint(f, "iommufdctl hwpt dirty set %u on", ask->hwpt_id);
	}
}

void explain_get_dirty(struct context *ctx, const void *arg, struct failure *f)
{
	const struct iommu_hwpt_get_dirty_bitmap *ask = arg;

	if (f->err == ENOENT)
		no_mirror(ctx, ask->hwpt_id, f);
	else if (f->err == EINVAL)
		bad_bitmap(ctx, ask, f);
	else if (f->err == EOPNOTSUPP)
		no_tracking(ask->hwpt_id, f);
}

void explain_invalidate(struct context *ctx, const void *arg, struct failure *f)
{
	const struct iommu_hwpt_invalidate *ask = arg;
	const struct object *hwpt = store_find(&ctx->store, ask->hwpt_id);

	if (hwpt && hwpt->kind == OBJECT_HWPT && hwpt->uses[OBJECT_IOAS]) {
		fail(f,
		     "hwpt %u mirrors ioas %" PRIu32
		     ", and the kernel itself invalidates it",
		     ask->hwpt_id, hwpt->uses[OBJECT_IOAS]);
		fail_cause(f, "not-nested", "{s:I}", "hwpt_id",
			   (json_int_t)ask->hwpt_id);
		fail_hint(f, "iommufdctl tree");
	} else if (f->err == ENOENT) {
		explain_object(ctx, ask->hwpt_id, OF(HWPT) | OF(VIOMMU), f);
	} else if (f->err == EINVAL || f->err == EOPNOTSUPP) {
		fail(f,
		     "the driver knows no entries of type 0x%x with 0x%x bytes, or finds one of them wrong; %u were carried out",
		     ask->data_type, ask->entry_len, ask->entry_num);
		fail_cause(f, "entry", "{s:I, s:I, s:I}", "data_type",
			   (json_int_t)ask->data_type, "entry_len",
			   (json_int_t)ask->entry_len, "done",
			   (json_int_t)ask->entry_num);
		fail_hint(f, "iommufdctl hwpt invalidate %u TYPE",
			  ask->hwpt_id);
	}
}
