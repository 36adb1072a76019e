// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whose memory is mapped: that of the process that called MAP, whoever has the
 * descriptor, attaches the device, or has gone meanwhile.
 */
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "mock.h"

#define PAGES 8
#define BASE APERTURE_START

static unsigned char *buffer;

/* Runs @work in a child; true if it says so. */
static bool in_child(bool (*work)(int fd, uint32_t ioas), int fd, uint32_t ioas)
{
	int status = 0;
	pid_t child = fork();

	if (!child)
		_exit(work(fd, ioas) ? EXIT_SUCCESS : EXIT_FAILURE);
	waitpid(child, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

static uint32_t new_table(int fd)
{
	uint32_t ioas;

	if (ioas_alloc(fd, &ioas))
		tap_bail_out("no IOAS");
	return ioas;
}

static void fill(unsigned char with)
{
	memset(buffer, with, PAGES * PAGE);
}

static bool reads(int fd, int access, unsigned char expected)
{
	unsigned char bytes[2 * PAGE];

	return !mock_rw(fd, access, BASE + PAGE / 2, sizeof(bytes), bytes,
			MOCK_ACCESS_RW_SLOW_PATH) &&
	       bytes[0] == expected &&
	       !memcmp(bytes, bytes + 1, sizeof(bytes) - 1);
}

/* Changes its own copy, and lets go of it. */
static bool write_and_unmap(int fd, uint32_t ioas)
{
	(void)fd;
	(void)ioas;
	fill('c');
	return !munmap(buffer, PAGES * PAGE);
}

/* What is pinned stays the parent's, though the child copies on write. */
static void check_fork(void)
{
	int fd = iommu_open();
	uint32_t ioas = new_table(fd);
	struct mock mock;
	int access;

	fill('p');
	if (ioas_map_at(fd, ioas, buffer, PAGES * PAGE, BASE) ||
	    mock_device(fd, ioas, &mock))
		tap_bail_out("no mock device");
	access = mock_access(fd, ioas, false);
	tap_check(in_child(write_and_unmap, fd, ioas),
		  "a child writes to its copy of mapped memory and unmaps it");
	tap_errno(mock_check_map(fd, mock.hwpt_id, BASE, PAGES * PAGE, buffer),
		  0, "the device still sees the parent's pages");
	tap_check(reads(fd, access, 'p'), "with the parent's bytes");
	fill('q');
	tap_errno(mock_check_map(fd, mock.hwpt_id, BASE, PAGES * PAGE, buffer),
		  0, "also when the parent writes to them");
	tap_check(reads(fd, access, 'q'), "which it then reads");
	tap_errno(mock_check_refs(fd, buffer, PAGES * PAGE, 1), 0,
		  "and they are pinned once");
	close(access);
	close(fd);
}

/* Attaches a device: the memory that is then pinned is the parent's. */
static bool attach_in_child(int fd, uint32_t ioas)
{
	struct mock mock;
	bool ok;

	fill('c');
	ok = !mock_device(fd, ioas, &mock);
	/* Its own pages are others, and not pinned. */
	return ok &&
	       mock_check_map(fd, mock.hwpt_id, BASE, PAGES * PAGE, buffer) ==
		       -EINVAL &&
	       !mock_check_refs(fd, buffer, PAGES * PAGE, 0) &&
	       !destroy(fd, mock.test_id);
}

static bool access_in_child(int fd, uint32_t ioas)
{
	int access = mock_access(fd, ioas, true);
	uint32_t id;

	fill('c');
	return access >= 0 && reads(fd, access, 'p') &&
	       mock_pin(fd, access, BASE, PAGES * PAGE, buffer, true, &id) ==
		       -EBADE &&
	       !mock_pin(fd, access, BASE, PAGES * PAGE, NULL, true, &id);
}

static bool copy_in_child(int fd, uint32_t ioas)
{
	uint32_t other = new_table(fd);
	uint64_t iova = BASE;
	int access = mock_access(fd, other, false);

	fill('c');
	return !ioas_copy(fd, FIXED | READ, other, ioas, PAGES * PAGE, &iova,
			  BASE) &&
	       reads(fd, access, 'p');
}

static void check_inherited(void)
{
	int fd = iommu_open();
	uint32_t ioas = new_table(fd);
	struct mock mock;

	fill('p');
	if (ioas_map_at(fd, ioas, buffer, PAGES * PAGE, BASE))
		tap_bail_out("no mapping");
	tap_check(in_child(attach_in_child, fd, ioas),
		  "a child that attaches a device pins its parent's memory");
	tap_errno(mock_check_refs(fd, buffer, PAGES * PAGE, 0), 0,
		  "and gives it back");
	tap_check(in_child(access_in_child, fd, ioas),
		  "a child that pins and reads gets its parent's memory");
	tap_errno(mock_check_refs(fd, buffer, PAGES * PAGE, 0), 0,
		  "and gives it back as it ends");
	tap_check(in_child(copy_in_child, fd, ioas),
		  "a child that copies a mapping has its parent's memory");
	tap_errno(mock_device(fd, ioas, &mock), 0, "the parent attaches");
	tap_errno(mock_check_map(fd, mock.hwpt_id, BASE, PAGES * PAGE, buffer),
		  0, "and has its own pages there");
	close(fd);
}

/* The owner ends: what was pinned stays, what was not cannot be any more. */
static bool map_in_child(int fd, uint32_t ioas)
{
	fill('c');
	return !ioas_map_at(fd, ioas, buffer, PAGES * PAGE, BASE);
}

static void check_owner_gone(void)
{
	int fd = iommu_open();
	uint32_t ioas = new_table(fd);
	uint32_t attached = new_table(fd);
	uint64_t length = UINT64_MAX;
	unsigned char bytes[PAGE];
	struct mock mock, late;
	uint64_t iova = BASE;
	uint32_t id;
	int access, both;

	fill('p');
	if (mock_device(fd, attached, &mock))
		tap_bail_out("no mock device");
	access = mock_access(fd, ioas, true);
	both = mock_access(fd, attached, true);
	tap_check(in_child(map_in_child, fd, ioas) &&
			  in_child(map_in_child, fd, attached),
		  "a process maps its memory twice and ends");
	tap_check(mock_rw(fd, both, BASE + 100, sizeof(bytes), bytes,
			  MOCK_ACCESS_RW_SLOW_PATH) == 0 &&
			  bytes[0] == 'c',
		  "what a device has pinned is still there");
	tap_errno(mock_pin(fd, both, BASE, PAGES * PAGE, NULL, false, &id), 0,
		  "and can be pinned once more");
	tap_errno(mock_device(fd, ioas, &late), EFAULT,
		  "what nobody has pinned cannot be any more");
	tap_errno(mock_pin(fd, access, BASE, PAGE, NULL, false, &id), EFAULT,
		  "by nobody");
	tap_errno(mock_rw(fd, access, BASE, 16, bytes, 0), EFAULT,
		  "and cannot be read");
	tap_errno(mock_rw(fd, access, BASE, 16, bytes,
			  MOCK_ACCESS_RW_SLOW_PATH),
		  EFAULT, "in any way");
	tap_errno(ioas_copy(fd, FIXED | READ, ioas, attached, PAGES * PAGE,
			    &(uint64_t){ 4 * BASE }, BASE),
		  0, "a copy of the pinned takes the pages along");
	tap_errno(ioas_unmap(fd, ioas, iova, &(uint64_t){ PAGES * PAGE }), 0,
		  "without what cannot be pinned");
	tap_errno(mock_device(fd, ioas, &late), 0, "a device can be attached");
	tap_errno(destroy(fd, mock.test_id), 0, "and the first detached");
	tap_check(!mock_rw(fd, access, 4 * BASE, 16, bytes,
			   MOCK_ACCESS_RW_SLOW_PATH) &&
			  bytes[0] == 'c',
		  "the bytes are those of the process that ended");
	tap_errno(ioas_unmap(fd, ioas, 0, &length), 0, "all can be unmapped");
	close(access);
	close(both);
	close(fd);
}

/* The descriptor goes to a process that is no relative. */

static void send_descriptor(int socket, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec byte = { .iov_base = "", .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &byte,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	if (sendmsg(socket, &message, 0) != 1)
		tap_bail_out("the descriptor cannot be sent");
}

static int receive_descriptor(int socket)
{
	char control[CMSG_SPACE(sizeof(int))];
	char data;
	struct iovec byte = { .iov_base = &data, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &byte,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	int fd = -1;

	if (recvmsg(socket, &message, 0) == 1 && CMSG_FIRSTHDR(&message))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

static void check_passed(void)
{
	int sockets[2];
	int fd = iommu_open();
	uint32_t ioas = new_table(fd);
	int status = 0;
	struct mock mock;
	int access;
	pid_t child;
	char byte;

	fill('p');
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets))
		tap_bail_out("no sockets");
	child = fork();
	if (!child) {
		int passed;

		close(fd);
		passed = receive_descriptor(sockets[1]);
		fill('c');
		if (ioas_map_at(passed, ioas, buffer, PAGES * PAGE, BASE) ||
		    write(sockets[1], "", 1) != 1 ||
		    read(sockets[1], &byte, 1) != 1 ||
		    mock_check_refs(passed, buffer, PAGES * PAGE, 1) ||
		    mock_device(passed, ioas, &mock) ||
		    mock_check_map(passed, mock.hwpt_id, BASE, PAGES * PAGE,
				   buffer))
			_exit(EXIT_FAILURE);
		_exit(EXIT_SUCCESS);
	}
	send_descriptor(sockets[0], fd);
	if (read(sockets[0], &byte, 1) != 1)
		tap_bail_out("the other process ended");
	access = mock_access(fd, ioas, false);
	tap_check(reads(fd, access, 'c'),
		  "what a process maps that got the descriptor is its own");
	tap_errno(mock_device(fd, ioas, &mock), 0,
		  "and pinned for whoever attaches a device");
	tap_errno(mock_check_map(fd, mock.hwpt_id, BASE, PAGE, buffer), EINVAL,
		  "it is not this one's");
	tap_errno(mock_check_refs(fd, buffer, PAGES * PAGE, 0), 0,
		  "of which nothing is pinned");
	if (write(sockets[0], "", 1) != 1)
		tap_bail_out("the other process ended");
	waitpid(child, &status, 0);
	tap_check(WIFEXITED(status) && !WEXITSTATUS(status),
		  "its pages are where the other process sees them");
	close(access);
	close(fd);
}

/* Memory that changes under a mapping: what is pinned is what was there. */
static void check_remapped(void)
{
	unsigned char *area = small_pages(PAGES * PAGE);
	int fd = iommu_open();
	uint32_t ioas = new_table(fd);
	uint32_t second = new_table(fd);
	struct mock mock, later;
	uint64_t iova = BASE;
	int access;

	memset(area, 'x', PAGES * PAGE);
	if (ioas_map_at(fd, ioas, area, PAGES * PAGE, BASE) ||
	    mock_device(fd, ioas, &mock))
		tap_bail_out("no mock device");
	munmap(area, PAGES * PAGE);
	if (mmap(area, PAGES * PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != area)
		tap_bail_out("no memory");
	memset(area, 'y', PAGES * PAGE);
	tap_errno(mock_check_map(fd, mock.hwpt_id, BASE, PAGE, area), EINVAL,
		  "memory put in place of mapped memory is not mapped");
	tap_errno(ioas_copy(fd, FIXED | READ, second, ioas, PAGES * PAGE, &iova,
			    BASE),
		  0, "a copy of the mapping");
	tap_errno(mock_device(fd, second, &later), 0, "attached as well");
	access = mock_access(fd, second, true);
	tap_check(reads(fd, access, 'x'), "has what was there before");
	tap_errno(mock_check_refs(fd, area, PAGES * PAGE, 0), 0,
		  "what is there now is not pinned");
	close(access);
	close(fd);
	munmap(area, PAGES * PAGE);
}

int main(void)
{
	long pinned = pinned_pages();

	buffer = small_pages(PAGES * PAGE);
	check_fork();
	check_inherited();
	check_owner_gone();
	check_passed();
	check_remapped();
	tap_check(pinned_pages() == pinned,
		  "as many pages are pinned as before");
	return tap_done();
}
