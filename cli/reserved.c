// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a reserved range is for. The kernel gives its addresses and nothing
 * else, but where most of them lie is settled by the architectures.
 */
#include "reserved.h"

#include <linux/iommufd.h>
#include <stdlib.h>

#include "buf.h"
#include "iommu.h"
#include "render.h"

static const struct {
	struct iommu_iova_range range;
	const char *kind, *name;
} known[] = {
	{ { 0xfee00000, 0xfeefffff }, "msi", "MSI window of x86" },
	{ { 0x8000000, 0x80fffff }, "msi", "MSI window of Arm" },
	{ { 0xfd00000000, 0xffffffffff }, "reserved", "AMD's HyperTransport" },
};

/* The place in the table, or one behind it. */
static size_t find_known(const struct iommu_iova_range *reserved)
{
	size_t i, count = sizeof(known) / sizeof(*known);

	for (i = 0; i < count; i++)
		if (reserved->start >= known[i].range.start &&
		    reserved->last <= known[i].range.last)
			break;
	return i;
}

static bool is_known(const struct iommu_iova_range *reserved)
{
	return find_known(reserved) < sizeof(known) / sizeof(*known);
}

char *reserved_name(const struct iommu_iova_range *reserved)
{
	uint64_t start = reserved->start;

	if (is_known(reserved))
		return mem_strdup(known[find_known(reserved)].name);
	if (reserved->last == UINT64_MAX && start && !(start & (start - 1)))
		return mem_asprintf(
			"above the aperture 0x%llx (%d address bits)",
			(unsigned long long)start - 1, __builtin_ctzll(start));
	if (reserved->last == UINT64_MAX && start)
		return mem_strdup("above what the IOMMU can translate");
	if (!start)
		return mem_strdup("below what the IOMMU can translate");
	return NULL;
}

/* What it can only be, where nobody claims it. */
static const char *kind_of(const struct iommu_iova_range *reserved)
{
	if (is_known(reserved))
		return known[find_known(reserved)].kind;
	return !reserved->start || reserved->last == UINT64_MAX ? CLAIM_APERTURE
								: "unknown";
}

static void add_unclaimed(json_t *list, uint64_t start, uint64_t last)
{
	const struct iommu_iova_range part = { start, last };
	char *name = reserved_name(&part);
	json_t *json = json_range(&part);

	json_object_set_new(json, "kind", json_string(kind_of(&part)));
	json_object_set_new(json, "name", json_text_or_null(name));
	json_object_set_new(json, "owners", json_array());
	json_object_set_new(json, "devices", json_array());
	json_object_set_new(json, "sources", json_array());
	json_array_append_new(list, json);
	free(name);
}

/* The parts of a hole: of each claim, and what is between them. */
static void add_hole(json_t *list, const struct claims *c,
		     const struct iommu_iova_range *hole)
{
	uint64_t from = hole->start; /* nobody has claimed it so far */
	bool all = false; /* there is no more */

	for (size_t i = 0; i < c->count; i++) {
		const struct claim *claim = &c->claim[i];
		uint64_t start = claim->start, last = claim->last;

		if (start > hole->last || last < hole->start)
			continue;
		start = start > hole->start ? start : hole->start;
		last = last < hole->last ? last : hole->last;
		if (!all && start > from)
			add_unclaimed(list, from, start - 1);
		json_array_append_new(list, claim_json(claim, start, last));
		all |= last == hole->last;
		if (!all && last >= from)
			from = last + 1;
	}
	if (!all)
		add_unclaimed(list, from, hole->last);
}

json_t *reserved_holes_json(struct context *ctx, uint32_t ioas_id,
			    const struct iova_ranges *ranges)
{
	struct iommu_iova_range hole;
	json_t *list = json_array();
	struct claims claims = { 0 };
	uint64_t from = 0;

	reserved_claims(ctx, ioas_id, &claims);
	while (iommu_reserved(ranges, from, UINT64_MAX, &hole)) {
		add_hole(list, &claims, &hole);
		if (hole.last == UINT64_MAX)
			break;
		from = hole.last + 1;
	}
	claims_free(&claims);
	return list;
}

const json_t *reserved_hole_at(const json_t *holes, uint64_t start,
			       uint64_t last)
{
	const json_t *hole;
	size_t i;

	json_array_foreach((json_t *)holes, i, hole)
		if (json_hex_at(hole, "start") <= last &&
		    json_hex_at(hole, "last") >= start)
			return hole;
	return NULL;
}
