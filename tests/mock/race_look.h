/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Some map, unmap, attach and destroy, and others look at it in
 * /proc/self/fdinfo and in debugfs: what they read is complete and possible,
 * nobody is told EBUSY on account of them, and in the end the figures add up.
 */
#ifndef TESTS_MOCK_RACE_LOOK_H
#define TESTS_MOCK_RACE_LOOK_H

#include "look.h"
#include "race.h"

#define LOOK_PAGES 4

/* What stays, and is mapped into all the time. */
static uint32_t look_ioas;
/* How many of their mappings went there, and how many unmaps took some. */
static atomic_long look_maps, look_unmaps;

static void look_prepare(struct race *race)
{
	race->fd = iommu_open();
	race->memory = small_pages(LOOK_PAGES * PAGE);
	if (ioas_alloc(race->fd, &look_ioas))
		tap_bail_out("no IOAS");
}

static bool look_map(struct racer *racer)
{
	uint64_t page = race_below(racer, LOOK_PAGES);
	struct race *race = racer->race;
	int rc;

	if (race_below(racer, 2)) {
		rc = ioas_map_at(race->fd, look_ioas,
				 race->memory + page * PAGE, PAGE,
				 APERTURE_START + page * PAGE);
		atomic_fetch_add(&look_maps, !rc);
	} else {
		rc = ioas_unmap_at(race->fd, look_ioas,
				   APERTURE_START + page * PAGE, PAGE);
		atomic_fetch_add(&look_unmaps, !rc);
	}
	return RACE(racer, "MAP or UNMAP", rc, EEXIST, ENOENT, EBUSY);
}

/* Nobody else has these: whoever looks is no user of them. */
static bool look_make(struct racer *racer)
{
	int fd = racer->race->fd;
	struct mock mock;
	uint32_t id;
	int access;

	if (!RACE(racer, "IOAS_ALLOC", ioas_alloc(fd, &id), 0) ||
	    !RACE(racer, "a device", mock_device(fd, look_ioas, &mock), 0))
		return false;
	access = mock_access(fd, id, false);
	if (!RACE(racer, "an access", access, 0))
		return false;
	close(access);
	return RACE(racer, "a device's end", destroy(fd, mock.test_id), 0) &&
	       RACE(racer, "an IOAS's end", destroy(fd, id), 0);
}

static bool look_read_facts(struct racer *racer)
{
	struct facts facts;
	int64_t mapped, pinned;

	facts_read(&facts, racer->race->fd);
	mapped = facts_of(&facts, "ioas", look_ioas, "mapped-bytes");
	pinned = facts_of(&facts, "ioas", look_ioas, "pinned-bytes");
	if (mapped >= 0 && mapped <= (int64_t)(LOOK_PAGES * PAGE) &&
	    mapped % PAGE == 0 && pinned >= 0 &&
	    facts_number(&facts, "iommufd-objects-ioas") >= 1)
		return true;
	printf("# %s: impossible:\n%s", racer->race->name, facts.text);
	return false;
}

/* Lines, each whole, or EIO where what they are about has ended. */
static bool look_is_whole(struct racer *racer, const char *text, ssize_t length)
{
	if ((length >= 0 || length == -EIO) &&
	    (!*text || text[strlen(text) - 1] == '\n'))
		return true;
	printf("# %s: %zd:\n%s", racer->race->name, length, text);
	return false;
}

/* Those of the IOAS that stays: ascending, of a page each. */
static bool look_read_areas(struct racer *racer)
{
	char text[4096];
	uint64_t behind = APERTURE_START;
	ssize_t length =
		look_read(look_open_ioas(racer->race->fd, look_ioas, "areas"),
			  text, sizeof(text));
	const char *line;

	if (length < 0 || !look_is_whole(racer, text, length))
		return false;
	for (line = text; *line; line = strchr(line, '\n') + 1) {
		uint64_t start, last;

		if (sscanf(line, "0x%" SCNx64 "-0x%" SCNx64 " access=rw",
			   &start, &last) != 2 ||
		    start < behind || last != start + PAGE - 1 ||
		    look_number(line, "pinned") > 1 ||
		    look_number(line, "runs") > 1) {
			printf("# %s: impossible:\n%s", racer->race->name,
			       text);
			return false;
		}
		behind = last + 1;
	}
	return true;
}

/* Whatever there is, also of what is about to end. */
static bool look_read_all(struct racer *racer)
{
	static const char *const names[] = { "areas", "ranges" };
	uint32_t id = 1 + race_below(racer, 8);
	char path[64];
	char text[16384];
	int file;

	if (!look_is_whole(racer, text,
			   look_read(look_open(racer->race->fd, "objects"),
				     text, sizeof(text))) ||
	    !look_is_whole(racer, text,
			   look_read(look_open(racer->race->fd, "context"),
				     text, sizeof(text))))
		return false;
	snprintf(path, sizeof(path), "ioas/%" PRIu32 "/%s", id,
		 names[race_below(racer, 2)]);
	file = look_open_of(look_context(racer->race->fd), path);
	if (file < 0)
		return RACE(racer, "open", -errno, ENOENT, EIO);
	return look_is_whole(racer, text,
			     look_read_by(file, text, sizeof(text),
					  1 + race_below(racer, 100)));
}

static bool look_step(struct racer *racer)
{
	switch (racer->index) {
	case 0:
		return look_map(racer);
	case 1:
		return look_make(racer);
	case 2:
	case 3:
		return look_read_facts(racer);
	case 4:
		return look_read_areas(racer);
	default:
		return look_read_all(racer);
	}
}

/* What the lines of debugfs say together is what fdinfo says. */
static bool look_adds_up(struct race *race, int64_t mappings, int64_t pinned)
{
	char text[4096];
	int64_t lines = 0;
	int64_t pages = 0;
	const char *line;

	look_read(look_open_ioas(race->fd, look_ioas, "areas"), text,
		  sizeof(text));
	for (line = text; *line; line = strchr(line, '\n') + 1) {
		lines++;
		pages += look_number(line, "pinned");
	}
	if (lines == mappings && pages * (int64_t)PAGE == pinned)
		return true;
	printf("# %s: does not add up:\n%s", race->name, text);
	return false;
}

static bool look_finish(struct race *race)
{
	uint64_t everything = UINT64_MAX;
	int64_t mappings, mapped;
	struct facts facts;
	struct mock mock;
	bool ok;

	if (mock_device(race->fd, look_ioas, &mock))
		return false;
	facts_read(&facts, race->fd);
	mappings = facts_of(&facts, "ioas", look_ioas, "mappings");
	mapped = facts_of(&facts, "ioas", look_ioas, "mapped-bytes");
	ok = mapped == mappings * (int64_t)PAGE &&
	     mappings == atomic_load(&look_maps) - atomic_load(&look_unmaps) &&
	     facts_of(&facts, "ioas", look_ioas, "maps") ==
		     atomic_load(&look_maps) &&
	     facts_of(&facts, "ioas", look_ioas, "unmaps") ==
		     atomic_load(&look_unmaps) &&
	     facts_of(&facts, "ioas", look_ioas, "pinned-bytes") == mapped &&
	     facts_number(&facts, "iommufd-pinned-bytes") == mapped &&
	     facts_number(&facts, "iommufd-objects-ioas") == 1 &&
	     look_adds_up(race, mappings, mapped);
	ioas_unmap(race->fd, look_ioas, 0, &everything);
	if (!ok || everything != (uint64_t)mapped)
		printf("# %s: does not add up:\n%s", race->name, facts.text);
	return ok && everything == (uint64_t)mapped;
}

#endif
