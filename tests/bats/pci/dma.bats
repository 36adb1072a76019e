#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What a device reaches changes while it does DMA, in both of VFIO's shapes:
# each piece arrives in one place or in none, and nothing else changes. An edu
# is told by its registers, as a person would. It takes 100 ms for a piece, and
# moves all of it at their end, so there is time to change what it will find.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper

setup_file() {
	load helper
	mapfile -t edus < <(pci_devices 1234:11e8)
	export alone=${edus[0]}
	iommufdctl device bind "$alone"
}

teardown_file() {
	iommufdctl device unbind "$alone"
}

# set_register OFFSET VALUE
set_register() {
	echo "device region write edu bar0 $1 $2 --width 8"
}

# copy FROM TO COMMAND: begins to. Its commands are 1, 2 for one to memory, and
# 4 to interrupt at the end.
copy() {
	set_register 0x80 "$1"
	set_register 0x88 "$2"
	set_register 0x90 1024
	set_register 0x98 "$3"
}

# under_way SHAPE: the lines after which a device has begun to write 1K of Z to
# where `memory` is mapped, and, with a node, where `other` is mapped in b.
under_way() {
	head -c 4096 /dev/zero | tr '\0' . >before
	head -c 4096 /dev/zero | tr '\0' Z >pattern
	cp before memory
	cp before other
	if [ "$1" = node ]; then
		echo "ioas alloc --name a"
		echo "ioas alloc --name b"
		echo "ioas map b --file other --iova 0x1000000 --read --write"
		echo "device open $alone --name edu"
		echo "device attach edu a"
	else
		# VFIO has made an address space for it, the first of all.
		echo "device open $alone --shape group --name edu"
	fi
	echo "ioas map 1 --file memory --iova 0x1000000 --read --write"
	echo "ioas map 1 --file pattern --iova 0x1001000"
	echo "device region write edu config 4 6 --width 2"
	# From now on interrupts are counted.
	echo "device irq trigger edu msi"
	echo "device irq wait edu msi"
	copy 0x1001000 0x40000 5
	echo "device irq wait edu msi --timeout 60"
	copy 0x40000 0x1000000 7
}

# while_writing SHAPE LINE: runs it in that moment, and waits for the device. A
# machine that was too busy, so that the device had ended before, tries again.
while_writing() {
	local try

	for ((try = 0; try < 20; try++)); do
		under_way "$1" >script
		cat >>script <<-END
			$2
			device region read edu bar0 0x98
			device irq wait edu msi --timeout 60
		END
		run -0 --separate-stderr iommufdctl --no-session --batch script
		# The last two lines: it was not over then, and is now.
		[ "${lines[-2]}" != 0x7 ] || return 0
	done
	echo "too late each time: $output"
	return 1
}

# faults: how many the kernel has logged
faults() {
	dmesg | grep -c 'DMAR: .*fault addr' || true
}

# arrived FILE: what the device wrote is there, and nothing else has changed.
arrived() {
	cmp -n 1024 "$1" pattern
	cmp -i 1024 "$1" before
}

# refused SHAPE LINE: after it the device's DMA is a fault, and is nowhere. Of
# many faults in five seconds Linux logs some.
refused() {
	local known try

	known=$(faults)
	for ((try = 0; try < 5; try++)); do
		while_writing "$@"
		cmp memory before
		cmp other before
		[ "$(faults)" = "$known" ] || return 0
		sleep 6
	done
	echo "no fault is logged"
	return 1
}

@test "DMA that has begun arrives where the device is attached at its end" {
	local known

	known=$(faults)
	while_writing node "device replace edu b"
	cmp memory before
	arrived other
	# Moved away and back again, it arrives where it was to.
	while_writing node $'device replace edu b\ndevice replace edu a'
	arrived memory
	cmp other before
	# Mapping and unmapping elsewhere is nothing to it.
	while_writing node $'ioas map a --anon 4M --iova 0x2000000\nioas unmap a 0x2000000 4M'
	arrived memory
	while_writing group $'ioas map 1 --anon 4M --iova 0x2000000\nioas unmap 1 0x2000000 4M'
	arrived memory
	[ "$(faults)" = "$known" ]
}

# The driver of Intel's IOMMU takes a device's old place from it before it gives
# it the new one, so now and then a piece is refused on the way.
@test "a device that never rests is moved a hundred times, and writes nowhere else" {
	under_way node >script
	iommufdctl session start
	iommufdctl --quiet --batch script
	# What it is told before it has ended is nothing to it.
	while [ ! -e enough ]; do
		echo "device region write edu bar0 0x98 3"
	done | iommufdctl --quiet --batch - &
	for ((i = 0; i < 50; i++)); do
		printf 'device replace edu %s\n' b a
	done | iommufdctl --quiet --batch -
	eventually cmp -n 1024 memory pattern
	iommufdctl device replace edu b
	eventually cmp -n 1024 other pattern
	touch enough
	wait $!
	arrived memory
	arrived other
	head -c 4096 /dev/zero | tr '\0' Z | cmp pattern
}

@test "DMA after detach is a fault, and changes no memory" {
	refused node "device detach edu"
}

@test "DMA to what is mapped no more is a fault, by the node and through the group" {
	refused node "ioas unmap a 0x1000000 4K"
	refused group "ioas unmap 1 0x1000000 4K"
	# What the device may only read stays as it is, too.
	head -c 4096 /dev/zero | tr '\0' Z | cmp pattern
}

@test "what is attached again is written again" {
	while_writing node $'device detach edu\ndevice attach edu a'
	arrived memory
}

# killed_while_writing SHAPE: ends its user as soon as the device is at it. That
# it writes no more then is shown where 100 ms are enough for that, in
# tests/pci/killed.c.
killed_while_writing() {
	local user line to from

	mkfifo asked told
	iommufdctl --no-session --batch - <asked >told 3>&- &
	user=$!
	exec {to}>asked {from}<told
	rm asked told
	{
		under_way "$1"
		echo "device region read edu bar0 0x98"
	} >&"$to"
	while read -r line <&"$from" && [ "$line" != 0x7 ]; do :; done
	kill -KILL "$user"
	exec {to}>&- {from}<&-
	wait "$user" || true
}

@test "a device whose user is killed while it writes is others' to have" {
	killed_while_writing node
	eventually iommufdctl --no-session device open "$alone"
	killed_while_writing group
	eventually iommufdctl --no-session device open "$alone"
	run -0 --separate-stderr iommufdctl --json device dma-test "$alone"
	[ "$(jq .dma_test.passed <<<"$output")" = true ]
}
