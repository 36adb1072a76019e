#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The requests beyond address spaces, where there is no device.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper

@test "what this kernel can do, and what it is without" {
	run -0 --separate-stderr iommufdctl --json caps
	[ -z "$stderr" ]
	[ "$(jq -r '.caps.features[] | select(.feature == null and .here == "no").ioctl' \
		<<<"$output" | tr '\n' ' ')" = "IOMMU_IOAS_MAP_FILE IOMMU_VIOMMU_ALLOC \
IOMMU_VDEVICE_ALLOC IOMMU_IOAS_CHANGE_PROCESS IOMMU_VEVENTQ_ALLOC IOMMU_HW_QUEUE_ALLOC " ]
	jq -e '[.caps.features[] | select(.ioctl == "IOMMU_IOAS_MAP" and .here != "yes")] == []' <<<"$output"
	jq -e '[.caps.features[] | select(.feature == "INPUT_TYPE").here] == ["no"]' <<<"$output"
	jq -e '[.caps.features[] | select(.feature == "fault_id").here] == ["yes"]' <<<"$output"
	[ "$(jq -r '.caps.features[] | select(.feature == "page requests").here' <<<"$output")" = \
		"$([[ $(uname -r) == 6.1.* ]] && echo unsupported || echo yes)" ]
	# Nothing was made by asking.
	run -0 iommufdctl --no-session -c caps -c 'option set rlimit-mode 1'
}

@test "page tables and queues without a device" {
	run -1 --separate-stderr iommufdctl --no-session --keep-going -c 'ioas alloc' \
		-c 'hwpt alloc 9 1' -c 'device hw-info 1' -c 'hwpt dirty set 1 on' \
		-c 'hwpt dirty get 9 0 4K' -c 'hwpt invalidate 9 vtd-s1' \
		-c 'viommu alloc 9 1 arm-smmuv3' -c 'ioas map 1 --anon 4K --by-fd' \
		-c 'ioas change-process'
	says "-c:2: hwpt alloc: IOMMU_HWPT_ALLOC: ENOENT: there is no device 9; one gets here by VFIO"
	says "-c:3: device hw-info: IOMMU_GET_HW_INFO: ENOENT: object 1 is of kind ioas, not device"
	says "-c:4: hwpt dirty set: IOMMU_HWPT_SET_DIRTY_TRACKING: ENOENT: object 1 is of kind ioas, not hwpt"
	says "-c:5: hwpt dirty get: IOMMU_HWPT_GET_DIRTY_BITMAP: ENOENT: there is no object 9"
	says "-c:6: hwpt invalidate: IOMMU_HWPT_INVALIDATE: ENOENT: there is no object 9"
	says "-c:7: viommu alloc: IOMMU_VIOMMU_ALLOC: ENOTTY: this kernel, $(uname -r), does not know IOMMU_VIOMMU_ALLOC; Linux has it since version 6.13"
	says "-c:8: ioas map: IOMMU_IOAS_MAP_FILE: ENOTTY: "
	says "-c:9: ioas change-process: IOMMU_IOAS_CHANGE_PROCESS: ENOTTY: "
	says "hint: iommufdctl caps"
}

@test "a fault queue: made, empty, and given back" {
	if [[ $(uname -r) == 6.1.* ]]; then
		run -1 --separate-stderr iommufdctl --no-session fault alloc
		says "EOPNOTSUPP: this kernel's IOMMU drivers deliver no page requests"
		return
	fi
	run -1 --separate-stderr iommufdctl --no-session --keep-going \
		-c 'fault alloc --name requests' -c 'fault read requests' \
		-c 'fault respond requests 1' -c 'destroy requests'
	prints "fault 1 requests"
	prints "no page requests"
	prints "destroyed 1"
	says "no group of page requests with the cookie 1 waits for an answer"
}

@test "VFIO's container" {
	run -1 --separate-stderr iommufdctl --no-session --keep-going -c 'ioas alloc' \
		-c 'vfio ioas get' -c 'vfio version' -c 'vfio check type1v2' \
		-c 'vfio check dma-cc' -c 'vfio ioas set 1' -c 'vfio ioas get' \
		-c 'vfio set-iommu type1v2' -c 'vfio set-iommu nesting' -c 'vfio info' \
		-c 'vfio map --anon 16K --iova 1M --fill 7' -c 'vfio map --anon 4K --iova 0x102000' \
		-c 'mem dump 1 1M 16' -c 'vfio unmap 1M 4K' -c 'vfio unmap 1M 16K' \
		-c 'vfio map --anon 4K --iova 2M' -c 'vfio unmap --all' -c 'vfio ioas clear' \
		-c 'vfio info' -c 'ioas show 1'
	says "-c:2: vfio ioas get: IOMMU_VFIO_IOAS: ENODEV: VFIO has no address space here"
	says "-c:5: vfio check: VFIO_CHECK_EXTENSION: ENODEV: "
	says "-c:9: vfio set-iommu: VFIO_SET_IOMMU: EINVAL: "
	says "-c:12: vfio map: VFIO_IOMMU_MAP_DMA: EEXIST: iova 0x102000-0x102fff overlaps the mapping 0x100000-0x103fff (anonymous)"
	says "-c:19: vfio info: VFIO_IOMMU_GET_INFO: ENODEV: "
	prints "VFIO's API has version 0"
	prints "extension 3: 1"
	prints "VFIO works on ioas 1"
	prints "the container has an IOMMU of type 3"
	prints "page sizes  0x"
	prints "07 07 07 07"
	prints "unmapped 0x4000 bytes (16K) in 1 mapping"
	prints "unmapped 0x1000 bytes (4K) in 1 mapping"
	prints "ioas 1: 0 mappings, 0 mapped"
}
