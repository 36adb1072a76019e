#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What keeps devices from user space: a verdict on each layer of a machine, of
# one of its devices, and of what another process meets there.
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

# cause NAME: why a layer is as it is.
cause() {
	jq -r --arg layer "$1" '.doctor.layers[] | select(.layer == $layer) | .cause' \
		<<<"$output"
}

# node PATH: can it be opened, and why not?
node() {
	jq -r --arg path "$1" '.doctor.nodes[] | select(.path == $path) |
		[.may_open, .cause, .why] | map(tostring) | join(" ")' <<<"$output"
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
process: ok, iommufdctl, of user "*"
memory: ok, "*"
NODE                     DEVICE        OPENS
/dev/iommu                             yes
/dev/vfio/vfio                         yes
/dev/vfio/12             0000:00:03.0  yes
/dev/vfio/devices/vfio0  0000:00:03.0  yes" ]]
}

@test "a kernel without any of it" {
	empty_machine
	rm -r dev/vfio
	mkdir boot
	echo "# CONFIG_IOMMUFD is not set" >"boot/config-$release"
	run -1 --separate-stderr on_machine iommufdctl doctor
	says "layers would have to be repaired"
	[[ $output == *"firmware: warning, no ACPI table describes an IOMMU"* ]]
	[[ $output == *"iommu: failed, no driver has an IOMMU"* ]]
	[[ $output == *"groups: failed, no device is behind an IOMMU"* ]]
	[[ $output == *"iommufd: failed, there is no /dev/iommu; CONFIG_IOMMUFD of Linux $release: off
    /boot/config-$release
    repair: install the modules that come with iommufdctl"* ]]
	[[ $output == *"vfio-cdev: warning, there is no /dev/vfio/devices; CONFIG_VFIO_DEVICE_CDEV of"* ]]
	[[ $output == *"vfio-pci: failed, there is no driver vfio-pci to bind PCI devices to; CONFIG_VFIO_PCI of"* ]]
	run -1 --separate-stderr on_machine iommufdctl --json doctor
	[ "$(cause iommufd) $(cause vfio) $(cause vfio-cdev) $(cause vfio-pci)" = \
		"not-compiled not-compiled not-compiled not-compiled" ]
}

@test "what the kernel was built with, and which module to load" {
	sound_machine
	rm -r dev/iommu dev/vfio/devices sys/class/vfio-dev
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
	[ "$(cause iommufd) $(cause vfio-cdev)" = "not-loaded not-loaded" ]
	# A module that was built and is not there.
	rm -r "lib/modules/$release/kernel"
	run -1 --separate-stderr on_machine iommufdctl --json doctor
	[ "$(cause iommufd)" = not-installed ]
}

# Fedora's kernels were so for years: one option says nothing of the other.
@test "a kernel with IOMMUFD and without VFIO_DEVICE_CDEV: two answers" {
	sound_machine
	rm -r dev/vfio/devices
	mkdir -p boot "lib/modules/$release/kernel/drivers/vfio"
	printf '%s\n' CONFIG_IOMMUFD=m CONFIG_VFIO=m \
		"# CONFIG_VFIO_DEVICE_CDEV is not set" >"boot/config-$release"
	touch "lib/modules/$release/kernel/drivers/vfio/vfio.ko"
	run -0 --separate-stderr on_machine iommufdctl --json doctor
	[ "$(layer iommufd)" = "ok
it opens
null" ]
	[ "$(cause vfio-cdev)" = not-compiled ]
	[[ $(layer vfio-cdev) == "warning
there is no /dev/vfio/devices; CONFIG_VFIO_DEVICE_CDEV of Linux $release: off
install the modules that come with iommufdctl" ]]
}

@test "a VFIO that makes nodes of devices, and none is bound" {
	sound_machine
	rm -r dev/vfio/devices sys/class/vfio-dev/vfio0
	mkdir boot
	echo CONFIG_VFIO_DEVICE_CDEV=y >"boot/config-$release"
	run -0 on_machine iommufdctl --json doctor
	[ "$(layer vfio-cdev)" = "warning
devices would have nodes of their own, but VFIO drives none yet
iommufdctl device bind BDF" ]
	[ "$(cause vfio-cdev)" = not-bound ]
}

@test "a node that its owner and mode keep closed" {
	sound_machine
	if [ "$(id -u)" = 0 ]; then
		rm dev/iommu
		mknod -m 0 dev/iommu c 1 3
	else
		# Of a user who is nobody there.
		echo /dev/kmsg >dev/iommu
	fi
	run -1 --separate-stderr on_machine setpriv \
		--bounding-set=-dac_override --inh-caps=-dac_override \
		iommufdctl --json doctor
	[[ $(layer iommufd) == "failed
its owner and mode do not let user "*" open it
sudo iommufdctl doctor" ]]
	[ "$(cause iommufd)" = no-permission ]
	[ "$(layer vfio)" = "ok
it opens
null" ]
}

@test "a node that is something else than its name says" {
	sound_machine
	mkdir -p sys/class/misc/{iommu,vfio}
	echo 10:121 >sys/class/misc/iommu/dev
	echo 1:3 >sys/class/misc/vfio/dev
	run -1 --separate-stderr on_machine iommufdctl --json doctor
	[ "$(node /dev/iommu)" = \
		"false foreign it is device 1:3, but the kernel's is 10:121" ]
	[ "$(node /dev/vfio/vfio)" = "true null null" ]
	rm dev/iommu
	mkfifo dev/iommu
	run -1 --separate-stderr timeout 20 bash -c "$(declare -f on_machine); on_machine \"\$@\"" - \
		iommufdctl --json doctor
	[ "$(node /dev/iommu)" = "false foreign what has this name is no device" ]
	rm dev/iommu
	run -1 --separate-stderr on_machine iommufdctl --json doctor
	[ "$(node /dev/iommu)" = \
		"false hidden the kernel has it, as device 10:121, but this /dev has not" ]
	[ "$(cause iommufd)" = hidden ]
}

@test "a node on a file system where no device opens" {
	sound_machine
	run -1 --separate-stderr on_machine bash -c \
		'mount -o remount,bind,nodev /dev/iommu && iommufdctl --json doctor'
	[ "$(node /dev/iommu)" = \
		"false no-permission its file system is mounted with the option nodev" ]
}

@test "a guest's memory has to be locked" {
	sound_machine
	run -0 on_machine prlimit --memlock=65536 setpriv \
		--bounding-set=-ipc_lock --inh-caps=-ipc_lock iommufdctl --json \
		doctor --ram 64K
	[ "$(layer memory)" = "ok
64K may be locked, in containers by this process, which has locked 0
null" ]
	run -1 --separate-stderr on_machine prlimit --memlock=65536 setpriv \
		--bounding-set=-ipc_lock --inh-caps=-ipc_lock iommufdctl --json \
		doctor --ram 4G
	[ "$(layer memory)" = "failed
a guest of 4G has to be locked as a whole, and 64K may be, in containers by this process, which has locked 0
ulimit -l unlimited" ]
	[[ $(layer memory-user) == "failed
a guest of 4G has to be locked as a whole, and 64K may be, in /dev/iommu by all processes of this user, which has locked "* ]]
}

@test "a device: what its group needs, and what has to be typed" {
	sound_machine
	run -1 --separate-stderr on_machine iommufdctl --json doctor device 01:02.0
	[ "$(jq -r .doctor.device <<<"$output")" = 0000:01:02.0 ]
	# A bridge on pcieport is in nobody's way.
	[ "$(layer group)" = "failed
1 is not viable: 0000:00:02.0 (pcieport) harmless, 0000:01:01.0 (e1000e) blocks, 0000:01:02.0 (no driver) free
iommufdctl device bind 0000:01:01.0" ]
	[ "$(layer driver)" = "failed
no driver; vfio-pci would be right
iommufdctl device bind 0000:01:02.0" ]
	[ "$(cause nodes)" = not-bound ]
	run -0 --separate-stderr on_machine iommufdctl --json doctor device 00:03.0
	[ "$(layer group)" = "ok
12 is viable: 0000:00:03.0 (vfio-pci) vfio
null" ]
	[ "$(layer isolation)" = "ok
it has its group to itself
null" ]
	[ "$(layer nodes)" = "ok
/dev/vfio/12, /dev/vfio/devices/vfio0
null" ]
	run -1 --separate-stderr on_machine iommufdctl --json doctor device 00:1f.0
	[ "$(layer group)" = "failed
it has no IOMMU group: no IOMMU is in its way
iommufdctl doctor" ]
	run -1 --separate-stderr on_machine iommufdctl doctor device 00:02.0
	prints "driver: failed, it is a bridge"
	run -1 --separate-stderr on_machine iommufdctl doctor device 00:04.0
	says "there is no PCI device 0000:00:04.0"
}

# config PATH BYTES OFFSET WORD...: configuration space, 16 bits at each offset.
config() {
	python3 - "$@" <<-'END'
	import sys
	path, length, words = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
	space = bytearray(length)
	for at, word in zip(words[::2], words[1::2]):
	    at = int(at, 16)
	    space[at:at + 2] = int(word, 16).to_bytes(2, "little")
	open(path, "wb").write(space)
	END
}

# below_bridge: 0000:01:01.0 moves to where it would be, behind 0000:00:02.0.
below_bridge() {
	local port=sys/devices/pci0000:00/0000:00:02.0

	mv sys/devices/pci0000:00/0000:01:01.0 "$port"
	rm "$port/0000:01:01.0"/{subsystem,driver,iommu_group}
	ln -s ../../../../bus/pci "$port/0000:01:01.0/subsystem"
	ln -s ../../../../kernel/iommu_groups/1 "$port/0000:01:01.0/iommu_group"
	for link in sys/bus/pci/devices sys/kernel/iommu_groups/1/devices; do
		ln -sfn "$(realpath --relative-to="$link" "$port/0000:01:01.0")" \
			"$link/0000:01:01.0"
	done
}

@test "why a group is shared: the bridge that does not keep devices apart" {
	local port=sys/devices/pci0000:00/0000:00:02.0

	sound_machine
	below_bridge
	# A root port (4) of PCI Express without ACS.
	config "$port/config" 4096 6 10 34 40 40 10 42 42 100 0
	run -1 --separate-stderr on_machine iommufdctl --json doctor device 01:01.0
	[[ $(layer isolation) == "warning
shared with 2 others: 0000:00:02.0 has no ACS: it may pass on what never reaches the IOMMU
put the device into a slot"* ]]
	# With all of it, and two of four switched on; at first behind another.
	config "$port/config" 4096 6 10 34 40 40 10 42 42 100 1 102 2000 \
		200 d 204 1d 206 5
	run -1 --separate-stderr on_machine iommufdctl --json doctor device 01:01.0
	[[ $(layer isolation) == *": 0000:00:02.0 has ACS switched off: CmpltRedir UpstreamFwd
"* ]]
	# Not a port, but a bridge to conventional PCI.
	config "$port/config" 256 6 10 34 40 40 10 42 72
	run -1 --separate-stderr on_machine iommufdctl --json doctor device 01:01.0
	[[ $(layer isolation) == *": 0000:00:02.0 is a bridge to conventional PCI, "* ]]
	# Others than root read 64 bytes; and lists may have no end.
	config "$port/config" 64 6 10 34 40
	run -1 --separate-stderr on_machine iommufdctl --json doctor device 01:01.0
	[[ $(layer isolation) == *"why is in configuration space that only root can read
sudo iommufdctl doctor device 0000:01:01.0" ]]
	config "$port/config" 4096 6 10 34 40 40 4001
	run -1 --separate-stderr on_machine iommufdctl --json doctor device 01:01.0
	[[ $(layer isolation) == *": 0000:00:02.0 is a bridge to conventional PCI, "* ]]
	config "$port/config" 4096 6 10 34 40 40 10 42 42 100 1 102 1000
	run -1 --separate-stderr on_machine iommufdctl --json doctor device 01:01.0
	[[ $(layer isolation) == *": 0000:00:02.0 has no ACS: "* ]]
}

@test "the driver that is right for a device, by what modules say of themselves" {
	sound_machine
	mkdir -p "lib/modules/$release"
	echo pci:v00001234d000011E8sv00001AF4sd00001100bc00scFFi00 \
		>sys/devices/pci0000:00/0000:00:03.0/modalias
	cat >"lib/modules/$release/modules.alias" <<-'END'
	alias pci:v00001234d000011E8sv*sd*bc*sc*i* wrong
	alias vfio_pci:v00001234d000011E8sv*sd*bc*sc*i* edu_vfio_pci
	alias vfio_pci:v*d*sv*sd*bc*sc*i* vfio_pci
	alias vfio_pci:v00001234d00009999sv*sd*bc*sc*i* other_vfio_pci
	alias vfio_pci:
	END
	run -0 --separate-stderr on_machine iommufdctl --json doctor device 00:03.0
	[ "$(layer driver)" = "warning
vfio-pci; the module edu_vfio_pci has one for this device
modprobe edu_vfio_pci" ]
	# Its driver may have another name than the module.
	mkdir -p sys/module/edu_vfio_pci/drivers/pci:edu-vfio
	run -0 --separate-stderr on_machine iommufdctl --json doctor device 00:03.0
	[ "$(layer driver)" = "warning
vfio-pci; the module edu_vfio_pci has one for this device
iommufdctl device bind 0000:00:03.0 --driver edu-vfio" ]
	run -1 --separate-stderr on_machine iommufdctl --json doctor device 01:02.0
	[ "$(layer driver)" = "failed
no driver; vfio-pci would be right
iommufdctl device bind 0000:01:02.0" ]
}

@test "what the firmware wants of a device, and what resets it" {
	sound_machine
	echo "flr bus" >sys/devices/pci0000:00/0000:00:03.0/reset_method
	run -0 on_machine iommufdctl --json doctor device 00:03.0
	[ "$(layer reset)" = "ok
by flr bus
null" ]
	[ "$(layer reserved)" = "ok
1 region, and the firmware uses none of it
null" ]
	echo "0x00000000bdf6f000 0x00000000bdf7dfff direct-relaxable" \
		>>sys/kernel/iommu_groups/12/reserved_regions
	run -0 on_machine iommufdctl --json doctor device 00:03.0
	sed -i s/-relaxable// sys/kernel/iommu_groups/12/reserved_regions
	run -1 --separate-stderr on_machine iommufdctl --json doctor device 00:03.0
	[[ $(layer reserved) == "failed
the firmware wants 1 of its regions mapped at all times (RMRR), "* ]]
}

# jailed COMMAND...: runs it while there is a process whose root is jail, which
# is $jailed.
jailed() {
	mkfifo ready
	python3 -c 'import os, time
os.chroot("jail")
os.chdir("/")
print(os.getpid(), flush=True)
time.sleep(60)' >ready &
	read -r jailed <ready
	export jailed
	"$@"
	local status=$?
	kill %1
	return $status
}
export -f jailed

doctor_of_jailed() {
	iommufdctl --json doctor "$@" --pid "$jailed"
}
export -f doctor_of_jailed

@test "a process with a root of its own: what is there, and what it lacks" {
	sound_machine
	mkdir -p jail/dev/vfio/devices sys/class/misc/{iommu,vfio}
	echo 10:121 >sys/class/misc/iommu/dev
	# Its names lead to what it has, not to what we have; and nothing waits.
	ln -s /dev/null jail/dev/iommu
	mkfifo jail/dev/vfio/12
	ln -s vfio0 jail/dev/vfio/devices/vfio0
	run -1 --separate-stderr on_machine bash -c 'jailed doctor_of_jailed'
	[ -n "$(jq .doctor.pid <<<"$output")" ]
	[ "$(node /dev/iommu)" = \
		"false hidden the kernel has it, as device 10:121, but this /dev has not" ]
	[ "$(node /dev/vfio/vfio)" = "false absent the kernel has none" ]
	[ "$(node /dev/vfio/12)" = "false foreign what has this name is no device" ]
	[[ $(node /dev/vfio/devices/vfio0) == "false other it cannot be opened: "* ]]
	run -1 --separate-stderr on_machine bash -c 'jailed doctor_of_jailed device 00:03.0'
	[ "$(jq -r '[.doctor.nodes[].path] | join(" ")' <<<"$output")" = \
		"/dev/iommu /dev/vfio/vfio /dev/vfio/12 /dev/vfio/devices/vfio0" ]
	[ "$(layer nodes | head -n1)" = failed ]
}

@test "a process that has what it needs" {
	sound_machine
	mkdir jail
	run -0 --separate-stderr on_machine bash -c \
		'mkdir jail/dev; mount --rbind /dev jail/dev; jailed doctor_of_jailed'
	[ "$(jq -r '.doctor.nodes | all(.may_open)' <<<"$output")" = true ]
}

@test "no process, and processes that cannot be looked at" {
	run -1 --separate-stderr iommufdctl doctor --pid 2147483647
	says "there is no process 2147483647"
	run -2 --separate-stderr iommufdctl doctor --pid 0
	says "processes have numbers from 1 to 2147483647"
	run -2 --separate-stderr iommufdctl doctor --pid 1 device 00:03.0
	says "device stands before the options"
	if [ "$(id -u)" = 0 ]; then
		run -1 --separate-stderr setpriv --reuid 65534 --regid 65534 \
			--clear-groups --bounding-set=-sys_ptrace --inh-caps=-all \
			iommufdctl doctor --pid 1
		says "process 1 cannot be looked at without CAP_SYS_PTRACE"
		says "hint: sudo iommufdctl doctor --pid 1"
	fi
}
