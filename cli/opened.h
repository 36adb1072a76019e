/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices that are open through VFIO, in either of its shapes: by the node of
 * the device, or by its group. Both give the device to a descriptor of
 * /dev/iommu; one by a node is then attached to whatever there is, and one by
 * its group to VFIO's address space, where it stays.
 */
#ifndef CLI_OPENED_H
#define CLI_OPENED_H

#include <linux/types.h>
#include <linux/vfio.h>
#include <stdbool.h>
#include <stddef.h>

#include "failure.h"
#include "target.h"

struct context;
struct iommu_request;
struct object;
struct parsed;
struct store;

/* Where an interrupt arrives, for as long as the device is open. */
struct irq_event {
	__u32 index, vector;
	int fd;
	struct irq_event *next;
};

struct opened {
	char *name; /* 0000:00:03.0 */
	char *node; /* "vfio0"; NULL: by its group */
	char *group;
	int fd, group_fd; /* the latter is -1 with a node */
	bool attached;
	struct irq_event *events;
};

/*
 * Opens a device and gives it to ctx->fd. @id is the one that it has there.
 * Where another device of ctx's came from the same group, so does this one.
 */
enum status opened_open(struct context *ctx, const struct target *target,
			struct opened **opened, __u32 *id, struct failure *f);
/* The number of its group, for results. */
json_int_t opened_group(const struct opened *o);
/* Closes it, whoever is attached: that gives it back to VFIO. */
void opened_free(struct opened *o);

/* A request of the device's file. */
enum status opened_ask(struct context *ctx, const struct opened *o,
		       const struct iommu_request *request, void *arg,
		       struct failure *f);
/* To an IOAS or page table; @pt_id becomes the page table. */
enum status opened_attach(struct context *ctx, struct opened *o, __u32 *pt_id,
			  struct failure *f);
/* The device of an argument, if it is one that this process has opened. */
struct object *opened_object(struct context *ctx, const struct parsed *p,
			     struct failure *f);

/* opened_region.c */

/* What there is to know, freed by the caller; or NULL. */
struct vfio_region_info *region_info(struct context *ctx,
				     const struct opened *o, __u32 index,
				     struct failure *f);
/* One access, or a part of many, which must be all there. */
enum status region_read(struct context *ctx, const struct opened *o,
			const struct vfio_region_info *info, __u64 offset,
			void *data, size_t length, struct failure *f);
enum status region_write(struct context *ctx, const struct opened *o,
			 const struct vfio_region_info *info, __u64 offset,
			 const void *data, size_t length, struct failure *f);
/* Is all of this in the region? */
enum status region_check(const struct vfio_region_info *info, __u64 offset,
			 __u64 length, struct failure *f);
/* What a region is called; the caller frees it. */
char *region_called(__u32 index);
/* Names of PCI's regions at their numbers: "bar0", "config". */
extern const char *const region_names[];

/* explain_opened.c */

/* Why a file of VFIO's cannot be opened: errno is set. */
enum status explain_open(const char *path, const struct sysfs_device *d,
			 struct failure *f);
/* A driver of the kernel's has a device of the group. False: none is seen. */
bool explain_blocked(const char *number, struct failure *f);
/* Why the device is not given: f->err is set. */
void explain_taken(const struct sysfs_device *d, struct failure *f);
void explain_attach(struct context *ctx, const struct opened *o, __u32 pt_id,
		    struct failure *f);
/* Why an interrupt cannot be switched on: f->err is set. */
void explain_irq(struct context *ctx, const struct object *device, __u32 index,
		 __u32 vector, struct failure *f);
/* Names of PCI's kinds of interrupts at their numbers. */
extern const char *const irq_names[];

#endif
