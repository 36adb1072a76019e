#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Sessions: found, started, ended, killed, and attacked.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper

setup_file() {
	load helper
	fake_device
	RUDE=$(compile rude_client)
	export RUDE
}

socket() {
	echo "$XDG_RUNTIME_DIR/iommufdctl/${1:-default}.sock"
}

pid_of() {
	iommufdctl --json session list |
		jq -r --arg name "$1" '.sessions[] | select(.name == $name).pid'
}

# How many clients has the only session, besides the one that asks?
clients() {
	iommufdctl --json session list | jq '.sessions[0].num_clients'
}

has_clients() {
	[ "$(clients)" -gt 0 ]
}

has_no_clients() {
	[ "$(clients)" -eq 0 ]
}

# Another process may have got the id meanwhile, and nobody buried ours.
has_ended() {
	! grep -qs iommufdctl "/proc/$1/cmdline"
}

@test "without a session a command says what to type" {
	run -1 --separate-stderr fake ioas list
	says "ioas list: there is no session default, so there is nothing to work on"
	says "hint: iommufdctl ioas alloc"
	run -1 --separate-stderr fake --session guest0 ioas list
	says "hint: iommufdctl --session guest0 ioas alloc"
	run -1 --separate-stderr fake session stop
	says "there is no session default"
}

@test "a session that was started stays until it is stopped" {
	run -0 fake session start guest0
	[[ $output =~ ^"session guest0 (pid "[0-9]+") has /dev/iommu open"$ ]]
	fake --session guest0 ioas alloc
	fake --session guest0 destroy 1
	run -0 fake --json session list
	[ "$(jq -c '.sessions[] | [.name, .device, .keep, .num_objects]' <<<"$output")" = \
		'["guest0","/dev/iommu",true,0]' ]
	run -1 --separate-stderr fake session start guest0
	says "session guest0 runs already"
	run -0 fake session stop guest0
	prints "ended; it held 0 objects and 0 mappings"
	run -0 fake session list
	[ "$output" = "no sessions" ]
}

@test "the directory and the socket are only their owner's" {
	fake ioas alloc
	[ "$(stat -c %a "$XDG_RUNTIME_DIR/iommufdctl")" = 700 ]
	[ "$(stat -c %a "$(socket)")" = 700 ]
	chmod 755 "$XDG_RUNTIME_DIR/iommufdctl"
	run -1 --separate-stderr fake ioas list
	says "can be entered by others (mode 0755)"
	says "hint: chmod 700 "
	chmod 700 "$XDG_RUNTIME_DIR/iommufdctl"
	run -0 fake ioas list
}

@test "something else where the directory would be" {
	ln -s /etc "$XDG_RUNTIME_DIR/iommufdctl"
	run -1 --separate-stderr fake ioas alloc
	says "is no directory"
}

@test "a session holds nothing of its starter but what it needs" {
	local pid

	exec 7<"$BATS_TEST_FILENAME"
	fake ioas alloc 7<&7
	exec 7<&-
	pid=$(pid_of default)
	[ "$(readlink /proc/"$pid"/cwd)" = / ]
	[ "$(readlink /proc/"$pid"/fd/0)" = /dev/null ]
	[ "$(readlink /proc/"$pid"/fd/2)" = /dev/null ]
	[[ "$(readlink /proc/"$pid"/fd/*)" != *session.bats* ]]
	[ "$(ps -o sid= -p "$pid")" -ne "$(ps -o sid= -p $$)" ]
	[[ "$(tr '\0' ' ' <"/proc/$pid/cmdline")" == "iommufdctl --session default"* ]]
}

@test "killed with SIGKILL, a session is in nobody's way" {
	fake ioas alloc
	kill -9 "$(pid_of default)"
	[ -S "$(socket)" ]
	run -1 --separate-stderr fake ioas list
	says "session default is dead: its process was killed, and what it held is gone"
	says "hint: iommufdctl ioas alloc"
	[ ! -e "$(socket)" ]
	run -0 fake ioas alloc
	kill -9 "$(pid_of default)"
	# Nobody looked in between.
	run -0 --separate-stderr fake ioas alloc
	[ "$output" = "ioas 1" ]
	says "started session default"
	kill -9 "$(pid_of default)"
	run -0 fake session list
	[ "$output" = "no sessions" ]
	[ -z "$(ls -A "$XDG_RUNTIME_DIR/iommufdctl")" ]
}

