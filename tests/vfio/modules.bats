#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# VFIO's module comes and goes without a trace, and never beside Linux's: which
# of them is there already is said in one line of the kernel's log.

bats_require_minimum_version 1.5.0

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
