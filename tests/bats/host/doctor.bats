#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What keeps devices from user space on a machine: a verdict on each layer.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper
load machine

release=$(uname -r)

# layer NAME: its verdict, finding and repair.
layer() {
	jq -r --arg layer "$1" '.doctor.layers[] |
		select(.layer == $layer) | .verdict, .finding, .repair' <<<"$output"
}

@test "a sound machine: every layer, and where that was seen" {
	sound_machine
	run -0 --separate-stderr on_machine iommufdctl doctor
	[ -z "$stderr" ]
	echo "$output"
	[[ $output == *"firmware: ok, table DMAR describes Intel VT-d
    /sys/firmware/acpi/tables
iommu: ok, 1 at work, dmar0 the first
    /sys/class/iommu
groups: ok, 4 devices in 2 IOMMU groups
    /sys/kernel/iommu_groups
interrupts: "*"
iommufd: ok, it opens
    /dev/iommu
vfio: ok, it opens
    /dev/vfio/vfio
vfio-cdev: ok, devices have nodes of their own
    /dev/vfio/devices
vfio-pci: ok, the driver is there
    /sys/bus/pci/drivers/vfio-pci
memory: ok, "* ]]
}

@test "a kernel without any of it" {
	empty_machine
	rm -r dev/vfio
	run -1 --separate-stderr on_machine iommufdctl doctor
	says "layers would have to be repaired"
	[[ $output == *"firmware: warning, no ACPI table describes an IOMMU"* ]]
	[[ $output == *"iommu: failed, no driver has an IOMMU"* ]]
	[[ $output == *"groups: failed, no device is behind an IOMMU"* ]]
	[[ $output == *"iommufd: failed, there is no /dev/iommu; CONFIG_IOMMUFD of Linux $release: "*"
    /boot/config-$release
    repair: "* ]]
	[[ $output == *"vfio-cdev: warning, there is no /dev/vfio/devices; CONFIG_VFIO_DEVICE_CDEV of"* ]]
	[[ $output == *"vfio-pci: failed, there is no driver vfio-pci to bind PCI devices to"* ]]
}

@test "what the kernel was built with, and which module to load" {
	sound_machine
	rm -r dev/iommu dev/vfio/devices
	mkdir -p boot "lib/modules/$release"/{kernel/drivers/iommu/iommufd,updates/dkms}
	printf '%s\n' CONFIG_IOMMUFD=m CONFIG_VFIO_DEVICE_CDEVS=y \
		"# CONFIG_VFIO_DEVICE_CDEV is not set" >"boot/config-$release"
	touch "lib/modules/$release/kernel/drivers/iommu/iommufd/iommufd.ko.xz" \
		"lib/modules/$release/updates/dkms/iommufd_vfio.ko"
	run -1 --separate-stderr on_machine iommufdctl --json doctor
	[ "$(layer iommufd)" = "failed
there is no /dev/iommu; CONFIG_IOMMUFD of Linux $release: a module
modprobe iommufd" ]
	[ "$(layer vfio-cdev)" = "warning
there is no /dev/vfio/devices; CONFIG_VFIO_DEVICE_CDEV of Linux $release: off
modprobe iommufd_vfio" ]
}

@test "a node that its owner and mode keep closed" {
	sound_machine
	chmod 0 dev/iommu
	run -1 --separate-stderr on_machine setpriv \
		--bounding-set=-dac_override --inh-caps=-dac_override \
		iommufdctl --json doctor
	[ "$(layer iommufd)" = "failed
its owner and mode do not let user $(id -u) open it
sudo iommufdctl doctor" ]
	[ "$(layer vfio)" = "ok
it opens
null" ]
}

@test "a guest's memory has to be locked" {
	sound_machine
	run -0 on_machine prlimit --memlock=65536 setpriv \
		--bounding-set=-ipc_lock --inh-caps=-ipc_lock iommufdctl --json \
		doctor --ram 64K
	[ "$(layer memory)" = "ok
64K may be locked, for all guests of a user together
null" ]
	run -1 --separate-stderr on_machine prlimit --memlock=65536 setpriv \
		--bounding-set=-ipc_lock --inh-caps=-ipc_lock iommufdctl --json \
		doctor --ram 4G
	[ "$(layer memory)" = "failed
a guest of 4G has to be locked as a whole, and 64K may be
ulimit -l unlimited" ]
}
