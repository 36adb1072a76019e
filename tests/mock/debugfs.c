// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What root sees of a context in debugfs: the lines, word by word, and that
 * looking is in nobody's way.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "held.h"
#include "look.h"

#define BASE APERTURE_START
#define TEXT_SIZE (1 << 20)

static char text[TEXT_SIZE], expected[TEXT_SIZE];

/* Adds to what is expected. */
__attribute__((format(printf, 1, 2))) static void line(const char *format, ...)
{
	size_t length = strlen(expected);
	va_list args;

	va_start(args, format);
	vsnprintf(expected + length, sizeof(expected) - length, format, args);
	va_end(args);
}

/* Whether a file holds exactly what is expected, which is then forgotten. */
static void check_text(int file, const char *what)
{
	ssize_t length = look_read(file, text, sizeof(text));

	if (!tap_check(length >= 0 && !strcmp(text, expected), "%s", what))
		printf("# read (%zd):\n%s# expected:\n%s", length, text,
		       expected);
	expected[0] = 0;
}

static void map(int fd, uint32_t ioas, uint32_t flags, const void *at,
		uint64_t length, uint64_t iova)
{
	int rc = ioas_map(fd, ioas, FIXED | flags, at, length, &iova);

	if (rc)
		tap_bail_out(strerror(-rc));
}

/* As far as "ioptes", of memory of this process. */
static void area(uint64_t iova, uint64_t length, const char *access,
		 const void *at, unsigned long pinned, unsigned long runs)
{
	line("0x%016" PRIx64 "-0x%016" PRIx64
	     " access=%s memory=%d:0x%016lx pinned=%lu runs=%lu",
	     iova, iova + (length - 1), access, getpid(), (unsigned long)at,
	     pinned, runs);
}

/* The same to its end, of what is in no page table. */
static void plain_area(uint64_t iova, uint64_t length, const char *access,
		       const void *at, const char *backing)
{
	area(iova, length, access, at, 0, 0);
	line(" ioptes=- accesses=0 backing=%s\n", backing);
}

static void check_context(void)
{
	int fd = iommu_open();
	struct facts facts;
	const char *ours;

	new_ioas(fd);
	facts_read(&facts, fd);
	ours = strstr(facts.text, "iommufd-fdinfo:");
	line("opener-pid:\t%d\nopener-command:\ta\\040b\\134c\n"
	     "opener-uid:\t0\n%s",
	     getpid(), ours ? ours : "?");
	check_text(look_open(fd, "context"),
		   "who opened it, and what fdinfo says");
	close(fd);
}

/* A descriptor can outlive who opened it. */
static void check_opener_gone(void)
{
	int opened[2];
	int pidfd, fd;
	pid_t child;

	if (pipe(opened))
		tap_bail_out("no pipe");
	child = fork();
	if (!child) {
		fd = iommu_open();
		if (write(opened[1], &fd, sizeof(fd)) == sizeof(fd))
			pause();
		_exit(1);
	}
	pidfd = syscall(SYS_pidfd_open, child, 0);
	if (read(opened[0], &fd, sizeof(fd)) != sizeof(fd))
		tap_bail_out("no descriptor");
	fd = syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	look_read(look_open(fd, "context"), text, sizeof(text));
	tap_check(!strncmp(text, "opener-pid:\t0\n", 14),
		  "one whose opener has ended");
	close(pidfd);
	close(fd);
	close(opened[0]);
	close(opened[1]);
}

static void check_objects(void)
{
	int fd = iommu_open();
	uint32_t ioas = new_ioas(fd);
	uint32_t other = new_ioas(fd);
	struct mock mock = new_device(fd, ioas);
	int access = mock_access(fd, other, true);
	struct facts facts;
	const char *name;
	char key[64];
	int length;

	facts_read(&facts, fd);
	snprintf(key, sizeof(key), "device-%u-name", mock.device_id);
	name = facts_find(&facts, key);
	length = name ? (int)strcspn(name, "\n") : 0;
	look_read(look_open(fd, "objects"), text, sizeof(text));
	line("%u ioas users=1\n", ioas);
	tap_check(!!strstr(text, expected), "an IOAS with a page table");
	expected[0] = 0;
	line("%u hwpt-paging users=1 ioas=%u automatic=1\n", mock.hwpt_id,
	     ioas);
	tap_check(!!strstr(text, expected), "the page table");
	expected[0] = 0;
	line("%u device users=1 name=%.*s group=%" PRId64 " hwpt=%u\n",
	     mock.device_id, length, name ? name : "",
	     facts_of(&facts, "device", mock.device_id, "group"), mock.hwpt_id);
	if (!tap_check(!!strstr(text, expected), "the device"))
		printf("# read:\n%s# expected:\n%s", text, expected);
	expected[0] = 0;
	line("access users=1 ioas=%u\n", other);
	tap_check(!!strstr(text, expected), "a driver without DMA");
	expected[0] = 0;
	close(access);
	close(fd);
}

