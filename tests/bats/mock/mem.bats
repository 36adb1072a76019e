#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What a device and the tool see of the same memory, and of its addresses.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines
# shellcheck disable=SC2016 # $IOAS and $DEVICE are set where the script is run

load helper

@test "what a device wrote is seen, and it reads what was written" {
	run -0 with_device 'ioas map $IOAS --anon 8K --iova 32M' \
		'!poke 0x2000ffc hello-device' 'mem dump $IOAS 0x2000ff8 24' \
		'mem write $IOAS 0x2001ff0 --as text pong' '!peek 0x2001ff0 4' \
		'ioas copy $IOAS $IOAS 0x2001000 4K --iova 64M' '!poke 0x4000000 shared' \
		'mem dump $IOAS 0x2001000 6'
	prints "02000ff0                           00 00 00 00 68 65 6c 6c          ....hell"
	prints "02001000  6f 2d 64 65 76 69 63 65  00 00 00 00 00 00 00 00  o-device........"
	prints "the device reads pong"
	prints "02001000  73 68 61 72 65 64                                 shared"
}

@test "addresses that a device reserves, drawn" {
	local row=................................................................

	run -0 with_device '!reserve 0x10000000 0x100000' \
		'ioas map $IOAS --anon 512K --iova 0x10100000' \
		'ioas show $IOAS --map --from 0xff00000 --to 0x101fffff' 'ioas show $IOAS --map'
	prints "0ff00000 $row
0ff80000 $row
10000000 ${row//./x}
10080000 ${row//./x}
10100000 ${row//./#}
10180000 $row
0xff00000-0x101fffff, 8K a character"
	# What the device cannot reach is reserved, too.
	prints "00000000 x"
}

@test "the tree of a device's page tables" {
	drivers_make_page_tables || {
		page_tables_are_refused
		return
	}
	run -0 with_device 'hwpt alloc $DEVICE $IOAS --nest-parent --name parent' \
		'ioas map $IOAS --anon 4K --iova 32M' 'tree' 'session export'
	prints "- ioas 1: 1 mapping, 4K mapped"
	prints "- 0x2000000 4K read-write anonymous"
	prints "hwpt 5 parent with device "
	prints "- device "
	prints "# not rebuilt: hwpt 5"
}
