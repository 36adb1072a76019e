#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A trace, replayed. The traces are written here, of what a kernel may have
# answered once; fake_iommu.c plays the one that is asked now.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper

setup_file() {
	load helper
	fake_device
	TRACED=$(compile traced -pthread)
	export TRACED
}

# hex BYTES VALUE...: numbers of so many bytes as a trace has them.
hex() {
	local bytes=$1 value i

	shift
	for value; do
		for ((i = 0; i < bytes; i++)); do
			printf %02x $((value >> 8 * i & 0xff))
		done
	done
}

# header [JQ]: the first line of a trace.
header() {
	jq -nc '{ event: "trace", trace: 1, iommufdctl: "0", release: "6", machine: "x86_64",
		pid: 7, command: ["client", "-x"], errors: false, summary: false }'" | ${1:-.}"
}

# record NAME NUMBER BYTES ANSWER [JQ]: a call that went well, unless JQ says
# otherwise.
record() {
	jq -nc --arg name "$1" --argjson number $((0x3b00 + $2)) --arg bytes "$3" \
		--argjson answer "$4" '{ event: "ioctl", time: 0, pid: 7, tid: 7, fd: 3,
		file: { kind: "iommufd", path: "/dev/iommu", device: null, open: 1 }, ioctl: $name,
		number: $number, argument: "0x7fff0000", size: ($bytes | length / 2), bytes: $bytes,
		complete: true, request: {}, objects: [], files: [], memory: [], answer: $answer,
		result: 0, errno: null, message: null, duration: 1 }'" | ${5:-.}"
}

alloc() { # alloc ID [JQ]
	record IOMMU_IOAS_ALLOC 0x81 "$(hex 4 12 0 0)" "{\"out_ioas_id\": $1}" "${2:-.}"
}

map() { # map IOAS ADDRESS LENGTH IOVA ANSWER [JQ]; flags are in $flags
	record IOMMU_IOAS_MAP 0x85 "$(hex 4 40 "${flags:-7}" "$1" 0 && hex 8 "$2" "$3" "$4")" \
		"$5" "${6:-.}"
}

unmap() { # unmap IOAS IOVA LENGTH [JQ]
	record IOMMU_IOAS_UNMAP 0x86 "$(hex 4 24 "$1" && hex 8 "$2" "$3")" '{}' "${4:-.}"
}

destroy() { # destroy ID [JQ]
	record IOMMU_DESTROY 0x80 "$(hex 4 8 "$1")" '{}' "${2:-.}"
}

ended() {
	jq -nc '{ event: "end", time: 9, pid: 7, tid: 7, end: { status: 0, signal: null } }'
}

failed() { # failed ERRNO: for what is called JQ above
	echo ".result = null | .errno = \"$1\""
}

# replay OPTION...: of the file trace
replay() {
	run --separate-stderr fake replay trace "$@"
}

@test "the same calls give the same: ids are those of here, memory is there" {
	{
		header
		alloc 5
		alloc 9
		map 9 0x7f0000001000 0x2000 0x100000 '{}'
		map 5 0x7f0000001000 0x2000 0x100000 '{}'
		map 5 0x7f0000001000 0x2000 0x100000 '{}' "$(failed EEXIST)"
		unmap 9 0x100000 0x2000
		destroy 9
		destroy 9 "$(failed ENOENT)"
		destroy 5
		ended
	} >trace
	replay
	[ "$status" -eq 0 ]
	[ "$output" = "9 calls: 9 the same, 0 different, 0 skipped" ]
	[ -z "$stderr" ]
}

@test "each difference is told, with its call, field, and both values" {
	{
		header
		alloc 1
		map 1 0x7f0000001000 0x2000 0x100000 '{}' "$(failed EINVAL)"
		unmap 1 0x100000 0x2000 '.answer.length = "0x1000"'
		ended
	} >trace
	replay
	[ "$status" -eq 1 ]
	[[ $output == *"2     IOMMU_IOAS_MAP    result  EINVAL    0"* ]]
	[[ $output == *"3     IOMMU_IOAS_UNMAP  length  0x1000"* ]]
	[[ $output == *"3 calls: 1 the same, 2 different, 0 skipped" ]]
	says "2 of 3 calls gave something else than the trace has"
	run -1 --separate-stderr fake --json replay trace
	jq -e '.replay | .different == 2 and .complete and .differences[0] ==
		{ call: 2, ioctl: "IOMMU_IOAS_MAP", field: "result", recorded: "EINVAL", here: "0",
		message: null }' <<<"$output"
}

