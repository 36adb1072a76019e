#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Why addresses of an address space are reserved.
#
# shellcheck disable=SC2154,SC2030,SC2031 # run sets output, stderr, status and lines

load helper
load machine

setup_file() {
	load helper
	fake_device
}

# why RANGE LINE...: what is reserved, after these.
why() {
	as_commands "${@:2}" "ioas ranges 1 --why"
	FAKE_IOMMU_RESERVED=$1 run -0 --separate-stderr on_machine env LD_PRELOAD="$FAKE" \
		iommufdctl --json --no-session "${words[@]}"
	output=$(jq -c '.results[-1].result.ranges.holes' <<<"$output")
}

@test "with nothing attached, what the addresses tell" {
	three_devices
	why 0xfee00000-0xfeefffff "ioas alloc"
	[ "$output" = '[{"start":"0xfee00000","last":"0xfeefffff","kind":"msi","name":"MSI window of x86","owners":[],"devices":[],"sources":[]}]' ]
	why 0x1000-0x1fff "ioas alloc"
	[ "$(jq -c '.[] | [.kind, .name]' <<<"$output")" = '["unknown",null]' ]
	why 0x8000000000-0xffffffffffffffff "ioas alloc"
	[ "$(jq -c '.[] | [.kind, .name]' <<<"$output")" = \
		'["aperture","above the aperture 0x7fffffffff (39 address bits)"]' ]
}

@test "with a device attached, its group's regions and its IOMMU" {
	three_devices
	intel_iommu 0000:00:03.0 d2008c22260206
	why 0xfee00000-0xfeefffff "ioas alloc" "device open 00:03.0" "device attach 2 1"
	[ "$output" = '[{"start":"0xfee00000","last":"0xfeefffff","kind":"msi","name":"MSI window of x86","owners":["group 12"],"devices":["0000:00:03.0"],"sources":["/sys/kernel/iommu_groups/12/reserved_regions"]}]' ] || { echo "$output"; false; }
	why 0x8000000000-0xffffffffffffffff "ioas alloc" "device open 00:03.0" "device attach 2 1"
	[ "$(jq -c '.[] | [.owners, .devices, .sources]' <<<"$output")" = \
		'[["dmar0"],["0000:00:03.0"],["/sys/class/iommu/dmar0/intel-iommu/cap"]]' ]
	# Once more without it.
	why 0xfee00000-0xfeefffff "ioas alloc" "device open 00:03.0" "device attach 2 1" "device detach 2"
	[ "$(jq -c '.[].devices' <<<"$output")" = '[]' ]
}

@test "a hole of several owners, and what is between them" {
	three_devices
	printf '%s\n' "0x1000 0x1fff reserved" "0x3000 0x3fff direct" \
		>sys/kernel/iommu_groups/12/reserved_regions
	why 0x0-0x4fff "ioas alloc" "device open 00:03.0" "device attach 2 1"
	[ "$(jq -r '.[] | "\(.start)-\(.last) \(.kind)"' <<<"$output")" = "0x0-0xfff aperture
0x1000-0x1fff reserved
0x2000-0x2fff unknown
0x3000-0x3fff direct
0x4000-0x4fff unknown" ] || { echo "$output"; false; }
}

@test "as text; and without --why nothing of it" {
	export FAKE_IOMMU_RESERVED=0xfee00000-0xfeefffff
	fake ioas alloc
	run -0 fake ioas ranges 1 --why
	[ "${lines[-1]}" = "reserved   0xfee00000-0xfeefffff msi: MSI window of x86" ]
	run -0 fake ioas ranges 1
	[ "${lines[-1]}" = "reserved   0xfee00000-0xfeefffff" ]
	run -0 fake --json ioas ranges 1
	[ "$(jq .ranges.holes <<<"$output")" = null ]
}

@test "in a session, too; and with nothing reserved" {
	fake ioas alloc
	run -0 fake ioas ranges 1 --why
	[ "$output" = "alignment  0x1
allowed    0x0-0xffffffffffffffff
reserved   none" ]
}

# module LINE...: what it shows of ioas 1 in debugfs.
module() {
	FAKE_MODULE=$BATS_TEST_TMPDIR/debugfs
	export FAKE_MODULE
	mkdir -p "$FAKE_MODULE/iommufd/7/ioas/1"
	echo "debugfs $FAKE_MODULE debugfs rw,relatime 0 0" >"$FAKE_MODULE/mounts"
	printf '%s:\t%s\n' iommufd-fdinfo 1 iommufd-context 7 hwpt-3-ioas 1 hwpt-4-ioas 2 \
		device-2-name 0000:00:04.0 device-2-group 4 device-2-hwpt 3 \
		device-5-name 0000:00:05.0 device-5-group 5 device-5-hwpt 4 >"$FAKE_MODULE/fdinfo"
	printf 'iommufd-context:\t7\n' >"$FAKE_MODULE/iommufd/7/context"
	printf '%s\n' "$@" >"$FAKE_MODULE/iommufd/7/ioas/1/ranges"
}

# told RANGE: sets holes to what is reserved, as the module has it.
told() {
	FAKE_IOMMU_RESERVED=$1 LD_PRELOAD="$(compile fake_module -shared -fPIC) $FAKE" \
		run -0 --separate-stderr iommufdctl --json --no-session -c "ioas alloc" -c "ioas ranges 1 --why"
	[ -z "$stderr" ]
	holes=$(jq -c '.results[1].result.ranges.holes[] | [.start, .last, .kind, .owners, .devices]' <<<"$output")
}

@test "our module tells the owners, also of devices that others have opened" {
	module "reserved 0x00000000fee00000-0x00000000feefffff owner=device:0000:00:04.0 kind=msi" \
		"reserved 0x0000000000000000-0x0000000000000fff new=key owner=access:9 kind=reserved" \
		"reserved 0x0000008000000000-0xffffffffffffffff owner=hwpt:3 kind=aperture" \
		"allowed 0x0000000000002000-0x000000000fffffff"
	told 0xfee00000-0xfeefffff
	[ "$holes" = '["0xfee00000","0xfeefffff","msi",["device:0000:00:04.0"],["0000:00:04.0"]]' ]
	told 0x0-0x1fff
	[ "$holes" = '["0x0","0xfff","reserved",["access:9"],[]]
["0x1000","0x1fff","unknown",[],[]]' ]
	told 0x8000000000-0xffffffffffffffff
	[ "$holes" = '["0x8000000000","0xffffffffffffffff","aperture",["hwpt:3"],["0000:00:04.0"]]' ]
}

@test "lines of the module's that make no sense are not believed" {
	module "reserved" "reserved x-y owner=hwpt:3" "reserved 0x2000-0x1000 owner=hwpt:3 kind=msi" \
		"$(head -c 70000 /dev/zero | tr '\0' x)" "reserved 0x1000-0x1fff"
	told 0x0-0x1fff
	[ "$holes" = '["0x0","0xfff","aperture",[],[]]
["0x1000","0x1fff","reserved",[],[]]' ]
	# Where there is nothing to be read sysfs is asked.
	rm -r "$FAKE_MODULE/iommufd"
	told 0xfee00000-0xfeefffff
	[[ $holes == '["0xfee00000","0xfeefffff","msi",'* ]]
}
