#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What a program asks of iommufd, seen from outside. /dev/null plays the device
# here: it answers nothing, and what was asked is told all the same.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper

setup_file() {
	load helper
	TRACED=$(compile traced -pthread)
	export TRACED
}

# trace OPTION... -- COMMAND...: the trace is in $stderr.
trace() {
	run --separate-stderr iommufdctl --device /dev/null trace "$@"
}

# events FILE: the records of a JSON trace are as the schema says.
events() {
	"$BATS_TEST_DIRNAME/../../json/validate" \
		"$BATS_TEST_DIRNAME/../../../docs/iommufdctl.schema.json" trace <"$1"
}

# is_traced PID: somebody traces it.
is_traced() {
	! grep -q '^TracerPid:[[:space:]]0$' "/proc/$1/status"
}

# forever: a program that asks until the test is over; its number is in $pid.
forever() {
	"$TRACED" forever /dev/null 3>&- &
	pid=$!
}

teardown() {
	[[ -z ${pid:-} ]] || kill -KILL "$pid" 2>/dev/null || true
}

# threads FILE: three of them asked.
threads() {
	[ "$(grep "IOMMU_IOAS_ALLOC {" "$1" | cut -d' ' -f1 | sort -u | wc -l)" -eq 3 ]
}

# calls PID: it is as alive as it was: asks on and on.
calls() {
	iommufdctl -d /dev/null trace --summary --pid "$1" >left &
	eventually is_traced "$1"
	sleep 0.2
	kill -INT $!
	wait $!
	grep -q IOMMU_IOAS_ALLOC left
}

@test "every field, flags by name, and what is not known as a number" {
	trace -- "$TRACED" fields /dev/null
	[ "$status" -eq 0 ]
	says "/dev/null: IOMMU_IOAS_MAP {flags=FIXED_IOVA|READABLE|0x40, ioas_id=7, user_va=0xffff800000000000, length=0x2000, iova=0xffffffffffffffff} = ENOTTY"
	says "does not know IOMMU_IOAS_MAP; Linux has it since version 6.2"
	says "{ioas_id=3, num_iovas=2, allowed_iovas=0x"
	says ", ranges=0x0-0xfff 0x2000-0xffffffffffffffff} = ENOTTY"
	says "VFIO_SET_IOMMU {type=0x3} = ENOTTY"
	says "unknown ioctl 0x3bf0 0x1234 = ENOTTY"
}

@test "the file decides what a number means: others are not looked at" {
	trace --summary -- "$TRACED" fields /dev/zero
	says "no ioctl of iommufd or VFIO"
	trace --summary -- "$TRACED" fields /dev/null
	says "4 calls, 1 unknown"
}

@test "only ioctls of VFIO's type stop the program, and each twice" {
	trace --json --summary -- "$TRACED" calls /dev/null 50
	[ "$status" -eq 0 ]
	tail -n 1 <<<"$stderr" >last
	jq -e '.calls == 50 and .unknown == 0' last
	# One for exec and one for the end come on top.
	jq -e '.stops == 102' last
	jq -e '.ioctls[0] | .calls == 50 and .errors == 50 and .min <= .p50 and .p50 <= .p90 and
		.p90 <= .p99 and .p99 <= .max and .max <= .total' last
}

@test "pointers and sizes that lie" {
	trace -- "$TRACED" hostile /dev/null
	[ "$status" -eq 0 ]
	[ "$(grep -c 'IOMMU_IOAS_MAP (not all of it could be read) = ENOTTY' <<<"$stderr")" -eq 2 ]
	says "IOMMU_IOAS_MAP {flags=, ioas_id=9} (not all of it could be read) = ENOTTY"
	says "num_iovas=4294967295, allowed_iovas=0x8, ranges=} = ENOTTY"
	says "IOMMU_DESTROY {size=4294967295, id=5} = ENOTTY"
	says "IOMMU_DESTROY {size=3} = ENOTTY"
}

@test "threads, children and what they run are followed" {
	trace -o out -- "$TRACED" family /dev/null
	[ "$status" -eq 1 ]
	says "trace: status 3"
	[ "$(grep -c 'IOMMU_IOAS_ALLOC {' out)" -eq 3 ]
	[ "$(grep -c ' begins, in process ' out)" -eq 4 ]
	grep ' runs .*/true$' out
	[ "$(grep -c ' ended with status 0$' out)" -eq 1 ]
	[ "$(grep -c ' ended with status 4$' out)" -eq 1 ]
	grep ' ended with status 3$' out
}

@test "a program that crashes, or that its own filter kills" {
	trace -- "$TRACED" crash /dev/null
	[ "$status" -eq 1 ]
	says "IOMMU_IOAS_ALLOC {flags=0} = ENOTTY"
	says "was killed by SIGSEGV"
	says "trace: ended by SIGSEGV"
	trace --errors -- "$TRACED" forbidden /dev/null
	[ "$status" -eq 1 ]
	says "IOMMU_IOAS_ALLOC {flags=0} = ?"
	says "the program's own seccomp filter killed it for this"
}

@test "signals of real time have names, too" {
	trace -- bash -c 'kill -35 $$'
	[ "$status" -eq 1 ]
	says "trace: ended by SIGRTMIN+1"
	says " was killed by SIGRTMIN+1"
}

@test "a program of 32 bits" {
	[ "$(uname -m)" = x86_64 ] || skip "it takes an x86-64"
	trace -- "$TRACED" narrow /dev/null
	[ "$status" -eq 0 ]
	says "/dev/null: IOMMU_IOAS_ALLOC {flags=0} = ENOTTY"
	says "iommufd takes no ioctls of a program of 32 bits"
	trace --json -o out -- "$TRACED" narrow /dev/null
	events out
	jq -se 'map(select(.event == "ioctl")) | length == 1 and .[0].compat' out
}

@test "a set-user-ID program: with its rights, or without and told so" {
	[ "$EUID" -eq 0 ] || skip "it takes root to make one"
	cp "$(type -P id)" owner
	chown 65533 owner
	chmod 755 .
	chmod 4755 owner
	trace -- setpriv --reuid 65534 ./owner -u
	[ "$output" = 65533 ]
	[[ $stderr != *"set-user-ID"* ]]
	mkdir out && chmod 777 out
	run --separate-stderr setpriv --reuid 65534 --clear-groups --inh-caps=-all --bounding-set=-all \
		"$(type -P iommufdctl)" trace -o out/trace -- ./owner -u
	[ "$output" = 65534 ]
	grep -F "without the rights of its set-user-ID bit: to leave them to it, trace needs CAP_SYS_ADMIN" out/trace
}

@test "which open file it is, and that one is closed" {
	trace --json -o out -- "$TRACED" files /dev/null
	events out
	# A file, a copy of its descriptor, another; then the copy is gone.
	[ "$(jq -sc '[.[] | .file.open // empty]' out)" = "[1,1,2,1]" ]
	[ "$(jq -sc '[.[] | select(.event == "close").closed | .path, .open]' out)" = '["/dev/null",1]' ]
	trace -- "$TRACED" files /dev/null
	says "has closed "
}

@test "its signals, output and standard input are its own" {
	trace -o out -- "$TRACED" signals /dev/null
	[ "$status" -eq 0 ]
	[ "$output" = "5 signals" ]
	[ -z "$stderr" ]
	run --separate-stderr iommufdctl trace -o out -- cat <<<"through"
	[ "$output" = through ]
}

@test "it starts with those signals blocked that its caller had" {
	run -0 env --block-signal=USR1 iommufdctl trace -o out -- \
		env --list-signal-handling true
	prints "USR1       (10): BLOCK"
}

@test "only failures; and none there is is no failure" {
	trace --errors -- "$TRACED" calls /dev/null 2
	[ "$(grep -c IOMMU_IOAS_ALLOC <<<"$stderr")" -eq 4 ]
	[[ $stderr != *runs* ]]
	trace --errors -- true
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
}

@test "JSON: a record a line, as the schema says" {
	for what in fields hostile family crash forbidden narrow files; do
		trace --json -o out -- "$TRACED" $what /dev/null
		events out
	done
	trace --json -o out -- "$TRACED" family /dev/null
	[ "$(jq -rs '[.[].event] | unique | join(" ")' out)" = "begin end exec ioctl trace" ]
	jq -se '.[0] | .trace == 1 and .command[1] == "family" and .pid > 0' out
	trace --json --summary -o out -- "$TRACED" fields /dev/null
	events out
	trace --json -o out -- "$TRACED" fields /dev/null
	jq -se 'map(select(.event == "ioctl"))[0] |
		.bytes == "28000000450000000700000000000000000000000080ffff0020000000000000ffffffffffffffff"' out
	jq -c 'del(.ioctl)' out >wrong
	run ! events wrong
}

@test "a process that runs: all its threads, and afterwards as before" {
	forever
	eventually calls "$pid"
	iommufdctl -d /dev/null trace --errors --pid "$pid" >out &
	eventually is_traced "$pid"
	eventually threads out
	kill -INT $!
	wait $!
	run ! is_traced "$pid"
	calls "$pid"
}

@test "a process that is stopped stays so, and one that ends ends the trace" {
	forever
	eventually calls "$pid"
	kill -STOP "$pid"
	eventually grep -q '^State:.*stopped' "/proc/$pid/status"
	iommufdctl -d /dev/null trace --pid "$pid" >out &
	eventually is_traced "$pid"
	kill -INT $!
	wait $!
	run ! is_traced "$pid"
	grep -q '^State:.*stopped' "/proc/$pid/status"
	kill -CONT "$pid"
	iommufdctl -d /dev/null trace --pid "$pid" >out &
	eventually is_traced "$pid"
	kill "$pid"
	wait $!
	grep "^$pid was killed by SIGTERM" out
}

@test "it says what it cannot do" {
	trace -- ./nowhere
	[ "$status" -eq 1 ]
	says "trace: ./nowhere: No such file or directory"
	trace --pid 999999999
	[ "$status" -eq 1 ]
	says "there is no process 999999999"
	trace
	[ "$status" -eq 2 ]
	says "a program to start, or --pid PID"
	trace --pid 1 -- true
	[ "$status" -eq 2 ]
	says "and not both"
	trace --pid 0
	[ "$status" -eq 2 ]
	trace -o /proc/none -- true
	[ "$status" -eq 1 ]
	says "/proc/none"
	forever
	eventually calls "$pid"
	iommufdctl trace --pid "$pid" >out &
	eventually is_traced "$pid"
	trace --pid "$pid"
	[ "$status" -eq 1 ]
	says "another traces it"
	kill "$pid"
	wait $!
}

@test "names from outside do not reach the terminal as they are" {
	mkdir $'bad\e[31m'
	cp "$(type -P true)" $'bad\e[31m/true'
	trace -- $'./bad\e[31m/true'
	says 'bad\x1b[31m/true'
	[[ $stderr != *$'\e'* ]]
}
