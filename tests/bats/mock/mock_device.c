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
	if (rc)
		fprintf(stderr, "mock_device %s: %s\n", what,
			strerror(abs(rc)));
	return rc ? 1 : 0;
}
