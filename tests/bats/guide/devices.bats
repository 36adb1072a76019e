#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# docs/devices.md is what a newcomer with a device sees. After a change of what
# is shown, it is written anew: make -s vm RUN=tests/docs/anew ARGS=devices.

load helper

@test "the guide to devices shows what there is to see" {
	local tree=$BATS_TEST_DIRNAME/../../..

	"$tree/tests/docs/replay" "$tree/docs/devices.md" >devices.md
	diff "$tree/docs/devices.md" devices.md
}
