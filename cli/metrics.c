// SPDX-License-Identifier: GPL-2.0-or-later
#include "metrics.h"

#include <stdbool.h>
#include <stdio.h>

#include "failure.h"
#include "holders.h"
#include "iommu.h"

enum family {
	SCRAPE_COMPLETE,
	HIDDEN_PROCESSES,
	SILENT_CONTEXTS,
	TRUNCATED_CONTEXTS,
	PROCESS_PINNED,
	PROCESS_LOCKED,
	PROCESS_LIMIT,
	DESCRIPTORS,
	CONTEXT_PINNED,
	CONTEXT_ACCOUNTED,
	CONTEXT_OBJECTS,
	CONTEXT_DEVICES,
	IOAS_MAPPINGS,
	IOAS_MAPPED,
	IOAS_PINNED,
	IOAS_ACCOUNTED,
	IOAS_PAGE_TABLES,
	IOAS_MAPS,
	IOAS_UNMAPS,
	IOAS_FLUSHES,
	FAMILIES,
};

/* A name ends in its unit; samples of a counter end in _total. */
static const struct {
	const char *name, *unit, *type, *help;
} families[FAMILIES] = {
	[SCRAPE_COMPLETE] = { "iommufd_scrape_complete", NULL, "gauge",
			      "1 if all there is was seen: no process was hidden or ended meanwhile, no context was silent or truncated." },
	[HIDDEN_PROCESSES] = { "iommufd_hidden_processes", "processes", "gauge",
			       "Processes that could not be looked at, for want of CAP_SYS_PTRACE." },
	[SILENT_CONTEXTS] = { "iommufd_silent_contexts", "contexts", "gauge",
			      "Open files of /dev/iommu of which the kernel does not say what they hold, as Linux's own iommufd." },
	[TRUNCATED_CONTEXTS] = { "iommufd_truncated_contexts", "contexts",
				 "gauge",
				 "Open files of /dev/iommu that hold more objects than the kernel lists." },
	[PROCESS_PINNED] = { "iommufd_process_pinned_bytes", "bytes", "gauge",
			     "Memory that the process has pinned, VmPin." },
	[PROCESS_LOCKED] = { "iommufd_process_locked_bytes", "bytes", "gauge",
			     "Memory that the process has locked, VmLck." },
	[PROCESS_LIMIT] = { "iommufd_process_lock_limit_bytes", "bytes",
			    "gauge",
			    "Memory that the process may lock, RLIMIT_MEMLOCK; +Inf: all." },
	[DESCRIPTORS] = { "iommufd_open_descriptors", "descriptors", "gauge",
			  "Descriptors of /dev/iommu and of VFIO's files, and which way groups and devices are driven." },
	[CONTEXT_PINNED] = { "iommufd_context_pinned_bytes", "bytes", "gauge",
			     "Memory pinned through an open file of /dev/iommu, each page once." },
	[CONTEXT_ACCOUNTED] = { "iommufd_context_accounted_bytes", "bytes",
				"gauge",
				"How much of that counts against a limit of locked memory." },
	[CONTEXT_OBJECTS] = { "iommufd_context_objects", "objects", "gauge",
			      "Objects of an open file of /dev/iommu, by kind." },
	[CONTEXT_DEVICES] = { "iommufd_context_devices", "devices", "gauge",
			      "Devices bound to an open file of /dev/iommu, and the address space that each is attached to." },
	[IOAS_MAPPINGS] = { "iommufd_ioas_mappings", "mappings", "gauge",
			    "Mappings of an address space." },
	[IOAS_MAPPED] = { "iommufd_ioas_mapped_bytes", "bytes", "gauge",
			  "Memory mapped into an address space." },
	[IOAS_PINNED] = { "iommufd_ioas_pinned_bytes", "bytes", "gauge",
			  "Memory pinned for an address space's page tables and for drivers." },
	[IOAS_ACCOUNTED] = { "iommufd_ioas_accounted_bytes", "bytes", "gauge",
			     "How much of that counts against a limit of locked memory." },
	[IOAS_PAGE_TABLES] = { "iommufd_ioas_page_tables", "tables", "gauge",
			       "Page tables of IOMMUs that mirror an address space." },
	[IOAS_MAPS] = { "iommufd_ioas_map_requests", "requests", "counter",
			"Requests that have mapped something." },
	[IOAS_UNMAPS] = { "iommufd_ioas_unmap_requests", "requests", "counter",
			  "Requests that have unmapped something." },
	[IOAS_FLUSHES] = { "iommufd_ioas_iotlb_flushes", "flushes", "counter",
			   "Flushes of the IOTLB." },
};

