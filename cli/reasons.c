// SPDX-License-Identifier: GPL-2.0-or-later
#include "reasons.h"

#include <errno.h>
#include <linux/ioctl.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "failure.h"
#include "iommu.h"

static const struct {
	int err;
	const char *meaning;
} meanings[] = {
	{ ENOTTY,
	  "this kernel does not know the ioctl, or the device is no iommufd" },
	{ E2BIG, "this kernel's struct is shorter, and the rest is not zero" },
	{ EOPNOTSUPP,
	  "this kernel, or this IOMMU, cannot do what a field asks for" },
	{ EINVAL, "the request is understood, and wrong" },
	{ ENOENT, "no such object, or nothing at that address" },
	{ ENOMEM, "out of memory" },
	{ EOVERFLOW, "an address or a length does not fit" },
	{ EFAULT, "memory of the request cannot be read or written" },
	{ EPERM, "not permitted" },
	{ EBUSY, "something else uses it" },
	{ EEXIST, "there is one already" },
	{ ENOSPC, "there is no room for it" },
	{ EADDRINUSE, "the addresses are taken" },
	{ EMSGSIZE, "the array is too short" },
	{ ENODEV, "there is none, or no driver for it" },
};

static const struct {
	enum request_on on;
	const struct reason *reasons;
} tables[] = {
	{ ON_IOMMU, reasons_ioas },    { ON_IOMMU, reasons_hwpt },
	{ ON_IOMMU, reasons_vfio },    { ON_GROUP, reasons_group },
	{ ON_DEVICE, reasons_device },
};

#define TABLES (sizeof(tables) / sizeof(*tables))

const char *reasons_meaning(int err)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(*meanings); i++)
		if (meanings[i].err == err)
			return meanings[i].meaning;
	return NULL;
}

const struct reason *reasons_next(const struct iommu_request *request, int err,
				  const struct reason *last)
{
	for (size_t t = 0; t < TABLES; t++) {
		if (tables[t].on != request->on)
			continue;
		for (const struct reason *r = tables[t].reasons; r->nr; r++) {
			if (r == last)
				last = NULL;
			else if (!last && r->nr == _IOC_NR(request->number) &&
				 r->err == err)
				return r;
		}
	}
	return NULL;
}

/* Newer than this kernel, or is this no iommufd at all? */
static void unknown(const struct iommu_request *request, struct failure *f)
{
	char *release = kernel_release();

	fail(f,
	     "this kernel, %s, does not know %s; Linux has it since version %s",
	     release, request->name, request->since);
	fail_cause(f, "unknown-ioctl", "{s:s, s:s, s:s}", "ioctl",
		   request->name, "since", request->since, "release", release);
	fail_hint(f, "iommufdctl caps");
	free(release);
}

void reasons_unknown_field(const struct iommu_request *request,
			   const char *field, const char *since,
			   struct failure *f)
{
	char *release = kernel_release();

	fail(f,
	     "this kernel, %s, does not know %s of %s; Linux has it since version %s",
	     release, field, request->name, since);
	fail_cause(f, "unknown-field", "{s:s, s:s, s:s, s:s}", "ioctl",
		   request->name, "field", field, "since", since, "release",
		   release);
	fail_hint(f, "iommufdctl caps");
	free(release);
}

void reasons_tell(const struct iommu_request *request, struct failure *f)
{
	const char *meaning = reasons_meaning(f->err);
	const struct reason *r = NULL;
	struct buf all = { 0 };

	while ((r = reasons_next(request, f->err, r)))
		buf_printf(&all, "%s%s", all.len ? "; or " : "", r->cause);
	if (!all.len && f->err == ENOTTY) {
		unknown(request, f);
		return;
	}
	if (!all.len)
		buf_puts(&all, meaning ? meaning : strerror(f->err));
	fail(f, "%s", buf_text(&all));
	buf_free(&all);
}
