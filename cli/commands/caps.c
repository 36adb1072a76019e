// SPDX-License-Identifier: GPL-2.0-or-later
/* `caps`: what this kernel's device can do, and since when Linux's can. */
#include <stdlib.h>
#include <unistd.h>

#include "commands/commands.h"
#include "context.h"
#include "iommu.h"
#include "probe.h"
#include "render.h"

/*
 * Nothing is made and nothing of a session is looked at, so this needs none,
 * and a descriptor of its own for just as long as it takes to ask.
 */
static enum status caps(struct context *ctx, const struct parsed *p,
			struct answer *a)
{
	int fd = ctx->fd;
	char *release;

	(void)p;
	if (fd < 0 && iommu_open(ctx->path, &fd, &a->fail))
		return a->fail.status;
	release = kernel_release();
	a->result = json_pack("{s:{s:o, s:s, s:o}}", "caps", "device",
			      json_text(ctx->path), "release", release,
			      "features", probe_all(fd));
	free(release);
	if (ctx->fd < 0)
		close(fd);
	return STATUS_OK;
}

static const struct block caps_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "caps",
	  .text = "{device} of Linux {release}" },
	{ .kind = BLOCK_TABLE,
	  .key = "caps.features",
	  .cells = (const char *const[]){ "IOCTL={ioctl}",
					  "FEATURE=[feature|{feature}]",
					  "LINUX={since}", "HERE={here}",
					  NULL } },
	{ 0 },
};

const struct command cmd_caps = {
	.name = "caps",
	.summary = "show what this kernel's /dev/iommu can do",
	.flags = CMD_CLIENT,
	.run = caps,
	.view = caps_view,
};
