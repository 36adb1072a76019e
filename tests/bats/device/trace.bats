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
