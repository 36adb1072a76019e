// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Class 13: dirty bits where something ends: a part of the bitmap, a huge page
 * of the IOMMU's, the space itself; while others read, map and write; and where
 * reading fails in the middle. Nothing is reported that was not written to, and
 * what was is reported once, to somebody.
 */
#include "../abi/random.h"
#include "failing.h"

#define BASE APERTURE_START
/* Two mappings with a hole between them. */
#define AREA (2ull << 20)
#define SECOND (BASE + 2 * AREA)
#define LENGTH (3 * AREA)
#define IO_PAGES (LENGTH / IO_PAGE)
#define BYTES (IO_PAGES / 8)
#define SECONDS 10

static int fd;
static uint32_t ioas, hwpt;

static bool bit(const unsigned char *bits, size_t index)
{
	return bits[index / 8] >> index % 8 & 1;
}

static void set_bit(unsigned char *bits, size_t index)
{
	bits[index / 8] |= 1u << index % 8;
}

static size_t count_bits(const unsigned char *bits, size_t n)
{
	size_t count = 0;

	while (n--)
		count += bit(bits, n);
	return count;
}

/* Memory for one mapping, in huge pages or in small ones. */
static void *aligned_memory(bool huge)
{
	uintptr_t at = (uintptr_t)memory(2 * AREA);

	at = (at + AREA - 1) & -AREA;
	madvise((void *)at, AREA, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	return memset((void *)at, 1, AREA);
}

static void set_up(bool huge)
{
	struct mock mock;

	fd = iommu_open();
	if (ioas_alloc(fd, &ioas) ||
	    mock_device_flags(fd, ioas, huge ? MOCK_FLAGS_DEVICE_HUGE_IOVA : 0,
			      &mock) ||
	    hwpt_alloc_flags(fd, mock.device_id, ioas,
			     IOMMU_HWPT_ALLOC_DIRTY_TRACKING, &hwpt) ||
	    ioas_map_at(fd, ioas, aligned_memory(huge), AREA, BASE) ||
	    ioas_map_at(fd, ioas, aligned_memory(huge), AREA, SECOND) ||
	    set_dirty_tracking(fd, hwpt, true))
		tap_bail_out("no dirty tracking");
}

/* The device writes to one of its pages, counted from the first. */
static void write_page(size_t page)
{
	uint64_t marked;

	if (mock_dirty(fd, hwpt, BASE + page * IO_PAGE, IO_PAGE, IO_PAGE, "\1",
		       &marked) ||
	    marked != 1)
		tap_bail_out("the device cannot write");
}

static int read_at(uint64_t iova, uint64_t length, uint64_t page_size,
		   void *bits)
{
	return get_dirty_bitmap(fd, hwpt, 0, iova, length, page_size, bits);
}

/* How many pages are dirty; they are not afterwards. */
static size_t read_all(unsigned char *bits)
{
	memset(bits, 0, BYTES);
	if (read_at(BASE, LENGTH, IO_PAGE, bits))
		tap_bail_out("the dirty pages cannot be read");
	return count_bits(bits, IO_PAGES);
}

/* In many small pages of its own the bitmap is read in several parts. */
static void check_parts(void)
{
	const uint64_t page_size = 8, length = LENGTH / page_size / 8;
	unsigned char *many = memory(length), bits[BYTES];
	unsigned char expected[BYTES] = { 0 };
	const size_t pages[] = { 0, 5, AREA / IO_PAGE - 1, 2 * AREA / IO_PAGE,
				 IO_PAGES - 1 };
	size_t i;

	for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		write_page(pages[i]);
		set_bit(expected, pages[i]);
	}
	munmap(many + length - PAGE, PAGE);
	tap_errno(read_at(BASE, LENGTH, page_size, many), EFAULT,
		  "class 13: the last part of a bitmap is not there");
	mprotect(many + length - 2 * PAGE, PAGE, PROT_READ);
	tap_errno(read_at(BASE, LENGTH - AREA / 8, page_size, many), EFAULT,
		  "class 13: the last part of a bitmap is read-only");
	tap_check(read_all(bits) == sizeof(pages) / sizeof(pages[0]) &&
			  !memcmp(bits, expected, BYTES),
		  "class 13: and nothing is forgotten");
	munmap(many, length - PAGE);
}

/* Nobody looks at a bitmap for what is not mapped. */
static void check_space(void)
{
	unsigned char bits[16] = { 0 };

	tap_errno(read_at(BASE + AREA, PAGE, PAGE, NULL), 0,
		  "class 13: no bitmap for a hole");
	tap_errno(read_at(-2 * PAGE, 2 * PAGE, PAGE, bits), 0,
		  "class 13: the end of the space");
	tap_errno(read_at(-2 * PAGE, 3 * PAGE, PAGE, bits), EOVERFLOW,
		  "class 13: and beyond");
	tap_errno(read_at(0, -PAGE, PAGE / 2, (void *)(1ul << 46)), EFAULT,
		  "class 13: more bits than there is memory for");
	tap_errno(read_at(BASE, PAGE, PAGE, (void *)(1ul << 63)), EFAULT,
		  "class 13: a bitmap in the kernel's memory");
	tap_check(!count_bits(bits, 128), "class 13: and nothing is dirty");
}

