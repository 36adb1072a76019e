// SPDX-License-Identifier: GPL-2.0-or-later
/* `fault`: queues of page requests, read and answered through a descriptor. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "commands/commands.h"
#include "context.h"
#include "explain_map.h"
#include "iommu.h"
#include "made.h"
#include "render.h"

/* Requests of one reading. */
#define BATCH 512

enum { ALLOC_NAME };
enum { RESPOND_CODE };

static const char *const fault_flags[] = { "PASID_VALID", "LAST_PAGE", NULL };
static const char *const fault_perms[] = { "READ", "WRITE", "EXEC", "PRIV",
					   NULL };

static enum status alloc(struct context *ctx, const struct parsed *p,
			 struct answer *a)
{
	struct iommu_fault_alloc ask = { .size = sizeof(ask) };
	struct object *fault;

	if (iommu_call(ctx, &iommu_fault_alloc_request, &ask, &a->fail))
		return a->fail.status;
	fault = object_made(ctx, p, ask.out_fault_id, OBJECT_FAULT);
	made_queue(fault, (int)ask.out_fault_fd);
	a->result = json_pack("{s:{s:I, s:o}}", "fault", "fault_id",
			      (json_int_t)fault->id, "name",
			      object_name_json(fault));
	return STATUS_OK;
}

static struct object *get_queue(struct context *ctx, const struct parsed *p,
				struct failure *f)
{
	uint32_t id = (uint32_t)p->arg[0].num;

	if (explain_id(ctx, id, OBJECT_FAULT, f))
		return NULL;
	return store_find(&ctx->store, id);
}

static json_t *fault_json(const struct iommu_hwpt_pgfault *one)
{
	return json_pack("{s:o, s:I, s:I, s:I, s:o, s:o, s:I, s:I}", "flags",
			 json_flags(one->flags, fault_flags), "dev_id",
			 (json_int_t)one->dev_id, "pasid",
			 (json_int_t)one->pasid, "grpid",
			 (json_int_t)one->grpid, "perm",
			 json_flags(one->perm, fault_perms), "addr",
			 json_hex64(one->addr), "length",
			 (json_int_t)one->length, "cookie",
			 (json_int_t)one->cookie);
}

static enum status read_faults(struct context *ctx, const struct parsed *p,
			       struct answer *a)
{
	struct object *fault = get_queue(ctx, p, &a->fail);
	struct iommu_hwpt_pgfault *list;
	json_t *array = json_array();
	size_t length = 0;

	if (!fault) {
		json_decref(array);
		return a->fail.status;
	}
	list = mem_realloc(NULL, BATCH * sizeof(*list));
	made_read(fault, list, BATCH * sizeof(*list), &length, &a->fail);
	for (size_t i = 0; i < length / sizeof(*list); i++)
		json_array_append_new(array, fault_json(&list[i]));
	free(list);
	a->result = json_pack("{s:o}", "faults", array);
	return a->fail.status;
}

static enum status respond(struct context *ctx, const struct parsed *p,
			   struct answer *a)
{
	struct object *fault = get_queue(ctx, p, &a->fail);
	struct iommu_hwpt_page_response response = {
		.cookie = (__u32)p->arg[1].num,
		.code = (__u32)p->opt[RESPOND_CODE].num,
	};

	if (!fault)
		return a->fail.status;
	if (p->arg[1].num > UINT32_MAX)
		return fail_at(&a->fail, p->words, p->arg[1].at,
			       "a cookie has 32 bits");
	if (write(fault->fd, &response, sizeof(response)) < 0) {
		if (errno != EINVAL)
			return fail_errno(&a->fail, "fault %u", fault->id);
		fail(&a->fail,
		     "no group of page requests with the cookie %u waits for an answer; it was answered, or never read",
		     response.cookie);
		a->fail.err = EINVAL;
		fail_cause(&a->fail, "no-cookie", "{s:I}", "cookie",
			   (json_int_t)response.cookie);
		fail_hint(&a->fail, "iommufdctl fault read %u", fault->id);
		return a->fail.status;
	}
	a->result = json_pack("{s:{s:I, s:I, s:I}}", "responded", "fault_id",
			      (json_int_t)fault->id, "cookie",
			      (json_int_t)response.cookie, "code",
			      (json_int_t)response.code);
	return STATUS_OK;
}

#define ID_ARG ID_OF("ID", OF(FAULT), "the fault queue")

static const struct arg read_args[] = { ID_ARG, { 0 } };

static const struct arg respond_args[] = {
	ID_ARG,
	{ .name = "COOKIE",
	  .kind = KIND_NUMBER,
	  .help = "of the group that is answered" },
	{ 0 },
};

static const struct opt alloc_opts[] = { [ALLOC_NAME] = NAME_OPT, { 0 } };

static const struct opt respond_opts[] = {
	[RESPOND_CODE] = { .name = "code",
			   .kind = KIND_CHOICE,
			   .metavar = "success|invalid",
			   .choices = (const char *const[]){ "success",
							     "invalid", NULL },
			   .preset = "success",
			   .help = "the pages are there now, or will never be" },
	{ 0 },
};

static const struct block alloc_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "fault",
	  .text = "fault {fault_id}[name| {name}]" },
	{ 0 },
};

static const struct block read_view[] = {
	{ .kind = BLOCK_TABLE,
	  .key = "faults",
	  .none = "no page requests",
	  .cells = (const char *const[]){ "COOKIE={cookie}", "DEVICE={dev_id}",
					  "PASID={pasid}", "GROUP={grpid}",
					  "ADDR={addr}", "LENGTH={length}",
					  "PERM={perm}", "FLAGS={flags}",
					  NULL } },
	{ 0 },
};

static const struct block respond_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "responded",
	  .text = "answered {cookie} with code {code}" },
	{ 0 },
};

static const struct command cmd_alloc = {
	.name = "alloc",
	.summary = "make a fault queue",
	.opts = alloc_opts,
	.flags = CMD_DEVICE | CMD_MAKES,
	.run = alloc,
	.view = alloc_view,
	.value = "fault.fault_id",
};

static const struct command cmd_read = {
	.name = "read",
	.summary = "take the page requests that wait",
	.args = read_args,
	.flags = CMD_DEVICE,
	.run = read_faults,
	.view = read_view,
};

static const struct command cmd_respond = {
	.name = "respond",
	.summary = "answer a group of page requests",
	.args = respond_args,
	.opts = respond_opts,
	.flags = CMD_DEVICE,
	.run = respond,
	.view = respond_view,
};

static const struct command *const fault_commands[] = {
	&cmd_alloc,
	&cmd_read,
	&cmd_respond,
	NULL,
};

const struct command cmd_fault = {
	.name = "fault",
	.summary = "queues of devices' page requests",
	.sub = fault_commands,
};
