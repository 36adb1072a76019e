#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Devices come to VFIO's driver, and go back to where they were.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper

before=iommufd_edu_dma # the driver that the edu devices have at first

setup_file() {
	load helper
	insmod "$TEST_MODULES/$before.ko"
	mapfile -t edus < <(pci_devices 1234:11e8)
	export alone=${edus[0]} first=${edus[1]} second=${edus[2]} shared=${edus[3]}
	[ "$(group_of "$first")" = "$(group_of "$second")" ]
	[ "$(group_of "$first")" != "$(group_of "$alone")" ]
}

teardown_file() {
	rmmod "$before"
}

@test "a device and its nodes, and what it was before" {
	local group

	group=$(group_of "$alone")
	run -0 --separate-stderr iommufdctl device bind "$alone"
	[ "${lines[0]}" = "device       $alone" ]
	[ "${lines[1]}" = "driver       vfio-pci, was $before" ]
	[ "${lines[2]}" = "group        $group" ]
	[ "${lines[3]}" = "group node   /dev/vfio/$group root:root 0600" ]
	[[ ${lines[4]} =~ ^"device node  /dev/vfio/devices/vfio"[0-9]+" root:root 0600"$ ]]
	[ "${#lines[@]}" = 5 ]
	[ "$(driver_of "$alone")" = vfio-pci ]
	# A second time there is nothing to do, and nothing is forgotten.
	run -0 --separate-stderr iommufdctl device bind "$alone"
	[ "${lines[1]}" = "driver       vfio-pci, was vfio-pci" ]
	chmod 660 "/dev/vfio/$group"
	chown root:disk "/dev/vfio/$group"
	run -0 iommufdctl --json device show "$alone"
	[ "$(jq -c '.device.group_node' <<<"$output")" = "\
{\"name\":\"$group\",\"path\":\"/dev/vfio/$group\",\"owner\":\"root\",\"owner_group\":\"disk\",\"mode\":\"0660\",\"may_open\":true}" ]
	run -0 iommufdctl device unbind "$alone"
	[ "${lines[1]}" = "driver       $before, was vfio-pci" ]
	[ ! -e "/dev/vfio/$group" ]
	[ "$(<"/sys/bus/pci/devices/$alone/driver_override")" = "(null)" ]
	[ -z "$(ls /run/iommufdctl/devices)" ]
}

@test "a group is viable when VFIO has all that were in the way" {
	local group

	group=$(group_of "$first")
	run -0 iommufdctl device bind "$first"
	prints "in the way   $second, $before
             iommufdctl device bind $second"
	run -0 iommufdctl group show "$group"
	prints "viable    no, 1 of its devices has a driver that may do DMA for the kernel"
	iommufdctl device bind "$second"
	run -0 iommufdctl group show "$group"
	prints "viable    yes, VFIO drives 2 of its devices"
	iommufdctl device unbind "$first"
	iommufdctl device unbind "$second"
	[ "$(driver_of "$first") $(driver_of "$second")" = "$before $before" ]
}

@test "who opens a device of a group that is not viable is told what is in the way" {
	local group neighbour shape

	neighbour=$(pci_devices 1af4:1005)
	group=$(group_of "$neighbour")
	[ "$(group_of "$shared")" = "$group" ]
	iommufdctl device bind "$shared"
	for shape in node group; do
		run -1 --separate-stderr iommufdctl --no-session device open "$shared" --shape $shape
		says "group $group is not viable: $neighbour is with virtio-pci, which may do DMA for the kernel"
		says "hint: iommufdctl group show $group"
	done
	iommufdctl device unbind "$shared"
}

@test "what a process has open is not taken from it" {
	local group node

	group=$(group_of "$alone")
	iommufdctl device bind "$alone"
	exec 7<>"/dev/vfio/$group"
	run -1 --separate-stderr iommufdctl device unbind "$alone"
	says "$alone is in use: process "
	says "/dev/vfio/$group open"
	run -1 --separate-stderr iommufdctl device bind "$alone" --driver "$before"
	says "$alone is in use: process "
	exec 7>&-
	node=$(iommufdctl --json device show "$alone" | jq -r .device.device_node.path)
	exec 7<>"$node"
	run -1 --separate-stderr iommufdctl device unbind "$alone"
	says "$node open"
	exec 7>&-
	iommufdctl device unbind "$alone"
}

# unbind_unseeing [COMMAND...]: does so where no process is to be seen, up to
# when the kernel waits for who has the device open. Its standard error and exit
# status become files, and $inside a process that sees as little.
unbind_unseeing() {
	local node

	node=$(iommufdctl --json device show "$alone" | jq -r .device.device_node.path)
	exec 7<>"$node"
	rm -f status
	# shellcheck disable=SC2016 # for the shell in there
	unshare --mount bash -c '
		mkdir -p /mnt/proc
		mount --rbind /proc /mnt/proc
		mount -t tmpfs tmpfs /proc
		"$@" iommufdctl device unbind "$alone" 2>stderr
		echo $? >status' - "$@" 3>&- 7>&- &
	inside=$!
	eventually [ ! -e "$node" ]
}

