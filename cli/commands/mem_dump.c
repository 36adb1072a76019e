// SPDX-License-Identifier: GPL-2.0-or-later
/* `mem dump`: what a device reads at an I/O address, or has written there. */
#include <inttypes.h>
#include <stdlib.h>

#include "buf.h"
#include "commands/commands.h"
#include "context.h"
#include "ioas.h"
#include "iommu.h"
#include "mem.h"
#include "parse.h"
#include "render.h"

#define DUMP_LENGTH 256
#define DUMP_MOST (UINT64_C(1) << 20) /* for people, and for JSON */

static void add_part(json_t *parts, uint64_t iova, uint64_t length,
		     const char *state, json_t *bytes)
{
	json_array_append_new(parts, json_pack("{s:o, s:o, s:s, s:o}", "iova",
					       json_hex64(iova), "length",
					       json_hex64(length), "state",
					       state, "bytes", bytes));
}

/* One stretch: its bytes, and what of it is not to be had. */
static void add_stretch(json_t *parts, const struct stretch *s,
			unsigned char *data)
{
	size_t length = s->last - s->start + 1;
	size_t got = s->mapping ? reach_peek(s, s->start, data, length) : 0;

	if (got)
		add_part(parts, s->start, got, "mapped", json_bytes(data, got));
	if (got < length)
		add_part(parts, s->start + got, length - got,
			 s->mapping ? "lost" : "unmapped", json_null());
}

static json_t *parts_json(const struct span *span)
{
	unsigned char *data = mem_realloc(NULL, span->last - span->start + 1);
	json_t *parts = json_array();
	uint64_t at = span->start;

	for (;;) {
		struct stretch s = reach_at(span, at);

		add_stretch(parts, &s, data);
		if (s.last == span->last)
			break;
		at = s.last + 1;
	}
	free(data);
	return parts;
}

/* Without a length, some bytes, as far as the address space goes. */
static uint64_t chosen_length(const struct parsed *p)
{
	uint64_t left = UINT64_MAX - p->arg[MEM_IOVA].num;

	if (p->arg[MEM_LENGTH].set)
		return p->arg[MEM_LENGTH].num;
	return left < DUMP_LENGTH ? left + 1 : DUMP_LENGTH;
}

static enum status dump(struct context *ctx, const struct parsed *p,
			struct answer *a)
{
	struct value length = p->arg[MEM_LENGTH];
	struct span span = { .ioas = ioas_get(ctx, p, MEM_ID, &a->fail) };
	json_t *json;

	length.num = chosen_length(p);
	if (!span.ioas ||
	    reach_span(p, &p->arg[MEM_IOVA], &length, &span, &a->fail))
		return a->fail.status;
	if (length.num > DUMP_MOST) {
		fail_at(&a->fail, p->words, length.at,
			"at most 0x%" PRIx64 " bytes (1M) are shown at once",
			DUMP_MOST);
		fail_hint(&a->fail,
			  "iommufdctl mem save %" PRIu32 " 0x%" PRIx64
			  " 0x%" PRIx64 " FILE",
			  span.ioas->id, span.start, length.num);
		return a->fail.status;
	}
	json = mem_json(&span);
	json_object_set_new(json, "parts", parts_json(&span));
	a->result = json_pack("{s:o}", "dump", json);
	return STATUS_OK;
}

static const struct arg dump_args[] = {
	MEM_ID_ARG,
	MEM_IOVA_ARG,
	{ .name = "LENGTH",
	  .kind = KIND_SIZE,
	  .optional = true,
	  .help = "how many bytes, 256 if not given" },
	{ 0 },
};

static const struct block dump_view[] = {
	{ .kind = BLOCK_BYTES, .key = "dump.parts" },
	{ 0 },
};

const struct command cmd_mem_dump = {
	.name = "dump",
	.summary = "show memory in hex and as text",
	.args = dump_args,
	.flags = CMD_DEVICE,
	.run = dump,
	.view = dump_view,
};
