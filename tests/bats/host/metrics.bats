#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What ps finds, as OpenMetrics.
#
# shellcheck disable=SC2154,SC2016 # run sets output and more; $ is of another shell

load helper
load machine

validate=$BATS_TEST_DIRNAME/../../metrics/validate

# machine: with nodes of all kinds.
machine() {
	three_devices
	touch dev/iommu dev/vfio/vfio dev/vfio/1
}

# metrics SCRIPT: what they are to a shell that has run SCRIPT, checked; those of
# its own process, which is 4711 here.
metrics() {
	run -0 --separate-stderr on_machine bash -c "echo \$\$ >pid; $1; iommufdctl metrics; exit"
	[ -z "$stderr" ]
	output=$("$validate" <<<"$output" | sed "s/\bpid=$(<pid)\b/pid=4711/")
}

@test "nobody has anything open: all there is was seen" {
	machine
	run -0 --separate-stderr on_machine unshare --pid --fork --mount-proc iommufdctl metrics
	[ -z "$stderr" ]
	[ "${lines[-1]}" = "# EOF" ]
	run -0 "$validate" <<<"$output"
	diff - <<<"$output" <(cat <<-'END'
		iommufd_hidden_processes 0
		iommufd_scrape_complete 1
		iommufd_silent_contexts 0
		iommufd_truncated_contexts 0
	END
	)
}

@test "processes, and which way each descriptor is driven" {
	machine
	metrics 'exec 7<>/dev/iommu 8<>/dev/vfio/12 9<>/dev/vfio/devices/vfio0; ulimit -S -l 64'
	grep pid=4711 <<<"$output" | diff - <(cat <<-'END'
		iommufd_open_descriptors command=bash device= driven_by= fd=7 group= kind=iommufd pid=4711 1
		iommufd_open_descriptors command=bash device= driven_by=compatibility fd=8 group=12 kind=group pid=4711 1
		iommufd_open_descriptors command=bash device=0000:00:03.0 driven_by=node fd=9 group= kind=device pid=4711 1
		iommufd_process_lock_limit_bytes command=bash pid=4711 65536
		iommufd_process_locked_bytes command=bash pid=4711 0
		iommufd_process_pinned_bytes command=bash pid=4711 0
	END
	)
	# It is no iommufd of ours, and says nothing.
	grep -q "^iommufd_scrape_complete 0$" <<<"$output"
	grep -q "^iommufd_silent_contexts [1-9]" <<<"$output"
}

@test "a name that would break the text" {
	machine
	metrics 'exec 7<>/dev/iommu; printf "a\"b\\\\\e}" >/proc/$$/comm'
	grep -F 'iommufd_process_pinned_bytes command=a"b\\x1b} pid=4711 0' <<<"$output"
}

@test "without permission it says how much is hidden" {
	run -0 setpriv --reuid 65534 --regid 65534 --clear-groups "$(command -v iommufdctl)" metrics
	run -0 "$validate" <<<"$output"
	[[ $output =~ "iommufd_hidden_processes "[1-9] ]]
	[[ $output == *"iommufd_scrape_complete 0"* ]]
}

@test "--output: a file that is there as a whole, or not" {
	printf old >old.prom
	chmod 640 old.prom
	run -0 --separate-stderr iommufdctl metrics --output old.prom
	[[ $output =~ ^"wrote "[0-9]+" samples of 20 families to old.prom"$ ]]
	[ -z "$stderr" ]
	"$validate" <old.prom
	[ "$(stat -c %a old.prom)" = 640 ]
	mkdir folder
	run -0 iommufdctl --quiet metrics -o folder/new.prom
	[ -z "$output" ]
	"$validate" <folder/new.prom
	[ "$(ls -A folder)" = new.prom ]
	# Whoever has the old one open has it to its end.
	exec 7<folder/new.prom
	run -0 iommufdctl metrics -o folder/new.prom
	"$validate" <&7
	exec 7<&-
}

@test "--output replaces nothing but regular files, and leaves nothing behind" {
	mkdir folder
	mkfifo folder/fifo
	ln -s /etc/passwd folder/link
	for there in "folder|a directory" "folder/fifo|a FIFO" "folder/link|a symbolic link" \
		"/dev/null|a device"; do
		run -1 --separate-stderr iommufdctl metrics -o "${there%|*}"
		says "${there%|*} is ${there#*|}; only a regular file is replaced"
	done
	run -1 --separate-stderr iommufdctl metrics -o nowhere/x.prom
	says "No such file or directory"
	run -1 --separate-stderr bash -c 'ulimit -f 1; trap "" XFSZ; iommufdctl metrics -o folder/big.prom'
	says "cannot be written: File too large"
	[ "$(ls folder)" = "fifo
link" ]
	[ -z "$(find . -name '*.prom*')" ]
}

@test "as JSON: the families and their samples" {
	machine
	run -0 --separate-stderr on_machine bash -c 'exec 7<>/dev/iommu; iommufdctl --json metrics; exit'
	jq -e '.metrics.written == null and (.metrics.families | length == 20)' <<<"$output"
	jq -e '.metrics.families[] | select(.family == "iommufd_open_descriptors") |
		.type == "gauge" and .unit == "descriptors" and
		any(.samples[]; .value == "0x1" and (.labels | from_entries? // map({(.label): .value}) | add | .command) == "bash")' \
		<<<"$output"
	run -0 iommufdctl --json metrics --output x.prom
	jq -e '.metrics.written | .path == "x.prom" and .num_families == 20' <<<"$output"
}
