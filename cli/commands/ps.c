// SPDX-License-Identifier: GPL-2.0-or-later
/* `ps`: which processes have /dev/iommu and VFIO's files open. */
#include <errno.h>
#include <string.h>

#include "commands/commands.h"
#include "commands/watch.h"
#include "holders.h"
#include "parse.h"
#include "render.h"

enum { PS_PID, PS_WATCH };

#define CAPABILITY "CAP_SYS_PTRACE"

static enum status no_process(struct failure *f, int pid, int err)
{
	if (err == EACCES || err == EPERM) {
		fail(f, "process %d cannot be looked at without " CAPABILITY,
		     pid);
		fail_hint(f, "sudo iommufdctl ps --pid %d", pid);
	} else if (err == ENOENT || err == ESRCH) {
		fail(f, "there is no process %d", pid);
	} else {
		errno = err;
		fail_errno(f, "/proc/%d/fd", pid);
	}
	return f->status;
}

static enum status look(const struct parsed *p, struct holders *h,
			struct failure *f)
{
	const struct value *pid = &p->opt[PS_PID];
	int err;

	if (!pid->set) {
		err = holders_add_all(h);
		errno = err;
		return err ? fail_errno(f, "/proc") : STATUS_OK;
	}
	err = holders_add(h, (pid_t)pid->num);
	return err ? no_process(f, (int)pid->num, err) : STATUS_OK;
}

/* What there was and is not shown; null if all is. */
static json_t *missing_json(const struct holders *h)
{
	if (!h->hidden && !h->changed)
		return json_null();
	return json_pack("{s:i, s:s?, s:b}", "hidden", (int)h->hidden,
			 "capability", h->hidden ? CAPABILITY : NULL, "changed",
			 h->changed);
}

static enum status ps(struct context *ctx, const struct parsed *p,
		      struct answer *a)
{
	struct holders h;

	if (p->opt[PS_WATCH].set) {
		a->told = true;
		return watch_again(ctx, p, &p->opt[PS_WATCH], &a->fail);
	}
	holders_begin(&h);
	look(p, &h, &a->fail);
	if (p->arg[0].set && !a->fail.status)
		holders_only(&h, p->arg[0].text, &a->fail);
	a->result = json_pack("{s:{s:o, s:O, s:O, s:O}}", "ps", "missing",
			      missing_json(&h), "files", h.files, "sockets",
			      h.sockets, "processes", h.processes);
	/* What was seen of a process that then ended was seen. */
	a->partial = a->fail.status &&
		     json_array_size(json_object_get(
			     json_object_get(a->result, "ps"), "files"));
	holders_end(&h);
	return a->fail.status;
}

static const struct arg ps_args[] = {
	{ .name = "DEVICE",
	  .kind = KIND_TARGET,
	  .optional = true,
	  .help = "only who keeps others from it: its place on the bus, its node vfioN, or its group's number" },
	{ 0 },
};

static const struct opt ps_opts[] = {
	[PS_PID] = { .name = "pid",
		     .kind = KIND_PID,
		     .metavar = "PID",
		     .preset = "all processes",
		     .help = "look at this process only" },
	[PS_WATCH] = WATCH_OPT,
	{ 0 },
};

static const struct block ps_view[] = {
	{ .kind = BLOCK_TABLE,
	  .key = "ps.files",
	  .none = "nobody has any of it open",
	  .cells =
		  (const char *const[]){
			  "PID={pid}", "COMMAND={command}", "FD={fd}",
			  "FILE=[open_file|{open_file}]", "KIND={kind}",
			  "GROUP=[group|{group}]", "DEVICES={devices}",
			  "DRIVEN BY=[driven_by|{driven_by}]",
			  "IOAS=[context|{context.objects.ioas}]",
			  "PINNED=[context|{context.pinned_bytes:size}]",
			  NULL } },
	{ .kind = BLOCK_TABLE,
	  .key = "ps.processes",
	  .optional = true,
	  .cells =
		  (const char *const[]){
			  "PID={pid}", "COMMAND={command}", "UID={uid}",
			  "PINNED={pinned_bytes:size}",
			  "LOCKED={locked_bytes:size}",
			  "LIMIT=[lock_limit|{lock_limit:size}]", NULL } },
	{ .kind = BLOCK_ROWS,
	  .key = "ps.sockets",
	  .text = "on the way to process {pid}, {command}, socket {fd}: {descriptors:descriptor}, of what is not told" },
	{ .kind = BLOCK_LINE,
	  .key = "ps.missing",
	  .optional = true,
	  .text = "not all:[hidden| {hidden} could not be looked at without {capability}][changed| some ended meanwhile]" },
	{ 0 },
};

const struct command cmd_ps = {
	.name = "ps",
	.summary = "show who has /dev/iommu and VFIO's files open",
	.args = ps_args,
	.opts = ps_opts,
	.flags = CMD_CLIENT,
	.run = ps,
	.view = ps_view,
};
