// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The classes of faults that take two to happen, all at the same time for as
 * long as RACE_SECONDS in the environment says, by default 30, and 60 on a
 * kernel that watches itself. What each thread is told must be possible, and
 * what is left must be nothing; the kernel's log, which the harness reads, has
 * to stay clean.
 */
#include "race_access.h"
#include "race_attach.h"
#include "race_look.h"
#include "race_objects.h"

static struct race races[] = {
	{
		.name = "class 1: requests for ids that are just being made",
		.threads = 3,
		.prepare = early_prepare,
		.step = early_step,
		.finish = early_finish,
	},
	{
		.name = "class 2: objects destroyed by many, each once",
		.threads = 3,
		.prepare = once_prepare,
		.step = once_step,
		.finish = once_finish,
	},
	{
		.name = "class 9: pages unpinned by an unmap while others unmap",
		.threads = 3,
		.prepare = pin_prepare,
		.step = pin_step,
		.finish = pin_finish,
	},
	{
		.name = "class 10: IOAS replaced while it is mapped and read",
		.threads = 3,
		.prepare = move_prepare,
		.step = move_step,
		.finish = move_finish,
	},
	{
		.name = "class 12: devices on one page table, in any order",
		.threads = 2,
		.prepare = join_prepare,
		.step = join_step,
		.finish = join_finish,
	},
	{
		.name = "class 16: page requests while all changes",
		.threads = 4,
		.prepare = fault_prepare,
		.step = fault_step,
		.finish = fault_finish,
	},
	{
		.name = "looked at in fdinfo and debugfs while all changes",
		.threads = 6,
		.prepare = look_prepare,
		.step = look_step,
		.finish = look_finish,
	},
};

#define RACES (int)(sizeof(races) / sizeof(races[0]))

int main(int argc, char **argv)
{
	const char *given = argc > 1 ? argv[1] : getenv("RACE_SECONDS");
	unsigned int seconds = given	      ? strtoul(given, NULL, 0)
			       : is_watched() ? 60
					      : 30;
	long pinned = pinned_pages();
	int i;

	for (i = 0; i < RACES; i++)
		races[i].prepare(&races[i]);
	for (i = 0; i < RACES; i++) {
		if (!races[i].lacking)
			race_start(&races[i]);
	}
	race_sleep(seconds);
	atomic_store(&race_over, true);
	for (i = 0; i < RACES; i++) {
		if (races[i].lacking)
			mock_lacks(races[i].name, races[i].lacking);
		else
			race_end(&races[i]);
	}
	tap_check(pinned_pages() == pinned,
		  "as many pages are pinned as before");
	return tap_done();
}
