#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# More mappings than a process may have memory areas.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper

@test "vm.max_map_count is named, and the session goes on" {
	local before

	before=$(cat /proc/sys/vm/max_map_count)
	echo 2000 >/proc/sys/vm/max_map_count
	head -c 4096 /dev/zero >file
	seq -f 'ioas map 1 --file file --iova %.0f' 1048576 4096 11534336 >script
	iommufdctl session start
	iommufdctl ioas alloc
	run -1 --separate-stderr iommufdctl -q --batch script
	says "ioas map: file cannot be mapped: this process has "
	says "hint: sysctl vm.max_map_count=4000"
	run -0 iommufdctl session list
	run -0 --separate-stderr iommufdctl ioas unmap 1 --all
	run -0 --separate-stderr iommufdctl ioas map 1 --file file
	echo "$before" >/proc/sys/vm/max_map_count
}
