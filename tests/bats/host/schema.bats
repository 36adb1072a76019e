#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What --json prints is what the schema says, for every command that there is.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper
load machine

tree=$BATS_TEST_DIRNAME/../../..
schema=$tree/docs/iommufdctl.schema.json

setup_file() {
	load helper
	fake_device
}

# valid: the documents on standard input are; prints the commands in them.
valid() {
	"$tree/tests/json/validate" "$schema"
}

# A line for each command, to be run on after the other. What needs a kernel
# that does more than fake_iommu.c has to be taught to that.
every_command() {
	cat <<-'END'
		option set rlimit-mode 1
		option get rlimit-mode
		ioas alloc --name guest0
		ioas alloc
		ioas change-process
		ioas map guest0 --anon 16K --iova 1M --fill 0xaa
		ioas map guest0 --file file --iova 2M
		ioas map guest0 --file file --iova 3M --copy --write
		ioas copy 2 guest0 1M 16K --iova 4M
		ioas allow guest0 0-1G 8G-16G
		ioas allow guest0 --clear
		ioas ranges guest0
		ioas ranges guest0 --why
		ioas list
		ioas show guest0
		ioas show guest0 --map --from 1M
		ioas show guest0 --dot
		tree
		tree --svg tree.svg
		option set huge-pages 0 2
		option list
		mem write guest0 1M 00ff
		mem fill guest0 1M 4K 1
		mem dump guest0 0xff000 8K
		mem compare guest0 1M 4K --byte 1
		mem save guest0 1M 16K saved
		mem load 2 4M saved
		ioas unmap guest0 1M 16K
		hwpt alloc 61 guest0 --nest-parent --dirty-tracking --name parent
		fault alloc --name requests
		hwpt alloc 61 parent --data vtd-s1,flags=SRE --fault requests --name stage1
		hwpt invalidate stage1 vtd-s1 addr=0,npages=1
		hwpt dirty set parent on
		hwpt dirty get parent 0 64K
		device list
		device show 0000:00:03.0
		group list
		group show 1
		device bind 0000:00:03.0
		device unbind 0000:02:00.0
		device hw-info 61
		device hw-info 62
		device open 00:03.0 --name card
		device attach card guest0
		device replace card 2
		device detach card
		device region list card
		device region write card bar0 8 0x1234
		device region read card bar0 8 --width 2
		device region dump card bar0 0 64
		device region dump card config --output config.bin
		device config card
		device irq list card
		device irq trigger card msix --vector 3
		device irq wait card msix --vector 3
		device irq off card msix
		device reset card
		device close card
		device open 12 --name by-group
		destroy by-group
		fault read requests
		fault respond requests 9
		hwpt alloc 62 guest0 --nest-parent --name arm
		viommu alloc 62 arm tegra241-cmdqv --name vsmmu
		vdevice alloc vsmmu 62 0x42 --name stream
		veventq alloc vsmmu arm-smmuv3 --name events
		veventq read events
		hw-queue alloc vsmmu tegra241-cmdqv 0 64K --name queue
		vfio version
		vfio check type1
		vfio ioas set 2
		vfio ioas get
		vfio set-iommu type1v2
		vfio info
		vfio map --anon 4K --iova 16M
		vfio unmap 16M 4K
		vfio ioas clear
		destroy queue events stream vsmmu arm stage1 requests parent
		destroy guest0 2
		session start other
		session attach other
		session attach default
		session list
		session export other
		session stop other
		caps
		doctor
		doctor device 0000:00:03.0
		ps
		ps 12
		metrics
		metrics --output metrics.prom
		plan --ram 8G --device 00:03.0 --address-bits 48
		explain EINVAL IOMMU_IOAS_MAP
		explain 16
		replay traced
		replay traced --to-c
		help ioas
		version
	END
}

