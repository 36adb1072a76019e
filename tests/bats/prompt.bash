# SPDX-License-Identifier: GPL-2.0-or-later
# Typing at the prompt through a pseudo-terminal. Whoever types waits for what
# is on the screen rather than for a time, which no machine keeps.
#
# shellcheck disable=SC2034,SC2154 # run sets output, stderr, status and lines,
# and so does at_prompt

# What is typed at: a command line for sh, and the kind of terminal.
TOOL=iommufdctl
TERMINAL=dumb

# All the tool has written so far, and how it ended.
screen() {
	tr -d '\r' <screen
}

# ends_with TEXT: does the screen? The x keeps the line feeds; a bell is no text.
ends_with() {
	[[ $(tr -d '\a' <screen | tail -c "${#1}"; echo x) == "$1x" ]]
}

# shown TEXT: waits until the screen ends with that, or nothing more will come.
shown() {
	until ends_with "$1"; do
		if [[ -e ended ]]; then
			echo "never shown: $1" >&2
			return
		fi
		sleep 0.05
	done
}

# line TEXT: types that when there is a prompt, with Enter or what else it has.
line() {
	local before

	shown "> "
	before=$(stat -c %s screen)
	printf '%b' "$1"
	# What it makes of that must not be taken for the prompt of before.
	until [[ -e ended || $(stat -c %s screen) -gt $before ]]; do sleep 0.02; done
}

# at_prompt COMMAND...: what COMMAND types; the terminal's output is in
# $output. Nothing is typed before the tool has shown what it is to follow. The
# shell between must not die of a Ctrl-C that is for the tool, as some do when
# the tool has ended; the time is for a tool that hangs, and nothing else.
at_prompt() {
	local typist

	rm -f screen ended
	: >screen
	export TERM=$TERMINAL
	SHELL=/bin/sh run timeout 120 script -qefc "trap : INT
		env LD_PRELOAD=$FAKE $TOOL
		s=\$?; touch ended; exit \$s" screen >/dev/null < <(
		"$@"
		until [[ -e ended ]]; do sleep 0.05; done
	)
	typist=$!
	touch ended
	wait "$typist" || true
	output=$(screen)
}

lines() {
	local one

	for one; do
		line "$one"
	done
}

# type_at LINE...: at each prompt one of these.
type_at() {
	at_prompt lines "$@"
}
