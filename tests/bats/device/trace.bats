#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What programs ask of the real device, and what it answers.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper

@test "all that this tool asks is told, with what each id is" {
	run --separate-stderr iommufdctl trace -o out -- iommufdctl --no-session -k \
		-c "ioas alloc" -c "ioas alloc" -c "ioas map 1 --anon 16K --iova 1M" \
		-c "ioas map 1 --anon 4K --iova 1M" -c "ioas ranges 1" -c "ioas allow 2 0-0x3fffffff" \
		-c "ioas copy 2 1 1M 16K" -c "option get rlimit-mode" -c "vfio ioas set 2" \
		-c "vfio info" -c "caps" -c "destroy 1"
	[ "$status" -eq 1 ]
	run ! grep -e unknown -e 'could not be read' out
	grep -F 'IOMMU_IOAS_ALLOC {flags=0} = 0 {out_ioas_id=1 (ioas)}' out
	grep -F 'length=0x4000, iova=0x100000} = 0 ' out
	grep -F 'ioas_id=1 (ioas)' out | grep -F ' = EEXIST '
	grep -Fx '    something is mapped there already' out
	grep -F 'IOMMU_IOAS_ALLOW_IOVAS {ioas_id=2 (ioas), num_iovas=1' out | grep -F 'ranges=0x0-0x3fffffff} = 0 '
	grep -F 'IOMMU_IOAS_IOVA_RANGES {ioas_id=1 (ioas)' out |
		grep -F '{num_iovas=1, out_iova_alignment=0x1, ranges=0x0-0xffffffffffffffff}'
	grep 'IOMMU_IOAS_COPY .*dst_ioas_id=2 (ioas), src_ioas_id=1 (ioas).* = 0 {dst_iova=' out
	grep 'IOMMU_OPTION .* = 0 ' out
	grep -F 'VFIO_IOMMU_GET_INFO {argsz=' out | grep -F 'flags=PGSIZES|CAPS'
	grep -F 'IOMMU_DESTROY {id=1 (ioas)} = 0 ' out
}

@test "somebody else's process is not for everybody" {
	iommufdctl session start
	run -1 --separate-stderr as_nobody iommufdctl trace --pid \
		"$(iommufdctl --json session list | jq '.sessions[0].pid')"
	says "may not be traced"
	says "CAP_SYS_PTRACE"
	run -0 --separate-stderr as_nobody iommufdctl trace --errors -- true
}

@test "maps and unmaps stop the program twice each, and nothing else does" {
	local i

	echo 'ioas alloc' >script
	for ((i = 0; i < 500; i++)); do
		printf 'ioas map 1 --anon 4K --iova 1M\nioas unmap 1 1M 4K\n'
	done >>script
	iommufdctl trace --json --summary -o out -- iommufdctl -q --no-session --batch script
	tail -n 1 out >last
	jq -e '(.ioctls | map({ (.ioctl): .calls }) | add) ==
		{ IOMMU_DESTROY: 1, IOMMU_IOAS_ALLOC: 1, IOMMU_IOAS_MAP: 500, IOMMU_IOAS_UNMAP: 500 }' last
	jq -e '.unknown == 0 and .stops <= 2 * .calls + 10' last
}

# TRACE_CALLS=100000 for a figure to be told.
@test "what a trace costs: maps and unmaps, and others, that are not stopped at all" {
	local cost=$BATS_TEST_DIRNAME/../../../build/tests/bats/device/cost alone traced
	local calls=${TRACE_CALLS:-10000}

	read -r -a alone < <("$cost" "$calls")
	read -r -a traced < <(iommufdctl --json trace --summary -o out -- "$cost" "$calls")
	tail -n 1 out >last
	cat last
	# One IOAS_ALLOC; exec and the end are stops, too.
	jq -e --argjson calls "$calls" \
		'.calls == $calls + 1 and .unknown == 0 and .stops == 2 * .calls + 2' last
	echo "# $calls maps and unmaps: ${alone[0]} ns alone, ${traced[0]} ns traced," \
		"$((traced[0] / alone[0])) times" >&3
	echo "# ioctls of no interest: ${alone[1]} ns alone, ${traced[1]} ns traced" >&3
	# A stop or two would cost as much as those of interest do.
	[ "$((traced[1] * 10))" -le "${traced[0]}" ]
}

@test "the tool's own calls, replayed, give the same, also as a C program" {
	run iommufdctl --json trace -o out -- iommufdctl --no-session -k \
		-c "ioas alloc" -c "ioas alloc" -c "ioas map 1 --anon 16K --iova 1M" \
		-c "ioas map 1 --anon 4K --iova 1M" -c "ioas map 1 --anon 2M" -c "ioas ranges 1" \
		-c "ioas allow 2 0-0x3fffffff" -c "ioas copy 2 1 1M 16K" -c "option get rlimit-mode" \
		-c "vfio ioas set 2" -c "vfio info" -c "caps" -c "ioas unmap 1 1M 16K" \
		-c "ioas unmap 1 --all" -c "destroy 1" -c "destroy 7"
	run iommufdctl replay out
	echo "$output"
	[[ $output == *", 0 different, 0 skipped" ]]
	iommufdctl replay --to-c out >program.c
	cc -Wall -Wextra -Werror -o program program.c
	run -0 ./program
	[[ $output == *"0 differences" ]]
}

@test "a failed call is named by --errors, with its struct and its cause" {
	run -1 --separate-stderr iommufdctl trace --errors -o out -- iommufdctl --no-session -k \
		-c "ioas alloc" -c "ioas map 1 --anon 16K --iova 1M" -c "ioas map 1 --anon 4K --iova 1M"
	grep -E '/dev/iommu: IOMMU_IOAS_MAP \{flags=FIXED_IOVA\|WRITEABLE\|READABLE, ioas_id=1 \(ioas\), user_va=0x[0-9a-f]+, length=0x1000, iova=0x100000\} = EEXIST ' out
	grep -Fx '    something is mapped there already' out
}

@test "another iommufd of its own, and one of a child's" {
	run -0 iommufdctl --json trace -o out -- sh -c 'iommufdctl --no-session ioas alloc &&
		iommufdctl --no-session -c "ioas alloc" -c "ioas alloc" -c "destroy 1"'
	[ "$(jq -s '[.[] | .file.open // empty] | unique | length' out)" -eq 2 ]
	run -0 --separate-stderr iommufdctl replay out
	[[ $output == *", 0 different, 0 skipped" ]]
}
