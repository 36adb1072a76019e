# SPDX-License-Identifier: GPL-2.0-or-later
#
# The VM harness itself: it must tell good runs from bad ones, so here are bad
# ones. The guests of these tests load no module. What can be judged without a
# guest is judged from the files that one would have left.

bats_require_minimum_version 1.5.0

setup()
{
	vm=$BATS_TEST_DIRNAME
	cd "$BATS_TEST_TMPDIR" || return
	export VM_BARE=1
}

# left STATUS DMESG [TROUBLE]: what a guest may leave behind.
left()
{
	mkdir left
	[ -z "$1" ] || echo "$1" >left/status
	echo "$2" >left/dmesg
	echo 'last line of the console' >left/console
	[ -z "${3:-}" ] || echo "$3" >left/trouble
}

@test "a clean run gives the command's exit status" {
	left 0 '[    1.0] iommufd: loading out-of-tree module taints kernel.'
	run -0 --separate-stderr "$vm/verdict" left 0
	[ -z "$output$stderr" ]
	echo 7 >left/status
	run -7 "$vm/verdict" left 0
}

@test "a kernel that complains fails the run, and the lines are shown" {
	left 0 '[    1.0] x'
	while read -r line; do
		printf '[    1.0] fine\n[    2.0] %s\n' "$line" >left/dmesg
		run -125 "$vm/verdict" left 0
		[[ $output == *"$line"* ]]
	done <<-'END'
	WARNING: CPU: 0 PID: 1 at kernel/x.c:1 f+0x1/0x2
	BUG: unable to handle page fault for address: ffff
	Oops: 0000 [#1] PREEMPT SMP NOPTI
	general protection fault, probably for non-canonical address 0x1
	kernel BUG at mm/slub.c:1!
	WARNING: possible circular locking dependency detected
	WARNING: possible recursive locking detected
	WARNING: suspicious RCU usage
	INFO: task iommufdctl:99 blocked for more than 120 seconds.
	rcu: INFO: rcu_preempt self-detected stall on CPU
	watchdog: BUG: soft lockup - CPU#0 stuck for 22s!
	BUG: KASAN: slab-use-after-free in f+0x1/0x2
	UBSAN: array-index-out-of-bounds in x.c:1:2
	kmemleak: 2 new suspected memory leaks (see /sys/kernel/debug/kmemleak)
	refcount_t: underflow; use-after-free.
	sysfs: cannot create duplicate filename '/class/misc/iommu'
	list_del corruption. prev->next should be ffff
	BUG: Bad page state in process x  pfn:00001
	Call Trace:
	iommufd: Unknown symbol iommu_map (err -2)
	END
}

@test "a failed unload or a leaked page fails the run" {
	left 0 '[    1.0] x' 'the module does not unload'
	run -125 "$vm/verdict" left 0
	[[ $output == *'the module does not unload'* ]]
}

@test "a guest that leaves no verdict fails the run and shows its console" {
	left '' '[    1.0] x'
	run -125 "$vm/verdict" left 0
	[[ $output == *'ended without a verdict'*'last line of the console'* ]]
	run -125 "$vm/verdict" left 124
	[[ $output == *'time limit'* ]]
	run -125 "$vm/verdict" left 1
	[[ $output == *'QEMU failed with status 1'* ]]
}

# tally LINE...: what scripts/tally.awk shows and counts for one program.
tally()
{
	run -0 awk -v counts=counts -f "$vm/../../scripts/tally.awk" <<-END
	# begin program
	$(printf '%s\n' "$@")
	END
	counts=$(cat counts)
}

@test "tests are counted, and failures shown with their diagnostics" {
	tally 1..2 'ok 1 a' 'ok 2 b' '# end program 0'
	[ "$counts" = '2 0' ]
	[ -z "$output" ]
	tally 1..2 'ok 1 a' 'not ok 2 b' '# why' '# end program 1'
	[ "$counts" = '1 1' ]
	[[ $output == *'program: not ok 2 b'*'# why'* ]]
}

@test "a test that is skipped or missing is a failure" {
	tally 1..1 'ok 1 a # skip no device' '# end program 0'
	[ "$counts" = '0 1' ]
	tally 1..2 'ok 1 a' '# end program 0'
	[ "$counts" = '1 1' ]
	tally 1..0 '# end program 0'
	[ "$counts" = '0 1' ]
	tally '# end program 127'
	[ "$counts" = '0 1' ]
}

@test "a program that dies is a failure, and so is a VM that fails" {
	tally 1..1 'ok 1 a' '# end program 139'
	[ "$counts" = '1 1' ]
	tally 1..2 'ok 1 a' '# vm 125'
	[ "$counts" = '1 2' ]
	tally 1..1 'ok 1 a' '# end program 0' '# vm 125'
	[ "$counts" = '1 1' ]
}

@test "a real guest: outputs, arguments, exit status and log are told apart" {
	cat >script <<-'END'
	echo "out $1 $2"
	echo err >&2
	echo 'WARNING: by the test' >/dev/kmsg
	touch /root/x /tmp/x /run/x /var/tmp/x || exit 1
	! touch "$PWD/x" || exit 2
	exit 7
	END
	run -7 --separate-stderr "$vm/run" ./script 'a b' '*'
	[ "$output" = 'out a b *' ]
	[[ $stderr == err*'WARNING: by the test'* ]]
}

@test "a real guest without an IOMMU" {
	VM_IOMMU=none run -0 "$vm/run" ls /sys/class/iommu
	[ -z "$output" ]
}

@test "a real guest that panics" {
	cat >script <<-'END'
	echo before
	# Until it is out of the guest.
	sleep 1
	echo c >/proc/sysrq-trigger
	END
	run -125 --separate-stderr "$vm/run" ./script
	[ "$output" = before ]
	[[ $stderr == *'without a verdict'*'sysrq triggered crash'* ]]
}

@test "a real guest that hangs" {
	VM_TIMEOUT=2 run -125 --separate-stderr "$vm/run" sleep 1000
	[[ $stderr == *'time limit'* ]]
}

# A terminal that is closed is SIGHUP.
@test "a guest ends with who waits for it" {
	# Also where this was started to outlive a terminal.
	env --default-signal=HUP "$vm/run" sleep 1000 &
	for _ in {1..100}; do
		pgrep -P "$!" timeout && break
		sleep 0.1
	done
	qemu=$(pgrep -P "$(pgrep -P "$!" timeout)")
	kill -HUP "$!"
	status=0
	wait "$!" || status=$?
	[ "$status" -eq 130 ]
	for _ in {1..100}; do
		kill -0 "$qemu" || return 0
		sleep 0.1
	done
	false
}

# make is told when it has the terminal, and waits for what it has started.
@test "a guest ends with its terminal, although somebody waits for it" {
	local guest="qemu-system.*at=$BATS_TEST_TMPDIR"

	VM_APPEND="at=$BATS_TEST_TMPDIR" setsid script -qec \
		"trap : HUP; '$vm/run' -i sleep 1000; :" /dev/null >/dev/null 2>&1 &
	for _ in {1..300}; do
		! pgrep -f "$guest" || break
		sleep 0.1
	done
	pkill -KILL -x -f "script -qec .*$vm/run.*"
	for _ in {1..300}; do
		pgrep -f "$guest" || return 0
		sleep 0.1
	done
	pkill -f "$guest"
	false
}
