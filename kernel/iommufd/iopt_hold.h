/* SPDX-License-Identifier: GPL-2.0-only */
/* What a table shows, pinned for a while. */
#ifndef IOMMUFD_IOPT_HOLD_H
#define IOMMUFD_IOPT_HOLD_H

struct io_pagetable;
struct iopt_held;

struct iopt_held *iopt_hold(struct io_pagetable *iopt);
void iopt_let_go(struct iopt_held *held);

#endif
