// SPDX-License-Identifier: GPL-2.0-or-later
/* What a traced process has in its memory, field by field. */
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include <linux/vfio.h>

#include "iommu.h"
#include "trace.h"

#define PAGE 4096

size_t trace_read(pid_t tid, uint64_t at, void *to, size_t length)
{
	size_t first = PAGE - at % PAGE;
	struct iovec local = { to, length };
	struct iovec remote[2] = {
		{ (void *)(uintptr_t)at, first < length ? first : length },
		{ (void *)(uintptr_t)(at + first),
		  first < length ? length - first : 0 },
	};
	ssize_t count;

	/* A part that begins is read whole or not at all. */
	count = process_vm_readv(tid, &local, 1, remote, 2, 0);
	return count < 0 ? 0 : (size_t)count;
}

static bool is_there(const struct field *field, size_t length)
{
	return field->offset + field->size <= length ||
	       (field->kind == FIELD_TEXT && length);
}

json_t *trace_asked(const struct trace_call *call)
{
	const struct field *field = call->request ? call->request->fields
						  : NULL;
	json_t *fields = json_object();

	/* VFIO's have theirs among the fields. */
	if (field && call->request->sized && call->length &&
	    call->size != call->request->size &&
	    strncmp(call->request->name, "VFIO_", 5))
		json_object_set_new(fields, "size",
				    json_integer((json_int_t)call->size));
	for (; field && field->name; field++)
		if (field->role != FIELD_ANSWER &&
		    is_there(field, call->length))
			json_object_set_new(fields, field->name,
					    field_value_json(field,
							     call->bytes));
	return fields;
}

/* What was asked stands here only if the kernel has changed it. */
json_t *trace_answered(const struct trace_call *call,
		       const unsigned char *after, size_t length, bool done)
{
	json_t *fields = json_object();
	const struct field *field = call->request->fields;

	for (; field->name; field++) {
		bool same = field->offset + field->size <= call->length &&
			    !memcmp(call->bytes + field->offset,
				    after + field->offset, field->size);

		if (field->kind == FIELD_TEXT || !is_there(field, length))
			continue;
		if (!same || (done && field->role == FIELD_ANSWER))
			json_object_set_new(fields, field->name,
					    field_value_json(field, after));
	}
	return fields;
}

static json_t *ranges_json(pid_t tid, uint64_t at, uint32_t count)
{
	struct iommu_iova_range range[TRACE_ELEMENTS];
	json_t *list = json_array();
	size_t length;

	if (count > TRACE_ELEMENTS)
		count = TRACE_ELEMENTS;
	length = trace_read(tid, at, range, count * sizeof(*range));
	for (size_t i = 0; i < length / sizeof(*range); i++)
		json_array_append_new(list, json_range(&range[i]));
	return list;
}

/* Where the data for a driver is that these structs point to. */
static bool data_of(const struct trace_call *call, const char **field,
		    uint64_t *at, uint64_t *length)
{
	const void *bytes = call->bytes;
	const struct iommu_hwpt_alloc *hwpt = bytes;
	const struct iommu_viommu_alloc *viommu = bytes;
	const struct iommu_hwpt_invalidate *invalidate = bytes;
	const struct iommu_ioas_allow_iovas *allow = bytes;

	*field = "data_uptr";
	if (call->length < call->request->size)
		return false;
	if (call->request == &iommu_hwpt_alloc_request) {
		*at = hwpt->data_uptr;
		*length = hwpt->data_len;
	} else if (call->request == &iommu_viommu_alloc_request) {
		*at = viommu->data_uptr;
		*length = viommu->data_len;
	} else if (call->request == &iommu_invalidate_request) {
		*at = invalidate->data_uptr;
		*length =
			(uint64_t)invalidate->entry_len * invalidate->entry_num;
	} else if (call->request == &iommu_allow_request) {
		*field = "allowed_iovas";
		*at = allow->allowed_iovas;
		*length = (uint64_t)allow->num_iovas *
			  sizeof(struct iommu_iova_range);
	} else {
		return false;
	}
	return *length;
}

