#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Standard files that are closed, full or gone.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper

setup_file() {
	load helper
	fake_device
}

# Its last line would leave something behind.
long_script() {
	yes 'ioas list' | head -1000000 >script
	echo 'ioas alloc' >>script
}

@test "a closed standard output fails, and ends" {
	run -1 --separate-stderr bash -c 'iommufdctl version >&-'
	says "standard output: Bad file descriptor"
	run -1 --separate-stderr bash -c 'iommufdctl --json version >&-'
	fake session start
	long_script
	run -1 --separate-stderr timeout 120 bash -c 'iommufdctl --batch script >&-'
	says "standard output: Bad file descriptor"
	run -0 iommufdctl ioas list
	[ "$(wc -l <<<"$output")" -eq 1 ]
}

@test "a full one does the same" {
	run -1 --separate-stderr bash -c 'iommufdctl help >/dev/full'
	says "standard output: No space left on device"
}

@test "a reader that leaves ends a long script, and a mapping stays" {
	fake ioas alloc
	long_script
	run -0 timeout 120 bash -c 'iommufdctl --batch script | head -1'
	[ "$output" = "IOAS  MAPPINGS  MAPPED" ]
	run -0 fake ioas list
	[ "$(wc -l <<<"$output")" -eq 2 ]
}

@test "closed standard input and error" {
	run -0 bash -c 'iommufdctl version <&- 2>&-'
	run -0 bash -c "LD_PRELOAD=$FAKE iommufdctl ioas alloc <&- 2>&-"
	[ "$output" = "ioas 1" ]
	run -1 bash -c "LD_PRELOAD=$FAKE iommufdctl ioas show 8 2>&-"
	[ -z "$output" ]
}

@test "what could not be printed was done all the same" {
	run -1 bash -c "LD_PRELOAD=$FAKE iommufdctl ioas alloc >/dev/full 2>/dev/null"
	run -0 fake --json ioas list
	[ "$(jq '.ioas_list | length' <<<"$output")" -eq 1 ]
}
