/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rest of what fake_iommu.c plays: devices 61 (behind VT-d, which tracks
 * dirty pages) and 62 (behind an SMMUv3, which does not), their page tables,
 * queues and virtual IOMMUs. A page table's bitmap has every third page; a
 * fault queue has one group of two requests in it, an event queue three
 * events, one of them lost.
 */
#ifndef FAKE_OBJECTS_H
#define FAKE_OBJECTS_H

#include <sys/socket.h>
#include <sys/uio.h>

enum { DEVICE_VTD = 61, DEVICE_SMMU = 62 };

static unsigned long long linux_version(void)
{
	unsigned long long version;

	return setting("FAKE_IOMMU_LINUX", "%lli", &version, NULL) ? version
								   : 17;
}

/* Of each request: since which Linux 6.N, and the struct's length then. */
static const struct {
	unsigned since, least, size;
} requests[] = {
	{ 2, 8, sizeof(struct iommu_destroy) },
	{ 2, 12, sizeof(struct iommu_ioas_alloc) },
	{ 2, 24, sizeof(struct iommu_ioas_allow_iovas) },
	{ 2, 40, sizeof(struct iommu_ioas_copy) },
	{ 2, 32, sizeof(struct iommu_ioas_iova_ranges) },
	{ 2, 40, sizeof(struct iommu_ioas_map) },
	{ 2, 24, sizeof(struct iommu_ioas_unmap) },
	{ 2, 24, sizeof(struct iommu_option) },
	{ 2, 12, sizeof(struct iommu_vfio_ioas) },
	{ 6, 24, sizeof(struct iommu_hwpt_alloc) },
	{ 6, 32, sizeof(struct iommu_hw_info) },
	{ 7, 16, sizeof(struct iommu_hwpt_set_dirty_tracking) },
	{ 7, 48, sizeof(struct iommu_hwpt_get_dirty_bitmap) },
	{ 8, 32, sizeof(struct iommu_hwpt_invalidate) },
	{ 11, 16, sizeof(struct iommu_fault_alloc) },
	{ 13, 40, sizeof(struct iommu_ioas_map_file) },
	{ 13, 24, sizeof(struct iommu_viommu_alloc) },
	{ 13, 24, sizeof(struct iommu_vdevice_alloc) },
	{ 14, 8, sizeof(struct iommu_ioas_change_process) },
	{ 15, 32, sizeof(struct iommu_veventq_alloc) },
	{ 17, 40, sizeof(struct iommu_hw_queue_alloc) },
};

static bool is_known(unsigned long request)
{
	unsigned long at = (request & 0xff) - IOMMUFD_CMD_BASE;

	return at < sizeof(requests) / sizeof(*requests) &&
	       requests[at].since <= linux_version();
}

/* How long this version of Linux knows the struct to be. */
static __u32 known_size(unsigned long request)
{
	unsigned long long version = linux_version();

	if (request == IOMMU_HWPT_ALLOC && version < 11)
		return version < 7 ? 24 : 40;
	if (request == IOMMU_GET_HW_INFO && version < 7)
		return 32;
	if (request == IOMMU_VIOMMU_ALLOC && version < 17)
		return 24;
	return requests[(request & 0xff) - IOMMUFD_CMD_BASE].size;
}

static bool has_size(unsigned long request, const void *arg)
{
	const unsigned char *bytes = arg;
	__u32 size = *(const __u32 *)arg;

	if (size < requests[(request & 0xff) - IOMMUFD_CMD_BASE].least)
		return refuse(EINVAL), false;
	for (__u32 i = known_size(request); i < size; i++)
		if (bytes[i])
			return refuse(E2BIG), false;
	return true;
}

/* What a request answers, unless it lies where nothing can be written. */
static int deliver(void *to, const void *from, size_t size)
{
	const struct iovec here = { (void *)from, size }, there = { to, size };

	return process_vm_writev(getpid(), &here, 1, &there, 1, 0) < 0
		       ? refuse(EFAULT)
		       : 0;
}

