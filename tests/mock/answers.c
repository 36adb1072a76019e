// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Class 14: what comes back is what was meant to: every output is set, no
 * input is changed, nothing is written beyond the length that the caller gave,
 * and padding is zero. All is poisoned before.
 *
 * Class 15: the structs of requests that have a real object to work on: too
 * short, longer with zeroes, longer with something in it, reserved fields.
 */
#include <linux/vfio.h>
#include <stddef.h>
#include <sys/wait.h>

#include "mock.h"

#define POISON 0xa5
#define ROOM 192

static int fd;
static uint32_t ioas;
static struct mock mock;
static unsigned char *buffer;

static void set_up(void)
{
	fd = iommu_open();
	if (ioas_alloc(fd, &ioas) ||
	    ioas_map_at(fd, ioas, buffer, PAGE, APERTURE_START) ||
	    mock_device(fd, ioas, &mock))
		tap_bail_out("no mock device");
}

static bool is_filled(const void *at, size_t length, unsigned char with)
{
	const unsigned char *byte = at;

	while (length--) {
		if (*byte++ != with)
			return false;
	}
	return true;
}

/* Which bytes of a struct a request may set, and all that it must not. */
struct output {
	size_t offset;
	size_t length;
};

#define OUTPUT(type, member)                                   \
	{                                                      \
		offsetof(struct type, member),                 \
			sizeof(((struct type *)NULL)->member), \
	}
#define NO_OUTPUT    \
	{            \
		0, 0 \
	}

struct layout {
	const char *name;
	unsigned long number;
	/* Of the struct, and of the shortest form that is taken. */
	uint32_t size;
	uint32_t least;
	/* Of a field that must be 0, or -1. */
	int reserved;
	struct output outputs[3];
};

/* Makes the request in a room of poison; the answer is left in @room. */
static int make(const struct layout *layout, const void *cmd, uint32_t length,
		unsigned char *room)
{
	memset(room, POISON, ROOM);
	memcpy(room, cmd, layout->size);
	if (length > layout->size)
		memset(room + layout->size, 0, length - layout->size);
	memcpy(room, &length, sizeof(length));
	return request(fd, layout->number, room);
}

static bool is_output(const struct layout *layout, size_t at)
{
	size_t i;

	for (i = 0; i < 3; i++) {
		if (at >= layout->outputs[i].offset &&
		    at < layout->outputs[i].offset + layout->outputs[i].length)
			return true;
	}
	return false;
}

/* Whether all but the outputs and the length is as it was given. */
static bool is_unchanged(const struct layout *layout, const void *cmd,
			 const unsigned char *room)
{
	const unsigned char *given = cmd;
	size_t i;

	for (i = sizeof(uint32_t); i < layout->size; i++) {
		if (!is_output(layout, i) && room[i] != given[i]) {
			printf("# %s: byte %zu has become 0x%02x\n",
			       layout->name, i, room[i]);
			return false;
		}
	}
	return is_filled(room + layout->size, ROOM - layout->size, POISON);
}

/*
 * @cmd must succeed again and again. Its outputs are checked by whoever calls
 * this, in @room.
 */
static void check(const struct layout *layout, const void *cmd,
		  unsigned char *room)
{
	unsigned char spoilt[ROOM];
	char name[120];
	int i;

	snprintf(name, sizeof(name), "class 15: %s: a byte short",
		 layout->name);
	tap_errno(make(layout, cmd, layout->least - 1, room), EINVAL, name);
	snprintf(name, sizeof(name), "class 15: %s: 8 bytes more, of zeroes",
		 layout->name);
	tap_errno(make(layout, cmd, layout->size + 8, room), 0, name);
	for (i = 0; i < 8; i++) {
		memset(room, 0, ROOM);
		memcpy(room, cmd, layout->size);
		*(uint32_t *)room = layout->size + 8;
		room[layout->size + i] = 1;
		snprintf(name, sizeof(name), "class 15: %s: byte %d beyond it",
			 layout->name, i);
		tap_errno(request(fd, layout->number, room), E2BIG, name);
	}
	for (i = 0; layout->reserved >= 0 && i < 4; i++) {
		memcpy(spoilt, cmd, layout->size);
		spoilt[layout->reserved + i % 2] = 1 << i;
		snprintf(name, sizeof(name), "class 15: %s: reserved, %d",
			 layout->name, i);
		tap_errno(make(layout, spoilt, layout->size, room), EOPNOTSUPP,
			  name);
	}
	snprintf(name, sizeof(name), "class 14: %s", layout->name);
	tap_errno(make(layout, cmd, layout->size, room), 0, name);
	tap_check(is_unchanged(layout, cmd, room),
		  "class 14: %s sets its outputs and nothing else",
		  layout->name);
}

