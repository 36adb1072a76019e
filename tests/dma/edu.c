// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Real devices behind a real IOMMU: QEMU's edu moves bytes between memory and
 * itself, so that a mapping is tested by what a device gets to see.
 *
 * Needs iommufd_edu_dma.ko and three of them, of which the second and third
 * share a group: -device edu -device edu,addr=10.0,multifunction=on
 * -device edu,addr=10.1
 */
#include <stdatomic.h>

#include "../abi/iommu.h"
#include "../abi/random.h"
#include "../kmod/edu_dma.h"

/* Where things are mapped: 16 MiB, which edu can reach. */
#define IOVA 0x1000000ull
/* Where x86 has its interrupts, and nothing else can be. */
#define MSI_WINDOW 0xfee00000ull
/* How long threads race each other, if the first argument does not say. */
#define RACE_SECONDS 10

static int fd;

static int edu_open(int number)
{
	char path[32];
	int edu;

	snprintf(path, sizeof(path), "/dev/edu_dma%d", number);
	edu = open(path, O_RDWR | O_CLOEXEC);
	if (edu < 0)
		tap_bail_out(path);
	return edu;
}

static int edu_bind(int edu, int to, uint32_t *id)
{
	*id = to;
	return request(edu, EDU_DMA_BIND, id);
}

static int edu_attach(int edu, uint32_t pt, uint32_t *hwpt)
{
	*hwpt = pt;
	return request(edu, EDU_DMA_ATTACH, hwpt);
}

static int edu_replace(int edu, uint32_t pt, uint32_t *hwpt)
{
	*hwpt = pt;
	return request(edu, EDU_DMA_REPLACE, hwpt);
}

static int edu_detach(int edu)
{
	return request(edu, EDU_DMA_DETACH, NULL);
}

static bool edu_is_had(int edu, int by, uint32_t what)
{
	uint32_t value = by;

	return !request(edu, EDU_DMA_HAS, &value) && value == what;
}

static void edu_copy(int edu, uint64_t iova, uint32_t length, bool to_memory)
{
	struct edu_dma_copy copy = {
		.iova = iova,
		.length = length,
		.to_memory = to_memory,
	};

	if (request(edu, EDU_DMA_COPY, &copy))
		tap_bail_out("a device hangs");
}

static void fill(uint8_t *at, size_t length, uint8_t seed)
{
	for (size_t i = 0; i < length; i++)
		at[i] = seed + i * 7;
}

/* Whether the device can read what is mapped at one place, and write another. */
static bool moves(int edu, uint8_t *from, uint64_t from_iova, uint8_t *to,
		  uint64_t to_iova, uint32_t length)
{
	static uint8_t seed;

	fill(from, length, ++seed);
	memset(to, 0, length);
	edu_copy(edu, from_iova, length, false);
	edu_copy(edu, to_iova, length, true);
	return !memcmp(from, to, length);
}

/* Whether the device can write there, to two pages of @at. */
static bool reaches(int edu, uint8_t *at)
{
	return moves(edu, at, IOVA, at + PAGE, IOVA + PAGE, 512);
}

static uint32_t new_ioas(void)
{
	uint32_t ioas;

	if (ioas_alloc(fd, &ioas))
		tap_bail_out("no IOAS");
	return ioas;
}

/* An IOAS with two pages of @at. */
static uint32_t ioas_with(uint8_t *at)
{
	uint32_t ioas = new_ioas();

	if (ioas_map_at(fd, ioas, at, 2 * PAGE, IOVA))
		tap_bail_out("nothing can be mapped");
	return ioas;
}

