// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Regions are places in a device's file, each at its number times 2^40: what is
 * read, written and mapped at the borders of each of them, and of the file. On
 * QEMU's e1000e, which has all kinds.
 */
#include "pci.h"

/* Nothing is at an offset like that. */
static const int64_t nowhere[] = {
	-1,
	-4096,
	INT64_MIN,
	INT64_MAX,
	INT64_MAX - 3,
	(int64_t)REGION(VFIO_PCI_VGA_REGION_INDEX),
	(int64_t)REGION(VFIO_PCI_NUM_REGIONS),
	(int64_t)REGION(1u << 20),
	(int64_t)REGION((1u << 23) - 1),
};

static bool refused(ssize_t done)
{
	return done == -1 && (errno == EINVAL || errno == EFAULT);
}

static bool maps(struct pci *nic, int64_t offset, size_t length)
{
	void *at = mmap(NULL, length, PROT_READ, MAP_SHARED, nic->fd, offset);

	if (at != MAP_FAILED)
		munmap(at, length);
	return at != MAP_FAILED;
}

static void test_nowhere(struct pci *nic)
{
	uint32_t data = 0;

	for (size_t i = 0; i < sizeof(nowhere) / sizeof(*nowhere); i++) {
		int64_t at = nowhere[i];

		tap_check(refused(pread(nic->fd, &data, 4, at)) &&
				  refused(pwrite(nic->fd, &data, 4, at)) &&
				  !maps(nic, at & ~(PAGE - 1), PAGE),
			  "nothing at %#llx", (unsigned long long)at);
	}
}

/* A region ends where it says; up to the next one there is nothing. */
static void test_region(struct pci *nic, uint32_t index)
{
	struct vfio_region_info info = {};
	bool writable, mappable, whole = true;
	uint8_t data[8];
	int64_t end, rounded;

	region_info(nic, index, &info);
	end = info.offset + info.size;
	rounded = (end + PAGE - 1) & ~(PAGE - 1);
	writable = info.flags & VFIO_REGION_INFO_FLAG_WRITE;
	mappable = info.flags & VFIO_REGION_INFO_FLAG_MMAP;
	if (info.size) {
		whole = pread(nic->fd, data, 1, info.offset) == 1 &&
			pread(nic->fd, data, 1, end - 1) == 1;
		if (writable)
			whole &= pwrite(nic->fd, data, 1, end - 1) == 1;
		if (mappable)
			whole &= maps(nic, info.offset, rounded - info.offset);
	}
	tap_check(whole, "region %u: %llu bytes, flags %u", index, info.size,
		  info.flags);
	tap_check(refused(pread(nic->fd, data, 1, end)) &&
			  refused(pwrite(nic->fd, data, 1, end)) &&
			  refused(pread(nic->fd, data, 8,
					REGION(index + 1) - 4)) &&
			  refused(pwrite(nic->fd, data, 8,
					 REGION(index + 1) - 4)),
		  "and not one more, up to the next region");
	tap_check(!maps(nic, rounded, PAGE) &&
			  !maps(nic, REGION(index + 1) - PAGE, 2 * PAGE) &&
			  !maps(nic, info.offset, rounded - info.offset + PAGE),
		  "nor can it be mapped");
	tap_check(mappable || !maps(nic, info.offset, PAGE),
		  "all of it only if it says so");
	if (!writable)
		tap_check(refused(pwrite(nic->fd, data, 1, info.offset)),
			  "nor written");
}

/*
 * A buffer that ends in nothing: what could be done was done. The kernel asks
 * first whether all of a buffer would be the process's.
 */
static void test_buffers(struct pci *nic)
{
	uint8_t *at = mmap(NULL, 1 << 30, PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED || mprotect(at, PAGE, PROT_READ | PROT_WRITE))
		tap_bail_out("no buffer");
	tap_check(pread(nic->fd, at + PAGE - 8, 64, 0) == 8,
		  "a read into half a buffer");
	tap_check(pwrite(nic->fd, at + PAGE - 8, 64, REGION(3)) == 8,
		  "a write out of one");
	tap_check(pread(nic->fd, at + PAGE - 8, 64, CONFIG) == 8,
		  "likewise of the configuration space");
	tap_check(pread(nic->fd, at + PAGE, 4, 0) == -1 && errno == EFAULT &&
			  pwrite(nic->fd, at + PAGE, 4, CONFIG) == -1 &&
			  errno == EFAULT,
		  "and none at all");
	tap_check(pread(nic->fd, at, 1 << 30, 0) == (ssize_t)PAGE,
		  "or into a page of a gibibyte");
	munmap(at, 1 << 30);
}

int main(void)
{
	struct pci nic = pci_start(E1000E, 0);

	pci_command(&nic, PCI_COMMAND_MEMORY | PCI_COMMAND_IO, 0);
	test_nowhere(&nic);
	for (uint32_t i = 0; i < VFIO_PCI_VGA_REGION_INDEX; i++)
		test_region(&nic, i);
	test_buffers(&nic);
	pci_stop(&nic);
	return tap_done();
}
