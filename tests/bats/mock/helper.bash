# SPDX-License-Identifier: GPL-2.0-or-later
# Common ground of the tests with a device, the mock of a test build, run in a
# virtual machine as root.

# shellcheck disable=SC2016 # $IOAS and $DEVICE are set where the script is run

load ../common

PATH=$BATS_TEST_DIRNAME/../../../build/tests/bats/mock:$PATH

# with_device LINE...: a script, where the address space is $IOAS and the device
# is $DEVICE. A line that begins with ! is a command of mock_device's, in the
# middle of the script. What is printed for it is not looked at.
with_device() {
	printf '%s\n' "$@" >script
	mock_device run bash "$BATS_TEST_DIRNAME/talk" script
}

# 6.1's drivers make page tables for the kernel's own use only.
drivers_make_page_tables() {
	[[ $(uname -r) != 6.1.* ]]
}

# Where they do not, the request says so.
page_tables_are_refused() {
	run -0 with_device 'hwpt alloc $DEVICE $IOAS --nest-parent'
	prints "IOMMU_HWPT_ALLOC: EOPNOTSUPP"
}
