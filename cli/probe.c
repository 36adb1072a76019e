// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

#include <errno.h>
#include <linux/vfio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "requests.h"

/* The questions, and what is answered where the thing is not known. */
enum question {
	/* A struct of no length: EINVAL, and ENOTTY. */
	ASK_IOCTL,
	/* A flag, of an object that is not there: ENOENT, and EOPNOTSUPP. */
	ASK_FLAG,
	/* A struct whose last byte is set, the same: ENOENT, and E2BIG. */
	ASK_FIELD,
	/* Its value, of an object that is not there: ENOENT, and EOPNOTSUPP. */
	ASK_OPTION,
	/* A queue whose id cannot be delivered: EFAULT, and EOPNOTSUPP. */
	ASK_QUEUE,
	/* VFIO's own question. */
	ASK_EXTENSION,
	/* Nothing but the ioctl that came with it. */
	ASK_SAME_AS,
	/* Only a device's driver knows. */
	ASK_DEVICE,
};

struct probe {
	const struct iommu_request *request;
	const char *feature; /* NULL: the ioctl itself */
	const char *since;
	enum question question;
	__u32 value; /* the flag, option or extension */
	size_t offset; /* of the flags, or the end of the field */
	const struct iommu_request *same;
};

#define END(type, field) \
	(offsetof(struct type, field) + sizeof(((struct type *)0)->field))

#define IOCTL(what)                                               \
	{                                                         \
		.request = &what##_request, .question = ASK_IOCTL \
	}
#define FLAG(what, type, first, name, bit)                                    \
	{                                                                     \
		.request = &what##_request, .feature = #name, .since = first, \
		.question = ASK_FLAG, .value = (bit),                         \
		.offset = offsetof(struct type, flags)                        \
	}
#define FIELD(what, type, first, name)                                        \
	{                                                                     \
		.request = &what##_request, .feature = #name, .since = first, \
		.question = ASK_FIELD, .offset = END(type, name)              \
	}
#define OPTION(name, id)                                              \
	{                                                             \
		.request = &iommu_option_request, .feature = #name,   \
		.since = "6.2", .question = ASK_OPTION, .value = (id) \
	}
#define EXTENSION(name)                                               \
	{                                                             \
		.request = &vfio_extension_request, .feature = #name, \
		.since = "6.2", .question = ASK_EXTENSION,            \
		.value = VFIO_##name                                  \
	}
#define SAME_AS(what, first, name, other)                                     \
	{                                                                     \
		.request = &what##_request, .feature = #name, .since = first, \
		.question = ASK_SAME_AS, .same = &other##_request             \
	}
#define DEVICE(what, first, name)                                             \
	{                                                                     \
		.request = &what##_request, .feature = #name, .since = first, \
		.question = ASK_DEVICE                                        \
	}

static const struct probe probes[] = {
	IOCTL(iommu_destroy),
	IOCTL(iommu_ioas_alloc),
	IOCTL(iommu_allow),
	IOCTL(iommu_copy),
	IOCTL(iommu_ranges),
	IOCTL(iommu_map),
	FLAG(iommu_map, iommu_ioas_map, "6.2", FIXED_IOVA,
	     IOMMU_IOAS_MAP_FIXED_IOVA),
	FLAG(iommu_map, iommu_ioas_map, "6.2", WRITEABLE,
	     IOMMU_IOAS_MAP_WRITEABLE),
	FLAG(iommu_map, iommu_ioas_map, "6.2", READABLE,
	     IOMMU_IOAS_MAP_READABLE),
	IOCTL(iommu_unmap),
	IOCTL(iommu_option),
	OPTION(RLIMIT_MODE, IOMMU_OPTION_RLIMIT_MODE),
	OPTION(HUGE_PAGES, IOMMU_OPTION_HUGE_PAGES),
	IOCTL(iommu_vfio_ioas),
	IOCTL(iommu_hwpt_alloc),
	SAME_AS(iommu_hwpt_alloc, "6.7", NEST_PARENT, iommu_set_dirty),
	SAME_AS(iommu_hwpt_alloc, "6.7", DIRTY_TRACKING, iommu_set_dirty),
	FIELD(iommu_hwpt_alloc, iommu_hwpt_alloc, "6.7", data_uptr),
	FIELD(iommu_hwpt_alloc, iommu_hwpt_alloc, "6.11", fault_id),
	DEVICE(iommu_hwpt_alloc, "6.7", VTD_S1),
	DEVICE(iommu_hwpt_alloc, "6.13", ARM_SMMUV3),
	DEVICE(iommu_hwpt_alloc, "6.13", PASID),
	IOCTL(iommu_hw_info),
	FIELD(iommu_hw_info, iommu_hw_info, "6.7", out_capabilities),
	FLAG(iommu_hw_info, iommu_hw_info, "6.17", INPUT_TYPE,
	     IOMMU_HW_INFO_FLAG_INPUT_TYPE),
	IOCTL(iommu_set_dirty),
	FLAG(iommu_set_dirty, iommu_hwpt_set_dirty_tracking, "6.7", ENABLE,
	     IOMMU_HWPT_DIRTY_TRACKING_ENABLE),
	IOCTL(iommu_get_dirty),
	FLAG(iommu_get_dirty, iommu_hwpt_get_dirty_bitmap, "6.7", NO_CLEAR,
	     IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR),
	IOCTL(iommu_invalidate),
	IOCTL(iommu_fault_alloc),
	{ .request = &iommu_fault_alloc_request,
	  .feature = "page requests",
	  .since = "6.11",
	  .question = ASK_QUEUE },
	IOCTL(iommu_map_file),
	IOCTL(iommu_viommu_alloc),
	FIELD(iommu_viommu_alloc, iommu_viommu_alloc, "6.17", data_uptr),
	IOCTL(iommu_vdevice_alloc),
	IOCTL(iommu_change_process),
	IOCTL(iommu_veventq_alloc),
	IOCTL(iommu_hw_queue_alloc),
	EXTENSION(TYPE1_IOMMU),
	EXTENSION(TYPE1v2_IOMMU),
	EXTENSION(DMA_CC_IOMMU),
	EXTENSION(NOIOMMU_IOMMU),
	EXTENSION(UNMAP_ALL),
	EXTENSION(UPDATE_VADDR),
};

