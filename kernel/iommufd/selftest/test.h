/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The operations of the test request. Each answers with 0 or a negative errno;
 * what it returns besides is in @ucmd->cmd, and it responds to the user itself.
 * They run without locks and may sleep. Arguments are as hostile as those of
 * any other request: loops over what user space sized end at a fatal signal.
 */
#ifndef IOMMUFD_SELFTEST_TEST_H
#define IOMMUFD_SELFTEST_TEST_H

#include "../ctx.h"
#include "selftest.h"
#include "test_api.h"

/* test_device.c */
int test_mock_domain(struct iommufd_ucmd *ucmd);
int test_mock_domain_flags(struct iommufd_ucmd *ucmd);
int test_mock_domain_replace(struct iommufd_ucmd *ucmd);
int test_trigger_iopf(struct iommufd_ucmd *ucmd);

/* test_domain.c */
int test_md_check_map(struct iommufd_ucmd *ucmd);
int test_md_check_refs(struct iommufd_ucmd *ucmd);
int test_md_check_iotlb(struct iommufd_ucmd *ucmd);
int test_dirty(struct iommufd_ucmd *ucmd);
int test_get_page(u64 uptr, struct page **page);

/* test_access.c */
int test_create_access(struct iommufd_ucmd *ucmd);
int test_access_replace_ioas(struct iommufd_ucmd *ucmd);
int test_access_pages(struct iommufd_ucmd *ucmd);
int test_destroy_access_pages(struct iommufd_ucmd *ucmd);
int test_access_rw(struct iommufd_ucmd *ucmd);

#endif
