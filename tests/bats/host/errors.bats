#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What the kernel refuses, explained: each ioctl, each errno that it documents.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper

setup_file() {
	load helper
	fake_device
}

# refused ERRNO IOCTL-NUMBER ARGUMENT... TEXT: the fake fails so.
refused() {
	local number=$1 nr=$2 text=${*: -1}

	FAKE_IOMMU_FAIL=$nr:$number run -1 --separate-stderr fake --no-session \
		-c "ioas alloc" -c "${*:3:$#-3}"
	says "-c:2: "
	says "$text"
}

@test "an overlap: with which mapping" {
	fake ioas alloc
	fake ioas map 1 --anon 8K --iova 0x10000
	head -c 4096 /dev/zero >file
	run -1 --separate-stderr fake ioas map 1 --file file --iova 0x11000
	[ -z "$output" ]
	says "IOMMU_IOAS_MAP: EEXIST: iova 0x11000-0x11fff overlaps the mapping 0x10000-0x11fff (anonymous)"
	says "IOMMU_IOAS_MAP {flags=FIXED_IOVA|READABLE, ioas_id=1, user_va=0x"
	says "hint: iommufdctl ioas show 1"
}

@test "a misaligned address: which boundary" {
	export FAKE_IOMMU_ALIGN=0x1000
	fake ioas alloc
	run -1 --separate-stderr fake ioas map 1 --anon 8K --iova 0x11800
	says "EINVAL: iova 0x11800 is not a multiple of 0x1000, the alignment of ioas 1; 0x11000 is the one below"
	says "hint: iommufdctl ioas ranges 1"
}

@test "a reserved address: which range" {
	export FAKE_IOMMU_RESERVED=0xfee00000-0xfeefffff
	fake ioas alloc
	run -1 --separate-stderr fake ioas map 1 --anon 4K --iova 0xfee00000
	says "EINVAL: iova 0xfee00000 lies in the reserved range 0xfee00000-0xfeefffff"
	run -1 --separate-stderr fake ioas map 1 --anon 2M --iova 0xfed00000
	says "EINVAL: iova 0xfed00000 and its length reach into the reserved range 0xfee00000-0xfeefffff"
	says "0xfeefffff: MSI window of x86"
	says "hint: iommufdctl ioas ranges 1 --why"
	run -0 fake ioas ranges 1
	prints "reserved   0xfee00000-0xfeefffff"
	run -1 --separate-stderr fake ioas allow 1 0-4G
	says "EADDRINUSE: 0x0-0x100000000 holds the reserved range 0xfee00000-0xfeefffff"
	run -0 fake --json ioas list
	[ "$(jq '.ioas_list[0].num_mappings' <<<"$output")" -eq 0 ]
}

@test "a reserved address: what it is for" {
	local range name

	while IFS='|' read -r range iova name; do
		FAKE_IOMMU_RESERVED=$range run -1 --separate-stderr fake --json --no-session \
			-c "ioas alloc" -c "ioas map 1 --anon 4K --iova $iova"
		[ "$(jq -r '.results[1].error.cause | .kind, .name' <<<"$output" | tr '\n' ' ')" = \
			"reserved $name " ]
	done <<-'END'
		0xfee00000-0xfeefffff|0xfee01000|MSI window of x86
		0x8000000-0x80fffff|0x8000000|MSI window of Arm
		0xfd00000000-0xffffffffff|0xfd00000000|AMD's HyperTransport
		0x1000-0x1fff|0x1000|null
	END
}

@test "an id that is not there" {
	local line

	fake ioas alloc
	for line in "ioas map 7 --anon 4K" "ioas unmap 7 --all" "ioas show 7" \
		"ioas ranges 7" "ioas allow 7 0-1M" "ioas copy 7 1 0 4K" \
		"ioas copy 1 7 0 4K" "option get huge-pages 7" "destroy 7"; do
		# shellcheck disable=SC2086 # the line is to be split
		run -1 --separate-stderr fake $line
		says "there is no object 7"
	done
}

@test "destroying several: all or, if one of them is wrong, none" {
	fake -q -c "ioas alloc" -c "ioas alloc"
	run -1 --separate-stderr fake destroy 1 7
	says "there is no object 7; none is destroyed"
	run -2 --separate-stderr fake destroy 1 2 1
	says "object 1 is given twice"
	run -0 fake --json ioas list
	[ "$(jq '.ioas_list | length' <<<"$output")" -eq 2 ]
	run -0 fake destroy 2 1
	[ "$output" = "destroyed 2, 1" ]
}