static void check_vfio_ioas(void)
{
	static const struct layout layout = {
		"VFIO_IOAS",
		IOMMU_VFIO_IOAS,
		sizeof(struct iommu_vfio_ioas),
		sizeof(struct iommu_vfio_ioas),
		offsetof(struct iommu_vfio_ioas, __reserved),
		{ OUTPUT(iommu_vfio_ioas, ioas_id) },
	};
	struct iommu_vfio_ioas cmd = { .op = IOMMU_VFIO_IOAS_GET };
	unsigned char room[ROOM];
	uint32_t id = ioas;

	if (vfio_ioas(fd, IOMMU_VFIO_IOAS_SET, &id))
		tap_bail_out("no container");
	memset(&cmd.ioas_id, POISON, sizeof(cmd.ioas_id));
	check(&layout, &cmd, room);
	memcpy(&cmd, room, sizeof(cmd));
	tap_check(cmd.ioas_id == ioas, "class 14: VFIO_IOAS: the id");
}

static void check_hw_info(void)
{
	static const struct layout layout = {
		"GET_HW_INFO",
		IOMMU_GET_HW_INFO,
		sizeof(struct iommu_hw_info),
		offsetof(struct iommu_hw_info, out_capabilities),
		offsetof(struct iommu_hw_info, __reserved),
		{ OUTPUT(iommu_hw_info, data_len),
		  OUTPUT(iommu_hw_info, out_data_type),
		  OUTPUT(iommu_hw_info, out_max_pasid_log2) },
	};
	struct iommu_hw_info cmd = { .dev_id = mock.device_id };
	unsigned char room[ROOM], data[64];
	struct iommu_test_hw_info info;
	uint32_t known, length;

	/* The last output does not fit above: as much as an input. */
	make(&layout, &cmd, layout.size, room);
	memcpy(&cmd.out_capabilities,
	       room + offsetof(struct iommu_hw_info, out_capabilities),
	       sizeof(cmd.out_capabilities));
	memset(&cmd.out_data_type, POISON, sizeof(cmd.out_data_type));
	cmd.out_max_pasid_log2 = POISON;
	check(&layout, &cmd, room);
	memcpy(&cmd, room, sizeof(cmd));
	known = cmd.data_len;
	if (cmd.out_data_type == IOMMU_HW_INFO_TYPE_NONE)
		mock_lacks("class 14: GET_HW_INFO", "hardware to tell of");
	else
		tap_check(cmd.out_data_type == IOMMU_HW_INFO_TYPE_SELFTEST &&
				  known == sizeof(info),
			  "class 14: GET_HW_INFO: type and length");
	for (length = 0; length < sizeof(data); length++) {
		memset(data, POISON, sizeof(data));
		memset(&info, 0, sizeof(info));
		if (known)
			info.test_reg = IOMMU_HW_INFO_SELFTEST_REGVAL;
		cmd = (struct iommu_hw_info){ .size = sizeof(cmd),
					      .dev_id = mock.device_id,
					      .data_len = length,
					      .data_uptr = (uintptr_t)data };
		if (request(fd, IOMMU_GET_HW_INFO, &cmd) ||
		    cmd.data_len != known ||
		    memcmp(data, &info, length < known ? length : known) ||
		    (length > known &&
		     !is_filled(data + known, length - known, 0)) ||
		    !is_filled(data + length, sizeof(data) - length, POISON))
			break;
	}
	tap_check(
		length == sizeof(data),
		"class 14: GET_HW_INFO: as many bytes as asked for, the rest of them zero");
}

static void check_hwpt(void)
{
	static const struct layout layout = {
		"HWPT_ALLOC",
		IOMMU_HWPT_ALLOC,
		sizeof(struct iommu_hwpt_alloc),
		offsetof(struct iommu_hwpt_alloc, data_type),
		offsetof(struct iommu_hwpt_alloc, __reserved),
		{ OUTPUT(iommu_hwpt_alloc, out_hwpt_id) },
	};
	struct iommu_hwpt_alloc cmd = {
		.dev_id = mock.device_id,
		.pt_id = ioas,
	};
	unsigned char room[ROOM];

	memset(&cmd.out_hwpt_id, POISON, sizeof(cmd.out_hwpt_id));
	check(&layout, &cmd, room);
	memcpy(&cmd, room, sizeof(cmd));
	tap_errno(destroy(fd, cmd.out_hwpt_id), 0,
		  "class 14: HWPT_ALLOC: the id");
}