# What waits goes on: the driver changes when the device is closed.
closed_at_last() {
	wait "$inside"
	[ "$(driver_of "$alone")" != "$before" ]
	exec 7>&-
	eventually [ "$(driver_of "$alone")" = "$before" ]
	eventually [ -z "$(ls /run/iommufdctl/devices)" ]
}

@test "who opens a device while it is taken is named, and it goes when it is closed" {
	iommufdctl device bind "$alone"
	unbind_unseeing
	# Now we are to be seen.
	nsenter --target "$inside" --mount mount --bind /mnt/proc /proc
	eventually [ -s status ]
	[ "$(<status)" = 1 ]
	run -0 cat stderr
	prints "$alone is in use: process "
	prints " has /dev/vfio/devices/vfio"
	prints " open; the kernel waits until that is closed, and then its driver changes"
	prints "hint: ps -p "
	closed_at_last
}

@test "waiting for a device can be ended, and the kernel goes on" {
	iommufdctl device bind "$alone"
	unbind_unseeing timeout 3
	eventually [ -s status ]
	[ "$(<status)" = 124 ]
	closed_at_last
}

@test "a driver that refuses a device leaves it where it was" {
	run -1 --separate-stderr iommufdctl device bind "$alone" --driver virtio-pci
	says "virtio-pci does not take $alone: "
	[ "$(driver_of "$alone")" = "$before" ]
	[ "$(<"/sys/bus/pci/devices/$alone/driver_override")" = "(null)" ]
	[ -z "$(ls /run/iommufdctl/devices)" ]
	# Also from one driver of VFIO's to another.
	iommufdctl device bind "$alone"
	run -1 iommufdctl device bind "$alone" --driver virtio-pci
	[ "$(driver_of "$alone")" = vfio-pci ]
	iommufdctl device unbind "$alone"
	[ "$(driver_of "$alone")" = "$before" ]
}

@test "what a device was told before comes back, when its driver does, too" {
	echo "$before" >"/sys/bus/pci/devices/$alone/driver_override"
	iommufdctl device bind "$alone"
	rmmod "$before"
	run -1 --separate-stderr iommufdctl device unbind "$alone"
	says "$alone is back, but its driver $before is not loaded"
	says "hint: modprobe $before"
	[ "$(<"/sys/bus/pci/devices/$alone/driver_override")" = "$before" ]
	insmod "$TEST_MODULES/$before.ko"
	[ "$(driver_of "$alone")" = "$before" ]
	echo >"/sys/bus/pci/devices/$alone/driver_override"
}

@test "what others have given to VFIO goes to whom the kernel chooses" {
	echo vfio-pci >"/sys/bus/pci/devices/$alone/driver_override"
	echo "$alone" >"/sys/bus/pci/drivers/$before/unbind"
	echo "$alone" >/sys/bus/pci/drivers_probe
	[ "$(driver_of "$alone")" = vfio-pci ]
	run -0 iommufdctl device unbind "$alone"
	[ "${lines[1]}" = "driver       $before, was vfio-pci" ]
	# What has no driver gets none.
	echo "$alone" >"/sys/bus/pci/drivers/$before/unbind"
	iommufdctl device bind "$alone"
	run -0 iommufdctl device unbind "$alone"
	[ "${lines[1]}" = "driver       -, was vfio-pci" ]
	echo "$alone" >/sys/bus/pci/drivers_probe
}

@test "a bridge stays, and so do devices for who is not root" {
	local bridge

	bridge=$(basename "$(dirname "$(realpath "/sys/bus/pci/devices/$first")")")
	run -1 --separate-stderr iommufdctl device bind "$bridge"
	says "$bridge is a bridge"
	run -1 --separate-stderr setpriv --reuid 65534 --regid 65534 --clear-groups \
		iommufdctl device bind "$alone"
	says "hint: sudo iommufdctl device bind $alone"
	run -0 setpriv --reuid 65534 --regid 65534 --clear-groups iommufdctl device list
	prints "$alone"
}

@test "the machine's own network stays, unless it is forced" {
	local nic name

	modprobe e1000e || [[ $(uname -r) != *-amd64 ]]
	nic=$(pci_devices 8086:10d3)
	if [ ! -e "/sys/bus/pci/devices/$nic/net" ]; then
		# A kernel without its driver.
		[ ! -d "/sys/bus/pci/drivers/e1000e" ]
		return 0
	fi
	name=$(ls "/sys/bus/pci/devices/$nic/net")
	ip link set "$name" up
	run -1 --separate-stderr iommufdctl device bind "$nic"
	says "the network interface $name is up"
	says "hint: ip link set $name down"
	iommufdctl device bind "$nic" --force
	iommufdctl device unbind "$nic"
	eventually [ -e "/sys/bus/pci/devices/$nic/net" ]
	modprobe -r e1000e
}
