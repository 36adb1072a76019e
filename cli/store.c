// SPDX-License-Identifier: GPL-2.0-or-later
#include "store.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "memory.h"
#include "opened.h"

/* Where @id is, or where it would have to be. */
static size_t place(const struct store *s, uint32_t id)
{
	size_t low = 0, high = s->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->object[middle]->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct object *store_find(const struct store *s, uint32_t id)
{
	size_t at = place(s, id);

	return at < s->count && s->object[at]->id == id ? s->object[at] : NULL;
}

struct object *store_named(const struct store *s, const char *name)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->object[i]->name && !strcmp(s->object[i]->name, name))
			return s->object[i];
	return NULL;
}

struct object *store_add(struct store *s, uint32_t id, enum object_kind kind)
{
	size_t at = place(s, id);
	struct object *object = mem_realloc(NULL, sizeof(*object));

	*object = (struct object){ .id = id, .kind = kind, .fd = -1 };
	if (s->count == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 16;
		s->object = mem_realloc(s->object, s->cap * sizeof(*s->object));
	}
	memmove(s->object + at + 1, s->object + at,
		(s->count - at) * sizeof(*s->object));
	s->object[at] = object;
	s->count++;
	return object;
}

struct object *store_know(struct store *s, uint32_t id, enum object_kind kind)
{
	struct object *object = store_find(s, id);

	return object ? object : store_add(s, id, kind);
}

void store_remove(struct store *s, struct object *object)
{
	size_t at = place(s, object->id);

	while (object->mappings)
		mapping_remove(object, object->mappings);
	s->count--;
	memmove(s->object + at, s->object + at + 1,
		(s->count - at) * sizeof(*s->object));
	if (object->fd >= 0)
		close(object->fd);
	opened_free(object->opened);
	free(object->name);
	free(object->allowed);
	free(object);
}

void store_free(struct store *s)
{
	/* No device does DMA any more when the memory goes. */
	for (size_t i = s->count; i--;)
		if (s->object[i]->opened)
			store_remove(s, s->object[i]);
	while (s->count)
		store_remove(s, s->object[s->count - 1]);
	free(s->object);
	*s = (struct store){ 0 };
}

const char *object_kind_name(enum object_kind kind)
{
	static const char *const names[OBJECT_KINDS] = {
		[OBJECT_IOAS] = "ioas",		[OBJECT_HWPT] = "hwpt",
		[OBJECT_FAULT] = "fault",	[OBJECT_VIOMMU] = "viommu",
		[OBJECT_VDEVICE] = "vdevice",	[OBJECT_VEVENTQ] = "veventq",
		[OBJECT_HW_QUEUE] = "hw-queue", [OBJECT_DEVICE] = "device",
	};

	return names[kind];
}

/* Splits @tree into what lies below @iova and the rest. */
static void split(struct mapping *tree, uint64_t iova, struct mapping **below,
		  struct mapping **above)
{
	while (tree) {
		if (tree->iova < iova) {
			*below = tree;
			below = &tree->right;
			tree = tree->right;
		} else {
			*above = tree;
			above = &tree->left;
			tree = tree->left;
		}
	}
	*below = *above = NULL;
}

static struct mapping *join(struct mapping *below, struct mapping *above)
{
	struct mapping *tree = NULL, **link = &tree;

	while (below && above) {
		if (below->priority > above->priority) {
			*link = below;
			link = &below->right;
			below = below->right;
		} else {
			*link = above;
			link = &above->left;
			above = above->left;
		}
	}
	*link = below ? below : above;
	return tree;
}

/* xorshift32: the priorities need to be mixed, not secret. */
static uint32_t next_priority(struct store *s)
{
	uint32_t x = s->seed ? s->seed : 2463534242u;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return s->seed = x;
}

struct mapping *mapping_add(struct store *s, struct object *ioas,
			    const struct mapping *values)
{
	struct mapping *mapping = mem_realloc(NULL, sizeof(*mapping));
	struct mapping **link = &ioas->mappings;

	*mapping = *values;
	mapping->priority = next_priority(s);
	while (*link && (*link)->priority >= mapping->priority)
		link = (*link)->iova < mapping->iova ? &(*link)->right
						     : &(*link)->left;
	split(*link, mapping->iova, &mapping->left, &mapping->right);
	*link = mapping;
	ioas->count++;
	ioas->bytes += mapping->length;
	return mapping;
}

void mapping_remove(struct object *ioas, struct mapping *mapping)
{
	struct mapping **link = &ioas->mappings;

	while (*link != mapping)
		link = (*link)->iova < mapping->iova ? &(*link)->right
						     : &(*link)->left;
	*link = join(mapping->left, mapping->right);
	ioas->count--;
	ioas->bytes -= mapping->length;
	memory_put(mapping->memory);
	free(mapping);
}

struct mapping *mapping_at_or_above(const struct object *ioas, uint64_t iova)
{
	struct mapping *tree = ioas->mappings, *best = NULL;

	while (tree) {
		if (mapping_last(tree) >= iova) {
			best = tree;
			tree = tree->left;
		} else {
			tree = tree->right;
		}
	}
	return best;
}

struct mapping *mapping_touching(const struct object *ioas, uint64_t start,
				 uint64_t last)
{
	struct mapping *mapping = mapping_at_or_above(ioas, start);

	return mapping && mapping->iova <= last ? mapping : NULL;
}

struct mapping *mapping_next(const struct object *ioas,
			     const struct mapping *mapping)
{
	if (mapping_last(mapping) == UINT64_MAX)
		return NULL;
	return mapping_at_or_above(ioas, mapping_last(mapping) + 1);
}

size_t mapping_forget(struct object *ioas, uint64_t start, uint64_t last)
{
	struct mapping *mapping;
	size_t count = 0;

	while ((mapping = mapping_touching(ioas, start, last))) {
		mapping_remove(ioas, mapping);
		count++;
	}
	return count;
}
