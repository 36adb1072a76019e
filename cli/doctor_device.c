// SPDX-License-Identifier: GPL-2.0-or-later
/* The layers of one device: its group, its nodes, and who has it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "commands/group_json.h"
#include "doctor.h"
#include "holders.h"
#include "sysfs.h"
#include "sysfs_device.h"
#include "sysfs_group.h"

static const char *text_at(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* "0000:01:01.0 (e1000e) blocks, 0000:00:02.0 (pcieport) is harmless" */
static char *members_words(const json_t *members)
{
	struct buf words = { 0 };
	const json_t *member;
	char *text;
	size_t i;

	json_array_foreach((json_t *)members, i, member) {
		const char *driver = text_at(member, "driver");

		buf_printf(&words, "%s%s (%s) %s", i ? ", " : "",
			   text_at(member, "device"),
			   driver ? driver : "no driver",
			   text_at(member, "effect"));
	}
	text = mem_strdup(buf_text(&words));
	buf_free(&words);
	return text;
}

/* The first command that takes a device out of the group's way, or NULL. */
static const char *first_command(const json_t *members)
{
	const json_t *member;
	size_t i;

	json_array_foreach((json_t *)members, i, member) {
		const char *effect = text_at(member, "effect");

		if (effect && !strcmp(effect, "blocks"))
			return text_at(member, "command");
	}
	return NULL;
}

static void no_group(struct checkup *c)
{
	bool any = sysfs_has("/sys/class", "iommu") &&
		   sysfs_has(SYSFS_GROUPS, "0");

	checkup_add(c,
		    &(struct finding){
			    .layer = "group",
			    .verdict = VERDICT_FAILED,
			    .evidence = c->about->path,
			    .repair = any ? NULL : "iommufdctl doctor",
		    },
		    "it has no IOMMU group: no IOMMU is in its way");
}

/* As the kernel decides it, device by device. */
void doctor_group(struct checkup *c)
{
	json_t *members, *group;
	char *words, *path;
	bool viable;

	if (!c->group) {
		no_group(c);
		return;
	}
	path = mem_asprintf("%s/%s", SYSFS_GROUPS, c->group->number);
	group = group_verdict_json(c->group, &members);
	viable = json_is_true(json_object_get(group, "viable"));
	words = members_words(members);
	checkup_add(c,
		    &(struct finding){
			    .layer = "group",
			    .verdict = viable ? VERDICT_OK : VERDICT_FAILED,
			    .evidence = path,
			    .repair = viable ? NULL : first_command(members),
		    },
		    "%s is %sviable: %s", c->group->number,
		    viable ? "" : "not ", words);
	free(words);
	json_decref(members);
	json_decref(group);
	free(path);
}

/* Of what only a device's own driver can give to it. */
static void no_nodes(struct checkup *c)
{
	char *repair = sysfs_device_is_bridge(c->about)
			       ? NULL
			       : mem_asprintf("iommufdctl device bind %s",
					      c->about->name);

	checkup_add(c,
		    &(struct finding){
			    .layer = "nodes",
			    .verdict = VERDICT_FAILED,
			    .cause = CAUSE_NOT_BOUND,
			    .evidence = c->about->path,
			    .repair = repair,
		    },
		    "it has none, since VFIO does not drive it");
	free(repair);
}

/* One of the two is enough, in the way that the program takes. */
void doctor_device_nodes(struct checkup *c)
{
	struct finding f = { .layer = "nodes" };
	const struct doctor_node *bad = NULL;
	struct buf words = { 0 };
	size_t usable = 0;

	for (size_t i = 0; i < c->num_nodes; i++) {
		const struct doctor_node *n = &c->nodes[i];

		if (!n->device)
			continue;
		buf_printf(&words, "%s%s%s%s", words.len ? ", " : "", n->path,
			   n->cause ? ": " : "", n->cause ? n->why : "");
		f.evidence = n->path;
		usable += !n->cause;
		bad = n->cause && !bad ? n : bad;
	}
	if (!f.evidence) {
		no_nodes(c);
		return;
	}
	if (bad) {
		f.verdict = usable ? VERDICT_WARNING : VERDICT_FAILED;
		f.cause = bad->cause;
		f.evidence = bad->path;
		f.repair = bad->repair;
	}
	checkup_add(c, &f, "%s", buf_text(&words));
	buf_free(&words);
}

void doctor_holders(struct checkup *c)
{
	struct finding f = { .layer = "holders", .evidence = "/proc" };
	char *repair = mem_asprintf("iommufdctl ps %s", c->about->name);
	struct failure ignored = { 0 };
	struct buf words = { 0 };
	const json_t *file;
	struct holders h;
	size_t i;

	holders_begin(&h);
	holders_add_all(&h);
	/* It can leave meanwhile: nobody has it then. */
	if (holders_only(&h, c->about->name, &ignored))
		json_array_clear(h.files);
	json_array_foreach(h.files, i, file) {
		buf_printf(&words, "%sprocess %" PRId64 " (%s) has %s open",
			   words.len ? ", " : "",
			   (int64_t)json_integer_value(
				   json_object_get(file, "pid")),
			   text_at(file, "command"), text_at(file, "path"));
	}
	if (words.len) {
		f.verdict = VERDICT_WARNING;
		f.repair = repair;
		checkup_add(c, &f, "%s", buf_text(&words));
	} else if (h.hidden) {
		f.verdict = VERDICT_WARNING;
		f.repair = "sudo iommufdctl ps";
		checkup_add(
			c, &f,
			"none seen, but %u processes could not be looked at without CAP_SYS_PTRACE",
			h.hidden);
	} else {
		checkup_add(c, &f, "no process has it open");
	}
	buf_free(&words);
	holders_end(&h);
	failure_free(&ignored);
	free(repair);
}

/* Between two users, the next must not find what the last has left. */
void doctor_reset(struct checkup *c)
{
	char *methods = sysfs_read(c->about->path, "reset_method");
	struct finding f = { .layer = "reset", .evidence = c->about->path };

	if (methods && *methods) {
		checkup_add(c, &f, "by %s", methods);
	} else {
		f.verdict = VERDICT_WARNING;
		checkup_add(
			c, &f,
			"nothing resets it alone: what a user leaves in it, the next one finds");
	}
	free(methods);
}

/*
 * A region that the firmware wants mapped one to one at all times keeps a
 * device from users, since theirs are the mappings then; unless the kernel
 * knows that it is only used at boot ("direct-relaxable").
 */
void doctor_reserved(struct checkup *c)
{
	struct finding f = { .layer = "reserved", .evidence = SYSFS_GROUPS };
	size_t direct = 0, count = 0;
	const json_t *region;
	json_t *group, *members;
	size_t i;

	if (!c->group)
		return;
	group = group_verdict_json(c->group, &members);
	json_array_foreach(json_object_get(group, "reserved_regions"), i,
			   region) {
		const char *type = text_at(region, "type");

		count++;
		direct += type && !strcmp(type, "direct");
	}
	if (direct) {
		f.verdict = VERDICT_FAILED;
		f.repair =
			"switch off in the firmware's setup what uses the device, such as USB or graphics of the firmware's own";
		checkup_add(
			c, &f,
			"the firmware wants %zu of its regions mapped at all times (RMRR), and so no user may have it",
			direct);
	} else {
		checkup_add(c, &f,
			    "%zu region%s, and the firmware uses none of it",
			    count, count == 1 ? "" : "s");
	}
	json_decref(members);
	json_decref(group);
}
