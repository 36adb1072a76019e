// SPDX-License-Identifier: GPL-2.0-or-later
/* `mem`: changing the memory behind I/O addresses. */
#include "mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "commands/commands.h"
#include "context.h"
#include "ioas.h"
#include "iommu.h"
#include "number.h"
#include "parse.h"
#include "render.h"

enum status mem_span(struct context *ctx, const struct parsed *p,
		     struct span *span, struct failure *f)
{
	span->ioas = ioas_get(ctx, p, MEM_ID, f);
	if (!span->ioas)
		return f->status;
	return reach_span(p, &p->arg[MEM_IOVA], &p->arg[MEM_LENGTH], span, f);
}

json_t *mem_json(const struct span *span)
{
	return json_pack("{s:I, s:o, s:o}", "ioas_id",
			 (json_int_t)span->ioas->id, "iova",
			 json_hex64(span->start), "length",
			 json_hex64(span->last - span->start + 1));
}

enum { WRITE_AS };
enum as { AS_HEX, AS_TEXT, AS_U16, AS_U32, AS_U64 };

static int nibble(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)((at - digits) & 0xf) : -1;
}

static enum status add_hex(const struct parsed *p, const struct value *v,
			   struct buf *data, struct failure *f)
{
	const char *s = v->text;

	while (nibble(s[0]) >= 0 && nibble(s[1]) >= 0) {
		buf_putc(data, (char)(nibble(s[0]) << 4 | nibble(s[1])));
		s += 2;
	}
	if (!*s && s != v->text)
		return STATUS_OK;
	return fail_at(f, p->words, v->at,
		       "bytes are pairs of hex digits, such as 7f or 00c0ffee");
}

/* As this machine keeps numbers in memory. */
static enum status add_number(const struct parsed *p, const struct value *v,
			      size_t size, struct buf *data, struct failure *f)
{
	const char *why;
	uint64_t u64;

	if (!number_parse(v->text, &u64, &why))
		return fail_at(f, p->words, v->at, "not a number: %s", why);
	if (size < 8 && u64 >> (8 * size))
		return fail_at(f, p->words, v->at,
			       "it does not fit into %zu bits", 8 * size);
	if (size == 2)
		buf_add(data, &(uint16_t){ (uint16_t)u64 }, size);
	else if (size == 4)
		buf_add(data, &(uint32_t){ (uint32_t)u64 }, size);
	else
		buf_add(data, &u64, size);
	return STATUS_OK;
}

static enum status add_value(const struct parsed *p, const struct value *v,
			     struct buf *data, struct failure *f)
{
	static const size_t size[] = {
		[AS_U16] = 2, [AS_U32] = 4, [AS_U64] = 8
	};
	enum as as = (enum as)p->opt[WRITE_AS].num;

	if (as == AS_HEX)
		return add_hex(p, v, data, f);
	if (as != AS_TEXT)
		return add_number(p, v, size[as], data, f);
	buf_puts(data, v->text);
	return STATUS_OK;
}

/* All of it can be written, or none is. */
static enum status write_bytes(struct context *ctx, const struct parsed *p,
			       const struct buf *data, struct answer *a)
{
	const struct value length = { .num = data->len, .at = p->many[0].at };
	struct span span = { .ioas = ioas_get(ctx, p, MEM_ID, &a->fail) };

	if (!span.ioas ||
	    reach_span(p, &p->arg[MEM_IOVA], &length, &span, &a->fail) ||
	    reach_check(&span, true, &a->fail) ||
	    reach_put(span.ioas, span.start, data->data, data->len, &a->fail))
		return a->fail.status;
	a->result = json_pack("{s:o}", "written", mem_json(&span));
	return STATUS_OK;
}

static enum status mem_write(struct context *ctx, const struct parsed *p,
			     struct answer *a)
{
	struct buf data = { 0 };

