/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Self-tests that run while the module loads, in a build with TEST=1. One that
 * fails says so in the log and the module does not load.
 */
#ifndef IOMMUFD_SELFTEST_H
#define IOMMUFD_SELFTEST_H

#include <linux/init.h>

#ifdef IOMMUFD_SELFTEST
int __init iommufd_selftest(void);
#else
static inline int iommufd_selftest(void)
{
	return 0;
}
#endif

#endif
