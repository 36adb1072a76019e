#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The prompt, typed at through a pseudo-terminal.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper
load ../prompt

setup_file() {
	load helper
	fake_device
}

history_file() {
	cat "$XDG_STATE_HOME/iommufdctl/history"
}

@test "commands, a mistake, and exit" {
	type_at 'ioas alloc\n' 'ioas mop\n' 'ioas list\n' 'exit\n'
	[ "$status" -eq 0 ]
	prints "ioas 1"
	prints "ioas: no such command"
	prints "hint: help ioas"
	prints "1     0         0"
}

@test "the status is that of the last command; quit leaves, too" {
	type_at 'ioas show 5\n' 'quit\n'
	[ "$status" -eq 1 ]
	type_at 'ioas mop\n' '\004'
	[ "$status" -eq 2 ]
}

@test "Tab completes commands and ids that live" {
	fake ioas alloc
	fake destroy 1 || true
	fake session start guest0
	fake ioas alloc
	type_at 'io\tli\t\n' 'ioas show \t\n' 'quit\n'
	[ "$status" -eq 0 ]
	prints "iommufdctl> ioas list"
	prints "iommufdctl> ioas show 1"
	prints "ioas 1: 0 mappings"
}

@test "Tab knows files where a file is wanted, and nowhere else" {
	head -c 4096 /dev/zero >only-file
	fake ioas alloc
	type_at 'ioas map 1 --file only\t\n' 'ioas show only\t\n' 'quit\n'
	prints "ioas map 1 --file only-file"
	prints "read file only-file"
	[[ $output != *"ioas show only-file"* ]]
}

@test "history: kept without repetitions, at most a thousand lines" {
	type_at 'version\n' 'version\n' 'help version\n' 'quit\n'
	[ "$(history_file)" = $'version\nhelp version' ]
	[ "$(stat -c %a "$XDG_STATE_HOME/iommufdctl/history")" = 600 ]
	seq -f 'help help # %g' 5000 >"$XDG_STATE_HOME/iommufdctl/history"
	type_at 'version\n' 'quit\n'
	[ "$(history_file | wc -l)" -le 1001 ]
	[ "$(history_file | tail -1)" = version ]
	[ "$(history_file | head -1)" = "help help # 4001" ]
}

@test "a history that cannot be written is a message and no more" {
	mkdir -p "$XDG_STATE_HOME/iommufdctl"
	ln -s /dev/full "$XDG_STATE_HOME/iommufdctl/history"
	type_at 'version\n' 'help version\n' 'version\n' 'quit\n'
	[ "$status" -eq 0 ]
	[ "$(grep -c "the history is not kept in .*: No space left on device" <<<"$output")" -eq 1 ]
	prints "iommufdctl 0."
}

@test "a continued line" {
	type_at 'ioas \\\n' 'alloc\n' 'quit\n'
	prints "ioas 1"
	[ "$(history_file)" = "ioas alloc" ]
}

ctrl_c() {
	shown "> "
	printf 'nonsense'
	shown nonsense
	printf '\003'
	shown $'^C\r\niommufdctl> '
	line 'ioas list\n'
	# It waits for a session that does not answer.
	shown $'ioas list\r\n'
	printf '\003'
	line 'version\n'
	line '\004'
}

@test "Ctrl-C drops the line, or stops waiting; the session stays" {
	local pid

	fake ioas alloc
	pid=$(iommufdctl --json session list | jq '.sessions[0].pid')
	kill -STOP "$pid"
	at_prompt ctrl_c
	kill -CONT "$pid"
	[ "$status" -eq 0 ]
	prints "nonsense^C"
	prints "ioas list: interrupted"
	prints "iommufdctl 0."
	[[ $output != *"no such command"* ]]
	run -0 fake ioas list
	prints "1     0         0"
}

tab_while_stuck() {
	line 'ioas list\n'
	shown "> "
	kill -STOP "$1"
	# A command would wait for ten seconds.
	printf 'ioas show \t7'
	SECONDS=0
	shown "ioas show 7"
	((SECONDS > 5)) || touch quick
	kill -CONT "$1"
	printf '\n'
	line 'quit\n'
}

@test "a Tab does not wait for a session that is busy" {
	fake ioas alloc
	at_prompt tab_while_stuck "$(iommufdctl --json session list | jq '.sessions[0].pid')"
	[ -e quick ]
	prints "there is no object 7"
}