json_t *trace_data(pid_t tid, const struct trace_call *call)
{
	unsigned char data[TRACE_LARGEST];
	json_t *list = json_array();
	uint64_t at, length;
	const char *field;

	if (!data_of(call, &field, &at, &length))
		return list;
	length = trace_read(tid, at, data,
			    length < sizeof(data) ? length : sizeof(data));
	json_array_append_new(list,
			      json_pack("{s:s, s:o}", "field", field, "bytes",
					json_bytes(data, length)));
	return list;
}

/* Descriptors behind a struct; what is no longer there is left out. */
static json_t *descriptors_json(const struct trace_call *call, size_t from,
				uint32_t count)
{
	json_t *list = json_array();
	__s32 fd;

	for (; count-- && from + sizeof(fd) <= call->length &&
	       json_array_size(list) < TRACE_ELEMENTS;
	     from += sizeof(fd)) {
		memcpy(&fd, call->bytes + from, sizeof(fd));
		json_array_append_new(list, json_integer(fd));
	}
	return list;
}

void trace_more_asked(pid_t tid, const struct trace_call *call, json_t *to)
{
	const void *bytes = call->bytes;
	const struct iommu_ioas_allow_iovas *allow = bytes;
	const struct vfio_irq_set *irqs = bytes;
	const struct vfio_pci_hot_reset *reset = bytes;

	if (call->length < call->request->size)
		return;
	if (call->request == &iommu_allow_request)
		json_object_set_new(to, "ranges",
				    ranges_json(tid, allow->allowed_iovas,
						allow->num_iovas));
	else if (call->request == &vfio_set_irqs_request &&
		 irqs->flags & VFIO_IRQ_SET_DATA_EVENTFD)
		json_object_set_new(to, "descriptors",
				    descriptors_json(call, sizeof(*irqs),
						     irqs->count));
	else if (call->request == &vfio_hot_reset_request)
		json_object_set_new(to, "descriptors",
				    descriptors_json(call, sizeof(*reset),
						     reset->count));
}

/*
 * The numbers of a chain of capabilities, each of which says where the next
 * one is. One that leads back would have no end.
 */
static json_t *chain_json(const unsigned char *bytes, size_t length, __u32 at)
{
	json_t *list = json_array();
	struct vfio_info_cap_header head;

	while (at && at + sizeof(head) <= length) {
		memcpy(&head, bytes + at, sizeof(head));
		json_array_append_new(list, json_integer(head.id));
		at = head.next > at ? head.next : 0;
	}
	return list;
}

static void add_chain(const struct trace_call *call, const unsigned char *after,
		      size_t length, json_t *to)
{
	const struct vfio_iommu_type1_info *container = (const void *)after;
	const struct vfio_device_info *device = (const void *)after;
	const struct vfio_region_info *region = (const void *)after;
	__u32 at = 0;

	if (call->request == &vfio_info_request &&
	    container->flags & VFIO_IOMMU_INFO_CAPS)
		at = container->cap_offset;
	else if (call->request == &vfio_device_info_request &&
		 device->flags & VFIO_DEVICE_FLAGS_CAPS)
		at = device->cap_offset;
	else if (call->request == &vfio_region_info_request &&
		 region->flags & VFIO_REGION_INFO_FLAG_CAPS)
		at = region->cap_offset;
	if (at)
		json_object_set_new(to, "capabilities",
				    chain_json(after, length, at));
}

void trace_more_answered(pid_t tid, const struct trace_call *call,
			 const unsigned char *after, size_t length, json_t *to)
{
	const struct iommu_ioas_iova_ranges *ranges = (const void *)after;

	if (length < call->request->size)
		return;
	if (call->request == &iommu_ranges_request)
		json_object_set_new(to, "ranges",
				    ranges_json(tid, ranges->allowed_iovas,
						ranges->num_iovas));
	else
		add_chain(call, after, length, to);
}
