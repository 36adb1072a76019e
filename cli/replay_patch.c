// SPDX-License-Identifier: GPL-2.0-or-later
/* What of a call's struct is this machine's matter: a patch for each. */
#include <linux/vfio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "replay.h"
#include "vfio_newer.h"

#define PAGE UINT64_C(4096)
/* Above, addresses are the kernel's. */
#define USER_TOP (UINT64_C(1) << 63)
/* A call that fails for another reason is not worth more memory than this. */
#define REFUSED_LARGEST (UINT64_C(1) << 30)
/* Where the structs of two requests have the address of a bitmap. */
#define BITMAP_SIZE_AT 32
#define BITMAP_AT 40

enum meaning {
	MEANS_MEMORY, /* the address of memory to be mapped */
	MEANS_IOVA, /* may be in what the kernel has placed */
	MEANS_DATA, /* the address of data that is read */
};

/* Fields that more must be known of than their kind. */
static const struct {
	const struct iommu_request *request;
	enum meaning meaning;
	const char *name; /* of the field */
	size_t at, length_at; /* or the id of the address space */
} meanings[] = {
	{ &iommu_map_request, MEANS_MEMORY, "user_va",
	  offsetof(struct iommu_ioas_map, user_va),
	  offsetof(struct iommu_ioas_map, length) },
	{ &vfio_map_request, MEANS_MEMORY, "vaddr",
	  offsetof(struct vfio_iommu_type1_dma_map, vaddr),
	  offsetof(struct vfio_iommu_type1_dma_map, size) },
	{ &iommu_unmap_request, MEANS_IOVA, "iova",
	  offsetof(struct iommu_ioas_unmap, iova),
	  offsetof(struct iommu_ioas_unmap, ioas_id) },
	{ &iommu_copy_request, MEANS_IOVA, "src_iova",
	  offsetof(struct iommu_ioas_copy, src_iova),
	  offsetof(struct iommu_ioas_copy, src_ioas_id) },
	{ &iommu_get_dirty_request, MEANS_IOVA, "iova",
	  offsetof(struct iommu_hwpt_get_dirty_bitmap, iova),
	  offsetof(struct iommu_hwpt_get_dirty_bitmap, hwpt_id) },
	{ &iommu_allow_request, MEANS_DATA, "allowed_iovas",
	  offsetof(struct iommu_ioas_allow_iovas, allowed_iovas), 0 },
	{ &iommu_hwpt_alloc_request, MEANS_DATA, "data_uptr",
	  offsetof(struct iommu_hwpt_alloc, data_uptr), 0 },
	{ &iommu_viommu_alloc_request, MEANS_DATA, "data_uptr",
	  offsetof(struct iommu_viommu_alloc, data_uptr), 0 },
	{ &iommu_invalidate_request, MEANS_DATA, "data_uptr",
	  offsetof(struct iommu_hwpt_invalidate, data_uptr), 0 },
};

void replay_skip(struct replay_step *step, const char *format, ...)
{
	va_list args;

	if (step->skip)
		return;
	va_start(args, format);
	step->skip = mem_vasprintf(format, args);
	va_end(args);
}

static bool failed_with(const struct replay_step *step, const char *err)
{
	return step->record->err && !strcmp(step->record->err, err);
}

/* 0, where the struct does not reach that far. */
static uint64_t number_at(const struct trace_record *r, size_t at, size_t size)
{
	uint64_t value = 0;

	if (at + size <= r->length)
		memcpy(&value, r->bytes + at, size);
	return value;
}

static struct replay_patch *add(struct replay_walk *w,
				const struct replay_step *step,
				enum patch_kind kind, size_t offset,
				size_t size)
{
	struct replay_patch *patch;

	if (w->patches == w->cap) {
		w->cap = w->cap ? 2 * w->cap : 16;
		w->patch = mem_realloc(w->patch, w->cap * sizeof(*w->patch));
	}
	patch = &w->patch[w->patches++];
	*patch = (struct replay_patch){
		.kind = kind,
		.offset = offset,
		.size = offset + size <= step->record->length ? size : 0,
	};
	return patch;
}