/* Memory of each kind. */
static void check_backing(void)
{
	int memfd = memfd_create("a memory", MFD_CLOEXEC);
	int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	unsigned char *holes = memory(4 * PAGE);
	unsigned char *at = memory(2 * PAGE);
	unsigned char *shared, *file;
	char path[512] = "";
	int fd = iommu_open();
	uint32_t ioas = new_ioas(fd);

	if (ftruncate(memfd, 2 * PAGE) ||
	    readlink("/proc/self/exe", path, sizeof(path) - 1) < 0)
		tap_bail_out("no memory");
	shared = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, memfd,
		      0);
	file = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, self, 0);
	munmap(holes + PAGE, PAGE);

	map(fd, ioas, READ | WRITE, at, 2 * PAGE, 0);
	map(fd, ioas, READ, shared, 2 * PAGE, 2 * PAGE);
	map(fd, ioas, READ, file, PAGE, 5 * PAGE);
	map(fd, ioas, WRITE, holes, 4 * PAGE, 6 * PAGE);
	map(fd, ioas, READ, holes + PAGE, PAGE, 1ull << 40);
	map(fd, ioas, READ, at + 1, 2, UINT64_MAX - 1);

	plain_area(0, 2 * PAGE, "rw", at, "anonymous");
	plain_area(2 * PAGE, 2 * PAGE, "r", shared,
		   "/memfd:a\\040memory\\040(deleted)");
	plain_area(5 * PAGE, PAGE, "r", file, path);
	plain_area(6 * PAGE, 4 * PAGE, "w", holes, "mixed");
	plain_area(1ull << 40, PAGE, "r", holes + PAGE, "gone");
	plain_area(UINT64_MAX - 1, 2, "r", at + 1, "anonymous");
	check_text(look_open_ioas(fd, ioas, "areas"),
		   "memory of each kind, up to the last address");
	munmap(holes, 4 * PAGE);
	munmap(at, 2 * PAGE);
	munmap(shared, 2 * PAGE);
	munmap(file, PAGE);
	close(self);
	close(memfd);
	close(fd);
}

static void check_ended(void)
{
	unsigned char *at = memory(PAGE);
	int fd = iommu_open();
	uint32_t ioas = new_ioas(fd);
	pid_t child = fork();

	if (!child)
		_exit(!!ioas_map_at(fd, ioas, at, PAGE, BASE));
	waitpid(child, NULL, 0);
	line("0x%016llx-0x%016llx access=rw memory=0:0x%016lx pinned=0 runs=0"
	     " ioptes=- accesses=0 backing=gone\n",
	     BASE, BASE + PAGE - 1, (unsigned long)at);
	check_text(look_open_ioas(fd, ioas, "areas"),
		   "memory of a process that has ended");
	munmap(at, PAGE);
	close(fd);
}

/* The mock's page tables have entries of 2 KiB. */
static void check_small_entries(void)
{
	unsigned char *at = small_pages(3 * PAGE);
	int fd = iommu_open();
	uint32_t ioas = new_ioas(fd);
	int64_t runs;

	new_device(fd, ioas);
	map(fd, ioas, READ | WRITE, at, 3 * PAGE, BASE);
	look_read(look_open_ioas(fd, ioas, "areas"), text, sizeof(text));
	runs = look_number(text, "runs");
	tap_check(runs >= 1 && runs <= 3, "three pages are up to three runs");
	area(BASE, 3 * PAGE, "rw", at, 3, runs);
	line(" ioptes=2K:6 accesses=0 backing=anonymous\n");
	check_text(look_open_ioas(fd, ioas, "areas"), "of six small entries");
	munmap(at, 3 * PAGE);
	close(fd);
}

/* A part of a huge page, while it is mapped at an address. */
static void check_part(int fd, uint32_t ioas, const unsigned char *at,
		       uint64_t length, uint64_t iova, const char *entries)
{
	uint64_t offset = (uintptr_t)at % PAGE;

	map(fd, ioas, READ, at, length, iova);
	area(iova, length, "r", at, (offset + length + PAGE - 1) / PAGE, 1);
	line(" ioptes=%s accesses=0 backing=/anon_hugepage\\040(deleted)\n",
	     entries);
	check_text(look_open_ioas(fd, ioas, "areas"), entries);
	if (ioas_unmap_at(fd, ioas, iova, length))
		tap_bail_out("UNMAP");
}

