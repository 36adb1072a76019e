# SPDX-License-Identifier: GPL-2.0-or-later
# Typing at the prompt through a pseudo-terminal. Whoever types waits for what
# is on the screen rather than for a time, which no machine keeps.
#
# shellcheck disable=SC2034,SC2154 # run sets output, stderr, status and lines,
# and so does at_prompt

# All the tool has written so far, and how it ended.
screen() {
	tr -d '\r' <screen
}

# shown TEXT: waits until the screen ends with that.
shown() {
	local i

	for ((i = 0; i < 400; i++)); do
		# The x keeps the line feeds; a bell is no text.
		[[ $(tr -d '\a' <screen | tail -c "${#1}"; echo x) != "$1x" ]] || return 0
		[[ ! -e ended ]] || return 0
		sleep 0.05
	done
	echo "never shown: $1" >&2
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
# $output. Nothing is typed before the tool has shown what it is to follow.
at_prompt() {
	export TERM=dumb
	rm -f screen ended
	: >screen
	run timeout 60 script -qefc "env LD_PRELOAD=$FAKE iommufdctl; s=\$?; touch ended; exit \$s" \
		screen >/dev/null < <(
		"$@"
		for ((i = 0; i < 400; i++)); do
			[[ ! -e ended ]] || break
			sleep 0.05
		done
	)
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
