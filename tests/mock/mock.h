/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The test ioctl of a TEST=1 build as functions: mock devices with an IOMMU
 * whose page tables can be looked into, and an in-kernel user of an IOAS. All
 * return 0 or -errno unless they say otherwise.
 */
#ifndef TESTS_MOCK_MOCK_H
#define TESTS_MOCK_MOCK_H

#include <sys/utsname.h>

#include "../abi/iommu.h"
#include "../../kernel/iommufd/selftest/test_api.h"

/* The mock's I/O pages, and what addresses it can translate. */
#define IO_PAGE (PAGE / 2)
#define IO_HUGE (512 * IO_PAGE)
#define APERTURE_START 0x1000000ull
#define APERTURE_LAST 0x7fffffffull

/* A mock device, as it is known by its ids. */
struct mock {
	uint32_t test_id; /* of the test's object: destroy this one */
	uint32_t device_id;
	uint32_t hwpt_id;
};

/*
 * Linux's own iommufd differs in a few points, listed in kernel/README.md:
 * with IOMMU_UPSTREAM=1 in the environment these tests can run on it.
 */
static inline bool on_upstream(void)
{
	const char *value = getenv("IOMMU_UPSTREAM");

	return value && *value && strcmp(value, "0");
}

/* How often something is repeated: a twentieth on a kernel that watches. */
static inline unsigned int scaled(unsigned int count)
{
	unsigned long result = count * test_percent(5) / 100;

	return result ? result : 1;
}

static inline int test_op(int fd, uint32_t op, struct iommu_test_cmd *cmd)
{
	cmd->size = sizeof(*cmd);
	cmd->op = op;
	return request(fd, IOMMU_TEST_CMD, cmd);
}

static inline int mock_reserve(int fd, uint32_t ioas, uint64_t start,
			       uint64_t length)
{
	struct iommu_test_cmd cmd = {
		.id = ioas,
		.add_reserved = { .start = start, .length = length },
	};

	return test_op(fd, IOMMU_TEST_OP_ADD_RESERVED, &cmd);
}

/* Makes a device and attaches it to @pt, an IOAS or a page table. */
static inline int mock_device_flags(int fd, uint32_t pt, uint32_t flags,
				    struct mock *mock)
{
	struct iommu_test_cmd cmd = {
		.id = pt,
		.mock_domain_flags = { .dev_flags = flags },
	};
	int rc = test_op(fd, IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS, &cmd);

	*mock = (struct mock){
		.test_id = cmd.mock_domain_flags.out_stdev_id,
		.device_id = cmd.mock_domain_flags.out_idev_id,
		.hwpt_id = cmd.mock_domain_flags.out_hwpt_id,
	};
	return rc;
}

static inline int mock_device(int fd, uint32_t pt, struct mock *mock)
{
	struct iommu_test_cmd cmd = { .id = pt };
	int rc = test_op(fd, IOMMU_TEST_OP_MOCK_DOMAIN, &cmd);

	*mock = (struct mock){
		.test_id = cmd.mock_domain.out_stdev_id,
		.device_id = cmd.mock_domain.out_idev_id,
		.hwpt_id = cmd.mock_domain.out_hwpt_id,
	};
	return rc;
}

/* Attaches it to @pt in place of what it is attached to. */
static inline int mock_replace(int fd, struct mock *mock, uint32_t pt)
{
	struct iommu_test_cmd cmd = {
		.id = mock->test_id,
		.mock_domain_replace = { .pt_id = pt },
	};
	int rc = test_op(fd, IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE, &cmd);

	if (!rc)
		mock->hwpt_id = cmd.mock_domain_replace.pt_id;
	return rc;
}

/* EINVAL unless @length bytes at @iova lead to those at @at. */
static inline int mock_check_map(int fd, uint32_t hwpt, uint64_t iova,
				 uint64_t length, const void *at)
{
	struct iommu_test_cmd cmd = {
		.id = hwpt,
		.check_map = { .iova = iova,
			       .length = length,
			       .uptr = (uintptr_t)at },
	};

	return test_op(fd, IOMMU_TEST_OP_MD_CHECK_MAP, &cmd);
}

