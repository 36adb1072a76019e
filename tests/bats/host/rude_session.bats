#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Root may use anybody's session, so a session may be anybody's program.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper

# ask STEP STATUS COMMAND JSON [OPTION...]: what the tool makes of that answer.
ask() {
	local rude

	rm -f rude.sock
	"$(compile rude_session)" ./rude.sock "${@:1:4}" 3>&- &
	rude=$!
	eventually [ -S rude.sock ]
	run --separate-stderr timeout 60 iommufdctl "${@:5}" --session ./rude.sock ioas list
	kill $rude
	wait $rude || true
}

@test "what it says reaches no terminal as it is" {
	ask 2 0 help '{"help":{"text":"\u001b[31mred\nnext"}}'
	[ "$output" = $'\\x1b[31mred\nnext' ]
	ask 1 1 x '{"command":"\u001b[1m","ioctl":"\u001b[2m","errno":"\u001b[3m","message":"\u001b[4m","request":{"\u001b[5m":"\u001b[6m"},"hint":"\u001b[7m","where":{"text":"\u001b[8m","column":7,"width":9}}'
	[ "$status" -eq 1 ]
	[[ $stderr != *$'\e'* ]]
	says '\x1b[1m: \x1b[2m: \x1b[3m: \x1b[4m'
}

@test "results that are none" {
	local json

	for json in '{}' '{"ioas_list":7}' '{"ioas_list":{"a":1}}' '{"ioas_list":[null]}'; do
		ask 2 0 "ioas list" "$json"
		[ "$status" -eq 1 ]
		says "the session does not keep to the protocol"
		ask 2 0 help "$json"
		[ "$status" -eq 1 ]
	done
	for json in '' '[]' 'null' '{"a":' $'} \e[31m'; do
		ask 2 0 "ioas list" "$json" --json
		[ "$status" -eq 1 ]
		[ "$(jq -r .error.message <<<"$output")" = \
			"the session does not keep to the protocol" ]
	done
	ask 2 0 "no command" '{"ioas_list":[]}'
	[ "$status" -eq 1 ]
	ask 2 77 "ioas list" '{"message":""}'
	[ "$status" -eq 1 ]
	ask 1 1 x '{"where":{},"request":[]}'
	[ "$status" -eq 1 ]
	ask 1 1 x '{"where":{"text":"abc","column":1000,"width":1000}}'
	[ "$status" -eq 1 ]
}

@test "a session that never gets on" {
	ask 0 0 "ioas list" '{"ioas_list":[]}'
	[ "$status" -eq 1 ]
	says "the session does not keep to the protocol"
	ask 4 0 "ioas list" '{"ioas_list":[]}'
	[ "$status" -eq 1 ]
	ask 77 0 "ioas list" '{"ioas_list":[]}'
	[ "$status" -eq 1 ]
}

@test "--keep-going gets on, too" {
	ask 1 0 "ioas list" '{"ioas_list":[]}' --keep-going
	[ "$status" -eq 1 ]
	says "the session does not keep to the protocol"
}

@test "one that dies behind a result: one document, and it is an error" {
	ask none 0 "ioas list" '{"ioas_list":[]}' --json
	[ "$status" -eq 1 ]
	[ "$(jq -s 'length' <<<"$output")" -eq 1 ]
	[[ "$(jq -r .error.message <<<"$output")" == *"died, and what it held is gone" ]]
}

@test "a refusal stays on its line, whatever is in it" {
	ask 1 1 x '{"command":"a\nb","ioctl":"c\nd","errno":"e\nf","message":"m","request":{"k\nl":"v\nw","flags":["x\ny",7]}}'
	[ "$status" -eq 1 ]
	[ "$stderr" = 'iommufdctl: a\x0ab: c\x0ad: e\x0af: m
  c\x0ad {k\x0al=v\x0aw, flags=x\x0ay|7}
iommufdctl: the session does not keep to the protocol' ]
}
