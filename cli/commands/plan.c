// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `plan`: where the memory of a guest with these devices goes, or why it can
 * go nowhere. It reads sysfs only, and no device is touched.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "commands/commands.h"
#include "iommu.h"
#include "number.h"
#include "parse.h"
#include "plan.h"
#include "render.h"
#include "sysfs_check.h"
#include "sysfs_device.h"
#include "sysfs_group.h"
#include "sysfs_iommu.h"

enum { PLAN_RAM_SIZE, PLAN_DEVICE, PLAN_MMIO, PLAN_MACHINE, PLAN_BITS };

#define BITS_LEAST 32

static const struct opt plan_opts[] = {
	[PLAN_RAM_SIZE] = { .name = "ram",
			    .kind = KIND_SIZE,
			    .metavar = "SIZE",
			    .help = "memory of the guest; always needed" },
	[PLAN_DEVICE] = { .name = "device",
			  .letter = 'd',
			  .kind = KIND_PCI,
			  .metavar = "BDF",
			  .many = true,
			  .help = "a PCI device that it is to have; may be repeated" },
	[PLAN_MMIO] = { .name = "mmio",
			.kind = KIND_SIZE,
			.metavar = "SIZE",
			.preset = "as the machine has it, or as the BARs need",
			.help = "the window for BARs with 64-bit addresses" },
	[PLAN_MACHINE] = { .name = "machine",
			   .kind = KIND_CHOICE,
			   .metavar = "NAME",
			   .choices = plan_machine_names,
			   .preset = "q35",
			   .help = "QEMU's q35 or pc; any: RAM in pieces around every hole" },
	[PLAN_BITS] = { .name = "address-bits",
			.kind = KIND_NUMBER,
			.metavar = "N",
			.preset = "what sysfs says of the IOMMU",
			.help = "the bits of the addresses that the IOMMU translates" },
	{ 0 },
};

/* Sizes that a guest can have, in whole pages. */
static enum status check_size(const struct parsed *p, const struct value *v,
			      struct failure *f)
{
	if (v->num <= PLAN_MOST && !(v->num % PLAN_PAGE))
		return STATUS_OK;
	return fail_at(f, p->words, v->at, "a multiple of 4K, up to 4096T");
}

static enum status check(const struct parsed *p, struct failure *f)
{
	const struct value *ram = &p->opt[PLAN_RAM_SIZE];
	const struct value *bits = &p->opt[PLAN_BITS];

	if (!ram->set || !p->opt[PLAN_DEVICE].set)
		return fail_at(
			f, p->words, p->words->count,
			"%s is to have how much RAM, and which devices? --ram SIZE --device BDF",
			"the guest");
	if (check_size(p, ram, f) || check_size(p, &p->opt[PLAN_MMIO], f))
		return f->status;
	if (!ram->num)
		return fail_at(f, p->words, ram->at, "no guest runs in that");
	if (bits->set && (bits->num < BITS_LEAST || bits->num > 64))
		return fail_at(f, p->words, bits->at, "%d to 64 bits",
			       BITS_LEAST);
	return STATUS_OK;
}

static json_t *device_json(const struct sysfs_device *d,
			   const struct sysfs_iommu *iommu)
{
	struct sysfs_bars bars = { 0 };
	char *regions = sysfs_regions_path(d->group);
	json_t *json;

	sysfs_bars_add(d, &bars);
	json = json_pack("{s:o, s:I, s:o, s:o, s:o, s:o, s:o}", "device",
			 json_text(d->name), "iommu_group",
			 (json_int_t)strtoul(d->group, NULL, 10),
			 "regions_source", json_text(regions), "iommu",
			 json_text_or_null(iommu->name), "address_bits",
			 iommu->bits ? json_integer(iommu->bits) : json_null(),
			 "bits_source", json_text_or_null(iommu->source),
			 "bars_64", json_hex64(bars.total));
	free(regions);
	return json;
}

/* What the person says counts for more than what sysfs does. */
static void read_iommu(const struct parsed *p, const struct sysfs_device *d,
		       struct sysfs_iommu *iommu)
{
	const struct value *bits = &p->opt[PLAN_BITS];

