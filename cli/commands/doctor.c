// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `doctor`: why can no device be given to user space here, or can it? The
 * machine as a whole, one device of it, or both as another process meets them.
 */
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>

#include "buf.h"
#include "commands/commands.h"
#include "context.h"
#include "doctor.h"
#include "iommu.h"
#include "parse.h"
#include "render.h"
#include "sysfs_device.h"
#include "sysfs_group.h"

enum { DOCTOR_RAM, DOCTOR_PID };

static const char *const verdicts[] = {
	[VERDICT_OK] = "ok",
	[VERDICT_WARNING] = "warning",
	[VERDICT_FAILED] = "failed",
};

static const char *const causes[] = {
	[CAUSE_NONE] = NULL,
	[CAUSE_NOT_COMPILED] = "not-compiled",
	[CAUSE_NOT_INSTALLED] = "not-installed",
	[CAUSE_NOT_LOADED] = "not-loaded",
	[CAUSE_NOT_BOUND] = "not-bound",
	[CAUSE_HIDDEN] = "hidden",
	[CAUSE_ABSENT] = "absent",
	[CAUSE_FOREIGN] = "foreign",
	[CAUSE_NO_PERMISSION] = "no-permission",
	[CAUSE_FORBIDDEN] = "forbidden",
	[CAUSE_OTHER] = "other",
};

typedef void layer(struct checkup *c);

/* From the firmware up to a program's rights. */
static layer *const of_machine[] = {
	doctor_firmware,   doctor_iommu,       doctor_groups,
	doctor_interrupts, doctor_iommufd,     doctor_vfio,
	doctor_vfio_cdev,  doctor_vfio_pci,    doctor_process,
	doctor_namespaces, doctor_cgroup,      doctor_confinement,
	doctor_memory,	   doctor_memory_user, NULL,
};

/* What the machine has to have is in it as far as one device needs it. */
static layer *const of_device[] = {
	doctor_group,
	doctor_isolation,
	doctor_reserved,
	doctor_interrupts,
	doctor_reset,
	doctor_driver,
	doctor_iommufd,
	doctor_vfio,
	doctor_device_nodes,
	doctor_holders,
	doctor_process,
	doctor_namespaces,
	doctor_cgroup,
	doctor_confinement,
	doctor_memory,
	doctor_memory_user,
	NULL,
};

const char *cause_name(enum cause cause)
{
	return causes[cause];
}

void checkup_add(struct checkup *c, const struct finding *f, const char *words,
		 ...)
{
	va_list args;
	char *text;

	va_start(args, words);
	text = mem_vasprintf(words, args);
	va_end(args);
	c->count[f->verdict]++;
	json_array_append_new(
		c->layers,
		json_pack("{s:s, s:s, s:s?, s:o, s:o, s:o}", "layer", f->layer,
			  "verdict", verdicts[f->verdict], "cause",
			  causes[f->cause], "finding", json_text(text),
			  "evidence", json_text(f->evidence), "repair",
			  json_text_or_null(f->repair)));
	free(text);
}

static json_t *result(const struct checkup *c)
{
	return json_pack(
		"{s:{s:s, s:o, s:o, s:O, s:o}}", "doctor", "release",
		c->release, "device",
		json_text_or_null(c->about ? c->about->name : NULL), "pid",
		c->subject.pid ? json_integer(c->subject.pid) : json_null(),
		"layers", c->layers, "nodes", doctor_nodes_json(c));
}

static void judge(const struct checkup *c, struct answer *a)
{
	if (!subject_lives(&c->subject))
		fail(&a->fail, "process %d has ended meanwhile",
		     (int)c->subject.pid);
	else if (c->count[VERDICT_FAILED])
		fail(&a->fail, "%zu of %zu layers would have to be repaired",
		     c->count[VERDICT_FAILED], json_array_size(c->layers));
	a->partial = a->fail.status;
}

static enum status open_subject(struct checkup *c, const struct parsed *p,
				struct failure *f)
{
	const struct value *pid = &p->opt[DOCTOR_PID];

	if (pid->set && (!pid->num || pid->num > INT_MAX))
		return fail_at(f, p->words, pid->at,
			       "processes have numbers from 1 to %d", INT_MAX);
	return subject_open(&c->subject, (pid_t)pid->num, f);
}

/* @about: the device, or NULL for the machine. */
static enum status examine(struct context *ctx, const struct parsed *p,
			   const struct sysfs_device *about, struct answer *a)
{
	struct checkup c = { .device = ctx->path,
			     .ram = p->opt[DOCTOR_RAM].num,
			     .about = about };
	struct sysfs_group group;

	if (!open_subject(&c, p, &a->fail)) {
		if (about && about->group &&
		    sysfs_group_read(about->group, &group))
			c.group = &group;
		c.release = kernel_release();
		c.layers = json_array();
		doctor_list_nodes(&c);
		for (layer *const *l = about ? of_device : of_machine; *l; l++)
			(*l)(&c);
		a->result = result(&c);
		judge(&c, a);
		doctor_free_nodes(&c);
		json_decref(c.layers);
		free(c.release);
		if (c.group)
			sysfs_group_free(&group);
	}
	subject_close(&c.subject);
	return a->fail.status;
}

static enum status doctor(struct context *ctx, const struct parsed *p,
			  struct answer *a)
{
	return examine(ctx, p, NULL, a);
}

static enum status device(struct context *ctx, const struct parsed *p,
			  struct answer *a)
{
	struct sysfs_device d;

	if (!sysfs_device_find(p->arg[0].text, &d, &a->fail))
		examine(ctx, p, &d, a);
	sysfs_device_free(&d);
	return a->fail.status;
}

static const struct opt doctor_opts[] = {
	[DOCTOR_RAM] = { .name = "ram",
			 .kind = KIND_NUMBER,
			 .metavar = "SIZE",
			 .help = "memory of a guest that is to have a device" },
	[DOCTOR_PID] = { .name = "pid",
			 .kind = KIND_NUMBER,
			 .metavar = "PID",
			 .preset = "this one",
			 .help = "look through the eyes of this process" },
	{ 0 },
};

static const struct block doctor_view[] = {
	{ .kind = BLOCK_ROWS,
	  .key = "doctor.layers",
	  .text = "{layer}: {verdict}, {finding}\n    {evidence}[repair|\n    repair: {repair}]" },
	{ .kind = BLOCK_TABLE,
	  .key = "doctor.nodes",
	  .cells = (const char *const[]){ "NODE={path}",
					  "NUMBER=[number|{number}]",
					  "DEVICE=[device|{device}]",
					  "OPENS={may_open}",
					  "CAUSE=[cause|{cause}]", NULL } },
	{ 0 },
};

static const struct arg device_args[] = {
	{ .name = "BDF", .kind = KIND_PCI, .help = "the device's PCI address" },
	{ 0 },
};

static const struct command cmd_doctor_device = {
	.name = "device",
	.summary = "look for what keeps one device from user space",
	.args = device_args,
	.opts = doctor_opts,
	.flags = CMD_CLIENT,
	.run = device,
	.view = doctor_view,
};

static const struct command *const doctor_commands[] = {
	&cmd_doctor_device,
	NULL,
};

const struct command cmd_doctor = {
	.name = "doctor",
	.summary = "look for what keeps devices from user space here",
	.sub = doctor_commands,
	.opts = doctor_opts,
	.flags = CMD_CLIENT,
	.run = doctor,
	.view = doctor_view,
};