/* Room for any of the structs. */
union ask {
	__u32 size;
	unsigned char bytes[64];
	__u32 words[16];
	struct iommu_option option;
};

/* No ioctl here can succeed; 0 is for those that should have failed. */
static int error_of(int fd, const struct iommu_request *request,
		    const void *arg)
{
	return ioctl(fd, request->number, arg) ? errno : 0;
}

static bool knows(int fd, const struct iommu_request *request)
{
	const union ask ask = { .size = 0 };

	return error_of(fd, request, &ask) != ENOTTY;
}

/* Object 0 never exists, so neither a flag nor a field gets to mean anything. */
static int ask_flag(int fd, const struct probe *probe)
{
	union ask ask = { .size = (__u32)probe->request->size };

	ask.words[probe->offset / sizeof(__u32)] = probe->value;
	return error_of(fd, probe->request, &ask);
}

static int ask_field(int fd, const struct probe *probe)
{
	union ask ask = { .size = (__u32)probe->offset };

	ask.bytes[probe->offset - 1] = 0x80;
	return error_of(fd, probe->request, &ask);
}

static int ask_option(int fd, const struct probe *probe)
{
	const struct iommu_option option = { .size = sizeof(option),
					     .option_id = probe->value,
					     .op = IOMMU_OPTION_OP_GET };
	union ask ask = { .option = option };

	return error_of(fd, probe->request, &ask);
}

/*
 * The struct lies where nothing can be written, so a queue that is made cannot
 * be told of, and is gone again before the kernel returns.
 */
static int ask_queue(int fd, const struct probe *probe)
{
	static const struct iommu_fault_alloc ask = { .size = sizeof(ask) };

	return error_of(fd, probe->request, &ask);
}

static const char *yes_unless(bool absent)
{
	return absent ? "no" : "yes";
}

/* VFIO without an address space cannot tell of some. */
static const char *extension(int fd, const struct probe *probe)
{
	int answer = ioctl(fd, VFIO_CHECK_EXTENSION, (long)probe->value);

	return answer < 0 && errno != ENOTTY ? "undecided"
					     : yes_unless(answer <= 0);
}

static const char *ask(int fd, const struct probe *probe)
{
	int err;

	if (!probe->feature)
		return yes_unless(!knows(fd, probe->request));
	if (probe->question == ASK_EXTENSION)
		return extension(fd, probe);
	if (!knows(fd, probe->request))
		return "no";
	switch (probe->question) {
	case ASK_FLAG:
		return yes_unless(ask_flag(fd, probe) == EOPNOTSUPP);
	case ASK_FIELD:
		return yes_unless(ask_field(fd, probe) == E2BIG);
	case ASK_OPTION:
		return yes_unless(ask_option(fd, probe) == EOPNOTSUPP);
	case ASK_QUEUE:
		err = ask_queue(fd, probe);
		return err == EOPNOTSUPP ? "unsupported" : "yes";
	case ASK_SAME_AS:
		return yes_unless(!knows(fd, probe->same));
	default:
		return "undecided";
	}
}

json_t *probe_all(int fd)
{
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(probes) / sizeof(*probes); i++) {
		const struct probe *probe = &probes[i];

		json_array_append_new(
			list, json_pack("{s:s, s:s?, s:s, s:s}", "ioctl",
					probe->request->name, "feature",
					probe->feature, "since",
					probe->since ? probe->since
						     : probe->request->since,
					"here", ask(fd, probe)));
	}
	return list;
}
