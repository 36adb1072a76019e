// SPDX-License-Identifier: GPL-2.0-or-later
/* What ids stand for, from having seen the objects made. */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "trace.h"
#include "vfio_newer.h"

#include <linux/vfio.h>

struct trace_objects *trace_objects_get(struct trace_objects *objects)
{
	if (!objects) {
		objects = mem_realloc(NULL, sizeof(*objects));
		*objects = (struct trace_objects){ 0 };
	}
	objects->users++;
	return objects;
}

static void clear(struct trace_objects *objects)
{
	while (objects->count)
		free(objects->object[--objects->count].device);
}

void trace_objects_put(struct trace_objects *objects)
{
	if (!objects || --objects->users)
		return;
	clear(objects);
	free(objects->object);
	free(objects);
}

static struct trace_object *find(const struct trace_objects *objects,
				 uint32_t id)
{
	for (size_t i = 0; objects && i < objects->count; i++)
		if (objects->object[i].id == id)
			return &objects->object[i];
	return NULL;
}

void trace_object_add(struct trace_objects *objects, uint32_t id,
		      enum object_kind kind, const char *device)
{
	/* Another thread may have put another file in its place. */
	if (!objects)
		return;
	/* An id is new, or all of them are of an iommufd that was closed. */
	if (find(objects, id))
		clear(objects);
	objects->object =
		mem_realloc(objects->object,
			    (objects->count + 1) * sizeof(*objects->object));
	objects->object[objects->count++] = (struct trace_object){
		.id = id,
		.kind = kind,
		.device = device ? mem_strdup(device) : NULL,
	};
}

void trace_object_remove(struct trace_objects *objects, uint32_t id)
{
	struct trace_object *object = find(objects, id);

	if (!object)
		return;
	free(object->device);
	*object = objects->object[--objects->count];
}

static bool read_id(const struct field *field, const void *bytes, size_t length,
		    uint32_t *id)
{
	if (field->kind != FIELD_ID || field->offset + sizeof(*id) > length)
		return false;
	memcpy(id, (const char *)bytes + field->offset, sizeof(*id));
	return true;
}

void trace_objects_tell(const struct trace_call *call, const void *bytes,
			size_t length, bool answered, json_t *list)
{
	const struct field *field = call->request->fields;
	const struct trace_object *object;
	uint32_t id;

	for (; field->name; field++) {
		if ((field->role == FIELD_ANSWER) != answered ||
		    !read_id(field, bytes, length, &id))
			continue;
		object = find(call->file->objects, id);
		if (object)
			json_array_append_new(
				list, json_pack("{s:s, s:I, s:s, s:s?}",
						"field", field->name, "id",
						(json_int_t)id, "kind",
						object_kind_name(object->kind),
						"device", object->device));
	}
}

/* From here on, the ids that the device is told are of that iommufd. */
static void bind(struct trace_files *files, pid_t pid,
		 const struct vfio_device_bind_iommufd *bound,
		 struct trace_file *device)
{
	struct trace_file *iommufd = trace_file(files, pid, bound->iommufd);

	if (!iommufd)
		return;
	trace_objects_put(device->objects);
	device->objects = trace_objects_get(iommufd->objects);
	trace_object_add(device->objects, bound->out_devid, OBJECT_DEVICE,
			 device->device);
}

static void made(const struct trace_call *call, const void *after,
		 size_t length)
{
	const struct field *field = call->request->fields;
	uint32_t id;

	for (; field->name; field++)
		if (field->makes && field->makes != OF(DEVICE) &&
		    read_id(field, after, length, &id))
			trace_object_add(
				call->file->objects, id,
				(enum object_kind)__builtin_ctz(field->makes),
				NULL);
}

/* The page table of an address space is made when a device needs one. */
static void attached(const struct trace_call *call,
		     const struct vfio_device_attach_iommufd_pt *after)
{
	const struct vfio_device_attach_iommufd_pt *asked =
		(const void *)call->bytes;

	if (after->pt_id != asked->pt_id &&
	    !find(call->file->objects, after->pt_id))
		trace_object_add(call->file->objects, after->pt_id, OBJECT_HWPT,
				 NULL);
}

void trace_objects_follow(struct trace_files *files, pid_t pid,
			  const struct trace_call *call, const void *after,
			  size_t length, int64_t result)
{
	const struct iommu_destroy *destroyed = (const void *)call->bytes;
	char name[sizeof(struct vfio_device_name) + 1] = "";

	if (call->request == &vfio_device_fd_request) {
		memcpy(name, call->bytes,
		       call->length < sizeof(name) ? call->length
						   : sizeof(name) - 1);
		trace_file_device(files, pid, (int)result, name);
	} else if (length < call->request->size) {
		return;
	} else if (call->request == &vfio_bind_request) {
		bind(files, pid, after, call->file);
	} else if (call->request == &vfio_attach_request) {
		attached(call, after);
	} else if (call->request == &iommu_destroy_request) {
		trace_object_remove(call->file->objects, destroyed->id);
	} else {
		made(call, after, length);
	}
}
