// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `device irq`: interrupts of an open device, each counted by an eventfd that
 * is there from the first command about it up to `off`, so that none is lost
 * between two lines of a script.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "buf.h"
#include "commands/commands.h"
#include "context.h"
#include "device.h"
#include "iommu.h"
#include "made.h"
#include "render.h"

#define VECTORS_MOST 2048 /* that MSI-X has */

enum { IRQ_VECTOR, IRQ_TIMEOUT };

static const char *const irq_flags[] = { "EVENTFD", "MASKABLE", "AUTOMASKED",
					 "NORESIZE", NULL };

/* What the arguments name. */
struct irq {
	struct object *device;
	__u32 index, vector;
};

static enum status find(struct context *ctx, const struct parsed *p,
			struct irq *irq, struct failure *f)
{
	const struct value *vector = &p->opt[IRQ_VECTOR];

	*irq = (struct irq){ .device = opened_object(ctx, p, f),
			     .vector = (__u32)vector->num };
	if (!irq->device || made_type(p, &p->arg[1], irq_names, &irq->index, f))
		return f->status;
	if (vector->num >= VECTORS_MOST)
		return fail_at(f, p->words, vector->at,
			       "no device has more than %u of them",
			       VECTORS_MOST);
	return STATUS_OK;
}

static struct irq_event *event_of(const struct irq *irq)
{
	struct irq_event *event = irq->device->opened->events;

	while (event &&
	       (event->index != irq->index || event->vector != irq->vector))
		event = event->next;
	return event;
}

/* A request without data, of @count interrupts; 0 switches the kind off. */
static enum status plain(struct context *ctx, const struct irq *irq,
			 __u32 action, __u32 start, __u32 count,
			 struct failure *f)
{
	struct vfio_irq_set set = {
		.argsz = sizeof(set),
		.flags = VFIO_IRQ_SET_DATA_NONE | action,
		.index = irq->index,
		.start = start,
		.count = count,
	};

	return opened_ask(ctx, irq->device->opened, &vfio_set_irqs_request,
			  &set, f);
}

/* Gives all eventfds of a kind at once; in between there are none. */
static enum status give_events(struct context *ctx, const struct irq *irq,
			       struct failure *f)
{
	const struct irq_event *events = irq->device->opened->events;
	struct failure ignored = { 0 };
	struct vfio_irq_set *set;
	__u32 count = 0;
	__s32 *fd;

	for (const struct irq_event *e = events; e; e = e->next)
		if (e->index == irq->index && e->vector >= count)
			count = e->vector + 1;
	set = mem_realloc(NULL, sizeof(*set) + count * sizeof(*fd));
	*set = (struct vfio_irq_set){
		.argsz = (__u32)(sizeof(*set) + count * sizeof(*fd)),
		.flags = VFIO_IRQ_SET_DATA_EVENTFD |
			 VFIO_IRQ_SET_ACTION_TRIGGER,
		.index = irq->index,
		.count = count,
	};
	fd = (__s32 *)(set + 1);
	for (__u32 i = 0; i < count; i++)
		fd[i] = -1;
	for (const struct irq_event *e = events; e; e = e->next)
		if (e->index == irq->index)
			fd[e->vector] = e->fd;
	/* How many there are is said once, when the first is switched on. */
	plain(ctx, irq, VFIO_IRQ_SET_ACTION_TRIGGER, 0, 0, &ignored);
	failure_free(&ignored);
	opened_ask(ctx, irq->device->opened, &vfio_set_irqs_request, set, f);
	free(set);
	return f->status;
}

static void drop_events(struct opened *o, __u32 index, const __u32 *vector)
{
	struct irq_event **link = &o->events;

	while (*link) {
		struct irq_event *event = *link;

		if (event->index != index ||
		    (vector && event->vector != *vector)) {
			link = &event->next;
			continue;
		}
		*link = event->next;
		close(event->fd);
		free(event);
	}
}

/* Sees to it that the interrupt is counted. */
static enum status arm(struct context *ctx, const struct irq *irq,
		       struct irq_event **event, struct failure *f)
{
	struct opened *o = irq->device->opened;
	int fd;

