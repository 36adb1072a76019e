/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operations on devices and page tables.
 */
#ifndef TESTS_MOCK_MODEL_ATTACH_H
#define TESTS_MOCK_MODEL_ATTACH_H

#include "model_maps.h"

/* Where it is looked does not change what is tried. */
static struct random looks;

static bool check_pagetable(int pagetable)
{
	const struct table *t =
		&model.tables[model.pagetables[pagetable].table];
	struct mapping hole;
	int i;

	for (i = 0; i < t->mapped; i++) {
		if (!check_mapping(pagetable, &t->mappings[i]))
			return false;
	}
	/* And nothing where nothing is mapped. */
	hole.iova = APERTURE_START +
		    random_below(&looks, 160 * PAGE / IO_PAGE) * IO_PAGE;
	if (is_mapped(t, hole.iova, hole.iova + IO_PAGE - 1))
		return true;
	return expect(mock_check_map(fd, model.pagetables[pagetable].id,
				     hole.iova, IO_PAGE, arena),
		      EINVAL);
}

/* The automatic page table of @table, which may have to be made. */
static int automatic_pagetable(int table, int *expected)
{
	int found = PICK(model.pagetables,
			 it->live && it->automatic && it->table == table);

	if (found >= 0)
		return found;
	*expected = expect_pagetable(&model, table);
	return PICK(model.pagetables, !it->live);
}

/* Where a device goes that is attached to a table or to a page table. */
static int some_pagetable(int *expected, uint32_t *id, bool *automatic)
{
	int table = below(TABLES);
	int manual = PICK(model.pagetables, it->live && !it->automatic);

	*expected = 0;
	*automatic = false;
	if (one_in(2) && manual >= 0) {
		*id = model.pagetables[manual].id;
		return manual;
	}
	*automatic = true;
	*id = model.tables[table].id;
	manual = automatic_pagetable(table, expected);
	if (manual >= 0 && !model.pagetables[manual].live)
		model.pagetables[manual] = (struct pagetable){
			.table = table,
			.automatic = true,
		};
	return manual;
}

static bool enter_pagetable(int index, uint32_t id)
{
	struct pagetable *pagetable = &model.pagetables[index];

	if (!pagetable->live)
		pagetable->id = id;
	else if (!expect_value("page table", id, pagetable->id))
		return false;
	pagetable->live = true;
	pagetable->devices++;
	return check_pagetable(index);
}

static bool attach(void)
{
	int device = PICK(model.devices, !it->live);
	uint32_t flags = one_in(4) ? MOCK_FLAGS_DEVICE_HUGE_IOVA : 0;
	int expected, pagetable;
	struct mock mock;
	bool automatic;
	uint32_t id;

	if (device < 0)
		return true;
	pagetable = some_pagetable(&expected, &id, &automatic);
	if (pagetable < 0)
		return true;
	TRYING("attaching device %d to %s, of table %d", device,
	       automatic ? "its table" : "a page table",
	       model.pagetables[pagetable].table);
	if (!expect(mock_device_flags(fd, id, flags, &mock), expected))
		return false;
	if (expected)
		return true;
	model.devices[device] = (struct device){
		.live = true,
		.mock = mock,
		.pagetable = pagetable,
	};
	return enter_pagetable(pagetable, mock.hwpt_id);
}

static bool detach(void)
{
	int device = PICK(model.devices, it->live);
	struct device *d = &model.devices[device];

	if (device < 0)
		return true;
	TRYING("DESTROY of bound device %d", device);
	if (!expect(destroy(fd, d->mock.device_id), EBUSY))
		return false;
	TRYING("detaching device %d", device);
	if (!expect(destroy(fd, d->mock.test_id), 0))
		return false;
	leave_pagetable(&model, d->pagetable);
	d->live = false;
	return true;
}

static bool replace(void)
{
	int device = PICK(model.devices, it->live);
	struct device *d = &model.devices[device];
	int expected, pagetable;
	bool automatic;
	uint32_t id;

	if (device < 0)
		return true;
	pagetable = some_pagetable(&expected, &id, &automatic);
	if (pagetable < 0)
		return true;
	TRYING("replacing what device %d is attached to by %s, of table %d",
	       device, automatic ? "a table" : "a page table",
	       model.pagetables[pagetable].table);
	if (!expect(mock_replace(fd, &d->mock, id), expected))
		return false;
	if (expected || pagetable == d->pagetable)
		return true;
	leave_pagetable(&model, d->pagetable);
	d->pagetable = pagetable;
	return enter_pagetable(pagetable, d->mock.hwpt_id);
}

static bool new_pagetable(void)
{
	int pagetable = PICK(model.pagetables, !it->live);
	int device = PICK(model.devices, it->live);
	int table = below(TABLES);
	int expected;
	uint32_t id;

	if (device < 0 || pagetable < 0)
		return true;
	expected = expect_pagetable(&model, table);
	TRYING("HWPT_ALLOC of table %d for device %d", table, device);
	if (!expect(hwpt_alloc_flags(fd, model.devices[device].mock.device_id,
				     model.tables[table].id, 0, &id),
		    expected))
		return false;
	if (expected)
		return true;
	model.pagetables[pagetable] = (struct pagetable){
		.live = true,
		.id = id,
		.table = table,
	};
	return check_pagetable(pagetable);
}

static bool destroy_pagetable(void)
{
	int pagetable = PICK(model.pagetables, it->live);
	struct pagetable *p = &model.pagetables[pagetable];

	if (pagetable < 0)
		return true;
	TRYING("DESTROY of page table %d", pagetable);
	if (!expect(destroy(fd, p->id), p->devices ? EBUSY : 0))
		return false;
	p->live = p->devices;
	return true;
}

#endif