@test "an errno of here is explained" {
	{ header && alloc 1 && map 1 0x7f0000001000 0x2000 0x100000 '{}' && ended; } >trace
	FAKE_IOMMU_FAIL=0x85:14 run -1 --separate-stderr fake --json replay trace
	jq -e '.replay.differences[0] | .here == "EFAULT" and (.message | length > 10)' <<<"$output"
}

@test "an address that the kernel chose is compared, and the one of here is used" {
	{
		header
		alloc 1
		flags=6 map 1 0x7f0000001000 0x2000 0 '{"iova": "0x44000"}'
		unmap 1 0x44000 0x2000
		unmap 1 0x44000 0x2000 "$(failed ENOENT)"
		ended
	} >trace
	replay
	[ "$status" -eq 1 ]
	[[ $output == *"2     IOMMU_IOAS_MAP  iova   0x44000   0x1000"* ]]
	[[ $output == *"4 calls: 3 the same, 1 different, 0 skipped" ]]
}

@test "addresses that the kernel chose end with their address space" {
	{
		header
		alloc 1
		flags=6 map 1 0x7f0000001000 0x2000 0 '{"iova": "0x44000"}'
		destroy 1
		alloc 1
		map 1 0x7f0000001000 0x2000 0x44000 '{}'
		unmap 1 0x44000 0x2000
		ended
	} >trace
	replay
	[[ $output == *"6 calls: 5 the same, 1 different, 0 skipped" ]]
}

@test "an answer that only one of the two has, and an id of another object" {
	{
		header
		alloc 1
		alloc 2
		map 1 0x7f0000001000 0x2000 0x100000 '{}'
		# All of it: the kernel tells how much that was.
		unmap 1 0 -1
		record IOMMU_VFIO_IOAS 0x88 "$(hex 4 12 2 1)" '{}'
		record IOMMU_VFIO_IOAS 0x88 "$(hex 4 12 0 0)" '{"ioas_id": 2}'
		record IOMMU_VFIO_IOAS 0x88 "$(hex 4 12 0 0)" '{"ioas_id": 1}'
		ended
	} >trace
	run -1 --separate-stderr fake --json replay trace
	jq -e '.replay | .same == 5 and ([.differences[] | [.call, .field, .recorded, .here]] ==
		[[4, "length", null, "0x2000"], [7, "ioas_id", "1", "2"]])' <<<"$output"
}

@test "ranges of memory that overlap are the same memory here" {
	{
		header
		map 1 0x7f0000001000 0x3000 0x100000 '{}' "$(failed ENOTTY)"
		map 1 0x7f0000003010 0x1000 0x200000 '{}' "$(failed ENOTTY)"
		ended
	} >trace
	iommufdctl -d /dev/null --json trace -o calls -- iommufdctl -d /dev/null replay trace || true
	mapfile -t at < <(jq -r '.request.user_va // empty' calls)
	[ $((at[1] - at[0])) -eq $((0x2010)) ]
	[ $((at[0] & 0x1fffff)) -eq $((0x1000)) ]
	iommufdctl replay --to-c trace >program.c
	grep -F 'memory0 + 0x0' program.c
	grep -F 'memory0 + 0x2010' program.c
}

