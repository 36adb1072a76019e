// SPDX-License-Identifier: GPL-2.0-or-later
/* `metrics`: what ps finds, for Prometheus and all that reads its text. */
#include "metrics.h"

#include <errno.h>

#include "buf.h"
#include "commands/commands.h"
#include "context.h"
#include "file.h"
#include "holders.h"
#include "parse.h"
#include "render.h"
#include "render_metrics.h"

enum { METRICS_OUTPUT };

/* Whole, in one moment: a collector may read the file at any time. */
static json_t *write_json(const struct context *ctx, const char *path,
			  const json_t *families, size_t samples,
			  struct failure *f)
{
	struct buf text = { 0 };
	json_t *json;

	render_metrics(&text, families);
	if (file_replace(ctx, path, text.data, text.len, f))
		json = json_null();
	else
		json = json_pack("{s:o, s:I, s:I}", "path", json_text(path),
				 "num_families",
				 (json_int_t)json_array_size(families),
				 "num_samples", (json_int_t)samples);
	buf_free(&text);
	return json;
}

static enum status metrics(struct context *ctx, const struct parsed *p,
			   struct answer *a)
{
	const struct value *path = &p->opt[METRICS_OUTPUT];
	json_t *families, *written = json_null();
	struct holders h;
	size_t samples;
	int err;

	holders_begin(&h);
	err = holders_add_all(&h);
	families = metrics_json(&h, &samples);
	if (err) {
		errno = err;
		fail_errno(&a->fail, "/proc");
	} else if (path->set) {
		written = write_json(ctx, path->text, families, samples,
				     &a->fail);
	}
	a->result = json_pack("{s:{s:o, s:o}}", "metrics", "written", written,
			      "families", families);
	holders_end(&h);
	return a->fail.status;
}

static const struct opt metrics_opts[] = {
	[METRICS_OUTPUT] = { .name = "output",
			     .letter = 'o',
			     .kind = KIND_PATH,
			     .metavar = "FILE",
			     .preset = "standard output",
			     .help = "put them there, in the place of what was there" },
	{ 0 },
};

static const struct block metrics_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "metrics.written",
	  .optional = true,
	  .text = "wrote {num_samples} samples of {num_families} families to {path}" },
	{ .kind = BLOCK_METRICS,
	  .key = "metrics.families",
	  .unless = "metrics.written" },
	{ 0 },
};

const struct command cmd_metrics = {
	.name = "metrics",
	.summary = "print what ps shows as OpenMetrics, for monitoring",
	.opts = metrics_opts,
	.flags = CMD_CLIENT,
	.run = metrics,
	.view = metrics_view,
};
