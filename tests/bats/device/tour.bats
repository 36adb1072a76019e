#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# docs/tour.md is what a newcomer sees. After a change of what is shown,
# it is written anew: make -s vm RUN=tests/docs/anew ARGS=tour.

load helper

@test "the tour of the documentation shows what there is to see" {
	local tree=$BATS_TEST_DIRNAME/../../..

	"$tree/tests/docs/replay" "$tree/docs/tour.md" >tour.md
	diff "$tree/docs/tour.md" tour.md
}