/* A huge page has one bit for all of it, which is cleared as a whole. */
static void check_huge_page(void)
{
	const uint64_t size = IO_HUGE / IO_PAGE;
	unsigned char bits[BYTES], *fine;
	uint64_t first;

	write_page(17);
	tap_check(read_all(bits) == size && bit(bits, 0) && bit(bits, size - 1),
		  "class 13: a huge page is dirty from end to end");
	write_page(size + 17);
	memset(bits, 0, BYTES);
	tap_check(!read_at(BASE + (size + 100) * IO_PAGE, 50 * IO_PAGE, IO_PAGE,
			   bits) &&
			  count_bits(bits, IO_PAGES) == 50 && bit(bits, 0),
		  "class 13: a part of a huge page");
	tap_check(read_all(bits) == size && bit(bits, size),
		  "class 13: the rest of it is still to be told");
	tap_check(read_all(bits) == 0, "class 13: and then is not");

	/* A bit for each byte: no part of the bitmap is about all of it. */
	write_page(2 * AREA / IO_PAGE);
	fine = memory(LENGTH / 8);
	first = 2 * AREA;
	tap_check(!read_at(BASE, LENGTH, 1, fine) &&
			  count_bits(fine, LENGTH) == IO_HUGE &&
			  bit(fine, first) && bit(fine, first + IO_HUGE - 1),
		  "class 13: a huge page, byte by byte");
	tap_check(read_all(bits) == 0, "class 13: is told once as well");
	munmap(fine, LENGTH / 8);
}

/* Several at the same time. */

static volatile bool stop;
static unsigned char written[BYTES], reported[2][BYTES];

static void *write_on(void *unused)
{
	struct random rng = random_seed(1);

	while (!stop) {
		size_t page = random_below(&rng, AREA / IO_PAGE);

		if (random_below(&rng, 2))
			page += 2 * AREA / IO_PAGE;
		set_bit(written, page);
		write_page(page);
	}
	return unused;
}

/* Parts that begin at any byte of the bitmap and end at any. */
static void *read_on(void *mine)
{
	struct random rng = random_seed((uintptr_t)mine);
	unsigned char *bits = mine;

	while (!stop) {
		size_t byte = random_below(&rng, BYTES);
		size_t count = 1 + random_below(&rng, BYTES - byte);

		if (read_at(BASE + byte * 8 * IO_PAGE, count * 8 * IO_PAGE,
			    IO_PAGE, bits + byte))
			tap_check(false, "class 13: a read beside others");
	}
	return NULL;
}

static void *map_on(void *at)
{
	while (!stop) {
		if (ioas_map_at(fd, ioas, at, AREA / 2, BASE + AREA) ||
		    ioas_unmap_at(fd, ioas, BASE + AREA, AREA / 2))
			tap_check(false, "class 13: a mapping beside others");
	}
	return NULL;
}

static void check_together(const char *pages)
{
	unsigned char bits[BYTES];
	pthread_t threads[4];
	size_t i, lost = 0;

	stop = false;
	memset(written, 0, sizeof(written));
	memset(reported, 0, sizeof(reported));
	if (pthread_create(&threads[0], NULL, write_on, NULL) ||
	    pthread_create(&threads[1], NULL, read_on, reported[0]) ||
	    pthread_create(&threads[2], NULL, read_on, reported[1]) ||
	    pthread_create(&threads[3], NULL, map_on, aligned_memory(false)))
		tap_bail_out("no threads");
	sleep(scaled(SECONDS));
	stop = true;
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	read_all(bits);
	for (i = 0; i < BYTES; i++)
		lost += !!(written[i] &
			   ~(bits[i] | reported[0][i] | reported[1][i]));
	tap_check(count_bits(written, IO_PAGES) && !lost,
		  "class 13: two who read, one who maps, in %s pages", pages);
}

/* Each allocation and each copy of a read fails once. */
static void check_failures(void)
{
	unsigned char bits[BYTES], *fresh = memory(4 * PAGE);
	int control = failing_open();
	bool failed = true;
	int nth;

	if (control < 0)
		return;
	for (nth = 1; failed && nth < 200; nth++) {
		int rc;

		write_page(3);
		write_page(IO_PAGES - 1);
		madvise(fresh, 4 * PAGE, MADV_DONTNEED);
		failing_begin(control, nth);
		rc = read_at(BASE, LENGTH, IO_PAGE, fresh + PAGE - 100);
		failed = failing_end(control);
		if (count_bits(fresh, 4 * PAGE * 8) != (rc ? 0 : 2) ||
		    read_all(bits) != (rc ? 2 : 0))
			break;
	}
	close(control);
	tap_check(!failed && nth > 2,
		  "class 13: nothing is lost in %d ways to fail", nth - 2);
	munmap(fresh, 4 * PAGE);
}

int main(void)
{
	if (!mock_can_allocate(IOMMU_HWPT_ALLOC_DIRTY_TRACKING)) {
		mock_lacks("class 13", "dirty tracking");
		return tap_done();
	}
	if (on_upstream()) {
		tap_skip("Linux loses bits in most of these",
			 "class 13: dirty bits where something ends");
		return tap_done();
	}
	set_up(false);
	check_parts();
	check_space();
	check_failures();
	check_together("small");
	close(fd);
	set_up(true);
	check_huge_page();
	check_together("huge");
	close(fd);
	return tap_done();
}