@test "every command answers as the schema says" {
	head -c 5000 /dev/zero >file
	iommufdctl -d /dev/null --json trace -o traced -- true
	every_command >script
	sound_machine
	pci_device 0000:02:00.0 8086:10d3 020000 13 vfio-pci
	on_machine env LD_PRELOAD="$FAKE" \
		FAKE_IOMMU_RESERVED=0xfee00000-0xfeefffff \
		iommufdctl session start
	run -0 --separate-stderr on_machine env LD_PRELOAD="$FAKE" \
		iommufdctl --json --batch script
	{
		echo "$output"
		# It waits for a descriptor from elsewhere.
		fake --json -c "session receive ./hand third" &
		eventually [ -S hand ]
		fake --json -c "session send default ./hand"
		wait
		# And this one looks at another process.
		# shellcheck disable=SC2016 # for the shell in there
		on_machine bash -c 'exec 7<>/dev/null
			LD_PRELOAD=$FAKE iommufdctl --json -c "inspect --pid $$ --fd 7"; exit'
	} >answers
	valid <answers >names
	sort -u names >validated
	iommufdctl __dump | jq -r 'def walk_tree(p): .commands[] |
		select(.hidden | not) | (p + [.name]) as $p |
		(select(.runs) | $p | join(" ")), walk_tree($p);
		walk_tree([])' | sort >commands
	# These have no answer of their own; their lines do, or their records. And
	# DMA takes a device that does some: tests/bats/pci.
	sed -i '/^exec$/d; /^source$/d; /^trace$/d; /^watch$/d' commands
	sed -i '/^device dma-test$/d' commands
	diff commands validated
}

@test "so does each on its own, and with nothing to tell" {
	fake session start >/dev/null
	{
		fake --json ioas list
		fake --json ioas alloc
		fake --json ioas show 1
		fake --json mem dump 1 0 16
		fake --json option list
		fake --json session list
		fake --json destroy 1
		fake --json help
		fake --json session stop
		fake --json session list
	} >out
	valid <out
}

@test "and so do failures, alone, in scripts and beside a result" {
	run -1 --separate-stderr fake --json ioas list
	valid <<<"$output"
	run -2 --separate-stderr fake --json ioas map 1 --anon 4k4
	valid <<<"$output"
	fake session start >/dev/null
	run -1 --separate-stderr fake --json -k -c "ioas alloc" -c "ioas map 1 --anon 4K --iova 1M" \
		-c "ioas map 1 --anon 4K --iova 1M" -c "mem compare 1 1M 16 --byte 1" -c nonsense \
		-c "'" -c "ioas copy 1 7 0 4K"
	valid <<<"$output"
	run -1 --separate-stderr fake --json mem compare 1 1M 16 --byte 1
	[ "$(jq -c 'keys' <<<"$output")" = '["compared","error","schema"]' ]
	valid <<<"$output"
	echo version >script
	run -0 fake --json source script
	valid <<<"$output"
	run -1 --separate-stderr fake --json --batch nowhere
	valid <<<"$output"
}

@test "the schema can tell a wrong document" {
	local wrong

	for wrong in '{}' '{"schema": 1}' '{"schema": 2, "version": {"iommufdctl": "1"}}' \
		'{"schema": 1, "version": {"iommufdctl": "1"}, "more": 1}' \
		'{"schema": 1, "version": {"iommufdctl": 1}}' '{"schema": 1, "destroyed": ["0x1"]}' \
		'{"schema": 1, "ioas": {"ioas_id": 1, "name": null, "num_mappings": 0, "mapped_length": "0x00"}}' \
		'{"schema": 1, "error": {"message": "x"}}' '{"schema": 1, "source": "x"}' \
		'{"schema": 1, "source": "-c", "results": [{"line": 1, "source": "-c", "command": "version", "result": {"destroyed": []}, "error": null}]}'; do
		run -1 --separate-stderr valid <<<"$wrong"
		[ -n "$stderr" ]
	done
}