	sysfs_iommu_read(d, iommu);
	if (!bits->set)
		return;
	free(iommu->source);
	iommu->source = mem_strdup("--address-bits");
	iommu->bits = (unsigned)bits->num;
}

static enum status add_device(struct plan *plan, const struct parsed *p,
			      const char *address, json_t *devices,
			      struct failure *f)
{
	struct sysfs_iommu iommu;
	struct sysfs_device d;

	if (sysfs_device_find(address, &d, f))
		return f->status;
	if (!sysfs_check_group(&d, f)) {
		read_iommu(p, &d, &iommu);
		claims_add_device(&plan->claims, &d, &iommu);
		sysfs_bars_add(&d, &plan->bars);
		json_array_append_new(devices, device_json(&d, &iommu));
		if (!iommu.bits)
			plan_problem(
				plan,
				"how many address bits the IOMMU of %s translates is not to be seen in sysfs: attach the device, see `iommufdctl ioas ranges ID --why`, and give --address-bits N",
				d.name);
		sysfs_iommu_free(&iommu);
	}
	sysfs_device_free(&d);
	return f->status;
}

/* Is a device of these words named before the word at @at? */
static bool named_before(const struct parsed *p, size_t at, const char *name)
{
	char other[PCI_ADDRESS_SIZE];
	const char *why;

	for (size_t i = 0; i < at; i++) {
		const struct word *word = &p->words->word[i];
		const char *equals = strchr(word->text, '=');

		if (word->of == &plan_opts[PLAN_DEVICE] &&
		    pci_address(equals ? equals + 1 : word->text, other,
				&why) &&
		    !strcmp(other, name))
			return true;
	}
	return false;
}

/* All values of --device; its name, without one, is no address. */
static enum status add_devices(struct plan *plan, const struct parsed *p,
			       json_t *devices, struct failure *f)
{
	char name[PCI_ADDRESS_SIZE];
	const char *why;

	for (size_t i = 0; i < p->words->count && !f->status; i++) {
		const struct word *word = &p->words->word[i];
		const char *equals = strchr(word->text, '=');

		if (word->of == &plan_opts[PLAN_DEVICE] &&
		    pci_address(equals ? equals + 1 : word->text, name, &why) &&
		    !named_before(p, i, name))
			add_device(plan, p, name, devices, f);
	}
	return f->status;
}

/* The largest BAR is aligned to its size, and the window to 1 GiB. */
static uint64_t window_of(const struct plan *plan, const struct parsed *p)
{
	uint64_t gib = UINT64_C(1) << 30, need = plan->bars.total;

	if (p->opt[PLAN_MMIO].set)
		return p->opt[PLAN_MMIO].num;
	if (plan->bars.largest > gib)
		need += plan->bars.largest - gib;
	return need > plan->machine->window ? need : plan->machine->window;
}

static json_t *part_json(uint64_t start, uint64_t last, const char *what,
			 const char *kind, const char *name)
{
	return json_pack(
		"{s:o, s:o, s:o, s:s, s:b, s:s?, s:s, s:[], s:[], s:[]}",
		"start", json_hex64(start), "last", json_hex64(last), "length",
		json_hex64(last - start + 1), "what", what, "mapped", !kind,
		"kind", kind, "name", name, "owners", "devices", "sources");
}

/* A short name: a table has the addresses. */
static json_t *hole_json(const struct claim *c)
{
	json_t *json = claim_json(c, c->start, c->last);

	json_object_set_new(json, "length", json_hex64(c->last - c->start + 1));
	json_object_set_new(json, "what", json_string("hole"));
	json_object_set_new(json, "mapped", json_false());
	if (!strcmp(c->kind, CLAIM_APERTURE))
		json_object_set_new(
			json, "name",
			json_sprintf("above %d address bits",
				     63 - __builtin_clzll(c->start)));
	else if (json_is_null(json_object_get(json, "name")))
		json_object_set_new(json, "name", json_text(c->kind));
	return json;
}

static json_t *placed_json(const struct plan_part *part)
{
	if (part->what == PLAN_WINDOW)
		return part_json(part->start, part->last, "window", NULL,
				 "window for 64-bit BARs");
	return part_json(part->start, part->last, "ram", NULL,
			 part->start < PLAN_4G ? "RAM below 4 GiB"
					       : "RAM above 4 GiB");
}

