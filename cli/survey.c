// SPDX-License-Identifier: GPL-2.0-or-later
#include "survey.h"

#include "iommu.h"
#include "render_map.h"
#include "store.h"

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

uint64_t survey_last(const struct survey *s)
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

json_t *survey_json(const struct survey *s)
{
	return json_pack("{s:o, s:o, s:o}", "from", json_hex64(s->from), "to",
			 json_hex64(s->to), "ranges", ranges_json(s));
}
