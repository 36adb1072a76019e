/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Causes. The kernel answers with an errno and nothing else, and one errno
 * stands for several mistakes; asking again (where may mappings go? what do
 * we hold already? what can the device's IOMMU do?) tells which. Each of these
 * says it in f->message, where reasons.c has put all that it could be, and as
 * fields in f->cause.
 */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

struct context;
struct failure;

/* explain.c */
void explain_destroy(struct context *ctx, const void *arg, struct failure *f);
void explain_allow(struct context *ctx, const void *arg, struct failure *f);
void explain_ranges(struct context *ctx, const void *arg, struct failure *f);
void explain_option(struct context *ctx, const void *arg, struct failure *f);
void explain_change_process(struct context *ctx, const void *arg,
			    struct failure *f);
void explain_vfio_ioas(struct context *ctx, const void *arg, struct failure *f);
void explain_vfio(struct context *ctx, const void *arg, struct failure *f);

/* explain_map.c */
void explain_copy(struct context *ctx, const void *arg, struct failure *f);
void explain_map(struct context *ctx, const void *arg, struct failure *f);
void explain_map_file(struct context *ctx, const void *arg, struct failure *f);
void explain_unmap(struct context *ctx, const void *arg, struct failure *f);
void explain_vfio_map(struct context *ctx, const void *arg, struct failure *f);
void explain_vfio_unmap(struct context *ctx, const void *arg,
			struct failure *f);

/* explain_hwpt.c */
void explain_hwpt_alloc(struct context *ctx, const void *arg,
			struct failure *f);
void explain_hw_info(struct context *ctx, const void *arg, struct failure *f);
void explain_set_dirty(struct context *ctx, const void *arg, struct failure *f);
void explain_get_dirty(struct context *ctx, const void *arg, struct failure *f);
void explain_invalidate(struct context *ctx, const void *arg,
			struct failure *f);

/* explain_viommu.c */
void explain_viommu_alloc(struct context *ctx, const void *arg,
			  struct failure *f);
void explain_vdevice_alloc(struct context *ctx, const void *arg,
			   struct failure *f);
void explain_veventq_alloc(struct context *ctx, const void *arg,
			   struct failure *f);
void explain_hw_queue_alloc(struct context *ctx, const void *arg,
			    struct failure *f);

#endif