static void test_bind(int edu)
{
	uint32_t id, other = 0;
	int second = iommu_open();

	tap_errno(edu_bind(edu, 0, &id), EBADFD, "bind to something else");
	tap_check(edu_is_had(edu, fd, 0), "nobody has it or its group");
	tap_errno(edu_bind(edu, fd, &id), 0, "bind");
	tap_check(!request(edu, EDU_DMA_ID, &other) && other == id,
		  "the driver can ask for its id");
	tap_check(edu_is_had(edu, fd, EDU_DMA_HAS_DEVICE | EDU_DMA_HAS_GROUP) &&
			  edu_is_had(edu, second, 0),
		  "and whose it is");
	tap_errno(destroy(fd, id), EBUSY, "DESTROY of a bound device");
	tap_errno(destroy(second, id), ENOENT, "an id of another context");
	request(edu, EDU_DMA_UNBIND, NULL);
	tap_errno(destroy(fd, id), ENOENT, "an unbound device is gone");
	tap_errno(edu_bind(edu, second, &other), 0, "bind to another context");
	request(edu, EDU_DMA_UNBIND, NULL);
	close(second);
}

static void test_hw_info(uint32_t device)
{
	uint8_t data[256];
	struct iommu_hw_info cmd = {
		.size = sizeof(cmd),
		.dev_id = device,
		.data_len = sizeof(data),
		.data_uptr = (uintptr_t)data,
	};
	bool zero = true;

	memset(data, 0xff, sizeof(data));
	tap_errno(request(fd, IOMMU_GET_HW_INFO, &cmd), 0, "GET_HW_INFO");
	for (size_t i = cmd.data_len; i < sizeof(data); i++)
		zero = zero && !data[i];
	tap_check(zero, "what the driver does not fill is zero");
	tap_check(!cmd.out_data_type == !cmd.data_len,
		  "a type where there is data: %u, %u bytes", cmd.out_data_type,
		  cmd.data_len);
	cmd.dev_id = device + 100;
	tap_errno(request(fd, IOMMU_GET_HW_INFO, &cmd), ENOENT,
		  "GET_HW_INFO of no device");
	cmd.flags = 1u << 31;
	tap_errno(request(fd, IOMMU_GET_HW_INFO, &cmd), EOPNOTSUPP,
		  "GET_HW_INFO with flags");
}

static uint64_t top_of(uint32_t ioas)
{
	struct iommu_iova_range ranges[16];
	uint32_t count = 16;
	uint64_t alignment;

	if (ioas_ranges(fd, ioas, ranges, &count, &alignment))
		tap_bail_out("an IOAS without ranges");
	return ranges[count - 1].last;
}

/* Not every IOMMU has an end. */
static void test_aperture(int edu, uint32_t ioas, uint64_t top)
{
	uint8_t *at = memory(PAGE);
	uint32_t hwpt;

	tap_errno(ioas_map_at(fd, ioas, at, PAGE, top + 1 - PAGE), 0,
		  "map the last page of the aperture");
	tap_errno(ioas_map_at(fd, ioas, at, PAGE, top + 1), EINVAL,
		  "map the page behind it");
	edu_detach(edu);
	tap_errno(ioas_map_at(fd, ioas, at, PAGE, top + 1), 0,
		  "which can be done when nothing is attached");
	tap_errno(edu_attach(edu, ioas, &hwpt), EADDRINUSE,
		  "attach an IOAS that uses what the device cannot");
	ioas_unmap_at(fd, ioas, top + 1, PAGE);
	edu_attach(edu, ioas, &hwpt);
	munmap(at, PAGE);
}

static void test_limits(int edu)
{
	uint32_t ioas = new_ioas(), hwpt;
	uint8_t *at = memory(PAGE);
	uint64_t top;

	edu_attach(edu, ioas, &hwpt);
	tap_errno(ioas_map_at(fd, ioas, at, PAGE, MSI_WINDOW), EINVAL,
		  "nothing can be mapped where interrupts are");
	top = top_of(ioas);
	if (top != UINT64_MAX)
		test_aperture(edu, ioas, top);
	edu_detach(edu);
	tap_check(top_of(ioas) == UINT64_MAX,
		  "detached, it is without limits again");
	ioas_map_at(fd, ioas, at, PAGE, MSI_WINDOW);
	tap_errno(edu_attach(edu, ioas, &hwpt), EADDRINUSE,
		  "attach an IOAS that uses the place of interrupts");
	tap_errno(destroy(fd, ioas), 0, "and nothing is left of the attempt");
	munmap(at, PAGE);
}