/* EIO unless each page is pinned @refs times. */
static inline int mock_check_refs(int fd, const void *at, uint64_t length,
				  uint32_t refs)
{
	struct iommu_test_cmd cmd = {
		.check_refs = { .length = length,
				.uptr = (uintptr_t)at,
				.refs = refs },
	};

	return test_op(fd, IOMMU_TEST_OP_MD_CHECK_REFS, &cmd);
}

/* Returns a descriptor that stands for the access, or -errno. */
static inline int mock_access(int fd, uint32_t ioas, bool pins)
{
	struct iommu_test_cmd cmd = {
		.id = ioas,
		.create_access = {
			.flags = pins ? MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES
				      : 0,
		},
	};
	int rc = test_op(fd, IOMMU_TEST_OP_CREATE_ACCESS, &cmd);

	return rc ? rc : (int)cmd.create_access.out_access_fd;
}

static inline int mock_access_replace(int fd, int access, uint32_t ioas)
{
	struct iommu_test_cmd cmd = {
		.id = access,
		.access_replace_ioas = { .ioas_id = ioas },
	};

	return test_op(fd, IOMMU_TEST_OP_ACCESS_REPLACE_IOAS, &cmd);
}

/* EBADE if @at is given and its pages are not those at @iova. */
static inline int mock_pin(int fd, int access, uint64_t iova, uint64_t length,
			   const void *at, bool write, uint32_t *id)
{
	struct iommu_test_cmd cmd = {
		.id = access,
		.access_pages = { .flags = write ? MOCK_FLAGS_ACCESS_WRITE : 0,
				  .iova = iova,
				  .length = length,
				  .uptr = (uintptr_t)at },
	};
	int rc = test_op(fd, IOMMU_TEST_OP_ACCESS_PAGES, &cmd);

	*id = cmd.access_pages.out_access_pages_id;
	return rc;
}

static inline int mock_unpin(int fd, int access, uint32_t id)
{
	struct iommu_test_cmd cmd = {
		.id = access,
		.destroy_access_pages = { .access_pages_id = id },
	};

	return test_op(fd, IOMMU_TEST_OP_DESTROY_ACCESS_PAGES, &cmd);
}

/* @flags: MOCK_ACCESS_RW_ */
static inline int mock_rw(int fd, int access, uint64_t iova, uint64_t length,
			  void *buffer, uint32_t flags)
{
	struct iommu_test_cmd cmd = {
		.id = access,
		.access_rw = { .iova = iova,
			       .length = length,
			       .uptr = (uintptr_t)buffer,
			       .flags = flags },
	};

	return test_op(fd, IOMMU_TEST_OP_ACCESS_RW, &cmd);
}

/* How much memory may be used to pin and fill, in bytes. */
static inline int mock_memory_limit(int fd, uint32_t limit)
{
	struct iommu_test_cmd cmd = { .memory_limit = { .limit = limit } };

	return test_op(fd, IOMMU_TEST_OP_SET_TEMP_MEMORY_LIMIT, &cmd);
}

/* Acts as a device that writes to the pages whose bits are set. */
static inline int mock_dirty(int fd, uint32_t hwpt, uint64_t iova,
			     uint64_t length, uint64_t page_size,
			     const void *bitmap, uint64_t *marked)
{
	struct iommu_test_cmd cmd = {
		.id = hwpt,
		.dirty = { .iova = iova,
			   .length = length,
			   .page_size = page_size,
			   .uptr = (uintptr_t)bitmap },
	};
	int rc = test_op(fd, IOMMU_TEST_OP_DIRTY, &cmd);

	*marked = cmd.dirty.out_nr_dirty;
	return rc;
}

static inline int mock_check_iotlb(int fd, uint32_t hwpt, uint32_t entry,
				   uint32_t value)
{
	struct iommu_test_cmd cmd = {
		.id = hwpt,
		.check_iotlb = { .id = entry, .iotlb = value },
	};

	return test_op(fd, IOMMU_TEST_OP_MD_CHECK_IOTLB, &cmd);
}

#define FAULT_PASID 1

