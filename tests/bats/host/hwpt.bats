#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Devices, their page tables, queues and virtual IOMMUs: device 61 is behind a
# VT-d, device 62 behind an SMMUv3.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper

setup_file() {
	load helper
	fake_device
}

setup() {
	# shellcheck disable=SC1091
	source "$BATS_TEST_DIRNAME/../common.bash"
	setup
	fake -q ioas alloc --name guest 2>/dev/null
}

# given: the bytes that the driver was given, as words of 64 bits.
given() {
	od -An -v -w8 -t x8 data | tr -d ' '
	rm data
}

@test "what the IOMMU of a device is" {
	run -0 fake device hw-info 61
	[ "$output" = "type          1 intel-vtd
capabilities  DIRTY_TRACKING, PCI_PASID_PRIV
pasid bits    20
FIELD     VALUE
flags     ERRATA_772415_SPR17
cap_reg   0xd2008c222f0686
ecap_reg  0xf00f5a" ]
	run -0 fake --json device hw-info 62 --type arm-smmuv3
	[ "$(jq -c '.hw_info | [.type, .out_capabilities, (.data[] | select(.field == "idr5").value)]' \
		<<<"$output")" = '["arm-smmuv3",[],"0x74"]' ]
	run -1 --separate-stderr fake device hw-info 9
	says "IOMMU_GET_HW_INFO: ENOENT: there is no device 9; one gets here by VFIO's VFIO_DEVICE_BIND_IOMMUFD"
	run -1 --separate-stderr fake device hw-info guest
	says "guest is of kind ioas, not device"
	run -2 --separate-stderr fake device hw-info 61 --type vtd
	says "neither default, intel-vtd, arm-smmuv3, tegra241-cmdqv, nor the number of another"
}

@test "a page table, and one on top of it with the driver's fields" {
	run -0 fake hwpt alloc 61 guest --nest-parent --name parent
	[ "$output" = "hwpt 2 parent for device 61 on 1, a nest parent" ]
	FAKE_IOMMU_DATA=data fake session start other
	export FAKE_IOMMU_DATA=data
	fake --no-session -q -c 'ioas alloc' -c 'hwpt alloc 61 1 --nest-parent' \
		-c 'hwpt alloc 61 2 --data vtd-s1,pgtbl_addr=0x10000,addr_width=48,flags=sre+WPE' \
		-c 'hwpt invalidate 3 vtd-s1 addr=0x4000,npages=2,flags=LEAF addr=0,npages=0xffffffffffffffff'
	[ "$(given | tr '\n' ' ')" = "0000000000000005 0000000000010000 0000000000000030 \
0000000000004000 0000000000000002 0000000000000001 \
0000000000000000 ffffffffffffffff 0000000000000000 " ]
	fake --no-session -q -c 'ioas alloc' -c 'hwpt alloc 62 1 --nest-parent' \
		-c 'hwpt alloc 62 2 --data arm-smmuv3,ste0=0xb,ste1=4'
	[ "$(given | tr '\n' ' ')" = "000000000000000b 0000000000000004 " ]
}

@test "the driver's struct as a file of bytes" {
	printf '%024d' 7 >block
	printf '12345678' >short
	fake hwpt alloc 61 guest --nest-parent --name parent
	run -0 fake hwpt alloc 61 parent --data vtd-s1,file=block
	run -1 --separate-stderr fake hwpt alloc 61 parent --data vtd-s1,file=short
	says "short has 8 bytes, and vtd-s1 needs a multiple of 24"
	cat block block >long
	run -1 --separate-stderr fake hwpt alloc 61 parent --data vtd-s1,file=long
	says "48 bytes are more than one vtd-s1, which has 24"
	: >empty
	run -1 --separate-stderr fake hwpt alloc 61 parent --data 0xdead,file=empty
	says "empty has 0 bytes"
	run -1 --separate-stderr fake hwpt alloc 61 parent --data vtd-s1,file=nowhere
	says "nowhere: No such file or directory"
	run -1 --separate-stderr fake hwpt alloc 61 parent --data 0xdead,file=short
	says "EOPNOTSUPP: the IOMMU driver of device 61 takes no data of type 0xdead"
	run -2 --separate-stderr fake hwpt alloc 61 parent --data 0xdead,x=1
	says "of this type only the kernel's driver knows the fields: give its bytes as file=PATH"
}

@test "fields that are none, and values that do not fit" {
	fake -q hwpt alloc 61 guest --nest-parent --name parent
	run -2 --separate-stderr fake hwpt alloc 61 parent --data vtd-s1,root=1
	says "vtd-s1 has flags=, pgtbl_addr=, addr_width=, or all of it as file="
	says "                              ^^^^^^^^^^^^^"
	run -2 --separate-stderr fake hwpt alloc 61 parent --data vtd-s1,flags=SRE+XYZ
	says "flags is a number of 64 bits or flags joined by +: SRE, EAFE, WPE"
	run -2 --separate-stderr fake hwpt alloc 61 parent --data vtd-s1,addr_width=0x100000000
	says "addr_width is a number of 32 bits"
	run -2 --separate-stderr fake hwpt alloc 61 parent --data vtd-s1,addr_width=
	run -2 --separate-stderr fake hwpt alloc 61 parent --data vtd-s1,addr_width
	run -2 --separate-stderr fake hwpt alloc 61 parent --data nope
	says "neither vtd-s1, arm-smmuv3, nor the number of another"
}

@test "why a page table is not made" {
	fake -q -c 'hwpt alloc 61 guest --name plain' -c 'hwpt alloc 61 guest --nest-parent --name parent'
	run -1 --separate-stderr fake hwpt alloc 62 guest --dirty-tracking
	says "EOPNOTSUPP: the IOMMU of device 62 does not keep what devices write"
	says "hint: iommufdctl device hw-info 62"
	run -1 --separate-stderr fake hwpt alloc 61 parent
	says "EOPNOTSUPP: 3 is no ioas, and a page table that is put on another needs a driver's data, --data"
	run -1 --separate-stderr fake hwpt alloc 61 guest --data vtd-s1
	says "EOPNOTSUPP: 1 is an ioas, whose page tables the kernel fills"
	run -1 --separate-stderr fake hwpt alloc 61 77
	says "EINVAL: there is no object 77"
	run -1 --separate-stderr fake hwpt alloc 7 guest
	says "ENOENT: there is no device 7"
	run -1 --separate-stderr fake hwpt alloc 61 guest --nest-parent --fault 9
	says "EOPNOTSUPP: a nest parent has no fault queue of its own"
	run -1 --separate-stderr fake hwpt invalidate plain vtd-s1
	says "hwpt 2 mirrors ioas 1, and the kernel itself invalidates it"
	run -1 --separate-stderr fake destroy guest
	says "EBUSY: hwpt 2 still uses object 1"
	says "hint: iommufdctl destroy 2 1"
}

@test "entries of different lengths, and of a type that nobody knows" {
	printf '12345678' >one
	printf '1234567' >two
	fake -q -c 'hwpt alloc 61 guest --nest-parent --name parent' \
		-c 'hwpt alloc 61 parent --data vtd-s1 --name stage1'
	run -2 --separate-stderr fake hwpt invalidate stage1 9 file=one file=two
	says "this one has 7 bytes and the first 8; entries are all of one length"
	run -1 --separate-stderr fake hwpt invalidate stage1 9 file=one file=one
	says "the driver knows no entries of type 0x9 with 0x8 bytes"
	run -0 fake hwpt invalidate stage1 vtd-s1
	[ "$output" = "0 carried out, of type 0" ]
}

@test "what devices wrote" {
	fake -q hwpt alloc 61 guest --dirty-tracking --name tracked
	run -1 --separate-stderr fake hwpt dirty get tracked 0 64K
	says "tracking of hwpt 2 is off, or its pages are larger than 0x1000"
	says "hint: iommufdctl hwpt dirty set 2 on"
	fake -q hwpt dirty set tracked on
	run -0 fake hwpt dirty get tracked 1M 16K --no-clear
	[ "$output" = "2 of 4 pages of 4K written
0x100000-0x100fff
0x103000-0x103fff" ]
	run -0 fake hwpt dirty get tracked 1M 16K
	run -0 fake hwpt dirty get tracked 1M 16K
	[ "$output" = "0 of 4 pages of 4K written" ]
	run -2 --separate-stderr fake hwpt dirty get tracked 100 16K
	says "not a multiple of the page size 0x1000"
	run -2 --separate-stderr fake hwpt dirty get tracked 0 16K --page-size 3
	says "a page size is a power of two"
	run -2 --separate-stderr fake hwpt dirty get tracked 0 0
	run -2 --separate-stderr fake hwpt dirty get tracked 0 4194304T
	says "more than 0x10000000 pages for one answer"
	fake -q hwpt alloc 61 guest --name plain
	run -1 --separate-stderr fake hwpt dirty set plain on
	says "EOPNOTSUPP: hwpt 3 was made without --dirty-tracking"
	run -1 --separate-stderr fake hwpt dirty set guest on
	says "guest is of kind ioas, not hwpt"
}

@test "page requests: read and answered" {
	run -0 fake fault alloc --name requests
	[ "$output" = "fault 2 requests" ]
	run -0 fake fault read requests
	[ "$output" = "COOKIE  DEVICE  PASID  GROUP  ADDR    LENGTH  PERM         FLAGS
9       61      5      2      0x7000  0       READ         PASID_VALID
9       61      5      2      0x8000  8192    READ, WRITE  PASID_VALID, LAST_PAGE" ]
	run -0 fake fault read requests
	[ "$output" = "no page requests" ]
	run -0 fake fault respond requests 9 --code invalid
	[ "$output" = "answered 9 with code 1" ]
	run -2 --separate-stderr fake fault respond requests 0x100000000
	run -1 --separate-stderr fake fault read guest
	says "guest is of kind ioas, not fault"
	# In use it goes on; then it goes.
	fake -q hwpt alloc 61 guest --fault requests --name faulting
	run -1 --separate-stderr fake destroy requests
	says "EBUSY: hwpt 3 still uses object 2"
	run -0 fake fault read requests
	run -0 fake destroy faulting requests
}

@test "a virtual IOMMU and what belongs to it" {
	fake -q hwpt alloc 62 guest --nest-parent --name parent
	run -0 fake viommu alloc 62 parent arm-smmuv3 --name vsmmu
	[ "$output" = "viommu 3 vsmmu of device 62 on hwpt 2" ]
	run -0 fake viommu alloc 62 parent tegra241-cmdqv
	[ "$output" = "viommu 4 of device 62 on hwpt 2; registers at 0x10000, 0x1000 bytes" ]
	run -0 fake vdevice alloc vsmmu 62 0x42
	[ "$output" = "vdevice 5: device 62 is 0x42 in viommu 3" ]
	run -1 --separate-stderr fake vdevice alloc vsmmu 62 0x42
	says "EEXIST: viommu 3 has a device with this --virt-id"
	says "hint: iommufdctl destroy 5"
	run -0 fake veventq alloc vsmmu arm-smmuv3 --depth 10 --name events
	run -0 fake veventq read events
	[ "$output" = "SEQUENCE  FLAGS        DATA
0                      evt0=0x10 evt1=0x42 evt2=0x7000 evt3=0x0
2                      evt0=0x13 evt1=0x43 evt2=0x8000 evt3=0x0
3         LOST_EVENTS" ]
	run -0 fake hw-queue alloc vsmmu tegra241-cmdqv 1M 64K
	[ "$output" = "hw-queue 7: number 0 of viommu 3, 0x10000 bytes at 0x100000" ]
	run -1 --separate-stderr fake viommu alloc 61 parent arm-smmuv3
	says "EOPNOTSUPP: the IOMMU of device 61 cannot be shared out as type 0x1"
	run -2 --separate-stderr fake hw-queue alloc vsmmu tegra241-cmdqv 1M 0
	run -2 --separate-stderr fake veventq alloc vsmmu arm-smmuv3 --depth 0
	run -0 fake hwpt invalidate vsmmu arm-smmuv3 cmd0=0x11,cmd1=0
	run -0 fake destroy events
}

@test "on an older kernel: since when Linux has it" {
	local line

	export FAKE_IOMMU_LINUX=5
	fake -q session start old
	while IFS='|' read -r line ioctl since; do
		# shellcheck disable=SC2086 # the line is to be split
		run -1 --separate-stderr fake --json --session old $line
		says "this kernel, $(uname -r), does not know $ioctl; Linux has it since version $since"
		says "hint: iommufdctl --session old caps"
		[ "$(jq -r '.error.cause | .kind, .ioctl, .since, .release' <<<"$output" | tr '\n' ' ')" = \
			"unknown-ioctl $ioctl $since $(uname -r) " ]
	done <<-'END'
		hwpt alloc 61 1|IOMMU_HWPT_ALLOC|6.6
		device hw-info 61|IOMMU_GET_HW_INFO|6.6
		hwpt dirty set 2 on|IOMMU_HWPT_SET_DIRTY_TRACKING|6.7
		hwpt dirty get 2 0 4K|IOMMU_HWPT_GET_DIRTY_BITMAP|6.7
		hwpt invalidate 2 vtd-s1|IOMMU_HWPT_INVALIDATE|6.8
		fault alloc|IOMMU_FAULT_QUEUE_ALLOC|6.11
		ioas map 1 --anon 4K --by-fd|IOMMU_IOAS_MAP_FILE|6.13
		viommu alloc 61 2 arm-smmuv3|IOMMU_VIOMMU_ALLOC|6.13
		vdevice alloc 3 61 1|IOMMU_VDEVICE_ALLOC|6.13
		ioas change-process|IOMMU_IOAS_CHANGE_PROCESS|6.14
		veventq alloc 3 arm-smmuv3|IOMMU_VEVENTQ_ALLOC|6.15
		hw-queue alloc 3 tegra241-cmdqv 0 64K|IOMMU_HW_QUEUE_ALLOC|6.17
	END
}

@test "on an older kernel: since when Linux has a field or a flag" {
	printf 12345678 >short
	FAKE_IOMMU_LINUX=8 run -1 --separate-stderr fake --json --no-session \
		-c 'ioas alloc' -c 'hwpt alloc 61 1 --fault 9'
	says "E2BIG: this kernel, $(uname -r), does not know fault_id of IOMMU_HWPT_ALLOC; Linux has it since version 6.11"
	[ "$(jq -r '.results[1].error.cause | .kind, .field, .since' <<<"$output" | tr '\n' ' ')" = \
		"unknown-field fault_id 6.11 " ]
	FAKE_IOMMU_LINUX=16 run -1 --separate-stderr fake --no-session --keep-going -c 'ioas alloc' \
		-c 'device hw-info 61 --type intel-vtd' -c 'hwpt alloc 62 1 --nest-parent' \
		-c 'viommu alloc 62 2 arm-smmuv3 --data-file short' -c 'viommu alloc 62 2 arm-smmuv3'
	says "-c:2: device hw-info: IOMMU_GET_HW_INFO: EOPNOTSUPP: this kernel, $(uname -r), does not know INPUT_TYPE of IOMMU_GET_HW_INFO; Linux has it since version 6.17"
	says "-c:4: viommu alloc: IOMMU_VIOMMU_ALLOC: E2BIG: this kernel, $(uname -r), does not know data_uptr of IOMMU_VIOMMU_ALLOC"
	prints "viommu 3 of device 62"
	run -1 --separate-stderr fake device hw-info 61 --type 9
	says "EOPNOTSUPP: the IOMMU driver of device 61 has nothing to say of type 9"
}

@test "mapping by a file's descriptor, and moving it to another process" {
	head -c 8192 /dev/zero >file
	run -0 fake ioas map guest --anon 8K --by-fd --iova 1M
	[ "$output" = "iova 0x100000 length 0x2000 (8K) read-write anonymous" ]
	run -0 fake ioas map guest --file file --by-fd --offset 4K --iova 2M
	[ "$output" = "iova 0x200000 length 0x1000 (4K) read file file at 0x1000" ]
	run -0 fake mem write guest 1M 00ff
	run -0 fake ioas change-process
	prints "what is pinned counts for process "
	# A copy shares the pages, and with them how they are known.
	fake -q ioas copy guest guest 1M 8K --iova 4K
	run -0 fake ioas change-process
	run -2 --separate-stderr fake ioas map guest --file file --copy --by-fd
	says "--by-fd and --copy exclude each other"
	fake -q ioas map guest --anon 4K --iova 8M
	run -1 --separate-stderr fake ioas change-process
	says "EINVAL: ioas 1 maps 0x800000-0x800fff (anonymous) by its address; only what was mapped with --by-fd can move"
	says "hint: iommufdctl ioas unmap 1 0x800000 0x1000"
}
