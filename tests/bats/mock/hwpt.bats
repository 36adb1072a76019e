#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Page tables, page requests and what was written, on a device.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines
# shellcheck disable=SC2016 # $IOAS and $DEVICE are set where the script is run

load helper

@test "what the device's IOMMU says" {
	run -0 with_device 'device hw-info $DEVICE' 'device hw-info 99'
	if [[ $(uname -r) == 6.1.* ]]; then
		prints "the driver says no more"
	else
		prints "type          4276993775"
		prints "bytes  00000000efbeadde"
	fi
	prints "IOMMU_GET_HW_INFO: ENOENT: there is no device 99"
}

@test "what the device wrote" {
	drivers_make_page_tables || {
		page_tables_are_refused
		return
	}
	run -0 with_device 'ioas map $IOAS --anon 64K --iova 32M' \
		'hwpt alloc $DEVICE $IOAS --dirty-tracking --name tracked' \
		'hwpt dirty get tracked 32M 64K' 'hwpt dirty set tracked on' \
		'!attach 5' '!write 5 0x2000000 0x10000' \
		'hwpt dirty get tracked 32M 64K --no-clear' \
		'hwpt dirty get tracked 32M 32K' 'hwpt dirty get tracked 32M 64K' \
		'hwpt dirty set tracked off' 'destroy $IOAS'
	prints "hwpt 5 tracked for device"
	prints "8 of 16 pages of 4K written
0x2000000-0x2000fff
0x2002000-0x2002fff"
	prints "4 of 8 pages of 4K written"
	prints "hwpt 5 keeps what is written: no"
	prints "IOMMU_DESTROY: EBUSY: hwpt 5 still uses object 1"
}

@test "a nested page table, invalidated, and its page requests" {
	drivers_make_page_tables || {
		page_tables_are_refused
		return
	}
	printf '\xef\xbe\xad\x0b' >iotlb
	printf '\x01\x00\x00\x00\x00\x00\x00\x00' >all
	run -0 with_device 'hwpt alloc $DEVICE $IOAS --nest-parent --name parent' \
		'fault alloc --name requests' \
		'hwpt alloc $DEVICE parent --data 0xdead,file=iotlb --fault requests --name nested' \
		'hwpt invalidate nested 0xdeadbeef file=all' \
		'hwpt invalidate nested 0xdadbeef file=all' \
		'hwpt invalidate parent 0xdeadbeef file=all' \
		'fault read requests' '!attach 7' '!fault 3 0x7000' 'fault read requests' \
		'fault respond requests 4242' 'destroy requests' \
		'hwpt alloc $DEVICE parent --data vtd-s1' 'hwpt alloc $DEVICE parent'
	prints "hwpt 7 nested for device"
	prints "1 carried out, of type 3735928559"
	prints "the driver knows no entries of type 0xdadbeef"
	prints "hwpt 5 mirrors ioas 1, and the kernel itself invalidates it"
	prints "no page requests"
	prints "0x7000  0       READ, WRITE  PASID_VALID, LAST_PAGE"
	prints "no group of page requests with the cookie 4242 waits for an answer"
	prints "IOMMU_DESTROY: EBUSY: hwpt 7 still uses object 6"
	prints "IOMMU_HWPT_ALLOC: E"
	prints "5 is no ioas, and a page table that is put on another needs a driver's data, --data"
}

@test "what this kernel does not have yet" {
	run -0 with_device 'viommu alloc $DEVICE 3 arm-smmuv3' 'vdevice alloc 3 $DEVICE 1' \
		'ioas map $IOAS --anon 4K --by-fd' 'ioas change-process' 'caps'
	prints "this kernel, $(uname -r), does not know IOMMU_VIOMMU_ALLOC; Linux has it since version 6.13"
	prints "does not know IOMMU_VDEVICE_ALLOC; Linux has it since version 6.13"
	prints "does not know IOMMU_IOAS_MAP_FILE; Linux has it since version 6.13"
	prints "does not know IOMMU_IOAS_CHANGE_PROCESS; Linux has it since version 6.14"
	prints "IOMMU_HWPT_INVALIDATE                            6.8    yes"
	prints "IOMMU_IOAS_MAP_FILE                              6.13   no"
}

@test "a PCI BAR under the address" {
	local bar

	for bar in /sys/bus/pci/devices/*/resource[0-5]; do
		# One of memory; those of ports are no whole page.
		[[ $(stat -c %s "$bar") -lt 4096 ]] || break
	done
	run -0 with_device "ioas map \$IOAS --file $bar --length 4K --iova 32M"
	prints "IOMMU_IOAS_MAP: EFAULT: it is BAR ${bar: -1} of the PCI device $(basename "$(dirname "$bar")"), which cannot be pinned"
}

@test "the lock limit, with its figures" {
	printf '%s\n' 'ioas map $IOAS --anon 64K --iova 32M' \
		'ioas map $IOAS --anon 1M --iova 48M' >script
	run -0 prlimit --memlock=131072 setpriv --bounding-set=-ipc_lock \
		--inh-caps=-ipc_lock mock_device run bash "$BATS_TEST_DIRNAME/talk" script
	prints "ENOMEM: out of memory, or more would be pinned than the lock limit of 131072 bytes allows: 0x10000 are mapped here, and 0x100000 come on top; the limit is of the user"
}

@test "reserved addresses of a device" {
	run -0 with_device 'ioas map $IOAS --anon 4K --iova 0' 'ioas map $IOAS --anon 4K --iova 32M' \
		'ioas map $IOAS --anon 4K --iova 32M' 'ioas map $IOAS --anon 4K --iova 2G'
	prints "IOMMU_IOAS_MAP: EINVAL: iova 0x0 lies in the reserved range 0x0-0xffffff: below what the IOMMU can translate"
	prints "iova 0x80000000 lies in the reserved range 0x80000000-0xffffffffffffffff: above the aperture 0x7fffffff (31 address bits)"
	prints "EEXIST: iova 0x2000000-0x2000fff overlaps the mapping 0x2000000-0x2000fff (anonymous)"
}
