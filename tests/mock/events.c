// SPDX-License-Identifier: GPL-2.0-or-later
/* The tracepoints: what each request leaves in the trace, with its result. */
#include <sys/mount.h>
#include <sys/stat.h>

#include "look.h"

#define BASE APERTURE_START
#define TRACING "/sys/kernel/tracing"

static char trace[1 << 18];

static void write_file(const char *path, const char *value)
{
	int file = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (file < 0 || write(file, value, strlen(value)) < 0)
		tap_bail_out("nothing can be traced");
	close(file);
}

static void events_on(void)
{
	mkdir(TRACING, 0700);
	if (access(TRACING "/events", F_OK) &&
	    mount("tracefs", TRACING, "tracefs", 0, NULL))
		tap_bail_out("no tracefs");
	write_file(TRACING "/trace", "");
	write_file(TRACING "/events/iommufd/enable", "1");
}

/* Reads what was traced, and forgets it. */
static void events_read(void)
{
	int file = open(TRACING "/trace", O_RDONLY | O_CLOEXEC);

	if (file < 0)
		tap_bail_out("no trace");
	look_read(file, trace, sizeof(trace));
	write_file(TRACING "/trace", "");
}

/* Whether the trace has a line that ends so. */
__attribute__((format(printf, 2, 3))) static void
expect_event(const char *what, const char *format, ...)
{
	char line[512] = "iommufd_";
	va_list args;

	va_start(args, format);
	vsnprintf(line + strlen(line), sizeof(line) - strlen(line) - 2, format,
		  args);
	va_end(args);
	strcat(line, "\n");
	if (!tap_check(!!strstr(trace, line), "%s", what))
		printf("# expected: %s# trace:\n%s", line, trace);
}

static void check_mappings(int64_t ctx, int fd)
{
	unsigned char *at = small_pages(2 * PAGE);
	unsigned long uptr = (unsigned long)at;
	uint64_t iova = BASE + 16 * PAGE;
	uint32_t ioas, other;

	if (ioas_alloc(fd, &ioas) || ioas_alloc(fd, &other) ||
	    ioas_map_at(fd, ioas, at, 2 * PAGE, BASE))
		tap_bail_out("nothing can be mapped");
	ioas_map_at(fd, ioas, at, PAGE, BASE);
	ioas_copy(fd, FIXED | READ, other, ioas, PAGE, &iova, BASE + PAGE);
	ioas_copy(fd, FIXED | READ, other, ioas, PAGE, &iova, 0);
	ioas_unmap_at(fd, ioas, BASE, 2 * PAGE);
	ioas_unmap_at(fd, ioas, BASE, 2 * PAGE);
	destroy(fd, other);
	destroy(fd, other);
	ioas_map_at(fd, other, at, PAGE, BASE);
	ioas_copy(fd, FIXED | READ, ioas, ioas, UINT64_MAX, &iova, BASE);
	ioas_unmap_at(fd, other, BASE, PAGE);
	events_read();
	expect_event("an object is made",
		     "object_create: ctx=%" PRId64 " id=%u kind=ioas rc=0", ctx,
		     ioas);
	expect_event("a map",
		     "map: ctx=%" PRId64 " ioas=%u iova=0x%llx length=0x2000"
		     " memory=0x%lx access=rw rc=0",
		     ctx, ioas, BASE, uptr);
	expect_event("a map that is refused",
		     "map: ctx=%" PRId64 " ioas=%u iova=0x%llx length=0x1000"
		     " memory=0x%lx access=rw rc=-17",
		     ctx, ioas, BASE, uptr);
	expect_event("a copy",
		     "copy: ctx=%" PRId64 " ioas=%u iova=0x%llx length=0x1000"
		     " src_ioas=%u src_iova=0x%llx access=r rc=0",
		     ctx, other, BASE + 16 * PAGE, ioas, BASE + PAGE);
	expect_event("a copy of nothing",
		     "copy: ctx=%" PRId64 " ioas=%u iova=0x%llx length=0x1000"
		     " src_ioas=%u src_iova=0x0 access=r rc=-2",
		     ctx, other, BASE + 16 * PAGE, ioas);
	expect_event("an unmap",
		     "unmap: ctx=%" PRId64 " ioas=%u iova=0x%llx length=0x2000"
		     " unmapped=0x2000 rc=0",
		     ctx, ioas, BASE);
	expect_event("an unmap of nothing",
		     "unmap: ctx=%" PRId64 " ioas=%u iova=0x%llx length=0x2000"
		     " unmapped=0x0 rc=-2",
		     ctx, ioas, BASE);
	expect_event("a map into what is no IOAS",
		     "map: ctx=%" PRId64 " ioas=%u iova=0x%llx length=0x1000"
		     " memory=0x%lx access=rw rc=-2",
		     ctx, other, BASE, uptr);
	expect_event("a copy of more than there can be",
		     "copy: ctx=%" PRId64 " ioas=%u iova=0x%llx"
		     " length=0xffffffffffffffff src_ioas=%u src_iova=0x%llx"
		     " access=r rc=-75",
		     ctx, ioas, BASE + 16 * PAGE, ioas, BASE);
	expect_event("an unmap from what is no IOAS",
		     "unmap: ctx=%" PRId64 " ioas=%u iova=0x%llx length=0x1000"
		     " unmapped=0x0 rc=-2",
		     ctx, other, BASE);
	expect_event("an object is destroyed",
		     "object_destroy: ctx=%" PRId64 " id=%u kind=ioas rc=0",
		     ctx, other);
	expect_event("one that is not there",
		     "object_destroy: ctx=%" PRId64 " id=%u kind=- rc=-2", ctx,
		     other);
	destroy(fd, ioas);
	munmap(at, 2 * PAGE);
}

