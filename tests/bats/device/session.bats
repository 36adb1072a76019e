#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Sessions over a real descriptor: killed, raced for, and of other users.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper

@test "SIGKILL of the session, and of a client in mid-command" {
	local pid client

	iommufdctl -q ioas alloc
	iommufdctl -q ioas map 1 --anon 1M
	yes 'ioas list' | head -20000 >script
	iommufdctl --batch script >/dev/null &
	client=$!
	sleep 1
	kill -9 $client
	run -0 iommufdctl --json session list
	[ "$(jq -c '.sessions[0] | [.num_objects, .num_mappings, .mapped_length]' <<<"$output")" = \
		'[1,1,"0x100000"]' ]
	pid=$(jq '.sessions[0].pid' <<<"$output")
	kill -9 "$pid"
	run -1 --separate-stderr iommufdctl ioas list
	says "session default is dead: its process was killed, and what it held is gone"
	run -0 iommufdctl ioas alloc
	[ "${lines[-1]}" = "ioas 1" ]
}

@test "clients that race to start a session end up with one" {
	local i

	for i in 1 2 3 4; do
		iommufdctl ioas alloc >"out$i" 2>"err$i" &
	done
	wait
	[ "$(sort out? | tr '\n' ' ')" = "ioas 1 ioas 2 ioas 3 ioas 4 " ]
	[ "$(cat err? | grep -c '^started session')" -eq 1 ]
}

@test "rlimit-mode needs a descriptor without objects" {
	iommufdctl session start guest0 --rlimit-mode 1
	run -0 iommufdctl --session guest0 -c 'ioas alloc' -c 'option get rlimit-mode'
	prints "rlimit-mode is 0x1: pinned memory counts for the process"
	iommufdctl session start
	run -0 iommufdctl -c 'option set rlimit-mode 1' -c 'ioas alloc'
	run -1 --separate-stderr iommufdctl option set rlimit-mode 0
	says "EBUSY"
	says "hint: iommufdctl session start NAME --rlimit-mode 1"
}

@test "sessions are their owner's and root's" {
	local socket=$XDG_RUNTIME_DIR/iommufdctl/default.sock

	chmod 711 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/* "$BATS_TEST_TMPDIR"
	iommufdctl -q ioas alloc
	run -1 --separate-stderr as_nobody iommufdctl --session "$socket" ioas list
	says "in a directory of another user, who alone can use it, besides root"
	# Even where the directory lets everybody through.
	chmod 755 "$XDG_RUNTIME_DIR" "$XDG_RUNTIME_DIR/iommufdctl"
	chmod 666 "$socket"
	run -1 --separate-stderr as_nobody iommufdctl --session "$socket" ioas list
	says "is run by another user (uid 0)"
	chmod 700 "$XDG_RUNTIME_DIR/iommufdctl"
	# The other way round, root is let in. Nobody's sessions are in /tmp.
	head -c 4096 /dev/zero >secret
	chmod 600 secret
	chmod 666 /dev/iommu
	as_nobody iommufdctl -q ioas alloc
	run -0 iommufdctl --session /tmp/iommufdctl-65534/default.sock ioas list
	prints "1     0         0"
	# What root may read is not for nobody's session to be led to.
	run -1 --separate-stderr iommufdctl --session /tmp/iommufdctl-65534/default.sock \
		ioas map 1 --file secret
	says "your directory is not known to the session, which is of another user or has no free descriptor; give the whole path of secret"
	run -1 --separate-stderr as_nobody iommufdctl ioas map 1 --file "$PWD/secret"
	says "secret cannot be opened for reading: Permission denied"
	as_nobody iommufdctl -q destroy 1
	chmod 660 /dev/iommu
	rmdir /tmp/iommufdctl-65534
	mkdir -m 777 /tmp/iommufdctl-65534
	run -1 --separate-stderr as_nobody iommufdctl ioas alloc
	rmdir /tmp/iommufdctl-65534
	says "/tmp/iommufdctl-65534, where sessions would be, belongs to another user (uid 0)"
}
