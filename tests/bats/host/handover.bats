#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A descriptor that changes hands: to a program, between sessions, from a
# program to the tool.
#
# shellcheck disable=SC2016,SC2154 # the $ are the programs'; run sets output

load helper
load ../prompt

setup_file() {
	load helper
	fake_device
}

@test "exec runs a program with the device open, and its number" {
	run -0 --separate-stderr fake exec -- sh -c 'echo fd={} $IOMMUFD {}; readlink /proc/self/fd/{}'
	# The fake device is another one behind its name.
	[[ $output =~ ^"fd="([0-9]+)" "([0-9]+)" "([0-9]+)$'\n/dev/null'$ ]]
	[ "${BASH_REMATCH[1]}" = "${BASH_REMATCH[2]}" ]
	[ "${BASH_REMATCH[1]}" = "${BASH_REMATCH[3]}" ]
	run -0 --separate-stderr fake exec --rlimit-mode 1 printf '%s\n' --option=a{}b{} --json
	[[ $output =~ ^"--option=a"[0-9]+"b"[0-9]+$'\n--json'$ ]]
	run -5 fake exec sh -c 'exit 5'
	run -1 --separate-stderr fake exec ./nowhere
	says "exec: ./nowhere: No such file or directory"
	run -2 --separate-stderr fake exec
	says "exec needs COMMAND"
}

@test "exec takes the tool's place: its process is the program's" {
	LD_PRELOAD=$FAKE iommufdctl exec sh -c 'echo $$ >pid; exec sleep 100' 3>&- &
	eventually [ -s pid ]
	[ "$(cat pid)" -eq $! ]
	kill $!
}

@test "exec in a script waits, and its failure is the line's" {
	run -1 --separate-stderr fake --no-session -c 'ioas alloc' -c 'exec true' \
		-c 'exec sh -c "echo here; exit 3"' -c 'ioas alloc'
	[ "$output" = $'ioas 1\nhere' ]
	says "-c:3: exec: status 3"
	run -0 --separate-stderr fake --json --no-session -c 'exec true'
	[ "$(jq -c .results <<<"$output")" = '[]' ]
}

@test "exec with an option that the kernel refuses runs nothing" {
	run -1 --separate-stderr fake exec --rlimit-mode 7 touch made
	says "exec: IOMMU_OPTION: "
	[ ! -e made ]
}

@test "a session's descriptor: exec uses it, and the tool by --fd" {
	fake session start guest0
	fake --session guest0 ioas alloc
	# Objects are as good as the process they were made in, for the fake.
	run -0 --separate-stderr fake --session guest0 exec iommufdctl --fd {} ioas alloc --name x
	[ "$output" = "ioas 1 x" ]
	run -1 --separate-stderr fake --session guest1 exec true
	says "exec: there is no session guest1"
	run -0 fake session list
}

@test "--fd wants a descriptor that is there" {
	run -2 --separate-stderr fake --fd 9 ioas alloc
	says $'no descriptor of this number was handed over\n  --fd 9 ioas alloc\n       ^'
	run -2 --separate-stderr fake --fd 0 ioas alloc
	says "no descriptor of this number"
	run -2 --separate-stderr fake --fd 7 --session x ioas alloc 7</dev/null
	says "--fd and --session exclude each other"
	run -0 fake --fd 7 session start guest0 7</dev/null
	run -0 fake --session guest0 ioas alloc
}

@test "session send and receive: one more process holds it" {
	local receiver

	fake session start guest0
	LD_PRELOAD=$FAKE iommufdctl session receive ./hand guest1 >receive.out &
	receiver=$!
	eventually [ -S hand ]
	[ "$(stat -c %a hand)" = 700 ]
	run -0 --separate-stderr fake session send guest0 ./hand
	[[ $output =~ ^"the descriptor of session guest0 (pid "[0-9]+") went to ./hand"$ ]]
	wait $receiver
	grep -q "^session guest1 (pid [0-9]*) has /dev/iommu open$" receive.out
	[ ! -e hand ]
	fake session stop guest0
	run -0 fake --session guest1 ioas alloc
}

@test "session send and receive: what is not there, and what is no descriptor" {
	local receiver failed=0

	run -1 --separate-stderr fake session send nobody ./hand
	says "session send: there is no session nobody"
	fake session start
	run -1 --separate-stderr fake session send default ./hand
	says "session send: ./hand: No such file or directory"
	run -2 --separate-stderr fake session send default "$(printf 'd%.0s' {1..120})"
	says "too long for the path of a socket"
	LD_PRELOAD=$FAKE iommufdctl session receive ./hand guest1 2>receive.err &
	receiver=$!
	eventually [ -S hand ]
	python3 -c 'import socket; s = socket.socket(socket.AF_UNIX); s.connect("hand"); s.send(b"x")'
	wait $receiver || failed=$?
	[ "$failed" -eq 1 ]
	grep -q "session receive: ./hand: what came was no descriptor" receive.err
	# One that was killed while it waited is in nobody's way.
	LD_PRELOAD=$FAKE iommufdctl session receive ./hand guest1 &
	receiver=$!
	eventually [ -S hand ]
	kill -9 $receiver
	wait $receiver || [ $? -eq 137 ]
	LD_PRELOAD=$FAKE iommufdctl session receive ./hand guest1 >receive.out &
	receiver=$!
	eventually fake session send default ./hand 2>/dev/null
	wait $receiver
	: >file
	run -1 --separate-stderr fake session receive ./file guest2
	says "session receive: ./file: Address already in use"
}

@test "session attach: a script goes on in another session" {
	fake session start guest0
	fake session start guest1
	run -0 --separate-stderr fake -c 'session attach guest0' -c 'ioas alloc --name a' \
		-c 'session attach guest1' -c 'ioas alloc --name b'
	run -0 fake --session guest0 ioas show a
	run -0 fake --session guest1 ioas show b
	run -0 fake session attach guest1 <<<'ioas list'
	[ "${lines[1]}" = "1     0         0       b" ]
	run -1 --separate-stderr fake session attach nobody
	says "session attach: there is no session nobody"
	run -1 --separate-stderr fake --no-session -c 'session attach guest0'
	says "everything is kept in this process"
}

@test "session attach: a prompt that says where it is" {
	fake session start guest0
	attached() {
		line 'session attach guest0\n'
		shown 'iommufdctl(guest0)> '
		line 'ioas alloc --name ram\n'
		line 'quit\n'
	}
	at_prompt attached
	[ "$status" -eq 0 ]
	TOOL="iommufdctl session attach guest0" type_at 'ioas list\n' 'quit\n'
	[ "$status" -eq 0 ]
	prints "1     0         0       ram"
	prints "iommufdctl(guest0)> quit"
}

@test "session list tells what each holds" {
	fake session start guest0
	fake -q --session guest0 -c 'ioas alloc --name ram' -c 'ioas map ram --anon 2M'
	run -0 --separate-stderr fake session list
	[[ ${lines[1]} =~ ^"guest0   "[0-9]+" "+"/dev/iommu  1        1         2M      0       0        yes"$ ]]
	run -0 fake --json session list
	[ "$(jq -c '.sessions[0] | [.objects, .pinned_length]' <<<"$output")" = \
		'[[{"id":1,"kind":"ioas","name":"ram","num_mappings":1}],"0x0"]' ]
}
