#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Every ioctl, refused with every errno that Linux documents of it: there is a
# cause in words, never just the errno's name, and what is hinted at can be typed.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper
load machine

setup_file() {
	load helper
	fake_device
}

# A command for each ioctl, with what it needs before it: devices 61 and 6 are
# there.
requests() {
	cat <<-'END'
		IOMMU_DESTROY|0x80|destroy 2
		IOMMU_IOAS_ALLOC|0x81|ioas alloc
		IOMMU_IOAS_ALLOW_IOVAS|0x82|ioas allow 1 0-1M
		IOMMU_IOAS_COPY|0x83|ioas copy 1 1 1M 4K
		IOMMU_IOAS_IOVA_RANGES|0x84|ioas ranges 1
		IOMMU_IOAS_MAP|0x85|ioas map 1 --anon 4K --iova 2M
		IOMMU_IOAS_UNMAP|0x86|ioas unmap 1 1M 4K
		IOMMU_OPTION|0x87|option set huge-pages 0 1
		IOMMU_VFIO_IOAS|0x88|vfio ioas set 1
		IOMMU_HWPT_ALLOC|0x89|hwpt alloc 61 1 --dirty-tracking
		IOMMU_GET_HW_INFO|0x8a|device hw-info 61
		IOMMU_HWPT_SET_DIRTY_TRACKING|0x8b|hwpt dirty set 2 on
		IOMMU_HWPT_GET_DIRTY_BITMAP|0x8c|hwpt dirty get 2 0 4K
		IOMMU_HWPT_INVALIDATE|0x8d|hwpt invalidate 2 vtd-s1
		IOMMU_FAULT_QUEUE_ALLOC|0x8e|fault alloc
		IOMMU_IOAS_MAP_FILE|0x8f|ioas map 1 --anon 4K --by-fd --iova 2M
		IOMMU_VIOMMU_ALLOC|0x90|viommu alloc 61 2 arm-smmuv3
		IOMMU_VDEVICE_ALLOC|0x91|vdevice alloc 4 61 7
		IOMMU_IOAS_CHANGE_PROCESS|0x92|ioas change-process
		IOMMU_VEVENTQ_ALLOC|0x93|veventq alloc 4 arm-smmuv3
		IOMMU_HW_QUEUE_ALLOC|0x94|hw-queue alloc 4 tegra241-cmdqv 0 4K
		VFIO_CHECK_EXTENSION|101|vfio check type1
		VFIO_SET_IOMMU|102|vfio set-iommu type1
		VFIO_IOMMU_GET_INFO|112|vfio info
		VFIO_IOMMU_MAP_DMA|113|vfio map --anon 4K --iova 2M
		VFIO_IOMMU_UNMAP_DMA|114|vfio unmap 1M 4K
		VFIO_GROUP_GET_STATUS|103|device open 12
		VFIO_GROUP_SET_CONTAINER|104|device open 12
		VFIO_GROUP_GET_DEVICE_FD|106|device open 12
		VFIO_DEVICE_GET_INFO|107|device region list 6
		VFIO_DEVICE_GET_REGION_INFO|108|device region read 6 bar0 0
		VFIO_DEVICE_SET_IRQS|110|device irq trigger 6 msi
		VFIO_DEVICE_RESET|111|device reset 6
		VFIO_DEVICE_BIND_IOMMUFD|118|device open vfio0
		VFIO_DEVICE_ATTACH_IOMMUFD_PT|119|device attach 6 1
		VFIO_DEVICE_DETACH_IOMMUFD_PT|120|device detach 7
	END
}

# The session that they are typed at: an ioas with a mapping, a page table, a
# queue, a virtual IOMMU, and two devices, one of them attached. FAKE_IOMMU_FAIL
# would hit it, too, so it is told when to begin by a file.
make_session() {
	three_devices
	pci_device 0000:00:04.0 1234:11e8 00ff00 13 vfio-pci
	vfio_node 0000:00:04.0 1
	pci_device 0000:00:05.0 1234:11e8 00ff00 14 vfio-pci
	vfio_node 0000:00:05.0 2
	on_machine env LD_PRELOAD="$FAKE" FAKE_IOMMU_FAIL_FILE="$PWD/fail" \
		iommufdctl -q session start
	fake -q -c 'ioas alloc' -c 'ioas map 1 --anon 4K --iova 1M' \
		-c 'hwpt alloc 62 1 --nest-parent' -c 'fault alloc' \
		-c 'viommu alloc 62 2 arm-smmuv3' -c 'vfio ioas set 1' \
		-c 'ioas alloc' -c 'device open vfio1' -c 'device open vfio2' \
		-c 'device attach 7 5'
}

