// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which pages a device has written to: page sizes that make no sense (class
 * 6), and bitmaps of every granule, start and alignment against a model, none
 * of whose bits may get lost (class 13).
 */
#include "../abi/random.h"
#include "mock.h"

#define BASE APERTURE_START
#define LENGTH (4ull << 20)
#define IO_PAGES (LENGTH / IO_PAGE)
/* A bit a byte is the most that can be asked for, and some room around. */
#define BITMAP_BYTES (LENGTH / 8 + 2 * PAGE)
#define ROUNDS 400

static int fd;
static uint32_t ioas, hwpt;
static struct mock mock;
static struct random rng;
static bool dirty[IO_PAGES];
static unsigned char *bitmap, *expected;

static void set_up(uint32_t device_flags, unsigned char *memory)
{
	fd = iommu_open();
	if (ioas_alloc(fd, &ioas) ||
	    ioas_map_at(fd, ioas, memory, LENGTH, BASE) ||
	    mock_device_flags(fd, ioas, device_flags, &mock) ||
	    hwpt_alloc_flags(fd, mock.device_id, ioas,
			     IOMMU_HWPT_ALLOC_DIRTY_TRACKING, &hwpt) ||
	    mock_replace(fd, &mock, hwpt) || set_dirty_tracking(fd, hwpt, true))
		tap_bail_out("no dirty tracking");
	memset(dirty, 0, sizeof(dirty));
}

static void set_bit(unsigned char *bits, uint64_t bit)
{
	bits[bit / 8] |= 1u << bit % 8;
}

/* The device writes to some of its pages. */
static bool write_some(int count)
{
	unsigned char bits[IO_PAGES / 8] = { 0 };
	uint64_t marked;

	while (count--) {
		uint64_t page = random_below(&rng, IO_PAGES);

		set_bit(bits, page);
		dirty[page] = true;
	}
	return !mock_dirty(fd, hwpt, BASE, LENGTH, IO_PAGE, bits, &marked);
}

/* Adds what a read of this range has to find to @bits. */
static void find(uint64_t iova, uint64_t length, uint64_t page_size,
		 unsigned char *bits, bool clear)
{
	uint64_t page = (iova - BASE) / IO_PAGE;
	uint64_t last = (iova - BASE + length - 1) / IO_PAGE;

	for (; page <= last; page++) {
		uint64_t at = BASE + page * IO_PAGE - iova;
		uint64_t end = at + IO_PAGE;

		if (!dirty[page])
			continue;
		if (page_size > IO_PAGE)
			set_bit(bits, at / page_size);
		for (; page_size <= IO_PAGE && at < end; at += page_size)
			set_bit(bits, at / page_size);
		if (clear)
			dirty[page] = false;
	}
}

/* Reads into the bitmap at @offset, among bits that are not to be touched. */
static bool read_and_compare(uint64_t iova, uint64_t length, uint64_t page_size,
			     size_t offset, bool clear)
{
	size_t i;
	int rc;

	for (i = 0; i < BITMAP_BYTES; i++)
		bitmap[i] = random_below(&rng, 4) ? 0 : random_next(&rng) >> 56;
	memcpy(expected, bitmap, BITMAP_BYTES);
	find(iova, length, page_size, expected + offset, clear);
	rc = get_dirty_bitmap(fd, hwpt,
			      clear ? 0 : IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR,
			      iova, length, page_size, bitmap + offset);
	if (!rc && !memcmp(bitmap, expected, BITMAP_BYTES))
		return true;
	printf("# 0x%llx bytes at 0x%llx in pages of 0x%llx, bitmap + 0x%zx: %s\n",
	       (long long)length, (long long)iova, (long long)page_size, offset,
	       rc ? strerror(-rc) : "the wrong bits");
	return false;
}

/* Class 13: ranges, granules and places in memory at random. */

static bool one_range(void)
{
	uint64_t page_size = (IO_PAGE / 2) << random_below(&rng, 12);
	uint64_t granule = page_size > IO_PAGE ? page_size : IO_PAGE;
	uint64_t pages = LENGTH / granule;
	uint64_t first = random_below(&rng, pages);
	uint64_t count = 1 + random_below(&rng, pages - first);
	/* Now and then across a page's end, and at any byte. */
	size_t offset = random_below(&rng, 2)
				? random_below(&rng, PAGE)
				: PAGE - 1 - random_below(&rng, 16);

	if (!random_below(&rng, 4))
		count = 1 + random_below(&rng, count);
	return write_some(random_below(&rng, 40)) &&
	       read_and_compare(BASE + first * granule, count * granule,
				page_size, offset, random_below(&rng, 2));
}