/* What a driver is given goes to the test. */
static int driver_data(__u64 uptr, size_t size)
{
	const char *path = getenv("FAKE_IOMMU_DATA");
	FILE *file = path ? fopen(path, "a") : NULL;

	if (file) {
		fwrite((void *)(uintptr_t)uptr, 1, size, file);
		fclose(file);
	}
	return 0;
}

static bool is_device(__u32 id)
{
	return id == DEVICE_VTD || id == DEVICE_SMMU || object(id) == DEVICE;
}

static int hw_info(struct iommu_hw_info *ask)
{
	const struct iommu_hw_info_vtd vtd = {
		.flags = IOMMU_HW_INFO_VTD_ERRATA_772415_SPR17,
		.cap_reg = 0xd2008c222f0686,
		.ecap_reg = 0xf00f5a,
	};
	const struct iommu_hw_info_arm_smmuv3 smmu = {
		.idr = { 0x8180fab, 0xe739d10, 0x98, 0x10, 0, 0x74 },
		.iidr = 0x4832243b,
		.aidr = 0x3,
	};
	bool is_vtd = ask->dev_id == DEVICE_VTD;
	const void *data = is_vtd ? (const void *)&vtd : &smmu;
	__u32 size = is_vtd ? sizeof(vtd) : sizeof(smmu);

	if (ask->flags & ~(linux_version() < 17 ? 0u : 1u))
		return refuse(EOPNOTSUPP);
	if (!is_device(ask->dev_id))
		return refuse(ENOENT);
	if (ask->flags && ask->in_data_type > 2)
		return refuse(EOPNOTSUPP);
	if (ask->data_len)
		memcpy((void *)(uintptr_t)ask->data_uptr, data,
		       ask->data_len < size ? ask->data_len : size);
	ask->data_len = size;
	ask->out_data_type = is_vtd ? IOMMU_HW_INFO_TYPE_INTEL_VTD
				    : IOMMU_HW_INFO_TYPE_ARM_SMMUV3;
	ask->out_max_pasid_log2 = is_vtd ? 20 : 0;
	ask->out_capabilities = is_vtd ? IOMMU_HW_CAP_DIRTY_TRACKING |
						 IOMMU_HW_CAP_PCI_PASID_PRIV
				       : 0;
	return 0;
}

static int hwpt_alloc(struct iommu_hwpt_alloc *ask)
{
	enum kind parent = object(ask->pt_id);
	__u32 known_flags = linux_version() < 13 ? 7 : 15;

	if (!!ask->data_type != !!ask->data_len)
		return refuse(EINVAL);
	if (!is_device(ask->dev_id))
		return refuse(ENOENT);
	if (parent != IOAS && parent != HWPT && parent != VIOMMU)
		return refuse(EINVAL);
	if (ask->flags & ~known_flags || (ask->flags & 5) == 5 ||
	    (ask->flags & 2 && ask->dev_id != DEVICE_VTD) ||
	    ask->data_type > IOMMU_HWPT_DATA_ARM_SMMUV3)
		return refuse(EOPNOTSUPP);
	if ((parent == IOAS) != !ask->data_type)
		return refuse(EOPNOTSUPP);
	if (parent == HWPT && !(ioas[ask->pt_id].flags & 1))
		return refuse(EINVAL);
	if (ask->flags & 4 && object(ask->fault_id) != FAULT)
		return refuse(ENOENT);
	if (ask->data_type)
		driver_data(ask->data_uptr, ask->data_len);
	ask->out_hwpt_id = new_object(HWPT);
	ioas[ask->out_hwpt_id].flags = ask->flags;
	ioas[ask->out_hwpt_id].of[0] = ask->pt_id;
	ioas[ask->out_hwpt_id].of[1] = ask->flags & 4 ? ask->fault_id : 0;
	return 0;
}

static int set_dirty(const struct iommu_hwpt_set_dirty_tracking *ask)
{
	if (ask->flags & ~1u)
		return refuse(EOPNOTSUPP);
	if (object(ask->hwpt_id) != HWPT ||
	    object(ioas[ask->hwpt_id].of[0]) != IOAS)
		return refuse(ENOENT);
	if (!(ioas[ask->hwpt_id].flags & 2))
		return refuse(EOPNOTSUPP);
	/* On, and its pages are not clean. */
	ioas[ask->hwpt_id].flags &= 0xff;
	ioas[ask->hwpt_id].flags |= ask->flags ? 0x300 : 0;
	return 0;
}

