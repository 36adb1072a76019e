#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Where a guest's memory goes: around what its devices reserve.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper
load machine

# QEMU's, with 39 and 48 address bits.
bits39=d2008c22260206
bits48=d2008c222f0606

regions=sys/kernel/iommu_groups/12/reserved_regions

setup() {
	load ../common
	export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/run
	mkdir -m 700 "$XDG_RUNTIME_DIR"
	cd "$BATS_TEST_TMPDIR" || return
	three_devices
	intel_iommu 0000:00:03.0 $bits39
}

plan() {
	on_machine iommufdctl plan "$@"
}

# layout: what the guest has, of a plan in JSON.
layout() {
	jq -r '.plan.ranges[] | select(.mapped) | "\(.what) \(.start)-\(.last)"' <<<"$output"
}

@test "a guest that fits: RAM around the holes, and whose they are" {
	run -0 --separate-stderr plan --ram 64G --device 00:03.0
	[ -z "$stderr" ]
	diff - <<<"$output" <(cat <<-'END'
		0000:00:03.0: group 12, /sys/kernel/iommu_groups/12/reserved_regions
		    dmar0: 39 address bits, /sys/class/iommu/dmar0/intel-iommu/cap
		RANGE                            SIZE  WHAT                          OWNER
		0x0-0x7fffffff                   2G    RAM below 4 GiB
		0x80000000-0xffffffff                  hole: devices of the machine
		0xfee00000-0xfeefffff                  hole: MSI window of x86       group 12
		0x100000000-0x107fffffff         62G   RAM above 4 GiB
		0x1080000000-0x187fffffff        32G   window for 64-bit BARs
		0x8000000000-0xffffffffffffffff        hole: above 39 address bits   dmar0
		phys-bits of the guest: 37 at least, 39 at most, or its firmware puts BARs above
		    -cpu host,host-phys-bits-limit=39
	END
	)
}

@test "machines: where each has its RAM, little and much of it" {
	local machine ram want

	while IFS='|' read -r machine ram want; do
		run -0 plan --json --ram "$ram" --device 00:03.0 --machine "$machine"
		[ "$(layout | tr '\n' ',')" = "$want" ] || {
			echo "$machine $ram: $(layout)"
			return 1
		}
	done <<-'END'
		q35|1G|ram 0x0-0x3fffffff,window 0x100000000-0x8ffffffff,
		q35|2815M|ram 0x0-0xafefffff,window 0x100000000-0x8ffffffff,
		q35|2816M|ram 0x0-0x7fffffff,ram 0x100000000-0x12fffffff,window 0x140000000-0x93fffffff,
		pc|3583M|ram 0x0-0xdfefffff,window 0x100000000-0x17fffffff,
		pc|3584M|ram 0x0-0xbfffffff,ram 0x100000000-0x11fffffff,window 0x140000000-0x1bfffffff,
		any|3G|ram 0x0-0xbfffffff,
		any|4G|ram 0x0-0xbfffffff,ram 0x100000000-0x13fffffff,
	END
}

@test "the address bits of Intel's and AMD's IOMMUs" {
	local maker register bits

	while read -r maker register bits; do
		rm sys/devices/pci0000:00/0000:00:03.0/iommu
		"${maker}_iommu" 0000:00:03.0 "$register"
		run -0 plan --json --ram 1G --device 00:03.0
		[ "$(jq '.plan.devices[0].address_bits' <<<"$output")" = "$bits" ] || {
			echo "$maker $register: $output"
			return 1
		}
	done <<-'END'
		intel d2008c22260206 39
		intel d2008c222f0606 48
		intel d2008c22380e06 57
		intel d2008c22350e06 54
		amd 246577efa2254afa:0 64
		amd 0:246577efa2254afa 64
		amd 10:246577efa22542fa 48
		amd 246577efa22546fa 57
	END
}

