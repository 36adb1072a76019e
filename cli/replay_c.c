// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay_c.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "version.h"

static const char head[] =
	" *\n"
	" *\tcc -Wall -Wextra -o trace trace.c && ./trace\n"
	" *\n"
	" * It prints each result and, where it is another, that which the trace has;\n"
	" * then its status is 1. Anonymous memory stands for that of the program. The\n"
	" * structs are those of <linux/iommufd.h> and <linux/vfio.h>, without their\n"
	" * reserved members' names, because those headers may be older than the trace.\n"
	" */\n"
	"#define _GNU_SOURCE\n"
	"#include <errno.h>\n"
	"#include <fcntl.h>\n"
	"#include <limits.h>\n"
	"#include <linux/types.h>\n"
	"#include <stdint.h>\n"
	"#include <stdio.h>\n"
	"#include <stdlib.h>\n"
	"#include <string.h>\n"
	"#include <sys/eventfd.h>\n"
	"#include <sys/ioctl.h>\n"
	"#include <sys/mman.h>\n"
	"#include <unistd.h>\n"
	"\n";

/* What the program has for itself; not all programs use all of it. */
static const char helpers[] =
	"#define ANY INT_MAX /* a result that need not be the same */\n"
	"#define MAYBE __attribute__((unused))\n"
	"#define NOTHING 65536 /* bytes */\n"
	"\n"
	"static int differences;\n"
	"static uintptr_t nowhere; /* where no memory is */\n"
	"\n"
	"MAYBE static void told(int call, const char *name, int result,\n"
	"\t\t       int recorded, const char *text)\n"
	"{\n"
	"\tint got = result < 0 ? -errno : result;\n"
	"\n"
	"\tif (result < 0)\n"
	"\t\tprintf(\"%d %s = %s\", call, name, strerror(errno));\n"
	"\telse\n"
	"\t\tprintf(\"%d %s = %d\", call, name, result);\n"
	"\tif (recorded == ANY ? got < 0 : got != recorded) {\n"
	"\t\tprintf(\"\\t<- recorded: %s\", text);\n"
	"\t\tdifferences++;\n"
	"\t}\n"
	"\tputchar('\\n');\n"
	"}\n"
	"\n"
	"MAYBE static void same(const char *field, __u64 here, __u64 recorded)\n"
	"{\n"
	"\tprintf(\"\\t%s = 0x%llx\", field, (unsigned long long)here);\n"
	"\tif (here != recorded) {\n"
	"\t\tprintf(\"\\t<- recorded: 0x%llx\", (unsigned long long)recorded);\n"
	"\t\tdifferences++;\n"
	"\t}\n"
	"\tputchar('\\n');\n"
	"}\n"
	"\n"
	"MAYBE static void put(void *to, size_t offset, __u64 value, size_t size)\n"
	"{\n"
	"\tmemcpy((char *)to + offset, &value, size);\n"
	"}\n"
	"\n"
	"static void *reserve(size_t length, int protection)\n"
	"{\n"
	"\tvoid *at = mmap(NULL, length, protection,\n"
	"\t\t\tMAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);\n"
	"\n"
	"\tif (at != MAP_FAILED)\n"
	"\t\treturn at;\n"
	"\tperror(\"no memory\");\n"
	"\texit(2);\n"
	"}\n"
	"\n"
	"/* It lies in its huge pages as what was at this address did. */\n"
	"MAYBE static uintptr_t memory_like(uintptr_t address, size_t length)\n"
	"{\n"
	"\tsize_t step = length < 1ul << 30 ? 1ul << 21 : 1ul << 30;\n"
	"\tuintptr_t at = (uintptr_t)reserve(length + step, PROT_NONE);\n"
	"\n"
	"\tat += (address - at) % step;\n"
	"\tmprotect((void *)at, length, PROT_READ | PROT_WRITE);\n"
	"\treturn at;\n"
	"}\n"
	"\n"
	"MAYBE static int memory_file(off_t length)\n"
	"{\n"
	"\tint fd = memfd_create(\"trace\", MFD_CLOEXEC);\n"
	"\n"
	"\tif (fd < 0 || ftruncate(fd, length))\n"
	"\t\tperror(\"no file of memory\");\n"
	"\treturn fd;\n"
	"}\n"
	"\n"
	"/* Room for an answer. */\n"
	"MAYBE static uintptr_t room(size_t length)\n"
	"{\n"
	"\treturn (uintptr_t)reserve(length + 1, PROT_READ | PROT_WRITE);\n"
	"}\n"
	"\n"
	"/* A struct of which only the first bytes are there. */\n"
	"MAYBE static void *cut(const void *arg, size_t length)\n"
	"{\n"
	"\tchar *at = reserve(2 * NOTHING, PROT_READ | PROT_WRITE);\n"
	"\n"
	"\tmprotect(at + NOTHING, NOTHING, PROT_NONE);\n"
	"\treturn memcpy(at + NOTHING - length, arg, length);\n"
	"}\n"
	"\n"
	"/* One that no answer can be written to. */\n"
	"MAYBE static void *read_only(const void *arg, size_t length)\n"
	"{\n"
	"\tchar *at = reserve(length, PROT_READ | PROT_WRITE);\n"
	"\n"
	"\tmemcpy(at, arg, length);\n"
	"\tmprotect(at, length, PROT_READ);\n"
	"\treturn at;\n"
	"}\n"
	"\n"
	"MAYBE static int open_file(const char *path)\n"
	"{\n"
	"\tint fd = open(path, O_RDWR | O_CLOEXEC);\n"
	"\n"
	"\tif (fd < 0)\n"
	"\t\tperror(path);\n"
	"\treturn fd;\n"
	"}\n"
	"\n";