static int get_dirty(const struct iommu_hwpt_get_dirty_bitmap *ask)
{
	__u64 *word = (void *)(uintptr_t)ask->data;
	__u32 *flags = &ioas[ask->hwpt_id].flags;

	if (ask->flags & ~1u)
		return refuse(EOPNOTSUPP);
	if (object(ask->hwpt_id) != HWPT)
		return refuse(ENOENT);
	if (!(*flags & 2))
		return refuse(EOPNOTSUPP);
	if (!(*flags & 0x100) || ask->page_size & (ask->page_size - 1) ||
	    (ask->iova | ask->length) % ask->page_size)
		return refuse(EINVAL);
	for (__u64 i = 0; i < ask->length / ask->page_size; i += 3)
		if (*flags & 0x200)
			word[i / 64] |= 1ull << i % 64;
	if (!ask->flags)
		*flags &= ~0x200u;
	return 0;
}

static int invalidate(struct iommu_hwpt_invalidate *ask)
{
	enum kind kind = object(ask->hwpt_id);
	__u32 number = ask->entry_num;

	ask->entry_num = 0;
	if (kind != VIOMMU &&
	    (kind != HWPT || object(ioas[ask->hwpt_id].of[0]) == IOAS))
		return refuse(ENOENT);
	if (ask->data_type > IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3)
		return refuse(EINVAL);
	driver_data(ask->data_uptr, (size_t)number * ask->entry_len);
	ask->entry_num = number;
	return 0;
}

/* Something to read from; what is written to it is read by nobody. */
static int queue(const void *content, size_t size)
{
	int end[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, end) ||
	    write(end[1], content, size) != (ssize_t)size)
		return -1;
	return end[0];
}

static int fault_alloc(const struct iommu_fault_alloc *ask)
{
	const struct iommu_hwpt_pgfault faults[] = {
		{ .flags = IOMMU_PGFAULT_FLAGS_PASID_VALID,
		  .dev_id = DEVICE_VTD,
		  .pasid = 5,
		  .grpid = 2,
		  .perm = IOMMU_PGFAULT_PERM_READ,
		  .addr = 0x7000,
		  .cookie = 9 },
		{ .flags = IOMMU_PGFAULT_FLAGS_PASID_VALID |
			   IOMMU_PGFAULT_FLAGS_LAST_PAGE,
		  .dev_id = DEVICE_VTD,
		  .pasid = 5,
		  .grpid = 2,
		  .perm = IOMMU_PGFAULT_PERM_READ | IOMMU_PGFAULT_PERM_WRITE,
		  .addr = 0x8000,
		  .length = 0x2000,
		  .cookie = 9 },
	};
	struct iommu_fault_alloc out = *ask;
	int err;

	if (ask->flags)
		return refuse(EOPNOTSUPP);
	if (deliver((void *)ask, &out, sizeof(out)))
		return -1;
	out.out_fault_id = new_object(FAULT);
	out.out_fault_fd = (__u32)queue(faults, sizeof(faults));
	err = deliver((void *)ask, &out, sizeof(out));
	return err;
}

static int map_file(struct iommu_ioas_map_file *ask)
{
	struct stat st;
	int result;

	if (fstat(ask->fd, &st))
		return refuse(EBADF);
	result = place(ask->ioas_id, ask->flags, &ask->iova, ask->length);
	if (!result)
		ioas[ask->ioas_id].areas->by_file = true;
	return result;
}

static int change_process(void)
{
	for (int i = 0; i < IOAS_MAX; i++)
		for (struct area *a = ioas[i].areas; a; a = a->next)
			if (!a->by_file)
				return refuse(EINVAL);
	return 0;
}

