# SPDX-License-Identifier: GPL-2.0-or-later
# A machine of files: what sysfs and /dev would show of its devices, and, where
# there are such folders, what kernels it has in /boot and /lib/modules. on_machine
# runs a command where these folders are /sys and /dev, in a mount namespace of
# its own, so the tool needs to know nothing of it.

# empty_machine: one without any device.
empty_machine() {
	mkdir -p sys/bus/pci/{devices,drivers} sys/kernel/iommu_groups \
		sys/class/vfio-dev sys/devices dev/vfio/devices
	touch sys/bus/pci/drivers_probe
	ln -s /proc/self/fd dev/fd
}

# pci_device BDF VENDOR:DEVICE CLASS [GROUP [DRIVER]]
pci_device() {
	local dir=sys/devices/pci0000:00/$1 group=sys/kernel/iommu_groups/${4:-}

	mkdir -p "$dir"
	echo "0x${2%:*}" >"$dir/vendor"
	echo "0x${2#*:}" >"$dir/device"
	echo "0x$3" >"$dir/class"
	echo "(null)" >"$dir/driver_override"
	ln -s ../../../bus/pci "$dir/subsystem"
	ln -s "../../../devices/pci0000:00/$1" "sys/bus/pci/devices/$1"
	if [ "${4:-}" ]; then
		mkdir -p "$group/devices"
		echo DMA-FQ >"$group/type"
		echo "0x00000000fee00000 0x00000000feefffff msi" \
			>"$group/reserved_regions"
		ln -s "../../../../devices/pci0000:00/$1" "$group/devices/$1"
		ln -s "../../../kernel/iommu_groups/$4" "$dir/iommu_group"
	fi
	if [ "${5:-}" ]; then
		pci_driver "$5"
		ln -s "../../../bus/pci/drivers/$5" "$dir/driver"
	fi
}

pci_driver() {
	mkdir -p "sys/bus/pci/drivers/$1"
	touch "sys/bus/pci/drivers/$1"/{bind,unbind}
}

# vfio_node BDF NUMBER: what VFIO makes for a device that it drives.
vfio_node() {
	mkdir -p "sys/devices/pci0000:00/$1/vfio-dev/vfio$2" \
		"sys/class/vfio-dev/vfio$2"
	ln -s "../../../devices/pci0000:00/$1" "sys/class/vfio-dev/vfio$2/device"
	touch "dev/vfio/devices/vfio$2"
}

# intel_iommu BDF CAPABILITIES [NAME], amd_iommu BDF FEATURES: what a device is
# behind, with the register that says how many address bits it has.
intel_iommu() {
	behind_iommu "$1" "${3:-dmar0}" intel-iommu/cap "$2"
}

amd_iommu() {
	behind_iommu "$1" ivhd0 amd-iommu/features "$2"
}

behind_iommu() {
	mkdir -p "sys/class/iommu/$2/${3%/*}"
	echo "$4" >"sys/class/iommu/$2/$3"
	ln -sfn "../../../class/iommu/$2" "sys/devices/pci0000:00/$1/iommu"
}

# three_devices: a group of its own, and a group of two behind a bridge.
three_devices() {
	empty_machine
	pci_device 0000:00:02.0 1b36:000e 060400 1 pcieport
	mkdir -p sys/devices/pci0000:00/0000:00:02.0/pci_bus/0000:01
	pci_device 0000:01:01.0 8086:10d3 020000 1 e1000e
	pci_device 0000:01:02.0 1234:11e8 00ff00 1
	pci_device 0000:00:03.0 1234:11e8 00ff00 12 vfio-pci
	vfio_node 0000:00:03.0 0
	touch dev/vfio/12
	pci_device 0000:00:1f.0 8086:2918 060100
}

# sound_machine: these, and all else that programs need. Not every machine that
# tests run on has interrupts that are remapped, so that this one allows others.
sound_machine() {
	three_devices
	mkdir -p sys/firmware/acpi/tables sys/class/iommu/dmar0 \
		sys/module/iommufd/parameters
	touch sys/firmware/acpi/tables/DMAR dev/iommu dev/vfio/vfio
	echo Y >sys/module/iommufd/parameters/allow_unsafe_interrupts
}

# iommufd_machine: that one, with a /dev/iommu that is known by its number.
iommufd_machine() {
	sound_machine
	mkdir -p sys/class/misc/iommu
	echo 1:3 >sys/class/misc/iommu/dev
}

# Nodes are those of /dev/null, or of what the file names: in a namespace nobody
# makes any of his own. Those of groups and devices are those of /dev/full, which
# no program has open for another reason.
enter_machine() {
	local node real

	for node in dev/iommu dev/vfio/vfio dev/vfio/[0-9]* dev/vfio/devices/*; do
		[ -f "$node" ] || continue
		case $node in
		dev/vfio/[0-9d]*) real=/dev/full ;;
		*) real=/dev/null ;;
		esac
		[ ! -s "$node" ] || read -r real <"$node"
		mount --bind "$real" "$node"
	done
	touch dev/null
	mount --bind /dev/null dev/null
	mount --rbind dev /dev
	mount --rbind sys /sys
	[ ! -d boot ] || mount --bind boot /boot
	[ ! -d lib ] || mount --bind lib/modules /lib/modules
	exec "$@"
}
export -f enter_machine

# fake_process PID FDINFO: on a machine, all that /proc has from then on is this
# process, whose descriptor 7 is an iommufd, and where debugfs is mounted.
fake_process() {
	mkdir -p "proc/$1"/{fd,fdinfo} proc/self proc/sys/kernel/yama
	ln -sfn /dev/iommu "proc/$1/fd/7"
	cat >"proc/$1/fdinfo/7" "$2"
	echo guest >"proc/$1/comm"
	printf 'Tgid:\t%d\nUid:\t0\t0\t0\t0\n' "$1" >"proc/$1/status"
	printf 'CapEff:\t%x\n' "${CAPABILITIES:-0}" >proc/self/status
	[ ! -d debug ] || echo "debugfs $PWD/debug debugfs rw 0 0" >proc/self/mounts
	mount --rbind proc /proc
}
export -f fake_process

on_machine() {
	local user=()

	[ "$(id -u)" = 0 ] || user=(--map-root-user)
	# shellcheck disable=SC2016 # for the shell in there
	unshare --mount "${user[@]}" bash -c 'enter_machine "$@"' - "$@"
}
