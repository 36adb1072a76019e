// SPDX-License-Identifier: GPL-2.0-only
/* The self-tests that run while the module loads, one after the other. */
#include <linux/module.h>

#include "selftest.h"

static bool self_tests = true;
module_param(self_tests, bool, 0444);
MODULE_PARM_DESC(self_tests, "Test the module as it loads (default: true)");

/**
 * iommufd_selftest() - test what the module is made of
 *
 * Context: may sleep; needs iopt_caches_create(). Uses memory of the process
 * that loads the module.
 * Return: 0, also if nobody wants them, or a negative errno with a line in the
 * log.
 */
int __init iommufd_selftest(void)
{
	int rc;

	if (!self_tests)
		return 0;
	rc = iommufd_selftest_objects();
	if (!rc)
		rc = iommufd_selftest_table();
	if (!rc)
		rc = iommufd_selftest_pages();
	return rc;
}
