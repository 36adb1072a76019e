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

/* What <linux/iommufd.h> promises of every ioctl. */
static const struct {
	int err;
	const char *meaning;
} meanings[] = {
	{ ENOTTY,
	  "this kernel does not know the ioctl, or the device is no iommufd" },
	{ E2BIG, "this kernel's struct is shorter and the rest is not zero" },
	{ EOPNOTSUPP, "this kernel cannot do what a field asks for" },
	{ EINVAL, "the request is understood, and wrong" },
	{ ENOENT, "no such object, or nothing at that address" },
	{ ENOMEM, "out of memory" },
	{ EOVERFLOW, "an address or a length does not fit" },
	{ EFAULT, "memory of the request cannot be read or written" },
	{ EPERM, "not permitted" },
};

void explain_general(struct context *ctx, const void *arg, struct failure *f)
{
	(void)ctx;
	(void)arg;
	for (size_t i = 0; i < sizeof(meanings) / sizeof(*meanings); i++) {
		if (meanings[i].err == f->err) {
			fail(f, "%s", meanings[i].meaning);
			return;
		}
	}
	fail(f, "%s", strerror(f->err));
}

bool explain_id(struct context *ctx, uint32_t id, enum object_kind kind,
		struct failure *f)
{
	const struct object *object = store_find(&ctx->store, id);

	if (object && object->kind == kind)
		return false;
	if (object)
		fail(f, "object %" PRIu32 " is of kind %s, not %s", id,
		     object_kind_name(object->kind), object_kind_name(kind));
	else
		fail(f, "there is no object %" PRIu32, id);
	fail_hint(f, "iommufdctl ioas list");
	return true;
}

void explain_destroy(struct context *ctx, const void *arg, struct failure *f)
{
	const struct iommu_destroy *ask = arg;

	explain_general(ctx, arg, f);
	if (f->err == EBUSY) {
		fail(f, "another object still uses object %" PRIu32, ask->id);
	} else if (f->err == ENOENT) {
		fail(f, "there is no object %" PRIu32, ask->id);
		fail_hint(f, "iommufdctl ioas list");
	}
}

void explain_ranges(struct context *ctx, const void *arg, struct failure *f)
{
	const struct iommu_ioas_iova_ranges *ask = arg;

	explain_general(ctx, arg, f);
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
			return;
		}
		for (size_t j = 0; j < i; j++) {
			if (r[i].start > r[j].last || r[j].start > r[i].last)
				continue;
			fail(f,
			     "the ranges 0x%llx-0x%llx and 0x%llx-0x%llx overlap",
			     r[j].start, r[j].last, r[i].start, r[i].last);
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

	if (iommu_ranges(ctx, ask->ioas_id, &ranges, &ignored)) {
		failure_free(&ignored);
		return;
	}
	for (size_t i = 0; i < ask->num_iovas; i++) {
		if (!iommu_reserved(&ranges, r[i].start, r[i].last, &reserved))
			continue;
		fail(f, "0x%llx-0x%llx holds the reserved range 0x%llx-0x%llx",
		     r[i].start, r[i].last, reserved.start, reserved.last);
		break;
	}
	free(ranges.range);
	fail_hint(f, "iommufdctl ioas ranges %u", ask->ioas_id);
}

void explain_allow(struct context *ctx, const void *arg, struct failure *f)
{
	const struct iommu_ioas_allow_iovas *ask = arg;

	explain_general(ctx, arg, f);
	if (f->err == ENOENT)
		explain_id(ctx, ask->ioas_id, OBJECT_IOAS, f);
	else if (f->err == EINVAL)
		allow_overlap(ask, f);
	else if (f->err == EADDRINUSE)
		allow_reserved(ctx, ask, f);
}

static void option_busy(struct context *ctx, struct failure *f)
{
	struct buf ids = { 0 };

	for (size_t i = 0; i < ctx->store.count && i < 8; i++)
		buf_printf(&ids, " %" PRIu32, ctx->store.object[i]->id);
	fail(f,
	     "rlimit-mode can only be set while the descriptor holds no object; it holds%s%s",
	     buf_text(&ids), ctx->store.count > 8 ? " ..." : "");
	fail_hint(f, "iommufdctl session start NAME --rlimit-mode 1");
	buf_free(&ids);
}

void explain_option(struct context *ctx, const void *arg, struct failure *f)
{
	const struct iommu_option *ask = arg;
	bool rlimit = ask->option_id == IOMMU_OPTION_RLIMIT_MODE;

	explain_general(ctx, arg, f);
	if (f->err == EPERM)
		fail(f,
		     "to set rlimit-mode takes the capability CAP_SYS_RESOURCE");
	else if (f->err == EBUSY && rlimit)
		option_busy(ctx, f);
	else if (f->err == EINVAL)
		fail(f, "%llu is not a value of this option, 0 and 1 are",
		     ask->val64);
	else if (f->err == EOPNOTSUPP && rlimit && ask->object_id)
		fail(f,
		     "rlimit-mode belongs to the descriptor and takes no object");
	else if (f->err == EADDRINUSE)
		fail(f,
		     "ioas %u holds mappings that are not aligned to 0x%zx, so large pages cannot be switched off",
		     ask->object_id, page_size());
	else if (f->err == ENOENT)
		explain_id(ctx, ask->object_id, OBJECT_IOAS, f);
}