/* A page request of a process on the device, the last of its group. */
static inline int mock_fault(int fd, uint32_t device, uint32_t group,
			     uint64_t addr)
{
	struct iommu_test_cmd cmd = {
		.trigger_iopf = {
			.dev_id = device,
			.pasid = FAULT_PASID,
			.grpid = group,
			.perm = IOMMU_PGFAULT_PERM_READ |
				IOMMU_PGFAULT_PERM_WRITE,
			.addr = addr,
		},
	};

	return test_op(fd, IOMMU_TEST_OP_TRIGGER_IOPF, &cmd);
}

/* What the hardware of a nested page table is told. */
static inline int mock_nested(int fd, uint32_t device, uint32_t parent,
			      uint32_t flags, uint32_t fault, uint32_t *hwpt)
{
	struct iommu_hwpt_selftest data = { .iotlb = IOMMU_TEST_IOTLB_DEFAULT };
	struct iommu_hwpt_alloc cmd = {
		.flags = flags,
		.dev_id = device,
		.pt_id = parent,
		.data_type = IOMMU_HWPT_DATA_SELFTEST,
		.data_len = sizeof(data),
		.data_uptr = (uintptr_t)&data,
		.fault_id = fault,
	};

	return hwpt_alloc(fd, &cmd, hwpt);
}

/*
 * What 6.1's drivers cannot do, by asking. That it cannot be done has to be
 * said, which mock_lacks() is the test of; a newer kernel's drivers can.
 */
static inline void mock_lacks(const char *class, const char *what)
{
	struct utsname name;
	int major = 0;
	int minor = 0;

	uname(&name);
	sscanf(name.release, "%d.%d", &major, &minor);
	tap_check(major < 6 || (major == 6 && minor < 6),
		  "%s: this kernel's drivers have no %s, and that is said",
		  class, what);
}

/* Whether its devices can have such a page table. */
static inline bool mock_can_allocate(uint32_t flags)
{
	int fd = iommu_open();
	uint32_t ioas, hwpt;
	struct mock mock;
	int rc;

	if (ioas_alloc(fd, &ioas) || mock_device(fd, ioas, &mock))
		tap_bail_out("no mock device");
	rc = hwpt_alloc_flags(fd, mock.device_id, ioas, flags, &hwpt);
	close(fd);
	return rc != -EOPNOTSUPP;
}

static inline bool mock_can_fault(int fd)
{
	uint32_t id;
	int queue;
	int rc = fault_alloc(fd, &id, &queue);

	if (rc)
		return rc != -EOPNOTSUPP;
	close(queue);
	destroy(fd, id);
	return true;
}

/* How many pages of the system are pinned, by anybody. */
static inline long pinned_pages(void)
{
	/* Each processor counts for itself; this adds it up. */
	int refresh = open("/proc/sys/vm/stat_refresh", O_WRONLY | O_CLOEXEC);
	long acquired = 0;
	long released = 0;
	char line[128];
	FILE *file;

	if (refresh < 0 || write(refresh, "1", 1) != 1)
		tap_bail_out("the pinned pages cannot be counted");
	close(refresh);
	file = fopen("/proc/vmstat", "re");
	if (!file)
		tap_bail_out("no /proc/vmstat");
	while (fgets(line, sizeof(line), file)) {
		sscanf(line, "nr_foll_pin_acquired %ld", &acquired);
		sscanf(line, "nr_foll_pin_released %ld", &released);
	}
	fclose(file);
	return acquired - released;
}

/* Memory in small pages, each of them there and different. */
static inline unsigned char *small_pages(size_t length)
{
	unsigned char *at = memory(length);
	size_t i;

	madvise(at, length, MADV_NOHUGEPAGE);
	for (i = 0; i < length; i++)
		at[i] = i / PAGE * 7 + i;
	return at;
}

/* What a test cannot go on without. */
static inline uint32_t new_ioas(int fd)
{
	uint32_t id;

	if (ioas_alloc(fd, &id))
		tap_bail_out("no IOAS");
	return id;
}

static inline struct mock new_device(int fd, uint32_t ioas)
{
	struct mock mock;

	if (mock_device(fd, ioas, &mock))
		tap_bail_out("no mock device");
	return mock;
}

#endif
