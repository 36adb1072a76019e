// SPDX-License-Identifier: GPL-2.0-or-later
#include "export.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "context.h"
#include "escape.h"
#include "iommu.h"
#include "memory.h"
#include "words.h"

/* Where memory is mapped that no mapping of the session shows all of. */
#define SCRATCH "$scratch"
#define SCRATCH_IOVA (UINT64_C(1) << 30)

/* A mapping, and how its address space is called in the script. */
struct use {
	const struct mapping *mapping;
	const char *ioas;
	size_t order; /* in the session */
};

struct export
{
	struct context *ctx;
	struct buf *out;
	struct use *use; /* by memory, then by order */
	size_t uses;
	char **ioas; /* names, one for each object */
	bool scratch;
	size_t left_out;
};

static const char header[] =
	"# A session's address spaces, exported by iommufdctl. To rebuild them:\n"
	"#   iommufdctl session start NAME\n"
	"#   iommufdctl --session NAME --batch FILE\n";

static enum status option(struct export *e, __u32 which, __u32 object,
			  __u64 *value, struct failure *f)
{
	struct iommu_option ask = { .size = sizeof(ask),
				    .option_id = which,
				    .op = IOMMU_OPTION_OP_GET,
				    .object_id = object };

	iommu_call(e->ctx, &iommu_option_request, &ask, f);
	*value = ask.val64;
	return f->status;
}

/* An object without a name is called by its place: ids may have gaps. */
static enum status put_ioas(struct export *e, size_t at, size_t number,
			    struct failure *f)
{
	const struct object *ioas = e->ctx->store.object[at];
	__u64 huge = 1;

	if (ioas->name) {
		e->ioas[at] = mem_strdup(ioas->name);
		buf_printf(e->out, "ioas alloc --name %s\n", ioas->name);
	} else {
		e->ioas[at] = mem_asprintf("$ioas%zu", number);
		buf_printf(e->out, "%s = ioas alloc\n", e->ioas[at]);
	}
	if (option(e, IOMMU_OPTION_HUGE_PAGES, ioas->id, &huge, f))
		return f->status;
	if (!huge)
		buf_printf(e->out, "option set huge-pages 0 %s\n", e->ioas[at]);
	if (ioas->allowed_count)
		buf_printf(e->out, "ioas allow %s", e->ioas[at]);
	for (size_t i = 0; i < ioas->allowed_count; i++)
		buf_printf(e->out, " 0x%llx-0x%llx", ioas->allowed[i].start,
			   ioas->allowed[i].last);
	if (ioas->allowed_count)
		buf_putc(e->out, '\n');
	return STATUS_OK;
}

static enum status put_spaces(struct export *e, struct failure *f)
{
	const struct store *s = &e->ctx->store;
	size_t number = 0;
	__u64 mode = 0;

	if (option(e, IOMMU_OPTION_RLIMIT_MODE, 0, &mode, f))
		return f->status;
	if (mode)
		buf_puts(e->out, "option set rlimit-mode 1\n");
	for (size_t i = 0; i < s->count && !f->status; i++) {
		if (s->object[i]->kind == OBJECT_IOAS) {
			put_ioas(e, i, ++number, f);
			continue;
		}
		buf_printf(e->out, "# not rebuilt: %s %u\n",
			   object_kind_name(s->object[i]->kind),
			   s->object[i]->id);
		e->left_out++;
	}
	return f->status;
}

