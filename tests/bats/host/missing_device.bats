#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A machine without /dev/iommu, or with one that does not answer: which?
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper

@test "no device: said in words, by the command and by a session's start" {
	local verb cause

	fake_device
	export FAKE_IOMMU_OPEN=2
	cause="is without iommufd"
	if [[ -d /sys/module/iommufd ]]; then
		cause="is missing although the kernel has iommufd"
	elif grep -qs "/iommufd.ko[^:]*:" "/lib/modules/$(uname -r)/modules.dep"; then
		cause="is not loaded"
	elif grep -qs "/iommufd.ko" "/lib/modules/$(uname -r)/modules.builtin"; then
		cause="is missing although the kernel has iommufd"
	fi
	for verb in "ioas alloc" "--no-session ioas alloc" "session start"; do
		# shellcheck disable=SC2086 # the line is to be split
		run -1 --separate-stderr fake $verb
		says "/dev/iommu"
		says "hint: "
		says "$cause"
		[ -z "$output" ]
	done
	run -0 iommufdctl session list
	[ "$output" = "no sessions" ]
}

@test "no device, as JSON" {
	fake_device
	FAKE_IOMMU_OPEN=2 run -1 --separate-stderr fake --json --no-session ioas alloc
	[ "$(jq -r .error.errno <<<"$output")" = ENOENT ]
	[ "$(jq -r .error.command <<<"$output")" = "ioas alloc" ]
}

@test "no permission" {
	fake_device
	FAKE_IOMMU_OPEN=13 run -1 --separate-stderr fake --no-session ioas alloc
	says "no permission to reach /dev/iommu"
}

@test "another file or device in its place is told apart" {
	run -1 --separate-stderr iommufdctl --device /dev/null --no-session ioas alloc
	says "/dev/null is a device of another kind, not an iommufd"
	run -1 --separate-stderr iommufdctl --device /etc/passwd --no-session ioas alloc
	says "/etc/passwd is not a device"
	run -1 --separate-stderr iommufdctl --device /nowhere --no-session ioas alloc
	says "/nowhere: No such file or directory"
}

@test "a node without a driver" {
	fake_device
	FAKE_IOMMU_OPEN=6 run -1 --separate-stderr fake --no-session ioas alloc
	says "/dev/iommu is there but no driver is behind it"
	says "hint: modprobe iommufd"
}

@test "commands that need no device do without" {
	run -0 iommufdctl version
	run -0 iommufdctl help
	run -0 iommufdctl session list
	run -0 iommufdctl __complete -- ioas ""
	[ ! -e "$XDG_RUNTIME_DIR/iommufdctl" ]
}
