#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Variables of a script: $NAME = command, $NAME, and $_.
#
# shellcheck disable=SC2016,SC2154 # these $ are the tool's; run sets output

load helper

setup_file() {
	load helper
	fake_device
}

script='$guest = ioas alloc
$ram = ioas map $guest --anon 2M
ioas alloc --name "copy-of-$guest"
ioas copy $_ $guest $ram 2M --iova 1G
ioas unmap ${guest} $ram 2M
ioas list'

@test "what a command made is kept, and \$_ is the last id" {
	run -0 --separate-stderr fake --no-session <<<"$script"
	[ "${lines[0]}" = "ioas 1" ]
	[ "${lines[2]}" = "ioas 2 copy-of-1" ]
	prints "iova 0x40000000 length 0x200000 (2M) read-write of ioas 1 at 0x1000"
	[ "${lines[6]}" = "1     0         0" ]
}

@test "the same in a session, where nothing stays of them" {
	fake -q <<<"$script"
	run -0 fake ioas list
	[ "${lines[2]}" = "2     1         2M      copy-of-1" ]
	run -2 --separate-stderr fake -c 'ioas show $guest'
	says "-c:1: this variable is not set"
	run -2 --separate-stderr fake -c 'ioas show $_'
	says "this variable is not set"
}

@test "they pass between the tool and its session as lines do" {
	run -0 --separate-stderr fake -q -c '$a = ioas alloc' -c 'help ioas' \
		-c '$b = ioas alloc' -c 'session list' -c 'destroy $a' -c 'destroy $b'
}

@test "a variable that is not set is an error, and pointed at" {
	run -2 --separate-stderr fake --no-session -c 'ioas alloc' \
		-c 'ioas map $guest --anon 4K' -c 'ioas alloc'
	[ "$output" = "ioas 1" ]
	says $'-c:2: this variable is not set\n  ioas map $guest --anon 4K\n           ^^^^^^'
	run -1 --separate-stderr fake --no-session -k -c 'ioas show "x${nothing}"' -c 'ioas alloc'
	[ "$output" = "ioas 1" ]
	says $'  ioas show "x${nothing}"\n              ^^^^^^^^^^'
}

@test "a \$ that is none" {
	local name='a $b ${c'

	head -c 4096 /dev/zero >"$name"
	run -0 fake --no-session -c 'ioas alloc' -c "ioas map 1 --file 'a \$b \${c'" \
		-c 'ioas map 1 --file "a \$b ${c"' -c 'ioas map 1 --file a\ \$b\ ${c'
	[ "$(grep -c 'file a $b ${c at' <<<"$output")" -eq 3 ]
	# What the shell has passed is not looked at again.
	fake ioas alloc
	run -0 fake ioas map 1 --file "$name"
	prints 'file a $b ${c at 0x0'
}

@test "what cannot be kept, and where it cannot" {
	run -2 --separate-stderr fake --no-session -c '$x = ioas list'
	says $'there is nothing to keep of that\n  $x = ioas list\n  ^^'
	run -2 --separate-stderr fake --no-session -c '$_ = ioas alloc'
	says 'set by nobody'
	run -2 --separate-stderr fake --no-session -c '$x ='
	says 'what is it to keep? $x = COMMAND'
	run -2 --separate-stderr fake --no-session -c '$1 = ioas alloc'
	says 'no such command'
}

@test "--quiet keeps them, too" {
	run -0 fake -q --no-session -c '$x = ioas alloc' -c '$y = ioas map $x --anon 4K' \
		-c 'ioas unmap $x $y 4K'
	[ -z "$output" ]
	run -0 fake --json -q -c '$x = ioas alloc' -c 'destroy $x'
	[ "$(jq -c .results <<<"$output")" = '[]' ]
}
