// SPDX-License-Identifier: GPL-2.0-or-later
/* `veventq`: queues of what a virtual IOMMU's guest is to be told. */
#include <stdlib.h>
#include <string.h>

#include "commands/commands.h"
#include "context.h"
#include "explain_map.h"
#include "iommu.h"
#include "made.h"
#include "render.h"

enum { ALLOC_DEPTH, ALLOC_NAME };

#define ROOM (64 << 10)
#define DEPTH 64

static const char *const types[] = { "default", "arm-smmuv3", "tegra241-cmdqv",
				     NULL };
static const char *const header_flags[] = { "LOST_EVENTS", NULL };

static enum status alloc(struct context *ctx, const struct parsed *p,
			 struct answer *a)
{
	const struct value *depth = &p->opt[ALLOC_DEPTH];
	struct iommu_veventq_alloc ask = {
		.size = sizeof(ask),
		.viommu_id = (__u32)p->arg[0].num,
		.veventq_depth = depth->set ? (__u32)depth->num : DEPTH,
	};
	struct object *queue;

	if (depth->set && (!depth->num || depth->num > UINT32_MAX))
		return fail_at(&a->fail, p->words, depth->at,
			       "a depth is 1 to 0xffffffff events");
	if (made_type(p, &p->arg[1], types, &ask.type, &a->fail) ||
	    iommu_call(ctx, &iommu_veventq_alloc_request, &ask, &a->fail))
		return a->fail.status;
	queue = object_made(ctx, p, ask.out_veventq_id, OBJECT_VEVENTQ);
	made_of(ctx, queue, ask.viommu_id, OBJECT_VIOMMU);
	made_queue(queue, (int)ask.out_veventq_fd);
	queue->type = ask.type;
	a->result = json_pack("{s:{s:I, s:o, s:I, s:I, s:I}}", "veventq",
			      "veventq_id", (json_int_t)queue->id, "name",
			      object_name_json(queue), "viommu_id",
			      (json_int_t)ask.viommu_id, "type",
			      (json_int_t)ask.type, "veventq_depth",
			      (json_int_t)ask.veventq_depth);
	return STATUS_OK;
}

/*
 * The event at the beginning of @bytes, which becomes what follows it. Behind
 * a header that tells of lost ones there is none; how long those of an unknown
 * type are nobody says, so such a one is all that is left.
 */
static json_t *take_event(const struct data_type *type, const char **bytes,
			  size_t *left)
{
	struct iommufd_vevent_header head;
	size_t length;
	json_t *event;

	memcpy(&head, *bytes, sizeof(head));
	*bytes += sizeof(head);
	*left -= sizeof(head);
	length = type && type->size < *left ? type->size : *left;
	if (head.flags & IOMMU_VEVENTQ_FLAG_LOST_EVENTS)
		length = 0;
	event = json_pack("{s:I, s:o, s:o}", "sequence",
			  (json_int_t)head.sequence, "flags",
			  json_flags(head.flags, header_flags), "data",
			  data_json(type, *bytes, length));
	*bytes += length;
	*left -= length;
	return event;
}

static enum status read_events(struct context *ctx, const struct parsed *p,
			       struct answer *a)
{
	uint32_t id = (uint32_t)p->arg[0].num;
	const struct data_type *type;
	struct object *queue;
	const char *at;
	json_t *array;
	size_t left;
	char *bytes;

	if (explain_id(ctx, id, OBJECT_VEVENTQ, &a->fail))
		return a->fail.status;
	queue = store_find(&ctx->store, id);
	type = data_type_find(event_types, queue->type);
	array = json_array();
	bytes = mem_realloc(NULL, ROOM);
	made_read(queue, bytes, ROOM, &left, &a->fail);
	for (at = bytes; left >= sizeof(struct iommufd_vevent_header);)
		json_array_append_new(array, take_event(type, &at, &left));
	free(bytes);
	a->result = json_pack("{s:o}", "vevents", array);
	return a->fail.status;
}

static const struct arg alloc_args[] = {
	ID_OF("VIOMMU", OF(VIOMMU), "the virtual IOMMU"),
	{ .name = "TYPE",
	  .kind = KIND_TEXT,
	  .choices = types,
	  .help = "what events it is for, or the number of another type" },
	{ 0 },
};

static const struct arg read_args[] = {
	ID_OF("ID", OF(VEVENTQ), "the event queue"),
	{ 0 },
};

static const struct opt alloc_opts[] = {
	[ALLOC_DEPTH] = { .name = "depth",
			  .kind = KIND_NUMBER,
			  .metavar = "N",
			  .preset = "64",
			  .help = "keep so many events; more are lost" },
	[ALLOC_NAME] = NAME_OPT,
	{ 0 },
};

static const struct block alloc_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "veventq",
	  .text = "veventq {veventq_id}[name| {name}] of viommu {viommu_id}, {veventq_depth:event} deep" },
	{ 0 },
};

static const struct block read_view[] = {
	{ .kind = BLOCK_TABLE,
	  .key = "vevents",
	  .none = "no events",
	  .cells = (const char *const[]){ "SEQUENCE={sequence}",
					  "FLAGS=[flags|{flags}]",
					  "DATA={data:fields}", NULL } },
	{ 0 },
};

static const struct command cmd_alloc = {
	.name = "alloc",
	.summary = "make a queue of a virtual IOMMU's events",
	.args = alloc_args,
	.opts = alloc_opts,
	.flags = CMD_DEVICE,
	.run = alloc,
	.view = alloc_view,
	.value = "veventq.veventq_id",
};

static const struct command cmd_read = {
	.name = "read",
	.summary = "take the events that wait",
	.args = read_args,
	.flags = CMD_DEVICE,
	.run = read_events,
	.view = read_view,
};

static const struct command *const veventq_commands[] = { &cmd_alloc, &cmd_read,
							  NULL };

const struct command cmd_veventq = {
	.name = "veventq",
	.summary = "queues of virtual IOMMUs' events",
	.flags = CMD_RARE,
	.sub = veventq_commands,
};