/* A page table is complete by the time that its id cannot be told. */
static void check_refusals(int64_t ctx, int fd)
{
	struct iommu_fault_alloc queue = { .size = sizeof(queue), .flags = 1 };
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc), .flags = 1 };
	struct iommu_hwpt_alloc *hwpt = memory(PAGE);
	struct mock mock;
	uint32_t ioas;

	if (ioas_alloc(fd, &ioas) || mock_device(fd, ioas, &mock))
		tap_bail_out("no mock device");
	hwpt->size = sizeof(*hwpt);
	hwpt->dev_id = mock.device_id;
	hwpt->pt_id = ioas;
	if (mprotect(hwpt, PAGE, PROT_READ))
		tap_bail_out("no memory without writing");
	events_read();
	ioctl(fd, IOMMU_HWPT_ALLOC, hwpt);
	ioctl(fd, IOMMU_IOAS_ALLOC, &alloc);
	ioctl(fd, IOMMU_FAULT_QUEUE_ALLOC, &queue);
	events_read();
	expect_event("a page table that nobody would know of",
		     "object_create: ctx=%" PRId64
		     " id=0 kind=hwpt-paging rc=-14",
		     ctx);
	expect_event("an IOAS with a flag that it cannot have",
		     "object_create: ctx=%" PRId64 " id=0 kind=ioas rc=-95",
		     ctx);
	expect_event("and a queue of page requests",
		     "object_create: ctx=%" PRId64 " id=0 kind=fault rc=-95",
		     ctx);
	munmap(hwpt, PAGE);
}

static void check_devices(int64_t ctx, int fd)
{
	unsigned char *at = small_pages(PAGE);
	unsigned long uptr = (unsigned long)at;
	struct mock mock;
	struct facts facts;
	uint32_t ioas, other, first;
	const char *name;
	char key[64];
	int length;

	if (ioas_alloc(fd, &ioas) || ioas_alloc(fd, &other) ||
	    mock_device(fd, ioas, &mock) ||
	    ioas_map_at(fd, ioas, at, PAGE, BASE))
		tap_bail_out("no mock device");
	facts_read(&facts, fd);
	snprintf(key, sizeof(key), "device-%u-name", mock.device_id);
	name = facts_find(&facts, key);
	length = name ? (int)strcspn(name, "\n") : 0;
	first = mock.hwpt_id;
	destroy(fd, ioas);
	ioas_unmap_at(fd, ioas, BASE, PAGE);
	if (mock_replace(fd, &mock, other))
		tap_bail_out("no other IOAS");
	destroy(fd, mock.test_id);
	events_read();
	expect_event("a device is attached",
		     "attach: ctx=%" PRId64 " id=%u name=%.*s to=%u pt=%u rc=0",
		     ctx, mock.device_id, length, name, ioas, first);
	expect_event("its page table is made",
		     "object_create: ctx=%" PRId64
		     " id=%u kind=hwpt-paging rc=0",
		     ctx, first);
	expect_event("an object that is used is not destroyed",
		     "object_destroy: ctx=%" PRId64 " id=%u kind=ioas rc=-16",
		     ctx, ioas);
	expect_event("memory is pinned",
		     "pin: ctx=%" PRId64 " memory=0x%lx pages=1 rc=0", ctx,
		     uptr);
	expect_event("the IOTLB is flushed",
		     "flush: ctx=%" PRId64 " ioas=%u start=0x%llx last=0x%llx",
		     ctx, ioas, BASE, BASE + PAGE - 1);
	expect_event("memory is given back",
		     "unpin: ctx=%" PRId64 " memory=0x%lx pages=1", ctx, uptr);
	expect_event("a device moves",
		     "replace: ctx=%" PRId64
		     " id=%u name=%.*s to=%u pt=%u rc=0",
		     ctx, mock.device_id, length, name, other, mock.hwpt_id);
	expect_event("and is detached",
		     "detach: ctx=%" PRId64 " id=%u name=%.*s pt=%u", ctx,
		     mock.device_id, length, name, mock.hwpt_id);
	munmap(at, PAGE);
}