	*event = event_of(irq);
	if (*event)
		return STATUS_OK;
	fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (fd < 0)
		return fail_errno(f, "there is no eventfd to be had");
	*event = mem_realloc(NULL, sizeof(**event));
	**event = (struct irq_event){ irq->index, irq->vector, fd, o->events };
	o->events = *event;
	if (give_events(ctx, irq, f)) {
		struct failure ignored = { 0 };

		explain_irq(ctx, irq->device, irq->index, irq->vector, f);
		drop_events(o, irq->index, &irq->vector);
		/* The others of the kind are as they were. */
		give_events(ctx, irq, &ignored);
		failure_free(&ignored);
	}
	return f->status;
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static json_t *irq_json(const struct irq *irq)
{
	return json_pack(
		"{s:I, s:I, s:s?, s:I}", "dev_id", (json_int_t)irq->device->id,
		"index", (json_int_t)irq->index, "name",
		irq->index < VFIO_PCI_NUM_IRQS ? irq_names[irq->index] : NULL,
		"vector", (json_int_t)irq->vector);
}

/* Nothing has come: is it to be waited for? */
static enum status go_on(struct context *ctx, const struct parsed *p,
			 const struct irq *irq, struct answer *a)
{
	const struct value *timeout = &p->opt[IRQ_TIMEOUT];

	/* INTx masks itself each time, and whoever waits again wants it. */
	if (!ctx->since && irq->index == VFIO_PCI_INTX_IRQ_INDEX &&
	    plain(ctx, irq, VFIO_IRQ_SET_ACTION_UNMASK, 0, 1, &a->fail))
		return a->fail.status;
	if (!ctx->since)
		ctx->since = now_ms();
	a->later = !timeout->set || now_ms() - ctx->since < timeout->num * 1000;
	if (a->later)
		return STATUS_OK;
	fail(&a->fail, "no %s %" PRIu32 " came within %" PRIu64 " s",
	     p->arg[1].text, irq->vector, timeout->num);
	fail_cause(&a->fail, "timeout", "{s:I}", "timeout",
		   (json_int_t)timeout->num);
	return a->fail.status;
}

static enum status wait_for(struct context *ctx, const struct parsed *p,
			    struct answer *a)
{
	struct irq_event *event;
	json_t *json;
	struct irq irq;
	uint64_t count;

	if (find(ctx, p, &irq, &a->fail) || arm(ctx, &irq, &event, &a->fail))
		return a->fail.status;
	if (read(event->fd, &count, sizeof(count)) != sizeof(count))
		return go_on(ctx, p, &irq, a);
	json = irq_json(&irq);
	json_object_set_new(json, "num_events",
			    json_integer((json_int_t)count));
	a->result = json_pack("{s:o}", "irq_wait", json);
	return STATUS_OK;
}

static enum status trigger(struct context *ctx, const struct parsed *p,
			   struct answer *a)
{
	struct irq_event *event;
	struct irq irq;

	if (find(ctx, p, &irq, &a->fail) || arm(ctx, &irq, &event, &a->fail) ||
	    plain(ctx, &irq, VFIO_IRQ_SET_ACTION_TRIGGER, irq.vector, 1,
		  &a->fail))
		return a->fail.status;
	a->result = json_pack("{s:o}", "irq_trigger", irq_json(&irq));
	return STATUS_OK;
}

static bool is_on(const struct irq *irq)
{
	const struct irq_event *event = irq->device->opened->events;

	while (event && event->index != irq->index)
		event = event->next;
	return event;
}

static enum status off(struct context *ctx, const struct parsed *p,
		       struct answer *a)
{
	struct irq irq = { .device = opened_object(ctx, p, &a->fail) };

	if (!irq.device ||
	    made_type(p, &p->arg[1], irq_names, &irq.index, &a->fail))
		return a->fail.status;
	if (!is_on(&irq))
		return fail(&a->fail, "%s is not on", p->arg[1].text);
	if (plain(ctx, &irq, VFIO_IRQ_SET_ACTION_TRIGGER, 0, 0, &a->fail))
		return a->fail.status;
	drop_events(irq.device->opened, irq.index, NULL);
	a->result = json_pack(
		"{s:{s:I, s:I, s:s?}}", "irq_off", "dev_id",
		(json_int_t)irq.device->id, "index", (json_int_t)irq.index,
		"name",
		irq.index < VFIO_PCI_NUM_IRQS ? irq_names[irq.index] : NULL);
	return STATUS_OK;
}

static enum status list(struct context *ctx, const struct parsed *p,
			struct answer *a)
{
	struct object *device = opened_object(ctx, p, &a->fail);
	struct vfio_device_info info = { .argsz = sizeof(info) };
	json_t *irqs;

