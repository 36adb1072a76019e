/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files about pages share: how pinned frames are kept (pin_chunk.c),
 * and how memory gets pinned (pin.c).
 */
#ifndef IOMMUFD_PIN_H
#define IOMMUFD_PIN_H

#include <linux/mm.h>

#include "pages.h"
#include "pin_release.h"

/**
 * struct pin_chunk - frames of a range of pinned pages
 * @node: first and last page, in iopt_pages::chunks
 * @front: runs at the beginning that were given back
 * @nruns: length of @runs, with those
 * @runs: the frames, in order
 */
struct pin_chunk {
	struct interval_tree_node node;
	u32 front;
	u32 nruns;
	u64 runs[];
};

/* Bounds what one chunk can keep pinned between two users: 32 MiB. */
#define CHUNK_PAGES_MAX 8192UL
/* What fits a page of memory. */
#define CHUNK_RUNS_MAX ((PAGE_SIZE - sizeof(struct pin_chunk)) / sizeof(u64))

static inline struct pin_chunk *pin_chunk_of(struct interval_tree_node *node)
{
	return node ? container_of(node, struct pin_chunk, node) : NULL;
}

static inline unsigned long pin_chunk_npages(const struct pin_chunk *chunk)
{
	return chunk->node.last - chunk->node.start + 1;
}

/* pin_users.c */
int pin_user_add(struct iopt_pages *pages, unsigned long first,
		 unsigned long last);
void pin_user_forget(struct iopt_pages *pages, unsigned long first,
		     unsigned long last);

/* pin_chunk.c */
void pin_chunk_free(struct pin_chunk *chunk, struct pin_release *release);
void pin_chunk_shrink(struct iopt_pages *pages, struct pin_chunk *chunk,
		      unsigned long first, unsigned long last,
		      struct pin_release *release);
int pin_chunk_split(struct iopt_pages *pages, unsigned long last);
struct page *pin_find_page(struct iopt_pages *pages, unsigned long index);

/* pin.c */
int pin_fill(struct iopt_pages *pages, unsigned long first, unsigned long last);
int pin_fill_single(struct iopt_pages *pages, struct page **page);
int pin_briefly(struct iopt_pages *pages, unsigned long index, bool write,
		struct page **page);

#endif
