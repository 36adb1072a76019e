#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Other kernel code holds a context: it finds it by a descriptor, and as long
# as it holds it the context lives on, also when user space has closed it.

bats_require_minimum_version 1.5.0

module=$TEST_MODULES/iommufd_ctx_test.ko

@test "a module takes a context from a descriptor and gives it back" {
	insmod "$module" fd=5 5</dev/iommu
	rmmod iommufd_ctx_test
}

@test "a held context outlives the descriptor it was found by" {
	insmod "$module" fd=5 5</dev/iommu
	# The module that uses its symbols, and the file that insmod has closed.
	[ "$(cat /sys/module/iommufd/refcnt)" = 2 ]
	rmmod iommufd_ctx_test
	[ "$(cat /sys/module/iommufd/refcnt)" = 0 ]
}

@test "a descriptor of something else is refused" {
	run ! insmod "$module" fd=5 5</dev/null
	[[ $output == *"File descriptor in bad state"* ]]
}

@test "a descriptor that is not open is refused" {
	run ! insmod "$module" fd=99
	[[ $output == *"Bad file descriptor"* ]]
}