@test "an unmapping that fails half-way: the list has what is left" {
	FAKE_IOMMU_BUSY=0x1000 run -1 --separate-stderr fake --no-session -k -c "ioas alloc" \
		-c "ioas map 1 --anon 4K --iova 0x1000" -c "ioas map 1 --anon 4K --iova 0x2000" \
		-c "ioas map 1 --anon 4K --iova 0x3000" -c "ioas unmap 1 --all" -c "ioas show 1"
	says "IOMMU_IOAS_UNMAP: EBUSY: a driver in the kernel uses the mapping; 2 others were unmapped"
	prints "ioas 1: 1 mapping, 4K mapped"
	prints "0x1000  0x1000"
}

@test "where the kernel maps, nothing else can be" {
	FAKE_IOMMU_LIE=5 run -1 --separate-stderr fake --no-session -k -c "ioas alloc" \
		-c "ioas map 1 --anon 4K --iova 1M" -c "ioas unmap 1 1M 4K" \
		-c "ioas map 1 --anon 8K --iova 1M" -c "ioas show 1" -c "ioas unmap 1 1M 8K" \
		-c "ioas map 1 --anon 4K --iova 4M" -c "ioas copy 1 1 4M 4K --iova 1M" -c "ioas show 1"
	prints "ioas 1: 1 mapping, 8K mapped"
	prints "ioas 1: 2 mappings, 8K mapped"
}

@test "the value and the id of an option in the wrong order" {
	fake ioas alloc
	run -1 --separate-stderr fake option set huge-pages 1 0
	says "hint: iommufdctl option set huge-pages 0 1"
}

@test "unmapping what is not there, or only a part of what is" {
	fake ioas alloc
	fake ioas map 1 --anon 4K --iova 0x10000
	fake ioas map 1 --anon 8K --iova 0x11000
	run -1 --separate-stderr fake ioas unmap 1 0x40000 4K
	says "IOMMU_IOAS_UNMAP: ENOENT: ioas 1 maps nothing at 0x40000-0x40fff"
	# The kernel would undo the first of them before it fails.
	run -1 --separate-stderr fake ioas unmap 1 0x10000 8K
	says "0x10000-0x11fff would cut the mapping 0x11000-0x12fff (anonymous)"
	says "hint: iommufdctl ioas unmap 1 0x11000 0x2000"
	run -1 --separate-stderr fake ioas unmap 1 0x12000 4K
	says "would cut the mapping 0x11000-0x12fff"
	run -0 fake --json ioas show 1
	[ "$(jq '.ioas.num_mappings' <<<"$output")" -eq 2 ]
	run -0 fake ioas unmap 1 0 0xffffffffffffffff
	run -0 fake ioas unmap 1 --all
	[ "$output" = "unmapped 0x0 bytes (0) in 0 mappings" ]
}

@test "addresses at the end of the space" {
	fake ioas alloc
	run -2 --separate-stderr fake ioas map 1 --anon 8K --iova 0xfffffffffffff000
	says "0x2000 bytes from here pass the end of the address space"
	run -0 fake ioas map 1 --anon 4K --iova 0xfffffffffffff000
	run -0 fake ioas show 1
	prints "0xfffffffffffff000  0x1000"
	run -2 --separate-stderr fake ioas unmap 1 0x1000 0xffffffffffffffff
	says "pass the end of the address space"
	run -0 fake ioas unmap 1 0xfffffffffffff000 4K
}

@test "ranges of an allow list that overlap, or are too small" {
	fake ioas alloc
	run -1 --separate-stderr fake ioas allow 1 0-0xffff 1M-2M 0x8000-0x9000
	says "EINVAL: the ranges 0x0-0xffff and 0x8000-0x9000 overlap"
	run -1 --separate-stderr fake ioas allow 1 5-5
	says "the range 0x5-0x5 has one byte"
}

