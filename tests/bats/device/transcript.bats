#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The main job on a real /dev/iommu, as a person types it.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper
load ../prompt

@test "map a file and memory, look, unmap, destroy" {
	local size

	run -0 --separate-stderr iommufdctl ioas alloc
	[ "$output" = "ioas 1" ]
	[[ $stderr =~ ^"started session default (pid "[0-9]+"); it ends with its last object"$ ]]
	run -0 iommufdctl ioas map 1 --file /etc/services
	size=$(stat -c %s /etc/services)
	prints "read file /etc/services at 0x0; rounded up from $(printf '0x%x' "$size")"
	run -0 iommufdctl ioas map 1 --anon 2M --iova 0x40000000
	[ "$output" = "iova 0x40000000 length 0x200000 (2M) read-write anonymous" ]
	run -0 iommufdctl ioas ranges 1
	[ "$output" = $'alignment  0x1\nallowed    0x0-0xffffffffffffffff\nreserved   none' ]
	run -0 bash -c 'iommufdctl --json ioas list | jq -c ".schema, .ioas_list[0].num_mappings"'
	[ "$output" = $'1\n2' ]
	run -0 iommufdctl option get huge-pages 1
	[ "$output" = "huge-pages of ioas 1 is 0x1: the IOMMU may use large pages" ]
	run -0 bash -c 'iommufdctl ioas unmap 1 --all && iommufdctl destroy 1'
	prints "in 2 mappings"
	prints "destroyed 1"
	run -0 iommufdctl session list
	[ "$output" = "no sessions" ]
}

@test "the same at a prompt, and with -c" {
	type_at 'ioas al\tioc\025ioas alloc\n' 'ioas map 1 --anon 4K --iova 1M\n' \
		'ioas show \t\n' 'destroy 1\n' 'exit\n'
	[ "$status" -eq 0 ]
	prints "0x100000  0x1000  4K    read-write  anonymous"
	prints "destroyed 1"
	run -0 --separate-stderr iommufdctl -c 'ioas alloc' -c 'ioas ranges 1'
	prints "allowed    0x0-0xffffffffffffffff"
}

@test "every command in one process, as JSON" {
	head -c 5000 /dev/urandom >file
	run -0 --separate-stderr iommufdctl --json --no-session \
		-c 'option set rlimit-mode 1' -c 'ioas alloc' -c 'ioas alloc' \
		-c 'ioas map 1 --anon 16K --iova 1M --fill 0xaa' \
		-c 'ioas map 1 --file file' -c 'ioas map 1 --file file --copy --write' \
		-c 'ioas map 1 --file file --write' \
		-c 'ioas copy 2 1 0x101000 8K --iova 2M --read' -c 'ioas copy 2 1 1M 16K' \
		-c 'ioas allow 1 0-4G' -c 'ioas allow 1 --clear' -c 'option set huge-pages 0 1' \
		-c 'ioas ranges 1' -c 'option list' -c 'ioas show 2' -c 'destroy 1' \
		-c 'ioas unmap 2 --all' -c 'ioas list' -c 'destroy 2'
	[ -z "$stderr" ]
	[ "$(jq '[.results[] | select(.error == null)] | length' <<<"$output")" -eq 19 ]
	# shellcheck disable=SC2016 # $r is jq's
	run -0 jq -c '[.results[].result] as $r |
		$r[0].option.val64, $r[3].mapping.iova, $r[4].mapping.length,
		$r[5].mapping.memory.kind, $r[7].copied.length,
		$r[12].ranges.out_iova_alignment, ($r[13].options | length),
		$r[14].ioas.num_mappings, $r[16].unmapped.length,
		$r[17].ioas_list[0].mapped_length' <<<"$output"
	[ "$(tr '\n' ' ' <<<"$output")" = \
		'"0x1" "0x100000" "0x2000" "copy" "0x2000" "0x1000" 3 2 "0x6000" "0x0" ' ]
}

@test "what the tool remembers is what the kernel has" {
	# A copy of two mappings can be unmapped piece by piece.
	run -0 --separate-stderr iommufdctl --no-session -c 'ioas alloc' \
		-c 'ioas map 1 --anon 4K --iova 0x1000' -c 'ioas map 1 --anon 4K --iova 0x2000' \
		-c 'ioas copy 1 1 0x1000 8K --iova 0x8000' -c 'ioas unmap 1 0x1000 8K' \
		-c 'ioas unmap 1 0x9000 4K' -c 'ioas show 1' -c 'ioas unmap 1 0 0xffffffffffffffff'
	prints "ioas 1: 1 mapping, 4K mapped"
	prints "0x8000  0x1000"
	[ "${lines[-1]}" = "unmapped 0x1000 bytes (4K) in 1 mapping" ]
}

@test "memory from huge pages, and none of it free" {
	local pages=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages

	echo 0 >$pages
	run -1 --separate-stderr iommufdctl --no-session -c 'ioas alloc' -c 'ioas map 1 --anon 3M --huge 2M'
	says "no 4M of 2M pages, which must be free in advance: Cannot allocate memory"
	says "hint: echo 2 >$pages"
	echo 2 >$pages
	run -0 iommufdctl --no-session -c 'ioas alloc' -c 'ioas map 1 --anon 3M --huge 2M --fill 1'
	prints "length 0x400000 (4M) read-write anonymous; rounded up from 0x300000"
	mkdir huge
	mount -t hugetlbfs none huge
	truncate -s 4M huge/file
	run -0 --separate-stderr iommufdctl --no-session -k -c 'ioas alloc' \
		-c 'ioas map 1 --file huge/file --write --offset 2M --length 5' \
		-c 'ioas unmap 1 --all'
	umount huge
	prints "length 0x200000 (2M) write file huge/file at 0x200000; rounded up from 0x5"
	echo 0 >$pages
}

# map_and_unmap: ten thousand in one batch; sets took, in seconds.
map_and_unmap() {
	local began

	iommufdctl session start
	began=$SECONDS
	iommufdctl --batch script >out
	took=$((SECONDS - began))
	iommufdctl session stop
	echo "$took s"
	[ "$(sed -n 10003p out)" = "1     10000     40000K" ]
	[ "$(tail -1 out)" = "1     0         0" ]
}

@test "ten thousand maps and as many unmaps in one batch take less than 20 s" {
	local limit=20

	# A kernel that watches every byte is several times slower.
	[ ! -e /sys/kernel/debug/kmemleak ] || limit=200
	# Not with a loop: bats looks at each of its turns.
	{
		echo 'ioas alloc'
		seq -f 'ioas map 1 --anon 4K --iova %.0f' 1048576 4096 42004480
		echo 'ioas list'
		seq -f 'ioas unmap 1 %.0f 4K' 1048576 4096 42004480
		echo 'ioas list'
	} >script
	[ "$(wc -l <script)" -eq 20003 ]
	map_and_unmap
	# Unless all of three are held up by what else the machine does.
	[ "$took" -lt $limit ] || map_and_unmap
	[ "$took" -lt $limit ] || map_and_unmap
	[ "$took" -lt $limit ]
}
