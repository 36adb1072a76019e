#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The memory behind I/O addresses: what is shown, changed, refused.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper

setup_file() {
	load helper
	fake_device
}

# lines COMMAND...: run after two neighbours and, beyond a hole, a third.
lines() {
	local words

	as_commands "$@"
	run --separate-stderr fake --no-session -k -c "ioas alloc --name a" \
		-c "ioas map a --anon 4K --iova 0x1000" -c "ioas map a --anon 4K --iova 0x2000" \
		-c "ioas map a --anon 4K --iova 0x4000" "${words[@]}"
	output=$(sed 1,4d <<<"$output")
}

@test "what is written can be seen, also over the end of a mapping" {
	lines "mem write a 0x1ffc --as text 'hello world'" "mem dump a 0x1ff8 32"
	[ "$output" = "wrote 0xb bytes (11) at iova 0x1ffc
00001ff0                           00 00 00 00 68 65 6c 6c          ....hell
00002000  6f 20 77 6f 72 6c 64 00  00 00 00 00 00 00 00 00  o world.........
00002010  00 00 00 00 00 00 00 00                           ........" ]
}

@test "rows that repeat are left out, and a hole is said to be one" {
	lines "mem fill a 0x2000 4K 0xaa" "mem dump a 0x2fd0 0x1040"
	[ "$output" = "filled 0x1000 bytes (4K) at iova 0x2000 with 170
00002fd0  aa aa aa aa aa aa aa aa  aa aa aa aa aa aa aa aa  ................
*
00002ff0  aa aa aa aa aa aa aa aa  aa aa aa aa aa aa aa aa  ................
00003000  up to 00003fff: nothing mapped
00004000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  ................" ]
	lines "mem dump a 0x1000"
	[ "$(wc -l <<<"$output")" -eq 3 ]
}

@test "numbers, bytes and text" {
	lines "mem write a 0x1000 00c0 ffee" "mem write a 0x1004 --as u16 0x1234" \
		"mem write a 0x1006 --as u32 1 2" "mem write a 0x100e --as u64 0x1122334455667788" \
		"mem dump a 0x1000 22"
	[ "$(tail -2 <<<"$output")" = "00001000  00 c0 ff ee 34 12 01 00  00 00 02 00 00 00 88 77  ....4..........w
00001010  66 55 44 33 22 11                                 fUD3\"." ]
	lines "mem write a 0x1000 0" "mem write a 0x1000 xy" "mem write a 0x1000 --as u16 65536" \
		"mem write a 0x1000 --as u32 1x" "mem fill a 0x1000 1 256" "mem write a 0x1000"
	says "pairs of hex digits"
	says "it does not fit into 16 bits"
	says "not a number: it goes on after the number"
	says "a byte is at most 255"
	says "mem write needs VALUE"
}

@test "nothing is written where a part cannot be" {
	lines "mem write a 0x2ffe 01020304" "mem fill a 0x2000 8K 1" "mem dump a 0x2ff0 16"
	says "ioas 1 maps nothing at 0x3000-0x3001"
	says "ioas 1 maps nothing at 0x3000-0x3fff"
	says "hint: iommufdctl ioas show 1"
	[ "$output" = "00002ff0  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  ................" ]
}

@test "pages of a file that is only read stay what they are" {
	printf 'abcd%4092s' '' >file
	lines "ioas map a --file file --iova 0x8000" "mem write a 0x8000 00" "mem dump a 0x8000 4" \
		"ioas map a --file file --iova 0x9000 --copy --read" "mem write a 0x9000 7a7a" \
		"mem dump a 0x9000 4" "mem dump a 0x8000 4"
	says "0x8000-0x8000 are pages of file, which was mapped for reading only"
	prints "61 62 63 64"
	prints "zzcd"
	[ "$(head -c 4 file)" = abcd ]
}

@test "a copied mapping is the same memory" {
	lines "ioas copy a a 0x1000 4K --iova 0x8000 --read" "mem write a 0x8004 ff" \
		"mem dump a 0x1004 1" "mem compare a 0x1000 4K --iova 0x8000" \
		"mem compare a 0x1000 4K --iova 0x2000 --ioas a"
	prints "00001000              ff "
	prints "equal: 0x1000 bytes (4K) at iova 0x1000"
	prints "0x1004  0x1"
	says "0x1 of 0x1000 bytes differ"
	[ "$status" -eq 1 ]
}

@test "pages that are gone are said to be gone" {
	head -c 8192 /dev/zero | tr '\0' x >file
	fake -q ioas alloc
	fake -q ioas map 1 --file file --iova 0x10000
	truncate -s 4K file
	run -0 fake mem dump 1 0x10ff0 0x20
	[ "${lines[0]:60}" = "xxxxxxxxxxxxxxxx" ]
	[ "${lines[1]}" = "00011000  up to 0001100f: the pages are gone" ]
	run -1 --separate-stderr fake mem save 1 0x10000 8K out
	says "the page at 0x11000 is not to be had, perhaps since the file became shorter: file"
	run -0 fake ioas list
}

@test "to a file and back" {
	lines "mem fill a 0x1000 8K 7" "mem save a 0x1000 8K saved" "mem load a 0x4000 saved --offset 1 --length 4K" \
		"mem compare a 0x4000 4K --file saved --offset 4K" "mem compare a 0x4000 4K --byte 7"
	[ "$status" -eq 0 ]
	prints "saved 0x2000 bytes (8K) from iova 0x1000 to saved"
	prints "loaded 0x1000 bytes (4K) of saved at iova 0x4000"
	[ "$(tr -d '\7' <saved | wc -c)" -eq 0 ]
	[ "$(wc -c <saved)" -eq 8192 ]
	lines "mem fill a 0x4000 4K 1" "mem save a 0x1000 0x5000 sparse" "mem save a 0x1000 0x5000 sparse --holes"
	says "ioas 1 maps nothing at 0x3000-0x3fff"
	[ "$(wc -c <sparse)" -eq 20480 ]
	[ "$(head -c 12289 sparse | tr -d '\0' | wc -c)" -eq 1 ]
}

@test "files that are none, or too short, or cannot be written" {
	mkfifo fifo
	: >empty
	echo short >short
	lines "mem load a 0x1000 nowhere" "mem load a 0x1000 fifo" "mem load a 0x1000 empty" \
		"mem load a 0x1000 short --length 10" "mem save a 0x1000 4 ." "mem save a 0x1000 4 /dev/full" \
		"mem save a 0x1000 4 fifo" "mem save a 0x1000 4 nowhere/file" "mem compare a 0x1000 4K --file short"
	says "nowhere: No such file or directory"
	says "fifo is a FIFO; only a regular file will do"
	says "empty is empty"
	says "0xa bytes from offset 0x0 reach beyond the end of short"
	says ". is a directory"
	says "/dev/full is a device"
	says "nowhere/file cannot be made: No such file or directory"
	says "0x1000 bytes from offset 0x0 reach beyond the end of short"
	run -1 --separate-stderr bash -c "ulimit -f 1; LD_PRELOAD=$FAKE iommufdctl --no-session \
		-c 'ioas alloc' -c 'ioas map 1 --anon 1M --iova 1M' -c 'mem save 1 1M 1M large'"
	says "File too large"
}

@test "ranges that are none" {
	lines "mem dump a 0x1000 0" "mem dump a 0xffffffffffffffff 2" "mem dump a 0xffffffffffffffff" \
		"mem dump a 0 2M" "mem dump 9 0" "mem fill a 0xffffffffffffffff 2 0" "mem compare a 0x1000 4" \
		"mem compare a 0x1000 4 --byte 1 --iova 2" "mem compare a 0x1000 4 --byte 1 --offset 2" \
		"mem save a 0 0xffffffffffffffff huge --holes"
	prints "ffffffffffffffff  up to ffffffffffffffff: nothing mapped"
	says "0 bytes are nothing"
	says "pass the end of the address space"
	says "at most 0x100000 bytes (1M) are shown at once"
	says "hint: iommufdctl mem save 1 0x0 0x200000 FILE"
	says "there is no object 9"
	says "with what? --file FILE, --byte BYTE or --iova N"
	says "--byte and --iova exclude each other"
	says "--offset goes with --file only"
	says "huge cannot become so long: File too large"
}
