#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What the kernel refuses, and the cause that the tool names.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper
load ../prompt

@test "mapping: overlap, alignment, space, permission, kind of id" {
	run -1 --separate-stderr iommufdctl --no-session --keep-going -c 'ioas alloc' \
		-c 'ioas map 1 --anon 8K --iova 0x10000 --read' \
		-c 'ioas map 1 --anon 4K --iova 0x11000' \
		-c 'option set huge-pages 0 1' \
		-c 'ioas map 1 --anon 4K --iova 0x20800' \
		-c 'option set huge-pages 1 1' \
		-c 'ioas map 1 --anon 4K --iova 0x20800' \
		-c 'option set huge-pages 0 1' \
		-c 'ioas allow 1 0x100000-0x100fff' -c 'ioas map 1 --anon 8K' \
		-c 'ioas map 9 --anon 4K' \
		-c 'ioas copy 1 1 0x10000 4K --write' -c 'ioas copy 1 1 0x50000 4K' \
		-c 'ioas copy 1 9 0 4K' -c 'ioas copy 1 1 0x10000 8K --iova 0x11000'
	says "-c:3: ioas map: IOMMU_IOAS_MAP: EEXIST: iova 0x11000-0x11fff overlaps the mapping 0x10000-0x11fff (anonymous)"
	says "-c:5: ioas map: IOMMU_IOAS_MAP: EINVAL: iova 0x20800 is not a multiple of 0x1000, the alignment of ioas 1; 0x20000 is the one below"
	says "-c:8: option set: IOMMU_OPTION: EADDRINUSE: ioas 1 holds mappings that are not aligned to 0x1000"
	says "-c:10: ioas map: IOMMU_IOAS_MAP: ENOSPC: no free run of 0x2000 bytes is left in the allowed ranges of ioas 1"
	says "-c:11: ioas map: IOMMU_IOAS_MAP: ENOENT: there is no object 9"
	says "-c:12: ioas copy: IOMMU_IOAS_COPY: EPERM: the source was mapped read-only"
	says "-c:13: ioas copy: IOMMU_IOAS_COPY: ENOENT: ioas 1 does not map all of 0x50000-0x50fff"
	says "-c:14: ioas copy: IOMMU_IOAS_COPY: ENOENT: there is no object 9"
	says "-c:15: ioas copy: IOMMU_IOAS_COPY: EEXIST: iova 0x11000-0x12fff overlaps the mapping 0x10000-0x11fff"
}

@test "unmapping, ranges, options, objects" {
	run -1 --separate-stderr iommufdctl --no-session --keep-going -c 'ioas alloc' \
		-c 'ioas map 1 --anon 8K --iova 0x10000' \
		-c 'ioas unmap 1 0x40000 4K' -c 'ioas unmap 1 0x10000 4K' \
		-c 'ioas unmap 9 --all' -c 'ioas ranges 9' -c 'ioas allow 9 0-1M' \
		-c 'ioas allow 1 0-0xffff 0x8000-0x9000' -c 'ioas allow 1 5-5' \
		-c 'option set rlimit-mode 1' -c 'option set huge-pages 2 1' \
		-c 'option get huge-pages 9' -c 'destroy 9' -c 'ioas show 1'
	says "-c:3: ioas unmap: IOMMU_IOAS_UNMAP: ENOENT: ioas 1 maps nothing at 0x40000-0x40fff"
	says "-c:4: ioas unmap: 0x10000-0x10fff would cut the mapping 0x10000-0x11fff (anonymous)"
	says "-c:5: ioas unmap: IOMMU_IOAS_UNMAP: ENOENT: there is no object 9"
	says "-c:6: ioas ranges: IOMMU_IOAS_IOVA_RANGES: ENOENT: there is no object 9"
	says "-c:7: ioas allow: IOMMU_IOAS_ALLOW_IOVAS: ENOENT: there is no object 9"
	says "-c:8: ioas allow: IOMMU_IOAS_ALLOW_IOVAS: EINVAL: the ranges 0x0-0xffff and 0x8000-0x9000 overlap"
	says "-c:9: ioas allow: IOMMU_IOAS_ALLOW_IOVAS: EINVAL: the range 0x5-0x5 has one byte"
	says "-c:10: option set: IOMMU_OPTION: EBUSY: rlimit-mode can only be set while the descriptor holds no object; it holds 1"
	says "-c:11: option set: IOMMU_OPTION: EINVAL: 2 is not a value of this option"
	says "-c:12: option get: IOMMU_OPTION: ENOENT: there is no object 9"
	says "-c:13: destroy: IOMMU_DESTROY: ENOENT: there is no object 9"
	# Nothing of it changed anything.
	prints "0x10000  0x2000  8K"
	run -1 --separate-stderr setpriv --bounding-set -sys_resource iommufdctl \
		--no-session option set rlimit-mode 1
	says "IOMMU_OPTION: EPERM: to set rlimit-mode takes the capability CAP_SYS_RESOURCE"
}

@test "files that cannot be mapped" {
	mkfifo fifo
	: >empty
	head -c 4096 /dev/zero >file
	run -1 --separate-stderr iommufdctl --no-session --keep-going -c 'ioas alloc' \
		-c 'ioas map 1 --file nowhere' -c 'ioas map 1 --file fifo' \
		-c 'ioas map 1 --file .' -c 'ioas map 1 --file /dev/zero' \
		-c 'ioas map 1 --file empty' -c 'ioas map 1 --file file --offset 4K' \
		-c 'ioas map 1 --file file --length 8K' -c 'ioas map 1 --file /etc/services --write'
	says "-c:2: ioas map: nowhere: No such file or directory"
	says "-c:3: ioas map: fifo is a FIFO"
	says "-c:4: ioas map: . is a directory"
	says "-c:5: ioas map: /dev/zero is a device"
	says "-c:6: ioas map: empty is empty"
	says "-c:7: ioas map: offset 0x1000 is not inside file"
	says "-c:8: ioas map: 0x2000 bytes from offset 0x0 reach beyond the end of file"
	says "-c:9: ioas map: /etc/services cannot be opened for reading and writing: Read-only file system"
}

@test "no permission, and no module" {
	run -1 --separate-stderr as_nobody iommufdctl --no-session ioas alloc
	says "no permission to open /dev/iommu: it belongs to root with mode 0660, and you are nobody"
	says "hint: sudo iommufdctl"
	rmmod iommufd
	run -1 --separate-stderr iommufdctl ioas alloc
	insmod "$IOMMUFD_MODULE"
	says "no /dev/iommu: the kernel $(uname -r) is without iommufd, in itself and in /lib/modules"
	run -0 iommufdctl --no-session ioas alloc
}

@test "closed and full output, and a history on a full disk" {
	run -1 --separate-stderr bash -c 'iommufdctl --no-session ioas alloc >&-'
	says "standard output: Bad file descriptor"
	mkdir -p "$XDG_STATE_HOME"
	mount -t tmpfs -o size=4k none "$XDG_STATE_HOME"
	mkdir "$XDG_STATE_HOME/iommufdctl"
	head -c 4096 /dev/zero >"$XDG_STATE_HOME/iommufdctl/fill" || true
	type_at 'version\n' 'help version\n' 'exit\n'
	umount "$XDG_STATE_HOME"
	[ "$status" -eq 0 ]
	prints "the history is not kept in $XDG_STATE_HOME/iommufdctl/history: No space left on device"
	prints "usage: iommufdctl version"
}
