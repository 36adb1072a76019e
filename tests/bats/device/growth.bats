#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A session that has done much is no larger than one that has done little.
#
# shellcheck disable=SC2016,SC2154 # these $ are the tool's; run sets output

load helper

# What the session's process has of memory, in kB.
rss() {
	awk '/VmRSS/ { print $2 }' \
		"/proc/$(iommufdctl --json session list | jq '.sessions[0].pid')/status"
}

# pairs N: a script of that many maps and unmaps.
pairs() {
	echo 'ioas alloc --name a'
	yes 'ioas map a --anon 4K --iova 1M
ioas unmap a 1M 4K' | head -"$((2 * $1))"
	echo 'destroy a'
}

@test "the session does not grow with a hundred thousand commands in one batch" {
	local before after count=50000

	# A kernel that watches over every byte is ten times as slow.
	[ ! -e /sys/kernel/debug/kmemleak ] || count=5000
	iommufdctl session start
	pairs 1000 >few
	pairs "$count" >many
	iommufdctl -q --batch few
	before=$(rss)
	iommufdctl -q --batch many
	after=$(rss)
	echo "$before -> $after kB"
	[ $((after - before)) -lt 512 ]
	run -0 iommufdctl session list
}