@test "rlimit-mode while there are objects" {
	fake ioas alloc
	run -1 --separate-stderr fake option set rlimit-mode 1
	says "IOMMU_OPTION: EBUSY: rlimit-mode can only be set while the descriptor holds no object; it holds 1"
	says "hint: iommufdctl session start NAME --rlimit-mode 1"
	run -1 --separate-stderr fake option set huge-pages 2 1
	says "EINVAL: 2 is not a value of this option, 0 and 1 are"
	run -0 fake session start guest0 --rlimit-mode 1
	run -0 fake --session guest0 option get rlimit-mode
	prints "is 0x1"
	run -1 --separate-stderr fake session start guest1 --rlimit-mode 5
	says "5 is not a value"
	run -0 fake --json session list
	[ "$(jq -c '[.sessions[].name]' <<<"$output")" = '["default","guest0"]' ]
}

@test "every errno that the user API documents has its words" {
	# ENOTTY, EOPNOTSUPP, E2BIG, ENOMEM, EPERM, EFAULT of any ioctl
	refused 25 0x84 ioas ranges 1 "does not know IOMMU_IOAS_IOVA_RANGES; Linux has it since version 6.2"
	refused 95 0x84 ioas ranges 1 "EOPNOTSUPP: a reserved field is not 0"
	refused 7 0x84 ioas ranges 1 "E2BIG: this kernel's struct is shorter"
	refused 12 0x82 ioas allow 1 0-1M "ENOMEM: out of memory"
	refused 16 0x80 destroy 1 "IOMMU_DESTROY: EBUSY: another object still uses object 1"
	# MAP and COPY
	refused 28 0x85 ioas map 1 --anon 4K "ENOSPC: no free run of 0x1000 bytes is left in the allowed ranges of ioas 1"
	refused 12 0x85 ioas map 1 --anon 4K "ENOMEM: out of memory"
	refused 14 0x85 ioas map 1 --anon 4K "EFAULT: the memory cannot be pinned"
	refused 75 0x85 ioas map 1 --anon 4K "EOVERFLOW: iova 0x0 with length 0x1000 passes the end"
	refused 1 0x83 ioas copy 1 1 0 4K "EPERM: the source was mapped read-only"
	refused 2 0x83 ioas copy 1 1 0 4K "ENOENT: ioas 1 does not map all of 0x0-0xfff"
	# UNMAP
	refused 75 0x86 ioas unmap 1 0 4K "EOVERFLOW: iova 0x0 with length 0x1000 passes the end"
	refused 16 0x86 ioas unmap 1 0 4K "EBUSY: a driver in the kernel uses the mapping"
	# OPTION
	refused 1 0x87 option set rlimit-mode 1 "EPERM: to set rlimit-mode takes the capability CAP_SYS_RESOURCE"
	refused 98 0x87 option set huge-pages 0 1 "EADDRINUSE: ioas 1 holds mappings that are not aligned to 0x1000"
	# and one that nobody documents
	refused 74 0x87 option get rlimit-mode "EBADMSG: Bad message"
}

@test "a refusal as JSON: the struct's fields by their names" {
	fake ioas alloc
	fake ioas map 1 --anon 4K --iova 0x1000
	run -1 --separate-stderr fake --json ioas map 1 --anon 4K --iova 0x1000
	[ "$(jq -c '.error | [.command, .ioctl, .errno, .hint]' <<<"$output")" = \
		'["ioas map","IOMMU_IOAS_MAP","EEXIST","iommufdctl ioas show 1"]' ]
	[ "$(jq -c '.error.request | [.flags, .ioas_id, .length, .iova]' <<<"$output")" = \
		'[["FIXED_IOVA","WRITEABLE","READABLE"],1,"0x1000","0x1000"]' ]
	jq -e '.schema == 1 and .error.where == null' <<<"$output"
	[ "$(jq -c .error.cause <<<"$output")" = \
		'{"kind":"overlap","with":{"iova":"0x1000","length":"0x1000","memory":"anonymous","path":null}}' ]
}

@test "the lock limit, with its figures" {
	fake -q session start
	FAKE_IOMMU_FAIL=0x85:12 run -1 --separate-stderr prlimit --memlock=65536 \
		setpriv --bounding-set=-ipc_lock --inh-caps=-ipc_lock env LD_PRELOAD="$FAKE" \
		iommufdctl --json --no-session -c "ioas alloc" -c "ioas map 1 --anon 128K"
	says "ENOMEM: out of memory, or more would be pinned than the lock limit of 65536 bytes allows: 0x0 are mapped here, and 0x20000 come on top; the limit is of the user"
	[ "$(jq -c '.results[1].error.cause | [.kind, .limit, .length, .of]' <<<"$output")" = \
		'["lock-limit","0x10000","0x20000","user"]' ]
}

