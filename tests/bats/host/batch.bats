#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Scripts: from a file, from standard input, from -c; where they stop, and
# what they print.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper

setup_file() {
	load helper
	fake_device
}

@test "a script with comments, quotes and continued lines" {
	printf '# a comment\n\n  ioas alloc # and another\nioas map 1 \\\n\t--anon 4K \\\n--iova "1M"\n'"ioas 'ranges' 1" >script
	run -0 --separate-stderr fake --batch script
	[ "${lines[0]}" = "ioas 1" ]
	[ "${lines[1]}" = "iova 0x100000 length 0x1000 (4K) read-write anonymous" ]
	prints "alignment  0x1"
}

# shellcheck disable=SC2016 # the tool's variables
@test "what is unusual in a line of a script, wherever it begins" {
	printf '%s\n' 'ioas alloc --name a"b"c' 'ioas "alloc" --name def' \
		"'ioas' alloc --name g'h'i" 'ioas alloc --name j\kl' \
		$'\tioas alloc\t--name mno' $'ioas alloc --name pqr\r' \
		'$x = ioas alloc --name stu # and no more' \
		'ioas show "$x"' 'ioas alloc --name $x' 'help v#w' >script
	run -1 --separate-stderr fake -k --batch script
	[ "$output" = "ioas 1 abc
ioas 2 def
ioas 3 ghi
ioas 4 jkl
ioas 5 mno
ioas 6 pqr
ioas 7 stu
ioas 7 stu: 0 mappings, 0 mapped" ]
	says 'script:9: ioas alloc: not a name: it begins as a number does'
	says 'ioas alloc --name $x'
	says "script:10: help: no such command"
}

@test "the first error stops it, with FILE:LINE" {
	printf 'ioas alloc\n\nioas show 9\nioas alloc\n' >script
	run -1 --separate-stderr fake --batch script
	[ "$output" = "ioas 1" ]
	says "script:3: ioas show: there is no object 9"
	[ "$(fake --json ioas list | jq '.ioas_list | length')" -eq 1 ]
}

@test "--keep-going goes on, and fails all the same" {
	printf 'ioas alloc\nioas show 9\nnonsense\nioas alloc\n' >script
	run -1 --separate-stderr fake --keep-going --batch script
	[ "$output" = $'ioas 1\nioas 2' ]
	says "script:2: ioas show: there is no object 9"
	says "script:3: no such command"
}

@test "going on is status 1 whatever failed, also with -c" {
	run -1 --separate-stderr fake -k -c nonsense -c version
	prints "iommufdctl "
	run -1 --separate-stderr fake -k <<<nonsense
	run -2 --separate-stderr fake -c nonsense -c version
}

@test "a line that cannot be understood: status 2, and a caret" {
	printf 'ioas alloc\nioas map 1 --anon 4Q\n' >script
	run -2 --separate-stderr fake --batch script
	says "script:2: ioas map: not a number"
	says $'  ioas map 1 --anon 4Q\n                    ^^'
}

@test "the line number is that where the line began" {
	printf 'ioas alloc\nioas \\\n show \\\n 9\n' >script
	run -1 --separate-stderr fake --batch script
	says "script:2: ioas show"
}

@test "a quote that is not closed, and binary junk" {
	printf "ioas alloc\nioas 'show\n" >script
	run -2 --separate-stderr fake --batch script
	says "script:2: a quote is opened and not closed"
	printf 'ioas list\n\0\1\2\n' >script
	run -2 --separate-stderr fake --batch script
	says "script:2: a zero byte: this is not a text of commands"
	head -c 100000 /dev/urandom >script
	run --separate-stderr fake --batch script
	[ "$status" -eq 2 ]
	[[ $stderr != *$'\e'* ]]
}

@test "a missing script, a directory" {
	run -1 --separate-stderr fake --batch nowhere
	says "nowhere: No such file or directory"
	run -1 --separate-stderr fake --batch .
	says ". cannot be read: Is a directory"
}

@test "standard input, with -b - and without a word" {
	run -0 --separate-stderr fake <<<"ioas alloc"
	[ "$output" = "ioas 1" ]
	run -1 --separate-stderr fake -b - <<<$'ioas list\nioas show 3'
	says "<stdin>:2: ioas show: there is no object 3"
	run -0 fake </dev/null
	[ -z "$output" ]
}

@test "lines from a pipe are answered as they come" {
	local answer

	coproc TOOL { LD_PRELOAD=$FAKE iommufdctl 2>/dev/null; }
	echo "ioas alloc" >&"${TOOL[1]}"
	read -r -t 60 answer <&"${TOOL[0]}"
	[ "$answer" = "ioas 1" ]
	echo "ioas map 1 --anon 4K --iova 1M" >&"${TOOL[1]}"
	read -r -t 60 answer <&"${TOOL[0]}"
	[ "$answer" = "iova 0x100000 length 0x1000 (4K) read-write anonymous" ]
	kill "$TOOL_PID"
}

@test "several -c are one script, up to the first that fails" {
	run -1 --separate-stderr fake -c "ioas alloc" -c "ioas show 5" -c "ioas alloc"
	[ "$output" = "ioas 1" ]
	says "-c:2: ioas show"
	run -0 fake -q --command="ioas list" --command "help"
	[ -z "$output" ]
}

@test "commands of the tool itself may stand between those of the session" {
	run -0 --separate-stderr fake -c version -c "ioas alloc" -c "session list" \
		-c "help destroy" -c "ioas list" -c "session stop"
	prints "iommufdctl "
	prints "default  "
	prints "usage: iommufdctl destroy ID..."
	prints "ended; it held 1 object and"
}

@test "options of the command line have no place in a line" {
	run -2 --separate-stderr fake -c "--session x ioas alloc"
	says "--session belongs to the command line, not to a line of a script"
	run -0 --separate-stderr fake -c "ioas alloc --json" -c "ioas list"
	[ "$(head -9 <<<"$output" | jq .ioas.ioas_id)" -eq 1 ]
}

@test "--json makes one document of a script" {
	printf 'ioas alloc\nioas show 9\nioas list\n' >script
	run -1 --separate-stderr fake --json -k --batch script
	[ "$(jq -c '[.schema, .source, (.results | length)]' <<<"$output")" = '[1,"script",3]' ]
	[ "$(jq -c '[.results[] | [.line, .command, (.result != null), (.error != null)]]' \
		<<<"$output")" = '[[1,"ioas alloc",true,false],[2,"ioas show",false,true],[3,"ioas list",true,false]]' ]
	run -0 fake --json </dev/null
	[ "$(jq -c . <<<"$output")" = '{"schema":1,"source":"<stdin>","results":[]}' ]
}

@test "a line of a megabyte, and one that is longer than any" {
	{
		echo 'ioas alloc'
		printf 'ioas allow 1'
		seq 60000 | sed 's/.*/ &00000-&50000/' | tr -d '\n'
		echo
		echo 'ioas list'
	} >script
	[ "$(wc -c <script)" -gt 1000000 ]
	run -0 fake -q --batch script
	head -c 70000000 /dev/zero | tr '\0' x >script
	run -1 --separate-stderr fake --batch script
	says "script: line 1 has more than"
}

@test "twenty thousand lines" {
	{
		echo 'ioas alloc'
		seq -f 'ioas map 1 --anon 4K --iova %.0f' 1048576 4096 42004480
		seq -f 'ioas unmap 1 %.0f 4K' 1048576 4096 42004480
		echo 'ioas list'
	} >script
	timeout 120 env LD_PRELOAD="$FAKE" iommufdctl --batch script >out
	[ "$(wc -l <out)" -eq 20003 ]
	[ "$(tail -1 out)" = "1     0         0" ]
}
