// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page requests of mock devices: as hardware would put them into the IOMMU's
 * queue, and no more of them than a device may have unanswered.
 */
#include <linux/err.h>

#include "mock.h"

#define REQUESTS_MAX 512

static struct iopf_queue *mock_queue;

int mock_faults_enable(struct device *dev, enum iommu_dev_features feature)
{
	if (feature != IOMMU_DEV_FEAT_IOPF)
		return -ENODEV;
	return iopf_queue_add_device(mock_queue, dev);
}

int mock_faults_disable(struct device *dev, enum iommu_dev_features feature)
{
	if (feature != IOMMU_DEV_FEAT_IOPF)
		return -ENODEV;
	iopf_queue_remove_device(mock_queue, dev);
	return 0;
}

/* Each request comes here once, whatever became of it. */
void mock_faults_answered(struct device *dev, struct iopf_fault *fault,
			  struct iommu_page_response *response)
{
	atomic_dec(&to_mock_device(dev)->requests);
}

/**
 * mock_faults_request() - a device asks for a page
 * @mdev: the device
 * @pasid: of the address space, or IOMMU_NO_PASID
 * @group: chosen by the device, comes back with the answer
 * @perm: what the device wants to do
 * @addr: where
 *
 * Context: may sleep.
 * Return: 0, also where nobody listens; -EBUSY with too many requests that
 * wait for their answer, -EINTR for a fatal signal.
 */
int mock_faults_request(struct mock_device *mdev, u32 pasid, u32 group,
			u32 perm, u64 addr)
{
	struct iopf_fault fault = {
		.fault.type = IOMMU_FAULT_PAGE_REQ,
		.fault.prm = {
			.flags = IOMMU_FAULT_PAGE_REQUEST_LAST_PAGE,
			.pasid = pasid,
			.grpid = group,
			.perm = perm,
			.addr = addr,
		},
	};

	if (pasid != IOMMU_NO_PASID)
		fault.fault.prm.flags |= IOMMU_FAULT_PAGE_REQUEST_PASID_VALID;
	if (atomic_inc_return(&mdev->requests) > REQUESTS_MAX) {
		atomic_dec(&mdev->requests);
		return -EBUSY;
	}
	/* The core does not protect the attachment that it looks up. */
	if (down_read_killable(&mdev->attaching)) {
		atomic_dec(&mdev->requests);
		return -EINTR;
	}
	iommu_report_device_fault(&mdev->pdev.dev, &fault);
	up_read(&mdev->attaching);
	return 0;
}

/**
 * mock_faults_init() - make the queue
 *
 * Context: may sleep. Undo with mock_faults_exit().
 * Return: 0 or -ENOMEM.
 */
int __init mock_faults_init(void)
{
	mock_queue = iopf_queue_alloc("iommufd_mock");
	return mock_queue ? 0 : -ENOMEM;
}

/**
 * mock_faults_exit() - free the queue
 *
 * Context: may sleep. No device uses it any more.
 */
void mock_faults_exit(void)
{
	iopf_queue_free(mock_queue);
}
