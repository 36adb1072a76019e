/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a build with TEST=1 adds: self-tests that run while the module loads
 * (one that fails says so in the log and the module does not load), a mock
 * IOMMU with devices, and the request by which Linux's selftests drive them.
 */
#ifndef IOMMUFD_SELFTEST_H
#define IOMMUFD_SELFTEST_H

#include <linux/init.h>
#include <linux/minmax.h>
#include <linux/types.h>

struct device;
struct iommufd_object;
struct iommufd_ucmd;
struct page;

#ifdef IOMMUFD_SELFTEST
#include "test_api.h"

/* In the table of requests, whose REQUEST() it uses. */
#define SELFTEST_REQUEST \
	REQUEST(IOMMU_TEST_CMD, iommu_test_cmd, last, iommufd_test),

/* In the table of what user space can say of a page table. */
#define SELFTEST_DATA_FORMAT \
	DATA_FORMAT(IOMMU_HWPT_DATA_SELFTEST, iommu_hwpt_selftest, iotlb),

/* How much memory a batch of pages may take, in bytes. */
extern size_t iommufd_test_memory_limit;

int __init iommufd_selftest(void);
int __init iommufd_selftest_objects(void);
int __init iommufd_selftest_pages(void);
int __init iommufd_selftest_table(void);
int __init iommufd_mock_init(void);
void iommufd_mock_exit(void);
int iommufd_test(struct iommufd_ucmd *ucmd);
void iommufd_selftest_release(struct iommufd_object *obj);
bool iommufd_selftest_is_mock_dev(struct device *dev);
bool iommufd_should_fail(void);

static inline unsigned long selftest_batch_limit(unsigned long wanted)
{
	size_t limit = READ_ONCE(iommufd_test_memory_limit);

	return clamp(limit / sizeof(struct page *), 1UL, wanted);
}
#else
#define SELFTEST_REQUEST
#define SELFTEST_DATA_FORMAT

static inline int iommufd_selftest(void)
{
	return 0;
}

static inline int iommufd_mock_init(void)
{
	return 0;
}

static inline void iommufd_mock_exit(void)
{
}

static inline bool iommufd_selftest_is_mock_dev(struct device *dev)
{
	return false;
}

static inline bool iommufd_should_fail(void)
{
	return false;
}

static inline unsigned long selftest_batch_limit(unsigned long wanted)
{
	return wanted;
}
#endif

#endif
