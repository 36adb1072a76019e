// SPDX-License-Identifier: GPL-2.0-or-later
/* What each call of a trace works on, and what it makes and ends. */
#include <linux/vfio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "render.h"
#include "replay.h"
#include "vfio_newer.h"

static uint64_t asked(const struct trace_record *r, size_t at, size_t size)
{
	uint64_t value = 0;

	if (at + size <= r->length)
		memcpy(&value, r->bytes + at, size);
	return value;
}

/* The object is one of an iommufd that the device is told of. */
static void bind(struct replay_walk *w, const struct replay_step *step)
{
	const struct trace_record *r = step->record;
	int fd = (int)asked(r,
			    offsetof(struct vfio_device_bind_iommufd, iommufd),
			    sizeof(fd));
	size_t iommufd;

	if (replay_file_known(w, r->pid, fd, &iommufd))
		w->file[step->file].ids = iommufd;
}

static void add_made(struct replay_walk *w, struct replay_step *step,
		     const struct field *field)
{
	const struct trace_record *r = step->record;
	const json_t *told = json_object_get(r->answer, field->name);
	size_t owner = w->file[step->file].ids, at;
	uint32_t id = (uint32_t)json_integer_value(told);
	bool fresh;

	if (!json_is_integer(told) || !id || step->mades == REPLAY_MADE)
		return;
	at = replay_id_find(w, owner, id);
	fresh = field->makes || at == SIZE_MAX;
	if (fresh)
		at = replay_id_add(w, owner, id);
	step->made[step->mades++] = (struct replay_made){ field, at, fresh };
}

/* Which address space a page table is one of, for addresses in it. */
static void follow_ioas(struct replay_walk *w, const struct replay_step *step)
{
	const struct trace_record *r = step->record;
	size_t at = SIZE_MAX, owner = w->file[step->file].ids;

	if (r->request == &iommu_hwpt_alloc_request)
		at = offsetof(struct iommu_hwpt_alloc, pt_id);
	else if (r->request == &vfio_attach_request)
		at = offsetof(struct vfio_device_attach_iommufd_pt, pt_id);
	if (at == SIZE_MAX || !step->mades || !step->made[0].fresh)
		return;
	at = replay_id_find(w, owner, (uint32_t)asked(r, at, sizeof(uint32_t)));
	if (at != SIZE_MAX)
		w->id[step->made[0].id].of = w->id[at].of;
}

/* An answer is recorded where it is not what was asked. */
static uint64_t answered(const struct trace_record *r, const char *name,
			 size_t at)
{
	return json_object_get(r->answer, name)
		       ? json_hex_at(r->answer, name)
		       : asked(r, at, sizeof(uint64_t));
}

static void choose(struct replay_walk *w, struct replay_step *step, uint32_t id,
		   uint64_t start, uint64_t length)
{
	size_t ioas = replay_id_find(w, w->file[step->file].ids, id);

	if (ioas == SIZE_MAX)
		return;
	step->chose = true;
	step->iova = replay_iova_add(w, ioas, start, length);
}

static void follow_addresses(struct replay_walk *w, struct replay_step *step)
{
	const struct trace_record *r = step->record;
	const struct iommu_ioas_map *map = (const void *)r->bytes;
	const struct iommu_ioas_map_file *file = (const void *)r->bytes;
	const struct iommu_ioas_copy *copy = (const void *)r->bytes;
	const struct iommu_ioas_unmap *unmap = (const void *)r->bytes;
	size_t ioas;

	if (r->length < r->request->size ||
	    (r->request != &iommu_unmap_request &&
	     map->flags & IOMMU_IOAS_MAP_FIXED_IOVA))
		return;
	if (r->request == &iommu_map_request) {
		choose(w, step, map->ioas_id,
		       answered(r, "iova",
				offsetof(struct iommu_ioas_map, iova)),
		       map->length);
	} else if (r->request == &iommu_map_file_request) {
		choose(w, step, file->ioas_id,
		       answered(r, "iova",
				offsetof(struct iommu_ioas_map_file, iova)),
		       file->length);
	} else if (r->request == &iommu_copy_request) {
		choose(w, step, copy->dst_ioas_id,
		       answered(r, "dst_iova",
				offsetof(struct iommu_ioas_copy, dst_iova)),
		       copy->length);
	} else if (r->request == &iommu_unmap_request) {
		ioas = replay_id_find(w, w->file[step->file].ids,
				      unmap->ioas_id);
		if (ioas != SIZE_MAX)
			replay_iova_drop(w, ioas, unmap->iova, unmap->length);
	}
}

