#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Completion: what the tool offers, and what the adapters make of it.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper
load machine

completions=$BATS_TEST_DIRNAME/../../../completions

# A Tab waits for a session no longer than a moment, which is to be enough here.
patient() {
	FAKE_IOMMU_CLOCK=0.01 fake "$@"
}

words() {
	# Nothing may be said on standard error, whatever is asked.
	run -0 --separate-stderr patient __complete -- "$@"
	[ -z "$stderr" ]
	output=$(cut -f1 <<<"$output" | tr '\n' ' ')
}

setup_file() {
	load helper
	fake_device
}

@test "commands, options and values" {
	words ""
	[ "$output" = "ioas mem hwpt device group fault viommu vdevice veventq hw-queue vfio option \
destroy tree ps inspect metrics caps explain doctor plan trace replay session exec source watch help version " ]
	words ioas "un"
	[ "$output" = "unmap " ]
	words ioas map 1 "--h"
	[ "$output" = "--huge --help " ]
	words ioas map 1 --huge ""
	[ "$output" = "2M 1G " ]
	words option get ""
	[ "$output" = "rlimit-mode huge-pages " ]
	words help ioas ra
	[ "$output" = "ranges " ]
	words --json ioas map 1 --anon 4K --r
	[ "$output" = "--read " ]
	words ioas map 1 --file ""
	[ "$output" = ":files " ]
	words explain EIN
	[ "$output" = "EINVAL " ]
	words explain EINVAL VFIO_IOMMU_
	[ "$output" = "VFIO_IOMMU_GET_INFO VFIO_IOMMU_MAP_DMA VFIO_IOMMU_UNMAP_DMA \
VFIO_IOMMU_DIRTY_PAGES " ]
	words hwpt alloc 1 2 --data ""
	[ "$output" = "vtd-s1 arm-smmuv3 " ]
	words viommu alloc 1 2 teg
	[ "$output" = "tegra241-cmdqv " ]
	words nonsense ""
	[ "$output" = " " ]
}

@test "ids and sessions that live now" {
	words ioas show ""
	[ "$output" = " " ]
	fake session start guest0
	fake --session guest0 -c "ioas alloc" -c "ioas alloc"
	words --session guest0 destroy ""
	[ "$output" = "1 2 " ]
	words --session guest0 ioas map ""
	[ "$output" = "1 2 " ]
	words --session ""
	[ "$output" = "guest0 " ]
	words session stop g
	[ "$output" = "guest0 " ]
	run -0 patient __complete -- --session guest0 destroy ""
	prints $'1\tioas with 0 mappings'
}

@test "names of objects, and only of the kind that fits" {
	fake session start guest0
	fake -q --session guest0 -c "ioas alloc --name ram" -c "ioas alloc"
	words --session guest0 ioas show ""
	[ "$output" = "1 ram 2 " ]
	words --session guest0 destroy r
	[ "$output" = "ram " ]
	run -0 patient __complete -- --session guest0 destroy ram
	prints $'ram\tioas ram with 0 mappings'
}

@test "names in the directory of sessions that are none" {
	fake session start guest0
	: >"$XDG_RUNTIME_DIR/iommufdctl/"$'\xff\e[31m.sock'
	: >"$XDG_RUNTIME_DIR/iommufdctl/.sock"
	words --session ""
	[ "$output" = "guest0 " ]
	run -0 --separate-stderr fake session list
	[ -z "$stderr" ]
	[ "${#lines[@]}" -eq 2 ]
}

@test "a session that does not answer does not hang a Tab" {
	local pid

	fake ioas alloc
	pid=$(iommufdctl --json session list | jq '.sessions[0].pid')
	kill -STOP "$pid"
	# For the tool a second is five. A command would wait for ten.
	FAKE_IOMMU_CLOCK=0.2 run timeout 30 env LD_PRELOAD="$FAKE" \
		iommufdctl __complete -- ioas show ""
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	# Nor does one where nobody gets in any more.
	"$(compile rude_client)" "$XDG_RUNTIME_DIR/iommufdctl/default.sock" flood >flood.out 3>&- &
	eventually [ -s flood.out ]
	FAKE_IOMMU_CLOCK=0.2 run timeout 30 env LD_PRELOAD="$FAKE" \
		iommufdctl __complete -- ioas show ""
	kill $!
	kill -CONT "$pid"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "processes and their descriptors, of those that have some" {
	machine_of_one() {
		# shellcheck disable=SC2016 # for the shell in there
		on_machine bash -c 'exec 7<>/dev/iommu 8</etc/passwd
			iommufdctl __complete -- "${@//PID/$$}"; exit' - "$@"
	}
	iommufd_machine
	run -0 --separate-stderr machine_of_one inspect --pid ""
	[[ $output == [0-9]*[[:space:]]bash* ]]
	run -0 --separate-stderr machine_of_one inspect --pid PID --fd ""
	[ "$output" = $'7\t/dev/iommu' ]
	run -0 --separate-stderr machine_of_one inspect --fd ""
	[ -z "$output" ]
}

@test "bash" {
	# shellcheck disable=SC1091
	source "$completions/iommufdctl.bash"
	COMP_WORDS=(iommufdctl ioas "al")
	COMP_CWORD=2
	_iommufdctl
	[ "${COMPREPLY[*]}" = "alloc allow" ]
	: >some-file
	COMP_WORDS=(iommufdctl ioas map 1 --file some)
	COMP_CWORD=5
	_iommufdctl
	[ "${COMPREPLY[*]}" = "some-file" ]
	# An address is of several words for bash.
	three_devices
	# shellcheck disable=SC2016 # for the shell in there
	run -0 on_machine bash -c ". '$completions/iommufdctl.bash'"'
		COMP_WORDS=(iommufdctl device show 0000 : 01 : "") COMP_CWORD=7
		_iommufdctl
		echo "${COMPREPLY[*]}"
		COMP_WORDS=(iommufdctl device show 0000 : 00 : 1) COMP_CWORD=7
		_iommufdctl
		echo "${COMPREPLY[*]}"'
	[ "$output" = $'01.0 02.0\n1f.0' ]
	[ "$(complete -p iommufdctl)" = "complete -F _iommufdctl iommufdctl" ]
}

@test "the adapters have no grammar of their own" {
	local word

	for word in $(iommufdctl __dump | jq -r '.. | .name? // empty' | sort -u); do
		[[ $word != __* && $word != iommufdctl ]] || continue
		[ "${#word}" -gt 3 ] || continue
		[[ $word != file && $word != command && $word != list && $word != read ]] || continue
		run ! grep -w -- "$word" "$completions"/*
	done
	[ "$(cat "$completions"/* | wc -l)" -lt 80 ]
}
