// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ids and addresses of a trace. There may be as many as there are calls, so
 * ids are found by a hash; of addresses that the kernel chose, the one that is
 * meant is nearly always among the last.
 */
#include <stdlib.h>

#include "buf.h"
#include "replay.h"

static size_t place_of(const struct replay_walk *w, size_t file, uint32_t id)
{
	size_t at = (file * 0x9e3779b1 + id * UINT64_C(0x9e3779b97f4a7c15)) %
		    w->hashes;

	while (w->hash[at] && (w->id[w->hash[at] - 1].file != file ||
			       w->id[w->hash[at] - 1].id != id))
		at = (at + 1) % w->hashes;
	return at;
}

static void grow(struct replay_walk *w)
{
	w->hashes = w->hashes ? 2 * w->hashes : 64;
	w->hash = mem_realloc(w->hash, w->hashes * sizeof(*w->hash));
	w->id = mem_realloc(w->id, w->hashes * sizeof(*w->id));
	for (size_t i = 0; i < w->hashes; i++)
		w->hash[i] = 0;
	for (size_t i = 0; i < w->ids; i++)
		w->hash[place_of(w, w->id[i].file, w->id[i].id)] = i + 1;
}

size_t replay_id_find(const struct replay_walk *w, size_t file, uint32_t id)
{
	size_t at = w->hashes ? w->hash[place_of(w, file, id)] : 0;

	return at && w->id[at - 1].alive ? at - 1 : SIZE_MAX;
}

size_t replay_id_add(struct replay_walk *w, size_t file, uint32_t id)
{
	size_t place;

	if (w->ids >= w->hashes / 2)
		grow(w);
	place = place_of(w, file, id);
	if (!w->hash[place])
		w->hash[place] = ++w->ids;
	w->id[w->hash[place] - 1] = (struct replay_id){
		.file = file,
		.id = id,
		.alive = true,
		.of = w->hash[place] - 1,
	};
	return w->hash[place] - 1;
}

size_t replay_iova_add(struct replay_walk *w, size_t ioas, uint64_t start,
		       uint64_t length)
{
	if (!(w->iovas & (w->iovas - 1)))
		w->iova = mem_realloc(w->iova, (w->iovas ? 2 * w->iovas : 1) *
						       sizeof(*w->iova));
	w->iova[w->iovas] = (struct replay_iova){
		.ioas = ioas,
		.start = start,
		.length = length,
		.alive = true,
	};
	return w->iovas++;
}

size_t replay_iova_find(const struct replay_walk *w, size_t ioas, uint64_t iova)
{
	for (size_t i = w->iovas; i--;)
		if (w->iova[i].alive && w->iova[i].ioas == ioas &&
		    iova - w->iova[i].start < w->iova[i].length)
			return i;
	return SIZE_MAX;
}

void replay_iova_drop(struct replay_walk *w, size_t ioas, uint64_t start,
		      uint64_t length)
{
	for (size_t i = w->iovas; i--;)
		if (w->iova[i].alive && w->iova[i].ioas == ioas &&
		    w->iova[i].start - start < length)
			w->iova[i].alive = false;
	while (w->iovas && !w->iova[w->iovas - 1].alive)
		w->iovas--;
}
