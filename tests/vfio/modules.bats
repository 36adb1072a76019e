#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# VFIO's module comes and goes without a trace, and never beside Linux's: which
# of them is there already is said in one line of the kernel's log.

bats_require_minimum_version 1.5.0

tree=$(dirname "$(dirname "$BATS_TEST_DIRNAME")")
ours=$(dirname "$IOMMUFD_MODULE")/iommufd_vfio.ko

# refused COMMAND...: fails, and so much is new in the log
refused() {
	local before

	before=$(dmesg | wc -l)
	run ! "$@"
	dmesg | tail -n +$((before + 1)) | sed 's/^\[[^]]*\] //' >"$BATS_TEST_TMPDIR/log"
	cat "$BATS_TEST_TMPDIR/log"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/log")" = 1 ]
}

@test "the module makes what programs look for, and takes it away" {
	insmod "$ours"
	[ -c /dev/vfio/vfio ]
	[ -d /sys/module/vfio ] && [ -d /sys/module/vfio_pci ]
	[ -d /sys/class/vfio ] && [ -d /sys/class/vfio-dev ]
	rmmod iommufd_vfio
	[ ! -e /dev/vfio ]
	[ ! -e /sys/module/vfio ] && [ ! -e /sys/module/vfio_pci ]
	[ ! -e /sys/class/vfio ] && [ ! -e /sys/class/vfio-dev ]
}

@test "it stays while a container is open" {
	insmod "$ours"
	exec 7<>/dev/vfio/vfio
	run ! rmmod iommufd_vfio
	[[ $output == *"in use"* ]]
	exec 7>&-
	rmmod iommufd_vfio
}

@test "a process without rights can ask a container, and no more" {
	insmod "$ours"
	setpriv --reuid 65534 --regid 65534 --clear-groups \
		sh -c ': <>/dev/vfio/vfio'
	rmmod iommufd_vfio
}

@test "Linux's own vfio is refused while ours is there" {
	insmod "$ours"
	refused modprobe vfio
	grep -q "^vfio: exports duplicate symbol vfio_.* (owned by iommufd_vfio)" \
		"$BATS_TEST_TMPDIR/log"
	rmmod iommufd_vfio
}

@test "ours is refused while Linux's own vfio is there" {
	modprobe vfio
	refused insmod "$ours"
	grep -q "^iommufd_vfio: exports duplicate symbol vfio_.* (owned by vfio)" \
		"$BATS_TEST_TMPDIR/log"
	modprobe -r vfio_iommu_type1 vfio
	insmod "$ours"
	rmmod iommufd_vfio
}

# Linux's VFIO and ours in one folder of modules, as DKMS leaves them
both_installed() {
	local release

	release=$(uname -r)
	root=$BATS_TEST_TMPDIR/root
	mkdir -p "$root/lib/modules/$release/updates"
	{
		modprobe --show-depends vfio_pci
		modprobe --show-depends vfio_iommu_type1
	} | sed -n 's/^insmod //p' | sort -u | xargs cp -t "$root/lib/modules/$release"
	ln -s "${ours%/*}"/*.ko "$root/lib/modules/$release/updates"
	touch "$root/lib/modules/$release/modules".{order,builtin}
	depmod -b "$root" "$release"
}

# asked_for NAME MODPROBE.CONF: the module that is loaded in the end
asked_for() {
	modprobe -d "$root" -C "$2" --show-depends "$1" | tail -1 |
		sed 's/^insmod .*\/\([^ ]*\)\.ko.*/\1/'
}

@test "with the modprobe.d file who asks for VFIO gets ours" {
	local prefer=$tree/kernel/modprobe.conf

	both_installed
	[ "$(asked_for vfio-pci /dev/null)" = vfio-pci ]
	[ "$(asked_for vfio-pci "$prefer")" = iommufd_vfio_pci ]
	[ "$(asked_for vfio_pci "$prefer")" = iommufd_vfio_pci ]
	for name in vfio vfio_iommu_type1 vfio-iommu-type1 char-major-10-196; do
		[ "$(asked_for "$name" "$prefer")" = iommufd_vfio ]
	done
	modprobe -d "$root" -C "$prefer" vfio-pci
	[ -d /sys/bus/pci/drivers/vfio-pci ] && [ -c /dev/vfio/vfio ]
	grep -q ^iommufd_vfio_pci /proc/modules
	rmmod iommufd_vfio_pci iommufd_vfio
}
