#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Devices that are not on the root bus, on an IOMMU that may not find them: what
# QEMU plays for AMD's takes them for devices of bus 0, because it asks for the
# number of their bus once, before anybody has numbered it (until QEMU 10.2). So
# Linux's own nvme driver is asked first, without VFIO or iommufd: as it fares,
# so must we.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load ../pci/helper

setup_file() {
	load ../pci/helper
	edu=$(pci_devices 1234:11e8 | tail -n 1)
	export edu
	# So that it gives up soon.
	modprobe nvme_core admin_timeout=5
	modprobe nvme
	iommufdctl device bind "$edu"
}

teardown_file() {
	iommufdctl device unbind "$edu"
	modprobe -r nvme
}

# Whether its driver has got an answer, or has given it up.
decided() {
	[ -z "$(driver_of "$1")" ] || grep -qx live "/sys/bus/pci/devices/$1"/nvme/*/state
}

# How Linux fares, said once.
linux_is_served() {
	local nvme

	nvme=$(pci_devices 1b36:0010)
	[ "$(cat "/sys/bus/pci/devices/$nvme/iommu_group/type")" != identity ]
	eventually decided "$nvme"
	[ "$(driver_of "$nvme")" = nvme ]
}

@test "DMA from behind a bridge arrives, if Linux's own drivers have any there" {
	[ "$(dirname "$(readlink -f "/sys/bus/pci/devices/$edu")")" != /sys/devices/pci0000:00 ]
	if linux_is_served; then
		run -0 --separate-stderr iommufdctl --json device dma-test "$edu"
		[ "$(jq -c '[.dma_test.cases[].passed]' <<<"$output")" = '[true,true,true]' ]
	else
		[ ! -e /sys/class/iommu/dmar0 ]
		run -1 --separate-stderr iommufdctl --json device dma-test "$edu"
		[ "$(jq -c '[.dma_test.cases[].passed]' <<<"$output")" = '[false,true,true]' ]
		says "the DMA of $edu did not do what it should"
	fi
}
