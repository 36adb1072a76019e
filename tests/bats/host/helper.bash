# SPDX-License-Identifier: GPL-2.0-or-later
# Common ground of the host tests: each test has its own sessions and history,
# and with fake_device a /dev/iommu that fake_iommu.c plays.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

bats_require_minimum_version 1.5.0

setup() {
	export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run
	export XDG_STATE_HOME=$BATS_TEST_TMPDIR/state
	mkdir -m 700 "$XDG_RUNTIME_DIR"
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	local name

	for name in "$XDG_RUNTIME_DIR"/iommufdctl/*.sock; do
		[[ -S $name ]] || continue
		timeout 10 iommufdctl session stop "$(basename "$name" .sock)" || true
	done
}

# compile NAME: builds NAME.c beside the tests, once a run.
compile() {
	local out=$BATS_RUN_TMPDIR/$1

	if [[ ! -e $out ]]; then
		"${CC:-cc}" -std=gnu17 -Wall -Wextra -Werror \
			-I "$BATS_TEST_DIRNAME/../../../include/uapi" "${@:2}" \
			-o "$out.$$" "$BATS_TEST_DIRNAME/$1.c"
		mv "$out.$$" "$out"
	fi
	echo "$out"
}

fake_device() {
	FAKE=$(compile fake_iommu -shared -fPIC)
	export FAKE
}

# fake ARGUMENT...: iommufdctl with that device.
fake() {
	LD_PRELOAD=$FAKE iommufdctl "$@"
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
