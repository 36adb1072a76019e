/* SPDX-License-Identifier: GPL-2.0-only */
/* What people are told of a context, in /proc/PID/fdinfo and in debugfs. */
#ifndef IOMMUFD_FDINFO_H
#define IOMMUFD_FDINFO_H

#include <linux/types.h>

struct file;
struct iommufd_ctx;
struct iommufd_device;
struct iommufd_object;
struct seq_file;

/* Of names that do not come from here: what separates words is octal. */
#define IOMMUFD_ESCAPED " \t\n\\"

const char *iommufd_object_kind(const struct iommufd_object *obj);
struct iommufd_object *iommufd_next_object(struct iommufd_ctx *ictx,
					   unsigned long *id);
u32 iommufd_device_hwpt(const struct iommufd_device *idev);
void iommufd_show_context(struct seq_file *seq, struct iommufd_ctx *ictx);
void iommufd_show_fdinfo(struct seq_file *seq, struct file *file);

#endif