/* And of 1 MiB, where a device is said to be able to use them. */
static void check_huge_entries(void)
{
	const uint64_t half = IO_HUGE / 2;
	int pool = open("/proc/sys/vm/nr_hugepages", O_RDWR | O_CLOEXEC);
	char before[16] = { 0 };
	unsigned char *at;
	int fd = iommu_open();
	uint32_t ioas = new_ioas(fd);
	struct mock mock;

	if (pool < 0 || read(pool, before, sizeof(before) - 1) <= 0 ||
	    pwrite(pool, "8", 1, 0) != 1)
		tap_bail_out("no huge pages");
	at = mmap(NULL, 2 * IO_HUGE, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	if (at == MAP_FAILED ||
	    mock_device_flags(fd, ioas, MOCK_FLAGS_DEVICE_HUGE_IOVA, &mock))
		tap_bail_out("no huge pages");
	check_part(fd, ioas, at, 2 * IO_HUGE, BASE, "1M:2");
	check_part(fd, ioas, at, 2 * IO_HUGE, BASE + half, "2K:1024");
	check_part(fd, ioas, at + half, IO_HUGE + half, BASE + half,
		   "2K:256,1M:1");
	check_part(fd, ioas, at + half, IO_HUGE + half - IO_PAGE, BASE + half,
		   "2K:767");
	check_part(fd, ioas, at, IO_HUGE + IO_PAGE, BASE, "2K:1,1M:1");
	if (option_set(fd, IOMMU_OPTION_HUGE_PAGES, ioas, 0))
		tap_bail_out("OPTION");
	check_part(fd, ioas, at, IO_HUGE, BASE, "2K:512");
	close(fd);
	munmap(at, 2 * IO_HUGE);
	if (pwrite(pool, before, strlen(before), 0) < 0)
		tap_bail_out("the huge pages cannot be given back");
	close(pool);
}

/* Memory that is in no page table, but pinned for somebody. */
static void check_uses(void)
{
	unsigned char *at = small_pages(4 * PAGE);
	int fd = iommu_open();
	uint32_t ioas = new_ioas(fd);
	uint32_t other = new_ioas(fd);
	int access = mock_access(fd, ioas, true);
	uint64_t iova = 0;
	int64_t runs;
	uint32_t pin;

	map(fd, ioas, READ | WRITE, at, 4 * PAGE, BASE);
	if (mock_pin(fd, access, BASE + PAGE, PAGE, at + PAGE, true, &pin))
		tap_bail_out("no access");
	area(BASE, 4 * PAGE, "rw", at, 1, 1);
	line(" ioptes=- accesses=1 backing=anonymous\n");
	check_text(look_open_ioas(fd, ioas, "areas"),
		   "a page that a driver has pinned");
	mock_unpin(fd, access, pin);

	if (ioas_copy(fd, FIXED | READ, other, ioas, 2 * PAGE, &iova,
		      BASE + PAGE))
		tap_bail_out("COPY");
	plain_area(0, 2 * PAGE, "r", at + PAGE, "anonymous");
	check_text(look_open_ioas(fd, other, "areas"), "a copy of two pages");
	new_device(fd, ioas);
	look_read(look_open_ioas(fd, other, "areas"), text, sizeof(text));
	runs = look_number(text, "runs");
	area(0, 2 * PAGE, "r", at + PAGE, 2, runs);
	line(" ioptes=- accesses=0 backing=anonymous\n");
	check_text(look_open_ioas(fd, other, "areas"),
		   "which are pinned for the mapping they are a copy of");
	close(access);
	munmap(at, 4 * PAGE);
	close(fd);
}

static void check_ranges(void)
{
	struct iommu_iova_range allowed[] = {
		{ BASE + 16 * PAGE, BASE + 32 * PAGE - 1 },
		{ BASE, BASE + 8 * PAGE - 1 },
	};
	int fd = iommu_open();
	uint32_t ioas = new_ioas(fd);
	struct mock mock;

	check_text(look_open_ioas(fd, ioas, "ranges"), "nothing is reserved");
	if (ioas_allow(fd, ioas, allowed, 2) ||
	    mock_reserve(fd, ioas, BASE + 64 * PAGE, PAGE) ||
	    mock_reserve(fd, ioas, BASE + 64 * PAGE, 2 * PAGE))
		tap_bail_out("no ranges");
	mock = new_device(fd, ioas);
	line("reserved 0x%016x-0x%016llx owner=hwpt:%u kind=aperture\n", 0,
	     APERTURE_START - 1, mock.hwpt_id);
	line("reserved 0x%016llx-0x%016llx owner=test kind=reserved\n",
	     BASE + 64 * PAGE, BASE + 65 * PAGE - 1);
	line("reserved 0x%016llx-0x%016llx owner=test kind=reserved\n",
	     BASE + 64 * PAGE, BASE + 66 * PAGE - 1);
	line("reserved 0x%016llx-0x%016lx owner=hwpt:%u kind=aperture\n",
	     APERTURE_LAST + 1, UINT64_MAX, mock.hwpt_id);
	line("allowed 0x%016llx-0x%016llx\n", BASE, BASE + 8 * PAGE - 1);
	line("allowed 0x%016llx-0x%016llx\n", BASE + 16 * PAGE,
	     BASE + 32 * PAGE - 1);
	check_text(look_open_ioas(fd, ioas, "ranges"),
		   "what is reserved, with its owner, and what is allowed");
	close(fd);
}

/* A page full of lines and more, however little is read at once. */
static void check_steps(void)
{
	static const size_t steps[] = { 1, 7, 4096, TEXT_SIZE };
	unsigned char *at = memory(PAGE);
	int fd = iommu_open();
	uint32_t ioas = new_ioas(fd);
	unsigned int i;

	for (i = 0; i < 300; i++) {
		map(fd, ioas, READ, at, PAGE, BASE + 2 * i * PAGE);
		plain_area(BASE + 2 * i * PAGE, PAGE, "r", at, "anonymous");
	}
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		look_read_by(look_open_ioas(fd, ioas, "areas"), text,
			     sizeof(text), steps[i]);
		tap_check(!strcmp(text, expected), "read by %zu bytes",
			  steps[i]);
	}
	expected[0] = 0;
	munmap(at, PAGE);
	close(fd);
}

