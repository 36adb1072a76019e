// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The three requests that are made of somebody else's iommufd. None of them
 * has a form that changes something but the options', which are only read.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "inspect.h"
#include "iommu.h"

static json_t *option_json(int fd, __u32 option, __u32 id)
{
	struct iommu_option ask = { .size = sizeof(ask),
				    .option_id = option,
				    .op = IOMMU_OPTION_OP_GET,
				    .object_id = id };

	return ioctl(fd, IOMMU_OPTION, &ask) || ask.val64 > INT64_MAX
		       ? json_null()
		       : json_integer((json_int_t)ask.val64);
}

/* The IOAS that VFIO's requests work on, or 0. */
static __u32 vfio_ioas(int fd)
{
	struct iommu_vfio_ioas ask = { .size = sizeof(ask),
				       .op = IOMMU_VFIO_IOAS_GET };

	return ioctl(fd, IOMMU_VFIO_IOAS, &ask) ? 0 : ask.ioas_id;
}

/* Adds it to @list, unless there is none of this id, or it is there. */
static void add_ioas(int fd, __u32 id, json_t *list)
{
	struct iommu_ioas_iova_ranges ask = { .ioas_id = id };
	struct iova_ranges ranges;
	const json_t *known;
	size_t i;

	json_array_foreach(list, i, known)
		if (json_integer_value(json_object_get(known, "ioas_id")) == id)
			return;
	if (iommu_ranges_of(fd, &ask, &ranges))
		return;
	json_array_append_new(
		list,
		json_pack("{s:I, s:o, s:o, s:o, s:o}", "ioas_id",
			  (json_int_t)id, "huge_pages",
			  option_json(fd, IOMMU_OPTION_HUGE_PAGES, id),
			  "out_iova_alignment", json_hex64(ranges.alignment),
			  "allowed_iovas", json_ranges(&ranges),
			  "reserved_iovas", json_reserved(&ranges)));
	free(ranges.range);
}

/* Those that the module has named, if these are all. */
static bool add_known(int fd, const json_t *context, json_t *list)
{
	const json_t *ioas, *all = json_object_get(context, "ioas");
	size_t i;

	json_array_foreach(all, i, ioas)
		add_ioas(fd,
			 (__u32)json_integer_value(
				 json_object_get(ioas, "ioas_id")),
			 list);
	return all &&
	       !json_integer_value(json_object_get(context, "more_objects"));
}

json_t *inspect_ask(int fd, const json_t *context, uint32_t only)
{
	json_t *list = json_array();
	__u32 vfio = vfio_ioas(fd);

	if (only)
		add_ioas(fd, only, list);
	else if (!add_known(fd, context, list))
		for (__u32 id = 1; id <= INSPECT_IDS; id++)
			add_ioas(fd, id, list);
	if (vfio && !only)
		add_ioas(fd, vfio, list);
	return json_pack("{s:o, s:o, s:o}", "rlimit_mode",
			 option_json(fd, IOMMU_OPTION_RLIMIT_MODE, 0),
			 "vfio_ioas_id",
			 vfio ? json_integer(vfio) : json_null(), "ioas", list);
}
