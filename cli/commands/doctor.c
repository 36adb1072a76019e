// SPDX-License-Identifier: GPL-2.0-or-later
/* `doctor`: why can no device be given to user space here, or can it? */
#include <stdarg.h>
#include <stdlib.h>

#include "buf.h"
#include "commands/commands.h"
#include "context.h"
#include "doctor.h"
#include "iommu.h"
#include "parse.h"
#include "render.h"

enum { DOCTOR_RAM };

static const char *const verdicts[] = {
	[VERDICT_OK] = "ok",
	[VERDICT_WARNING] = "warning",
	[VERDICT_FAILED] = "failed",
};

/* From the firmware up to a program's rights. */
static void (*const layers[])(struct checkup *c) = {
	doctor_firmware,   doctor_iommu,    doctor_groups,
	doctor_interrupts, doctor_iommufd,  doctor_vfio,
	doctor_vfio_cdev,  doctor_vfio_pci, doctor_memory,
};

void checkup_add(struct checkup *c, const char *layer, enum verdict verdict,
		 const char *evidence, const char *repair, const char *finding,
		 ...)
{
	va_list args;
	char *text;

	va_start(args, finding);
	text = mem_vasprintf(finding, args);
	va_end(args);
	c->count[verdict]++;
	json_array_append_new(c->layers,
			      json_pack("{s:s, s:s, s:o, s:o, s:o}", "layer",
					layer, "verdict", verdicts[verdict],
					"finding", json_text(text), "evidence",
					json_text(evidence), "repair",
					json_text_or_null(repair)));
	free(text);
}

static enum status doctor(struct context *ctx, const struct parsed *p,
			  struct answer *a)
{
	struct checkup c = {
		.release = kernel_release(),
		.device = ctx->path,
		.ram = p->opt[DOCTOR_RAM].num,
		.layers = json_array(),
	};
	size_t count = sizeof(layers) / sizeof(*layers);

	for (size_t i = 0; i < count; i++)
		layers[i](&c);
	a->result = json_pack("{s:{s:s, s:o}}", "doctor", "release", c.release,
			      "layers", c.layers);
	free(c.release);
	if (!c.count[VERDICT_FAILED])
		return STATUS_OK;
	a->partial = true;
	return fail(&a->fail, "%zu of %zu layers would have to be repaired",
		    c.count[VERDICT_FAILED], count);
}

static const struct opt doctor_opts[] = {
	[DOCTOR_RAM] = { .name = "ram",
			 .kind = KIND_NUMBER,
			 .metavar = "SIZE",
			 .help = "memory of a guest that is to have a device" },
	{ 0 },
};

static const struct block doctor_view[] = {
	{ .kind = BLOCK_ROWS,
	  .key = "doctor.layers",
	  .text = "{layer}: {verdict}, {finding}\n    {evidence}[repair|\n    repair: {repair}]" },
	{ 0 },
};

const struct command cmd_doctor = {
	.name = "doctor",
	.summary = "look for what keeps devices from user space here",
	.opts = doctor_opts,
	.flags = CMD_CLIENT,
	.run = doctor,
	.view = doctor_view,
};