# documented: "IOCTL NUMBER", one line for each errno of each that a command
# makes and tells. Some of VFIO's are only traced.
documented() {
	local name

	for name in EPERM ENOENT EIO E2BIG EBADF ENOMEM EFAULT EBUSY EEXIST ENODEV EINVAL \
		EMFILE ENOTTY ENOSPC EDEADLK EOVERFLOW EMSGSIZE EOPNOTSUPP EADDRINUSE ETIMEDOUT; do
		echo "explain $name"
	done | iommufdctl --json | jq -r '.results[].result.explained | .number as $n |
		.causes[] | "\(.ioctl) \($n)"' |
		grep -v '_UNSET_CONTAINER\|_GET_IRQ_INFO\|_HOT_RESET\|_FEATURE' | sort -u
	requests | sed 's/|.*/ 25/'
}

@test "each ioctl with each of its errnos" {
	local name err number line

	make_session
	documented >pairs
	[ "$(wc -l <pairs)" -gt 110 ]
	while read -r name err; do
		IFS='|' read -r _ number line < <(requests | grep "^$name|")
		echo "$number:$err" >fail
		# shellcheck disable=SC2086 # the line is to be split
		run -1 --separate-stderr fake --json $line
		printf '%s\n' "$output"
	done <pairs >answers
	: >fail
	jq -r '.error | select(.errno != null and .request != null and (.message | length) > 10) |
		.ioctl' answers >told
	[ "$(wc -l <told)" -eq "$(wc -l <pairs)" ]
	diff <(cut -d' ' -f1 pairs) <(cut -d' ' -f1 told)
}

@test "what can be found out by asking is told as fields" {
	local line number err kind

	make_session
	while IFS='|' read -r number err line kind; do
		echo "$number:$err" >fail
		# shellcheck disable=SC2086 # the line is to be split
		run -1 --separate-stderr fake --json $line
		[ "$(jq -r .error.cause.kind <<<"$output")" = "$kind" ] || {
			echo "$line: $output"
			return 1
		}
	done <<-'END'
		0x80|16|destroy 1|in-use
		0x80|2|destroy 9|no-object
		0x85|17|ioas map 1 --anon 4K --iova 1M|overlap
		0x85|28|ioas map 1 --anon 4K|no-space
		0x85|75|ioas map 1 --anon 4K --iova 4M|passes-end
		0x85|2|ioas map 9 --anon 4K|no-object
		0x85|2|ioas map 2 --anon 4K|wrong-kind
		0x86|2|ioas unmap 1 8M 4K|not-mapped
		0x83|1|ioas copy 1 1 1M 4K|read-only-source
		0x83|2|ioas copy 1 1 8M 4K|not-mapped
		0x87|1|option set rlimit-mode 1|no-capability
		0x87|16|option set rlimit-mode 1|has-objects
		0x87|22|option set huge-pages 5 1|bad-value
		0x89|2|hwpt alloc 77 1|no-object
		0x89|22|hwpt alloc 62 9|no-object
		0x89|95|hwpt alloc 62 1 --dirty-tracking|no-dirty-tracking
		0x89|95|hwpt alloc 62 2|no-data
		0x89|95|hwpt alloc 62 1 --data vtd-s1|data-without-parent
		0x89|95|hwpt alloc 62 1 --nest-parent --fault 3|parent-with-fault-queue
		0x8a|2|device hw-info 9|no-object
		0x8b|95|hwpt dirty set 2 on|no-dirty-tracking
		0x8c|22|hwpt dirty get 2 0 4K|tracking-off
		0x8d|2|hwpt invalidate 2 vtd-s1|not-nested
		0x8f|25|ioas map 1 --anon 4K --by-fd|unknown-ioctl
		0x90|95|viommu alloc 61 2 arm-smmuv3|viommu-type
		0x91|17|vdevice alloc 4 62 1|taken
		0x93|17|veventq alloc 4 arm-smmuv3|taken
		0x94|17|hw-queue alloc 4 tegra241-cmdqv 0 4K|taken
		0x94|2|hw-queue alloc 4 tegra241-cmdqv 0 4K|not-mapped
		0x92|22|ioas change-process|mapped-by-address
		0x88|19|vfio ioas get|no-vfio-ioas
		101|19|vfio check dma-cc|no-vfio-ioas
		113|17|vfio map --anon 4K --iova 1M|overlap
		114|2|vfio unmap 8M 4K|not-mapped
	END
	: >fail
}