static void check_rights(void)
{
	int fd = iommu_open();
	int64_t context = look_context(fd);
	uint32_t ioas = new_ioas(fd);
	char name[64];
	int status = -1;
	pid_t child;

	snprintf(name, sizeof(name), "ioas/%u/areas", ioas);
	child = fork();
	if (!child) {
		if (setresuid(4242, 4242, 4242))
			_exit(1);
		_exit(look_open_of(context, name) >= 0 || errno != EACCES);
	}
	waitpid(child, &status, 0);
	tap_check(!status, "others than root see nothing of it");
	close(fd);
}

/* The subject goes while files about it are open. */
static void check_removal(void)
{
	unsigned char *at = memory(PAGE);
	int fd = iommu_open();
	uint32_t ioas = new_ioas(fd);
	int64_t context = look_context(fd);
	int areas = look_open_ioas(fd, ioas, "areas");
	int ranges = look_open_ioas(fd, ioas, "ranges");
	int objects = look_open(fd, "objects");
	int facts = look_open(fd, "context");
	char byte;

	map(fd, ioas, READ, at, PAGE, BASE);
	map(fd, ioas, READ, at, PAGE, BASE + PAGE);
	if (read(areas, &byte, 1) != 1)
		tap_bail_out("nothing to read");
	tap_errno(destroy(fd, ioas), 0, "DESTROY of what is looked at");
	tap_check(look_read(areas, text, sizeof(text)) == -EIO && text[0] &&
			  text[strlen(text) - 1] == '\n',
		  "the line is read to its end, and nothing after it");
	tap_check(look_read(ranges, text, sizeof(text)) == -EIO,
		  "nothing is left of its ranges");
	ioas = new_ioas(fd);
	check_text(look_open_ioas(fd, ioas, "areas"),
		   "another one has its id, and nothing in it");
	close(fd);
	tap_check(look_read(objects, text, sizeof(text)) == -EIO &&
			  look_read(facts, text, sizeof(text)) == -EIO &&
			  look_open_of(context, "context") < 0,
		  "nothing is left of a context that was closed");
	munmap(at, PAGE);
}

struct scene {
	int fd;
	int file;
	uint32_t ioas;
	unsigned char *buffer;
};

static int read_areas(void *argument)
{
	struct scene *s = argument;
	ssize_t count = read(s->file, s->buffer, PAGE);

	return count < 0 ? -errno : (int)count;
}

static int destroy_ioas(void *argument)
{
	struct scene *s = argument;

	return destroy(s->fd, s->ioas);
}

