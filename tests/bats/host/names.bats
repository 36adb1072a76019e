#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Objects with names.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper

setup_file() {
	load helper
	fake_device
}

@test "a name is as good as an id" {
	run -0 --separate-stderr fake ioas alloc --name guest0
	[ "$output" = "ioas 1 guest0" ]
	fake ioas alloc
	run -0 fake ioas map guest0 --anon 64K --iova 1M
	run -0 fake ioas copy 2 guest0 1M 64K --iova 2M
	[ "$output" = "iova 0x200000 length 0x10000 (64K) read-write of ioas 1 at 0x100000" ]
	run -0 fake option get huge-pages guest0
	run -0 fake ioas show guest0
	[ "${lines[0]}" = "ioas 1 guest0: 1 mapping, 64K mapped" ]
	run -0 fake ioas list
	[ "${lines[1]}" = "1     1         64K     guest0" ]
	[ "${lines[2]}" = "2     1         64K" ]
	[ "$(fake --json ioas list | jq -c '[.ioas_list[].name]')" = '["guest0",null]' ]
	run -0 fake destroy guest0 2
	[ "$output" = "destroyed 1, 2" ]
}

@test "in scripts, and a name is free again with its object" {
	run -0 --separate-stderr fake --no-session -c 'ioas alloc --name a' \
		-c 'ioas alloc --name=b' -c 'destroy a' -c 'ioas alloc --name a' \
		-c 'ioas list'
	[ "${lines[3]}" = "ioas 1 a" ]
	[ "${lines[6]}" = "2     0         0       b" ]
}

@test "a name that is taken" {
	run -1 --separate-stderr fake --no-session -c 'ioas alloc --name guest0' \
		-c 'ioas alloc --name guest0'
	[ "$output" = "ioas 1 guest0" ]
	says $'-c:2: ioas alloc: ioas 1 has this name already\n  ioas alloc --name guest0\n                    ^^^^^^'
}

@test "what is no name" {
	local name

	for name in 7 0x10 4K -1; do
		run -2 --separate-stderr fake --no-session ioas alloc --name "$name"
		says "ioas alloc: not a name: it "
	done
	run -2 --separate-stderr fake --no-session ioas alloc --name 12
	says "it begins as a number does; a name begins with a letter or _"
	run -2 --separate-stderr fake --no-session ioas alloc --name ''
	says "not a name: it is empty"
	run -2 --separate-stderr fake --no-session ioas alloc --name $'a\e[31m'
	says "not a name: letters, digits and _ . - are all that it may have"
	[[ $stderr != *$'\e'* ]]
	run -2 --separate-stderr fake --no-session ioas alloc --name "$(printf 'a%.0s' {1..65})"
	says "not a name: it has more than 64 characters"
}

@test "a name that nothing has" {
	run -1 --separate-stderr fake --no-session -c 'ioas alloc' -c 'ioas show guest0'
	says $'ioas show: there is no object named guest0\n  ioas show guest0\n            ^^^^^^'
	run -2 --separate-stderr fake --no-session ioas show guest/0
	says "ioas show: not a name: letters, digits"
	run -2 --separate-stderr fake --no-session ioas show 1x
	says "ioas show: not a number: "
}