static void check_memory(int64_t ctx, int fd)
{
	unsigned char *at = memory(PAGE);
	unsigned long uptr = (unsigned long)at;
	struct mock mock;
	uint32_t ioas;

	munmap(at, PAGE);
	if (ioas_alloc(fd, &ioas) || mock_device(fd, ioas, &mock))
		tap_bail_out("no mock device");
	ioas_map_at(fd, ioas, at, PAGE, BASE);
	events_read();
	expect_event("memory that is not there",
		     "pin: ctx=%" PRId64 " memory=0x%lx pages=1 rc=-14", ctx,
		     uptr);
}

static void check_faults(int64_t ctx, int fd)
{
	struct iommu_hwpt_page_response response = { .code = 7 };
	struct iommu_hwpt_pgfault fault;
	struct mock mock;
	uint32_t ioas, parent, id, hwpt;
	int queue;

	if (!mock_can_fault(fd)) {
		mock_lacks("events", "page requests");
		return;
	}
	if (ioas_alloc(fd, &ioas) || mock_device(fd, ioas, &mock) ||
	    fault_alloc(fd, &id, &queue) ||
	    hwpt_alloc_flags(fd, mock.device_id, ioas,
			     IOMMU_HWPT_ALLOC_NEST_PARENT, &parent) ||
	    mock_nested(fd, mock.device_id, parent, IOMMU_HWPT_FAULT_ID_VALID,
			id, &hwpt) ||
	    mock_replace(fd, &mock, hwpt) ||
	    mock_fault(fd, mock.device_id, 5, 0x1234000))
		tap_bail_out("no page request");
	if (read(queue, &fault, sizeof(fault)) != sizeof(fault) ||
	    write(queue, &response, sizeof(response)) > 0)
		tap_bail_out("no page request");
	response.cookie = fault.cookie;
	response.code = IOMMUFD_PAGE_RESP_SUCCESS;
	if (write(queue, &response, sizeof(response)) != sizeof(response))
		tap_bail_out("no answer");
	events_read();
	expect_event("a page request",
		     "fault: ctx=%" PRId64 " queue=%u device=%u group=5"
		     " perm=0x3 address=0x1234000 requests=1",
		     ctx, id, mock.device_id);
	expect_event("an answer that is none",
		     "fault_answer: ctx=%" PRId64
		     " queue=%u cookie=0 code=7 rc=-22",
		     ctx, id);
	expect_event("and one that is",
		     "fault_answer: ctx=%" PRId64
		     " queue=%u cookie=%u code=0 rc=0",
		     ctx, id, fault.cookie);
	close(queue);
}

int main(void)
{
	int64_t ctx;
	int fd;

	if (on_upstream()) {
		tap_skip("Linux's own has none", "events");
		return tap_done();
	}
	events_on();
	fd = iommu_open();
	ctx = look_context(fd);
	check_mappings(ctx, fd);
	check_refusals(ctx, fd);
	check_devices(ctx, fd);
	check_memory(ctx, fd);
	check_faults(ctx, fd);
	close(fd);
	write_file(TRACING "/events/iommufd/enable", "0");
	return tap_done();
}
