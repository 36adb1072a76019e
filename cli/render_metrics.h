/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Metrics as OpenMetrics text, which Prometheus' own older format is nearly a
 * subset of: what reads that takes units and the end for comments, and the
 * samples of counters, whose names end in _total, as untyped.
 */
#ifndef CLI_RENDER_METRICS_H
#define CLI_RENDER_METRICS_H

#include <jansson.h>

struct buf;

/* @families: as metrics_json() makes them. */
void render_metrics(struct buf *out, const json_t *families);

#endif