static int viommu_alloc(struct iommu_viommu_alloc *ask)
{
	struct iommu_viommu_tegra241_cmdqv out = { 0x10000, 0x1000 };

	if (!is_device(ask->dev_id) || object(ask->hwpt_id) != HWPT)
		return refuse(ENOENT);
	if (!(ioas[ask->hwpt_id].flags & 1))
		return refuse(EINVAL);
	if (ask->type < 1 || ask->type > 2 || ask->dev_id != DEVICE_SMMU)
		return refuse(EOPNOTSUPP);
	if (ask->size > 24 && ask->data_len == sizeof(out))
		memcpy((void *)(uintptr_t)ask->data_uptr, &out, sizeof(out));
	ask->out_viommu_id = new_object(VIOMMU);
	ioas[ask->out_viommu_id].of[0] = ask->hwpt_id;
	return 0;
}

/* An object of @viommu, of which there is one for each @number. */
static int of_viommu(enum kind kind, __u32 viommu, __u32 number, __u32 *id)
{
	if (object(viommu) != VIOMMU)
		return refuse(ENOENT);
	for (int i = 0; i < IOAS_MAX; i++)
		if (ioas[i].kind == kind && ioas[i].of[0] == viommu &&
		    ioas[i].flags == number)
			return refuse(EEXIST);
	*id = new_object(kind);
	ioas[*id].of[0] = viommu;
	ioas[*id].flags = number;
	return 0;
}

static int vdevice_alloc(struct iommu_vdevice_alloc *ask)
{
	if (!is_device(ask->dev_id))
		return refuse(ENOENT);
	return of_viommu(VDEVICE, ask->viommu_id, (__u32)ask->virt_id,
			 &ask->out_vdevice_id);
}

static int veventq_alloc(struct iommu_veventq_alloc *ask)
{
	struct {
		struct iommufd_vevent_header head;
		struct iommu_vevent_arm_smmuv3 event;
	} __attribute__((packed)) events[2] = {
		{ { 0, 0 }, { { 0x10, 0x42, 0x7000, 0 } } },
		{ { 0, 2 }, { { 0x13, 0x43, 0x8000, 0 } } },
	};
	struct iommufd_vevent_header lost = { 1, 3 };
	char all[sizeof(events) + sizeof(lost)];

	if (!ask->veventq_depth)
		return refuse(EINVAL);
	if (ask->type != IOMMU_VEVENTQ_TYPE_ARM_SMMUV3)
		return refuse(EOPNOTSUPP);
	if (of_viommu(VEVENTQ, ask->viommu_id, ask->type, &ask->out_veventq_id))
		return -1;
	memcpy(all, events, sizeof(events));
	memcpy(all + sizeof(events), &lost, sizeof(lost));
	ask->out_veventq_fd = (__u32)queue(all, sizeof(all));
	return 0;
}

static int hw_queue_alloc(struct iommu_hw_queue_alloc *ask)
{
	if (!ask->length)
		return refuse(EINVAL);
	return of_viommu(HW_QUEUE, ask->viommu_id, ask->index,
			 &ask->out_hw_queue_id);
}

static int object_answer(unsigned long request, void *arg)
{
	switch (request) {
	case IOMMU_HWPT_ALLOC:
		return hwpt_alloc(arg);
	case IOMMU_GET_HW_INFO:
		return hw_info(arg);
	case IOMMU_HWPT_SET_DIRTY_TRACKING:
		return set_dirty(arg);
	case IOMMU_HWPT_GET_DIRTY_BITMAP:
		return get_dirty(arg);
	case IOMMU_HWPT_INVALIDATE:
		return invalidate(arg);
	case IOMMU_FAULT_QUEUE_ALLOC:
		return fault_alloc(arg);
	case IOMMU_IOAS_MAP_FILE:
		return map_file(arg);
	case IOMMU_IOAS_CHANGE_PROCESS:
		return change_process();
	case IOMMU_VIOMMU_ALLOC:
		return viommu_alloc(arg);
	case IOMMU_VDEVICE_ALLOC:
		return vdevice_alloc(arg);
	case IOMMU_VEVENTQ_ALLOC:
		return veventq_alloc(arg);
	case IOMMU_HW_QUEUE_ALLOC:
		return hw_queue_alloc(arg);
	default:
		return refuse(ENOTTY);
	}
}

#endif
