/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A PCI device goes from driver to driver. Where somebody has it open, the
 * kernel waits for that in each of these, and nothing interrupts it: they are
 * run aside.
 */
#ifndef CLI_REBIND_H
#define CLI_REBIND_H

#include <stdbool.h>

#include "failure.h"

struct sysfs_device;

bool rebind_has_driver(const char *name);
/* To @driver, what there was before being kept; where that fails, back to it. */
enum status rebind_to(const struct sysfs_device *d, const char *driver,
		      struct failure *f);
/* To what was kept, or to whom the kernel thinks best. */
enum status rebind_back(const struct sysfs_device *d, struct failure *f);

#endif
