#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Devices that VFIO gives to a session; fake_device.h says what it gives. What a
# device does then is tested with real ones, in a virtual machine.
#
# shellcheck disable=SC2154,SC2016 # run sets output and more; $ is of another shell

load helper
load machine

setup_file() {
	load helper
	fake_device
}

# on_fake WORD...: iommufdctl on a machine with a device, 00:03.0, that VFIO has.
on_fake() {
	[ -d sys ] || three_devices
	on_machine env LD_PRELOAD="$FAKE" iommufdctl "$@"
}

@test "a device is opened by its address, its node or its group" {
	local target

	for target in 00:03.0 0000:00:03.0 vfio0; do
		run -0 on_fake --no-session device open "$target"
		[ "$output" = "device 1: 0000:00:03.0 by vfio0, group 12" ]
	done
	run -0 on_fake --no-session device open 12
	[ "$output" = "device 2: 0000:00:03.0 by group 12, in ioas 1" ]
	run -0 on_fake --no-session device open 00:03.0 --shape group
	[ "$output" = "device 2: 0000:00:03.0 by group 12, in ioas 1" ]
}

@test "one that VFIO has not cannot be opened, and is told how it gets there" {
	run -1 --separate-stderr on_fake --no-session device open 01:01.0
	says "0000:01:01.0 is with e1000e and not with VFIO"
	says "hint: iommufdctl device bind 0000:01:01.0"
	run -1 --separate-stderr on_fake --no-session device open 01:02.0
	says "0000:01:02.0 has no driver, and VFIO's is what it takes"
	run -1 --separate-stderr on_fake --no-session device open 00:1f.0
	says "no IOMMU is behind 0000:00:1f.0"
	run -1 --separate-stderr on_fake --no-session device open 1
	says "VFIO has no device of group 1"
	run -1 --separate-stderr on_fake --no-session device open 99
	says "there is no IOMMU group 99"
	run -1 --separate-stderr on_fake --no-session device open vfio9
	says "VFIO has no device vfio9"
	run -2 --separate-stderr on_fake --no-session device open edu
	says "edu is no device: an address such as 0000:00:1f.2, a node such as vfio0, or the number of a group"
}

@test "of a group with two devices one must be named, and both can be had" {
	three_devices
	pci_device 0000:00:04.0 1234:11e8 00ff00 12 vfio-pci
	vfio_node 0000:00:04.0 1
	run -1 --separate-stderr on_fake --no-session device open 12
	says "VFIO has 2 devices of group 12: name one of 0000:00:03.0 0000:00:04.0"
	run -0 on_fake --no-session -c "device open 00:03.0 --shape group" \
		-c "device open 00:04.0 --shape group" -c tree
	prints "   |- device 2"
	prints "   \`- device 3"
}

@test "without nodes there are groups" {
	three_devices
	rm dev/vfio/devices/vfio0
	run -0 on_fake --no-session device open 00:03.0
	prints "by group 12"
	export FAKE_VFIO_NOT_VIABLE=1
	run -1 --separate-stderr on_fake --no-session device open 12
	says "group 12 is not viable: other drivers of the kernel have some of its devices"
	says "hint: iommufdctl group show 12"
}

