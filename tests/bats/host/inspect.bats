#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What another process's iommufd holds.
#
# shellcheck disable=SC2154,SC2016 # run sets output and more; $ is of another shell
# shellcheck disable=SC2030,SC2031 # each test is a shell of its own

load helper
load machine

setup_file() {
	load helper
	fake_device
}

# look ARGUMENT...: with a process that has one, whose number is put for PID.
look() {
	on_machine bash -c 'exec 7<>/dev/iommu
		LD_PRELOAD=$FAKE iommufdctl "${@//PID/$$}"; exit' - "$@"
}

# look_with FDINFO ARGUMENT...: the same, where that file is all it says of it.
look_with() {
	local info=$1

	shift
	on_machine bash -c 'exec 7<>/dev/iommu; fake_process $$ '"$info"'
		LD_PRELOAD=$FAKE iommufdctl "${@//PID/$$}"; exit' - "$@"
}

# A context of our module: what fdinfo and debugfs have of it.
context() {
	cat >info <<-'END'
		pos:	0
		iommufd-fdinfo:	1
		iommufd-context:	3
		iommufd-rlimit-mode:	1
		iommufd-pinned-bytes:	69632
		iommufd-accounted-bytes:	4096
		iommufd-vfio-ioas:	0
		iommufd-objects-ioas:	1
		iommufd-objects-hwpt-paging:	1
		iommufd-objects-hwpt-nested:	0
		iommufd-objects-device:	1
		iommufd-objects-access:	0
		iommufd-objects-fault:	0
		iommufd-more-objects:	0
		ioas-1-mappings:	2
		ioas-1-mapped-bytes:	69632
		ioas-1-pinned-bytes:	69632
		ioas-1-accounted-bytes:	4096
		ioas-1-huge-pages:	1
		ioas-1-page-tables:	1
		ioas-1-maps:	5
		ioas-1-unmaps:	3
		ioas-1-flushes:	3
		hwpt-2-ioas:	1
		hwpt-2-automatic:	1
		device-3-name:	0000:00:03.0
		device-3-group:	12
		device-3-hwpt:	2
	END
	mkdir -p debug/iommufd/3/ioas/1
	{
		printf 'opener-pid:\t42\nopener-command:\tqemu\\040system\nopener-uid:\t64055\n'
		grep -v ^pos info
	} >debug/iommufd/3/context
	cat >debug/iommufd/3/objects <<-'END'
		1 ioas users=2
		2 hwpt-paging users=1 ioas=1 automatic=1
		3 device users=0 name=0000:00:03.0 group=12 hwpt=2
	END
	cat >debug/iommufd/3/ioas/1/areas <<-'END'
		0x0000000000100000-0x000000000010ffff access=rw memory=42:0x00007f0000000000 pinned=16 runs=2 ioptes=4K:16 accesses=0 backing=anonymous
		0x0000000000400000-0x00000000005fffff access=r memory=0:0x00007f0000200000 pinned=512 runs=1 ioptes=2M:1,4K:0 accesses=1 backing=/var/lib/a\040guest
	END
	cat >debug/iommufd/3/ioas/1/ranges <<-'END'
		reserved 0x00000000fee00000-0x00000000feefffff owner=device:0000:00:03.0 kind=msi
		allowed 0x0000000000000000-0x000000003fffffff
	END
}

@test "on any kernel: address spaces, where one may map, and options" {
	iommufd_machine
	export FAKE_IOMMU_IOAS=2 FAKE_IOMMU_RESERVED=0xfee00000-0xfeefffff
	run -0 --separate-stderr look inspect --pid PID --fd 7
	[ -z "$stderr" ]
	[[ ${lines[0]} =~ ^"process "[0-9]+", bash"$ ]]
	[ "${lines[1]}" = "descriptor 7: /dev/iommu" ]
	[ "${lines[2]}" = "rlimit-mode 0" ]
	[ "${lines[3]}" = "ioas 1: alignment 0x1, huge-pages 0" ]
	[ "${lines[4]}" = "allowed    0x0-0xfedfffff" ]
	[ "${lines[6]}" = "reserved   0xfee00000-0xfeefffff  MSI window of x86" ]
	[ "${lines[7]}" = "ioas 2: alignment 0x1, huge-pages 0" ]
	prints "not known: objects and what is mapped and pinned: only the iommufd module that comes with this tool tells"
	run -0 --separate-stderr look inspect --pid PID --fd 7 --ioas 2
	[[ $output != *"ioas 1:"* && $output == *"ioas 2:"* ]]
	run -1 --separate-stderr look inspect --pid PID --ioas 9
	says "has no ioas 9 there"
}

@test "all that a process has, without --fd" {
	iommufd_machine
	export FAKE_IOMMU_IOAS=1
	run -0 --separate-stderr on_machine bash -c 'exec 7<>/dev/iommu 8<>/dev/iommu 9</etc/passwd
		LD_PRELOAD=$FAKE iommufdctl --json inspect --pid $$; exit'
	[ "$(jq -c '[.inspect.files[] | select(.fd == 7 or .fd == 8) | [.fd, .asked, (.ioas | length)]]' <<<"$output")" = \
		"[[7,true,1],[8,true,1]]" ]
	echo 10:200 >sys/class/misc/iommu/dev
	run -0 look inspect --pid PID
	prints "it has no iommufd open"
}