/* A key of a tree of ps, and what it becomes. */
struct fact {
	const char *key;
	enum family family;
};

static const struct fact process_facts[] = {
	{ "pinned_bytes", PROCESS_PINNED },
	{ "locked_bytes", PROCESS_LOCKED },
	{ "lock_limit", PROCESS_LIMIT },
	{ 0 },
};

static const struct fact context_facts[] = {
	{ "pinned_bytes", CONTEXT_PINNED },
	{ "accounted_bytes", CONTEXT_ACCOUNTED },
	{ 0 },
};

static const struct fact ioas_facts[] = {
	{ "mappings", IOAS_MAPPINGS },
	{ "mapped_bytes", IOAS_MAPPED },
	{ "pinned_bytes", IOAS_PINNED },
	{ "accounted_bytes", IOAS_ACCOUNTED },
	{ "page_tables", IOAS_PAGE_TABLES },
	{ "maps", IOAS_MAPS },
	{ "unmaps", IOAS_UNMAPS },
	{ "flushes", IOAS_FLUSHES },
	{ 0 },
};

struct collector {
	json_t *samples[FAMILIES];
	size_t count;
	unsigned silent, truncated;
};

/* Labels are added to a copy of those that samples have in common. */
static void label(json_t *labels, const char *name, json_t *value)
{
	char number[32];

	if (json_is_integer(value)) {
		snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
			 json_integer_value(value));
		value = json_string(number);
	} else {
		value = json_is_string(value) ? json_incref(value)
					      : json_string("");
	}
	json_array_append_new(labels, json_pack("{s:s, s:o}", "label", name,
						"value", value));
}

/* Takes over @labels; @value as in a tree of ps. */
static void sample(struct collector *c, enum family family, json_t *labels,
		   const json_t *value)
{
	json_t *json = json_is_integer(value)
			       ? json_hex64((__u64)json_integer_value(value))
		       : json_is_string(value) ? json_copy((json_t *)value)
					       : json_null();

	json_array_append_new(c->samples[family],
			      json_pack("{s:o, s:o}", "labels", labels, "value",
					json));
	c->count++;
}

static void count(struct collector *c, enum family family, size_t value)
{
	json_t *json = json_integer((json_int_t)value);

	sample(c, family, json_array(), json);
	json_decref(json);
}

/* A fact that is not there is no sample: only a limit can be absent and say
 * something. */
static void add_facts(struct collector *c, const struct fact *facts,
		      const json_t *object, const json_t *labels)
{
	for (; facts->key; facts++) {
		const json_t *value = json_object_get(object, facts->key);

		if (!json_is_null(value) || facts->family == PROCESS_LIMIT)
			sample(c, facts->family, json_copy((json_t *)labels),
			       value);
	}
}

/* "pid" and "command" of a process or of one of its files. */
static json_t *labels_of(const json_t *object)
{
	json_t *labels = json_array();

	label(labels, "pid", json_object_get(object, "pid"));
	label(labels, "command", json_object_get(object, "command"));
	return labels;
}

static void add_objects(struct collector *c, const json_t *context,
			const json_t *labels)
{
	json_t *counts = json_object_get(context, "objects"), *value, *with;
	const char *kind;

	json_object_foreach(counts, kind, value) {
		json_t *name = json_string(kind);

		if (!json_is_null(value)) {
			with = json_copy((json_t *)labels);
			label(with, "kind", name);
			sample(c, CONTEXT_OBJECTS, with, value);
		}
		json_decref(name);
	}
}

static void add_ioas(struct collector *c, const json_t *context,
		     const json_t *labels)
{
	json_t *ioas, *with;
	size_t i;

	json_array_foreach(json_object_get(context, "ioas"), i, ioas) {
		with = json_copy((json_t *)labels);
		label(with, "ioas", json_object_get(ioas, "ioas_id"));
		add_facts(c, ioas_facts, ioas, with);
		json_decref(with);
	}
}

