#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Scripts that run scripts, and commands that run again and again.
#
# shellcheck disable=SC2016,SC2154 # these $ are the tool's; run sets output

load helper
load ../prompt

setup_file() {
	load helper
	fake_device
}

@test "source runs the lines of a file in its place, variables included" {
	printf '$guest = ioas alloc --name guest0\nioas map $guest --anon 4K --iova 1M\n' >setup
	printf 'source setup\nioas unmap $guest --all\n' >script
	run -0 --separate-stderr fake --no-session --batch script
	[ "${lines[0]}" = "ioas 1 guest0" ]
	[ "${lines[2]}" = "unmapped 0x1000 bytes (4K) in 1 mapping" ]
	run -0 fake -c 'source setup' -c 'ioas show $guest'
	[ "${lines[3]}" = "ioas 1 guest0: 1 mapping, 4K mapped" ]
	run -0 fake --no-session source script
}

@test "a mistake in it names its own line, and stops all" {
	printf 'ioas alloc\nioas show 9\nioas alloc\n' >inner
	printf 'source inner\nioas alloc\n' >outer
	run -1 --separate-stderr fake --no-session --batch outer
	[ "$output" = "ioas 1" ]
	says "inner:2: ioas show: there is no object 9"
	run -1 --separate-stderr fake --no-session --keep-going --batch outer
	[ "$output" = $'ioas 1\nioas 2\nioas 3' ]
	run -1 --separate-stderr fake --no-session source inner
	says "inner:2: ioas show: there is no object 9"
}

@test "a script that sources itself is refused, also by way of others" {
	echo 'source script' >script
	run -1 --separate-stderr fake --no-session --batch script
	says "script:1: source: script is being run already; a script that sources itself would never end"
	mkdir sub
	ln -s ../a sub/link
	echo 'source b' >a
	echo 'source sub/link' >b
	run -1 --separate-stderr fake --no-session -k -c 'source a'
	says "b:1: source: sub/link is being run already"
	# One after the other is fine.
	: >empty
	run -0 fake -c 'source empty' -c 'source empty'
}

@test "deeper than anybody writes them" {
	local i

	for i in {1..40}; do
		echo "source s$((i + 1))" >"s$i"
	done
	: >s41
	run -1 --separate-stderr fake source s1
	says "scripts source each other 32 deep"
}

@test "what is no script" {
	run -1 --separate-stderr fake -c 'source nowhere'
	says "-c:1: source: nowhere: No such file or directory"
	run -1 --separate-stderr fake source .
	says "source: . cannot be read: Is a directory"
	head -c 4096 /dev/zero >zeroes
	run -2 --separate-stderr fake source zeroes
	says "zeroes:1: a zero byte: this is not a text of commands"
}

@test "--json: one document, each element with its file" {
	echo 'ioas alloc' >inner
	printf 'version\nsource inner\n' >outer
	run -0 --separate-stderr fake --no-session --json --batch outer
	[ "$(jq -c '[.source, [.results[] | [.source, .line, .command]]]' <<<"$output")" = \
		'["outer",[["outer",1,"version"],["inner",1,"ioas alloc"]]]' ]
	run -0 --separate-stderr fake --no-session --json source inner
	[ "$(jq -c '[.source, (.results | length)]' <<<"$output")" = '["inner",1]' ]
	run -1 --separate-stderr fake --json source nowhere
	[ "$(jq -r .error.message <<<"$output")" = "nowhere: No such file or directory" ]
}

@test "a script of many megabytes, and a line as long, by source" {
	{
		echo '$x = ioas alloc'
		yes 'ioas map $x --anon 4K --iova 1M # and a remark that makes the line longer
ioas unmap $x 1M 4K' | head -100000
		printf 'ioas show '
		head -c 5000000 /dev/zero | tr '\0' ' '
		printf '$x # '
		head -c 5000000 /dev/zero | tr '\0' '#'
		printf '\nioas list\n'
	} >script
	[ "$(wc -c <script)" -gt 14000000 ]
	run -0 timeout 120 env LD_PRELOAD="$FAKE" iommufdctl -q source script
	run -0 timeout 120 env LD_PRELOAD="$FAKE" iommufdctl -q -b script
}

@test "watch runs a line again" {
	run -0 --separate-stderr fake --no-session -c 'ioas alloc' -c 'watch --count 2 1 ioas list'
	[ "$(grep -c '^1     0         0' <<<"$output")" -eq 2 ]
	run -0 --separate-stderr fake --no-session --json watch --count 2 1 version
	[ "$(jq -c '[.source, [.results[].command]]' <<<"$output")" = '["watch",["version","version"]]' ]
}

@test "watch: until a failure, and what it does not take" {
	run -1 --separate-stderr fake --no-session watch 1 ioas show 3
	says "ioas show: there is no object 3"
	run -2 --separate-stderr fake watch 0 version
	says "1 to 86400 seconds"
	run -2 --separate-stderr fake watch --count 0 1 version
	says "at least once"
	run -2 --separate-stderr fake watch 1
	says "watch needs COMMAND"
}

@test "at the prompt: Ctrl-C ends watch and a long script, and nothing else" {
	fake ioas alloc
	yes 'ioas list' | head -3000000 >script
	interrupted() {
		line 'watch 1 ioas list\n'
		shown $'1     0         0\r\n'
		printf '\003'
		line 'source script\n'
		sleep 0.3
		printf '\003'
		line 'ioas show 1\n'
		line 'quit\n'
	}
	at_prompt interrupted
	[ "$status" -eq 0 ]
	prints "ioas 1: 0 mappings"
	run -0 fake ioas list
}

@test "at the prompt: a script that waits for a FIFO can be left" {
	mkfifo fifo
	waiting() {
		line 'source fifo\n'
		sleep 0.3
		printf '\003'
		line 'version\n'
		line 'quit\n'
	}
	at_prompt waiting
	prints "source: fifo: interrupted"
	prints "iommufdctl 0."
}

@test "completion goes on in the line that is watched" {
	words() {
		run -0 --separate-stderr fake __complete -- "$@"
		output=$(cut -f1 <<<"$output" | tr '\n' ' ')
	}
	words watch --cou
	[ "$output" = "--count " ]
	words watch 1 ioas ra
	[ "$output" = "ranges " ]
	words watch 1 ioas map 1 --an
	[ "$output" = "--anon " ]
	words source ""
	[ "$output" = ":files " ]
}