/* It is, for close_unused(); returns whether it was. */
static bool note_opened(struct replay_c *c, size_t file)
{
	bool before;

	if (c->known < c->walk.files) {
		c->opened = mem_realloc(c->opened,
					c->walk.files * sizeof(*c->opened));
		while (c->known < c->walk.files)
			c->opened[c->known++] = false;
	}
	before = c->opened[file];
	c->opened[file] = true;
	return before;
}

static void open_before(struct replay_c *c, size_t file)
{
	const struct replay_file *f = &c->walk.file[file];

	if (f->answered || note_opened(c, file))
		return;
	buf_putc(&c->main, '\t');
	replay_c_file(c, &c->main, file);
	buf_puts(&c->main, " = open_file(");
	replay_c_string(&c->main, f->path);
	buf_puts(&c->main, ");\n");
}

static void close_unused(struct replay_c *c)
{
	for (size_t i = 0; i < c->known; i++) {
		if (!c->opened[i] || c->walk.file[i].users)
			continue;
		buf_puts(&c->main, "\tclose(");
		replay_c_file(c, &c->main, i);
		buf_puts(&c->main, ");\n");
		c->opened[i] = false;
	}
}

static void add_call(struct replay_c *c, struct replay_step *step)
{
	const struct trace_record *r = step->record;

	close_unused(c);
	replay_c_call(c, step);
	if (step->skip) {
		buf_printf(&c->main,
			   "\t/* Call %lu, %s, is left out: ", r->call,
			   r->request ? r->request->name : "unknown");
		replay_c_comment(&c->main, step->skip);
		buf_puts(&c->main, " */\n");
		return;
	}
	open_before(c, step->file);
	for (size_t i = 0; i < c->walk.patches; i++)
		if (c->walk.patch[i].kind == PATCH_FILE)
			open_before(c, c->walk.patch[i].index);
	buf_printf(&c->main, "\tcall_%lu();\n", r->call);
	if (step->opened)
		note_opened(c, step->opens);
	for (size_t i = 0; i < REPLAY_REQUESTS && iommu_requests[i]; i++)
		c->used[i] |= iommu_requests[i] == r->request;
}