@test "more RAM than the IOMMU has addresses: how much there can be" {
	run -1 --separate-stderr plan --ram 600G --device 00:03.0
	says "RAM of 598G at 0x100000000-0x967fffffff would reach into 0x8000000000-0xffffffffffffffff: above the aperture 0x7fffffffff (39 address bits), of dmar0"
	says "q35 can have at most 478G of RAM, or more with a smaller --mmio"
	prints "0x0-0x7fffffff                   2G    RAM below 4 GiB"
	run -0 plan --ram 478G --device 00:03.0
	run -1 --separate-stderr plan --ram 479G --device 00:03.0
	says "the window for 64-bit BARs of 32G at"
	run -0 plan --ram 510G --mmio 0 --device 00:03.0
	run -1 --separate-stderr plan --ram 511G --mmio 0 --device 00:03.0
	says "at most 510G of RAM"
	run -1 --separate-stderr plan --json --ram 600G --machine any --device 00:03.0
	[ "$(jq -c '[.plan.fits, .error.message]' <<<"$output")" = \
		'[false,"89G of RAM is left when all addresses are used"]' ]
	run -0 plan --ram 600G --device 00:03.0 --address-bits 48
}

@test "AMD: HyperTransport below 1 TiB, and RAM moves above it" {
	amd_iommu 0000:00:03.0 246577efa2254afa:0
	echo "0x000000fd00000000 0x000000ffffffffff reserved" >>$regions
	run -0 plan --json --ram 978G --device 00:03.0
	[ "$(layout)" = "ram 0x0-0x7fffffff
ram 0x100000000-0xf4ffffffff
window 0xf500000000-0xfcffffffff" ] || { layout; false; }
	run -0 plan --json --ram 1012G --device 00:03.0
	[ "$(layout)" = "ram 0x0-0x7fffffff
ram 0x10000000000-0x1fc7fffffff
window 0x1fc80000000-0x2047fffffff" ] || { layout; false; }
	run -0 plan --ram 2T --device 00:03.0
	prints "hole: AMD's HyperTransport"
	prints "phys-bits of the guest: 42 at least"
	run -0 plan --json --ram 2T --device 00:03.0 --machine any
	[ "$(layout)" = "ram 0x0-0xbfffffff
ram 0x100000000-0xfcffffffff
ram 0x10000000000-0x2033fffffff" ] || { layout; false; }
	# No such hole: there is RAM in its place.
	intel_iommu 0000:00:03.0 $bits48
	sed -i /reserved/d $regions
	run -0 plan --json --ram 1012G --device 00:03.0
	[[ $(layout) == *"ram 0x100000000-0xfd7fffffff"* ]]
}

@test "a hole in low RAM: QEMU ends it before that, others go around" {
	echo "0x0000000040000000 0x00000000400fffff reserved" >>$regions
	run -0 plan --ram 4G --device 00:03.0
	prints "0x0-0x3fffffff                   1G    RAM below 4 GiB"
	prints "0x100000000-0x1bfffffff          3G    RAM above 4 GiB"
	prints "    -M q35,max-ram-below-4g=1G"
	run -0 plan --json --ram 4G --device 00:03.0 --machine any
	[ "$(layout)" = "ram 0x0-0x3fffffff
ram 0x40200000-0xbfffffff
ram 0x100000000-0x1401fffff" ] || { layout; false; }
	echo "0x0000000000000000 0x0000000000000fff reserved" >>$regions
	run -1 --separate-stderr plan --ram 4G --device 00:03.0
	says "RAM of 2G at 0x0-0x7fffffff would reach into 0x0-0xfff"
}

@test "a hole in high RAM, which QEMU cannot leave out" {
	echo "0x0000000200000000 0x00000002000fffff reserved" >>$regions
	run -1 --separate-stderr plan --ram 8G --device 00:03.0
	says "would reach into 0x200000000-0x2000fffff: reserved, of group 12"
	says "QEMU cannot leave that out; a monitor that can is planned for with --machine any"
	run -0 plan --ram 8G --device 00:03.0 --machine any
}

@test "what the firmware keeps, and what it does not" {
	echo "0x0000000000000000 0x0000000000ffffff direct-relaxable" >>$regions
	run -0 plan --ram 8G --device 00:03.0
	echo "0x000000007b000000 0x000000007f7fffff direct" >>$regions
	run -1 --separate-stderr plan --ram 8G --device 00:03.0
	says "0x7b000000-0x7f7fffff must stay mapped one to one for the firmware (a direct region, as of an RMRR), and Linux gives no such device to user space: 0000:00:03.0"
	prints "hole: mapped one to one for the firmware  group 12"
}

@test "BARs: a window that is large enough for them" {
	# 16 GiB with 64-bit addresses, and 16 MiB with 32.
	cat >sys/devices/pci0000:00/0000:00:03.0/resource <<-'END'
		0x00000000fc000000 0x00000000fcffffff 0x0000000000040200
		0x0000003800000000 0x0000003bffffffff 0x000000000014220c
		0x0000000000000000 0x0000000000000000 0x0000000000000000
	END
	run -0 plan --json --ram 8G --device 00:03.0
	[ "$(jq -r '.plan | .devices[0].bars_64, .window' <<<"$output" | tr '\n' ' ')" = \
		"0x400000000 0x800000000 " ]
	run -0 plan --ram 8G --device 00:03.0 --machine pc
	prints "-global i440FX-pcihost.pci-hole64-size=31G"
	run -1 --separate-stderr plan --ram 8G --device 00:03.0 --mmio 1G
	says "the 64-bit BARs of the devices take 16G, and the window for them has 1G: --mmio 16G"
}

@test "several devices: the narrowest IOMMU, and every group" {
	intel_iommu 0000:01:02.0 $bits48 dmar1
	run -0 plan --json --ram 8G --device 00:03.0 --device=01:02.0 -d 0:3.0
	[ "$(jq -c '.plan | [.bits_there, [.devices[].device]]' <<<"$output")" = \
		'[39,["0000:00:03.0","0000:01:02.0"]]' ]
	[ "$(jq -c '.plan.ranges[] | select(.kind == "msi") | [.owners, .devices]' <<<"$output")" = \
		'[["group 12","group 1"],["0000:00:03.0","0000:01:02.0"]]' ]
}

@test "address bits that nobody tells are asked for" {
	rm sys/devices/pci0000:00/0000:00:03.0/iommu
	run -1 --separate-stderr plan --ram 8G --device 00:03.0
	says "how many address bits the IOMMU of 0000:00:03.0 translates is not to be seen in sysfs"
	says "give --address-bits N"
	prints "RAM above 4 GiB"
	run -0 plan --ram 8G --device 00:03.0 --address-bits 40
	prints "    40 address bits, --address-bits"
}

@test "what cannot be planned is refused with its reason" {
	run -1 --separate-stderr plan --ram 8G --device 00:1f.0
	says "0000:00:1f.0 has no IOMMU group"
	run -1 --separate-stderr plan --ram 8G --device 00:03.0 --device 00:09.0
	says "there is no PCI device 0000:00:09.0"
	run -2 --separate-stderr plan --ram 8G
	says "--ram SIZE --device BDF"
	run -2 --separate-stderr plan --device 00:03.0
	says "--ram SIZE --device BDF"
	run -2 --separate-stderr plan --ram 8G --device /dev/iommu
	says "not a PCI address"
	for wrong in 0 4097 5000T; do
		run -2 --separate-stderr plan --ram $wrong --device 00:03.0
		says "^"
	done
	run -2 --separate-stderr plan --ram 1G --device 00:03.0 --mmio 1
	says "a multiple of 4K, up to 4096T"
	for wrong in 31 65 0; do
		run -2 --separate-stderr plan --ram 1G --device 00:03.0 --address-bits $wrong
		says "32 to 64 bits"
	done
}

@test "a hostile sysfs leads to no nonsense" {
	printf '%s\n' "0xffffffffffffffff 0x0 msi" "x" "0x1000 0xfff msi" \
		"0x0000000200000000 0xffffffffffffffff a"$'\e'"[31m" >$regions
	echo "0x0 0xffffffffffffffff 0x140204" >sys/devices/pci0000:00/0000:00:03.0/resource
	echo zzz >sys/class/iommu/dmar0/intel-iommu/cap
	run -1 --separate-stderr plan --ram 4096T --device 00:03.0
	[[ $output$stderr != *$'\e'* ]]
	says "would reach into 0x200000000-0xffffffffffffffff"
	run -1 --separate-stderr plan --ram 4096T --mmio 4096T --machine any --device 00:03.0
	says "is left when all addresses are used"
}
