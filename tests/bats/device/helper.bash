# SPDX-License-Identifier: GPL-2.0-or-later
# Common ground of the tests with a real /dev/iommu, run in a virtual machine
# as root. Processes are slow there: few of them, and much looked at in each.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

bats_require_minimum_version 1.5.0

setup() {
	export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run
	export XDG_STATE_HOME=$BATS_TEST_TMPDIR/state
	mkdir -m 700 "$XDG_RUNTIME_DIR"
	cd "$BATS_TEST_TMPDIR" || return
}

# Whatever a test left running would keep the module in use.
teardown() {
	local socket

	for socket in "$XDG_RUNTIME_DIR"/iommufdctl/*.sock; do
		[[ -S $socket ]] || continue
		iommufdctl session stop "$(basename "$socket" .sock)"
	done
}

# as_nobody COMMAND...
as_nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

says() {
	if [[ $stderr != *"$1"* ]]; then
		printf 'expected: %s\nstderr: %s\n' "$1" "$stderr"
		return 1
	fi
}

prints() {
	if [[ $output != *"$1"* ]]; then
		printf 'expected: %s\noutput: %s\n' "$1" "$output"
		return 1
	fi
}