static void test_dma(int edu)
{
	size_t length = 4 * PAGE;
	uint8_t *at = memory(length), *more = memory(2 * PAGE);
	uint32_t ioas = new_ioas(), hwpt;
	uint64_t copied = IOVA + 0x100000;

	ioas_map_at(fd, ioas, at, length, IOVA);
	tap_errno(edu_attach(edu, ioas, &hwpt), 0, "attach an IOAS");
	tap_check(hwpt != ioas, "which gets a page table");
	tap_check(moves(edu, at, IOVA, at + PAGE, IOVA + PAGE, 4000),
		  "DMA to what was mapped before");
	tap_check(moves(edu, at + 100, IOVA + 100, at + 3 * PAGE - 1000,
			IOVA + 3 * PAGE - 1000, 2000),
		  "DMA across pages");
	ioas_map_at(fd, ioas, more, 2 * PAGE, IOVA + length);
	tap_check(moves(edu, at, IOVA, more, IOVA + length, 4000),
		  "DMA to what is mapped after");
	tap_errno(ioas_copy(fd, FIXED | READ | WRITE, ioas, ioas, length,
			    &copied, IOVA),
		  0, "IOAS_COPY");
	tap_check(moves(edu, at, copied, at + PAGE, copied + PAGE, 512),
		  "DMA through a copy");
	ioas_unmap_at(fd, ioas, IOVA, length);
	tap_check(moves(edu, at, copied, at + PAGE, copied + PAGE, 512),
		  "which stays when the first one goes");
	tap_check(!moves(edu, more, IOVA + length, at, IOVA, 512),
		  "DMA to what was unmapped is lost");
	ioas_map(fd, ioas, FIXED | READ, at, PAGE, &(uint64_t){ IOVA });
	tap_check(!moves(edu, more, IOVA + length, at, IOVA, 512),
		  "DMA to what may only be read is lost");
	tap_errno(edu_detach(edu), 0, "detach");
	tap_check(!moves(edu, more, IOVA + length, more + PAGE,
			 IOVA + length + PAGE, 512),
		  "DMA of a detached device is lost");
	tap_errno(destroy(fd, hwpt), ENOENT, "its page table went with it");
	tap_errno(destroy(fd, ioas), 0, "and nothing needs the IOAS");
	munmap(at, length);
	munmap(more, 2 * PAGE);
}

static void test_mistakes(int edu)
{
	uint8_t *at = memory(2 * PAGE);
	uint32_t ioas = ioas_with(at), other = new_ioas();
	uint32_t hwpt, again, id;

	tap_errno(edu_replace(edu, ioas, &hwpt), EINVAL,
		  "replace what is not attached");
	tap_errno(edu_detach(edu), 0, "detach what is not attached");
	edu_attach(edu, ioas, &hwpt);
	tap_errno(edu_attach(edu, ioas, &again), EBUSY, "attach twice");
	tap_errno(edu_attach(edu, hwpt, &again), EBUSY,
		  "attach twice, by page table");
	tap_errno(edu_attach(edu, other, &again), EINVAL,
		  "attach to something else");
	tap_errno(edu_attach(edu, 999, &again), ENOENT, "attach to nothing");
	tap_errno(edu_replace(edu, 999, &again), ENOENT, "replace by nothing");
	tap_check(reaches(edu, at), "none of which did any harm");
	tap_errno(destroy(fd, hwpt), EBUSY, "DESTROY of what is attached");
	tap_errno(destroy(fd, ioas), EBUSY, "DESTROY of what is below");
	tap_errno(destroy(fd, other), 0, "the other IOAS was left alone");
	request(edu, EDU_DMA_UNBIND, NULL);
	tap_errno(destroy(fd, ioas), 0, "unbinding lets go of all");
	edu_bind(edu, fd, &id);
	tap_errno(edu_attach(edu, id, &again), EINVAL, "attach to a device");
	munmap(at, 2 * PAGE);
}

