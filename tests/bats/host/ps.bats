#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Who has /dev/iommu and VFIO's files open.
#
# shellcheck disable=SC2154,SC2016 # run sets output and more; $ is of another shell

load helper
load machine

# machine: with nodes of all kinds.
machine() {
	three_devices
	touch dev/iommu dev/vfio/vfio dev/vfio/1
}

# ps_json SCRIPT: what ps says to a shell that has run SCRIPT, in a process each
# of whose children it knows as $$.
ps_json() {
	run -0 --separate-stderr on_machine bash -c "$1; iommufdctl --json ps --pid \$\$"
	[ -z "$stderr" ]
}

@test "nobody" {
	machine
	run -0 on_machine bash -c 'iommufdctl ps --pid $$'
	[ "$output" = "nobody has any of it open" ]
	ps_json :
	[ "$(jq -c .ps <<<"$output")" = '{"missing":null,"files":[],"sockets":[],"processes":[]}' ]
}

@test "each kind of file, and which device it is" {
	machine
	run -0 on_machine bash -c 'exec 7<>/dev/iommu 8<>/dev/vfio/12 9<>/dev/vfio/devices/vfio0
		iommufdctl ps --pid $$; exit'
	[[ ${lines[0]} == "PID "*" COMMAND  FD  FILE  KIND "* ]]
	[[ ${lines[1]} =~ " bash "+"7 "+1\ +iommufd$ ]]
	[[ ${lines[2]} =~ " 8 "+2\ +group\ +12\ +compatibility$ ]]
	[[ ${lines[3]} =~ " 9 "+3\ +device\ +0000:00:03.0\ +node$ ]]
	[[ ${lines[4]} == "PID "*" COMMAND  UID  PINNED  LOCKED"* ]]
	[ "${#lines[@]}" = 6 ]
}

@test "how a group is driven: in a container, in an iommufd, or unknown" {
	machine
	ps_json 'exec 7<>/dev/vfio/vfio 8<>/dev/vfio/1'
	[ "$(jq -c '[.ps.files[] | [.kind, .group, .driven_by]]' <<<"$output")" = \
		'[["container",null,null],["group",1,"container"]]' ]
	ps_json 'exec 7<>/dev/iommu 8<>/dev/vfio/1'
	[ "$(jq -c '[.ps.files[].driven_by]' <<<"$output")" = '[null,"compatibility"]' ]
	ps_json 'exec 7<>/dev/iommu 8<>/dev/vfio/1 9<>/dev/vfio/vfio'
	[ "$(jq -c '[.ps.files[].driven_by]' <<<"$output")" = '[null,null,null]' ]
}

@test "a descriptor that was inherited is the same file" {
	machine
	run -0 on_machine bash -c 'exec 7<>/dev/iommu; sleep 60 8<>/dev/iommu & iommufdctl --json ps
		kill $!'
	jq -e '[.ps.files[] | select(.command != "iommufdctl") | [.command, .fd, .open_file]] |
		length == 3 and
		(map(select(.[1] == 7) | .[2]) | unique | length) == 1 and
		(map(.[2]) | unique | length) == 2' <<<"$output"
}

@test "who keeps a device or a group from others, in one command" {
	local device

	machine
	for device in 0000:00:03.0 00:03.0 vfio0 12; do
		run -0 on_machine bash -c 'exec 7<>/dev/vfio/1 8<>/dev/vfio/devices/vfio0 9<>/dev/iommu
			iommufdctl --json ps --pid $$ '"$device"'; exit'
		[ "$(jq -c '[.ps.files[].fd], (.ps.processes | length)' <<<"$output")" = $'[8]\n1' ]
	done
	# A neighbour in the group.
	run -0 on_machine bash -c 'exec 7<>/dev/vfio/1; iommufdctl ps 01:02.0; exit'
	[[ ${lines[1]} =~ " bash "+7\ +1\ +group\ +1$ ]]
	run -0 on_machine bash -c 'exec 7<>/dev/vfio/1; iommufdctl ps 12; exit'
	[ "$output" = "nobody has any of it open" ]
	run -1 --separate-stderr on_machine iommufdctl ps 77
	says "there is no IOMMU group 77"
	run -1 --separate-stderr on_machine iommufdctl ps 00:1f.0
	says "no IOMMU is behind 0000:00:1f.0"
	run -1 --separate-stderr on_machine iommufdctl ps 00:1e.0
	says "0000:00:1e.0"
}

@test "a node that was removed since" {
	machine
	# What is mounted cannot be removed.
	rm dev/iommu
	run -0 on_machine bash -c 'exec 7<>/dev/iommu; rm /dev/iommu
		iommufdctl --json ps --pid $$; exit'
	[ "$(jq -c '[.ps.files[] | [.kind, .path]]' <<<"$output")" = \
		'[["iommufd","/dev/iommu (deleted)"]]' ]
}

@test "descriptors on their way are in no process" {
	run -0 python3 -c 'import os, socket, subprocess
a, b = socket.socketpair()
socket.send_fds(a, [b"x"], [0, 0])
print(b.fileno(), subprocess.run(["iommufdctl", "ps", "--pid", str(os.getpid())],
                                 capture_output=True, text=True).stdout)'
	[[ $output =~ ^([0-9]+)" nobody has any of it open
on the way to process "[0-9]+", python3, socket "([0-9]+)": 2 descriptors, of what is not told" ]]
	[ "${BASH_REMATCH[1]}" = "${BASH_REMATCH[2]}" ]
}

@test "--watch: again and again, up to a failure" {
	local sleeper failed=0

	sleep 60 3>&- &
	sleeper=$!
	iommufdctl ps --watch=1 --pid "$sleeper" >watched 2>errors 3>&- &
	eventually test -s watched
	kill "$sleeper"
	wait $! || failed=$?
	[ "$failed" = 1 ]
	grep "nobody has any of it open" watched
	grep "there is no process $sleeper" errors
	run -2 --separate-stderr iommufdctl ps --watch=0
	says "1 to 86400 seconds"
}

@test "a process without it is not listed, and one that is not there is said" {
	machine
	run -1 --separate-stderr on_machine iommufdctl ps --pid 4194304
	says "there is no process 4194304"
	run -2 --separate-stderr iommufdctl ps --pid 0
	says "processes have numbers from 1"
}

@test "without permission it says what that takes" {
	run -1 --separate-stderr setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$(command -v iommufdctl)" ps --pid $$
	says "process $$ cannot be looked at without CAP_SYS_PTRACE"
	says "hint: sudo iommufdctl ps --pid $$"
	run -0 setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$(command -v iommufdctl)" ps
	[[ $output =~ "not all: "[0-9]+" could not be looked at without CAP_SYS_PTRACE" ]]
	run -0 setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$(command -v iommufdctl)" --json ps
	jq -e '.ps.missing | .hidden > 0 and .capability == "CAP_SYS_PTRACE"' <<<"$output"
}

@test "processes that end while they are looked at are no failure" {
	machine
	run -0 --separate-stderr on_machine bash -c 'while [ ! -e over ]; do (: 7<>/dev/iommu); done &
		for i in 1 2 3 4 5 6 7 8 9 10; do iommufdctl --json ps || status=$?; done
		touch over; wait; exit ${status:-0}'
	[ -z "$stderr" ]
	[ "$(jq -s 'map(.ps.files | type) | unique == ["array"]' <<<"$output")" = true ]
}
