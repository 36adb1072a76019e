// SPDX-License-Identifier: GPL-2.0-or-later
/* IOMMU_IOAS_CHANGE_PROCESS: pinned memory counts for this process from now on.
 */
#include <unistd.h>

#include "commands/commands.h"
#include "context.h"
#include "iommu.h"
#include "render.h"

static enum status change(struct context *ctx, const struct parsed *p,
			  struct answer *a)
{
	struct iommu_ioas_change_process ask = { .size = sizeof(ask) };

	(void)p;
	if (iommu_call(ctx, &iommu_change_process_request, &ask, &a->fail))
		return a->fail.status;
	a->result = json_pack("{s:{s:i}}", "changed", "pid", (int)getpid());
	return STATUS_OK;
}

static const struct block change_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "changed",
	  .text = "what is pinned counts for process {pid}" },
	{ 0 },
};

const struct command cmd_ioas_change_process = {
	.name = "change-process",
	.summary = "have what is pinned count for the session's process",
	.flags = CMD_DEVICE,
	.run = change,
	.view = change_view,
};
