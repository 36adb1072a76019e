// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Class 19: the test request itself, with every operation, on ids and
 * descriptors of every kind, with addresses and lengths of every size. Any
 * answer will do, as long as there is one; the log, which the harness reads,
 * has to stay clean, and all must be given back.
 *
 * usage: fuzz [SEED [REQUESTS]]
 */
#include "../abi/random.h"
#include "mock.h"

#define REQUESTS 60000
#define IDS 24
#define FILES 8
#define ACCESS_FILES 6
#define RECENT 12
#define TABLES 4
#define PAGES 16

static int fd;
static struct random rng;
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

static void keep_id(uint32_t id)
{
	recent[below(RECENT)] = id;
}

/* @first, @count: among which of @files */
static void keep_file(int file, int first, int count)
{
	int *place = &files[first + below(count)];

	if (*place >= 0)
		close(*place);
	*place = file;
}

static void keep_answer(const struct iommu_test_cmd *cmd)
{
	switch (cmd->op) {
	case IOMMU_TEST_OP_CREATE_ACCESS:
		keep_file(cmd->create_access.out_access_fd, 0, ACCESS_FILES);
		break;
	case IOMMU_TEST_OP_MOCK_DOMAIN:
	case IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS:
		keep_id(cmd->mock_domain.out_stdev_id);
		keep_id(cmd->mock_domain.out_idev_id);
		keep_id(cmd->mock_domain.out_hwpt_id);
		break;
	}
}

/* 17 operations: those that there are, one before and one behind. */
static void one_test_request(void)
{
	struct iommu_test_cmd cmd = { .op = below(17) };

	fill(&cmd);
	if (below(16) == 0)
		cmd.__reserved = some_number();
	if (below(16) == 0)
		cmd.last = some_number();
	if (!test_op(fd, cmd.op, &cmd))
		keep_answer(&cmd);
}

/* So that there is something for it to work on. */
static void one_other_request(void)
{
	uint64_t page = below(PAGES - 4);
	uint64_t iova = APERTURE_START + page * PAGE;
	uint32_t id = 0;
	int queue;

	switch (below(10)) {
	case 0:
		ioas_alloc(fd, &id);
		break;
	case 1:
		hwpt_alloc_flags(fd, some_id(), some_table(), below(4), &id);
		break;
	case 2:
		mock_nested(fd, some_id(), some_id(), below(2) * 4, some_id(),
			    &id);
		break;
	case 3:
		if (!fault_alloc(fd, &id, &queue))
			keep_file(queue, ACCESS_FILES, FILES - ACCESS_FILES);
		break;
	case 4:
		destroy(fd, TABLES * !!below(8) + 1 + below(IDS));
		break;
	case 5:
		set_dirty_tracking(fd, some_id(), below(4));
		break;
	case 6:
		ioas_unmap_at(fd, some_table(), iova, (1 + below(4)) * PAGE);
		break;
	case 7:
		keep_file(-1, ACCESS_FILES, FILES - ACCESS_FILES);
		break;
	default:
		ioas_map_at(fd, some_table(), buffer + page * PAGE,
			    (1 + below(4)) * PAGE, iova);
	}
	if (id)
		keep_id(id);
}

/* A context with something of each kind. */
static void new_context(void)
{
	struct mock mock;
	uint32_t id;
	int i;

	fd = iommu_open();
	for (i = 0; i < TABLES; i++)
		ioas_alloc(fd, &id);
	if (mock_device(fd, 1, &mock))
		tap_bail_out("no mock device");
	keep_id(mock.device_id);
	if (!hwpt_alloc_flags(fd, mock.device_id, 1,
			      IOMMU_HWPT_ALLOC_NEST_PARENT, &id)) {
		keep_id(id);
		if (!mock_nested(fd, mock.device_id, id, 0, 0, &id))
			keep_id(id);
	}
	if (!hwpt_alloc_flags(fd, mock.device_id, 2,
			      IOMMU_HWPT_ALLOC_DIRTY_TRACKING, &id)) {
		set_dirty_tracking(fd, id, true);
		keep_id(id);
	}
}

/* The request's own struct: too short, too long, not there. */
static void check_struct(void)
{
	unsigned char room[256] = { 0 };
	uint32_t size;
	int wrong = 0;

	for (size = 0; size < sizeof(struct iommu_test_cmd) - 8; size++) {
		memcpy(room, &size, sizeof(size));
		wrong += request(fd, IOMMU_TEST_CMD, room) != -EINVAL;
	}
	tap_check(!wrong, "class 19: a struct that is too short");
	size = sizeof(room);
	memcpy(room, &size, sizeof(size));
	tap_errno(request(fd, IOMMU_TEST_CMD, room), EOPNOTSUPP,
		  "class 19: no operation");
	room[sizeof(room) - 1] = 1;
	tap_errno(request(fd, IOMMU_TEST_CMD, room), E2BIG,
		  "class 19: a struct with something behind it");
	tap_errno(request(fd, IOMMU_TEST_CMD, NULL), EFAULT,
		  "class 19: no struct at all");
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 19;
	unsigned int count = argc > 2 ? strtoul(argv[2], NULL, 0)
				      : scaled(REQUESTS);
	long pinned = pinned_pages();
	unsigned int i;

	rng = random_seed(seed);
	buffer = small_pages(PAGES * PAGE);
	fd = iommu_open();
	check_struct();
	memset(files, -1, sizeof(files));
	close(fd);
	new_context();
	for (i = 0; i < count; i++) {
		if (below(3))
			one_test_request();
		else
			one_other_request();
		/* A new context now and then, for what cannot be undone. */
		if (below(500))
			continue;
		close(fd);
		new_context();
	}
	for (i = 0; i < FILES; i++) {
		if (files[i] >= 0)
			close(files[i]);
	}
	mock_memory_limit(fd, 65536);
	tap_check(true, "class 19: %u requests of all kinds", count);
	close(fd);
	fd = iommu_open();
	tap_errno(mock_check_refs(fd, buffer, PAGES * PAGE, 0), 0,
		  "class 19: and nothing is pinned any more");
	close(fd);
	tap_check(pinned_pages() == pinned,
		  "class 19: as many pages are pinned as before");
	return tap_done();
}