static void check_ranges(void)
{
	int rounds = scaled(ROUNDS);
	bool ok = true;
	int i;

	for (i = 0; i < rounds && ok; i++)
		ok = one_range();
	ok = ok && read_and_compare(BASE, LENGTH, IO_PAGE, 0, true);
	tap_check(ok, "class 13: %d ranges as in the model", rounds);
	tap_check(read_and_compare(BASE, LENGTH, IO_PAGE, 3, true),
		  "class 13: and then nothing is dirty any more");
}

/* Three mappings, with a hole before the last. */
static void check_areas(unsigned char *memory)
{
	uint64_t end = BASE + LENGTH;
	unsigned char bits[2] = { 0 };
	uint64_t marked;
	int rc;

	if (ioas_map_at(fd, ioas, memory, PAGE, end) ||
	    ioas_map_at(fd, ioas, memory, PAGE, end + 4 * PAGE))
		tap_bail_out("no mapping");
	mock_dirty(fd, hwpt, end - IO_PAGE, 2 * IO_PAGE, IO_PAGE, "\3",
		   &marked);
	tap_check(!get_dirty_bitmap(fd, hwpt, 0, end - PAGE, 2 * PAGE, IO_PAGE,
				    bits) &&
			  bits[0] == 6,
		  "class 13: a range over two mappings");
	mock_dirty(fd, hwpt, end, IO_PAGE, IO_PAGE, "\1", &marked);
	mock_dirty(fd, hwpt, end + 4 * PAGE, IO_PAGE, IO_PAGE, "\1", &marked);
	bits[0] = 0;
	rc = get_dirty_bitmap(fd, hwpt, 0, end, 5 * PAGE, IO_PAGE, bits);
	if (on_upstream())
		tap_skip("Linux answers 0 as well, but stops at the hole",
			 "class 13: a range with a hole in it");
	else
		tap_check(!rc && bits[0] == 1 && bits[1] == 1,
			  "class 13: a range with a hole in it");
	ioas_unmap_at(fd, ioas, end, PAGE);
	ioas_unmap_at(fd, ioas, end + 4 * PAGE, PAGE);
}

/* A bitmap that is not all there: an error, and nothing of it is lost. */
static void check_unwritable(const char *what, void (*hide)(void *page),
			     void (*show)(void *page))
{
	/* In the bitmap's first page and in its second. */
	unsigned char *at = bitmap + PAGE - IO_PAGES / 16;

	if (on_upstream()) {
		tap_skip("Linux answers 0 and has lost the bits",
			 "class 13: a bitmap page that is %s", what);
		return;
	}
	memset(bitmap, 0, 2 * PAGE);
	memset(expected, 0, IO_PAGES / 8);
	write_some(200);
	find(BASE, LENGTH, IO_PAGE, expected, true);
	hide(bitmap + PAGE);
	tap_check(get_dirty_bitmap(fd, hwpt, 0, BASE, LENGTH, IO_PAGE, at) ==
			  -EFAULT,
		  "class 13: a bitmap page that is %s", what);
	show(bitmap + PAGE);
	tap_check(!get_dirty_bitmap(fd, hwpt, 0, BASE, LENGTH, IO_PAGE, at) &&
			  !memcmp(at, expected, IO_PAGES / 8),
		  "class 13: another read finds what is missing");
}

static void take_away(void *page)
{
	munmap(page, PAGE);
}

