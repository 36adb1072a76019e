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

# bind_edus: the one alone in its group is $alone, those of one are $first and
# $second; all are VFIO's from now on.
bind_edus() {
	mapfile -t edus < <(pci_devices 1234:11e8)
	export alone=${edus[0]} first=${edus[1]} second=${edus[2]}
	iommufdctl -c "device bind $alone" -c "device bind $first" -c "device bind $second"
}

unbind_edus() {
	iommufdctl -k -c "device unbind $alone" -c "device unbind $first" -c "device unbind $second"
}
