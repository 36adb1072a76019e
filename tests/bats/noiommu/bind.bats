#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A machine without an IOMMU: no device of it is for user space.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load ../pci/helper

# The tool lists what is in groups, of which there are none.
setup_file() {
	edu=$(lspci -D -n -d 1234:11e8 | cut -d " " -f 1)
	export edu
}

@test "a device without an IOMMU is not bound, and the tool says why" {
	run -1 --separate-stderr iommufdctl device bind "$edu"
	says "$edu has no IOMMU group: the firmware tells of no IOMMU"
	[ -z "$(driver_of "$edu")" ]
}

@test "nor does the driver take it when it is told to" {
	echo vfio-pci >"/sys/bus/pci/devices/$edu/driver_override"
	run -1 --separate-stderr bash -c "echo $edu >/sys/bus/pci/drivers/vfio-pci/bind"
	says "Invalid argument"
	[ -z "$(driver_of "$edu")" ]
	[ ! -e /dev/vfio/devices ]
	[ "$(ls /dev/vfio)" = vfio ]
}