static void bring_back(void *page)
{
	if (mmap(page, PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		tap_bail_out("no memory");
}

static void protect(void *page)
{
	mprotect(page, PAGE, PROT_READ);
}

static void unprotect(void *page)
{
	mprotect(page, PAGE, PROT_READ | PROT_WRITE);
}

static void check_tracking(void)
{
	write_some(50);
	memset(dirty, 0, sizeof(dirty));
	tap_errno(set_dirty_tracking(fd, hwpt, true), 0,
		  "class 13: tracking switched on again");
	tap_check(read_and_compare(BASE, LENGTH, IO_PAGE, 0, true),
		  "class 13: forgets what was before");
	write_some(50);
	tap_check(read_and_compare(BASE, LENGTH, IO_PAGE, 0, false) &&
			  read_and_compare(BASE, LENGTH, IO_PAGE, 0, true) &&
			  read_and_compare(BASE, LENGTH, IO_PAGE, 0, true),
		  "class 13: read, read and cleared, and gone");
	tap_errno(set_dirty_tracking(fd, hwpt, false), 0,
		  "class 13: tracking switched off");
	tap_errno(set_dirty_tracking(fd, hwpt, true), 0,
		  "class 13: and on again");
}

/* Class 6. */

static void check_page_size(uint64_t page_size)
{
	bool power = page_size && !(page_size & (page_size - 1));
	char name[80];
	int rc;

	snprintf(name, sizeof(name), "class 6: pages of 0x%llx bytes",
		 (long long)page_size);
	if (power && page_size <= LENGTH) {
		write_some(20);
		tap_check(read_and_compare(BASE, LENGTH, page_size, 0, true),
			  "%s", name);
		return;
	}
	rc = get_dirty_bitmap(fd, hwpt, 0, BASE, LENGTH, page_size, bitmap);
	if (on_upstream() && page_size && !power)
		tap_check(!rc || rc == -EINVAL, "%s", name);
	else
		tap_errno(rc, EINVAL, name);
}

static void check_page_sizes(void)
{
	static const uint64_t odd[] = { 0,
					3,
					5,
					7,
					24,
					1000,
					2047,
					2049,
					6144,
					0x7fffffffffffffff,
					0x8000000000000001,
					UINT64_MAX };
	size_t i;

	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		check_page_size(odd[i]);
	for (i = 0; i < 64; i++)
		check_page_size(1ull << i);
	write_some(1);
	bitmap[0] = 0;
	tap_check(!get_dirty_bitmap(fd, hwpt, 0, 0, 1ull << 63, 1ull << 63,
				    bitmap) &&
			  (bitmap[0] == 1 || on_upstream()),
		  "class 6: half of the space in one page");
}

static void check_errors(void)
{
	uint32_t plain;

	if (hwpt_alloc_flags(fd, mock.device_id, ioas, 0, &plain))
		tap_bail_out("no page table");
	tap_errno(set_dirty_tracking(fd, plain, true), EOPNOTSUPP,
		  "class 6: tracking in a page table that cannot");
	tap_errno(get_dirty_bitmap(fd, plain, 0, BASE, LENGTH, PAGE, bitmap),
		  EOPNOTSUPP, "class 6: and reading from it");
	tap_errno(set_dirty_tracking(fd, ioas, true), ENOENT,
		  "class 6: tracking in what is no page table");
	tap_errno(get_dirty_bitmap(fd, hwpt, 0, BASE, 0, PAGE, bitmap), EINVAL,
		  "class 6: no length");
	tap_errno(get_dirty_bitmap(fd, hwpt, 0, UINT64_MAX - PAGE + 1, 2 * PAGE,
				   PAGE, bitmap),
		  EOVERFLOW, "class 6: a range that wraps");
	tap_errno(get_dirty_bitmap(fd, hwpt, 0, BASE + 1, PAGE, 1, bitmap),
		  EINVAL, "class 6: a start between the IOMMU's pages");
	tap_errno(get_dirty_bitmap(fd, hwpt, 0, BASE, PAGE + 1, 1, bitmap),
		  EINVAL, "class 6: an end between them");
	tap_errno(get_dirty_bitmap(fd, hwpt, 0, BASE + PAGE, PAGE, 2 * PAGE,
				   bitmap),
		  EINVAL, "class 6: half a page of the bitmap's");
	tap_errno(destroy(fd, plain), 0, "class 6: and it can be destroyed");
}

/* Pages of the IOMMU's that are larger than those of the bitmap. */
static void check_huge(void)
{
	int pool = open("/proc/sys/vm/nr_hugepages", O_RDWR | O_CLOEXEC);
	char before[16] = { 0 };
	unsigned char *memory;
	uint64_t marked, at;
	bool ok = true;
	int i;

	if (pool < 0 || read(pool, before, sizeof(before) - 1) <= 0 ||
	    pwrite(pool, "8", 1, 0) != 1)
		tap_bail_out("no huge pages");
	memory = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	if (memory == MAP_FAILED)
		tap_bail_out("no huge pages");
	memset(memory, 1, LENGTH);
	set_up(MOCK_FLAGS_DEVICE_HUGE_IOVA, memory);
	for (i = 0; i < 20 && ok; i++) {
		at = random_below(&rng, IO_PAGES) * IO_PAGE;
		ok = !mock_dirty(fd, hwpt, BASE + at, IO_PAGE, IO_PAGE, "\1",
				 &marked);
		at = at / IO_HUGE * IO_HUGE / IO_PAGE;
		memset(dirty + at, true, IO_HUGE / IO_PAGE);
		/* Two pages of the bitmap share what one of the IOMMU's says. */
		ok = ok && read_and_compare(BASE, LENGTH, IO_PAGE << i % 4,
					    PAGE - 100 + i, true);
	}
	tap_check(ok, "class 13: huge pages of the IOMMU across the bitmap's");
	close(fd);
	munmap(memory, LENGTH);
	if (pwrite(pool, before, strlen(before), 0) < 0)
		tap_bail_out("the huge pages cannot be given back");
	close(pool);
}

/* All that the mock can translate: a bitmap of many pages. */
static void check_all_of_it(void)
{
	const uint64_t length = 32 << 20;
	uint64_t pages = (APERTURE_LAST + 1 - BASE) / IO_PAGE;
	unsigned char *all = memory(pages / 8), *marks = memory(pages / 8);
	int file = memfd_create("dirty", MFD_CLOEXEC);
	uint64_t at, marked, i;
	unsigned char *memory;

	if (file < 0 || ftruncate(file, length))
		tap_bail_out("no memory in a file");
	memory =
		mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (memory == MAP_FAILED)
		tap_bail_out("no memory in a file");
	set_up(0, memory);
	ioas_unmap_at(fd, ioas, BASE, LENGTH);
	for (at = BASE; at <= APERTURE_LAST; at += marked) {
		marked = APERTURE_LAST + 1 - at;
		if (marked > length)
			marked = length;
		if (ioas_map_at(fd, ioas, memory, marked, at))
			tap_bail_out("the aperture cannot be filled");
	}
	for (i = 0; i < 1000; i++)
		set_bit(marks, random_below(&rng, pages));
	tap_check(!mock_dirty(fd, hwpt, BASE, pages * IO_PAGE, IO_PAGE, marks,
			      &marked) &&
			  !get_dirty_bitmap(fd, hwpt, 0, BASE, pages * IO_PAGE,
					    IO_PAGE, all) &&
			  !memcmp(all, marks, pages / 8),
		  "class 13: %llu pages at once", (long long)pages);
	memset(all, 0, pages / 8);
	memset(marks, 0, pages / 8);
	tap_check(!get_dirty_bitmap(fd, hwpt, 0, BASE, pages * IO_PAGE, IO_PAGE,
				    all) &&
			  !memcmp(all, marks, pages / 8),
		  "class 13: and none of them twice");
	close(fd);
	close(file);
	munmap(memory, length);
	munmap(all, pages / 8);
	munmap(marks, pages / 8);
}

int main(void)
{
	unsigned char *pages = small_pages(LENGTH);
	long pinned = pinned_pages();

	if (!mock_can_allocate(IOMMU_HWPT_ALLOC_DIRTY_TRACKING)) {
		mock_lacks("classes 6 and 13", "dirty tracking");
		return tap_done();
	}
	rng = random_seed(13);
	bitmap = memory(BITMAP_BYTES);
	expected = memory(BITMAP_BYTES);
	set_up(0, pages);
	check_ranges();
	check_areas(pages);
	check_unwritable("not there", take_away, bring_back);
	check_unwritable("read-only", protect, unprotect);
	check_tracking();
	check_page_sizes();
	check_errors();
	close(fd);
	check_huge();
	check_all_of_it();
	tap_check(pinned_pages() == pinned,
		  "as many pages are pinned as before");
	return tap_done();
}