static void check_dirty(void)
{
	static const struct layout set = {
		"HWPT_SET_DIRTY_TRACKING",
		IOMMU_HWPT_SET_DIRTY_TRACKING,
		sizeof(struct iommu_hwpt_set_dirty_tracking),
		sizeof(struct iommu_hwpt_set_dirty_tracking),
		-1,
		{ NO_OUTPUT },
	};
	static const struct layout get = {
		"HWPT_GET_DIRTY_BITMAP",
		IOMMU_HWPT_GET_DIRTY_BITMAP,
		sizeof(struct iommu_hwpt_get_dirty_bitmap),
		sizeof(struct iommu_hwpt_get_dirty_bitmap),
		offsetof(struct iommu_hwpt_get_dirty_bitmap, __reserved),
		{ NO_OUTPUT },
	};
	struct iommu_hwpt_set_dirty_tracking set_cmd = {
		.flags = IOMMU_HWPT_DIRTY_TRACKING_ENABLE,
	};
	uint64_t bitmap = 0;
	struct iommu_hwpt_get_dirty_bitmap get_cmd = {
		.iova = APERTURE_START,
		.length = PAGE,
		.page_size = PAGE,
		.data = (uintptr_t)&bitmap,
	};
	unsigned char room[ROOM];
	uint32_t hwpt;
	int rc;

	rc = hwpt_alloc_flags(fd, mock.device_id, ioas,
			      IOMMU_HWPT_ALLOC_DIRTY_TRACKING, &hwpt);
	if (rc == -EOPNOTSUPP) {
		mock_lacks("classes 14 and 15", "dirty tracking");
		return;
	}
	set_cmd.hwpt_id = hwpt;
	get_cmd.hwpt_id = hwpt;
	check(&set, &set_cmd, room);
	check(&get, &get_cmd, room);
	destroy(fd, hwpt);
}

static void check_invalidate(void)
{
	static const struct layout layout = {
		"HWPT_INVALIDATE",
		IOMMU_HWPT_INVALIDATE,
		sizeof(struct iommu_hwpt_invalidate),
		sizeof(struct iommu_hwpt_invalidate),
		offsetof(struct iommu_hwpt_invalidate, __reserved),
		{ OUTPUT(iommu_hwpt_invalidate, entry_num) },
	};
	struct iommu_hwpt_invalidate_selftest entry = { .iotlb_id = 1 };
	struct iommu_hwpt_invalidate cmd = {
		.data_uptr = (uintptr_t)&entry,
		.data_type = IOMMU_HWPT_INVALIDATE_DATA_SELFTEST,
		.entry_len = sizeof(entry),
		.entry_num = 1,
	};
	struct iommu_hwpt_invalidate bad;
	unsigned char room[ROOM];
	uint32_t parent;
	int rc;

	rc = hwpt_alloc_flags(fd, mock.device_id, ioas,
			      IOMMU_HWPT_ALLOC_NEST_PARENT, &parent);
	if (rc == -EOPNOTSUPP) {
		mock_lacks("classes 14 and 15", "nested page tables");
		return;
	}
	if (rc || mock_nested(fd, mock.device_id, parent, 0, 0, &cmd.hwpt_id))
		tap_bail_out("no nested page table");
	check(&layout, &cmd, room);
	memcpy(&bad, room, sizeof(bad));
	tap_check(bad.entry_num == 1, "class 14: HWPT_INVALIDATE: how many");

	cmd.size = sizeof(cmd);
	bad = cmd;
	bad.entry_len = 0;
	tap_errno(request(fd, IOMMU_HWPT_INVALIDATE, &bad), EINVAL,
		  "class 15: HWPT_INVALIDATE: entries of no length");
	tap_check(bad.entry_num == 0, "class 14: and none is done");
	bad = cmd;
	bad.entry_len = PAGE + 1;
	tap_errno(request(fd, IOMMU_HWPT_INVALIDATE, &bad), EINVAL,
		  "class 15: HWPT_INVALIDATE: entries longer than a page");
	bad = cmd;
	bad.entry_num = (1u << 19) + 1;
	tap_errno(request(fd, IOMMU_HWPT_INVALIDATE, &bad), EINVAL,
		  "class 15: HWPT_INVALIDATE: too many entries");
	bad = cmd;
	bad.entry_num = 0;
	bad.data_uptr = 0;
	bad.entry_len = 0;
	tap_errno(request(fd, IOMMU_HWPT_INVALIDATE, &bad), 0,
		  "class 15: HWPT_INVALIDATE: no entries, to ask for the type");
	bad.data_type = IOMMU_HWPT_INVALIDATE_DATA_SELFTEST_INVALID;
	tap_errno(request(fd, IOMMU_HWPT_INVALIDATE, &bad), EINVAL,
		  "class 15: HWPT_INVALIDATE: which is not known");
}