static void test_replace(int edu)
{
	uint8_t *a = memory(2 * PAGE), *b = memory(2 * PAGE);
	uint32_t first = ioas_with(a), second = ioas_with(b);
	uint32_t hwpt, old, same;

	edu_attach(edu, first, &old);
	tap_errno(edu_replace(edu, first, &same), 0, "replace by the same");
	tap_check(same == old, "which is the same page table");
	tap_errno(edu_replace(edu, second, &hwpt), 0, "replace by another");
	tap_check(reaches(edu, b), "DMA reaches the memory of that");
	memset(a, 0, 2 * PAGE);
	edu_copy(edu, IOVA, 512, true);
	tap_check(!a[0] && !a[1], "and of the first no more");
	tap_errno(ioas_map_at(fd, first, a, PAGE, MSI_WINDOW), 0,
		  "the first IOAS has no limits any more");
	tap_errno(edu_replace(edu, first, &same), EADDRINUSE,
		  "back to where something is in the way of interrupts");
	tap_check(reaches(edu, b), "which leaves it attached as it was");
	tap_errno(destroy(fd, first), 0, "and the first one free");
	edu_detach(edu);
	tap_errno(destroy(fd, second), 0, "as is the second in the end");
	munmap(a, 2 * PAGE);
	munmap(b, 2 * PAGE);
}

static void test_hwpt(int edu, uint32_t device)
{
	uint8_t *at = memory(2 * PAGE);
	uint32_t ioas = ioas_with(at), hwpt, other, id;
	struct iommu_hwpt_alloc cmd = {
		.dev_id = device,
		.pt_id = ioas,
		.data_type = 99,
	};

	tap_errno(hwpt_alloc(fd, &cmd, &id), EINVAL, "a type without data");
	cmd.data_len = 64;
	cmd.data_uptr = (uintptr_t)at;
	tap_errno(hwpt_alloc(fd, &cmd, &id), EOPNOTSUPP,
		  "data that the driver does not know");
	cmd.data_len = 8192;
	tap_errno(hwpt_alloc(fd, &cmd, &id), EOPNOTSUPP, "however much it is");
	tap_errno(hwpt_alloc_flags(fd, device, ioas, 1u << 31, &id), EOPNOTSUPP,
		  "a flag that there is not");
	tap_errno(hwpt_alloc_flags(fd, device, device, 0, &id), EINVAL,
		  "a page table of a device");
	tap_errno(hwpt_alloc_flags(fd, ioas, ioas, 0, &id), ENOENT,
		  "a page table for an IOAS");

	tap_errno(hwpt_alloc_flags(fd, device, ioas, 0, &hwpt), 0,
		  "HWPT_ALLOC");
	tap_errno(hwpt_alloc_flags(fd, device, hwpt, 0, &id), EOPNOTSUPP,
		  "one on top of it, without data");
	tap_errno(edu_attach(edu, hwpt, &id), 0, "attach it");
	tap_check(id == hwpt, "and no other");
	tap_check(reaches(edu, at), "DMA through it");
	tap_errno(hwpt_alloc_flags(fd, device, ioas, 0, &other), 0,
		  "another one of the same IOAS");
	tap_errno(edu_replace(edu, other, &id), 0, "replaces it");
	tap_check(reaches(edu, at), "DMA through that");
	ioas_unmap_at(fd, ioas, IOVA, 2 * PAGE);
	tap_check(!reaches(edu, at), "unmapping takes it out of that");
	ioas_map_at(fd, ioas, at, 2 * PAGE, IOVA);
	tap_check(reaches(edu, at), "mapping puts it in");
	tap_errno(destroy(fd, hwpt), 0, "DESTROY of the first");
	edu_detach(edu);
	tap_errno(destroy(fd, other), 0, "both are there until DESTROY");
	tap_errno(destroy(fd, ioas), 0, "and then nothing needs the IOAS");
	munmap(at, 2 * PAGE);
}

