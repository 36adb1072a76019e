#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What a device needs of the I/O addresses, and what is said to those who want
# to map there.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper

# A 64-bit BAR of 16 GiB, where the firmware of a guest with 46 address bits
# puts it.
bar=0x382800000000

setup_file() {
	load helper
	bind_edus
}

teardown_file() {
	unbind_edus
}

# holes LINE...: what is reserved in ioas a, and why, after these.
holes() {
	as_commands "$@" "ioas ranges a --why"
	run -0 --separate-stderr iommufdctl --no-session --json "${words[@]}"
	output=$(jq -c '.results[-1].result.ranges | [.reserved_iovas, .holes]' <<<"$output")
}

@test "problem 8: a BAR above the IOMMU's 39 address bits is named, by the node" {
	run -1 --separate-stderr iommufdctl --no-session -c "ioas alloc --name a" \
		-c "device open $alone --name edu" -c "device attach edu a" \
		-c "ioas map a --anon 4K --iova $bar"
	says "IOMMU_IOAS_MAP: EINVAL: iova $bar lies in the reserved range 0x8000000000-0xffffffffffffffff: above the aperture 0x7fffffffff (39 address bits), of $alone; a guest's phys-bits must be 39 at most"
	says "hint: iommufdctl ioas ranges 1 --why"
}

@test "problem 8: and through the group, by VFIO's container" {
	run -1 --separate-stderr iommufdctl --no-session -c "device open $alone --shape group" \
		-c "vfio map --anon 4K --iova $bar"
	says "VFIO_IOMMU_MAP_DMA: EINVAL: iova $bar lies in the reserved range 0x8000000000-0xffffffffffffffff: above the aperture 0x7fffffffff (39 address bits), of $alone; a guest's phys-bits must be 39 at most"
}

@test "problem 8: plan says it before, and how many bits the guest may have" {
	run -0 iommufdctl plan --ram 64G --device "$alone"
	prints "phys-bits of the guest: 37 at least, 39 at most, or its firmware puts BARs above
    -cpu host,host-phys-bits-limit=39"
	run -1 --separate-stderr iommufdctl plan --ram 600G --device "$alone"
	says "would reach into 0x8000000000-0xffffffffffffffff: above the aperture 0x7fffffffff (39 address bits)"
}

@test "every hole has its owner, and none has none" {
	holes "ioas alloc --name a" "device open $alone --name edu" "device attach edu a"
	jq -e --arg device "$alone" '(.[1] | map({start, last})) == .[0] and
		(.[1] | map(.kind) == ["msi", "aperture"]) and all(.[1][]; .devices == [$device] and .sources != [])' \
		<<<"$output"
	# In a session as well, which knows what is attached.
	iommufdctl session start >/dev/null
	iommufdctl -c "ioas alloc --name a" -c "device open $alone --name edu" -c "device attach edu a"
	run -0 iommufdctl ioas ranges a --why
	prints "0xfee00000-0xfeefffff msi: MSI window of x86
           needed by $alone"
	iommufdctl device detach edu
	run -0 iommufdctl ioas ranges a --why
	prints "reserved   none"
}

@test "two devices in one space, and one by a page table of its own" {
	holes "ioas alloc --name a" "device open $first --name x" "device open $second --name y" \
		"device attach x a" "device attach y a"
	jq -e --arg one "$first" --arg two "$second" \
		'all(.[1][]; .devices == [$one, $two])' <<<"$output"
	holes "ioas alloc --name a" "device open $alone --name edu" "hwpt alloc edu a --name pt" \
		"device attach edu pt"
	jq -e --arg device "$alone" 'all(.[1][]; .devices == [$device])' <<<"$output"
}

@test "what plan finds in sysfs is what an attached device reserves" {
	run -0 iommufdctl --json plan --ram 1G --device "$alone"
	jq -c '[.plan.ranges[] | select(.owners != []) | {start, last, kind}]' <<<"$output" >planned
	holes "ioas alloc --name a" "device open $alone --name edu" "device attach edu a"
	jq -c '[.[1][] | {start, last, kind}]' <<<"$output" | diff planned -
}

@test "a plan that fits can be mapped, to the first and the last page" {
	local start last

	as_commands "ioas alloc --name a" "device open $alone --name edu" "device attach edu a"
	while read -r start last; do
		words+=(-c "ioas map a --anon 4K --iova $start" \
			-c "ioas map a --anon 4K --iova $(printf '%#x' $((last - 4095)))")
	done < <(iommufdctl --json plan --ram 478G --device "$alone" |
		jq -r '.plan.ranges[] | select(.mapped) | "\(.start) \(.last)"')
	[ "${#words[@]}" = 18 ]
	run -0 --separate-stderr iommufdctl --no-session "${words[@]}"
}

@test "metrics: a device, and what it is attached to" {
	iommufdctl session start >/dev/null
	iommufdctl -c "ioas alloc --name a" -c "device open $alone --name edu" -c "device attach edu a" \
		-c "ioas map a --anon 2M --iova 1M" -c "ioas map a --anon 4K --iova 16M" -c "ioas unmap a 16M 4K"
	run -0 --separate-stderr iommufdctl metrics
	[ -z "$stderr" ]
	"$BATS_TEST_DIRNAME/../../metrics/validate" <<<"$output" >samples
	grep -q "^iommufd_scrape_complete 1$" samples
	grep -q "^iommufd_context_devices .* device=$alone .* group=$(group_of "$alone") ioas=1 .* 1$" samples
	grep -q "^iommufd_open_descriptors .* device=$alone driven_by=node .* kind=device .* 1$" samples
	grep -q "^iommufd_ioas_mapped_bytes .* ioas=1 .* 2097152$" samples
	grep -q "^iommufd_ioas_pinned_bytes .* ioas=1 .* 2097152$" samples
	grep -q "^iommufd_ioas_map_requests_total .* ioas=1 .* 2$" samples
	grep -q "^iommufd_ioas_unmap_requests_total .* ioas=1 .* 1$" samples
	grep -q "^iommufd_ioas_iotlb_flushes_total .* ioas=1 .* [1-9]" samples
}

@test "metrics: what may lock all memory has no limit, and one open file counts once" {
	local sleeper files

	exec 7<>/dev/iommu
	prlimit --memlock=unlimited sleep 60 3>&- &
	sleeper=$!
	run -0 --separate-stderr iommufdctl metrics
	# Each is one of its own where the kernel does not compare them.
	files=$(iommufdctl --json ps | jq '[.ps.files[] | select(.fd == 7) | .open_file // "\(.pid)"] | unique | length')
	kill "$sleeper"
	exec 7>&-
	"$BATS_TEST_DIRNAME/../../metrics/validate" <<<"$output" >samples
	grep -q "^iommufd_process_lock_limit_bytes command=sleep pid=$sleeper inf$" samples
	[ "$(grep -c "^iommufd_open_descriptors .* fd=7 .*kind=iommufd" samples)" -gt 1 ]
	[ "$(grep -c "^iommufd_context_pinned_bytes .* fd=7 " samples)" = "$files" ]
}
