// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holds a context as a driver would. `insmod iommufd_ctx_test.ko fd=N` takes
 * it from a descriptor of insmod's own, by both ways that there are, and
 * `rmmod` gives it back; the errno of a refusal is insmod's.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/module.h>

#include "iommufd.h"

static int fd = -1;
module_param(fd, int, 0);
MODULE_PARM_DESC(fd, "an open descriptor of /dev/iommu");

static struct iommufd_ctx *held;

static int __init ctx_test_init(void)
{
	struct iommufd_ctx *same;
	struct file *file;

	held = iommufd_ctx_from_fd(fd);
	if (IS_ERR(held))
		return PTR_ERR(held);

	file = fget(fd);
	same = file ? iommufd_ctx_from_file(file) : ERR_PTR(-EBADF);
	if (file)
		fput(file);
	if (same != held) {
		iommufd_ctx_put(held);
		return IS_ERR(same) ? PTR_ERR(same) : -EINVAL;
	}
	iommufd_ctx_get(same);
	iommufd_ctx_put(same);
	iommufd_ctx_put(same);
	return 0;
}

static void __exit ctx_test_exit(void)
{
	iommufd_ctx_put(held);
}

module_init(ctx_test_init);
module_exit(ctx_test_exit);

MODULE_DESCRIPTION("Test of the symbols of iommufd");
MODULE_IMPORT_NS(IOMMUFD);
MODULE_LICENSE("GPL");
