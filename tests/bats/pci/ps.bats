#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# "Device or resource busy": who has it?
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper

setup_file() {
	load helper
	bind_edus
}

teardown_file() {
	iommufdctl device unbind "$alone"
	iommufdctl device unbind "$first"
	iommufdctl device unbind "$second"
}

@test "a group that somebody else has, also one that only inherited it" {
	local group sleeper

	group=$(group_of "$alone")
	exec 7<>"/dev/vfio/$group"
	sleep 600 3>&- &
	sleeper=$!
	exec 7>&-
	run -1 --separate-stderr bash -c "exec 8<>/dev/vfio/$group"
	[[ $stderr == *"Device or resource busy"* ]]
	for target in "$alone" "$group"; do
		run -0 --separate-stderr iommufdctl --json ps "$target"
		jq -e --argjson pid "$sleeper" --argjson group "$group" '.ps.files |
			length == 1 and (.[0] | .pid == $pid and .command == "sleep" and
				.fd == 7 and .group == $group)' <<<"$output"
	done
	run -0 iommufdctl ps "$first"
	[ "$output" = "nobody has any of it open" ]
	kill "$sleeper"
	wait "$sleeper" || :
	run -0 iommufdctl ps "$alone"
	[ "$output" = "nobody has any of it open" ]
}

@test "a neighbour in the group is in the way, too, and how each is driven" {
	iommufdctl device open "$first"
	run -0 --separate-stderr iommufdctl --json ps "$second"
	jq -e --arg name "$first" '.ps.files | map(select(.kind == "device")) |
		length == 1 and .[0].devices == [$name] and .[0].driven_by == "node"' <<<"$output"
	jq -e --arg name "$first" '.ps.files | map(select(.kind == "iommufd")) |
		.[0].context.devices[0].name == $name' <<<"$output"
	run -0 --separate-stderr iommufdctl ps "$second"
	prints "$first"
	run -0 --separate-stderr iommufdctl ps "$alone"
	[ "$output" = "nobody has any of it open" ]
	iommufdctl session stop
}

@test "the driver that waits for the device is told who it waits for" {
	iommufdctl device open "$alone"
	run -1 --separate-stderr iommufdctl device unbind "$alone"
	says "$alone is in use"
	run -0 iommufdctl ps "$alone"
	[[ $output == *"iommufd:default"*"device   $alone  node"* ]]
	iommufdctl session stop
}
