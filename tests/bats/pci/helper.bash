# SPDX-License-Identifier: GPL-2.0-or-later
# Common ground of the tests with real PCI devices and VFIO's driver, run in a
# virtual machine as root: three of QEMU's edu, two of which share a group.

load ../common

# pci_devices VENDOR:DEVICE: the addresses of the devices of that make, in order.
pci_devices() {
	iommufdctl --json device list |
		jq -r --arg id "$1" '.devices[] | select(.id == $id) | .device' | sort
}

# group_of BDF
group_of() {
	basename "$(readlink "/sys/bus/pci/devices/$1/iommu_group")"
}

# driver_of BDF: empty without one
driver_of() {
	basename "$(readlink "/sys/bus/pci/devices/$1/driver")"
}
