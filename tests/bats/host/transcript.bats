#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The main job as a person types it, on the fake device.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper

setup_file() {
	load helper
	fake_device
}

@test "from nothing to mapped memory and back" {
	run -0 --separate-stderr fake ioas alloc
	[ "$output" = "ioas 1" ]
	[[ $stderr =~ ^"started session default (pid "[0-9]+"); it ends with its last object"$ ]]
	head -c 5000 /dev/zero >file
	run -0 fake ioas map 1 --file file
	[ "$output" = "iova 0x1000 length 0x2000 (8K) read file file at 0x0; rounded up from 0x1388" ]
	run -0 fake ioas map 1 --anon 2M --iova 0x40000000
	[ "$output" = "iova 0x40000000 length 0x200000 (2M) read-write anonymous" ]
	run -0 fake ioas ranges 1
	[ "$output" = $'alignment  0x1\nallowed    0x0-0xffffffffffffffff\nreserved   none' ]
	run -0 fake --json ioas list
	[ "$(jq -c .ioas_list <<<"$output")" = \
		'[{"ioas_id":1,"name":null,"num_mappings":2,"mapped_length":"0x202000"}]' ]
	run -0 fake option get huge-pages 1
	[ "$output" = "huge-pages of ioas 1 is 0x1: the IOMMU may use large pages" ]
	run -0 fake ioas show 1
	prints "0x1000      0x2000    8K    read        file       file at 0x0"
	run -0 fake ioas unmap 1 --all
	[ "$output" = "unmapped 0x202000 bytes (2056K) in 2 mappings" ]
	run -0 fake destroy 1
	[ "$output" = "destroyed 1" ]
	# The session went with its last object, and took its socket along.
	[ -z "$(ls -A "$XDG_RUNTIME_DIR/iommufdctl")" ]
}

@test "the same in one process" {
	run -0 --separate-stderr fake --no-session -c 'ioas alloc' \
		-c 'ioas map 1 --anon 64K --iova 1M' -c 'ioas show 1'
	[ -z "$stderr" ]
	prints "0x100000  0x10000  64K   read-write  anonymous"
	# Columns without anything at the end of a line leave no blanks there.
	[[ $output$'\n' != *" "$'\n'* ]]
	[ ! -e "$XDG_RUNTIME_DIR/iommufdctl" ]
}

@test "copies share memory and outlive their source" {
	fake ioas alloc
	fake ioas alloc
	fake ioas map 1 --anon 16K --iova 1M --read
	run -0 fake ioas copy 2 1 0x101000 8K --iova 2M
	[ "$output" = "iova 0x200000 length 0x2000 (8K) read of ioas 1 at 0x101000" ]
	fake destroy 1
	run -0 fake --json ioas show 2
	[ "$(jq -c '.ioas.mappings[0] | [.iova, .length, .readable, .writeable, .memory.offset]' \
		<<<"$output")" = '["0x200000","0x2000",true,false,"0x1000"]' ]
}

@test "a copy over two mappings is two mappings" {
	fake ioas alloc
	fake ioas map 1 --anon 4K --iova 0x1000
	fake ioas map 1 --anon 4K --iova 0x2000
	fake ioas copy 1 1 0x1000 8K --iova 0x8000
	run -0 fake --json ioas show 1
	[ "$(jq -c '[.ioas.mappings[].iova]' <<<"$output")" = \
		'["0x1000","0x2000","0x8000","0x9000"]' ]
	run -0 fake ioas unmap 1 0x9000 4K
}

@test "the allow list" {
	fake ioas alloc
	run -0 fake ioas allow 1 0x1000-0xffff 1M-2M
	[ "$output" = $'allowed    0x1000-0xffff\nallowed    0x100000-0x200000' ]
	run -0 fake ioas allow 1 --clear
	[ "$output" = "allowed    all that is not reserved" ]
	run -2 --separate-stderr fake ioas allow 1
	says "which ranges?"
}

@test "options" {
	fake session start
	run -0 fake option set rlimit-mode 1
	[ "$output" = "rlimit-mode is 0x1: pinned memory counts for the process" ]
	fake ioas alloc
	fake option set huge-pages 0 1
	run -0 fake --json option list
	[ "$(jq -c '[.options[] | [.option, .object_id, .val64]]' <<<"$output")" = \
		'[["rlimit-mode",0,"0x1"],["huge-pages",1,"0x0"]]' ]
	run -2 --separate-stderr fake option get huge-pages
	says "huge-pages is of an ioas: give its id"
	run -2 --separate-stderr fake option set rlimit-mode 1 1
	says "takes no id"
}
