#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The prompt, typed at through a pseudo-terminal.
#
# shellcheck disable=SC2016,SC2154 # $ is for the shell that the tool calls; run sets
# output, stderr, status and lines

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
	# The moment that a Tab waits for a session is to be enough.
	FAKE_IOMMU_CLOCK=0.01 type_at 'io\tli\t\n' 'ioas show \t\n' 'quit\n'
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
	# The tool's own patience is not to end first.
	FAKE_IOMMU_CLOCK=0.01 at_prompt ctrl_c
	kill -CONT "$pid"
	[ "$status" -eq 0 ]
	prints "nonsense^C"
	prints "ioas list: interrupted"
	prints "iommufdctl 0."
	[[ $output != *"no such command"* ]]
	run -0 fake ioas list
	prints "1     0         0"
}

# A line that goes on, output that is held, a paste that does not end; and each
# time perhaps not yet.
ctrl_c_at_any_time() {
	local text

	shown "> "
	for _ in {1..10}; do
		for text in 'ioas \\\n' '\023version' '\e[200~nonsense'; do
			printf '%b' "$text"
			stat screen >/dev/null
			printf '\003'
			shown $'^C\r\niommufdctl> '
		done
	done
	line 'version\n'
	line 'quit\n'
}

@test "Ctrl-C is neither lost nor the end, whenever it comes" {
	TERMINAL=xterm at_prompt ctrl_c_at_any_time
	[ "$status" -eq 0 ]
	prints "iommufdctl 0."
	[[ $output != *"no such command"* ]]
}

ctrl_c_while_it_starts() {
	until [[ -e ended || $(<screen) == *leaves* ]]; do :; done
	printf '\003'
	line 'quit\n'
}

@test "Ctrl-C before the first prompt" {
	for _ in {1..5}; do
		at_prompt ctrl_c_while_it_starts
		[ "$status" -eq 0 ]
	done
}

# The answer has 500 kB, of which the tool can write a part so far. What is on
# the screen is the terminal's own echo, to a command that runs.
ctrl_c_in_an_answer() {
	printf 'ioas show 1\n'
	timeout 120 head -c 100000 <&9 >first
	printf '\003'
	shown "^C"
	cat <&9 >rest &
	until [[ -e ended || $(tail -c 2 rest) == "> " ]]; do sleep 0.05; done
	printf 'version\n'
	until [[ -e ended ]] || grep -q "^iommufdctl 0." rest; do sleep 0.05; done
	kill $!
	printf 'quit\n'
}

@test "Ctrl-C ends a long answer, and not the prompt" {
	local name

	name=$(printf 'n%.0s' {1..250})
	head -c 4096 /dev/zero >"$name"
	{
		echo 'ioas alloc'
		seq -f "ioas map 1 --file $name --iova %.0f" 1048576 4096 9236480
	} >script
	fake -q --batch script
	[ "$(iommufdctl ioas show 1 | wc -c)" -gt 500000 ]
	mkfifo answer
	exec 9<>answer
	TOOL='iommufdctl >answer' at_prompt ctrl_c_in_an_answer
	exec 9<&-
	[ "$status" -eq 0 ]
	[ "$(wc -c <rest)" -lt 300000 ]
	grep -q "^iommufdctl 0." rest
}

stop_and_go() {
	local pid

	shown "> "
	pid=$(cat pid)
	printf vers
	shown vers
	kill -STOP "$pid"
	until [[ -e ended ]] || grep -q "^State:.T" "/proc/$pid/status"; do sleep 0.05; done
	# As a shell with job control does.
	stty -F "$(cat tty)" icanon echo
	kill -CONT "$pid"
	shown 'versiommufdctl> vers'
	stty -F "$(cat tty)" -a >modes
	printf '\t\n'
	line 'quit\n'
}

@test "stopped and continued, the prompt has its terminal again" {
	TOOL="sh -c 'echo \$\$ >pid; tty >tty; exec iommufdctl'" at_prompt stop_and_go
	[ "$status" -eq 0 ]
	grep -q -e " -icanon" modes
	prints "iommufdctl 0."
}

# For the tool a second is five. A command would wait for ten.
tab_while_stuck() {
	line 'ioas list\n'
	shown "> "
	kill -STOP "$1"
	printf 'ioas show \t7'
	SECONDS=0
	shown "ioas show 7"
	((SECONDS > 25)) || touch quick
	kill -CONT "$1"
	printf '\n'
	line 'quit\n'
}

@test "a Tab does not wait for a session that is busy" {
	fake ioas alloc
	FAKE_IOMMU_CLOCK=0.2 at_prompt tab_while_stuck "$(iommufdctl --json session list | jq '.sessions[0].pid')"
	[ -e quick ]
	prints "there is no object 7"
}

@test "!program runs one in the place of a command" {
	type_at '!echo $((6 * 7)) and more\n' ' ! exit 3\n' '!kill -TERM $$\n' 'version\n' \
		'!false\n' 'quit\n'
	[ "$status" -eq 1 ]
	prints "42 and more"
	prints "!: status 3"
	prints "!: ended by SIGTERM"
	[ "$(history_file | head -1)" = '!echo $((6 * 7)) and more' ]
}

@test "command | program" {
	fake ioas alloc
	head -c 4096 /dev/zero >'a|b'
	type_at "ioas map 1 --file 'a|b' --iova 1M | tr a-z A-Z\n" \
		'ioas show 1 --json | jq -r .ioas.mappings[0].iova # | rest\n' \
		'ioas list | \n' 'ioas list # | no pipe\n' 'ioas \\\n' 'list | wc -l\n' 'quit\n'
	[ "$status" -eq 0 ]
	prints "FILE A|B AT 0X0"
	prints $'\n0x100000\n'
	prints "|: which program? COMMAND | PROGRAM"
	prints $'\n2\n'
	[ "$(grep -c "^1     1         4K" <<<"$output")" -eq 1 ]
}

@test "a program that has seen enough, and Ctrl-C while it reads" {
	fake ioas alloc
	yes 'ioas list' | head -200000 >script
	enough() {
		line 'source script | head -1\n'
		line 'ioas list | sleep 100\n'
		sleep 0.3
		printf '\003'
		line '! sleep 100\n'
		sleep 0.3
		printf '\003'
		line 'ioas show 1\n'
		line 'quit\n'
	}
	at_prompt enough
	[ "$status" -eq 0 ]
	prints "ioas 1: 0 mappings"
}
