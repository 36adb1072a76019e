#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The session's objects and its address spaces, drawn.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper

setup_file() {
	load helper
	fake_device
}

# drawn LINE...: run after two mappings in one of two address spaces.
drawn() {
	local words

	as_commands "$@"
	run -0 fake --no-session -c "ioas alloc --name guest0" -c "ioas alloc" \
		-c "ioas map 1 --anon 8K --iova 1M" \
		-c "ioas map 1 --anon 64M --iova 0x10000000 --read" "${words[@]}"
	output=$(sed 1,4d <<<"$output")
}

# at_width COLUMNS COMMAND...: what a terminal of that width shows, colours aside.
at_width() {
	run -0 script -qec "stty cols $1; TERM=xterm LANG=C.UTF-8 LD_PRELOAD=$FAKE iommufdctl \
		--no-session $2" /dev/null
	output=$(tr -d '\r' <<<"$output" | sed 's/\x1b\[[0-9;]*m//g')
}

@test "a tree" {
	drawn tree
	[ "$output" = "/dev/iommu
|- ioas 1 guest0: 2 mappings, 65544K mapped
|  |- 0x100000 8K read-write anonymous
|  \`- 0x10000000 64M read anonymous
\`- ioas 2" ]
	fake -q ioas alloc
	run -0 fake tree
	[ "$output" = $'session default, /dev/iommu\n`- ioas 1' ]
}

@test "a tree of every kind of object" {
	run -0 fake --no-session -c "ioas alloc --name guest0" -c "hwpt alloc 61 1 --nest-parent" \
		-c "fault alloc --name requests" \
		-c "hwpt alloc 61 2 --data vtd-s1,flags=SRE --fault requests --name stage1" \
		-c "hwpt alloc 62 1 --nest-parent" -c "viommu alloc 62 5 tegra241-cmdqv" \
		-c "vdevice alloc 6 62 0x42 --name stream" -c "veventq alloc 6 arm-smmuv3" \
		-c "ioas map 1 --anon 4K --iova 1M" -c tree
	[ "$(sed -n '/^.dev.iommu/,$p' <<<"$output")" = "/dev/iommu
|- ioas 1 guest0: 1 mapping, 4K mapped
|  |- 0x100000 4K read-write anonymous
|  |- hwpt 2 with device 61
|  |  \`- hwpt 4 stage1 with fault 3, device 61
|  \`- hwpt 5 with device 62
|     \`- viommu 6 with device 62
|        |- vdevice 7 stream with device 62
|        \`- veventq 8
|- fault 3 requests
|- device 61
\`- device 62" ]
}

@test "of many mappings some are shown, and the others counted" {
	{
		echo ioas alloc
		seq -f 'ioas map 1 --anon 4K --iova %.0f' 4096 4096 81920
		echo tree
	} >script
	run -0 fake --no-session --batch script
	[ "${lines[-1]}" = "   \`- and 12 more" ]
	[ "$(grep -c 4K\ read <<<"$output")" -eq 8 ]
	run -0 fake --no-session --json --batch script
	[ "$(jq '.results[-1].result.tree.objects[0].mappings | length' <<<"$output")" -eq 20 ]
}

@test "an address space: mapped, partly mapped, reserved, allowed and free" {
	FAKE_IOMMU_RESERVED=0xfee00000-0xfeefffff drawn "ioas allow 1 1G-0x7fffffff" "ioas show 1 --map"
	[ "$(sed 1d <<<"$output")" = "ioas 1 guest0: 2 mappings, 65544K mapped
00000000 +...............................########........................
20000000 ................................................................
40000000 ================================================================
60000000 ================================================================
80000000 ................................................................
a0000000 ................................................................
c0000000 ................................................................
e0000000 .............................................................x..
0x0-0xffffffff, 8M a character
# mapped  + partly mapped  x reserved  = allowed  . free" ]
}

@test "a part of it, to the last address there is" {
	drawn "ioas show 1 --map --from 0x101000 --to 0x104fff"
	[ "$(sed -n '2,4p;10p' <<<"$output")" = "00101000 ################################################################
00101800 ################################################################
00102000 ................................................................
0x101000-0x104fff, 32 a character" ]
	drawn "ioas show 1 --map --from 0xfffffffffffffff0 --to 0xffffffffffffffff"
	[ "$(sed -n 2,3p <<<"$output")" = "fffffffffffffff0 ................
0xfffffffffffffff0-0xffffffffffffffff, 1 a character" ]
	drawn "ioas show 1 --map --to 0xffffffffffffffff"
	prints "0x0-0xffffffffffffffff, 65536T a character"
	drawn "ioas show 1 --map --from 5 --to 5" "ioas show 2 --map"
	prints "0x5-0x5, 1 a character"
	run -2 --separate-stderr fake --no-session -c "ioas alloc" -c "ioas show 1 --map --from 2 --to 1"
	says "the last address lies before the first"
	run -2 --separate-stderr fake --no-session -c "ioas alloc" -c "ioas show 1 --from 2"
	says "--from and --to go with --map"
}

@test "as JSON, with every range" {
	FAKE_IOMMU_RESERVED=0xfee00000-0xfeefffff run -0 fake --no-session --json -c "ioas alloc" -c "ioas map 1 --anon 4K --iova 0" \
		-c "ioas map 1 --anon 4K --iova 0x1000" -c "ioas show 1 --map" -c "ioas show 1"
	[ "$(jq -c '.results[3].result.map.ranges[] | [.start, .last, .state]' <<<"$output")" = '["0x0","0x1fff","mapped"]
["0x2000","0xfedfffff","free"]
["0xfee00000","0xfeefffff","reserved"]
["0xfef00000","0xffffffff","free"]' ]
	[ "$(jq -c '.results[4].result | [.map, .picture]' <<<"$output")" = '[null,null]' ]
}

@test "for other programs" {
	drawn "ioas alloc --name quoted" "tree --dot"
	[ "$(sed 1d <<<"$output" | head -1)" = "digraph session {" ]
	prints 'n1 [shape=box, label="ioas 1 guest0: 2 mappings, 65544K mapped"];'
	prints 'n0 -> n1;'
	drawn "ioas show 1 --dot" "tree --svg tree.svg" "ioas show 1 --svg map.svg"
	prints '<td>0x100000-0x101fff</td><td>8K</td>'
	prints "drawn into tree.svg"
	grep -q '<title>mapped 0x10000000-0x13ffffff</title>' map.svg
	grep -q 'url(#reserved)' map.svg
	/usr/bin/python3 -c 'import sys, xml.dom.minidom as x; [x.parse(f) for f in sys.argv[1:]]' \
		tree.svg map.svg
	run -2 --separate-stderr fake --no-session -c "tree --dot --svg x"
	says "--dot and --svg exclude each other"
	run -1 --separate-stderr fake --no-session -c "tree --svg nowhere/x"
	says "nowhere/x cannot be made: No such file or directory"
}

@test "names of files cannot break out of a picture" {
	local name=$'a"<b>&\e[31m'

	head -c 4096 /dev/zero >"$name"
	run -0 fake --no-session -c "ioas alloc" -c "ioas map 1 --file '$name' --iova 4K" \
		-c "tree --dot" -c "tree --svg t.svg" -c tree
	prints 'read file a\"<b>&\\x1b[31m at 0x0"];'
	prints '`- 0x1000 4K read file a"<b>&\x1b[31m at 0x0'
	grep -qF 'read file a"&lt;b&gt;&amp;\x1b[31m at 0x0</text>' t.svg
}

@test "twenty columns are enough" {
	local line

	at_width 20 "-c 'ioas alloc --name guest-number-0' -c 'ioas map 1 --anon 8K --iova 1M' \
		-c 'ioas map 1 --anon 4K --iova 0xfffffffff000' -c tree -c 'ioas show 1 --map' \
		-c 'ioas show 1' -c 'mem dump 1 1M 32' -c 'ioas list'"
	prints $'/dev/iommu\n└ioas 1\n guest-number-0: 2\n mappings, 12K\n mapped\n ├0x100000 8K\n │read-write\n │anonymous'
	prints $'000000000000\n+...............\n'
	prints $'# mapped\n+ partly mapped\nx reserved\n= allowed  . free'
	prints $'IOVA 0xfffffffff000\n  LENGTH 0x1000\n  SIZE 4K'
	prints $'00100000  00 00  ..\n*\n0010001e  00 00  ..'
	while read -r line; do
		[[ $line == *": 2 mappings, 12K mapped" || $line == iova\ * || $line == ioas\ 1* ||
			$line == 0x0-0xf* || ${#line} -le 20 ]] || {
			echo "too long: $line"
			return 1
		}
	done <<<"$output"
}
