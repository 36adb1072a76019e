// SPDX-License-Identifier: GPL-2.0-or-later
/* `mem save` and `mem load`: memory to a file, and a file into memory. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
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

enum { SAVE_HOLES };
enum { SAVE_FILE = MEM_LENGTH + 1 };

static enum status save_stretch(const struct context *ctx, int fd,
				const char *path, const struct span *span,
				const struct stretch *s, char *piece,
				struct failure *f)
{
	uint64_t at = s->start, left = s->last - s->start + 1;

	while (left && !f->status) {
		size_t size = left < MEM_PIECE ? left : MEM_PIECE;

		if (context_given_up(ctx))
			return fail(f, "interrupted");
		if (!reach_get(span->ioas, at, piece, size, f))
			file_write(fd, path, piece, size, at - span->start, f);
		at += size;
		left -= size;
	}
	return f->status;
}

/* The size first: holes, of which the last may be one, are not written. */
static enum status save_all(const struct context *ctx, int fd, const char *path,
			    const struct span *span, struct failure *f)
{
	uint64_t length = span->last - span->start + 1, at = span->start;
	char *piece;

	if (length > INT64_MAX || ftruncate(fd, (off_t)length)) {
		errno = length > INT64_MAX ? EFBIG : errno;
		return fail_errno(f, "%s cannot become so long", path);
	}
	piece = mem_realloc(NULL, MEM_PIECE);
	while (!f->status) {
		struct stretch s = reach_at(span, at);

		if (s.mapping)
			save_stretch(ctx, fd, path, span, &s, piece, f);
		if (s.last == span->last)
			break;
		at = s.last + 1;
	}
	free(piece);
	return f->status;
}

static enum status save(struct context *ctx, const struct parsed *p,
			struct answer *a)
{
	const char *path = p->arg[SAVE_FILE].text;
	struct span span;
	json_t *json;
	int fd;

	if (mem_span(ctx, p, &span, &a->fail) ||
	    (!p->opt[SAVE_HOLES].set && reach_check(&span, false, &a->fail)))
		return a->fail.status;
	fd = file_create(ctx, path, &a->fail);
	if (fd < 0)
		return a->fail.status;
	save_all(ctx, fd, path, &span, &a->fail);
	/* A disk that is full may say so only now. */
	if (close(fd) && !a->fail.status)
		fail_errno(&a->fail, "%s cannot be written", path);
	if (a->fail.status)
		return a->fail.status;
	json = mem_json(&span);
	json_object_set_new(json, "path", json_text(path));
	a->result = json_pack("{s:o}", "saved", json);
	return STATUS_OK;
}

enum { LOAD_OFFSET, LOAD_LENGTH };
enum { LOAD_FILE = MEM_IOVA + 1 };

static enum status load_pieces(const struct context *ctx, int fd,
			       const char *path, uint64_t offset,
			       const struct span *span, struct failure *f)
{
	uint64_t left = span->last - span->start + 1, at = span->start;
	char *piece = mem_realloc(NULL, MEM_PIECE);

	while (left && !f->status) {
		size_t size = left < MEM_PIECE ? left : MEM_PIECE;

		if (!file_read(ctx, fd, path, piece, size, offset, f))
			reach_put(span->ioas, at, piece, size, f);
		offset += size;
		at += size;
		left -= size;
	}
	free(piece);
	return f->status;
}

static enum status load_from(struct context *ctx, const struct parsed *p,
			     int fd, uint64_t size, struct answer *a)
{
	const struct value *offset = &p->opt[LOAD_OFFSET];
	struct value length = p->opt[LOAD_LENGTH];
	const struct value *path = &p->arg[LOAD_FILE];
	struct span span = { .ioas = ioas_get(ctx, p, MEM_ID, &a->fail) };
	json_t *json;

	if (!span.ioas || file_part(path->text, size, offset->num, length.set,
				    &length.num, &a->fail))
		return a->fail.status;
	if (!length.set)
		length.at = path->at;
	if (reach_span(p, &p->arg[MEM_IOVA], &length, &span, &a->fail) ||
	    reach_check(&span, true, &a->fail) ||
	    load_pieces(ctx, fd, path->text, offset->num, &span, &a->fail))
		return a->fail.status;
	json = mem_json(&span);
	json_object_set_new(json, "path", json_text(path->text));
	json_object_set_new(json, "offset", json_hex64(offset->num));
	a->result = json_pack("{s:o}", "loaded", json);
	return STATUS_OK;
}

static enum status load(struct context *ctx, const struct parsed *p,
			struct answer *a)
{
	uint64_t size;
	int fd = file_open(ctx, p->arg[LOAD_FILE].text, false, &size, &a->fail);

	if (fd < 0)
		return a->fail.status;
	load_from(ctx, p, fd, size, a);
	close(fd);
	return a->fail.status;
}

static const struct arg save_args[] = {
	MEM_ID_ARG,
	MEM_IOVA_ARG,
	MEM_LENGTH_ARG,
	[SAVE_FILE] = { .name = "FILE",
			.kind = KIND_PATH,
			.help = "where to; what it held is gone" },
	{ 0 },
};

static const struct opt save_opts[] = {
	[SAVE_HOLES] = { .name = "holes",
			 .kind = KIND_FLAG,
			 .help = "leave holes where nothing is mapped" },
	{ 0 },
};

static const struct block save_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "saved",
	  .text = "saved {length} bytes ({length:size}) from iova {iova} to {path}" },
	{ 0 },
};

const struct command cmd_mem_save = {
	.name = "save",
	.summary = "write memory to a file",
	.args = save_args,
	.opts = save_opts,
	.flags = CMD_DEVICE,
	.run = save,
	.view = save_view,
};

static const struct arg load_args[] = {
	MEM_ID_ARG,
	MEM_IOVA_ARG,
	[LOAD_FILE] = { .name = "FILE",
			.kind = KIND_PATH,
			.help = "what to read" },
	{ 0 },
};

static const struct opt load_opts[] = {
	[LOAD_OFFSET] = { .name = "offset",
			  .kind = KIND_SIZE,
			  .metavar = "N",
			  .preset = "0",
			  .help = "begin there in the file" },
	[LOAD_LENGTH] = { .name = "length",
			  .kind = KIND_SIZE,
			  .metavar = "N",
			  .preset = "to the end of the file",
			  .help = "so much of the file" },
	{ 0 },
};

static const struct block load_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "loaded",
	  .text = "loaded {length} bytes ({length:size}) of {path} at iova {iova}" },
	{ 0 },
};

const struct command cmd_mem_load = {
	.name = "load",
	.summary = "read a file into memory",
	.args = load_args,
	.opts = load_opts,
	.flags = CMD_DEVICE,
	.run = load,
	.view = load_view,
};