/* Fields that the kernel does not look at in such a call. */
static bool is_idle(const struct trace_record *r, const struct field *field)
{
	const void *bytes = r->bytes;
	const struct iommu_vfio_ioas *vfio = bytes;
	const struct iommu_hwpt_alloc *hwpt = bytes;
	const struct iommu_option *option = bytes;

	if (r->length < r->request->size)
		return false;
	if (r->request == &iommu_vfio_ioas_request)
		return vfio->op != IOMMU_VFIO_IOAS_SET;
	if (r->request == &iommu_option_request)
		return option->option_id == IOMMU_OPTION_RLIMIT_MODE;
	return r->request == &iommu_hwpt_alloc_request &&
	       field->offset == offsetof(struct iommu_hwpt_alloc, fault_id) &&
	       !(hwpt->flags & IOMMU_HWPT_FAULT_ID_VALID);
}

static void patch_id(struct replay_walk *w, struct replay_step *step,
		     const struct field *field)
{
	const struct trace_record *r = step->record;
	uint32_t id = (uint32_t)number_at(r, field->offset, sizeof(id));
	size_t at = replay_id_find(w, w->file[step->file].ids, id);

	if (!id || is_idle(r, field))
		return;
	if (at != SIZE_MAX)
		add(w, step, PATCH_ID, field->offset, sizeof(id))->index = at;
	else if (!r->err || (!w->launched && strcmp(r->err, "ENOENT")))
		replay_skip(step, "object %u was made before the trace began",
			    id);
	else
		add(w, step, PATCH_NO_ID, field->offset, sizeof(id))->add = id;
}

/* @of: the field that says so */
static void patch_file(struct replay_walk *w, struct replay_step *step,
		       size_t offset, const char *of)
{
	const struct trace_record *r = step->record;
	int fd = (int)number_at(r, offset, sizeof(fd));
	struct trace_named named;
	size_t file;

	if (trace_record_file(r, of, fd, &named))
		file = replay_file_of(w, r->pid, &named);
	else if (!replay_file_known(w, r->pid, fd, &file)) {
		if (!r->err)
			replay_skip(step,
				    "what its descriptor %d is was not seen",
				    fd);
		add(w, step, PATCH_NO_FILE, offset, sizeof(fd));
		return;
	}
	add(w, step, PATCH_FILE, offset, sizeof(fd))->index = file;
}

/* Negative ones stand for none. */
static void patch_event(struct replay_walk *w, struct replay_step *step,
			size_t offset)
{
	int fd = (int)number_at(step->record, offset, sizeof(fd));

	if (failed_with(step, "EBADF"))
		add(w, step, PATCH_NO_FILE, offset, sizeof(fd));
	else if (fd >= 0)
		add(w, step, PATCH_EVENT, offset, sizeof(fd))->index =
			replay_event_of(w, step->record->pid, fd);
}

static void patch_nowhere(struct replay_walk *w, struct replay_step *step,
			  size_t offset, uint64_t address)
{
	if (address < USER_TOP)
		add(w, step, PATCH_NOWHERE, offset, sizeof(address))->add =
			address % PAGE;
}

static void patch_memory(struct replay_walk *w, struct replay_step *step,
			 size_t offset, size_t length_at)
{
	const struct trace_record *r = step->record;
	uint64_t address = number_at(r, offset, sizeof(address)), last;
	uint64_t length = number_at(r, length_at, sizeof(length));
	struct replay_patch *patch;
	size_t region;

	if (!length || __builtin_add_overflow(address, length - 1, &last) ||
	    last >= USER_TOP || failed_with(step, "EFAULT") ||
	    (r->err && !failed_with(step, "ENOMEM") &&
	     length > REFUSED_LARGEST)) {
		patch_nowhere(w, step, offset, address);
		return;
	}
	replay_plan_add(w->plan, r->pid, address, last);
	region = w->plan->made ? replay_plan_region(w->plan, r->pid, address)
			       : 0;
	if (region == SIZE_MAX ||
	    (w->plan->made && last > w->plan->region[region].last)) {
		replay_skip(step, "the trace has changed while it was read");
		return;
	}
	patch = add(w, step, PATCH_MEMORY, offset, sizeof(address));
	patch->index = region;
	patch->add = address - w->plan->region[region].first;
}

