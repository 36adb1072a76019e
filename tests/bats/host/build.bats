# SPDX-License-Identifier: GPL-2.0-or-later
#
# What people expect of make: targets that are listed, a second run that does
# nothing, words in place of a failed build, and an install that can be undone.

bats_require_minimum_version 1.5.0

setup()
{
	tree=$BATS_TEST_DIRNAME/../../..
	unset MAKEFLAGS MAKELEVEL KERNEL KERNELDIR
	stage=$BATS_TEST_TMPDIR/stage
	version=$(sed -n 's/.*IOMMUFDCTL_VERSION "\(.*\)"/\1/p' \
		"$tree/include/version.h")
}

@test "make help lists the targets" {
	run -0 make -C "$tree" help
	for target in all modules cli demo check check-host check-vm check-debug \
		check-upstream bench vm lint install uninstall clean help; do
		[[ $output == *"  $target "* ]]
	done
}

@test "a second make does nothing" {
	make -C "$tree" cli
	run -0 make -C "$tree" cli
	[[ $output == *"Nothing to be done for 'cli'"* ]]
}

@test "without kernel headers, make says what to do" {
	run -2 make -C "$tree" modules KERNELDIR=/nonexistent
	[[ $output == *'No kernel headers in /nonexistent'*'make cli'* ]]
}

@test "make install puts everything under DESTDIR and PREFIX" {
	run -0 --separate-stderr make -C "$tree" install DESTDIR="$stage" \
		PREFIX=/opt/x
	[ "$("$stage/opt/x/bin/iommufdctl" version)" = "iommufdctl $version" ]
	for file in share/man/man8/iommufdctl.8 share/man/man8/iommufdctl-mem.8 \
		share/man/man5/iommufdctl-json.5 share/iommufdctl/iommufdctl.schema.json share/doc/iommufdctl/{tour,devices}.md \
		share/iommufdctl/modprobe.conf \
		share/bash-completion/completions/iommufdctl \
		share/zsh/site-functions/_iommufdctl \
		share/fish/vendor_completions.d/iommufdctl.fish; do
		[ -s "$stage/opt/x/$file" ]
	done
	source=$stage/usr/src/iommufdctl-$version
	grep -x "PACKAGE_VERSION=\"$version\"" "$source/dkms.conf"
	diff -r -x dkms.conf "$tree/kernel" "$source/kernel"
	diff -r "$tree/include" "$source/include"
}

@test "make uninstall removes all of that and nothing else" {
	mkdir -p "$stage/usr/local/bin"
	echo mine >"$stage/usr/local/bin/other"
	make -C "$tree" install DESTDIR="$stage"
	mkdir -p "$stage/etc/modprobe.d"
	ln -s /usr/local/share/iommufdctl/modprobe.conf \
		"$stage/etc/modprobe.d/iommufdctl.conf"
	make -C "$tree" uninstall DESTDIR="$stage"
	[ "$(find "$stage" ! -type d)" = "$stage/usr/local/bin/other" ]
	[ ! -e "$stage/usr/src/iommufdctl-$version" ]
}
