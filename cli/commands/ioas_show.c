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
#include "render_map.h"

enum { SHOW_MAP, SHOW_FROM, SHOW_TO, SHOW_DOT, SHOW_SVG };

struct survey {
	const struct object *ioas;
	struct iova_ranges ranges;
	uint64_t from, to;
};

/* The ranges that automatic addresses are taken from, if there is a list. */
static enum map_state allowed_at(const struct object *ioas, uint64_t at,
				 uint64_t *last)
{
	for (size_t i = 0; i < ioas->allowed_count; i++) {
		const struct iommu_iova_range *r = &ioas->allowed[i];

		if (r->start <= at && r->last >= at) {
			*last = r->last < *last ? r->last : *last;
			return MAP_ALLOWED;
		}
		if (r->start > at && r->start <= *last)
			*last = r->start - 1;
	}
	return MAP_FREE;
}

/* What holds at @at, and up to which address of @last and those below. */
static enum map_state state_at(const struct survey *s, uint64_t at,
			       uint64_t *last)
{
	const struct mapping *m = mapping_touching(s->ioas, at, *last);
	struct iommu_iova_range hole;

	if (m && m->iova <= at) {
		*last = mapping_last(m) < *last ? mapping_last(m) : *last;
		return MAP_MAPPED;
	}
	if (m)
		*last = m->iova - 1;
	if (!iommu_reserved(&s->ranges, at, *last, &hole))
		return allowed_at(s->ioas, at, last);
	if (hole.start > at) {
		*last = hole.start - 1;
		return allowed_at(s->ioas, at, last);
	}
	*last = hole.last < *last ? hole.last : *last;
	return MAP_RESERVED;
}

static void add_range(json_t *list, uint64_t start, uint64_t last,
		      enum map_state state)
{
	json_array_append_new(list, json_pack("{s:o, s:o, s:s}", "start",
					      json_hex64(start), "last",
					      json_hex64(last), "state",
					      map_state_name(state)));
}

/* All from s->from to s->to; neighbours of one state are one range. */
static json_t *ranges_json(const struct survey *s)
{
	json_t *list = json_array();
	uint64_t at = s->from, start = at, last = s->to;
	enum map_state state = state_at(s, at, &last), next;

	while (last != s->to) {
		uint64_t end = s->to;

		at = last + 1;
		next = state_at(s, at, &end);
		if (next != state) {
			add_range(list, start, last, state);
			start = at;
			state = next;
		}
		last = end;
	}
	add_range(list, start, last, state);
	return list;
}

/*
 * Without a wish, the picture ends where the interesting things do: after the
 * last mapping, allowed range or hole in what can be mapped.
 */
static uint64_t last_of_interest(const struct survey *s)
{
	uint64_t last = 0, limit = 0, cover = 0xfff;
	const struct mapping *m;
	struct iommu_iova_range hole;

	for (m = mapping_at_or_above(s->ioas, 0); m;
	     m = mapping_next(s->ioas, m))
		last = mapping_last(m);
	for (size_t i = 0; i < s->ioas->allowed_count; i++)
		if (s->ioas->allowed[i].last > last)
			last = s->ioas->allowed[i].last;
	if (s->ranges.count)
		limit = s->ranges.range[s->ranges.count - 1].last;
	if (limit && iommu_reserved(&s->ranges, 0, limit, &hole)) {
		for (size_t i = 1; i < s->ranges.count; i++)
			if (s->ranges.range[i].start - 1 > last)
				last = s->ranges.range[i].start - 1;
	}
	if (!last)
		return limit ? limit : UINT64_MAX;
	while (cover < last)
		cover = cover << 1 | 1;
	return cover;
}

static enum status choose_window(const struct parsed *p, struct survey *s,
				 struct failure *f)
{
	const struct value *from = &p->opt[SHOW_FROM], *to = &p->opt[SHOW_TO];

	s->from = from->num;
	s->to = to->set ? to->num : last_of_interest(s);
	if (!to->set && s->to < s->from)
		s->to = UINT64_MAX;
	if (s->from <= s->to)
		return STATUS_OK;
	return fail_at(f, p->words, to->at,
		       "the last address lies before the first");
}

static json_t *survey_json(struct context *ctx, const struct parsed *p,
			   const struct object *ioas, struct failure *f)
{
	struct survey s = { .ioas = ioas };
	json_t *map = NULL;

	if (iommu_ranges(ctx, ioas->id, &s.ranges, f))
		return NULL;
	if (!choose_window(p, &s, f))
		map = json_pack("{s:o, s:o, s:o}", "from", json_hex64(s.from),
				"to", json_hex64(s.to), "ranges",
				ranges_json(&s));
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
		map = survey_json(ctx, p, ioas, &a->fail);
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
