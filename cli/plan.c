// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "failure.h"
#include "number.h"
#include "render.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define TIB (UINT64_C(1) << 40)

/* AMD's HyperTransport, below 1 TiB: QEMU then has its RAM above that. */
#define HT_START UINT64_C(0xfd00000000)
#define HT_LAST (TIB - 1)

/* Pieces of RAM begin and end at these, for the IOMMU's large pages. */
#define PIECE (2 * MIB)

const struct plan_machine plan_machines[] = {
	{ "q35", 0xb0000000, 0x80000000, 32 * GIB, "q35-pcihost", false },
	{ "pc", 0xe0000000, 0xc0000000, 2 * GIB, "i440FX-pcihost", false },
	{ "any", 0xc0000000, 0xc0000000, 0, NULL, true },
};

const char *const plan_machine_names[] = { "q35", "pc", "any", NULL };

static uint64_t round_down(uint64_t value, uint64_t to)
{
	return value - value % to;
}

static uint64_t round_up(uint64_t value, uint64_t to)
{
	return round_down(value + (to - 1), to);
}

static uint64_t min_of(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void plan_problem(struct plan *p, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = mem_vasprintf(format, args);
	va_end(args);
	json_array_append_new(p->problems, json_text(text));
	free(text);
}

static void advise(struct plan *p, const char *option, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void advise(struct plan *p, const char *option, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = mem_vasprintf(format, args);
	va_end(args);
	json_array_append_new(p->advice, json_pack("{s:s, s:s}", "what", text,
						   "option", option));
	free(text);
}

static void add_part(struct plan *p, uint64_t start, uint64_t size,
		     enum plan_what what)
{
	p->part = mem_realloc(p->part, (p->count + 1) * sizeof(*p->part));
	p->part[p->count++] =
		(struct plan_part){ start, start + (size - 1), what };
}

/* What comes behind all that has been placed, and behind 4 GiB. */
static uint64_t next_free(const struct plan *p)
{
	uint64_t last = p->count ? p->part[p->count - 1].last : 0;

	return last < PLAN_4G ? PLAN_4G : last + 1;
}

static bool is_aperture(const struct claim *c)
{
	return !strcmp(c->kind, CLAIM_APERTURE);
}

/* "above the aperture 0x7fffffffff (39 address bits), of dmar0" */
static char *describe(const struct claim *c)
{
	json_t *json = claim_json(c, c->start, c->last);
	bool named = json_is_string(json_object_get(json, "name"));
	struct buf text = { 0 };
	char *words;

	render_fill(&text,
		    named ? "{name}[owners|, of {owners}]"
			  : "{kind}[owners|, of {owners}]",
		    json);
	words = mem_strdup(buf_text(&text));
	buf_free(&text);
	json_decref(json);
	return words;
}

static void blocked(struct plan *p, const char *what, uint64_t start,
		    uint64_t size, const struct claim *c)
{
	char human[NUMBER_HUMAN_SIZE], *words = describe(c);

	plan_problem(p,
		     "%s of %s at 0x%" PRIx64 "-0x%" PRIx64
		     " would reach into 0x%" PRIx64 "-0x%" PRIx64 ": %s",
		     what, number_human(size, human), start, start + (size - 1),
		     c->start, c->last, words);
	free(words);
}

/* How much RAM the machine can have, with nothing else changed. */
static void say_most(struct plan *p, uint64_t low, uint64_t base,
		     const struct claim *c)
{
	uint64_t end = c->start > p->window ? c->start - p->window : 0;
	char human[NUMBER_HUMAN_SIZE];

	if (p->window)
		end = round_down(end, GIB);
	if (end <= base && p->window) {
		plan_problem(
			p,
			"there is no room for it, however much RAM: --mmio 0 plans without");
		return;
	}
	number_human(low + (end > base ? round_down(end - base, MIB) : 0),
		     human);
	plan_problem(p, "with these devices %s can have at most %s of RAM%s",
		     p->machine->name, human,
		     p->window ? ", or more with a smaller --mmio" : "");
}

/* RAM from 0 on: up to the first hole, where QEMU can be told to stop. */
static uint64_t place_low(struct plan *p)
{
	const struct plan_machine *m = p->machine;
	uint64_t size = min_of(p->ram, p->ram < m->whole ? m->whole : m->low);
	const struct claim *c = claims_touching(&p->claims, 0, size - 1);
	char human[NUMBER_HUMAN_SIZE], *option;

	if (c && c->start < MIB) {
		blocked(p, "RAM", 0, size, c);
		return 0;
	}
	if (c) {
		size = round_down(c->start, MIB);
		option = mem_asprintf("-M %s,max-ram-below-4g=%s", m->name,
				      number_human(size, human));
		advise(p, option, "RAM below 4 GiB ends before a hole");
		free(option);
	}
	add_part(p, 0, size, PLAN_RAM);
	return size;
}

static bool has_hypertransport(const struct plan *p)
{
	for (size_t i = 0; i < p->claims.count; i++) {
		const struct claim *c = &p->claims.claim[i];

		if (!is_aperture(c) && c->start <= HT_LAST &&
		    c->last >= HT_START)
			return true;
	}
	return false;
}

/* Where RAM above 4 GiB begins: QEMU moves all of it when it is in the way. */
static uint64_t base_of(const struct plan *p, uint64_t high)
{
	uint64_t end = round_up(PLAN_4G + high, GIB) + p->window;

	return end > HT_START && has_hypertransport(p) ? TIB : PLAN_4G;
}

/* A guest as QEMU makes it: in one piece above 4 GiB. */
static void place_as_qemu(struct plan *p)
{
	uint64_t low = place_low(p), high = p->ram - low;
	uint64_t base = base_of(p, high), start;
	const struct claim *c = NULL;

	if (!low)
		return;
	if (high) {
		c = claims_touching(&p->claims, base, base + (high - 1));
		if (c)
			blocked(p, "RAM", base, high, c);
		else
			add_part(p, base, high, PLAN_RAM);
	}
	start = round_up(base + high, GIB);
	if (!c && p->window) {
		c = claims_touching(&p->claims, start, start + (p->window - 1));
		if (c)
			blocked(p, "the window for 64-bit BARs", start,
				p->window, c);
		else
			add_part(p, start, p->window, PLAN_WINDOW);
	}
	if (c)
		say_most(p, low, base, c);
	if (c && !is_aperture(c))
		plan_problem(
			p,
			"QEMU cannot leave that out; a monitor that can is planned for with --machine any");
}

/* Fills what is free from @from to below @end; returns what is left over. */
static uint64_t fill(struct plan *p, uint64_t left, uint64_t from, uint64_t end)
{
	while (left && from < end) {
		const struct claim *c =
			claims_touching(&p->claims, from, end - 1);
		uint64_t to = c ? c->start : end, size;

		to = to > from ? round_down(to, PIECE) : from;
		size = to > from ? min_of(left, to - from) : 0;
		if (size)
			add_part(p, from, size, PLAN_RAM);
		left -= size;
		if (!c || c->last >= end - 1)
			break;
		from = round_up(c->last + 1, PIECE);
	}
	return left;
}

static void place_window(struct plan *p)
{
	uint64_t align = p->bars.largest > GIB ? p->bars.largest : GIB;
	uint64_t start = round_up(next_free(p), align);
	const struct claim *c;

	while ((c = claims_touching(&p->claims, start,
				    start + (p->window - 1)))) {
		if (c->last >= PLAN_MOST) {
			blocked(p, "the window for 64-bit BARs", start,
				p->window, c);
			return;
		}
		start = round_up(c->last + 1, align);
	}
	add_part(p, start, p->window, PLAN_WINDOW);
}

/* A monitor that can have RAM in as many pieces as it takes. */
static void place_in_pieces(struct plan *p)
{
	uint64_t low = min_of(p->ram, p->machine->low);
	uint64_t left = p->ram - low + fill(p, low, 0, low);
	char human[NUMBER_HUMAN_SIZE];

	left = fill(p, left, PLAN_4G, PLAN_MOST);
	if (left)
		plan_problem(p, "%s of RAM is left when all addresses are used",
			     number_human(left, human));
	if (p->window)
		place_window(p);
}

/* With the host's own bits QEMU does not look at phys-bits=. */
static void advise_on_bits(struct plan *p)
{
	unsigned used = plan_bits_used(p), there = plan_bits_there(p);
	char *limit = mem_asprintf("-cpu host,host-phys-bits-limit=%u", there);

	if (there < 52)
		advise(p, limit,
		       "phys-bits of the guest: %u at least, %u at most, or its firmware puts BARs above",
		       used, there);
	else if (used > 40)
		advise(p, "-cpu host,host-phys-bits=on",
		       "phys-bits of the guest: %u at least", used);
	free(limit);
}

static void advise_on_window(struct plan *p)
{
	const struct plan_machine *m = p->machine;
	char human[NUMBER_HUMAN_SIZE], *option;

	if (!m->host_bridge || p->window == m->window)
		return;
	option = mem_asprintf("-global %s.pci-hole64-size=%s", m->host_bridge,
			      number_human(p->window, human));
	advise(p, option, "the window for 64-bit BARs is not as %s has it",
	       m->name);
	free(option);
}

static void check_bars(struct plan *p)
{
	char has[NUMBER_HUMAN_SIZE], needs[NUMBER_HUMAN_SIZE];

	if (p->window >= p->bars.total)
		return;
	plan_problem(
		p,
		"the 64-bit BARs of the devices take %s, and the window for them has %s: --mmio %s",
		number_human(p->bars.total, needs),
		number_human(p->window, has), needs);
}

/* Linux gives nobody a device that the firmware goes on to use. */
static void check_direct(struct plan *p)
{
	for (size_t i = 0; i < p->claims.count; i++) {
		const struct claim *c = &p->claims.claim[i];
		struct buf names = { 0 };

		if (strcmp(c->kind, CLAIM_DIRECT))
			continue;
		for (size_t n = 0; n < json_array_size(c->devices); n++)
			buf_printf(&names, "%s%s", n ? ", " : "",
				   json_string_value(
					   json_array_get(c->devices, n)));
		plan_problem(
			p,
			"0x%" PRIx64 "-0x%" PRIx64
			" must stay mapped one to one for the firmware (a direct region, as of an RMRR), and Linux gives no such device to user space: %s, or another device of the group",
			c->start, c->last, buf_text(&names));
		buf_free(&names);
	}
}

void plan_lay_out(struct plan *p)
{
	if (p->machine->splits)
		place_in_pieces(p);
	else
		place_as_qemu(p);
	check_bars(p);
	check_direct(p);
	if (json_array_size(p->problems))
		return;
	advise_on_window(p);
	advise_on_bits(p);
}

unsigned plan_bits_used(const struct plan *p)
{
	uint64_t last = PLAN_4G - 1;

	for (size_t i = 0; i < p->count; i++)
		if (p->part[i].last > last)
			last = p->part[i].last;
	return 64 - (unsigned)__builtin_clzll(last);
}

unsigned plan_bits_there(const struct plan *p)
{
	unsigned bits = 64;

	for (size_t i = 0; i < p->claims.count; i++) {
		const struct claim *c = &p->claims.claim[i];
		unsigned its =
			c->start ? 63 - (unsigned)__builtin_clzll(c->start) : 0;

		if (is_aperture(c) && its < bits)
			bits = its;
	}
	return bits;
}

void plan_free(struct plan *p)
{
	claims_free(&p->claims);
	free(p->part);
	json_decref(p->problems);
	json_decref(p->advice);
}
