#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The devices of the machine, as far as sysfs and /dev tell of them.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper
load machine

# Who may open what stands for all nodes here, as text says it.
may_open() {
	on_machine stat -c '%U:%G 0%a' /dev/null
}

@test "device list: every device that an IOMMU keeps apart" {
	three_devices
	run -0 --separate-stderr on_machine iommufdctl device list
	[ -z "$stderr" ]
	diff - <<<"$output" <(cat <<-END
		DEVICE        ID         DRIVER    GROUP  SHARED  GROUP NODE      DEVICE NODE
		0000:00:02.0  1b36:000e  pcieport  1      +2
		0000:01:01.0  8086:10d3  e1000e    1      +2
		0000:01:02.0  1234:11e8  -         1      +2
		0000:00:03.0  1234:11e8  vfio-pci  12             $(may_open)  vfio0
	END
	)
}

@test "device list says so where there is none" {
	empty_machine
	run -0 on_machine iommufdctl device list
	[ "$output" = "no device is behind an IOMMU" ]
	run -0 on_machine iommufdctl --json device list
	[ "$(jq -c .devices <<<"$output")" = "[]" ]
}

@test "device show: an address with and without its domain" {
	three_devices
	for address in 0000:00:03.0 00:03.0 0:3.0 0:00:3.0; do
		run -0 on_machine iommufdctl device show "$address"
		[ "${lines[0]}" = "device       0000:00:03.0 1234:11e8 class 00ff00" ]
	done
	[ "${lines[1]}" = "driver       vfio-pci" ]
	[ "${lines[2]}" = "group        12, DMA-FQ" ]
	[[ ${lines[3]} == "group node   /dev/vfio/12 "*" 0666" ]]
	[[ ${lines[4]} == "device node  /dev/vfio/devices/vfio0 "*" 0666" ]]
	[ "${lines[5]}" = "reserved     0xfee00000-0xfeefffff msi" ]
	run -0 on_machine iommufdctl --json device show 01:02.0
	[ "$(jq -c '.device | [.device, .driver, .iommu_group, .num_others, .group_node]' <<<"$output")" = \
		'["0000:01:02.0",null,1,2,null]' ]
	run -0 on_machine iommufdctl --json device show 00:1f.0
	[ "$(jq -c '.device | [.iommu_group, .type, .num_others, .reserved_regions]' <<<"$output")" = \
		'[null,null,0,[]]' ]
}

@test "group list and show: what each device means for its group" {
	three_devices
	run -0 on_machine iommufdctl group list
	diff - <<<"$output" <(cat <<-END
		GROUP  TYPE    DEVICES  STATE    NODE
		1      DMA-FQ  3        blocked
		12     DMA-FQ  1        ready    /dev/vfio/12 $(may_open)
	END
	)
	run -0 on_machine iommufdctl group show 1
	diff - <<<"$output" <(cat <<-'END'
		group     1, DMA-FQ
		viable    no, 1 of its devices has a driver that may do DMA for the kernel
		node      -
		reserved  0xfee00000-0xfeefffff msi
		DEVICE        ID         DRIVER    EFFECT
		0000:00:02.0  1b36:000e  pcieport  harmless
		0000:01:01.0  8086:10d3  e1000e    blocks
		0000:01:02.0  1234:11e8  -         free
		blocks: iommufdctl device bind 0000:01:01.0
		free: iommufdctl device bind 0000:01:02.0
	END
	)
	run -1 --separate-stderr on_machine iommufdctl group show 2
	says "there is no IOMMU group 2"
	says "hint: iommufdctl group list"
	run -0 on_machine iommufdctl __complete -- group show ""
	[ "$output" = $'1\tIOMMU group\n12\tIOMMU group' ]
}