static void patch_iova(struct replay_walk *w, struct replay_step *step,
		       size_t offset, size_t id_at)
{
	const struct trace_record *r = step->record;
	uint64_t iova = number_at(r, offset, sizeof(iova));
	uint32_t id = (uint32_t)number_at(r, id_at, sizeof(id));
	size_t ioas = replay_id_find(w, w->file[step->file].ids, id), at;
	struct replay_patch *patch;

	if (ioas == SIZE_MAX)
		return;
	at = replay_iova_find(w, w->id[ioas].of, iova);
	if (at == SIZE_MAX)
		return;
	patch = add(w, step, PATCH_IOVA, offset, sizeof(iova));
	patch->index = at;
	patch->add = iova - w->iova[at].start;
}

/* An address that data is read from, or an answer is written to. */
static void patch_pointer(struct replay_walk *w, struct replay_step *step,
			  enum patch_kind kind, size_t offset, uint64_t length)
{
	uint64_t address = number_at(step->record, offset, sizeof(address));

	if (address &&
	    (failed_with(step, "EFAULT") || (kind == PATCH_DATA && !length))) {
		patch_nowhere(w, step, offset, address);
		return;
	}
	if (length > REPLAY_ROOM)
		replay_skip(step, "its answer has more than %u MiB",
			    (unsigned)(REPLAY_ROOM >> 20));
	if (address)
		add(w, step, kind, offset, sizeof(address))->length = length;
}

static void patch_data(struct replay_walk *w, struct replay_step *step,
		       const char *field, size_t offset)
{
	const struct trace_record *r = step->record;

	step->data_length = trace_record_data(r, field, step->data);
	if (!step->data_length && !r->err &&
	    number_at(r, offset, sizeof(uint64_t)) &&
	    r->request == &iommu_allow_request &&
	    number_at(r, offsetof(struct iommu_ioas_allow_iovas, num_iovas),
		      sizeof(uint32_t)))
		replay_skip(step, "the trace does not have its ranges");
	if (step->data_length == TRACE_LARGEST && !r->err)
		replay_skip(step, "the trace has only a page of its data");
	patch_pointer(w, step, PATCH_DATA, offset, step->data_length);
}

static void patch_meant(struct replay_walk *w, struct replay_step *step)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(*meanings); i++) {
		if (meanings[i].request != step->record->request)
			continue;
		if (meanings[i].meaning == MEANS_MEMORY)
			patch_memory(w, step, meanings[i].at,
				     meanings[i].length_at);
		else if (meanings[i].meaning == MEANS_IOVA)
			patch_iova(w, step, meanings[i].at,
				   meanings[i].length_at);
		else
			patch_data(w, step, meanings[i].name, meanings[i].at);
	}
}

/* Bits of what is mapped, one for each page. */
static uint64_t bitmap_bytes(const struct trace_record *r)
{
	const struct iommu_hwpt_get_dirty_bitmap *ask = (const void *)r->bytes;
	uint64_t page;

	if (r->length < sizeof(*ask))
		return 0;
	page = ask->page_size ? ask->page_size : PAGE;
	return (ask->length / page / 64 + 1) * 8;
}

static void patch_rooms(struct replay_walk *w, struct replay_step *step)
{
	const struct trace_record *r = step->record;
	const struct iommu_ioas_iova_ranges *ranges = (const void *)r->bytes;
	uint32_t flags = (uint32_t)number_at(r, 4, sizeof(flags));
	uint64_t room;

	if (r->request == &iommu_ranges_request &&
	    r->length >= sizeof(*ranges)) {
		room = (uint64_t)ranges->num_iovas * 16;
		patch_pointer(w, step, PATCH_ROOM,
			      offsetof(struct iommu_ioas_iova_ranges,
				       allowed_iovas),
			      room < REPLAY_ROOM ? room : REPLAY_ROOM);
	} else if (r->request == &iommu_hw_info_request) {
		room = number_at(r, offsetof(struct iommu_hw_info, data_len),
				 sizeof(uint32_t));
		patch_pointer(w, step, PATCH_ROOM,
			      offsetof(struct iommu_hw_info, data_uptr),
			      room < REPLAY_ROOM ? room : REPLAY_ROOM);
	} else if (r->request == &iommu_get_dirty_request) {
		patch_pointer(w, step, PATCH_ROOM,
			      offsetof(struct iommu_hwpt_get_dirty_bitmap,
				       data),
			      bitmap_bytes(r));
	} else if ((r->request == &vfio_unmap_request &&
		    flags & VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP) ||
		   (r->request == &vfio_dirty_request &&
		    flags & VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP)) {
		patch_pointer(w, step, PATCH_ROOM, BITMAP_AT,
			      number_at(r, BITMAP_SIZE_AT, sizeof(uint64_t)));
	}
}