/* A page table has the limits of its device before that is attached. */
static void test_early_limits(int edu, uint32_t device)
{
	uint32_t ioas = new_ioas(), other = new_ioas(), hwpt, id;
	uint64_t top;

	edu_attach(edu, ioas, &id);
	top = top_of(ioas);
	hwpt_alloc_flags(fd, device, other, 0, &hwpt);
	tap_check(top_of(other) == top, "limits while another is attached");
	edu_detach(edu);
	destroy(fd, hwpt);
	tap_check(top_of(other) == UINT64_MAX, "none when that has gone");
	hwpt_alloc_flags(fd, device, other, 0, &hwpt);
	tap_check(top_of(other) == top, "limits while none is attached");
	destroy(fd, hwpt);
	destroy(fd, ioas);
	destroy(fd, other);
}

static void group_order(int first, int second)
{
	uint8_t *at = memory(2 * PAGE);
	uint32_t ioas = ioas_with(at), one, two;

	edu_attach(first, ioas, &one);
	edu_attach(second, ioas, &two);
	tap_check(one == two, "devices of a group share a page table");
	tap_check(reaches(first, at) && reaches(second, at), "DMA of both");
	edu_detach(first);
	tap_check(reaches(second, at), "DMA of the one that is left");
	tap_errno(destroy(fd, one), EBUSY, "which still needs it");
	edu_detach(second);
	tap_check(!reaches(second, at), "DMA of none");
	tap_errno(destroy(fd, ioas), 0, "which leaves nothing behind");
	munmap(at, 2 * PAGE);
}

static void test_group(int first, int second)
{
	uint8_t *a = memory(2 * PAGE), *b = memory(2 * PAGE);
	uint32_t ioas, other, id, hwpt;
	int stranger = iommu_open();

	tap_errno(edu_bind(first, fd, &id), 0, "bind a device of a group");
	tap_check(edu_is_had(second, fd, EDU_DMA_HAS_GROUP),
		  "its neighbour's group is there, too");
	tap_errno(edu_bind(second, stranger, &id), EPERM,
		  "its neighbour to another context");
	tap_errno(edu_bind(second, fd, &id), 0, "its neighbour to the same");
	close(stranger);
	group_order(first, second);
	group_order(second, first);

	ioas = ioas_with(a);
	other = ioas_with(b);
	edu_attach(first, ioas, &id);
	tap_errno(edu_attach(second, other, &id), EINVAL,
		  "a group cannot be split");
	tap_errno(edu_replace(second, other, &id), EINVAL,
		  "one that is not attached moves nobody");
	edu_attach(second, ioas, &id);
	tap_errno(edu_replace(second, other, &hwpt), 0, "one moves all");
	tap_check(reaches(first, b) && reaches(second, b), "DMA of both");
	tap_errno(destroy(fd, ioas), 0, "the first IOAS is free");
	request(first, EDU_DMA_UNBIND, NULL);
	tap_check(reaches(second, b), "DMA with one unbound");
	request(second, EDU_DMA_UNBIND, NULL);
	tap_errno(destroy(fd, other), 0, "unbinding lets go of the second");
	munmap(a, 2 * PAGE);
	munmap(b, 2 * PAGE);
}

/* The descriptor goes first: the device keeps what it uses. */
static void test_close(int edu)
{
	uint8_t *at = memory(2 * PAGE);
	uint32_t ioas = ioas_with(at), id;

	edu_bind(edu, fd, &id);
	edu_attach(edu, ioas, &id);
	close(fd);
	tap_check(reaches(edu, at), "DMA when the context is closed");
	request(edu, EDU_DMA_UNBIND, NULL);
	fd = iommu_open();
	tap_errno(edu_bind(edu, fd, &id), 0, "which then goes with the device");
	munmap(at, 2 * PAGE);
}