@test "what was made before the trace is skipped, and so is what failed here" {
	{
		header '.command = []'
		map 4 0x7f0000001000 0x2000 0x100000 '{}'
		map 4 0x7f0000001000 0x2000 0x200000 '{}'
		ended
	} >trace
	replay
	[ "$status" -eq 1 ]
	[[ $output == *"2        1      IOMMU_IOAS_MAP  object 4 was made before the trace began"* ]]
	says "none of the trace's calls could be made"
	{ header && alloc 4 && map 4 0x7f0000001000 0x2000 0x100000 '{}' && ended; } >trace
	FAKE_IOMMU_FAIL=0x81:12 replay
	[ "$status" -eq 1 ]
	[[ $output == *"object 4 was not made here"* ]]
	[[ $output == *"2 calls: 0 the same, 1 different, 1 skipped" ]]
}

@test "devices that are not here are skipped and named" {
	{
		header
		alloc 1
		record VFIO_DEVICE_RESET 0x6f "" '{}' '.file = { kind: "device", open: 2,
			path: "/dev/vfio/devices/vfio0", device: "ffff:ff:1f.7" } | .fd = 4'
		record VFIO_GROUP_GET_STATUS 0x67 "$(hex 4 8 0)" '{}' '.file = { kind: "group",
			path: "/dev/vfio/12", device: null, open: 3 } | .fd = 5'
		ended
	} >trace
	replay
	[ "$status" -eq 0 ]
	[[ $output == *"device ffff:ff:1f.7 is not here; ffff:ff:1f.7=HERE names another"* ]]
	[[ $output == *"which device /dev/vfio/12 is of is not in the trace"* ]]
	[[ $output == *"3 calls: 1 the same, 0 different, 2 skipped" ]]
	replay ffff:ff:1f.7=ffff:ff:1f.6
	[[ $output == *"device ffff:ff:1f.6 is not here"* ]]
	replay ffff:ff:1f.7
	[ "$status" -eq 2 ]
	says "RECORDED=HERE, two devices"
}

@test "more memory than there may be is refused, before anything is done" {
	{ header && alloc 1 && map 1 0x7f0000000000 0x1000000000 0x100000 '{}' && ended; } >trace
	replay --memory-limit 32G
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	says "the trace maps 64G of memory, and the replay may take 32G"
	says "--memory-limit 0x1000000000"
	# It is reserved, and taken only once something pins it.
	replay --memory-limit 64G
	[ "$status" -eq 0 ]
	[[ $output == "2 calls: 2 the same"* ]]
}

@test "a trace that is cut is replayed up to there, and says so" {
	{ header && alloc 1 && alloc 2 && ended; } >whole
	head -c -100 <(head -n 3 whole) >trace
	replay
	[ "$status" -eq 1 ]
	[ "$output" = "1 call: 1 the same, 0 different, 0 skipped; it is cut in the middle of line 3" ]
	says "trace: it is cut in the middle of line 3; only what came before was replayed"
	head -n 3 whole >trace
	replay
	[ "$status" -eq 1 ]
	says "it ends after line 3, before the program did"
	run -1 --separate-stderr fake --json replay trace
	jq -e '.replay | .complete == false and .same == 2' <<<"$output"
	run -1 --separate-stderr fake replay trace --to-c
	[[ $output == *"It is not all of it: it ends after line 3"* ]]
}

@test "what is no trace, or not one of these" {
	header '.trace = 2' >trace
	replay
	[ "$status" -eq 1 ]
	says "trace has version 2 of a trace's records"
	for key in errors summary; do
		header ".$key = true" >trace
		replay
		[ "$status" -eq 1 ]
		says "does not have all calls"
	done
	for text in "" hello '{}' '[]' '{"event": "trace", "trace": "1"}'; do
		printf '%s\n' "$text" >trace
		replay
		[ "$status" -eq 1 ]
		says "trace is no trace: its first line does not say so"
	done
	mkfifo fifo
	run -1 --separate-stderr fake replay fifo
	says "a FIFO"
	run -1 --separate-stderr fake replay nowhere
	says "nowhere"
}