/* What the reader reads into does not come; nobody waits for that. */
static void check_slow_reader(void)
{
	struct scene s = { .fd = iommu_open() };
	struct held_page page = hold_page();
	struct call reading, destroying;
	unsigned char *at = memory(PAGE);

	s.ioas = new_ioas(s.fd);
	s.file = look_open_ioas(s.fd, s.ioas, "areas");
	s.buffer = page.at;
	map(s.fd, s.ioas, READ, at, PAGE, BASE);
	call_start(&reading, read_areas, &s);
	if (!await_held(&page, &reading))
		tap_bail_out("the reader does not wait");
	call_start(&destroying, destroy_ioas, &s);
	tap_errno(call_result(&destroying, "DESTROY"), 0,
		  "DESTROY while a reader waits for its own memory");
	give_page(&page, "", 1);
	tap_check(call_result(&reading, "reading") > 0,
		  "which then has what it read");
	close(s.file);
	close(s.fd);
	munmap(page.at, PAGE);
	munmap(at, PAGE);
}

static int list_folder(void *argument)
{
	struct scene *s = argument;

	return syscall(SYS_getdents64, s->file, s->buffer, PAGE);
}

static int close_context(void *argument)
{
	struct scene *s = argument;

	return close(s->fd);
}

/* What was freed a while ago is free now: shrinkers do not wait for more. */
static void free_all(void)
{
	int file = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	if (file < 0 || write(file, "2", 1) != 1)
		tap_bail_out("no drop_caches");
	close(file);
	sleep(1);
}

/*
 * A context that is halfway closed: its folder is there, and the IOAS that was
 * VFIO's is not. Whoever lists the folder of the next one holds that up. A
 * reader that followed what is left of the first is noticed by KASAN.
 */
static void check_closing(void)
{
	struct scene s = { .fd = iommu_open() };
	struct held_page page = hold_page();
	int64_t context = look_context(s.fd);
	struct call listing, closing;
	char first[64], next[64];
	int file, i;

	s.buffer = page.at;
	s.ioas = new_ioas(s.fd);
	snprintf(first, sizeof(first), "ioas/%u", s.ioas);
	snprintf(next, sizeof(next), "ioas/%u", new_ioas(s.fd));
	s.file = look_open_of(context, next);
	if (vfio_ioas(s.fd, IOMMU_VFIO_IOAS_SET, &s.ioas) || s.file < 0)
		tap_bail_out("no IOAS");
	call_start(&listing, list_folder, &s);
	if (!await_held(&page, &listing))
		tap_bail_out("the folder is not held up");
	call_start(&closing, close_context, &s);
	for (i = 0; i < 600 && (file = look_open_of(context, first)) >= 0;
	     i++) {
		close(file);
		usleep(100000);
	}
	free_all();
	tap_check(look_read(look_open_of(context, "context"), text,
			    sizeof(text)) == -EIO,
		  "a context that is being closed");
	give_page(&page, "", 1);
	tap_check(call_result(&listing, "listing") > 0 &&
			  !call_result(&closing, "closing") &&
			  look_open_of(context, "context") < 0,
		  "which then is");
	close(s.file);
	munmap(page.at, PAGE);
}

/* Many mappings, and readers that are killed on the way. */
static void check_killed(void)
{
	unsigned char *at = memory(PAGE);
	int fd = iommu_open();
	uint32_t ioas = new_ioas(fd);
	unsigned int count = scaled(20000);
	unsigned int i;
	bool ok = true;

	for (i = 0; i < count; i++)
		map(fd, ioas, READ, at, PAGE, BASE + 2 * i * PAGE);
	for (i = 0; i < 5; i++) {
		int status;
		pid_t child = fork();

		if (!child) {
			for (;;)
				look_read(look_open_ioas(fd, ioas, "areas"),
					  text, sizeof(text));
		}
		usleep(100000);
		kill(child, SIGKILL);
		ok &= waitpid(child, &status, 0) == child &&
		      WIFSIGNALED(status);
	}
	tap_check(ok, "readers of %u lines are killed", count);
	tap_errno(destroy(fd, ioas), 0, "and nothing is left of them");
	munmap(at, PAGE);
	close(fd);
}

int main(void)
{
	long pinned = pinned_pages();

	if (on_upstream()) {
		tap_skip("Linux's own says nothing there", "debugfs");
		return tap_done();
	}
	prctl(PR_SET_NAME, "a b\\c");
	check_context();
	check_opener_gone();
	check_objects();
	check_backing();
	check_ended();
	check_small_entries();
	check_huge_entries();
	check_uses();
	check_ranges();
	check_steps();
	check_rights();
	check_removal();
	check_slow_reader();
	check_closing();
	check_killed();
	tap_check(pinned_pages() == pinned,
		  "as many pages are pinned as before");
	return tap_done();
}
