#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# VFIO's container, as /dev/iommu plays it.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper

setup_file() {
	load helper
	fake_device
}

@test "what a program for VFIO does" {
	fake -q ioas alloc --name box 2>/dev/null
	run -0 fake vfio version
	[ "$output" = "VFIO's API has version 0" ]
	run -0 fake vfio check type1v2
	[ "$output" = "extension 3: 1" ]
	run -0 fake vfio check 10
	[ "$output" = "extension 10: 0" ]
	run -0 fake vfio ioas set box
	[ "$output" = "VFIO works on ioas 1" ]
	run -0 fake vfio set-iommu type1v2
	[ "$output" = "the container has an IOMMU of type 3" ]
	run -0 fake vfio info
	[ "$output" = $'page sizes  0x1000\nallowed     0x0-0x7fffffffff' ]
	run -0 fake vfio map --anon 16K --iova 1M --fill 7
	[ "$output" = "iova 0x100000 length 0x4000 (16K) read-write anonymous" ]
	# It is an address space like any other.
	run -0 fake mem dump box 1M 16
	prints "07 07 07"
	run -0 fake vfio unmap 1M 16K
	[ "$output" = "unmapped 0x4000 bytes (16K) in 1 mapping" ]
	fake -q -c 'vfio map --anon 4K --iova 1M' -c 'vfio map --anon 4K --iova 2M'
	run -0 fake vfio unmap --all
	[ "$output" = "unmapped 0x2000 bytes (8K) in 2 mappings" ]
	run -0 fake vfio ioas clear
	[ "$output" = "VFIO works on no ioas" ]
}

@test "without an address space" {
	fake -q -c 'ioas alloc' -c 'ioas alloc' 2>/dev/null
	run -1 --separate-stderr fake --json vfio ioas get
	says "IOMMU_VFIO_IOAS: ENODEV: VFIO has no address space here: none is set, and no group is attached"
	says "hint: iommufdctl vfio ioas set 1"
	[ "$(jq -r .error.cause.kind <<<"$output")" = no-vfio-ioas ]
	run -1 --separate-stderr fake vfio check dma-cc
	says "VFIO_CHECK_EXTENSION {extension=0x4}"
	run -1 --separate-stderr fake vfio map --anon 4K --iova 1M
	says "ENODEV"
	run -1 --separate-stderr fake vfio info
	says "VFIO_IOMMU_GET_INFO: ENODEV"
	run -1 --separate-stderr fake vfio ioas set 9
	says "ENOENT: there is no object 9"
}

@test "what VFIO refuses, and why" {
	export FAKE_IOMMU_RESERVED=0xfee00000-0xfeefffff
	fake -q -c 'ioas alloc' -c 'vfio ioas set 1' -c 'vfio map --anon 8K --iova 1M' 2>/dev/null
	run -1 --separate-stderr fake vfio map --anon 4K --iova 0x101000
	says "VFIO_IOMMU_MAP_DMA: EEXIST: iova 0x101000-0x101fff overlaps the mapping 0x100000-0x101fff (anonymous)"
	run -1 --separate-stderr fake vfio map --anon 4K --iova 0xfee00000
	says "EINVAL: iova 0xfee00000 lies in the reserved range 0xfee00000-0xfeefffff"
	run -1 --separate-stderr fake vfio set-iommu noiommu
	says "VFIO_SET_IOMMU: EINVAL: iommufd plays type1 and type1v2 alone"
	run -2 --separate-stderr fake vfio map --anon 4K
	says "VFIO chooses no address: give --iova N"
	run -2 --separate-stderr fake vfio unmap
	says "what to unmap? IOVA LENGTH, or --all"
	run -2 --separate-stderr fake vfio unmap 1M 0
	run -2 --separate-stderr fake vfio unmap 0x1000 0xffffffffffffffff
	says "pass the end of the address space"
	run -2 --separate-stderr fake vfio check nonsense
	says "nor the number of another"
}
