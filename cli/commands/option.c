// SPDX-License-Identifier: GPL-2.0-or-later
/* IOMMU_OPTION: one option is of the descriptor, one of each address space. */
#include <errno.h>
#include <string.h>

#include "commands/commands.h"
#include "context.h"
#include "iommu.h"
#include "parse.h"
#include "render.h"

static const char *const names[] = {
	[IOMMU_OPTION_RLIMIT_MODE] = "rlimit-mode",
	[IOMMU_OPTION_HUGE_PAGES] = "huge-pages",
	NULL,
};

static const char *meaning(const struct iommu_option *ask)
{
	if (ask->option_id == IOMMU_OPTION_RLIMIT_MODE)
		return ask->val64 ? "pinned memory counts for the process"
				  : "pinned memory counts for the user";
	return ask->val64 ? "the IOMMU may use large pages"
			  : "every page is as small as the CPU's";
}

static json_t *option_json(const struct iommu_option *ask)
{
	return json_pack("{s:s, s:i, s:I, s:o, s:s}", "option",
			 names[ask->option_id], "option_id",
			 (int)ask->option_id, "object_id",
			 (json_int_t)ask->object_id, "val64",
			 json_hex64(ask->val64), "meaning", meaning(ask));
}

/* An option is of the descriptor or of an IOAS, never of either. */
static enum status check_object(const struct parsed *p, const struct value *id,
				struct answer *a)
{
	bool of_ioas = p->arg[0].num == IOMMU_OPTION_HUGE_PAGES;

	if (of_ioas && !id->set)
		return fail_at(&a->fail, p->words, p->words->count,
			       "huge-pages is of an ioas: give its id");
	if (!of_ioas && id->set && id->num)
		return fail_at(
			&a->fail, p->words, id->at,
			"rlimit-mode is of the descriptor and takes no id");
	return STATUS_OK;
}

static enum status get(struct context *ctx, const struct parsed *p,
		       struct answer *a)
{
	struct iommu_option ask = { .size = sizeof(ask),
				    .option_id = (__u32)p->arg[0].num,
				    .op = IOMMU_OPTION_OP_GET,
				    .object_id = (__u32)p->arg[1].num };

	if (check_object(p, &p->arg[1], a) ||
	    iommu_call(ctx, &iommu_option_request, &ask, &a->fail))
		return a->fail.status;
	a->result = json_pack("{s:o}", "option", option_json(&ask));
	return STATUS_OK;
}

/* Whoever has typed NAME ID VALUE, in the order of "option get". */
static void hint_order(const struct context *ctx,
		       const struct iommu_option *ask, struct failure *f)
{
	if (ask->option_id == IOMMU_OPTION_HUGE_PAGES && f->err == ENOENT &&
	    ask->object_id <= 1 && ask->val64 <= UINT32_MAX &&
	    store_find(&ctx->store, (uint32_t)ask->val64))
		fail_hint(f, "iommufdctl option set huge-pages %u %llu",
			  ask->object_id, ask->val64);
}

static enum status set(struct context *ctx, const struct parsed *p,
		       struct answer *a)
{
	struct iommu_option ask = { .size = sizeof(ask),
				    .option_id = (__u32)p->arg[0].num,
				    .op = IOMMU_OPTION_OP_SET,
				    .object_id = (__u32)p->arg[2].num,
				    .val64 = p->arg[1].num };

	if (check_object(p, &p->arg[2], a))
		return a->fail.status;
	if (iommu_call(ctx, &iommu_option_request, &ask, &a->fail)) {
		hint_order(ctx, &ask, &a->fail);
		return a->fail.status;
	}
	a->result = json_pack("{s:o}", "option", option_json(&ask));
	return STATUS_OK;
}

static enum status list(struct context *ctx, const struct parsed *p,
			struct answer *a)
{
	struct iommu_option ask = { .size = sizeof(ask),
				    .option_id = IOMMU_OPTION_RLIMIT_MODE,
				    .op = IOMMU_OPTION_OP_GET };
	json_t *options = json_array();
	enum status status;

	(void)p;
	a->result = json_pack("{s:o}", "options", options);
	status = iommu_call(ctx, &iommu_option_request, &ask, &a->fail);
	if (!status)
		json_array_append_new(options, option_json(&ask));
	for (size_t i = 0; i < ctx->store.count && !status; i++) {
		if (ctx->store.object[i]->kind != OBJECT_IOAS)
			continue;
		ask.option_id = IOMMU_OPTION_HUGE_PAGES;
		ask.object_id = ctx->store.object[i]->id;
		status = iommu_call(ctx, &iommu_option_request, &ask, &a->fail);
		if (!status)
			json_array_append_new(options, option_json(&ask));
	}
	return status;
}

#define OPTION_ARG                                                       \
	{                                                                \
		.name = "OPTION", .kind = KIND_CHOICE, .choices = names, \
		.help = "the option"                                     \
	}
#define ID_ARG                                                       \
	{                                                            \
		.name = "ID", .kind = KIND_ID, .objects = OF(IOAS),  \
		.optional = true,                                    \
		.help = "the ioas, for an option that is of an ioas" \
	}

static const struct arg get_args[] = { OPTION_ARG, ID_ARG, { 0 } };

static const struct arg set_args[] = {
	OPTION_ARG,
	{ .name = "VALUE", .kind = KIND_NUMBER, .help = "0 or 1" },
	ID_ARG,
	{ 0 },
};

static const struct block option_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "option",
	  .text = "{option}[object_id| of ioas {object_id}] is {val64}: {meaning}" },
	{ 0 },
};

static const struct block list_view[] = {
	{ .kind = BLOCK_TABLE,
	  .key = "options",
	  .cells = (const char *const[]){ "OPTION={option}",
					  "OBJECT={object_id}", "VALUE={val64}",
					  "MEANING={meaning}", NULL } },
	{ 0 },
};

static const struct command cmd_get = {
	.name = "get",
	.summary = "read an option",
	.args = get_args,
	.flags = CMD_DEVICE,
	.run = get,
	.view = option_view,
};

static const struct command cmd_set = {
	.name = "set",
	.summary = "set an option",
	.args = set_args,
	.flags = CMD_DEVICE,
	.run = set,
	.view = option_view,
};

static const struct command cmd_list = {
	.name = "list",
	.summary = "read every option there is",
	.flags = CMD_DEVICE,
	.run = list,
	.view = list_view,
};

static const struct command *const option_commands[] = {
	&cmd_get,
	&cmd_set,
	&cmd_list,
	NULL,
};

const struct command cmd_option = {
	.name = "option",
	.summary = "options of the descriptor and of address spaces",
	.sub = option_commands,
};