static void check_fault_alloc(void)
{
	static const struct layout layout = {
		"FAULT_QUEUE_ALLOC",
		IOMMU_FAULT_QUEUE_ALLOC,
		sizeof(struct iommu_fault_alloc),
		sizeof(struct iommu_fault_alloc),
		-1,
		{ OUTPUT(iommu_fault_alloc, out_fault_id),
		  OUTPUT(iommu_fault_alloc, out_fault_fd) },
	};
	struct iommu_fault_alloc cmd;
	unsigned char room[ROOM];

	if (!mock_can_fault(fd)) {
		mock_lacks("classes 14 and 15", "page requests");
		return;
	}
	memset(&cmd, POISON, sizeof(cmd));
	cmd.flags = 0;
	check(&layout, &cmd, room);
	memcpy(&cmd, room, sizeof(cmd));
	tap_check(!close(cmd.out_fault_fd) && !destroy(fd, cmd.out_fault_id),
		  "class 14: FAULT_QUEUE_ALLOC: descriptor and id");
}

/* No more ranges than there is room for. */
static void check_ranges(void)
{
	struct iommu_iova_range ranges[8];
	uint64_t alignment;
	uint32_t count;
	uint32_t room;

	mock_reserve(fd, ioas, APERTURE_START + 0x100000, PAGE);
	mock_reserve(fd, ioas, APERTURE_START + 0x200000, PAGE);
	for (room = 0; room <= 4; room++) {
		int rc;

		memset(ranges, POISON, sizeof(ranges));
		count = room;
		rc = ioas_ranges(fd, ioas, ranges, &count, &alignment);
		tap_check(rc == (room < 3 ? -EMSGSIZE : 0) && count == 3 &&
				  is_filled(ranges + (room < 3 ? room : 3),
					    (8 - (room < 3 ? room : 3)) *
						    sizeof(ranges[0]),
					    POISON),
			  "class 14: three ranges into room for %u", room);
	}
}

/* The chain of VFIO's information: what lies between its parts is zero. */
static void check_vfio_info(void)
{
	unsigned char room[512];
	struct vfio_iommu_type1_info info = { .argsz = sizeof(info) };
	uint32_t size, id = ioas;
	size_t i;
	bool ok;

	vfio_ioas(fd, IOMMU_VFIO_IOAS_SET, &id);
	if (request(fd, VFIO_IOMMU_GET_INFO, &info))
		tap_bail_out("no information");
	size = info.argsz;
	for (i = offsetof(struct vfio_iommu_type1_info, cap_offset);
	     i <= sizeof(room); i += 4) {
		memset(room, POISON, sizeof(room));
		memcpy(room, &(uint32_t){ i }, sizeof(uint32_t));
		ok = !request(fd, VFIO_IOMMU_GET_INFO, room) &&
		     is_filled(room + i, sizeof(room) - i, POISON);
		if (!ok)
			break;
	}
	tap_check(ok,
		  "class 14: IOMMU_GET_INFO: never more than there is room");
	memcpy(&info, room, sizeof(info));
	tap_check(info.argsz == size && info.cap_offset == sizeof(info) &&
			  is_filled(room + size, sizeof(room) - size, POISON),
		  "class 14: IOMMU_GET_INFO: its size and the first part");
}

/*
 * A 32-bit program's request: Linux's iommufd has none, and neither must a
 * kernel read such a struct as one of 64 bits.
 */
static void check_32_bits(void)
{
	struct iommu_ioas_alloc *cmd =
		mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	int status = 0;
	pid_t child;

	/* Is there only in a kernel that runs such programs. */
	if (access("/proc/sys/abi/vsyscall32", F_OK))
		return;
	if (cmd == MAP_FAILED)
		tap_bail_out("no memory below 4 GiB");
	cmd->size = sizeof(*cmd);
	child = fork();
	if (!child) {
		long rc = 54; /* ioctl, as 32-bit programs call it */

		__asm__ volatile("int $0x80"
				 : "+a"(rc)
				 : "b"(fd), "c"(IOMMU_IOAS_ALLOC), "d"(cmd)
				 : "memory", "r8", "r9", "r10", "r11");
		_exit(-rc);
	}
	waitpid(child, &status, 0);
	tap_errno(WIFEXITED(status) ? -WEXITSTATUS(status) : 0, ENOTTY,
		  "class 15: a 32-bit program's request is no request");
	munmap(cmd, PAGE);
}

int main(void)
{
	buffer = small_pages(PAGE);
	set_up();
	check_vfio_ioas();
	check_hw_info();
	check_hwpt();
	check_dirty();
	check_invalidate();
	check_fault_alloc();
	check_vfio_info();
	check_ranges();
	check_32_bits();
	close(fd);
	return tap_done();
}
