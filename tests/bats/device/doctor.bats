#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A machine with an IOMMU and /dev/iommu, and without VFIO so far.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper

@test "doctor: all is there but VFIO" {
	run -1 --separate-stderr iommufdctl doctor --ram 4G
	says "2 of 14 layers would have to be repaired"
	echo "$output"
	[[ $output == *"firmware: ok, table DMAR describes Intel VT-d"* ]]
	[[ $output == *"iommu: ok, 1 at work, dmar0 the first"* ]]
	[[ $output == *"groups: ok, "*" devices in "*" IOMMU groups"* ]]
	[[ $output == *"interrupts: ok, remapped"* ]]
	[[ $output == *"iommufd: ok, it opens
    /dev/iommu"* ]]
	[[ $output == *"vfio: failed, there is no /dev/vfio/vfio; CONFIG_VFIO of Linux $(uname -r)"*"
    repair: modprobe vfio
vfio-cdev: warning"* ]]
	[[ $output == *"vfio-pci: failed, "*"
    repair: modprobe vfio-pci
"* ]]
	[[ $output == *"memory: ok, any amount may be locked"* ]]
}
