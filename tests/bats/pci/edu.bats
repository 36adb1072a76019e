#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The tool with devices that do DMA and interrupt, in both of VFIO's shapes.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper

setup_file() {
	load helper
	bind_edus
}

teardown_file() {
	unbind_edus
}

# tested BDF SHAPE: its DMA arrives where it may, and only there. Linux logs
# no more than a few faults in 5 s, so other tests are in between.
tested() {
	run -0 --separate-stderr iommufdctl --json device dma-test "$1" --shape "$2"
	[ "$(jq -c '.dma_test | [.passed, .log_read, ([.cases[].passed] | all)]' <<<"$output")" = '[true,true,true]' ]
	[ "$(jq -r '.dma_test.node == null' <<<"$output")" = "$([ "$2" = group ] && echo true || echo false)" ]
	[ "$(jq -c '[.dma_test.cases[].case]' <<<"$output")" = '["copy","unmapped","read-only"]' ]
	# QEMU's IOMMU of AMD's logs nothing.
	[ ! -e /sys/class/iommu/dmar0 ] ||
		[ "$(jq -c '[.dma_test.cases[].logged]' <<<"$output")" = '[false,true,true]' ]
}

@test "DMA by the node arrives, and is refused where nothing, or not this, is mapped" {
	tested "$alone" node
	"$BATS_TEST_DIRNAME/../../json/validate" \
		"$BATS_TEST_DIRNAME/../../../docs/iommufdctl.schema.json" <<<"$output"
	[ ! -e /sys/class/iommu/dmar0 ] ||
		[[ $(jq -r '.dma_test.faults[].line' <<<"$output") == *"DMA Write"*"fault addr 0x1003000"*"fault addr 0x1002000"* ]]
}

