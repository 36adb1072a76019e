#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What a session holds, seen by another process.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper

tree=$BATS_TEST_DIRNAME/../../..

# session_pid: of the only one there is.
session_pid() {
	iommufdctl --json session list | jq .sessions[0].pid
}

setup_session() {
	iommufdctl -c "ioas alloc" -c "ioas alloc" \
		-c "ioas map 1 --anon 64K --iova 1M" \
		-c "ioas map 1 --anon 2M --iova 4M --read" \
		-c "option set huge-pages 0 2" -c "vfio ioas set 2"
	pid=$(session_pid)
}

@test "inspect: address spaces and options, by asking" {
	setup_session
	run -0 --separate-stderr iommufdctl --json inspect --pid "$pid"
	[ -z "$stderr" ]
	"$tree/tests/json/validate" "$tree/docs/iommufdctl.schema.json" <<<"$output"
	jq -e '.inspect.files | length == 1 and (.[0] | .asked and .path == "/dev/iommu" and
		.rlimit_mode == 0 and .vfio_ioas_id == 2 and ([.ioas[].ioas_id] == [1, 2]) and
		(.ioas[0] | .huge_pages == 1 and
			.allowed_iovas == [{start: "0x0", last: "0xffffffffffffffff"}] and
			.reserved_iovas == []) and .ioas[1].huge_pages == 0)' <<<"$output"
	[ -n "${LINUX:-}" ] || jq -e '.inspect.files[0] |
		.ioas[0].mappings == 2 and .ioas[0].mapped_bytes == "0x210000" and
		([.objects[].kind] == ["ioas", "ioas"])' <<<"$output"
	# It was a look: nothing has changed, and nothing is kept.
	run -0 iommufdctl --json ioas list
	[ "$(jq -c '[.ioas_list[].num_mappings]' <<<"$output")" = "[2,0]" ]
	iommufdctl session stop
	run -0 iommufdctl ps
	[ "$output" = "nobody has any of it open" ]
}

@test "inspect: a descriptor that is none, and a process of others" {
	setup_session
	run -1 --separate-stderr iommufdctl inspect --pid "$pid" --fd 0
	says "and not an iommufd"
	run -1 --separate-stderr as_nobody "$(command -v iommufdctl)" inspect --pid "$pid"
	says "descriptors of process $pid cannot be copied without CAP_SYS_PTRACE"
	run -1 --separate-stderr iommufdctl inspect --pid "$pid" --ioas 77
	says "has no ioas 77 there"
}

@test "inspect: mappings, from debugfs" {
	setup_session
	run -0 --separate-stderr iommufdctl --json inspect --pid "$pid" --areas --map
	echo "$output"
	"$tree/tests/json/validate" "$tree/docs/iommufdctl.schema.json" <<<"$output"
	jq -e --argjson pid "$pid" '.inspect | .missing == [] and (.files[0] |
		.opener.pid == $pid and .opener.command == "iommufd:default" and
		(.objects | map([.id, .kind]) == [[1, "ioas"], [2, "ioas"]]) and
		(.ioas[0].areas | map([.iova, .length, .readable, .writeable]) ==
			[["0x100000", "0x10000", true, true], ["0x400000", "0x200000", true, false]]) and
		(.ioas[0].areas[0].memory.pid == $pid) and
		(.ioas[0].map.ranges | any(.state == "mapped")))' <<<"$output"
	run -0 iommufdctl inspect --pid "$pid" --areas --map
	prints "# mapped"
	umount /sys/kernel/debug
	run -0 iommufdctl inspect --pid "$pid"
	prints "hint: sudo mount -t debugfs none /sys/kernel/debug"
	mount -t debugfs none /sys/kernel/debug
}

@test "inspect: processes that end while they are looked at" {
	local i

	for ((i = 0; i < 5; i++)); do
		sleep 0.2 7<>/dev/iommu 3>&- &
		while kill -0 $!; do
			iommufdctl --json inspect --pid $! || :
		done >>answers 2>>errors
	done
	"$tree/tests/json/validate" "$tree/docs/iommufdctl.schema.json" <answers
	! grep -v -e "there is no process" -e "ended while it was looked at" \
		-e "has no descriptor" -e "kill: " -e "hint: " errors || return 1
}