/* The last address of RAM below 4 GiB. */
static uint64_t low_last(const struct plan *plan)
{
	uint64_t last = 0;

	for (size_t i = 0; i < plan->count; i++)
		if (plan->part[i].last < PLAN_4G)
			last = plan->part[i].last;
	return last;
}

static int by_start(const void *a, const void *b)
{
	uint64_t x = json_hex_at(*(json_t *const *)a, "start");
	uint64_t y = json_hex_at(*(json_t *const *)b, "start");

	return (x > y) - (x < y);
}

/* What is placed and what is in the way, by address. */
static json_t *ranges_json(const struct plan *plan)
{
	size_t count = 0, most = plan->count + plan->claims.count + 1;
	json_t **rows = mem_realloc(NULL, most * sizeof(*rows));
	json_t *list = json_array();

	for (size_t i = 0; i < plan->count; i++)
		rows[count++] = placed_json(&plan->part[i]);
	for (size_t i = 0; i < plan->claims.count; i++)
		rows[count++] = hole_json(&plan->claims.claim[i]);
	if (plan->count)
		rows[count++] = part_json(low_last(plan) + 1, PLAN_4G - 1,
					  "hole", "machine",
					  "devices of the machine");
	qsort(rows, count, sizeof(*rows), by_start);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, rows[i]);
	free(rows);
	return list;
}

static json_t *plan_json(const struct plan *plan, json_t *devices)
{
	unsigned bits = plan_bits_there(plan);

	return json_pack(
		"{s:{s:s, s:o, s:o, s:I, s:I, s:b, s:O, s:o, s:O, s:O}}",
		"plan", "machine", plan->machine->name, "ram",
		json_hex64(plan->ram), "window", json_hex64(plan->window),
		"bits_used", (json_int_t)plan_bits_used(plan), "bits_there",
		(json_int_t)bits, "fits", !json_array_size(plan->problems),
		"devices", devices, "ranges", ranges_json(plan), "problems",
		plan->problems, "advice", plan->advice);
}

/* All that is in the way, as one message. */
static enum status tell(const struct plan *plan, struct failure *f)
{
	struct buf text = { 0 };
	const json_t *problem;
	size_t i;

	json_array_foreach(plan->problems, i, problem)
		buf_printf(&text, "%s%s", i ? "; " : "",
			   json_string_value(problem));
	if (i)
		fail(f, "%s", buf_text(&text));
	buf_free(&text);
	return f->status;
}

static enum status plan(struct context *ctx, const struct parsed *p,
			struct answer *a)
{
	struct plan plan = { .machine =
				     &plan_machines[p->opt[PLAN_MACHINE].num],
			     .ram = p->opt[PLAN_RAM_SIZE].num };
	json_t *devices;

	(void)ctx;
	if (check(p, &a->fail))
		return a->fail.status;
	plan.problems = json_array();
	plan.advice = json_array();
	devices = json_array();
	if (!add_devices(&plan, p, devices, &a->fail)) {
		plan.window = window_of(&plan, p);
		plan_lay_out(&plan);
		a->result = plan_json(&plan, devices);
		a->partial = tell(&plan, &a->fail);
	}
	json_decref(devices);
	plan_free(&plan);
	return a->fail.status;
}

static const struct block plan_view[] = {
	{ .kind = BLOCK_ROWS,
	  .key = "plan.devices",
	  .text = "{device}: group {iommu_group}, {regions_source}"
		  "[address_bits|\n    [iommu|{iommu}: ]{address_bits} address bits, {bits_source}]" },
	{ .kind = BLOCK_TABLE,
	  .key = "plan.ranges",
	  .cells = (const char *const[]){ "RANGE={start}-{last}",
					  "SIZE=[mapped|{length:size}]",
					  "WHAT=[kind|hole: ][name|{name}]",
					  "OWNER={owners}", NULL } },
	{ .kind = BLOCK_ROWS,
	  .key = "plan.advice",
	  .text = "{what}\n    {option}" },
	{ 0 },
};

const struct command cmd_plan = {
	.name = "plan",
	.summary = "lay out a guest's memory around what devices reserve",
	.opts = plan_opts,
	.flags = CMD_CLIENT,
	.run = plan,
	.view = plan_view,
};
