#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What it looks like: colour where it is wanted, a screen for every help text.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper

setup_file() {
	load helper
	fake_device
}

# on_terminal VARIABLES ARGUMENTS: the tool on a terminal of 80 columns.
on_terminal() {
	run script -qec "stty cols 80; $1 LD_PRELOAD=$FAKE iommufdctl --no-session $2" /dev/null
	output=$(tr -d '\r' <<<"$output")
}

list="-c 'ioas alloc' -c 'ioas list'"
bold=$'\e[1mIOAS\e[0m  \e[1mMAPPINGS\e[0m  \e[1mMAPPED\e[0m'

@test "colour on a terminal, and not where it is not wanted" {
	on_terminal TERM=xterm "$list"
	prints "$bold"
	on_terminal "TERM=xterm NO_COLOR=1" "$list"
	prints $'ioas 1\nIOAS  MAPPINGS'
	on_terminal "TERM=xterm NO_COLOR=" "$list"
	prints "$bold"
	on_terminal TERM=dumb "$list"
	prints $'ioas 1\nIOAS  MAPPINGS'
	on_terminal TERM=xterm "--color=never $list"
	prints $'ioas 1\nIOAS  MAPPINGS'
}

@test "colour elsewhere only when asked for" {
	run -0 fake --no-session -c "ioas alloc" -c "ioas list"
	[[ $output != *$'\e'* ]]
	run -0 fake --no-session --color -c "ioas alloc" -c "ioas list"
	prints "$bold"
	NO_COLOR=1 run -0 fake --no-session --color=always -c "ioas alloc" -c "ioas list"
	prints "$bold"
	run -0 fake --no-session --color=auto -c "ioas alloc" -c "ioas list"
	[[ $output != *$'\e'* ]]
	run -0 fake --no-session --color --json -c "ioas alloc"
	[[ $output != *$'\e'* ]]
	run -2 --separate-stderr fake --color=green version
	says "not one of: always, auto, never"
}

@test "in errors, carets and hints" {
	run -2 --separate-stderr fake --no-session --color ioas show x!
	says $'\e[1;31m^^^^\e[0m'
	run -1 --separate-stderr fake --no-session --color ioas show 7
	says $'\e[33mhint:\e[0m iommufdctl'
	run -1 --separate-stderr fake --no-session ioas show 7
	[[ $stderr != *$'\e'* ]]
	# What is quoted cannot add any of its own.
	run -2 --separate-stderr fake --color $'ioas\e[31m'
	[[ $stderr != *$'\e[31m'* ]]
	says '\x1b[31m'
}

@test "a word of its own after --color is the command" {
	run -0 fake --color version
	[[ $output == iommufdctl* ]]
	run -0 fake __complete -- --color ver
	prints version
}

# All commands, one a line, and the topics of help that are none.
topics() {
	echo
	echo options
	iommufdctl __dump | jq -r 'def walk_tree(p): .commands[] |
		select(.hidden | not) | (p + [.name]) as $p | ($p | join(" ")),
		walk_tree($p); walk_tree([])'
}

@test "every help text is one screen of 80 columns, with a line for the prompt" {
	local topic long

	topics >list
	[ "$(wc -l <list)" -gt 30 ]
	while read -r topic; do
		# shellcheck disable=SC2086 # words
		iommufdctl help $topic >text
		[ "$(wc -l <text)" -le 23 ] || {
			echo "$(wc -l <text) lines: help $topic"
			return 1
		}
		long=$(awk 'length > 80' text)
		[ -z "$long" ] || {
			echo "help $topic: $long"
			return 1
		}
	done <list
}

@test "on a terminal of 20 columns each meaning goes below its word" {
	run script -qec "stty cols 20; iommufdctl help destroy" /dev/null
	[ "$(tr -d '\r' <<<"$output")" = "destroy: give
  objects back, with
  all that is mapped
  in them
usage: iommufdctl
  destroy ID...

arguments:
  ID
    an object of the
    session" ]
	run script -qec "stty cols 20; TERM=xterm iommufdctl ioas unmap 1 --all 0x1000 0x1000 0x1000" /dev/null
	output=$(tr -d '\r' <<<"$output")
	prints $'  ... x1000 0x1000\n            \e[1;31m^^^^^^\e[0m'
}
