/* SPDX-License-Identifier: GPL-2.0-only */
/* What /proc/PID/fdinfo says of a context. */
#ifndef IOMMUFD_FDINFO_H
#define IOMMUFD_FDINFO_H

struct file;
struct seq_file;

void iommufd_show_fdinfo(struct seq_file *seq, struct file *file);

#endif
