// SPDX-License-Identifier: GPL-2.0-or-later
/* `mem compare`: a range beside a file, a byte or another range. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "commands/commands.h"
#include "context.h"
#include "file.h"
#include "ioas.h"
#include "iommu.h"
#include "mem.h"
#include "parse.h"
#include "render.h"

enum { WITH_BYTE, WITH_FILE, WITH_OFFSET, WITH_IOVA, WITH_IOAS };

#define SHOWN 16 /* differences */

/* What the range is compared with: a file, or another range, or a byte. */
struct other {
	int fd;
	const char *path;
	struct span span;
	uint64_t offset;
	uint8_t byte;
};

/* Bytes that differ, in runs: what is told of them. */
struct differences {
	json_t *list;
	uint64_t bytes; /* that differ */
	uint64_t start,
		length; /* of the run that is open, if it has a length */
};

static const struct opt compare_opts[];

static enum status only_one(const struct parsed *p, struct failure *f)
{
	static const int ways[] = { WITH_BYTE, WITH_FILE, WITH_IOVA };
	const struct value *opt = p->opt;
	int given = -1;

	for (size_t i = 0; i < 3; i++) {
		if (!opt[ways[i]].set)
			continue;
		if (given >= 0)
			return fail_at(f, p->words, opt[ways[i]].at,
				       "--%s and --%s exclude each other",
				       compare_opts[given].name,
				       compare_opts[ways[i]].name);
		given = ways[i];
	}
	if (given < 0)
		return fail_at(
			f, p->words, p->words->count,
			"with what? --file FILE, --byte BYTE or --iova N");
	if (opt[WITH_OFFSET].set && given != WITH_FILE)
		return fail_at(f, p->words, opt[WITH_OFFSET].at,
			       "--offset goes with --file only");
	if (opt[WITH_IOAS].set && given != WITH_IOVA)
		return fail_at(f, p->words, opt[WITH_IOAS].at,
			       "--ioas goes with --iova only");
	if (opt[WITH_BYTE].num > 255)
		return fail_at(f, p->words, opt[WITH_BYTE].at,
			       "a byte is at most 255 or 0xff");
	return STATUS_OK;
}

static enum status open_file(const struct context *ctx, const struct parsed *p,
			     uint64_t length, struct other *other,
			     struct failure *f)
{
	uint64_t size;

	other->path = p->opt[WITH_FILE].text;
	other->offset = p->opt[WITH_OFFSET].num;
	other->fd = file_open(ctx, other->path, false, &size, f);
	if (other->fd < 0)
		return f->status;
	if (file_part(other->path, size, other->offset, true, &length, f))
		close(other->fd);
	return f->status;
}

static enum status open_range(struct context *ctx, const struct parsed *p,
			      const struct span *span, struct other *other,
			      struct failure *f)
{
	const struct value *ioas = &p->opt[WITH_IOAS];
	const struct value length = { .num = span->last - span->start + 1,
				      .at = p->opt[WITH_IOVA].at };

	other->span.ioas = span->ioas;
	if (ioas->set)
		other->span.ioas = ioas_find(ctx, (uint32_t)ioas->num, f);
	if (!other->span.ioas ||
	    reach_span(p, &p->opt[WITH_IOVA], &length, &other->span, f))
		return f->status;
	return reach_check(&other->span, false, f);
}

static enum status open_other(struct context *ctx, const struct parsed *p,
			      const struct span *span, struct other *other,
			      struct failure *f)
{
	*other = (struct other){ .fd = -1,
				 .byte = (uint8_t)p->opt[WITH_BYTE].num };
	if (p->opt[WITH_FILE].set)
		return open_file(ctx, p, span->last - span->start + 1, other,
				 f);
	return p->opt[WITH_IOVA].set ? open_range(ctx, p, span, other, f)
				     : STATUS_OK;
}

static enum status read_other(const struct context *ctx,
			      const struct other *other, uint64_t at,
			      char *data, size_t size, struct failure *f)
{
	if (other->path)
		return file_read(ctx, other->fd, other->path, data, size,
				 other->offset + at, f);
	if (other->span.ioas)
		return reach_get(other->span.ioas, other->span.start + at, data,
				 size, f);
	memset(data, other->byte, size);
	return STATUS_OK;
}

static void end_run(struct differences *d)
{
	if (d->length && json_array_size(d->list) < SHOWN)
		json_array_append_new(d->list,
				      json_pack("{s:o, s:o}", "iova",
						json_hex64(d->start), "length",
						json_hex64(d->length)));
	d->length = 0;
}

