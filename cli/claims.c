// SPDX-License-Identifier: GPL-2.0-or-later
#include "claims.h"

#include <linux/iommufd.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "iommu.h"
#include "reserved.h"
#include "sysfs_device.h"
#include "sysfs_group.h"
#include "sysfs_iommu.h"

void texts_add(json_t *list, const char *text)
{
	json_t *json = json_text(text), *other;
	size_t i;

	json_array_foreach(list, i, other)
		if (json_equal(json, other))
			break;
	if (i == json_array_size(list))
		json_array_append(list, json);
	json_decref(json);
}

/* Where there is such a claim, or is to be one. */
static size_t place(const struct claims *c, const struct claim *values,
		    bool *there)
{
	size_t at = 0;

	for (; at < c->count && c->claim[at].start <= values->start; at++) {
		const struct claim *other = &c->claim[at];

		*there = other->start == values->start &&
			 other->last == values->last &&
			 !strcmp(other->kind, values->kind);
		if (*there)
			return at;
	}
	*there = false;
	return at;
}

void claims_add(struct claims *c, const struct claim *values, const char *owner,
		const char *device, const char *source)
{
	bool there;
	size_t at = place(c, values, &there);
	struct claim *claim;

	if (!there) {
		c->claim = mem_realloc(c->claim,
				       (c->count + 1) * sizeof(*c->claim));
		claim = &c->claim[at];
		memmove(claim + 1, claim, (c->count - at) * sizeof(*claim));
		c->count++;
		*claim = (struct claim){ .start = values->start,
					 .last = values->last,
					 .kind = mem_strdup(values->kind),
					 .owners = json_array(),
					 .devices = json_array(),
					 .sources = json_array() };
	}
	claim = &c->claim[at];
	if (owner)
		texts_add(claim->owners, owner);
	if (device)
		texts_add(claim->devices, device);
	if (source)
		texts_add(claim->sources, source);
}

static void add_regions(struct claims *c, const struct sysfs_device *d)
{
	struct sysfs_regions regions = sysfs_regions_read(d->group);
	char *owner = mem_asprintf("group %s", d->group);
	char *source = sysfs_regions_path(d->group);

	for (size_t i = 0; i < regions.count; i++) {
		struct sysfs_region *r = &regions.region[i];
		const struct claim values = { .start = r->start,
					      .last = r->last,
					      .kind = r->type };

		if (sysfs_region_is_hole(r))
			claims_add(c, &values, owner, d->name, source);
	}
	free(source);
	free(owner);
	free(regions.region);
}

void claims_add_device(struct claims *c, const struct sysfs_device *d,
		       const struct sysfs_iommu *iommu)
{
	struct claim above = { .last = UINT64_MAX, .kind = CLAIM_APERTURE };

	add_regions(c, d);
	if (!iommu->bits || iommu->bits >= 64)
		return;
	above.start = address_last(iommu->bits) + 1;
	claims_add(c, &above, iommu->name, d->name, iommu->source);
}

const struct claim *claims_touching(const struct claims *c, uint64_t start,
				    uint64_t last)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->claim[i].start <= last && c->claim[i].last >= start)
			return &c->claim[i];
	return NULL;
}

void claims_free(struct claims *c)
{
	for (size_t i = 0; i < c->count; i++) {
		free(c->claim[i].kind);
		json_decref(c->claim[i].owners);
		json_decref(c->claim[i].devices);
		json_decref(c->claim[i].sources);
	}
	free(c->claim);
	*c = (struct claims){ 0 };
}

json_t *claim_json(const struct claim *c, uint64_t start, uint64_t last)
{
	struct iommu_iova_range part = { start, last };
	char *name = strcmp(c->kind, CLAIM_DIRECT) ? reserved_name(&part)
						   : NULL;
	json_t *json = json_range(&part);

	json_object_set_new(json, "kind", json_text(c->kind));
	if (!strcmp(c->kind, CLAIM_DIRECT))
		json_object_set_new(
			json, "name",
			json_string("mapped one to one for the firmware"));
	else
		json_object_set_new(json, "name", json_text_or_null(name));
	json_object_set(json, "owners", c->owners);
	json_object_set(json, "devices", c->devices);
	json_object_set(json, "sources", c->sources);
	free(name);
	return json;
}
