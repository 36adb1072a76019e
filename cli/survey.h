/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What there is in an address space, from one end of it to the other: what is
 * mapped, reserved, allowed and free, for render_map() and its like.
 */
#ifndef CLI_SURVEY_H
#define CLI_SURVEY_H

#include <jansson.h>
#include <stdint.h>

#include "iommu.h"

struct object;

struct survey {
	const struct object *ioas;
	struct iova_ranges ranges;
	uint64_t from, to;
};

/*
 * Without a wish, the picture ends where the interesting things do: after the
 * last mapping, allowed range or hole in what can be mapped.
 */
uint64_t survey_last(const struct survey *s);
/* All from s->from to s->to; neighbours of one state are one range. */
json_t *survey_json(const struct survey *s);

#endif
