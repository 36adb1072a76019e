/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel says from now on: /dev/kmsg, which not everybody may read.
 */
#ifndef CLI_KERNEL_LOG_H
#define CLI_KERNEL_LOG_H

#include <jansson.h>

/* A descriptor that is behind what was said so far, or -1. */
int kernel_log_open(void);
/*
 * Takes the lines in which an IOMMU of Intel's or AMD's refuses DMA to the page
 * at @iova, and waits up to @ms for the first one.
 */
json_t *kernel_log_faults(int log, unsigned long long iova, int ms);

#endif