@test "with our module: objects, what is mapped, and who wants the holes" {
	iommufd_machine
	context
	export FAKE_IOMMU_IOAS=1 FAKE_IOMMU_RESERVED=0xfee00000-0xfeefffff
	run -0 --separate-stderr look_with info inspect --pid PID --fd 7 --areas --map
	[ -z "$stderr" ]
	echo "$output"
	[[ ${lines[1]} == "descriptor 7: /dev/iommu, context 3, opened by qemu system (42), user 64055" ]]
	[[ ${lines[2]} == "rlimit-mode 0, pinned 68K, 4K of it counted against a limit" ]]
	prints "ID  KIND         USERS  NAME          GROUP  IOAS  HWPT  AUTOMATIC"
	prints "3   device              0000:00:03.0  12           2"
	prints "ioas 1: alignment 0x1, huge-pages 0, 2 mappings, 68K mapped, 68K pinned"
	prints "reserved   0xfee00000-0xfeefffff  MSI window of x86  msi of device:0000:00:03.0"
	prints "automatic  0x0-0x3fffffff"
	prints "0x100000  64K   read-write  42:0x7f0000000000  64K     2     16x4K"
	prints "/var/lib/a guest"
	prints "# mapped"
	[[ $output != *"not known"* ]]
	run -0 look_with info --json inspect --pid PID
	jq -e '.inspect.files[0].ioas[0] | .areas == null and .map == null and .maps == 5' <<<"$output"
}

@test "debugfs that is not there: how to have it, and all the rest" {
	iommufd_machine
	context
	rm -r debug
	export FAKE_IOMMU_IOAS=1
	run -0 --separate-stderr look_with info inspect --pid PID --fd 7 --areas
	prints "not known: opener, users of objects, mappings, owners of reserved ranges: debugfs is not mounted"
	prints "hint: sudo mount -t debugfs none /sys/kernel/debug"
	prints "3   device       0000:00:03.0"
	# Who has opened it has ended.
	context
	sed -i 's/^opener-pid.*/opener-pid:\t0/' debug/iommufd/3/context
	run -0 --separate-stderr look_with info --json inspect --pid PID --fd 7
	jq -e '.inspect.files[0].opener | .pid == null and .command == "qemu system"' <<<"$output"
	# It is of another context, or the module is too old to have any.
	context
	sed -i 's/^iommufd-context.*/iommufd-context:\t4/' debug/iommufd/3/context
	run -0 --separate-stderr look_with info inspect --pid PID --fd 7
	prints "debug/iommufd/3 is not of this context"
	sed -i '/^iommufd-context/d' info
	run -0 --separate-stderr look_with info inspect --pid PID --fd 7
	prints "the iommufd module is older than this tool"
}

@test "text that is cut or makes no sense" {
	local size file

	iommufd_machine
	context
	export FAKE_IOMMU_IOAS=1
	printf '%s\n' "0x5-0x4 access=r" "what" "" "0x0-0xffffffffffffffff" \
		"0x00000000000g0000-0x1 access=r" \
		"0x700000-0x70ffff access= memory=1:2 pinned=18446744073709551615 runs=-1 ioptes=4K: backing=\\033[31m\\0" \
		"0x800000-0x80ffff" >>debug/iommufd/3/ioas/1/areas
	printf '0 ioas\n4294967296 ioas\n7\n5 \001odd \377=1\n6 ioas users=99999999999999999999' \
		>>debug/iommufd/3/objects
	run -0 --separate-stderr look_with info --json inspect --pid PID --fd 7 --areas --map
	[ -z "$stderr" ]
	jq -e '.inspect.missing[0].why == "9 lines of debugfs make no sense"' <<<"$output"
	jq -e '.inspect.files[0] | (.objects | length == 4) and (.ioas[0].areas | length == 4 and
		(.[2] | .memory == null and .pinned_bytes == null and .runs == null and .ioptes == null) and
		.[3].backing == null)' <<<"$output"
	run -0 look_with info inspect --pid PID --fd 7 --areas
	[[ $output != *$'\e'* ]]
	# Wherever the text ends, it is taken for what it has.
	context
	for file in debug/iommufd/3/{context,objects,ioas/1/areas,ioas/1/ranges} info; do
		cp "$file" whole
		for ((size = $(stat -c %s whole); size > 0; size -= 61)); do
			head -c "$size" whole >"$file"
			run -0 look_with info --json inspect --pid PID --fd 7 --areas --map
			"$BATS_TEST_DIRNAME/../../json/validate" \
				"$BATS_TEST_DIRNAME/../../../docs/iommufdctl.schema.json" <<<"$output"
		done
		cp whole "$file"
	done
}

