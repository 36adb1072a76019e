// SPDX-License-Identifier: GPL-2.0-or-later
#include "context.h"

#include <unistd.h>

#include "iommu.h"

bool context_given_up(const struct context *ctx)
{
	return ctx->given_up && ctx->given_up(ctx);
}

enum status context_open(struct context *ctx, struct failure *f)
{
	if (ctx->fd >= 0)
		return STATUS_OK;
	return iommu_open(ctx->path, &ctx->fd, f);
}

void context_close(struct context *ctx)
{
	/* The descriptor first: the pages stay until it lets go of them. */
	if (ctx->fd >= 0)
		close(ctx->fd);
	ctx->fd = -1;
	store_free(&ctx->store);
	areas_free(&ctx->areas);
}
