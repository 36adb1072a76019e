/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's edu, a device made for learning, with a DMA engine: what its
 * docs/specs/edu says. It reaches addresses of 28 bits.
 */
#ifndef CLI_EDU_H
#define CLI_EDU_H

#include "opened.h"

#define EDU_VENDOR 0x1234
#define EDU_DEVICE 0x11e8
#define EDU_LAST 0x0fffffff /* address that it can reach */
/* The most that is moved at once: a whole buffer ends QEMU (7.2). */
#define EDU_MOST 2048

struct edu {
	struct context *ctx;
	const struct opened *opened;
	struct vfio_region_info *bar;
};

/* Sees to it that the device is one, and lets it do DMA. */
enum status edu_start(struct edu *edu, struct context *ctx,
		      const struct opened *o, struct failure *f);
/* Moves bytes between memory at @iova and the device's own, and waits. */
enum status edu_move(const struct edu *edu, __u64 iova, __u32 length,
		     bool to_memory, struct failure *f);
/* DMA is off again. */
void edu_stop(struct edu *edu);

#endif