@test "what is not an iommufd is not asked" {
	iommufd_machine
	export FAKE_IOMMU_IOAS=1
	# Neither by its name nor by its place: the node's number tells.
	run -1 --separate-stderr on_machine bash -c 'mkdir -p /tmp; exec 7</dev/fd/0 8</etc/passwd
		LD_PRELOAD=$FAKE iommufdctl --json inspect --pid $$ --fd 8; exit'
	says "is /etc/passwd, and not an iommufd"
	jq -e '.error.cause | .kind == "no-iommufd" and .fd == 8 and .path == "/etc/passwd"' <<<"$output"
	run -1 --separate-stderr look inspect --pid PID --fd 99
	says "has no descriptor 99"
	echo 10:200 >sys/class/misc/iommu/dev
	run -1 --separate-stderr look inspect --pid PID --fd 7
	says "is /dev/iommu, and not an iommufd"
}

@test "without the right: which one that is, and what is known all the same" {
	iommufd_machine
	context
	export FAKE_IOMMU_PIDFD=1
	run -1 --separate-stderr look_with info --json inspect --pid PID --fd 7
	says "cannot be copied without CAP_SYS_PTRACE"
	says "hint: sudo iommufdctl inspect --pid "
	jq -e '.error.cause | .kind == "permission" and .capability == "CAP_SYS_PTRACE"' <<<"$output"
	jq -e '.inspect.files[0] | .asked == false and .ioas[0].allowed_iovas == null and
		.ioas[0].mappings == 2 and .rlimit_mode == 1 and
		.ioas[0].reserved_iovas[0].owners[0].kind == "msi"' <<<"$output"
	mkdir -p proc/sys/kernel/yama
	echo 1 >proc/sys/kernel/yama/ptrace_scope
	run -1 --separate-stderr look_with info inspect --pid PID --fd 7
	says "without CAP_SYS_PTRACE, for kernel.yama.ptrace_scope is 1"
	echo 3 >proc/sys/kernel/yama/ptrace_scope
	run -1 --separate-stderr look_with info inspect --pid PID --fd 7
	says "no descriptor can be copied from any process: kernel.yama.ptrace_scope is 3, until the next boot"
	[[ $stderr != *hint* ]]
	echo 0 >proc/sys/kernel/yama/ptrace_scope
	export CAPABILITIES=$((1 << 19))
	run -1 --separate-stderr look_with info inspect --pid PID --fd 7
	says "it is of another user namespace, or a security module forbids it"
}

@test "a real process of others" {
	run -1 --separate-stderr setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$(command -v iommufdctl)" inspect --pid $$
	says "descriptors of process $$ cannot be copied without CAP_SYS_PTRACE"
}

@test "a kernel without pidfd_getfd" {
	iommufd_machine
	context
	export FAKE_IOMMU_PIDFD=38
	run -1 --separate-stderr look_with info inspect --pid PID --fd 7
	says "this kernel cannot copy descriptors of other processes: Linux has pidfd_getfd(2) since version 5.6"
	prints "2 mappings, 68K mapped"
}

@test "processes that are not there" {
	run -1 --separate-stderr iommufdctl inspect --pid 4194304
	says "there is no process 4194304"
	run -2 --separate-stderr iommufdctl inspect
	says "of which process? --pid PID"
	run -2 --separate-stderr iommufdctl inspect --pid 0
	says "processes have numbers from 1 to 2147483647"
	run -2 --separate-stderr iommufdctl inspect --pid 1 --fd -1
	run -2 --separate-stderr iommufdctl inspect --pid 1 --ioas 4294967296
	says "an id has 32 bits"
}

@test "a look at a process that has ended keeps nothing of it open" {
	# Its parent, which is another program by then, never asks how it ended.
	bash -c 'sleep 0.3 & echo $!; exec sleep 30' >pid 3>&- &
	for _ in {1..100}; do
		! grep -qs 'State:.Z' "/proc/$(cat pid)/status" || break
		sleep 0.1
	done
	mkfifo in
	iommufdctl --no-session -k <in 2>err 3>&- &
	exec 9>in
	echo "inspect --pid $(cat pid)" >&9
	for _ in {1..100}; do
		[ ! -s err ] || break
		sleep 0.1
	done
	run ls -l "/proc/$!/fd"
	exec 9>&-
	kill %1
	grep "there is no process $(cat pid)" err
	[[ $output == */err* && $output != *pidfd* ]]
}

@test "the copy is closed when there is an answer" {
	iommufd_machine
	export FAKE_IOMMU_IOAS=1
	mkfifo in
	run -0 --separate-stderr on_machine bash -c 'sleep 60 7<>/dev/iommu 3>&- &
		LD_PRELOAD=$FAKE iommufdctl <in >out & tool=$!
		exec 9>in
		echo "inspect --pid $(pgrep -P $$ sleep) --fd 7" >&9
		until [ -s out ]; do sleep 0.1; done
		ls -l /proc/$tool/fd
		exec 9>&-
		wait $tool
		kill %1'
	prints /out
	[[ $output != *iommu* ]]
	grep "descriptor 7: /dev/iommu" out
}
