// SPDX-License-Identifier: GPL-2.0-or-later
#include "map_memory.h"

#include "context.h"
#include "ioas.h"

/* @opt only makes sense together with @with. */
static enum status only_with(const struct parsed *p, int opt, int with,
			     struct failure *f)
{
	if (!p->opt[opt].set || p->opt[with].set)
		return STATUS_OK;
	return fail_at(f, p->words, p->opt[opt].at, "--%s goes with --%s only",
		       p->cmd->opts[opt].name, p->cmd->opts[with].name);
}

static enum status check_options(const struct parsed *p, struct failure *f)
{
	static const int of_anon[] = { MAP_HUGE, MAP_FILL };
	static const int of_file[] = { MAP_OFFSET, MAP_LENGTH, MAP_BY_COPY };
	const struct value *opt = p->opt;
	enum status status = STATUS_OK;

	if (opt[MAP_ANON].set && opt[MAP_PATH].set)
		return fail_at(f, p->words, opt[MAP_PATH].at,
			       "--anon and --file exclude each other");
	if (!opt[MAP_ANON].set && !opt[MAP_PATH].set)
		return fail_at(f, p->words, p->words->count,
			       "what memory? --anon SIZE or --file PATH");
	for (size_t i = 0; i < 2 && !status; i++)
		status = only_with(p, of_anon[i], MAP_ANON, f);
	for (size_t i = 0; i < 3 && !status; i++)
		status = only_with(p, of_file[i], MAP_PATH, f);
	if (status)
		return status;
	if (opt[MAP_ANON].set && !opt[MAP_ANON].num)
		return fail_at(f, p->words, opt[MAP_ANON].at,
			       "0 bytes cannot be mapped");
	if (opt[MAP_LENGTH].set && !opt[MAP_LENGTH].num)
		return fail_at(f, p->words, opt[MAP_LENGTH].at,
			       "0 bytes cannot be mapped");
	if (opt[MAP_FILL].num > 255)
		return fail_at(f, p->words, opt[MAP_FILL].at,
			       "a byte is at most 255 or 0xff");
	return STATUS_OK;
}

static enum status get_memory(struct context *ctx, const struct parsed *p,
			      bool write, bool by_fd, struct memory **memory,
			      uint64_t *length, struct failure *f)
{
	const struct value *opt = p->opt;
	uint64_t huge = !opt[MAP_HUGE].set  ? 0
			: opt[MAP_HUGE].num ? UINT64_C(1) << 30
					    : UINT64_C(2) << 20;
	const struct memory_file file = {
		.path = opt[MAP_PATH].text,
		.offset = opt[MAP_OFFSET].num,
		.length = opt[MAP_LENGTH].num,
		.has_length = opt[MAP_LENGTH].set,
		.write = write,
		.copy = opt[MAP_BY_COPY].set,
		.keep_fd = by_fd,
	};

	if (opt[MAP_PATH].set)
		return memory_file(ctx, &file, memory, length, f);
	*length = opt[MAP_ANON].num;
	if ((by_fd ? memory_memfd : memory_anonymous)(&ctx->areas, *length,
						      huge, memory, f))
		return f->status;
	if (opt[MAP_FILL].set &&
	    memory_fill(ctx, *memory, (uint8_t)opt[MAP_FILL].num, f))
		memory_put(*memory);
	return f->status;
}

static enum status check_end(const struct parsed *p,
			     const struct memory *memory, struct failure *f)
{
	const struct value *iova = &p->opt[MAP_IOVA];

	if (!iova->set || iova->num <= UINT64_MAX - (memory->length - 1))
		return STATUS_OK;
	return fail_at(
		f, p->words, iova->at,
		"0x%zx bytes from here pass the end of the address space",
		memory->length);
}

enum status map_memory(struct context *ctx, const struct parsed *p, bool by_fd,
		       struct mapping *values, uint64_t *length,
		       struct failure *f)
{
	const struct value *opt = p->opt;
	bool chosen = opt[MAP_READ].set || opt[MAP_WRITE].set;

	*values = (struct mapping){
		.iova = opt[MAP_IOVA].num,
		.readable = !chosen || opt[MAP_READ].set,
		.writeable = opt[MAP_WRITE].set ||
			     (!chosen && opt[MAP_ANON].set),
		.by_fd = by_fd,
	};
	if (check_options(p, f) || get_memory(ctx, p, values->writeable, by_fd,
					      &values->memory, length, f))
		return f->status;
	values->length = values->memory->length;
	if (check_end(p, values->memory, f))
		memory_put(values->memory);
	return f->status;
}

void map_done(struct context *ctx, uint32_t ioas_id,
	      const struct mapping *values, uint64_t length, struct answer *a)
{
	struct object *ioas = store_know(&ctx->store, ioas_id, OBJECT_IOAS);
	const struct mapping *mapping;

	/* Nothing can have been there: the kernel has just used the place. */
	mapping_forget(ioas, values->iova, mapping_last(values));
	mapping = mapping_add(&ctx->store, ioas, values);
	if (a->wanted)
		a->result = json_pack("{s:o}", "mapping",
				      mapping_json(ioas, mapping, length));
}