/* What the threads below do until it is over. */
static struct {
	atomic_bool over;
	int edu[3];
	atomic_uint device[3];
	atomic_uint ioas[2];
	atomic_uint attached;
} race;

static void *race_attach(void *number)
{
	uintptr_t i = (uintptr_t)number;
	struct random random = random_seed(i + 1);
	atomic_uint *device = &race.device[i];
	int edu = race.edu[i];
	uint32_t id;

	while (!race.over) {
		if (random_below(&random, 4) &&
		    !edu_attach(edu, race.ioas[random_below(&random, 2)], &id))
			race.attached++;
		if (random_below(&random, 2))
			edu_replace(edu, race.ioas[random_below(&random, 2)],
				    &id);
		edu_detach(edu);
		if (random_below(&random, 8) == 0) {
			request(edu, EDU_DMA_UNBIND, NULL);
			edu_bind(edu, fd, &id);
			*device = id;
		}
	}
	return NULL;
}

/* What another thread destroys is made anew. */
static void *race_map(void *memory_at)
{
	struct random random = random_seed(5);

	while (!race.over) {
		uint64_t iova = IOVA + random_below(&random, 8) * PAGE;
		int i = random_below(&random, 2);

		if (random_below(&random, 2))
			ioas_unmap_at(fd, race.ioas[i], IOVA, 16 * PAGE);
		else if (ioas_map_at(fd, race.ioas[i], memory_at, 4 * PAGE,
				     iova) == -ENOENT)
			race.ioas[i] = new_ioas();
	}
	return NULL;
}

static void *race_ids(void *unused)
{
	struct random random = random_seed(6);
	uint32_t hwpt, id;

	while (!race.over) {
		uint32_t device = race.device[random_below(&random, 3)];
		struct iommu_hw_info info = {
			.size = sizeof(info),
			.dev_id = device,
		};

		request(fd, IOMMU_GET_HW_INFO, &info);
		if (!hwpt_alloc_flags(fd, device, race.ioas[0], 0, &hwpt)) {
			edu_replace(race.edu[0], hwpt, &id);
			destroy(fd, hwpt);
		}
		destroy(fd, random_below(&random, device + 8));
	}
	return unused;
}

static void test_race(unsigned int seconds)
{
	void *at = memory(4 * PAGE);
	pthread_t threads[5];
	uint32_t id;

	for (int i = 0; i < 3; i++) {
		race.edu[i] = edu_open(i);
		edu_bind(race.edu[i], fd, &id);
		race.device[i] = id;
	}
	race.ioas[0] = new_ioas();
	race.ioas[1] = new_ioas();
	for (uintptr_t i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, race_attach, (void *)i);
	pthread_create(&threads[3], NULL, race_map, at);
	pthread_create(&threads[4], NULL, race_ids, NULL);
	sleep(seconds);
	race.over = true;
	for (int i = 0; i < 5; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 3; i++)
		close(race.edu[i]);
	race.edu[0] = edu_open(0);
	tap_errno(edu_bind(race.edu[0], fd, &id), 0,
		  "attach, map, destroy and bind at once");
	tap_check(race.attached > 100, "attached %u times", race.attached);
	close(race.edu[0]);
	munmap(at, 4 * PAGE);
}

int main(int argc, char **argv)
{
	int edu = edu_open(0), second = edu_open(1), third = edu_open(2);
	uint32_t device;

	fd = iommu_open();
	test_bind(edu);
	test_close(edu);
	request(edu, EDU_DMA_UNBIND, NULL);
	edu_bind(edu, fd, &device);
	test_hw_info(device);
	test_limits(edu);
	test_dma(edu);
	test_replace(edu);
	test_hwpt(edu, device);
	test_early_limits(edu, device);
	test_mistakes(edu);
	test_group(second, third);
	close(edu);
	close(second);
	close(third);
	test_race(argc > 1 ? atoi(argv[1]) : RACE_SECONDS);
	close(fd);
	return tap_done();
}