/* The IOAS that a page table of the context mirrors, or NULL. */
static json_t *ioas_of(const json_t *context, const json_t *hwpt_id)
{
	const json_t *hwpt;
	size_t i;

	json_array_foreach(json_object_get(context, "hwpts"), i, hwpt)
		if (json_equal(json_object_get(hwpt, "hwpt_id"), hwpt_id))
			return json_object_get(hwpt, "ioas_id");
	return NULL;
}

static void add_devices(struct collector *c, const json_t *context,
			const json_t *labels)
{
	json_t *device, *with, *one = json_integer(1);
	size_t i;

	json_array_foreach(json_object_get(context, "devices"), i, device) {
		with = json_copy((json_t *)labels);
		label(with, "device", json_object_get(device, "name"));
		label(with, "group", json_object_get(device, "group"));
		label(with, "ioas",
		      ioas_of(context, json_object_get(device, "hwpt_id")));
		sample(c, CONTEXT_DEVICES, with, one);
	}
	json_decref(one);
}

static void add_context(struct collector *c, const json_t *file)
{
	const json_t *context = json_object_get(file, "context");
	json_t *labels = labels_of(file);

	label(labels, "fd", json_object_get(file, "fd"));
	if (json_integer_value(json_object_get(context, "more_objects")))
		c->truncated++;
	add_facts(c, context_facts, context, labels);
	add_objects(c, context, labels);
	add_devices(c, context, labels);
	add_ioas(c, context, labels);
	json_decref(labels);
}

static void add_descriptor(struct collector *c, const json_t *file)
{
	const json_t *devices = json_object_get(file, "devices");
	json_t *labels = labels_of(file), *one = json_integer(1);
	/* Those of an iommufd have samples of their own. */
	bool is_one = json_is_null(json_object_get(file, "context"));

	label(labels, "fd", json_object_get(file, "fd"));
	label(labels, "kind", json_object_get(file, "kind"));
	label(labels, "group", json_object_get(file, "group"));
	label(labels, "device", is_one ? json_array_get(devices, 0) : NULL);
	label(labels, "driven_by", json_object_get(file, "driven_by"));
	sample(c, DESCRIPTORS, labels, one);
	json_decref(one);
}

/* Is it the first of the descriptors that are one open file? */
static bool is_first(const json_t *files, size_t at)
{
	json_t *file = json_object_get(json_array_get(files, at), "open_file");

	for (size_t i = 0; json_is_integer(file) && i < at; i++)
		if (json_equal(json_object_get(json_array_get(files, i),
					       "open_file"),
			       file))
			return false;
	return true;
}

static bool is_iommufd(const json_t *file)
{
	json_t *iommufd = json_string("iommufd");
	bool is = json_equal(json_object_get(file, "kind"), iommufd);

	json_decref(iommufd);
	return is;
}

static void add_all(struct collector *c, const struct holders *h)
{
	const json_t *item;
	json_t *labels;
	size_t i;

	json_array_foreach(h->processes, i, item) {
		labels = labels_of(item);
		add_facts(c, process_facts, item, labels);
		json_decref(labels);
	}
	json_array_foreach(h->files, i, item) {
		add_descriptor(c, item);
		if (!is_iommufd(item) || !is_first(h->files, i))
			continue;
		if (json_is_null(json_object_get(item, "context")))
			c->silent++;
		else
			add_context(c, item);
	}
	count(c, HIDDEN_PROCESSES, h->hidden);
	count(c, SILENT_CONTEXTS, c->silent);
	count(c, TRUNCATED_CONTEXTS, c->truncated);
	count(c, SCRAPE_COMPLETE,
	      !h->hidden && !h->changed && !c->silent && !c->truncated);
}

json_t *metrics_json(const struct holders *h, size_t *samples)
{
	struct collector c = { 0 };
	json_t *list = json_array();

	for (size_t i = 0; i < FAMILIES; i++)
		c.samples[i] = json_array();
	add_all(&c, h);
	for (size_t i = 0; i < FAMILIES; i++)
		json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:s?, s:s, s:o}", "family",
				  families[i].name, "type", families[i].type,
				  "unit", families[i].unit, "help",
				  families[i].help, "samples", c.samples[i]));
	*samples = c.count;
	return list;
}
