#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Programs that nobody here wrote, as Debian ships them, drive devices through
# our modules. The VM has two network cards on one wire, and a disk.

bats_require_minimum_version 1.5.0

tests=$(dirname "$BATS_TEST_DIRNAME")
drivers=/sys/bus/pci/drivers

setup() {
	insmod "$(dirname "$IOMMUFD_MODULE")/iommufd_vfio.ko"
	insmod "$(dirname "$IOMMUFD_MODULE")/iommufd_vfio_pci.ko"
}

teardown() {
	rmmod iommufd_vfio_pci iommufd_vfio
}

# devices VENDOR:DEVICE: their addresses
devices() {
	lspci -Dn -d "$1" | cut -d ' ' -f 1
}

# packets RX|TX: how many each port had, of DPDK's statistics in $output
packets() {
	sed -n "/for port/,/---$/s/.* $1-packets: \([0-9]*\).*/\1/p" <<<"$output"
}

# Ends with the line that DPDK waits for, when packets went round for so long.
ten_seconds_of_packets() {
	local i

	for ((i = 0; i < 600; i++)); do
		! grep -q "Press enter" "$BATS_TEST_TMPDIR/said" || break
		sleep 0.2
	done
	sleep 10
	echo
}

# same TRACE DEVICE: the trace has nothing that is not known, of this device too,
# and what it holds gives the same once more.
same() {
	jq -se --arg device "$2" 'map(select(.event == "ioctl")) | length > 20 and
		all(.[]; .ioctl and .complete) and any(.[]; .file.device == $device)' "$1"
	run -0 iommufdctl replay "$1"
	echo "$output"
	echo "# replayed ${output##*$'\n'}" >&3
	[[ $output == *", 0 different, 0 skipped" ]]
}

@test "DPDK forwards packets between two network cards" {
	local cards

	mapfile -t cards < <(devices 8086:10d3)
	dpdk-devbind.py --bind vfio-pci "${cards[@]}"
	echo 128 >/proc/sys/vm/nr_hugepages

	# The first packets go round and round, until a line is read.
	iommufdctl --json trace -o "$BATS_TEST_TMPDIR/trace" -- \
		stdbuf -oL dpdk-testpmd -l 0,1 -n 1 --iova-mode=va -a "${cards[0]}" \
		-a "${cards[1]}" -- --total-num-mbufs=4096 --tx-first \
		>"$BATS_TEST_TMPDIR/said" 2>&1 < <(ten_seconds_of_packets)
	run -0 cat "$BATS_TEST_TMPDIR/said"
	echo "$output"
	[[ $output == *"Using IOMMU type 1 (Type 1)"* ]]
	[ "$(packets RX | wc -l)" = 2 ]
	[ "$(packets RX)" = "$(packets TX)" ]
	for count in $(packets RX); do
		[ "$count" -ge 1000 ]
	done

	same "$BATS_TEST_TMPDIR/trace" "${cards[1]}"

	dpdk-devbind.py --unbind "${cards[@]}"
	echo 0 >/proc/sys/vm/nr_hugepages
}

disk_appears() {
	timeout 20 sh -c 'until [ -b /dev/nvme0n1 ]; do sleep 0.2; done'
}

# The disk goes from Linux to a guest of QEMU's and back.
@test "QEMU gives a disk to its guest, which reads and writes it" {
	local disk sum

	disk=$(devices 1b36:0010)
	modprobe -a kvm_amd nvme
	disk_appears
	head -c 8M /dev/urandom >/dev/nvme0n1
	sync
	sum=$(sha256sum </dev/nvme0n1)

	echo vfio-pci >"/sys/bus/pci/devices/$disk/driver_override"
	echo "$disk" >$drivers/nvme/unbind
	echo "$disk" >$drivers/vfio-pci/bind
	"$tests/vm/initramfs" "$KERNEL_FOLDER" "$tests/clients/init" nvme \
		>"$BATS_TEST_TMPDIR/initramfs"
	run -0 iommufdctl --json trace -o "$BATS_TEST_TMPDIR/trace" -- \
		qemu-system-x86_64 -accel kvm -M q35 -m 256M -nodefaults \
		-no-user-config -display none -no-reboot -serial stdio \
		-kernel "$KERNEL_FOLDER/vmlinuz" \
		-initrd "$BATS_TEST_TMPDIR/initramfs" \
		-append "console=ttyS0 quiet panic=-1 no_timer_check" \
		-device "vfio-pci,host=$disk"
	echo "$output"
	[[ $output == *"read $sum"* ]]
	[[ $output =~ interrupts\ [1-9] ]]
	# It says so if KVM does not know the group.
	[[ $output != *"KVM VFIO device"* ]]

	same "$BATS_TEST_TMPDIR/trace" "$disk"

	echo "$disk" >$drivers/vfio-pci/unbind
	echo >"/sys/bus/pci/devices/$disk/driver_override"
	echo "$disk" >$drivers/nvme/bind
	disk_appears
	run -0 dd if=/dev/nvme0n1 bs=4096 skip=16 count=1 status=none
	[[ $output == "written by the guest"* ]]
	modprobe -r nvme kvm_amd
}
