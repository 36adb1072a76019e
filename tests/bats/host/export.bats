#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What a session maps, as a script, and the session made again of that.
#
# shellcheck disable=SC2016,SC2154 # $ is of the tool; run sets output, stderr, ...

load helper

setup_file() {
	load helper
	fake_device
}

# script: what the default session exports, without the comments.
script() {
	run -0 --separate-stderr fake session export
	output=$(grep -v '^#' <<<"$output" || true)
}

# The default session and one rebuilt of its export, in another directory,
# export the same.
round_trip() {
	fake session export >exported
	mkdir -p elsewhere
	cd elsewhere || return
	fake session start rebuilt
	fake --session rebuilt --quiet --batch ../exported
	fake session export rebuilt >again
	fake session stop rebuilt
	diff ../exported again
}

@test "options, names, allowed ranges and mappings" {
	head -c 5000 /dev/zero >"a file"
	fake session start
	fake --quiet --batch - <<-'END'
		option set rlimit-mode 1
		ioas alloc --name guest0
		ioas alloc
		option set huge-pages 0 2
		ioas allow guest0 1M-2M 1G-0x7fffffff
		ioas map guest0 --anon 6K --iova 1M --read
		ioas map guest0 --file 'a file' --iova 3M
		ioas map 2 --file 'a file' --iova 4M --offset 100 --length 10 --copy
	END
	script
	[ "$output" = "option set rlimit-mode 1
ioas alloc --name guest0
ioas allow guest0 0x100000-0x200000 0x40000000-0x7fffffff
\$ioas2 = ioas alloc
option set huge-pages 0 \$ioas2
ioas map guest0 --iova 0x100000 --anon 0x2000 --read
ioas map guest0 --iova 0x300000 --file '$PWD/a file' --offset 0x0 --length 0x1388 --read
ioas map \$ioas2 --iova 0x400000 --file '$PWD/a file' --offset 0x64 --length 0xa --copy --read" ]
	round_trip
}

@test "memory that is shared is shared again" {
	fake session start
	fake --quiet -c "ioas alloc" -c "ioas alloc" -c "destroy 1" -c "ioas alloc" -c "ioas alloc" \
		-c "ioas map 2 --anon 16K --iova 1M" -c "ioas copy 1 2 0x101000 4K --iova 2M --read" \
		-c "ioas copy 3 2 1M 16K --iova 3M"
	script
	[ "$output" = '$ioas1 = ioas alloc
$ioas2 = ioas alloc
$ioas3 = ioas alloc
ioas map $ioas2 --iova 0x100000 --anon 0x4000 --read --write
ioas copy $ioas1 $ioas2 0x101000 0x1000 --iova 0x200000 --read
ioas copy $ioas3 $ioas2 0x100000 0x4000 --iova 0x300000 --read --write' ]
	round_trip
	cd ..
	fake session start two
	fake --session two --quiet --batch exported
	fake --session two --quiet -c "mem write 2 0x101000 5a"
	run -0 fake --session two mem dump 1 2M 1
	prints "  5a  "
}

@test "memory of which only parts are left" {
	fake session start
	fake --quiet -c "ioas alloc --name a" -c "ioas map a --anon 16K --iova 1M" \
		-c "ioas copy a a 0x101000 4K --iova 4M" -c "ioas copy a a 0x103000 100 --iova 5M --read" \
		-c "ioas unmap a 1M 16K"
	script
	[ "$output" = 'ioas alloc --name a
$scratch = ioas alloc
ioas map $scratch --iova 0x40000000 --anon 0x4000 --read --write
ioas copy a $scratch 0x40001000 0x1000 --iova 0x400000 --read --write
ioas copy a $scratch 0x40003000 0x64 --iova 0x500000 --read
ioas unmap $scratch --all
destroy $scratch' ]
	round_trip
}

@test "what has gaps in its ids, and nothing at all" {
	fake session start
	round_trip
	cd ..
	fake --quiet -c "ioas alloc" -c "ioas alloc" -c "ioas alloc --name c" -c "destroy 1" \
		-c "ioas map c --anon 4K --iova 0" -c "ioas map c --anon 4K --iova 0xfffffffffffff000"
	script
	[ "${lines[-3]}" = 'ioas alloc --name c' ]
	rm -r elsewhere
	round_trip
}

@test "memory that was mapped by its descriptor" {
	fake session start
	fake --quiet -c "ioas alloc" -c "ioas map 1 --anon 8K --iova 1M --by-fd" \
		-c "ioas copy 1 1 1M 8K --iova 0"
	script
	[ "$(tail -2 <<<"$output")" = 'ioas map $ioas1 --iova 0x0 --anon 0x2000 --by-fd --read --write
ioas copy $ioas1 $ioas1 0x0 0x2000 --iova 0x100000 --read --write' ]
	round_trip
}

@test "a name that no line can have" {
	local name=$'a\e[31m\nb'

	head -c 4096 /dev/zero >"$name"
	fake session start
	fake --quiet -c "ioas alloc" -c "ioas map 1 --file '$name' --iova 1M"
	run -0 fake session export
	prints "# not rebuilt, no line can have its name: $PWD/a\x1b[31m\x0ab"
	run -0 fake --json session export
	[ "$(jq .export.left_out <<<"$output")" -eq 1 ]
}

@test "in one process, by name, and where there is none" {
	run -0 fake --no-session -c "ioas alloc --name a" -c "session export"
	[ "${lines[-1]}" = "ioas alloc --name a" ]
	run -1 --separate-stderr fake session export nobody
	says "there is no session nobody"
	run -1 --separate-stderr fake session export
	says "hint: iommufdctl session list"
}
