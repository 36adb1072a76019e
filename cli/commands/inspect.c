// SPDX-License-Identifier: GPL-2.0-or-later
/* `inspect`: what another process's descriptors of /dev/iommu hold. */
#include <errno.h>
#include <stdlib.h>

#include "borrow.h"
#include "commands/commands.h"
#include "context.h"
#include "inspect.h"
#include "parse.h"
#include "procfs.h"
#include "render.h"
#include "shell.h"

enum { INSPECT_PID, INSPECT_FD, INSPECT_IOAS, INSPECT_AREAS, INSPECT_MAP };

/* All iommufds of the process: whatever else there is, is passed over. */
static enum status find_all(const struct borrow *b, struct numbers *fds,
			    struct failure *f)
{
	struct numbers all;
	int err = procfs_numbers(b->pid, "fd", &all);

	for (size_t i = 0; i < all.count; i++) {
		struct failure other = { 0 };

		if (!borrow_check(b, all.number[i], &other))
			numbers_add(fds, all.number[i]);
		failure_free(&other);
	}
	numbers_free(&all);
	errno = err;
	return err ? borrow_refused(b, f) : STATUS_OK;
}

static json_t *look_at_all(struct inspection *in, const struct numbers *fds,
			   struct failure *f)
{
	json_t *files = json_array(), *file;

	for (size_t i = 0; i < fds->count; i++) {
		struct failure one = { 0 };

		file = inspect_descriptor(in, fds->number[i], &one);
		if (file)
			json_array_append_new(files, file);
		if (one.status && !f->status)
			*f = one;
		else
			failure_free(&one);
	}
	if (!f->status && borrow_ended(&in->borrow))
		fail(f, "process %d ended while it was looked at",
		     (int)in->borrow.pid);
	return files;
}

static enum status choose(const struct parsed *p, const struct borrow *b,
			  struct numbers *fds, struct failure *f)
{
	const struct value *fd = &p->opt[INSPECT_FD];

	if (!fd->set)
		return find_all(b, fds, f);
	numbers_add(fds, (unsigned)fd->num);
	return STATUS_OK;
}

/* Nothing that was asked for by its id may just be missing. */
static void check_ioas(const struct inspection *in, const json_t *files,
		       struct failure *f)
{
	const json_t *file;
	size_t i;

	json_array_foreach(files, i, file)
		if (json_array_size(json_object_get(file, "ioas")))
			return;
	if (in->only && !f->status)
		fail(f, "process %d has no ioas %u there", (int)in->borrow.pid,
		     in->only);
}

static enum status check(const struct parsed *p, struct failure *f)
{
	const struct value *ioas = &p->opt[INSPECT_IOAS];

	if (!p->opt[INSPECT_PID].set)
		return fail_at(f, p->words, p->words->count,
			       "of which process? --pid PID");
	if (ioas->set && (!ioas->num || ioas->num > UINT32_MAX))
		return fail_at(f, p->words, ioas->at,
			       "an id has 32 bits, and is not 0");
	return STATUS_OK;
}

static enum status inspect(struct context *ctx, const struct parsed *p,
			   struct answer *a)
{
	const struct shell *sh = ctx->shell;
	const struct value *pid = &p->opt[INSPECT_PID];
	struct inspection in = { .only = (uint32_t)p->opt[INSPECT_IOAS].num,
				 .areas = p->opt[INSPECT_AREAS].set,
				 .map = p->opt[INSPECT_MAP].set };
	struct numbers fds = { 0 };
	json_t *files;

	if (check(p, &a->fail) ||
	    borrow_begin(&in.borrow, (pid_t)pid->num,
			 sh->device_given ? sh->device : NULL, &a->fail))
		return a->fail.status;
	in.missing = json_array();
	if (!choose(p, &in.borrow, &fds, &a->fail)) {
		files = look_at_all(&in, &fds, &a->fail);
		check_ioas(&in, files, &a->fail);
		a->partial = a->fail.status && json_array_size(files);
		a->result = json_pack("{s:{s:i, s:o, s:o, s:O}}", "inspect",
				      "pid", (int)pid->num, "command",
				      procfs_command((pid_t)pid->num), "files",
				      files, "missing", in.missing);
	}
	json_decref(in.missing);
	borrow_end(&in.borrow);
	numbers_free(&fds);
	return a->fail.status;
}

