// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Class 19: the test request itself, with every operation, on ids and
 * descriptors of every kind, with addresses and lengths of every size, and all
 * other requests beside it; first by one thread, then by several. Any answer
 * will do, as long as there is one; the log, which the harness reads, has to
 * stay clean, and all must be given back.
 *
 * usage: fuzz [SEED [REQUESTS]]
 */
#include <linux/vfio.h>

#include "fuzz.h"

#define REQUESTS 60000
#define THREADS 4
#define ROUNDS 4

static int fd;

static void keep_id(uint32_t id)
{
	recent[below(RECENT)] = id;
}

/* @first, @count: among which of @files */
static void keep_file(int file, int first, int count)
{
	int *place = &files[first + below(count)];
	int old = __atomic_exchange_n(place, file, __ATOMIC_RELAXED);

	if (old >= 0)
		close(old);
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

/* What devices wait for: some is read, and some of that answered. */
static void read_queue(void)
{
	int queue = files[ACCESS_FILES + below(FILES - ACCESS_FILES)];
	struct iommu_hwpt_page_response response = { .code = below(3) };
	struct iommu_hwpt_pgfault faults[4];

	if (read(queue, faults, sizeof(faults)) <= 0)
		return;
	response.cookie = below(8) ? faults[0].cookie : some_id();
	if (below(4) && write(queue, &response, sizeof(response)) < 0)
		return;
}

static void ask_hw_info(void)
{
	struct iommu_hw_info cmd = {
		.size = sizeof(cmd),
		.dev_id = some_id(),
		.data_len = below(80),
		.data_uptr = some_memory(),
	};

	request(fd, IOMMU_GET_HW_INFO, &cmd);
}

static void invalidate(void)
{
	struct iommu_hwpt_invalidate_selftest entry = {
		.flags = below(3),
		.iotlb_id = below(6),
	};
	uint32_t done;

	hwpt_invalidate(fd, some_id(),
			below(8) ? IOMMU_HWPT_INVALIDATE_DATA_SELFTEST : 0,
			below(4) ? &entry : (void *)some_memory(),
			sizeof(entry), 1, &done);
}

static void ask_ranges(void)
{
	uint64_t alignment;
	uint32_t count = below(4);

	ioas_ranges(fd, some_table(), (void *)some_memory(), &count,
		    &alignment);
}

static void vfio_unmap(void)
{
	struct vfio_iommu_type1_dma_unmap cmd = {
		.argsz = sizeof(cmd),
		.iova = likely_iova(),
		.size = likely_length(),
	};
	uint32_t ioas = some_table();

	vfio_ioas(fd, below(8) ? IOMMU_VFIO_IOAS_SET : IOMMU_VFIO_IOAS_CLEAR,
		  &ioas);
	if (!below(16))
		ioctl(fd, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU);
	request(fd, VFIO_IOMMU_UNMAP_DMA, &cmd);
}

/* Requests that leave nothing behind that would need an id. */
static void one_plain_request(void)
{
	struct iommu_iova_range range = { some_iova(), some_iova() };
	uint64_t iova = some_iova();

	switch (below(10)) {
	case 0:
	case 1:
		ioas_copy(fd, READ | below(2) * FIXED | below(2) * WRITE,
			  some_table(), some_table(), likely_length(), &iova,
			  likely_iova());
		break;
	case 2:
	case 3:
		read_queue();
		break;
	case 4:
		ask_hw_info();
		break;
	case 5:
		invalidate();
		break;
	case 6:
		get_dirty_bitmap(fd, some_id(), below(2), likely_iova(),
				 likely_length(),
				 below(4) ? IO_PAGE : some_number(),
				 (void *)some_memory());
		break;
	case 7:
		ask_ranges();
		break;
	case 8:
		option_set(fd, IOMMU_OPTION_HUGE_PAGES, some_table(), below(3));
		ioas_allow(fd, some_table(), &range, !below(8));
		break;
	default:
		vfio_unmap();
	}
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

static void one_request(void)
{
	switch (below(6)) {
	case 0:
	case 1:
		one_other_request();
		break;
	case 2:
		one_plain_request();
		break;
	default:
		one_test_request();
	}
}

/* What a thread of several does. */
struct share {
	pthread_t thread;
	uint64_t seed;
	unsigned int count;
};

static void *do_share(void *argument)
{
	struct share *share = argument;

	rng = random_seed(share->seed);
	while (share->count--)
		one_request();
	return NULL;
}

/* On one context, whose objects they take from under each other. */
static void run_threads(uint64_t seed, unsigned int count)
{
	struct share shares[THREADS];
	int i;

	for (i = 0; i < THREADS; i++) {
		shares[i].seed = seed + i + 1;
		shares[i].count = count;
		if (pthread_create(&shares[i].thread, NULL, do_share,
				   &shares[i]))
			tap_bail_out("no thread");
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(shares[i].thread, NULL);
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
		one_request();
		/* A new context now and then, for what cannot be undone. */
		if (below(500))
			continue;
		close(fd);
		new_context();
	}
	tap_check(true, "class 19: %u requests of all kinds", count);
	for (i = 0; i < ROUNDS; i++) {
		close(fd);
		new_context();
		run_threads(seed + i * THREADS, count / 4 / THREADS);
	}
	tap_check(true, "class 19: as many again by %d threads", THREADS);
	for (i = 0; i < FILES; i++) {
		if (files[i] >= 0)
			close(files[i]);
	}
	mock_memory_limit(fd, 65536);
	close(fd);
	fd = iommu_open();
	tap_errno(mock_check_refs(fd, buffer, PAGES * PAGE, 0), 0,
		  "class 19: and nothing is pinned any more");
	close(fd);
	tap_check(pinned_pages() == pinned,
		  "class 19: as many pages are pinned as before");
	return tap_done();
}