@test "SIGTERM ends a session in good order" {
	local pid

	fake session start
	pid=$(pid_of default)
	kill "$pid"
	eventually has_ended "$pid"
	[ -z "$(ls -A "$XDG_RUNTIME_DIR/iommufdctl")" ]
}

@test "twenty that start at once share one session" {
	local i

	for i in {1..20}; do
		fake ioas alloc >"out$i" 2>"err$i" &
	done
	wait
	[ "$(sort -u out* | wc -l)" -eq 20 ]
	[ "$(cat err* | grep -c "^started session")" -eq 1 ]
	[ "$(fake --json ioas list | jq '.ioas_list | length')" -eq 20 ]
	[ "$(fake --json session list | jq '.sessions | length')" -eq 1 ]
}

@test "two starts by name: one does, the other is told" {
	fake session start guest0 >one 2>&1 & local first=$!
	fake session start guest0 >two 2>&1 & local second=$!
	local failed=0
	wait $first || failed=$((failed + 1))
	wait $second || failed=$((failed + 1))
	[ $failed -eq 1 ]
	grep -q "runs already" one two
}

@test "sessions that come and go are never met half-way" {
	local i

	# Each destroy ends the session while the others look for it.
	churn() {
		for _ in {1..15}; do
			fake ioas alloc 2>/dev/null >"id.$1" || echo failed >>"churn.$1"
			fake destroy "$(cut -d' ' -f2 "id.$1")" >/dev/null 2>>"churn.$1"
		done
	}
	for i in 1 2 3; do churn $i & done
	wait
	# A destroy may find that another one's end took the session along;
	# nothing else may fail.
	[ ! -s churn.1 ] && [ ! -s churn.2 ] && [ ! -s churn.3 ]
	run -0 fake session list
	[ "$output" = "no sessions" ]
}

@test "a client that is killed leaves the session as it was" {
	local client

	fake session start
	fake ioas alloc
	yes 'ioas list' | head -2000000 >script
	LD_PRELOAD=$FAKE iommufdctl --batch script >/dev/null 2>&1 &
	client=$!
	eventually has_clients
	kill -9 $client
	wait $client || true
	run -0 timeout 60 iommufdctl ioas list
	prints "1     0         0"
	eventually has_no_clients
}

@test "a session that is busy or stuck is named, and hides no other" {
	local pid stop failed=0

	fake session start
	fake session start guest0
	pid=$(pid_of default)
	kill -STOP "$pid"
	iommufdctl session stop 2>stop.err &
	stop=$!
	run -1 --separate-stderr iommufdctl --json session list
	wait $stop || failed=$?
	[ "$failed" -eq 1 ]
	[ "$(jq -s -c '.[] | [.error.message, .error.hint, .sessions[].name]' <<<"$output")" = \
		"[\"session default (pid $pid) is busy or stuck\",\"kill $pid\",\"guest0\"]" ]
	grep -q "session stop: session default (pid $pid) is busy or stuck" stop.err
	grep -q "hint: kill $pid" stop.err
	kill -CONT "$pid"
}

@test "a directory that vanishes under a session is made anew" {
	fake ioas alloc
	rm -r "$XDG_RUNTIME_DIR/iommufdctl"
	eventually [ -S "$(socket)" ]
	run -0 iommufdctl ioas list
	prints "1     0         0"
	[ "$(stat -c %a "$XDG_RUNTIME_DIR/iommufdctl")" = 700 ]
}

@test "a session that was put out of the way leaves its successor alone" {
	local pid

	fake ioas alloc
	pid=$(pid_of default)
	rm -r "$XDG_RUNTIME_DIR/iommufdctl"
	fake -q -c "ioas alloc" -c "ioas alloc"
	[ "$(pid_of default)" -ne "$pid" ]
	eventually has_ended "$pid"
	[ "$(iommufdctl --json ioas list | jq '.ioas_list | length')" -eq 2 ]
}

@test "at logout, when there is no place for it any more, a session ends" {
	local pid

	fake ioas alloc
	pid=$(pid_of default)
	rm -r "$XDG_RUNTIME_DIR"
	eventually has_ended "$pid"
	mkdir -m 700 "$XDG_RUNTIME_DIR"
}