	if (!device || opened_ask(ctx, device->opened,
				  &vfio_device_info_request, &info, &a->fail))
		return a->fail.status;
	irqs = json_array();
	for (__u32 i = 0; i < info.num_irqs; i++) {
		struct vfio_irq_info irq = { .argsz = sizeof(irq), .index = i };
		struct failure absent = { 0 };

		/* Not every number is that of a kind. */
		if (!opened_ask(ctx, device->opened, &vfio_irq_info_request,
				&irq, &absent) &&
		    irq.count)
			json_array_append_new(
				irqs,
				json_pack("{s:I, s:s?, s:I, s:o}", "index",
					  (json_int_t)i, "name",
					  i < VFIO_PCI_NUM_IRQS ? irq_names[i]
								: NULL,
					  "count", (json_int_t)irq.count,
					  "flags",
					  json_flags(irq.flags, irq_flags)));
		failure_free(&absent);
	}
	a->result = json_pack("{s:o}", "irqs", irqs);
	return STATUS_OK;
}

#define DEVICE_ARG ID_OF("DEVICE", OF(DEVICE), "the device")
#define IRQ_ARG                                                         \
	{                                                               \
		.name = "IRQ", .kind = KIND_TEXT, .choices = irq_names, \
		.help = "the kind, by name or number"                   \
	}
#define VECTOR_OPT                                                     \
	{                                                              \
		.name = "vector", .kind = KIND_NUMBER, .metavar = "N", \
		.preset = "0", .help = "which one of the kind"         \
	}

static const struct arg list_args[] = { DEVICE_ARG, { 0 } };
static const struct arg irq_args[] = { DEVICE_ARG, IRQ_ARG, { 0 } };

static const struct opt wait_opts[] = {
	[IRQ_VECTOR] = VECTOR_OPT,
	[IRQ_TIMEOUT] = { .name = "timeout",
			  .kind = KIND_NUMBER,
			  .metavar = "SECONDS",
			  .preset = "until Ctrl-C",
			  .help = "give up after so long" },
	{ 0 },
};

static const struct opt trigger_opts[] = { [IRQ_VECTOR] = VECTOR_OPT, { 0 } };

static const struct block list_view[] = {
	{ .kind = BLOCK_TABLE,
	  .key = "irqs",
	  .none = "no interrupts",
	  .cells = (const char *const[]){ "INDEX={index}", "NAME={name}",
					  "COUNT={count}", "FLAGS={flags}",
					  NULL } },
	{ 0 },
};

static const struct block wait_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "irq_wait",
	  .text = "{name} {vector}: {num_events:interrupt}" },
	{ 0 },
};

static const struct block trigger_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "irq_trigger",
	  .text = "triggered {name} {vector}" },
	{ 0 },
};

static const struct block off_view[] = {
	{ .kind = BLOCK_LINE, .key = "irq_off", .text = "{name} is off" },
	{ 0 },
};

static const struct command cmd_list = {
	.name = "list",
	.summary = "show which interrupts a device has",
	.args = list_args,
	.flags = CMD_DEVICE,
	.run = list,
	.view = list_view,
};

static const struct command cmd_wait = {
	.name = "wait",
	.summary = "wait for an interrupt, and count them",
	.args = irq_args,
	.opts = wait_opts,
	.flags = CMD_DEVICE,
	.run = wait_for,
	.view = wait_view,
	.value = "irq_wait.num_events",
};

static const struct command cmd_trigger = {
	.name = "trigger",
	.summary = "make one, as if the device had",
	.args = irq_args,
	.opts = trigger_opts,
	.flags = CMD_DEVICE,
	.run = trigger,
	.view = trigger_view,
};

static const struct command cmd_off = {
	.name = "off",
	.summary = "count interrupts of a kind no more",
	.args = irq_args,
	.flags = CMD_DEVICE,
	.run = off,
	.view = off_view,
};

static const struct command *const irq_commands[] = {
	&cmd_list, &cmd_wait, &cmd_trigger, &cmd_off, NULL,
};

const struct command cmd_device_irq = {
	.name = "irq",
	.summary = "interrupts of a device",
	.sub = irq_commands,
};