static void patch_memory_file(struct replay_walk *w, struct replay_step *step)
{
	const struct iommu_ioas_map_file *map =
		(const void *)step->record->bytes;
	size_t at = offsetof(struct iommu_ioas_map_file, fd), file;
	uint64_t end;

	if (step->record->length < sizeof(*map))
		return;
	if (__builtin_add_overflow(map->start, map->length, &end))
		end = 0;
	if (step->record->err && end > REFUSED_LARGEST)
		end = 0;
	if (failed_with(step, "EBADF")) {
		add(w, step, PATCH_NO_FILE, at, sizeof(map->fd));
		return;
	}
	file = replay_plan_file(w->plan, step->record->pid, map->fd, end);
	if (file == SIZE_MAX)
		replay_skip(step, "the trace has changed while it was read");
	add(w, step, PATCH_MEMORY_FILE, at, sizeof(map->fd))->index = file;
}

static void patch_files(struct replay_walk *w, struct replay_step *step)
{
	const struct trace_record *r = step->record;
	const struct vfio_irq_set *irqs = (const void *)r->bytes;
	size_t at = sizeof(*irqs);

	if (r->request == &vfio_set_container_request) {
		patch_file(w, step, 0, "container");
	} else if (r->request == &vfio_bind_request) {
		patch_file(w, step,
			   offsetof(struct vfio_device_bind_iommufd, iommufd),
			   "iommufd");
	} else if (r->request == &vfio_hot_reset_request) {
		for (at = sizeof(struct vfio_pci_hot_reset);
		     at + sizeof(int) <= r->length; at += sizeof(int))
			patch_file(w, step, at, "descriptors");
	} else if (r->request == &vfio_ioeventfd_request) {
		patch_event(w, step,
			    offsetof(struct vfio_device_ioeventfd, fd));
	} else if (r->request == &iommu_map_file_request) {
		patch_memory_file(w, step);
	} else if (r->request == &vfio_set_irqs_request &&
		   r->length >= sizeof(*irqs) &&
		   irqs->flags & VFIO_IRQ_SET_DATA_EVENTFD) {
		for (uint32_t i = 0;
		     i < irqs->count && at + sizeof(int) <= r->length;
		     i++, at += sizeof(int))
			patch_event(w, step, at);
	}
}

/* Some features have addresses in their data. */
static void check_feature(struct replay_step *step)
{
	uint32_t flags = (uint32_t)number_at(
		step->record, offsetof(struct vfio_device_feature, flags),
		sizeof(flags));
	uint32_t feature = flags & VFIO_DEVICE_FEATURE_MASK;

	if (!(flags & VFIO_DEVICE_FEATURE_PROBE) &&
	    (feature == VFIO_DEVICE_FEATURE_DMA_LOGGING_START ||
	     feature == VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT))
		replay_skip(step, "the trace does not have its memory");
}

/*
 * With all that it points to in place, EFAULT is of the answer: a way to ask
 * whether there is a request, without making anything.
 */
static bool is_read_only(const struct replay_walk *w,
			 const struct replay_step *step)
{
	if (!failed_with(step, "EFAULT") || !step->record->whole ||
	    step->record->request->by_value)
		return false;
	for (size_t i = 0; i < w->patches; i++)
		if (w->patch[i].kind == PATCH_NOWHERE)
			return false;
	return true;
}

void replay_patches(struct replay_walk *w, struct replay_step *step)
{
	const struct trace_record *r = step->record;
	const struct field *field = r->request->fields;

	for (; field->name; field++)
		if (field->kind == FIELD_ID && field->role == FIELD_ASKED &&
		    field->offset + field->size <= r->length)
			patch_id(w, step, field);
	patch_meant(w, step);
	patch_rooms(w, step);
	patch_files(w, step);
	if (r->request == &vfio_feature_request)
		check_feature(step);
	if (r->request == &vfio_device_fd_request && r->length)
		add(w, step, PATCH_DEVICE, 0, 1)->index = step->file;
	step->read_only = is_read_only(w, step);
}