@test "stopping a session stops the scripts of all its clients" {
	local client failed=0

	fake session start
	yes 'ioas list' | head -2000000 >script
	timeout 120 iommufdctl --batch script >/dev/null 2>script.err &
	client=$!
	eventually has_clients
	run -0 timeout 60 iommufdctl session stop
	wait $client || failed=$?
	[ "$failed" -eq 1 ]
	grep -q "was stopped, and what it held is gone" script.err
}

@test "a slow client is not taken for a silent one" {
	local pid slow silent

	FAKE_IOMMU_AHEAD=$PWD/ahead fake session start
	pid=$(pid_of default)
	mkfifo slow.in
	"$RUDE" "$(socket)" slow <slow.in >slow.out 3>&- &
	slow=$!
	exec 5>slow.in
	eventually grep -q first slow.out
	# It answers others when it has read what was there before.
	has_clients
	kill -STOP "$pid"
	echo 40 >ahead
	echo >&5
	eventually grep -q second slow.out
	kill -CONT "$pid"
	has_clients
	echo >&5
	wait $slow
	[ "$(tail -1 slow.out)" = open ]
	# But one that is silent in the middle of a request is not kept.
	"$RUDE" "$(socket)" slow <slow.in >silent.out 3>&- &
	silent=$!
	eventually grep -q first silent.out
	has_clients
	echo 80 >ahead
	eventually has_no_clients
	kill $silent
	exec 5>&-
}

@test "rude clients: the session answers the next one" {
	fake session start
	[ "$("$RUDE" "$(socket)" junk)" = closed ]
	[ "$("$RUDE" "$(socket)" huge)" = closed ]
	[ "$("$RUDE" "$(socket)" version)" = closed ]
	[ "$("$RUDE" "$(socket)" short)" = closed ]
	[ "$("$RUDE" "$(socket)" silent)" = open ]
	run -0 timeout 60 iommufdctl option list
}

@test "a client that does not read costs little and blocks nobody" {
	local pid rude before after socket

	socket=$(socket)
	fake session start
	fake ioas alloc
	pid=$(pid_of default)
	before=$(awk '/VmRSS/ { print $2 }' "/proc/$pid/status")
	"$RUDE" "$socket" deaf 100000 >deaf.out &
	rude=$!
	eventually [ -s deaf.out ]
	run -0 timeout 60 iommufdctl ioas list
	after=$(awk '/VmRSS/ { print $2 }' "/proc/$pid/status")
	kill $rude
	# Its script and a full buffer, not a hundred thousand answers.
	echo "$before -> $after kB"
	[ $((after - before)) -lt 8192 ]
	run -0 timeout 60 iommufdctl ioas list
}

@test "fifty clients at once, and a few that stay" {
	local i rude socket

	socket=$(socket)
	fake session start
	fake ioas alloc
	"$RUDE" "$socket" many 50 >many.out &
	rude=$!
	eventually [ -s many.out ]
	for i in {1..50}; do
		timeout 120 iommufdctl ioas list >"list$i" &
	done
	for i in $(jobs -p); do
		[ "$i" -eq $rude ] || wait "$i"
	done
	[ "$(cat list* | grep -c "^1     0")" -eq 50 ]
	kill $rude
}

@test "a session without free descriptors goes on when there are some" {
	local pid rude socket

	socket=$(socket)
	(ulimit -n 32; LD_PRELOAD=$FAKE iommufdctl session start)
	pid=$(pid_of default)
	"$RUDE" "$socket" many 60 >many.out &
	rude=$!
	eventually [ -s many.out ]
	# Nobody can be let in now, and that must not cost the processor.
	sleep 1
	[ "$(ps -o cputimes= -p "$pid")" -lt 1 ]
	kill $rude
	run -0 timeout 60 iommufdctl option list
}

@test "a socket by its path, and a session on another device" {
	fake session start guest0
	run -0 iommufdctl --session "$(socket guest0)" option list
	run -1 --separate-stderr iommufdctl --session guest0 --device /dev/null option list
	says "session guest0 has /dev/iommu open, not /dev/null"
	run -1 --separate-stderr iommufdctl --session ./nowhere ioas alloc
	says "there is no session ./nowhere"
}

@test "a name too long for a socket" {
	XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/$(printf 'd%.0s' {1..100})
	mkdir -m 700 "$XDG_RUNTIME_DIR"
	run -1 --separate-stderr fake ioas alloc
	says "is too long for the path of a socket"
}
