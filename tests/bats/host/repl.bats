#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The prompt, typed at through a pseudo-terminal.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper

setup_file() {
	load helper
	fake_device
}

# type_at LINES: what a person types; the terminal's output is in $output.
type_at() {
	export TERM=dumb
	run timeout 20 script -qec "env LD_PRELOAD=$FAKE iommufdctl" /dev/null < <(
		sleep 0.5
		printf '%b' "$1" | while IFS= read -r -n1 -d '' c; do
			printf '%s' "$c"
		done
		sleep 0.5
	)
	output=${output//$'\r'/}
}

history_file() {
	cat "$XDG_STATE_HOME/iommufdctl/history"
}

@test "commands, a mistake, and exit" {
	type_at 'ioas alloc\nioas mop\nioas list\nexit\n'
	[ "$status" -eq 0 ]
	prints "ioas 1"
	prints "ioas: no such command"
	prints "hint: help ioas"
	prints "1     0         0"
}

@test "the status is that of the last command; quit leaves, too" {
	type_at 'ioas show 5\nquit\n'
	[ "$status" -eq 1 ]
	type_at 'ioas mop\n\004'
	[ "$status" -eq 2 ]
}

@test "Tab completes commands and ids that live" {
	fake ioas alloc
	fake destroy 1 || true
	fake session start guest0
	fake ioas alloc
	type_at 'io\tli\t\nioas show \t\nquit\n'
	[ "$status" -eq 0 ]
	prints "iommufdctl> ioas list"
	prints "iommufdctl> ioas show 1"
	prints "ioas 1: 0 mappings"
}

@test "Tab knows files where a file is wanted, and nowhere else" {
	head -c 4096 /dev/zero >only-file
	fake ioas alloc
	type_at 'ioas map 1 --file only\t\nioas show only\t\nquit\n'
	prints "ioas map 1 --file only-file"
	prints "read file only-file"
	[[ $output != *"ioas show only-file"* ]]
}

@test "history: kept without repetitions, at most a thousand lines" {
	type_at 'version\nversion\nhelp version\nquit\n'
	[ "$(history_file)" = $'version\nhelp version' ]
	[ "$(stat -c %a "$XDG_STATE_HOME/iommufdctl/history")" = 600 ]
	seq -f 'help help # %g' 5000 >"$XDG_STATE_HOME/iommufdctl/history"
	type_at 'version\nquit\n'
	[ "$(history_file | wc -l)" -le 1001 ]
	[ "$(history_file | tail -1)" = version ]
	[ "$(history_file | head -1)" = "help help # 4001" ]
}

@test "a history that cannot be written is a message and no more" {
	mkdir -p "$XDG_STATE_HOME/iommufdctl"
	ln -s /dev/full "$XDG_STATE_HOME/iommufdctl/history"
	type_at 'version\nhelp version\nversion\nquit\n'
	[ "$status" -eq 0 ]
	[ "$(grep -c "the history is not kept in .*: No space left on device" <<<"$output")" -eq 1 ]
	prints "iommufdctl 0."
}

@test "a continued line" {
	type_at 'ioas \\\nalloc\nquit\n'
	prints "ioas 1"
	[ "$(history_file)" = "ioas alloc" ]
}

@test "Ctrl-C drops the line, or stops waiting; the session stays" {
	local pid

	fake ioas alloc
	pid=$(iommufdctl --json session list | jq '.sessions[0].pid')
	kill -STOP "$pid"
	export TERM=dumb
	run timeout 20 script -qec "env LD_PRELOAD=$FAKE iommufdctl" /dev/null < <(
		sleep 0.5
		printf 'nonsense'
		sleep 0.5
		printf '\003'
		sleep 0.5
		printf 'ioas list\n'
		sleep 0.5
		printf '\003'
		sleep 0.5
		printf 'version\n\004'
		sleep 0.5
	)
	kill -CONT "$pid"
	[ "$status" -eq 0 ]
	prints "nonsense^C"
	prints "ioas list: interrupted"
	prints "iommufdctl 0."
	[[ $output != *"no such command"* ]]
	run -0 fake ioas list
	prints "1     0         0"
}