@test "lines that are no records end it in words" {
	local line

	for line in nonsense '{"event": 5}' '{"event": "ioctl"}' \
		"$(record X 0x81 "$(hex 4 12 0 0)" '[]')" \
		"$(record X 0x81 0g '{}')" \
		"$(record X 0x81 "$(printf '00%.0s' {1..4097})" '{}')" \
		"$(record X 0x81 "" '{}' '.number = -1')" \
		"$(record X 0x81 "" '{}' '.number = 99999999999')" \
		"$(record X 0x81 "" '{}' '.file.kind = "other"')" \
		"$(record X 0x81 "" '{}' '.result = -1')" \
		"$(record X 0x81 "" '{}' '.result = 2147483648')" \
		"$(printf '[%.0s' {1..3000})"; do
		{ header && alloc 1 && echo "$line" && ended; } >trace
		replay
		[ "$status" -eq 1 ]
		[ "$output" = "1 call: 1 the same, 0 different, 0 skipped; line 3 is no record" ]
	done
	{ header && head -c 3000000 /dev/zero | tr '\0' ' '; } >trace
	replay
	[ "$status" -eq 1 ]
	says "line 2 is no record"
}

@test "numbers that lie touch nothing of the tool's" {
	{
		header
		alloc 1 "$(failed ENOTTY)"
		# An address of the kernel's, one that wraps, none, and too much.
		map 1 0xffff800000000000 0x1000 0 '{}' "$(failed EFAULT)"
		map 1 0x7ffffffff000 0xffffffffffffffff 0x1000 '{}' "$(failed EOVERFLOW)"
		map 1 0x7fff00000000 0 0x1000 '{}' "$(failed EINVAL)"
		map 1 0x1000 0x7ffffffff000 0x1000 '{}' "$(failed EFAULT)"
		# Ids and descriptors of nobody.
		destroy 0xffffffff "$(failed ENOENT)"
		record VFIO_DEVICE_BIND_IOMMUFD 0x76 "$(hex 4 16 0 1 0)" '{"out_devid": 3}' \
			'.file = { kind: "device", path: "x", device: null, open: 2 } | .fd = 9'
		# Structs of which little or nothing is there.
		record IOMMU_IOAS_ALLOW_IOVAS 0x82 "$(hex 4 24 1 0xffffffff 0 && hex 8 8)" '{}' \
			"$(failed EFAULT)"
		record IOMMU_IOAS_ALLOC 0x81 "" '{}' "$(failed EFAULT) | .complete = false"
		record IOMMU_IOAS_IOVA_RANGES 0x84 "$(hex 4 32 1 0xffffffff 0 && hex 8 1 0)" '{}'
		record X 0xf0 "" '{}' '.ioctl = null'
		ended
	} >trace
	run --separate-stderr timeout 60 iommufdctl -d /dev/null replay trace
	[ "$status" -eq 1 ]
	[[ $output =~ "11 calls: 0 the same, 8 different, 3 skipped"$ ]]
	run --separate-stderr iommufdctl replay --to-c trace
	[ "$status" -eq 0 ]
	cc -Wall -Wextra -Werror -x c -o program - <<<"$output"
}

@test "what was refused to a program of 32 bits says nothing of one of 64" {
	{
		header
		alloc 1 "$(failed ENOTTY) | .compat = true"
		alloc 1
		ended
	} >trace
	replay
	[ "$status" -eq 0 ]
	[[ $output == *"it was refused to a program of 32 bits"* ]]
	[[ $output == *"2 calls: 1 the same, 0 different, 1 skipped" ]]
}

@test "several iommufds, processes and copies of a descriptor" {
	{
		header
		alloc 1
		alloc 1 '.fd = 4 | .file.open = 2'
		alloc 2 '.fd = 5 | .file.open = 1'
		destroy 2
		destroy 2 "$(failed ENOENT) | .fd = 4 | .file.open = 2"
		destroy 1 '.pid = 8 | .tid = 8 | .fd = 30'
		ended
	} >trace
	# What it does itself is traced, to see which files it makes the calls on.
	run --separate-stderr iommufdctl -d /dev/null --json trace -o calls -- \
		iommufdctl -d /dev/null replay trace
	[ "$(jq -s -c '[.[] | .file.open // empty]' calls)" = "[1,2,1,2]" ]
	# One that the program has closed is closed.
	{
		header
		alloc 1
		alloc 1 '.fd = 4 | .file.open = 2'
		echo '{"event": "close", "pid": 7, "tid": 7, "closed": {"fd": 4}}'
		alloc 2
		ended
	} >trace
	iommufdctl -d /dev/null --json trace -o calls -- iommufdctl -d /dev/null replay trace || true
	[ "$(jq -s -c '[.[] | .closed.open // empty]' calls)" = "[2]" ]
}

