# SPDX-License-Identifier: GPL-2.0-or-later
# Common ground of all tests: each has its own sessions and history.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

bats_require_minimum_version 1.5.0

setup() {
	export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run
	export XDG_STATE_HOME=$BATS_TEST_TMPDIR/state
	mkdir -m 700 "$XDG_RUNTIME_DIR"
	cd "$BATS_TEST_TMPDIR" || return
}

# Whatever a test left running would be in the way of others.
teardown() {
	local socket

	for socket in "$XDG_RUNTIME_DIR"/iommufdctl/*.sock; do
		[[ -S $socket ]] || continue
		timeout 60 iommufdctl session stop \
			"$(basename "$socket" .sock)" || true
	done
}

# eventually COMMAND...: waits until that succeeds. It is tried a number of
# times, which a slow machine takes longer for; only what hangs uses them up.
eventually() {
	local i

	for ((i = 0; i < 600; i++)); do
		! "$@" || return 0
		sleep 0.1
	done
	echo "never happened: $*"
	return 1
}

# says TEXT: the last command's standard error has it, as a part.
says() {
	if [[ $stderr != *"$1"* ]]; then
		printf 'expected: %s\nstderr: %s\n' "$1" "$stderr"
		return 1
	fi
}

# prints TEXT: the same of its standard output.
prints() {
	if [[ $output != *"$1"* ]]; then
		printf 'expected: %s\noutput: %s\n' "$1" "$output"
		return 1
	fi
}

# as_commands LINE...: sets words to those of a command line that runs these.
as_commands() {
	local one

	words=()
	for one; do
		words+=(-c "$one")
	done
}
