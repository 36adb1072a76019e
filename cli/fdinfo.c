// SPDX-License-Identifier: GPL-2.0-or-later
#include "fdinfo.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "iommu.h"
#include "procfs.h"

#define VERSION 1

enum type {
	COUNT,
	BYTES,
	ID, /* 0 is none */
	TEXT,
};

struct fact {
	const char *key; /* of a line */
	const char *name; /* of the tree */
	enum type type;
};

/* Objects of a kind: lines of KIND-ID-KEY, one after the other for each. */
struct kind {
	const char *prefix;
	const char *list;
	const char *id;
	const struct fact *facts;
};

static const struct fact context_facts[] = {
	{ "iommufd-context", "context_id", ID },
	{ "iommufd-rlimit-mode", "rlimit_mode", COUNT },
	{ "iommufd-pinned-bytes", "pinned_bytes", BYTES },
	{ "iommufd-accounted-bytes", "accounted_bytes", BYTES },
	{ "iommufd-vfio-ioas", "vfio_ioas_id", ID },
	{ "iommufd-more-objects", "more_objects", COUNT },
	{ 0 },
};

static const struct fact object_counts[] = {
	{ "iommufd-objects-ioas", "ioas", COUNT },
	{ "iommufd-objects-hwpt-paging", "hwpt_paging", COUNT },
	{ "iommufd-objects-hwpt-nested", "hwpt_nested", COUNT },
	{ "iommufd-objects-device", "device", COUNT },
	{ "iommufd-objects-access", "access", COUNT },
	{ "iommufd-objects-fault", "fault", COUNT },
	{ 0 },
};

static const struct fact ioas_facts[] = {
	{ "mappings", "mappings", COUNT },
	{ "mapped-bytes", "mapped_bytes", BYTES },
	{ "pinned-bytes", "pinned_bytes", BYTES },
	{ "accounted-bytes", "accounted_bytes", BYTES },
	{ "huge-pages", "huge_pages", COUNT },
	{ "page-tables", "page_tables", COUNT },
	{ "maps", "maps", COUNT },
	{ "unmaps", "unmaps", COUNT },
	{ "flushes", "flushes", COUNT },
	{ 0 },
};

static const struct fact hwpt_facts[] = {
	{ "ioas", "ioas_id", ID },
	{ "automatic", "automatic", COUNT },
	{ "parent", "parent_id", ID },
	{ 0 },
};

static const struct fact device_facts[] = {
	{ "name", "name", TEXT },
	{ "group", "group", COUNT },
	{ "hwpt", "hwpt_id", ID },
	{ 0 },
};

static const struct fact access_facts[] = {
	{ "ioas", "ioas_id", ID },
	{ 0 },
};

static const struct kind kinds[] = {
	{ "ioas", "ioas", "ioas_id", ioas_facts },
	{ "hwpt", "hwpts", "hwpt_id", hwpt_facts },
	{ "device", "devices", "dev_id", device_facts },
	{ "access", "accesses", "access_id", access_facts },
	{ 0 },
};

static json_t *text_json(const char *value)
{
	char *text = strndup(value, strcspn(value, "\n"));
	json_t *json = json_text(text);

	free(text);
	return json;
}

/* A decimal number that is all of the line. */
static bool is_number(const char *value, unsigned long long *number)
{
	char *end;

	errno = 0;
	*number = strtoull(value, &end, 10);
	return *value >= '0' && *value <= '9' && *end == '\n' && !errno;
}

/* What a line's value is; null without the line, or when it makes no sense. */
static json_t *value_json(enum type type, const char *value)
{
	unsigned long long number;

	/* Every line ends: the last one may have been cut. */
	if (!value || !strchr(value, '\n'))
		return json_null();
	if (type == TEXT)
		return text_json(value);
	if (!is_number(value, &number) || (type != BYTES && number > INT64_MAX))
		return json_null();
	if (type == BYTES)
		return json_hex64(number);
	return type == ID && !number ? json_null()
				     : json_integer((json_int_t)number);
}

static json_t *facts_json(const char *text, const struct fact *facts,
			  const char *prefix)
{
	json_t *object = json_object();
	char key[96];

	for (; facts->key; facts++) {
		snprintf(key, sizeof(key), "%s%s", prefix, facts->key);
		json_object_set_new(object, facts->name,
				    value_json(facts->type,
					       procfs_line(text, key)));
	}
	return object;
}

/* Where the lines of the next object of a kind begin, or NULL. */
static const char *next_object(const char *text, const char *prefix,
			       unsigned long *id)
{
	size_t length = strlen(prefix);
	unsigned long before = *id;

	while (text && *text) {
		if (!strncmp(text, prefix, length) && text[length] == '-') {
			*id = strtoul(text + length + 1, NULL, 10);
			if (*id != before && *id <= UINT32_MAX)
				return text;
		}
		text = strchr(text, '\n');
		text += text != NULL;
	}
	return NULL;
}

static json_t *objects_json(const char *text, const struct kind *kind)
{
	json_t *list = json_array();
	unsigned long id = 0;
	char prefix[32];
	json_t *object;

	while ((text = next_object(text, kind->prefix, &id))) {
		snprintf(prefix, sizeof(prefix), "%s-%lu-", kind->prefix, id);
		object = facts_json(text, kind->facts, prefix);
		json_object_set_new(object, kind->id,
				    json_integer((json_int_t)id));
		json_array_append_new(list, object);
	}
	return list;
}

json_t *fdinfo_json(const char *text)
{
	const char *version = procfs_line(text, "iommufd-fdinfo");
	const struct kind *kind;
	json_t *context;

	if (!version || strtoul(version, NULL, 10) != VERSION)
		return json_null();
	context = facts_json(text, context_facts, "");
	json_object_set_new(context, "objects",
			    facts_json(text, object_counts, ""));
	for (kind = kinds; kind->prefix; kind++)
		json_object_set_new(context, kind->list,
				    objects_json(text, kind));
	return context;
}