@test "a bridge whose driver does DMA is let go by hand, and so is what is not PCI" {
	three_devices
	rm sys/devices/pci0000:00/0000:{00:02,01:01}.0/driver
	run -0 on_machine iommufdctl --json group show 1
	[ "$(jq -c '.group | [.viable, .state, .why]' <<<"$output")" = \
		'[true,"unused","but VFIO drives none of its devices yet"]' ]
	pci_driver shpchp
	ln -s ../../../bus/pci/drivers/shpchp sys/devices/pci0000:00/0000:00:02.0/driver
	mkdir -p "sys/devices/plat/a b" sys/devices/plat/usb@1
	for device in "a b" usb@1; do
		ln -s ../../../bus/platform "sys/devices/plat/$device/subsystem"
		ln -s ../../../bus/platform/drivers/dwc3 "sys/devices/plat/$device/driver"
		ln -s "../../../../devices/plat/$device" sys/kernel/iommu_groups/1/devices/
	done
	run -0 on_machine iommufdctl --json group show 1
	[ "$(jq -r '.group.devices[] | .device + ": " + .command' <<<"$output")" = "\
a b: 
usb@1: echo usb@1 >/sys/bus/platform/drivers/dwc3/unbind
0000:00:02.0: echo 0000:00:02.0 >/sys/bus/pci/drivers/shpchp/unbind
0000:01:01.0: iommufdctl device bind 0000:01:01.0
0000:01:02.0: iommufdctl device bind 0000:01:02.0" ]
}

@test "what is no address is shown where it stands" {
	for wrong in 3.0 00:20.0 00:1f.8 00:03 00000:00:03.0x 00:03.0.0 123456789:00:03.0 100:00.0 00:g0.0 ""; do
		run -2 --separate-stderr iommufdctl device show "$wrong"
		says "not a PCI address: "
		says "^"
	done
	run -2 --separate-stderr iommufdctl device show 00:1f.8
	says "a device has functions 0 to 7"
	three_devices
	run -1 --separate-stderr on_machine iommufdctl device show 00:09.0
	says "there is no PCI device 0000:00:09.0"
	says "hint: iommufdctl device list"
}

@test "a hostile sysfs is shown, and leads nowhere" {
	three_devices
	cd sys/devices/pci0000:00/0000:00:03.0
	rm driver vendor iommu_group class
	ln -s $'../../evil\e[31m' driver
	mkfifo vendor
	ln -s ../../../kernel/iommu_groups/99999999999999999999 iommu_group
	head -c 100000 /dev/zero | tr '\0' 9 >class
	mkdir vfio-dev/nothing vfio-dev/vfio-1
	rmdir vfio-dev/vfio0
	cd "$BATS_TEST_TMPDIR"
	run -0 on_machine timeout 10 iommufdctl device show 00:03.0
	[ "${lines[0]}" = "device       0000:00:03.0" ]
	[ "${lines[1]}" = 'driver       evil\x1b[31m' ]
	[ "${lines[2]}" = "group        -" ]
	[ "${lines[4]}" = "device node  -" ]
	# What goes between listing and looking is left out.
	rm -r sys/devices/pci0000:00/0000:01:01.0
	ln -s / sys/kernel/iommu_groups/1/devices/0000:07:00.0
	run -0 on_machine timeout 10 iommufdctl --json device list
	[ "$(jq -c '[.devices[].device]' <<<"$output")" = \
		'["0000:00:02.0","0000:01:02.0","0000:00:03.0"]' ]
	rm sys/bus/pci/devices/0000:00:03.0
	ln -s ../../../../etc sys/bus/pci/devices/0000:00:03.0
	run -1 --separate-stderr on_machine iommufdctl device show 00:03.0
	says "there is no PCI device 0000:00:03.0"
}

@test "addresses are completed" {
	three_devices
	run -0 on_machine iommufdctl __complete -- device show 0000:01
	[ "$output" = $'0000:01:01.0\te1000e, group 1\n0000:01:02.0\tno driver, group 1' ]
	# What can be opened is what VFIO has.
	for command in open dma-test; do
		run -0 on_machine iommufdctl __complete -- device $command ""
		[ "$output" = $'0000:00:03.0\tdevice of VFIO\'s, vfio0\nvfio0\t0000:00:03.0' ]
	done
}

# refused WORDS [HINT]: device bind of 0000:01:01.0, with the reason.
refused() {
	run -1 --separate-stderr on_machine iommufdctl device bind 01:01.0
	says "$1"
	[ -z "${2:-}" ] || says "hint: $2"
	# Nothing was touched.
	[ "$(<sys/bus/pci/devices/0000:01:01.0/driver_override)" = "(null)" ]
	[ ! -s sys/bus/pci/drivers/e1000e/unbind ]
	[ ! -s sys/bus/pci/drivers/vfio-pci/bind ]
}

@test "device bind refuses what would hurt, and says what to do" {
	local device=sys/devices/pci0000:00/0000:01:01.0

	three_devices
	run -1 --separate-stderr on_machine iommufdctl device bind 00:02.0
	says "0000:00:02.0 is a bridge"
	says "hint: iommufdctl group show 1"
	mkdir -p $device/net/eth0
	ln -s ../../../../../class/net $device/net/eth0/subsystem
	echo 0x1003 >$device/net/eth0/flags
	refused "the network interface eth0 is up" "ip link set eth0 down"
	echo 0x1002 >$device/net/eth0/flags
	mkdir -p $device/host0/target0/block/sda/sda1/holders/dm-0
	ln -s ../../../../../../../../class/block $device/host0/target0/block/sda/sda1/subsystem
	refused "the disk sda1 is part of dm-0"
	rmdir $device/host0/target0/block/sda/sda1/holders/dm-0
	awk '$5 == "/proc" { print $3; exit }' /proc/self/mountinfo \
		>$device/host0/target0/block/sda/sda1/dev
	refused "the disk sda1 is mounted on /proc" "umount /proc"
	rm -r $device/host0
	echo 4 >$device/sriov_numvfs
	refused "4 virtual functions of 0000:01:01.0 would go with its driver" \
		"echo 0 >/sys/bus/pci/devices/0000:01:01.0/sriov_numvfs"
	rm -r sys/bus/pci/drivers/vfio-pci
	refused "no driver vfio-pci is loaded" "modprobe vfio-pci"
	mkdir -p sys/module/iommufd_vfio
	refused "no driver vfio-pci is loaded" "modprobe iommufd_vfio_pci"
	rm $device/iommu_group
	refused "0000:01:01.0 has no IOMMU group: the firmware tells of no IOMMU"
	mkdir -p sys/firmware/acpi/tables
	touch sys/firmware/acpi/tables/DMAR
	refused "intel_iommu=on" "cat /proc/cmdline"
	mkdir -p sys/class/iommu/dmar0
	refused "the IOMMU is not in its way" "iommufdctl device list"
	run -2 --separate-stderr on_machine iommufdctl device bind 00:03.0 --driver ../x
	run -1 --separate-stderr on_machine iommufdctl device bind 00:1f.0 --driver x
	says "has no IOMMU group"
}

@test "device unbind takes only from VFIO, and from nobody who has it open" {
	three_devices
	run -1 --separate-stderr on_machine iommufdctl device unbind 01:01.0
	says "0000:01:01.0 is with e1000e and not with VFIO"
	says "hint: iommufdctl device show 0000:01:01.0"
	run -1 --separate-stderr on_machine iommufdctl device unbind 01:02.0
	says "0000:01:02.0 has no driver, and is not known to have had one"
	run -1 --separate-stderr on_machine bash -c 'iommufdctl device unbind 00:03.0 3</dev/vfio/12'
	[[ $stderr =~ "0000:00:03.0 is in use: process "[0-9]+" ("[a-z_-]+") has /dev/vfio/" ]]
	[ ! -s sys/bus/pci/drivers/vfio-pci/unbind ]
}

@test "nobody but root gives devices away" {
	three_devices
	chmod 444 sys/devices/pci0000:00/0000:01:02.0/driver_override
	run -1 --separate-stderr on_machine setpriv --bounding-set=-all \
		iommufdctl device bind 01:02.0
	says "only root decides which driver a device has"
	says "hint: sudo iommufdctl device bind 0000:01:02.0"
}
