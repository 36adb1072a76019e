#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What the kernel can do, and what it says when it cannot.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper

setup_file() {
	load helper
	fake_device
}

# here IOCTL [FEATURE]: what caps says of it.
here() {
	jq -r --arg ioctl "$1" --arg feature "${2:-}" '.caps.features[] |
		select(.ioctl == $ioctl and (.feature // "") == $feature).here' <<<"$output"
}

@test "the newest kernel has everything" {
	run -0 --separate-stderr fake --json caps
	[ -z "$stderr" ]
	[ "$(jq -r '.caps | .device, .release' <<<"$output")" = "/dev/iommu
$(uname -r)" ]
	[ "$(jq '[.caps.features[] | select(.feature == null)] | length' <<<"$output")" -eq 21 ]
	[ "$(jq '[.caps.features[] | select(.here == "no") | .ioctl] | unique' -c <<<"$output")" = \
		'["VFIO_CHECK_EXTENSION"]' ]
	run -0 fake caps
	prints "IOMMU_HW_QUEUE_ALLOC                             6.17   yes"
	prints "IOMMU_GET_HW_INFO              INPUT_TYPE        6.17   yes"
}

@test "each version of Linux has what its column says" {
	local version

	for version in 2 6 7 8 11 12 13 14 15 17; do
		FAKE_IOMMU_LINUX=$version run -0 fake --json caps
		jq -e --argjson version $version '[.caps.features[] |
			select(.ioctl | startswith("IOMMU")) |
			select(.here != "undecided") |
			select((.here == "yes") != ((.since | ltrimstr("6.") | tonumber) <= $version))
			] == []' <<<"$output"
	done
}

@test "asking makes nothing, in a session or without one" {
	run -0 --separate-stderr fake caps
	[ ! -e "$XDG_RUNTIME_DIR/iommufdctl" ]
	fake ioas alloc
	fake caps
	run -0 --separate-stderr fake --no-session -c caps -c 'ioas alloc' -c caps -c 'destroy 1'
	prints "ioas 1"
	# Where the option is refused while there are objects, there are none.
	run -0 --separate-stderr fake --no-session -c caps -c 'option set rlimit-mode 1'
}

@test "page requests that this kernel's drivers cannot deliver" {
	FAKE_IOMMU_FAIL=0x8e:95 run -0 fake --json caps
	[ "$(here IOMMU_FAULT_QUEUE_ALLOC)" = yes ]
	[ "$(here IOMMU_FAULT_QUEUE_ALLOC "page requests")" = unsupported ]
}

@test "no device, and one that is none" {
	FAKE_IOMMU_OPEN=2 run -1 --separate-stderr fake caps
	says "/dev/iommu"
	run -1 --separate-stderr iommufdctl --device /dev/null caps
	says "/dev/null"
}

@test "explain: an errno of an ioctl, by any of their names" {
	local name

	run -0 iommufdctl explain EINVAL IOMMU_IOAS_MAP
	prints "EINVAL (22) of IOMMU_IOAS_MAP, which Linux has since 6.2: the request is understood, and wrong"
	prints $'the iova is reserved, or above the aperture\n    iommufdctl ioas ranges ID --why'
	for name in ioas_map IOMMU_IOAS_MAP 0x85 0x3b85; do
		run -0 iommufdctl --json explain -14 $name
		[ "$(jq -r '.explained | .errno, .ioctl' <<<"$output")" = "EFAULT
IOMMU_IOAS_MAP" ]
	done
	run -0 iommufdctl explain enospc
	prints "IOMMU_IOAS_COPY: no free run of the allowed ranges is so long"
	run -0 iommufdctl explain ENOTTY VDEVICE_ALLOC
	prints "which Linux has since 6.13"
	prints "no further cause is known"
	run -0 iommufdctl explain 22 VFIO_IOMMU_MAP_DMA
	prints "the iova or the size is misaligned or reserved"
}

@test "explain: what is no errno and no ioctl" {
	local name

	for name in EFOO 0 4095 99999999999 -- ""; do
		run -2 --separate-stderr iommufdctl explain "$name"
	done
	run -2 --separate-stderr iommufdctl explain EFOO
	says "not an errno, such as EINVAL or 22"
	says "          ^^^^"
	run -2 --separate-stderr iommufdctl explain EINVAL FOO
	says "not an ioctl of /dev/iommu, such as IOMMU_IOAS_MAP or 0x85"
	run -2 --separate-stderr iommufdctl explain
	says "explain needs ERRNO"
}

@test "every ioctl of a command has causes, and no two are told in the same words" {
	printf 'explain %s\n' EPERM ENOENT EIO E2BIG EBADF ENOMEM EFAULT EBUSY EEXIST \
		ENODEV EINVAL EMFILE ENOSPC EDEADLK EOVERFLOW EMSGSIZE EOPNOTSUPP \
		EADDRINUSE ETIMEDOUT | iommufdctl --json >out
	[ "$(jq '[.results[].result.explained.causes[].ioctl |
		select(test("^VFIO_(GROUP|DEVICE)_") | not)] | unique | length' out)" -eq 26 ]
	jq -e '[.results[].result.explained | .errno as $e | .causes[] | [$e, .ioctl, .cause]] |
		length == (unique | length)' out
	# None is so long that a line of 80 columns cannot hold it with its ioctl.
	[ "$(jq -r '.results[].result.explained.causes[].cause' out | wc -L)" -le 78 ]
}
