// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A mock device for the tool: nothing but a driver in the kernel can bind one
 * to a descriptor, and a test build of the module does so on request.
 *
 *	mock_device run COMMAND...	opens /dev/iommu as descriptor 3, makes
 *an address space and a device attached to it, and runs the command with
 *$DEVICE mock_device attach PT		attaches the device to something else
 *	mock_device fault GROUP ADDR	the device asks for a page
 *	mock_device write HWPT IOVA LENGTH
 *					the device writes to every other page
 *	mock_device poke IOVA TEXT	bytes are written to memory, or read
 *	mock_device peek IOVA LENGTH
 *	mock_device reserve START LENGTH	addresses that nothing can have
 *
 * All but the first work on descriptor 3.
 */
#include "../../mock/mock.h"

#define DESCRIPTOR 3

static uint64_t number(const char *text)
{
	return strtoull(text, NULL, 0);
}

static void give(const char *name, uint32_t id)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", id);
	setenv(name, text, 1);
}

static int run(char **command)
{
	int fd = open("/dev/iommu", O_RDWR);
	struct mock mock;
	uint32_t ioas;

	if (fd < 0 || dup2(fd, DESCRIPTOR) < 0)
		return errno;
	/* One without close-on-exec. */
	if (fd != DESCRIPTOR)
		close(fd);
	if (ioas_alloc(DESCRIPTOR, &ioas) ||
	    mock_device(DESCRIPTOR, ioas, &mock))
		return EIO;
	give("IOAS", ioas);
	give("DEVICE", mock.device_id);
	give("MOCK", mock.test_id);
	execvp(command[0], command);
	return errno;
}

static int attach(uint32_t pt)
{
	struct mock mock = { .test_id = (uint32_t)number(getenv("MOCK")) };

	return mock_replace(DESCRIPTOR, &mock, pt);
}

static int fault(uint32_t group, uint64_t addr)
{
	return mock_fault(DESCRIPTOR, (uint32_t)number(getenv("DEVICE")), group,
			  addr);
}

static int write_pages(uint32_t hwpt, uint64_t iova, uint64_t length)
{
	uint64_t bitmap[64], marked;

	memset(bitmap, 0x55, sizeof(bitmap));
	return mock_dirty(DESCRIPTOR, hwpt, iova, length, PAGE, bitmap,
			  &marked);
}

/* As a driver in the kernel: a mock has no DMA that would move bytes. */
static int move(uint64_t iova, void *bytes, uint64_t length, uint32_t flags)
{
	int access = mock_access(DESCRIPTOR, (uint32_t)number(getenv("IOAS")),
				 false);
	int rc;

	if (access < 0)
		return access;
	rc = mock_rw(DESCRIPTOR, access, iova, length, bytes, flags);
	close(access);
	return rc;
}

static int poke(uint64_t iova, char *text)
{
	return move(iova, text, strlen(text), MOCK_ACCESS_RW_WRITE);
}

static int peek(uint64_t iova, uint64_t length)
{
	char bytes[256] = "";
	int rc = length < sizeof(bytes) ? move(iova, bytes, length, 0)
					: -EINVAL;

	if (!rc)
		printf("the device reads %s\n", bytes);
	return rc;
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	int rc = -EINVAL;

	if (!strcmp(what, "run"))
		rc = run(argv + 2);
	else if (!strcmp(what, "attach"))
		rc = attach((uint32_t)number(argv[2]));
	else if (!strcmp(what, "fault") && argc > 3)
		rc = fault((uint32_t)number(argv[2]), number(argv[3]));
	else if (!strcmp(what, "write") && argc > 4)
		rc = write_pages((uint32_t)number(argv[2]), number(argv[3]),
				 number(argv[4]));
	else if (!strcmp(what, "poke") && argc > 3)
		rc = poke(number(argv[2]), argv[3]);
	else if (!strcmp(what, "peek") && argc > 3)
		rc = peek(number(argv[2]), number(argv[3]));
	else if (!strcmp(what, "reserve") && argc > 3)
		rc = mock_reserve(DESCRIPTOR, (uint32_t)number(getenv("IOAS")),
				  number(argv[2]), number(argv[3]));
	if (rc)
		fprintf(stderr, "mock_device %s: %s\n", what,
			strerror(abs(rc)));
	return rc ? 1 : 0;
}
