/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `ps` finds, as numbers to be watched over time: families of samples,
 * each with labels. Labels are such that no two samples of a family have the
 * same, and few enough for a whole fleet to be kept.
 */
#ifndef CLI_METRICS_H
#define CLI_METRICS_H

#include <jansson.h>
#include <stddef.h>

struct holders;

/*
 * All families, also those without samples, and how many samples there are. A
 * value is in hex, null where there is no limit.
 */
json_t *metrics_json(const struct holders *h, size_t *samples);

#endif
