#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What the command line understands, and how it says what it does not.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper

# usage WORDS TEXT: refused as a usage error that says TEXT.
usage() {
	local text=${*: -1}

	run -2 --separate-stderr iommufdctl "${@:1:$#-1}"
	[ -z "$output" ]
	says "$text"
}

@test "a wrong word is pointed at" {
	run -2 --separate-stderr iommufdctl --no-session ioas mop 1
	says "ioas: no such command; ioas has: alloc, list, show, map"
	says "  --no-session ioas mop 1"$'\n'"                    ^^^"
	says "hint: iommufdctl help ioas"
}

@test "names are exact: no prefix stands for a command or an option" {
	usage ioas al "no such command"
	usage ioas map 1 --ano 4K "no such option of ioas map"
}

@test "what is missing is named" {
	usage ioas "and what? ioas has: alloc"
	usage ioas show "ioas show needs ID"
	usage ioas map 1 --anon "--anon needs SIZE"
	usage ioas show 1 2 "takes no more arguments"
	usage ioas show --all 1 "no such option of ioas show"
}

@test "options that contradict each other are refused" {
	usage --no-session --session a ioas list "exclude each other"
	usage -c "ioas list" ioas list "one at a time"
	usage --quiet -q ioas list "--quiet is given twice"
	usage --quiet=yes ioas list "--quiet takes no value"
}

@test "options may stand before, inside and behind a command" {
	local line

	for line in "--json version" "version --json" "-j version"; do
		# shellcheck disable=SC2086 # the line is to be split
		run -0 iommufdctl $line
		[ "$(jq -r .version.iommufdctl <<<"$output")" = \
			"$(iommufdctl version | cut -d' ' -f2)" ]
	done
	# A document is wanted, however quiet.
	run -0 iommufdctl -q --json version
	[ "$(jq .schema <<<"$output")" -eq 1 ]
	run -0 iommufdctl help --json ioas
	[ "$(jq -r .help.command <<<"$output")" = ioas ]
}

@test "numbers: sizes, hex and units, and nothing that must be guessed" {
	usage ioas unmap 1 0 12Q "units are K, M, G and T"
	usage ioas unmap 1 0 -4096 "must not have a sign"
	usage ioas unmap 1 0 +4096 "must not have a sign"
	usage ioas unmap 1 0 "" "it is empty"
	usage ioas unmap 1 0 0x "needs digits"
	usage ioas unmap 1 0 010 "leading zero"
	usage ioas unmap 1 0 18446744073709551616 "does not fit into 64 bits"
	usage ioas unmap 1 0 0x10000000000000000 "does not fit into 64 bits"
	usage ioas unmap 1 0 16777216T "does not fit into 64 bits"
	usage ioas unmap 1 0 "4K " "goes on after the number"
	usage ioas unmap 1 0 "4 " "goes on after the number"
	usage ioas allow 1 "0-4 " "goes on after the number"
	usage ioas unmap 1 0 4KiB "goes on after the number"
	usage ioas show 4294967296 "an id has 32 bits"
	usage ioas allow 1 0x2000-0x1000 "the last address lies before the first"
	usage ioas allow 1 0x2000 "a range is START-LAST"
}

@test "a number is pointed at, also in a long line" {
	local word

	word=$(printf 'x%.0s' {1..300})
	run -2 --separate-stderr iommufdctl ioas map 1 --file "$word" --iova 1Z
	says "  ... xxx"
	says "--iova 1Z"$'\n'
	[ "${stderr_lines[2]: -2}" = "^^" ]
	[ "${#stderr_lines[1]}" -eq "${#stderr_lines[2]}" ]
	[ "${#stderr_lines[1]}" -lt 80 ]
}

@test "choices and names are checked before anything is asked of a device" {
	usage ioas unmap 1 0 zero "not a number"
	usage option get huge 1 "not one of: rlimit-mode, huge-pages"
	usage ioas map 1 --anon 4K --huge 4M "not one of: 2M, 1G"
	usage session start x/y "a session is started by a name"
	usage session start "..%" "is no name for a session"
}

@test "terminal escapes in a word arrive harmless" {
	run -2 --separate-stderr iommufdctl ioas $'\e[31mred\a\xff'
	[[ $stderr != *$'\e'* && $stderr != *$'\a'* ]]
	says '\x1b[31mred\x07\xff'
}

@test "--json gives one document for a usage error, too" {
	run -2 --separate-stderr iommufdctl ioas bogus --json
	[ "$(jq -r '.error.where.text' <<<"$output")" = "ioas bogus --json" ]
	[ "$(jq '.error | [.where.column, .where.width]' -c <<<"$output")" = "[5,5]" ]
	[ "$(jq -c '.error | keys' <<<"$output")" = \
		'["cause","command","errno","hint","ioctl","message","request","where"]' ]
	says "no such command"
}

@test "help and --help say the same, and fit on one screen" {
	local path

	iommufdctl __dump | jq -r 'def walk_tree(p): .commands[] |
		select(.hidden | not) | (p + [.name]) as $p |
		($p | join(" ")), walk_tree($p); walk_tree([])' >paths
	[ "$(wc -l <paths)" -ge 18 ]
	while read -r path; do
		# shellcheck disable=SC2086 # the path is to be split
		iommufdctl help $path >one
		# shellcheck disable=SC2086
		iommufdctl $path --help >two
		diff one two
		[ "$(wc -l <one)" -le 24 ]
		[ "$(wc -L <one)" -le 79 ]
		grep -q "^usage: iommufdctl $path" one
	done <paths
	diff <(iommufdctl --help -- ioas) <(iommufdctl help ioas)
	diff <(iommufdctl -V ioas alloc) <(iommufdctl version)
	iommufdctl help >one
	[ "$(wc -l <one)" -le 36 ]
	diff one <(iommufdctl --help)
}

@test "version is cheap: at most 600,000 instructions" {
	run -0 valgrind --tool=callgrind --callgrind-out-file=/dev/null \
		"$(type -P iommufdctl)" version
	[[ $output =~ Collected\ :\ ([0-9]+) ]]
	echo "instructions: ${BASH_REMATCH[1]}"
	[ "${BASH_REMATCH[1]}" -le 600000 ]
}