static int by_memory(const void *a, const void *b)
{
	const struct use *x = a, *y = b;
	uintptr_t of_x = (uintptr_t)x->mapping->memory;
	uintptr_t of_y = (uintptr_t)y->mapping->memory;

	if (of_x != of_y)
		return of_x < of_y ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

/* Finds all uses of each memory, wherever they are. */
static void collect(struct export *e)
{
	const struct store *s = &e->ctx->store;
	const struct mapping *m;
	size_t count = 0;

	for (size_t i = 0; i < s->count; i++)
		count += s->object[i]->count;
	e->use = mem_realloc(NULL, count * sizeof(*e->use));
	for (size_t i = 0; i < s->count; i++) {
		for (m = mapping_at_or_above(s->object[i], 0); m;
		     m = mapping_next(s->object[i], m)) {
			e->use[e->uses] =
				(struct use){ m, e->ioas[i], e->uses };
			e->uses++;
		}
	}
	qsort(e->use, e->uses, sizeof(*e->use), by_memory);
}

static void put_access(struct buf *out, bool readable, bool writeable)
{
	if (readable)
		buf_puts(out, " --read");
	if (writeable)
		buf_puts(out, " --write");
	buf_putc(out, '\n');
}

static void put_memory(struct buf *out, const struct memory *memory)
{
	if (!memory->path) {
		buf_printf(out, " --anon 0x%zx", memory->length);
		if (memory->page_size > page_size())
			buf_printf(out, " --huge %s",
				   memory->page_size >> 30 ? "1G" : "2M");
		return;
	}
	buf_puts(out, " --file ");
	words_quote(out, memory->full_path);
	buf_printf(out, " --offset 0x%" PRIx64 " --length 0x%" PRIx64,
		   memory->offset, memory->asked);
	if (memory->kind == MEMORY_COPY)
		buf_puts(out, " --copy");
}

static void put_map(struct buf *out, const char *ioas, uint64_t iova,
		    const struct memory *memory, bool by_fd, bool readable,
		    bool writeable)
{
	buf_printf(out, "ioas map %s --iova 0x%" PRIx64, ioas, iova);
	put_memory(out, memory);
	if (by_fd)
		buf_puts(out, " --by-fd");
	put_access(out, readable, writeable);
}

/*
 * One that `ioas map` could have made, and that the others can be copied
 * from; or NULL.
 */
static const struct use *find_base(const struct use *use, size_t count)
{
	const struct memory *memory = use->mapping->memory;
	bool writeable = memory->kind == MEMORY_FILE && !memory->read_only;

	for (size_t i = 0; i < count; i++)
		writeable |= use[i].mapping->writeable;
	for (size_t i = 0; i < count; i++)
		if (use[i].mapping->length == memory->length &&
		    use[i].mapping->writeable == writeable)
			return &use[i];
	return NULL;
}

/* Its copies do not tell how a mapping was made. */
static bool is_by_fd(const struct use *use, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (use[i].mapping->by_fd)
			return true;
	return false;
}

static bool can_be_typed(const char *path)
{
	struct buf escaped = { 0 };
	bool same;

	escape_bytes(&escaped, path, strlen(path));
	same = !strcmp(buf_text(&escaped), path);
	buf_free(&escaped);
	return same;
}

/* The memory of all these, at the place of the first. */
static void put_group(struct export *e, const struct use *use, size_t count)
{
	const struct use *base = find_base(use, count);
	const struct memory *memory = use->mapping->memory;
	const char *ioas = base ? base->ioas : SCRATCH;
	uint64_t iova = base ? base->mapping->iova : SCRATCH_IOVA;
	bool by_fd = is_by_fd(use, count);

	if (memory->path && !can_be_typed(memory->full_path)) {
		buf_puts(e->out, "# not rebuilt, no line can have its name: ");
		escape_bytes(e->out, memory->full_path,
			     strlen(memory->full_path));
		buf_putc(e->out, '\n');
		e->left_out += count;
		return;
	}
	if (base) {
		put_map(e->out, ioas, iova, memory, by_fd,
			base->mapping->readable, base->mapping->writeable);
	} else {
		if (!e->scratch)
			buf_puts(e->out, SCRATCH " = ioas alloc\n");
		e->scratch = true;
		put_map(e->out, ioas, iova, memory, by_fd, true,
			!memory->read_only);
	}
	for (size_t i = 0; i < count; i++) {
		const struct mapping *m = use[i].mapping;

		if (&use[i] == base)
			continue;
		buf_printf(e->out,
			   "ioas copy %s %s 0x%" PRIx64 " 0x%" PRIx64
			   " --iova 0x%" PRIx64,
			   use[i].ioas, ioas, iova + m->offset, m->length,
			   m->iova);
		put_access(e->out, m->readable, m->writeable);
	}
	if (!base)
		buf_puts(e->out, "ioas unmap " SCRATCH " --all\n");
}

/* A memory comes where the first of its mappings does. */
static int by_first(const void *a, const void *b)
{
	const struct use *x = *(const struct use *const *)a;
	const struct use *y = *(const struct use *const *)b;

	return (x->order > y->order) - (x->order < y->order);
}

static bool begins_group(const struct export *e, size_t at)
{
	return at == e->uses || !at ||
	       e->use[at].mapping->memory != e->use[at - 1].mapping->memory;
}

static void put_mappings(struct export *e)
{
	const struct use **group = mem_realloc(NULL, e->uses * sizeof(*group));
	size_t groups = 0;

	for (size_t i = 0; i < e->uses; i++)
		if (begins_group(e, i))
			group[groups++] = &e->use[i];
	qsort(group, groups, sizeof(*group), by_first);
	for (size_t i = 0; i < groups; i++) {
		size_t first = (size_t)(group[i] - e->use), count = 1;

		while (!begins_group(e, first + count))
			count++;
		put_group(e, group[i], count);
	}
	if (e->scratch)
		buf_puts(e->out, "destroy " SCRATCH "\n");
	free(group);
}

enum status export_script(struct context *ctx, struct buf *out,
			  size_t *left_out, struct failure *f)
{
	struct export e = { .ctx = ctx, .out = out };
	size_t count = ctx->store.count;

	e.ioas = mem_realloc(NULL, count * sizeof(*e.ioas));
	for (size_t i = 0; i < count; i++)
		e.ioas[i] = NULL;
	buf_puts(out, header);
	if (!put_spaces(&e, f)) {
		collect(&e);
		put_mappings(&e);
	}
	*left_out = e.left_out;
	for (size_t i = 0; i < count; i++)
		free(e.ioas[i]);
	free(e.ioas);
	free(e.use);
	return f->status;
}
