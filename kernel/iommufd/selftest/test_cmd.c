// SPDX-License-Identifier: GPL-2.0-only
/*
 * The test request: from the number of an operation to its function, and the
 * operations that are about the module as such. Beside it, under debugfs, what
 * the mock counts (iommufd_mock) and, where the kernel can inject faults, the
 * knobs of the module's own points of failure (fail_iommufd).
 */
#include <linux/debugfs.h>
#include <linux/fault-inject.h>
#include <linux/nospec.h>
#include <linux/overflow.h>

#include "../ioas.h"
#include "../iova_ranges.h"
#include "mock.h"
#include "test.h"

/* The least that the core can work with, as Linux has it, in bytes. */
#define MEMORY_LIMIT_MIN (sizeof(unsigned long) + sizeof(u32))

size_t iommufd_test_memory_limit = 65536;

static struct dentry *mock_dir;

static int test_add_reserved(struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	unsigned long start = cmd->add_reserved.start;
	unsigned long length = cmd->add_reserved.length, last;
	const struct iopt_reserver by = { .kind = "reserved" };
	struct iommufd_ioas *ioas;
	int rc;

	if (!length)
		return -EINVAL;
	if (check_add_overflow(start, length - 1, &last))
		return -EOVERFLOW;

	ioas = iommufd_ioas_lookup(ucmd->ictx, cmd->id);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	rc = down_write_killable(&ioas->iopt.iova_rwsem);
	if (!rc) {
		rc = iopt_reserve(&ioas->iopt, start, last, &by);
		up_write(&ioas->iopt.iova_rwsem);
	}
	iommufd_object_put(ucmd->ictx, &ioas->obj);
	return rc;
}

static int test_set_temp_memory_limit(struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;

	if (cmd->memory_limit.limit < MEMORY_LIMIT_MIN)
		return -EINVAL;
	WRITE_ONCE(iommufd_test_memory_limit, cmd->memory_limit.limit);
	return 0;
}

static int (*const test_ops[])(struct iommufd_ucmd *ucmd) = {
	[IOMMU_TEST_OP_ADD_RESERVED] = test_add_reserved,
	[IOMMU_TEST_OP_MOCK_DOMAIN] = test_mock_domain,
	[IOMMU_TEST_OP_MD_CHECK_MAP] = test_md_check_map,
	[IOMMU_TEST_OP_MD_CHECK_REFS] = test_md_check_refs,
	[IOMMU_TEST_OP_CREATE_ACCESS] = test_create_access,
	[IOMMU_TEST_OP_DESTROY_ACCESS_PAGES] = test_destroy_access_pages,
	[IOMMU_TEST_OP_ACCESS_PAGES] = test_access_pages,
	[IOMMU_TEST_OP_ACCESS_RW] = test_access_rw,
	[IOMMU_TEST_OP_SET_TEMP_MEMORY_LIMIT] = test_set_temp_memory_limit,
	[IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE] = test_mock_domain_replace,
	[IOMMU_TEST_OP_ACCESS_REPLACE_IOAS] = test_access_replace_ioas,
	[IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS] = test_mock_domain_flags,
	[IOMMU_TEST_OP_DIRTY] = test_dirty,
	[IOMMU_TEST_OP_MD_CHECK_IOTLB] = test_md_check_iotlb,
	[IOMMU_TEST_OP_TRIGGER_IOPF] = test_trigger_iopf,
};

/**
 * iommufd_test() - answer a test request
 * @ucmd: the request, a struct iommu_test_cmd
 *
 * Context: may sleep.
 * Return: 0, -EOPNOTSUPP for an unknown operation or one that the kernel's
 * IOMMU drivers cannot do, or what the operation says.
 */
int iommufd_test(struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	u32 op = cmd->op;

	if (op >= ARRAY_SIZE(test_ops) || !test_ops[op])
		return -EOPNOTSUPP;
	return test_ops[array_index_nospec(op, ARRAY_SIZE(test_ops))](ucmd);
}

#ifdef CONFIG_FAULT_INJECTION
static DECLARE_FAULT_ATTR(fail_iommufd);
static struct dentry *fail_dir;

/**
 * iommufd_should_fail() - whether to fail here, as if something had gone wrong
 *
 * For places where what can go wrong is not an allocation, which the kernel
 * makes fail by itself.
 *
 * Context: any.
 * Return: true to fail.
 */
bool iommufd_should_fail(void)
{
	return should_fail(&fail_iommufd, 1);
}

static void __init fail_init(void)
{
	fail_dir =
		fault_create_debugfs_attr("fail_iommufd", NULL, &fail_iommufd);
}

static void fail_exit(void)
{
	debugfs_remove(fail_dir);
}
#else
bool iommufd_should_fail(void)
{
	return false;
}

static void __init fail_init(void)
{
}

static void fail_exit(void)
{
}
#endif

/**
 * iommufd_mock_init() - set the mock IOMMU up, and what belongs to testing
 *
 * Context: may sleep. Undo with iommufd_mock_exit().
 * Return: 0, or a negative errno with a line in the log.
 */
int __init iommufd_mock_init(void)
{
	int rc;

	rc = mock_table_check();
	if (rc)
		return rc;
	rc = mock_bus_init();
	if (rc) {
		pr_err("cannot set the mock IOMMU up: error %d\n", rc);
		return rc;
	}
	/* Nothing depends on these; debugfs may be missing. */
	mock_dir = debugfs_create_dir("iommufd_mock", NULL);
	debugfs_create_atomic_t("maps", 0600, mock_dir, &mock_counts.maps);
	debugfs_create_atomic_t("unmaps", 0600, mock_dir, &mock_counts.unmaps);
	debugfs_create_atomic_t("flushes", 0600, mock_dir,
				&mock_counts.flushes);
	debugfs_create_atomic_t("lookups", 0600, mock_dir,
				&mock_counts.lookups);
	debugfs_create_atomic_t("complaints", 0600, mock_dir,
				&mock_counts.complaints);
	fail_init();
	return 0;
}

/**
 * iommufd_mock_exit() - undo iommufd_mock_init()
 *
 * Context: may sleep. No context is open.
 */
void iommufd_mock_exit(void)
{
	fail_exit();
	debugfs_remove(mock_dir);
	mock_bus_exit();
}
