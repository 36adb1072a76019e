// SPDX-License-Identifier: GPL-2.0-or-later
/* `version`: what packages and bug reports want to know. */
#include "commands/commands.h"
#include "parse.h"
#include "render.h"
#include "version.h"

static enum status version(struct context *ctx, const struct parsed *p,
			   struct answer *a)
{
	(void)ctx;
	(void)p;
	a->result = json_pack("{s:{s:s}}", "version", "iommufdctl",
			      IOMMUFDCTL_VERSION);
	return STATUS_OK;
}

static const struct block version_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "version",
	  .text = "iommufdctl {iommufdctl}" },
	{ 0 },
};

const struct command cmd_version = {
	.name = "version",
	.summary = "print the version of this tool",
	.run = version,
	.view = version_view,
};