static const struct opt inspect_opts[] = {
	[INSPECT_PID] = { .name = "pid",
			  .kind = KIND_PID,
			  .metavar = "PID",
			  .help = "of this process" },
	[INSPECT_FD] = { .name = "fd",
			 .kind = KIND_FD,
			 .metavar = "N",
			 .preset = "all iommufds of the process",
			 .help = "look at this descriptor of it" },
	[INSPECT_IOAS] = { .name = "ioas",
			   .kind = KIND_NUMBER,
			   .metavar = "ID",
			   .preset = "all",
			   .help = "look at this address space" },
	[INSPECT_AREAS] = { .name = "areas",
			    .kind = KIND_FLAG,
			    .help = "list the mappings" },
	[INSPECT_MAP] = { .name = "map",
			  .kind = KIND_FLAG,
			  .help = "draw the address spaces" },
	{ 0 },
};

static const struct block ioas_view[] = {
	{ .kind = BLOCK_LINE,
	  .text = "\nioas {ioas_id}: alignment {out_iova_alignment}, huge-pages {huge_pages}"
		  "[mapped_bytes|, {mappings:mapping}, {mapped_bytes:size} mapped, {pinned_bytes:size} pinned]" },
	{ .kind = BLOCK_ROWS,
	  .key = "allowed_iovas",
	  .optional = true,
	  .text = "allowed    {start}-{last}",
	  .none = "allowed    none" },
	{ .kind = BLOCK_ROWS,
	  .key = "reserved_iovas",
	  .optional = true,
	  .text = "reserved   {start}-{last}[meaning|  {meaning}][owners|  {owners:owners}]",
	  .none = "reserved   none" },
	{ .kind = BLOCK_ROWS,
	  .key = "allow_list",
	  .optional = true,
	  .text = "automatic  {start}-{last}" },
	{ .kind = BLOCK_TABLE,
	  .key = "areas",
	  .optional = true,
	  .cells =
		  (const char *const[]){
			  "IOVA={iova}", "SIZE={length:size}",
			  "ACCESS={:access}",
			  "MEMORY=[memory|{memory.pid}:{memory.address}]",
			  "PINNED=[pinned_bytes|{pinned_bytes:size}]",
			  "RUNS=[runs|{runs}]",
			  "IOPTES=[ioptes|{ioptes:sizes}]",
			  "USERS=[accesses|{accesses}]",
			  "BACKING=[backing|{backing}]", NULL } },
	{ .kind = BLOCK_MAP, .key = "map", .optional = true },
	{ 0 },
};

static const struct block file_view[] = {
	{ .kind = BLOCK_LINE,
	  .text = "descriptor {fd}: {path}[context_id|, context {context_id}]"
		  "[opener|, opened by {opener.command} ({opener.pid}), user {opener.uid}]" },
	{ .kind = BLOCK_LINE,
	  .text = "rlimit-mode {rlimit_mode}[vfio_ioas_id|, vfio ioas {vfio_ioas_id}]"
		  "[pinned_bytes|, pinned {pinned_bytes:size}, {accounted_bytes:size} of it counted against a limit]" },
	{ .kind = BLOCK_TABLE,
	  .key = "objects",
	  .optional = true,
	  .cells = (const char *const[]){ "ID={id}", "KIND={kind}",
					  "USERS=[users|{users}]",
					  "NAME=[name|{name}]",
					  "GROUP=[name|{group}]",
					  "IOAS=[ioas_id|{ioas_id}]",
					  "PARENT=[parent_id|{parent_id}]",
					  "HWPT=[hwpt_id|{hwpt_id}]",
					  "AUTOMATIC=[automatic|yes]", NULL } },
	{ .kind = BLOCK_EACH, .key = "ioas", .view = ioas_view },
	{ 0 },
};

static const struct block inspect_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "inspect",
	  .text = "process {pid}, {command}" },
	{ .kind = BLOCK_EACH,
	  .key = "inspect.files",
	  .none = "it has no iommufd open",
	  .view = file_view },
	{ .kind = BLOCK_ROWS,
	  .key = "inspect.missing",
	  .text = "not known: {what}: {why}[hint|\nhint: {hint}]" },
	{ 0 },
};

const struct command cmd_inspect = {
	.name = "inspect",
	.summary = "show what another process's iommufd holds",
	.opts = inspect_opts,
	.flags = CMD_CLIENT,
	.run = inspect,
	.view = inspect_view,
};
