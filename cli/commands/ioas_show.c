// SPDX-License-Identifier: GPL-2.0-or-later
/* `ioas show`: an address space, as a list of its mappings or drawn. */
#include <stdlib.h>

#include "commands/commands.h"
#include "context.h"
#include "ioas.h"
#include "iommu.h"
#include "parse.h"
#include "picture.h"
#include "render.h"
#include "survey.h"

enum { SHOW_MAP, SHOW_FROM, SHOW_TO, SHOW_DOT, SHOW_SVG };

static enum status choose_window(const struct parsed *p, struct survey *s,
				 struct failure *f)
{
	const struct value *from = &p->opt[SHOW_FROM], *to = &p->opt[SHOW_TO];

	s->from = from->num;
	s->to = to->set ? to->num : survey_last(s);
	if (!to->set && s->to < s->from)
		s->to = UINT64_MAX;
	if (s->from <= s->to)
		return STATUS_OK;
	return fail_at(f, p->words, to->at,
		       "the last address lies before the first");
}

static json_t *map_json(struct context *ctx, const struct parsed *p,
			const struct object *ioas, struct failure *f)
{
	struct survey s = { .ioas = ioas };
	json_t *map = NULL;

	if (iommu_ranges(ctx, ioas->id, &s.ranges, f))
		return NULL;
	if (!choose_window(p, &s, f))
		map = survey_json(&s);
	free(s.ranges.range);
	return map;
}

static bool is_drawn(const struct parsed *p)
{
	return p->opt[SHOW_MAP].set || p->opt[SHOW_DOT].set ||
	       p->opt[SHOW_SVG].set;
}

static enum status check(const struct parsed *p, struct failure *f)
{
	const struct value *zoom =
		&p->opt[p->opt[SHOW_FROM].set ? SHOW_FROM : SHOW_TO];

	if (!zoom->set || is_drawn(p))
		return STATUS_OK;
	return fail_at(f, p->words, zoom->at,
		       "--from and --to go with --map, --dot or --svg");
}

static enum status show(struct context *ctx, const struct parsed *p,
			struct answer *a)
{
	const struct object *ioas = ioas_get(ctx, p, 0, &a->fail);
	json_t *json, *map = NULL;

	if (!ioas || check(p, &a->fail))
		return a->fail.status;
	if (is_drawn(p)) {
		map = map_json(ctx, p, ioas, &a->fail);
		if (!map)
			return a->fail.status;
	}
	json = ioas_json(ioas);
	json_object_set_new(json, "mappings", mappings_json(ioas));
	a->result = json_pack("{s:o, s:o}", "ioas", json, "map",
			      map ? map : json_null());
	return picture_answer(ctx, p, SHOW_DOT, SHOW_SVG, &picture_of_map, map,
			      a->result, &a->fail);
}

static const struct arg show_args[] = {
	{ .name = "ID",
	  .kind = KIND_ID,
	  .objects = OF(IOAS),
	  .help = "the ioas" },
	{ 0 },
};

static const struct opt show_opts[] = {
	[SHOW_MAP] = { .name = "map",
		       .kind = KIND_FLAG,
		       .help = "draw the address space" },
	[SHOW_FROM] = { .name = "from",
			.kind = KIND_ADDRESS,
			.metavar = "N",
			.preset = "0",
			.help = "from this address" },
	[SHOW_TO] = { .name = "to",
		      .kind = KIND_ADDRESS,
		      .metavar = "N",
		      .preset = "after the last of interest",
		      .help = "up to this one, which is part of it" },
	PICTURE_OPTS(SHOW_DOT, SHOW_SVG),
	{ 0 },
};

static const struct block show_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "ioas",
	  .unless = "picture",
	  .text = "ioas {ioas_id}[name| {name}]: {num_mappings:mapping}, {mapped_length:size} mapped" },
	{ .kind = BLOCK_TABLE,
	  .key = "ioas.mappings",
	  .unless = "map",
	  .cells =
		  (const char *const[]){
			  "IOVA={iova}", "LENGTH={length}",
			  "SIZE={length:size}", "ACCESS={:access}",
			  "MEMORY={memory.kind}",
			  "PATH=[memory.path|{memory.path} at {memory.offset}]",
			  NULL } },
	{ .kind = BLOCK_MAP,
	  .key = "map",
	  .optional = true,
	  .unless = "picture" },
	PICTURE_VIEW,
	{ 0 },
};

const struct command cmd_ioas_show = {
	.name = "show",
	.summary = "show an address space and its mappings",
	.args = show_args,
	.opts = show_opts,
	.flags = CMD_DEVICE,
	.run = show,
	.view = show_view,
};
