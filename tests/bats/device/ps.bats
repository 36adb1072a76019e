#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Who has the device open, on the kernel's own descriptors; and what our module
# says of them.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper

tree=$BATS_TEST_DIRNAME/../../..

@test "ps: a session, and what it holds" {
	iommufdctl ioas alloc
	iommufdctl ioas map 1 --anon 64K --iova 1M
	iommufdctl ioas map 1 --anon 4K --iova 16M
	iommufdctl ioas unmap 1 16M 4K
	run -0 --separate-stderr iommufdctl --json ps
	[ -z "$stderr" ]
	"$tree/tests/json/validate" "$tree/docs/iommufdctl.schema.json" <<<"$output"
	jq -e '.ps.files | map(.kind) == ["iommufd"]' <<<"$output"
	[ -z "${LINUX:-}" ] || return 0
	jq -e '.ps.files[0].context | .pinned_bytes == "0x0" and .objects.ioas == 1 and
		(.ioas[0] | .ioas_id == 1 and .mappings == 1 and .mapped_bytes == "0x10000" and
			.maps == 2 and .unmaps == 1)' <<<"$output"
}

# kcmp(2), which not every kernel has: 312 on x86-64.
can_compare() {
	python3 -c 'import ctypes, os, sys
sys.exit(ctypes.CDLL(None).syscall(312, os.getpid(), os.getpid(), 0, 0, 0) != 0)'
}

@test "ps: a descriptor that was handed on is the same file" {
	local sleeper

	exec 7<>/dev/iommu
	sleep 60 8<>/dev/iommu 3>&- &
	sleeper=$!
	run -0 --separate-stderr iommufdctl --json ps
	kill "$sleeper"
	exec 7>&-
	if ! can_compare; then
		jq -e '[.ps.files[].open_file] | .[0] == 1 and
			(.[1:] | length > 1 and all(. == null))' <<<"$output"
		return
	fi
	jq -e '[.ps.files[] | select(.fd == 7) | .open_file] | length > 1 and (unique | length) == 1' \
		<<<"$output"
	jq -e '[.ps.files[] | .open_file] | unique | length == 2' <<<"$output"
}
