# SPDX-License-Identifier: GPL-2.0-or-later
# Common ground of the host tests: with fake_device there is a /dev/iommu that
# fake_iommu.c plays.

load ../common

# compile NAME: builds NAME.c beside the tests, once a run.
compile() {
	local out=$BATS_RUN_TMPDIR/$1

	if [[ ! -e $out ]]; then
		"${CC:-cc}" -std=gnu17 -Wall -Wextra -Werror \
			-I "$BATS_TEST_DIRNAME/../../../include/uapi" \
			-I "$BATS_TEST_DIRNAME/../../../include" "${@:2}" \
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
