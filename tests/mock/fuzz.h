/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a fuzzer makes up: ids and descriptors of all kinds, addresses and
 * lengths of all sizes, and from them test requests of all operations.
 */
#ifndef TESTS_MOCK_FUZZ_H
#define TESTS_MOCK_FUZZ_H

#include "../abi/random.h"
#include "mock.h"

#define IDS 24
#define FILES 8
#define ACCESS_FILES 6
#define RECENT 12
#define TABLES 4
#define PAGES 16

/* Each thread has its own. */
static _Thread_local struct random rng;
static unsigned char *buffer;
/* Descriptors: accesses, and at the end queues and what is closed already. */
static int files[FILES];
/* Ids that were given lately. */
static uint32_t recent[RECENT];

static uint64_t below(uint64_t bound)
{
	return random_below(&rng, bound);
}

static uint32_t some_id(void)
{
	if (below(2))
		return recent[below(RECENT)];
	return below(20) ? 1 + below(IDS) : random_next(&rng);
}

/* The first ids of a context are tables, and mostly stay so. */
static uint32_t some_table(void)
{
	return below(8) ? 1 + below(TABLES) : some_id();
}

static uint32_t some_file(void)
{
	return below(10) ? (uint32_t)files[below(FILES)] : below(16);
}

static uint64_t some_number(void)
{
	switch (below(8)) {
	case 0:
		return 0;
	case 1:
		return UINT64_MAX - below(3 * PAGE);
	case 2:
		return 1ull << below(64);
	case 3:
		return random_next(&rng);
	default:
		return below(PAGES + 2) * (below(2) ? PAGE : IO_PAGE) +
		       (below(8) ? 0 : below(PAGE));
	}
}

static uint64_t some_iova(void)
{
	return below(3) ? APERTURE_START + some_number() : some_number();
}

static uint64_t some_memory(void)
{
	if (below(10) == 0)
		return some_number();
	return (uintptr_t)buffer +
	       (below(4) ? below(2 * PAGES) * IO_PAGE : below(PAGES * PAGE));
}

/* Not too much of what takes its time. */
static uint64_t some_length(void)
{
	uint64_t length = some_number();

	return below(8) ? length % (PAGES * PAGE) : length;
}

static uint32_t some_flags(void)
{
	return below(8) ? below(8) : 1u << below(32);
}

/* Half of what can be mapped is where one_other_request() maps it. */
static uint64_t likely_iova(void)
{
	return below(2) ? APERTURE_START + below(PAGES) * PAGE : some_iova();
}

static uint64_t likely_length(void)
{
	return below(2) ? (1 + below(3)) * PAGE : some_length();
}

/* The fields of the operation. */
static void fill(struct iommu_test_cmd *cmd)
{
	cmd->id = below(2) ? some_table() : some_id();
	switch (cmd->op) {
	case IOMMU_TEST_OP_ADD_RESERVED:
		/* Rarely, or nothing can be mapped any more. */
		cmd->add_reserved.start = some_number();
		cmd->add_reserved.length = below(16) ? 0 : some_length();
		break;
	case IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS:
		cmd->mock_domain_flags.dev_flags = some_flags();
		break;
	case IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE:
		cmd->mock_domain_replace.pt_id = below(2) ? some_table()
							  : some_id();
		break;
	case IOMMU_TEST_OP_MD_CHECK_MAP:
		cmd->check_map.iova = some_iova();
		cmd->check_map.length = some_length();
		cmd->check_map.uptr = below(2) ? (uintptr_t)buffer +
							 cmd->check_map.iova -
							 APERTURE_START
					       : some_memory();
		break;
	case IOMMU_TEST_OP_MD_CHECK_REFS:
		cmd->check_refs.length = some_length();
		cmd->check_refs.uptr = some_memory();
		cmd->check_refs.refs = below(4);
		break;
	case IOMMU_TEST_OP_CREATE_ACCESS:
		cmd->create_access.flags = below(8) ? below(2) : some_flags();
		break;
	case IOMMU_TEST_OP_DESTROY_ACCESS_PAGES:
		cmd->id = some_file();
		cmd->destroy_access_pages.access_pages_id = below(32);
		break;
	case IOMMU_TEST_OP_ACCESS_PAGES:
		cmd->id = some_file();
		cmd->access_pages.flags = below(4) ? below(2)
						   : MOCK_FLAGS_ACCESS_SYZ;
		cmd->access_pages.iova =
			cmd->access_pages.flags & MOCK_FLAGS_ACCESS_SYZ
				? below(4) | below(4) * PAGE << 32
				: likely_iova();
		cmd->access_pages.length = likely_length();
		cmd->access_pages.uptr = below(2) ? 0 : some_memory();
		break;
	case IOMMU_TEST_OP_ACCESS_RW:
		cmd->id = some_file();
		cmd->access_rw.flags = below(4)	  ? below(2) | below(2) << 2
				       : below(2) ? some_flags()
						  : MOCK_FLAGS_ACCESS_SYZ;
		cmd->access_rw.iova = cmd->access_rw.flags &
						      MOCK_FLAGS_ACCESS_SYZ
					      ? below(4) | below(PAGE) << 32
					      : likely_iova();
		cmd->access_rw.length = likely_length();
		cmd->access_rw.uptr = some_memory();
		break;
	case IOMMU_TEST_OP_SET_TEMP_MEMORY_LIMIT:
		cmd->memory_limit.limit = below(2) ? below(300) : some_number();
		break;
	case IOMMU_TEST_OP_ACCESS_REPLACE_IOAS:
		cmd->id = some_file();
		cmd->access_replace_ioas.ioas_id = some_table();
		break;
	case IOMMU_TEST_OP_DIRTY:
		cmd->dirty.flags = some_flags();
		cmd->dirty.iova = likely_iova();
		cmd->dirty.length = likely_length();
		cmd->dirty.page_size = below(4) ? IO_PAGE : some_number();
		cmd->dirty.uptr = some_memory();
		break;
	case IOMMU_TEST_OP_MD_CHECK_IOTLB:
		cmd->check_iotlb.id = some_flags();
		cmd->check_iotlb.iotlb = some_number();
		break;
	case IOMMU_TEST_OP_TRIGGER_IOPF:
		cmd->trigger_iopf.dev_id = some_id();
		cmd->trigger_iopf.pasid = below(2) ? below(3) : some_number();
		cmd->trigger_iopf.grpid = some_number();
		cmd->trigger_iopf.perm = some_flags();
		cmd->trigger_iopf.addr = some_number();
		break;
	}
}

#endif