static void note_differences(struct differences *d, uint64_t iova,
			     const char *a, const char *b, size_t size)
{
	if (!memcmp(a, b, size)) {
		end_run(d);
		return;
	}
	for (size_t i = 0; i < size; i++) {
		if (a[i] == b[i]) {
			end_run(d);
			continue;
		}
		if (!d->length++)
			d->start = iova + i;
		d->bytes++;
	}
}

static enum status compare_all(const struct context *ctx,
			       const struct span *span,
			       const struct other *other, struct differences *d,
			       struct failure *f)
{
	uint64_t left = span->last - span->start + 1, at = 0;
	char *a = mem_realloc(NULL, MEM_PIECE);
	char *b = mem_realloc(NULL, MEM_PIECE);

	while (left && !f->status) {
		size_t size = left < MEM_PIECE ? left : MEM_PIECE;

		if (context_given_up(ctx))
			fail(f, "interrupted");
		else if (!reach_get(span->ioas, span->start + at, a, size, f) &&
			 !read_other(ctx, other, at, b, size, f))
			note_differences(d, span->start + at, a, b, size);
		at += size;
		left -= size;
	}
	end_run(d);
	free(b);
	free(a);
	return f->status;
}

/* A difference is a failure, for scripts, and the result is told with it. */
static enum status tell(const struct span *span, struct differences *d,
			struct answer *a)
{
	json_t *json = mem_json(span);

	json_object_set_new(json, "equal", json_boolean(!d->bytes));
	json_object_set_new(json, "different_bytes", json_hex64(d->bytes));
	json_object_set(json, "differences", d->list);
	a->result = json_pack("{s:o}", "compared", json);
	if (!d->bytes)
		return STATUS_OK;
	a->partial = true;
	return fail(&a->fail, "0x%" PRIx64 " of 0x%" PRIx64 " bytes differ",
		    d->bytes, span->last - span->start + 1);
}

static enum status compare(struct context *ctx, const struct parsed *p,
			   struct answer *a)
{
	struct differences d = { 0 };
	struct other other;
	struct span span;

	if (only_one(p, &a->fail) || mem_span(ctx, p, &span, &a->fail) ||
	    reach_check(&span, false, &a->fail) ||
	    open_other(ctx, p, &span, &other, &a->fail))
		return a->fail.status;
	d.list = json_array();
	if (!compare_all(ctx, &span, &other, &d, &a->fail))
		tell(&span, &d, a);
	json_decref(d.list);
	if (other.fd >= 0)
		close(other.fd);
	return a->fail.status;
}

static const struct arg compare_args[] = {
	MEM_ID_ARG,
	MEM_IOVA_ARG,
	MEM_LENGTH_ARG,
	{ 0 },
};

static const struct opt compare_opts[] = {
	[WITH_BYTE] = { .name = "byte",
			.kind = KIND_NUMBER,
			.metavar = "BYTE",
			.help = "with so many of this byte" },
	[WITH_FILE] = { .name = "file",
			.kind = KIND_PATH,
			.metavar = "FILE",
			.help = "with the content of a file" },
	[WITH_OFFSET] = { .name = "offset",
			  .kind = KIND_SIZE,
			  .metavar = "N",
			  .preset = "0",
			  .help = "begin there in the file" },
	[WITH_IOVA] = { .name = "iova",
			.kind = KIND_ADDRESS,
			.metavar = "N",
			.help = "with what is mapped at this address" },
	[WITH_IOAS] = { .name = "ioas",
			.kind = KIND_ID,
			.objects = OF(IOAS),
			.metavar = "ID",
			.preset = "the same",
			.help = "of this address space" },
	{ 0 },
};

static const struct block compare_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "compared",
	  .text = "[equal|equal: {length} bytes ({length:size}) at iova {iova}]"
		  "[differences|different, as far as shown:]" },
	{ .kind = BLOCK_TABLE,
	  .key = "compared.differences",
	  .cells = (const char *const[]){ "IOVA={iova}", "LENGTH={length}",
					  NULL } },
	{ 0 },
};

const struct command cmd_mem_compare = {
	.name = "compare",
	.summary = "compare memory with a file, a byte or other memory",
	.args = compare_args,
	.opts = compare_opts,
	.flags = CMD_DEVICE,
	.run = compare,
	.view = compare_view,
};