@test "a device hangs in the tree from what it is attached to, and keeps that alive" {
	run -1 --separate-stderr on_fake --no-session -k -c "ioas alloc --name a" -c "ioas alloc --name b" \
		-c "device open vfio0 --name card" -c "device attach card a" \
		-c "device attach card b" -c tree -c "device replace card b" \
		-c "destroy b" -c "device detach card" -c "destroy b" -c "device detach card" \
		-c "device replace card a" -c "destroy card" -c "device attach 3 a" -c tree
	diff - <<<"$output" <(cat <<-'END'
		ioas 1 a
		ioas 2 b
		device 3 card: 0000:00:03.0 by vfio0, group 12
		device 3 card is attached to 1, by page table 64
		/dev/iommu
		|- ioas 1 a
		|  `- device 3 card
		`- ioas 2 b
		device 3 card is attached to 2, by page table 64
		device 3 card is detached from 2
		destroyed 2
		destroyed 3
		/dev/iommu
		`- ioas 1 a
	END
	)
	says "-c:5: device attach: device 3 is attached to 1"
	says "hint: iommufdctl device replace 3 2"
	says "-c:8: destroy: IOMMU_DESTROY: EBUSY: device 3 still uses object 2"
	says "hint: iommufdctl destroy 3 2"
	says "-c:11: device detach: device 3 is attached to nothing"
	says "-c:12: device replace: device 3 is attached to nothing"
	says "-c:14: device attach: there is no device 3 that was opened here"
}

@test "what came through its group stays where VFIO has it" {
	run -1 --separate-stderr on_fake --no-session -k -c "ioas alloc --name mine" -c "vfio ioas set mine" \
		-c "device open 12 --name card" -c "device detach card" -c "device open vfio0"
	prints "device 2 card: 0000:00:03.0 by group 12, in ioas 1"
	says "device 2 came through its group, and stays in VFIO's address space, ioas 1"
	says "device open: 0000:00:03.0 is open already, as device 2"
	says "hint: iommufdctl device close 2"
}

@test "who has the group of a device that is not given is named" {
	three_devices
	run -1 --separate-stderr on_machine bash -c 'sleep 60 3<&- 7</dev/vfio/12 &
		LD_PRELOAD=$FAKE FAKE_IOMMU_FAIL=118:16 iommufdctl --no-session \
			-c "ioas alloc" -c "device open vfio0"; status=$?
		kill %1
		exit $status'
	[[ $stderr =~ "VFIO_DEVICE_BIND_IOMMUFD: EBUSY: process "[0-9]+" has /dev/vfio/12 open" ]]
	[[ $stderr =~ "hint: ps -p "[0-9]+ ]]
}

@test "a device that is not given is explained" {
	three_devices
	refused() {
		run -1 --separate-stderr on_machine env LD_PRELOAD="$FAKE" FAKE_IOMMU_FAIL="$1" \
			iommufdctl --no-session -c "ioas alloc" -c "device open ${2:-vfio0}" -c "device ${3:-attach 2 1}"
	}
	refused 118:1
	says "VFIO_DEVICE_BIND_IOMMUFD: EPERM: a device of its group has another driver than VFIO's; or"
	says "hint: iommufdctl group show 12"
	refused 118:19
	says "VFIO_DEVICE_BIND_IOMMUFD: ENODEV: no IOMMU is behind the device"
	refused 118:25
	says "does not know VFIO_DEVICE_BIND_IOMMUFD; Linux has it since version 6.6"
	refused 119:98
	says "VFIO_DEVICE_ATTACH_IOMMUFD_PT: EADDRINUSE: mappings of 1 lie in ranges that 0000:00:03.0 needs"
	refused 106:1 12
	says "VFIO_GROUP_GET_DEVICE_FD: EPERM: a device of the group has another driver than VFIO's; or"
	says "VFIO_GROUP_GET_DEVICE_FD {name=0000:00:03.0}"
	refused 111:22 vfio0 "reset 2"
	says "VFIO_DEVICE_RESET: EINVAL: the device has no way to be reset by itself"
}

@test "regions: registers of each width, up to the end and no further" {
	run -1 --separate-stderr on_fake --no-session -k -c "device open vfio0 --name card" \
		-c "device region write card bar0 0x10 0x1122334455667788 --width 8" \
		-c "device region read card bar0 0x10" -c "device region read card 0 0x16" \
		-c "device region read card bar0 0x13" -c "device region read card bar0 0x10 --width 8" \
		-c "device region read card bar0 0xffc" -c "device region read card bar0 0xffd --width 4" \
		-c "device region read card bar1 0" -c "device region write card bar0 0 256 --width 1" \
		-c "device region read card vga 0" -c "device region read card bar7 0"
	[ "${lines[2]}" = 0x55667788 ]
	[ "${lines[3]}" = 0x1122 ]
	[ "${lines[4]}" = 0x55 ]
	[ "${lines[5]}" = 0x1122334455667788 ]
	[ "${lines[6]}" = 0x0 ]
	says "0x4 bytes at 0xffd pass the end of bar0, which has 0x1000"
	says "the device has no bar1"
	says "this does not fit into 1 bytes"
	says "VFIO_DEVICE_GET_REGION_INFO: EINVAL: the device has no such index"
	says "neither bar0, bar1,"
}

@test "regions are shown, or saved" {
	run -1 --separate-stderr on_fake --no-session -k -c "device open vfio0 --name card" \
		-c "device region dump card config 0x3c 8" -c "device region dump card config --output space" \
		-c "device region dump card config 0xff0 --output end" -c "device region dump card bar0 0x1000" \
		-c "device region dump card bar0 0 0x1001" -c "device region dump card bar0 0 8 --output no/where"
	prints "00000030                                       00 00 00 00"
	prints "00000040  05 50 84 00"
	prints "saved 4K in space"
	says "0x1 bytes at 0x1000 pass the end of bar0, which has 0x1000"
	says "0x1001 bytes at 0x0 pass the end of bar0, which has 0x1000"
	[ "$(stat -c %s space end)" = $'4096\n16' ]
	[ "$(xxd -p -l 4 space)" = 8680d310 ]
}

@test "interrupts are counted from the first command about them on" {
	run -1 --separate-stderr on_fake --no-session -k -c "device open vfio0 --name card" \
		-c "device irq trigger card msix --vector 2" -c "device irq trigger card msix --vector 0" \
		-c "device irq trigger card msix --vector 2" -c "device irq wait card msix --vector 2" \
		-c "device irq wait card msix" -c "device irq wait card msix --timeout 0" \
		-c "device irq wait card msix --vector 4" -c "device irq wait card msix --vector 2048" \
		-c "device irq off card msix" -c "device irq off card msix" -c "device irq trigger card msix" \
		-c "device irq wait card msix"
	prints "msix 2: 2 interrupts"
	[ "$(grep -c '^msix 0: 1 interrupt$' <<<"$output")" = 2 ]
	says "-c:7: device irq wait: no msix 0 came within 0 s"
	says "-c:8: device irq wait: VFIO_DEVICE_SET_IRQS: EINVAL: 0000:00:03.0 has no msix 4: 3 is the last"
	says "hint: iommufdctl device irq list "
	says "no device has more than 2048 of them"
	says "-c:11: device irq off: msix is not on"
}

@test "waiting for an interrupt keeps nobody else of the session waiting" {
	on_fake session start
	on_fake device open vfio0 --name card
	on_fake device irq wait card msi >waited &
	# It has counted since: the vector is on.
	eventually on_fake device irq trigger card msi
	wait $!
	[[ $(<waited) == "msi 0: "*interrupt* ]]
}

@test "Ctrl-C ends the waiting, in a session and without one, and the session lives" {
	local where pid

	on_fake session start
	on_fake device open vfio0 --name card
	for where in "device irq wait card msi" "--no-session -c 'device open vfio0' -c 'device irq wait 1 msi'"; do
		# A shell's background commands ignore SIGINT; it is to be asked for.
		eval "on_machine env --default-signal=INT LD_PRELOAD=$FAKE iommufdctl $where" 2>waited &
		pid=$!
		sleep 0.5
		pkill -INT -P "$pid" iommufdctl || kill -INT "$pid"
		run wait "$pid"
		[ "$status" != 0 ]
	done
	run -0 on_fake device irq list card
}