@test "a real trace of what no kernel knows gives the same, also as a C program" {
	local what

	for what in fields hostile family crash forbidden; do
		iommufdctl -d /dev/null --json trace -o trace -- "$TRACED" $what /dev/null || true
		run --separate-stderr iommufdctl -d /dev/null replay trace
		[[ $output == *" 0 different, "* ]]
		[[ $output != *" 0 the same"* ]] || [ $what = forbidden ]
		iommufdctl -d /dev/null replay --to-c trace >program.c
		"${CC:-cc}" -Wall -Wextra -Werror -o program program.c
		run -0 ./program
		[[ $output == *"0 differences" ]]
	done
}

@test "the C program has ids, memory and addresses as they are, and tells what differs" {
	{
		header '.command = ["client", "*/ ??/", "\n#error"]'
		alloc 1
		flags=6 map 1 0x7f0000001000 0x2000 0 '{"iova": "0x44000"}'
		unmap 1 0x44000 0x2000
		record VFIO_GROUP_GET_STATUS 0x67 "$(hex 4 8 0)" '{"flags": ["VIABLE"]}' '.file =
			{ kind: "group", path: "/dev/\"??/\n12", device: null, open: 3 } | .fd = 5'
		ended
	} >trace
	fake replay --to-c trace >program.c
	"${CC:-cc}" -Wall -Wextra -Werror -o program program.c
	run -1 env LD_PRELOAD="$FAKE" ./program
	[[ $output == *"1 IOMMU_IOAS_ALLOC = 0"* ]]
	[[ $output == *"iova = 0x1000"*"<- recorded: 0x44000"* ]]
	[[ $output == *"3 IOMMU_IOAS_UNMAP = 0"$'\n'* ]]
	[[ $output == *"differences" ]]
	grep -F 'iova0 + 0x0' program.c
	grep -F 'id_0_1' program.c
}

@test "the C program has room for all bytes of a struct, even if the trace has too many" {
	{
		header
		record IOMMU_IOAS_ALLOC 0x81 "$(hex 4 12 0 0 0x41414141 0x42424242)" \
			'{"out_ioas_id": 1}'
		record IOMMU_IOAS_ALLOC 0x81 "$(hex 4 12 0 0 && printf 'ff%.0s' {1..4084})" \
			'{"out_ioas_id": 2}' '.complete = false'
		ended
	} >trace
	fake replay --to-c trace >program.c
	grep -F 'unsigned char more[8]' program.c
	grep -F 'unsigned char more[4084]' program.c
	"${CC:-cc}" -Wall -Wextra -Werror -fsanitize=address -static-libasan -o program program.c
	run -1 ./program
	[[ $output == *"IOMMU_IOAS_ALLOC"*"differences" ]]
}

@test "the C program closes a device that a group answered with, as the trace does" {
	{
		header
		record VFIO_GROUP_GET_DEVICE_FD 0x6a "$(printf 0000:00:03.0 | xxd -p)00" '{}' \
			'.file = { kind: "group", path: "/dev/vfio/12", device: null, open: 3 } |
			.fd = 5 | .result = 6'
		echo '{"event": "close", "pid": 7, "tid": 7, "closed": {"fd": 6}}'
		record VFIO_GROUP_UNSET_CONTAINER 0x69 "" '{}' \
			'.file = { kind: "group", path: "/dev/vfio/12", device: null, open: 3 } | .fd = 5'
		ended
	} >trace
	fake replay --to-c trace >program.c
	"${CC:-cc}" -Wall -Wextra -Werror -fsyntax-only program.c
	[ "$(sed -n '/^int main/,$p' program.c | grep -o 'call_.\|close(.*)')" = \
		"$(printf '%s\n' call_1 'close(device1)' call_2)" ]
}