@test "a device is attached, moved, detached and closed" {
	run -1 --separate-stderr iommufdctl --no-session -k -c "ioas alloc --name a" -c "ioas alloc --name b" \
		-c "device open $alone --name edu" -c "device hw-info edu" -c "device attach edu a" \
		-c "device replace edu b" -c tree -c "destroy b" -c "device detach edu" -c "destroy b" \
		-c "device close edu" -c "device hw-info 3"
	prints "device 3 edu: $alone by vfio"
	prints "\`- ioas 2 b
   \`- device 3 edu"
	prints "device 3 edu is detached from 2"
	prints "closed device 3"
	says "-c:8: destroy: IOMMU_DESTROY: EBUSY: device 3 still uses object 2"
	says "-c:12: device hw-info: IOMMU_GET_HW_INFO: ENOENT: there is no device 3"
}

@test "an open device's ranges are reserved in what it is attached to" {
	run -1 --separate-stderr iommufdctl --no-session -k -c "ioas alloc --name a" \
		-c "ioas map a --anon 4K --iova 0xfee00000" -c "device open $alone --name edu" \
		-c "device attach edu a" -c "ioas unmap a --all" -c "device attach edu a" \
		-c "ioas map a --anon 4K --iova 0xfee00000"
	says "VFIO_DEVICE_ATTACH_IOMMUFD_PT: EADDRINUSE: mappings of 1 lie in ranges that $alone needs"
	says "-c:7: ioas map: IOMMU_IOAS_MAP: EINVAL: "
}

@test "DMA through the group does the same" {
	tested "$alone" group
}

@test "registers and the configuration space are there" {
	run -1 --separate-stderr iommufdctl --no-session -k -c "device open $alone --name edu" \
		-c "device region write edu config 4 0 --width 2" -c "device region read edu bar0 0" \
		-c "device region write edu config 4 2 --width 2" -c "device region read edu bar0 0" \
		-c "device region write edu bar0 4 0x12345678" -c "device region read edu bar0 4" \
		-c "device region list edu" -c "device config edu" -c "device region dump edu bar0 0 8"
	prints $'\n0x10000ed\n'
	prints $'\n0xedcba987\n'
	prints "0      bar0    0x100000  READ, WRITE, MMAP"
	prints "device            0x11e8"
	prints "0x40    MSI         enable=0x0 vectors=0x1"
	prints "00000000  ed 00 00 01 87 a9 cb ed"
	says "-c:3: device region read: bar0 does not answer: its memory is switched off"
	says "hint: iommufdctl device region write DEVICE config 4 6 --width 2"
}

@test "interrupts arrive, as MSI and as INTx" {
	iommufdctl session start
	iommufdctl -c "device open $alone --name edu" -c "device region write edu config 4 6 --width 2"
	iommufdctl device irq wait edu msi --timeout 300 >waited &
	# The first one may be too early for who waits, and is counted all the same.
	eventually iommufdctl device irq trigger edu msi
	wait $!
	[[ $(<waited) == "msi 0: "*interrupt* ]]
	run -1 --separate-stderr iommufdctl -k -c "device irq off edu msi" -c "device irq wait edu msi --timeout 0" \
		-c "device region write edu bar0 0x60 1" -c "device irq wait edu msi --timeout 60" \
		-c "device region write edu bar0 0x64 1" -c "device irq wait edu intx" -c "device irq off edu msi" \
		-c "device irq wait edu intx --timeout 0" -c "device region write edu bar0 0x60 1" \
		-c "device irq wait edu intx --timeout 60" -c "device region write edu bar0 0x64 1"
	prints "msi 0: 1 interrupt"
	prints "intx 0: 1 interrupt"
	says "-c:6: device irq wait: VFIO_DEVICE_SET_IRQS: EINVAL: msi is on, and a device has either that or intx"
	says "hint: iommufdctl device irq off "
}

@test "DMA of one of two devices in a group, by its node" {
	tested "$first" node
}

@test "two devices of a group are in one place, whatever the shape" {
	run -1 --separate-stderr iommufdctl --no-session -k -c "ioas alloc --name a" -c "ioas alloc --name b" \
		-c "device open $first --name x" -c "device open $second --name y" \
		-c "device attach x a" -c "device attach y b" -c "device attach y a" -c tree
	says "-c:6: device attach: VFIO_DEVICE_ATTACH_IOMMUFD_PT: EINVAL: device 3 is of the same group $(group_of "$first") and attached elsewhere"
	prints "|  |- device 3 x"
	prints "|  \`- device 4 y"
	run -0 iommufdctl --no-session -c "device open $first --shape group --name x" \
		-c "device open $second --shape group --name y" -c tree -c "device close x" \
		-c "device region read y config 0"
	prints "x: $first by group $(group_of "$first"), in ioas 1"
	prints 0x11e81234
}

@test "a group is one process's, and who asks for it then leaves an event" {
	local tracing=/sys/kernel/tracing

	echo 1 >$tracing/events/iommufd/iommufd_object_create/enable
	iommufdctl device open "$first"
	run -1 iommufdctl --no-session device open "$second"
	echo 0 >$tracing/events/iommufd/iommufd_object_create/enable
	iommufdctl session stop
	grep -qE 'object_create: ctx=[0-9]+ id=[1-9][0-9]* kind=device rc=0$' $tracing/trace
	grep -qE 'object_create: ctx=[0-9]+ id=0 kind=device rc=-1$' $tracing/trace
}

@test "DMA is tested of an edu that nobody else has" {
	run -1 --separate-stderr iommufdctl device dma-test "$alone" --device /dev/null
	[ -n "$stderr" ]
	iommufdctl device open "$first"
	run -1 --separate-stderr iommufdctl device dma-test "$first"
	says "VFIO_DEVICE_BIND_IOMMUFD: EINVAL: process "
	says " open"
	# The other one's group is the session's, too.
	run -1 --separate-stderr iommufdctl device dma-test "$second"
	says "VFIO_DEVICE_BIND_IOMMUFD: EPERM: process "
	run -1 --separate-stderr iommufdctl device dma-test "$second" --shape group
	says "process "
}

@test "and of the other one, through the group" {
	tested "$second" group
}

@test "who may not open a device is told who could change that" {
	local node

	node=$(iommufdctl --json device show "$alone" | jq -r .device.device_node.path)
	chmod 666 /dev/iommu
	for user in 65534 $((1 << 30)); do
		run -1 --separate-stderr setpriv --reuid $user --regid $user --clear-groups \
			iommufdctl --no-session device open "$alone"
		says "user $user may not open $node"
		says "hint: sudo chown $user $node"
	done
	chown 65534 "$node"
	run -0 setpriv --reuid 65534 --regid 65534 --clear-groups \
		iommufdctl --no-session device open "$alone"
	chmod 660 /dev/iommu
}

@test "what cannot be reset alone is not reset" {
	run -1 --separate-stderr iommufdctl --no-session -c "device open $alone --name edu" -c "device reset edu"
	says "VFIO_DEVICE_RESET: EINVAL: the device has no way to be reset by itself"
}

@test "a session that is killed gives its device back" {
	run -0 iommufdctl session start
	iommufdctl device open "$alone"
	kill -KILL "$(iommufdctl --json session list | jq '.sessions[0].pid')"
	eventually iommufdctl --no-session device open "$alone"
}