	for (size_t i = 0; i < p->many_count && !a->fail.status; i++)
		add_value(p, &p->many[i], &data, &a->fail);
	if (!a->fail.status)
		write_bytes(ctx, p, &data, a);
	buf_free(&data);
	return a->fail.status;
}

enum { FILL_BYTE = MEM_LENGTH + 1 };

static enum status fill_pieces(const struct context *ctx,
			       const struct span *span, uint8_t byte,
			       struct failure *f)
{
	uint64_t left = span->last - span->start + 1, at = span->start;
	size_t size = left < MEM_PIECE ? left : MEM_PIECE;
	char *piece = mem_realloc(NULL, size);

	memset(piece, byte, size);
	for (; left && !f->status; at += size, left -= size) {
		size = left < size ? left : size;
		if (context_given_up(ctx))
			fail(f, "interrupted");
		else
			reach_put(span->ioas, at, piece, size, f);
	}
	free(piece);
	return f->status;
}

static enum status fill(struct context *ctx, const struct parsed *p,
			struct answer *a)
{
	const struct value *byte = &p->arg[FILL_BYTE];
	struct span span;

	if (byte->num > 255)
		return fail_at(&a->fail, p->words, byte->at,
			       "a byte is at most 255 or 0xff");
	if (mem_span(ctx, p, &span, &a->fail) ||
	    reach_check(&span, true, &a->fail) ||
	    fill_pieces(ctx, &span, (uint8_t)byte->num, &a->fail))
		return a->fail.status;
	a->result = json_pack("{s:o}", "filled", mem_json(&span));
	json_object_set_new(json_object_get(a->result, "filled"), "byte",
			    json_integer((json_int_t)byte->num));
	return STATUS_OK;
}

static const struct arg write_args[] = {
	MEM_ID_ARG,
	MEM_IOVA_ARG,
	{ .name = "VALUE",
	  .kind = KIND_TEXT,
	  .many = true,
	  .help = "what to write there, one after another" },
	{ 0 },
};

static const char *const as_choices[] = {
	[AS_HEX] = "hex", [AS_TEXT] = "text", [AS_U16] = "u16",
	[AS_U32] = "u32", [AS_U64] = "u64",   NULL,
};

static const struct opt write_opts[] = {
	[WRITE_AS] = { .name = "as",
		       .kind = KIND_CHOICE,
		       .metavar = "TYPE",
		       .choices = as_choices,
		       .preset = "hex",
		       .help = "what VALUEs are: hex, text, u16, u32, u64" },
	{ 0 },
};

static const struct block write_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "written",
	  .text = "wrote {length} bytes ({length:size}) at iova {iova}" },
	{ 0 },
};

static const struct command cmd_write = {
	.name = "write",
	.summary = "write bytes, numbers or text",
	.args = write_args,
	.opts = write_opts,
	.flags = CMD_DEVICE,
	.run = mem_write,
	.view = write_view,
};

static const struct arg fill_args[] = {
	MEM_ID_ARG,
	MEM_IOVA_ARG,
	MEM_LENGTH_ARG,
	[FILL_BYTE] = { .name = "BYTE",
			.kind = KIND_NUMBER,
			.help = "the value of each, 0 to 255" },
	{ 0 },
};

static const struct block fill_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "filled",
	  .text = "filled {length} bytes ({length:size}) at iova {iova} with {byte}" },
	{ 0 },
};

static const struct command cmd_fill = {
	.name = "fill",
	.summary = "fill a range with a byte",
	.args = fill_args,
	.flags = CMD_DEVICE,
	.run = fill,
	.view = fill_view,
};

static const struct command *const mem_commands[] = {
	&cmd_mem_dump, &cmd_write,    &cmd_fill, &cmd_mem_compare,
	&cmd_mem_save, &cmd_mem_load, NULL,
};

const struct command cmd_mem = {
	.name = "mem",
	.summary = "the memory behind I/O addresses",
	.sub = mem_commands,
};