static void follow_destroy(struct replay_walk *w,
			   const struct replay_step *step)
{
	const struct trace_record *r = step->record;
	size_t at = replay_id_find(w, w->file[step->file].ids,
				   (uint32_t)asked(r, 4, sizeof(uint32_t)));

	if (at == SIZE_MAX)
		return;
	/* The next one of this number has none of its addresses. */
	replay_iova_drop(w, at, 0, UINT64_MAX);
	w->id[at].alive = false;
}

static void name_device(struct replay_walk *w, struct replay_step *step)
{
	const struct trace_record *r = step->record;
	char name[sizeof(struct vfio_device_name) + 1] = "";

	memcpy(name, r->bytes,
	       r->length < sizeof(name) ? r->length : sizeof(name) - 1);
	replay_plan_device(w->plan, step->file, name);
	if (r->err)
		return;
	step->opened = true;
	step->opens =
		replay_file_answered(w, r->pid, (int)r->result, name, r->call);
}

/* Only what went well has made or ended anything. */
static void follow(struct replay_walk *w, struct replay_step *step)
{
	const struct trace_record *r = step->record;
	const struct field *field = r->request->fields;

	if (r->request == &vfio_device_fd_request)
		name_device(w, step);
	if (r->err)
		return;
	if (r->request == &vfio_bind_request)
		bind(w, step);
	for (; field->name; field++)
		if (field->kind == FIELD_ID)
			add_made(w, step, field);
	follow_ioas(w, step);
	follow_addresses(w, step);
	if (r->request == &iommu_destroy_request)
		follow_destroy(w, step);
}

void replay_step(struct replay_walk *w, const struct trace_record *r,
		 struct replay_step *step)
{
	step->record = r;
	step->mades = 0;
	step->chose = step->opened = step->read_only = false;
	step->skip = NULL;
	step->data_length = 0;
	w->patches = 0;
	step->file = replay_file_of(w, r->pid, &r->file);
	if (!r->request) {
		replay_skip(step, "what ioctl 0x%x means is not known",
			    r->number);
		return;
	}
	if (!r->ended)
		replay_skip(step, "how it ended is not in the trace");
	if (r->compat && r->err && !strcmp(r->err, "ENOTTY"))
		replay_skip(step, "it was refused to a program of 32 bits");
	replay_patches(w, step);
	if (r->ended)
		follow(w, step);
}

void replay_event(struct replay_walk *w, const struct trace_record *r)
{
	const json_t *closed = json_object_get(r->json, "closed");
	const json_t *fd = json_object_get(closed, "fd");

	if (!strcmp(r->event, "end") && r->pid == r->tid)
		replay_file_closed(w, r->pid, -1);
	else if (!strcmp(r->event, "close") && json_is_integer(fd) &&
		 json_integer_value(fd) >= 0 &&
		 json_integer_value(fd) <= INT32_MAX)
		replay_file_closed(w, r->pid, (int)json_integer_value(fd));
}

void replay_step_free(struct replay_step *step)
{
	free(step->skip);
	step->skip = NULL;
}

void replay_walk_free(struct replay_walk *w)
{
	for (size_t i = 0; i < w->files; i++) {
		free(w->file[i].path);
		free(w->file[i].device);
		free(w->file[i].why);
	}
	free(w->file);
	free(w->number);
	free(w->id);
	free(w->hash);
	free(w->iova);
	free(w->event);
	free(w->patch);
}
