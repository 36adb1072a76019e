#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Memory from files: what can be mapped, and what each of the others is.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper

setup_file() {
	load helper
	fake_device
}

map_refused() {
	run -1 --separate-stderr timeout 60 env LD_PRELOAD="$FAKE" iommufdctl \
		--no-session -c "ioas alloc" -c "ioas map 1 --file $1"
	says "-c:2: ioas map: "
	says "$2"
}

@test "what is no regular file is refused, and nothing waits or is opened" {
	mkfifo fifo
	: >empty
	map_refused nowhere "nowhere: No such file or directory"
	map_refused . ". is a directory"
	map_refused fifo "fifo is a FIFO"
	map_refused /dev/zero "/dev/zero is a device"
	map_refused empty "empty is empty, there is nothing to map"
	map_refused /proc/self/status "is empty"
}

@test "parts of a file" {
	head -c 10000 /dev/zero >file
	run -0 fake --no-session -c "ioas alloc" \
		-c "ioas map 1 --file file --offset 4K --length 100"
	prints "length 0x1000 (4K) read file file at 0x1000; rounded up from 0x64"
	map_refused "file --offset 100" "offset 0x64 is not a multiple of the page size 0x1000"
	map_refused "file --offset 1M" "offset 0x100000 is not inside file, which has 0x2710 bytes"
	map_refused "file --length 1M" "reach beyond the end of file, which has 0x2710 bytes"
	map_refused "file --offset 8K --length 4K" "reach beyond the end"
	run -0 fake --no-session -c "ioas alloc" \
		-c "ioas map 1 --file file --offset 100 --copy --write"
	prints "length 0x3000 (12K) write copy file at 0x64; rounded up from 0x26ac"
}

@test "options that need each other" {
	local line

	for line in "--anon 4K --offset 4K" "--file f --fill 1" "--anon 0" \
		"--anon 4K --file f" "--file f --huge 2M" "--anon 4K --fill 256" \
		"--file f --length 0" "--anon 4K --copy" "--read"; do
		run -2 --separate-stderr fake --no-session -c "ioas alloc" \
			-c "ioas map 1 $line"
		says "  ioas map 1 $line"
		says "^"
	done
}

@test "device writes to a file: where the kernel lets them" {
	local ordinary shm=/dev/shm/iommufdctl-$$

	head -c 4096 /dev/zero >"$shm"
	run -0 fake --no-session -c "ioas alloc" -c "ioas map 1 --file $shm --write"
	rm "$shm"
	prints "write file"
	ordinary=$(mktemp /var/tmp/iommufdctl.XXXXXX)
	[ "$(stat -fc %T "$ordinary")" != tmpfs ]
	head -c 4096 /dev/zero >"$ordinary"
	case $(uname -r | cut -d. -f1-2) in
	[1-5].* | 6.[0-4])
		run -0 fake --no-session -c "ioas alloc" -c "ioas map 1 --file $ordinary --write"
		;;
	*)
		map_refused "$ordinary --write" "since Linux 6.5 that is for tmpfs, hugetlbfs and memfd only; --copy maps a private copy instead"
		;;
	esac
	rm "$ordinary"
}

@test "names with blanks, quotes and escapes" {
	local name=$'a b\'c\e[31m"d'

	head -c 4096 /dev/zero >"$name"
	fake ioas alloc
	run -0 fake ioas map 1 --file "$name"
	prints 'read file a b'"'"'c\x1b[31m"d at 0x0'
	run -0 fake --json ioas show 1
	[ "$(jq -r '.ioas.mappings[0].memory.path' <<<"$output")" = "$name" ]
	run -0 fake ioas show 1
	[[ $output != *$'\e'* ]]
}

@test "names that are not UTF-8" {
	local name=$'\xff\xfe'

	head -c 4096 /dev/zero >"$name"
	fake ioas alloc
	run -0 fake --json ioas map 1 --file "$name"
	[ "$(jq -r '.mapping.memory.path' <<<"$output")" = '\xff\xfe' ]
}

@test "a file that shrinks under the session harms nobody" {
	head -c 8192 /dev/zero >file
	fake ioas alloc
	fake ioas map 1 --file file
	: >file
	run -0 fake ioas show 1
	prints "0x2000"
	run -0 fake ioas unmap 1 --all
}

@test "paths are those of the client's directory" {
	mkdir sub
	head -c 4096 /dev/zero >sub/inside
	fake ioas alloc
	(cd sub && fake ioas map 1 --file inside)
	run -1 --separate-stderr fake ioas map 1 --file inside
	says "inside: No such file or directory"
}

@test "pages that are not to be had are an error" {
	FAKE_IOMMU_POPULATE=14 run -1 --separate-stderr fake --no-session -c "ioas alloc" \
		-c "ioas map 1 --anon 4K --fill 1"
	says "the memory to fill is not to be had: Bad address"
}

@test "a long copy or fill ends with the client that wanted it" {
	local line client

	truncate -s 1G big
	# A second for each piece of memory, so a minute for all.
	FAKE_IOMMU_SLOW=1000:$PWD/begun fake ioas alloc
	for line in "--anon 1G --fill 1" "--file big --copy"; do
		# shellcheck disable=SC2086 # the line is to be split
		iommufdctl ioas map 1 $line &
		client=$!
		eventually [ -e begun ]
		kill $client
		wait $client || true
		run -0 timeout 40 iommufdctl ioas list
		prints "1     0         0"
		rm begun
	done
}

@test "more memory than there can be" {
	run -1 --separate-stderr fake --no-session -c "ioas alloc" -c "ioas map 1 --anon 16000000T"
	says "more than a process can hold"
	run -1 --separate-stderr fake --no-session -c "ioas alloc" -c "ioas map 1 --anon 4000T"
	says "no anonymous memory of 4000T: Cannot allocate memory"
	run -1 --separate-stderr fake --no-session -c "ioas alloc" -c "ioas map 1 --anon 500G --huge 1G"
	says "no 500G of 1G pages, which must be free in advance"
	says "hint: echo 500 >/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages" ||
		says "Invalid argument"
}