static void put_head(struct buf *out, const struct trace_reader *t)
{
	buf_puts(
		out,
		"/*\n * What a program asked of iommufd and VFIO, as iommufdctl " IOMMUFDCTL_VERSION
		" wrote it\n * from a trace");
	if (*t->command) {
		buf_puts(out, " of\n *\n *\t");
		replay_c_comment(out, t->command);
	}
	if (t->damage) {
		buf_puts(out, "\n *\n * It is not all of it: ");
		replay_c_comment(out, t->damage);
	}
	buf_puts(out, "\n");
	buf_puts(out, head);
}

static void put_declarations(const struct replay_c *c, struct buf *out)
{
	const struct replay_walk *w = &c->walk;

	for (size_t i = 0; i < w->files; i++) {
		buf_puts(out, "MAYBE static int ");
		replay_c_file(c, out, i);
		buf_puts(out, " = -1; /* ");
		replay_c_comment(out, w->file[i].path);
		buf_puts(out, " */\n");
	}
	for (size_t i = 0; i < w->ids; i++)
		buf_printf(out, "MAYBE static __u32 id_%zu_%u;\n",
			   w->id[i].file, w->id[i].id);
	for (size_t i = 0; i < c->iovas; i++)
		buf_printf(out, "MAYBE static __u64 iova%zu;\n", i);
	for (size_t i = 0; i < w->plan->regions; i++)
		buf_printf(out, "MAYBE static uintptr_t memory%zu;\n", i);
	for (size_t i = 0; i < w->plan->files; i++)
		buf_printf(out, "MAYBE static int memory_file%zu;\n", i);
	for (size_t i = 0; i < w->events; i++)
		buf_printf(out, "MAYBE static int event%zu;\n", i);
	buf_putc(out, '\n');
}

static void put_main(const struct replay_c *c, struct buf *out)
{
	const struct replay_plan *plan = c->walk.plan;

	buf_puts(out, "int main(void)\n{\n"
		      "\tnowhere = (uintptr_t)reserve(NOTHING, PROT_NONE);\n");
	for (size_t i = 0; i < plan->regions; i++)
		buf_printf(out,
			   "\tmemory%zu = memory_like(0x%" PRIx64 ", 0x%" PRIx64
			   ");\n",
			   i, plan->region[i].first,
			   plan->region[i].last - plan->region[i].first + 1);
	for (size_t i = 0; i < plan->files; i++)
		buf_printf(out,
			   "\tmemory_file%zu = memory_file(0x%" PRIx64 ");\n",
			   i, plan->file[i].length);
	for (size_t i = 0; i < c->walk.events; i++)
		buf_printf(out, "\tevent%zu = eventfd(0, EFD_NONBLOCK);\n", i);
	buf_add(out, c->main.data, c->main.len);
	buf_puts(out, "\tprintf(\"%d differences\\n\", differences);\n"
		      "\treturn !!differences;\n}\n");
}

void replay_write_c(struct buf *out, struct replay_plan *plan,
		    struct trace_reader *t)
{
	struct replay_c c = { .walk.plan = plan, .walk.launched = t->launched };
	struct trace_record record;
	struct replay_step step;

	while (trace_next(t, &record)) {
		if (!strcmp(record.event, "ioctl")) {
			replay_step(&c.walk, &record, &step);
			add_call(&c, &step);
			replay_step_free(&step);
		} else {
			replay_event(&c.walk, &record);
		}
		trace_record_free(&record);
	}
	put_head(out, t);
	for (size_t i = 0; i < REPLAY_REQUESTS && iommu_requests[i]; i++)
		if (c.used[i])
			replay_c_struct(out, iommu_requests[i]);
	buf_puts(out, helpers);
	put_declarations(&c, out);
	buf_add(out, c.calls.data, c.calls.len);
	put_main(&c, out);
	replay_walk_free(&c.walk);
	buf_free(&c.calls);
	buf_free(&c.main);
	free(c.opened);
}
