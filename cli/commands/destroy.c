// SPDX-License-Identifier: GPL-2.0-or-later
/* IOMMU_DESTROY: objects of any kind, by id. */
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "commands/commands.h"
#include "context.h"
#include "explain_map.h"
#include "iommu.h"
#include "parse.h"
#include "render.h"

/* That one of several is wrong is to be found before the first is gone. */
static enum status check(const struct context *ctx, const struct parsed *p,
			 struct failure *f)
{
	for (size_t i = 0; i < p->many_count; i++) {
		const struct value *id = &p->many[i];

		for (size_t j = 0; j < i; j++)
			if (p->many[j].num == id->num)
				return fail_at(f, p->words, id->at,
					       "object %" PRIu64
					       " is given twice",
					       id->num);
	}
	for (size_t i = 0; i < p->many_count && p->many_count > 1; i++) {
		if (store_find(&ctx->store, (uint32_t)p->many[i].num))
			continue;
		fail(f, "there is no object %" PRIu64 "; none is destroyed",
		     p->many[i].num);
		fail_hint(f, "iommufdctl ioas list");
		return f->status;
	}
	return STATUS_OK;
}

/*
 * The kernel keeps a queue whose descriptor is open. Ours is in the way, unless
 * something else is, too, and the queue goes on.
 */
static void let_go(struct context *ctx, uint32_t id)
{
	struct object *object = store_find(&ctx->store, id);

	if (!object || object->fd < 0 || explain_user(ctx, id))
		return;
	close(object->fd);
	object->fd = -1;
}

static enum status destroy(struct context *ctx, const struct parsed *p,
			   struct answer *a)
{
	enum status status = check(ctx, p, &a->fail);
	json_t *done = json_array();

	for (size_t i = 0; i < p->many_count && !status; i++) {
		struct iommu_destroy ask = { .size = sizeof(ask),
					     .id = (__u32)p->many[i].num };
		struct object *object;

		let_go(ctx, ask.id);
		object = store_find(&ctx->store, ask.id);
		/* A device goes with its file. */
		if (!object || !object->opened)
			status = iommu_call(ctx, &iommu_destroy_request, &ask,
					    &a->fail);
		if (status)
			break;
		/* Its memory can go now that the kernel has let go of it. */
		if (object)
			store_remove(&ctx->store, object);
		json_array_append_new(done, json_integer(ask.id));
	}
	if (status && json_array_size(done)) {
		char *why = a->fail.message;

		a->fail.message =
			mem_asprintf("%s; those before it are destroyed", why);
		free(why);
	}
	a->result = json_pack("{s:o}", "destroyed", done);
	return status;
}

static const struct arg destroy_args[] = {
	{ .name = "ID",
	  .kind = KIND_ID,
	  .many = true,
	  .help = "an object of the session" },
	{ 0 },
};

static const struct block destroy_view[] = {
	{ .kind = BLOCK_LINE, .text = "destroyed {destroyed}" },
	{ 0 },
};

const struct command cmd_destroy = {
	.name = "destroy",
	.summary = "give objects back, with all that is mapped in them",
	.args = destroy_args,
	.flags = CMD_DEVICE,
	.run = destroy,
	.view = destroy_view,
};
