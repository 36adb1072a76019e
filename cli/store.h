/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this descriptor holds. The kernel can be told but not asked, so this
 * is the only list of objects and mappings there is. An object of any kind is
 * here from the moment that it is made, perhaps with a name. Mappings of an
 * IOAS are disjoint and lie in a tree ordered by address (a treap: balanced by
 * random priorities, with nothing else to keep in order).
 */
#ifndef CLI_STORE_H
#define CLI_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct iommu_iova_range;
struct memory;
struct opened;

struct mapping {
	uint64_t iova, length;
	struct memory *memory;
	uint64_t offset; /* into the memory */
	bool readable, writeable;
	bool by_fd; /* of a file, and not of an address in this process */

	struct mapping *left, *right;
	uint32_t priority;
};

enum object_kind {
	OBJECT_IOAS,
	OBJECT_HWPT,
	OBJECT_FAULT, /* a fault queue */
	OBJECT_VIOMMU,
	OBJECT_VDEVICE,
	OBJECT_VEVENTQ,
	OBJECT_HW_QUEUE,
	OBJECT_DEVICE,
	OBJECT_KINDS,
};

/* Sets of kinds, for arguments that take an object of any of them. */
#define OF(kind) (1u << OBJECT_##kind)

struct object {
	uint32_t id;
	enum object_kind kind;
	char *name; /* or NULL */
	/* Its events are read from here: its own, closed with it; or -1. */
	int fd;
	uint32_t type; /* of the events */
	/* The objects that it was made of, by their kind; 0: of none. */
	uint32_t uses[OBJECT_KINDS];
	struct opened *opened; /* a device that is open here, or NULL */
	/* Of an IOAS. */
	struct mapping *mappings;
	size_t count;
	uint64_t bytes;
	struct iommu_iova_range *allowed; /* as ioas allow was told */
	size_t allowed_count;
};

struct store {
	struct object **object; /* by id */
	size_t count, cap;
	uint32_t seed;
};

struct object *store_add(struct store *s, uint32_t id, enum object_kind kind);
struct object *store_named(const struct store *s, const char *name);
struct object *store_find(const struct store *s, uint32_t id);
/* The same, and adds it when the kernel knows it and this list does not. */
struct object *store_know(struct store *s, uint32_t id, enum object_kind kind);
void store_remove(struct store *s, struct object *object);
void store_free(struct store *s);
/* As it is written in a command: "hw-queue". */
const char *object_kind_name(enum object_kind kind);

/* Takes over the caller's reference of @memory. */
struct mapping *mapping_add(struct store *s, struct object *ioas,
			    const struct mapping *values);
void mapping_remove(struct object *ioas, struct mapping *mapping);
/* Removes all that touch the range, and says how many. */
size_t mapping_forget(struct object *ioas, uint64_t start, uint64_t last);
/* The lowest mapping that touches or lies above @iova, or NULL. */
struct mapping *mapping_at_or_above(const struct object *ioas, uint64_t iova);
/* The lowest that touches the range, or NULL. */
struct mapping *mapping_touching(const struct object *ioas, uint64_t start,
				 uint64_t last);
struct mapping *mapping_next(const struct object *ioas,
			     const struct mapping *mapping);

static inline uint64_t mapping_last(const struct mapping *mapping)
{
	return mapping->iova + (mapping->length - 1);
}

#endif
