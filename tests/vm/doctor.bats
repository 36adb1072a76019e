# SPDX-License-Identifier: GPL-2.0-or-later
#
# Machines as users have them, each a stock kernel of its own start, with
# nothing of ours but the tool: what does it say that they lack?
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

bats_require_minimum_version 1.5.0

setup()
{
	vm=$BATS_TEST_DIRNAME
	cd "$BATS_TEST_TMPDIR" || return
	export VM_BARE=1
}

@test "a machine whose firmware has no IOMMU" {
	VM_IOMMU=none run -1 --separate-stderr "$vm/run" iommufdctl doctor
	[[ $output == *"firmware: warning, no ACPI table describes an IOMMU"*"
    repair: switch on VT-d or AMD-Vi in the firmware's setup"* ]]
	[[ $output == *"iommu: failed, no driver has an IOMMU"* ]]
	[[ $output == *"groups: failed, no device is behind an IOMMU
    /sys/kernel/iommu_groups"* ]]
}

@test "an IOMMU that the kernel's command line has switched off" {
	VM_APPEND=intel_iommu=off VM_ARGS="-device edu,addr=1e" \
		run -1 --separate-stderr "$vm/run" iommufdctl \
		-k -c doctor -c 'doctor device 00:1e.0'
	[[ $output == *"firmware: ok, table DMAR describes Intel VT-d"* ]]
	[[ $output == *"iommu: failed, intel_iommu=off has switched the IOMMU off
    /proc/cmdline
    repair: take it out of the kernel's command line"* ]]
	[[ $output == *"group: failed, it has no IOMMU group: no IOMMU is in its way"* ]]
}

@test "Linux's VFIO: a port without ACS shares a group, and is in nobody's way" {
	cat >script <<-'END'
	modprobe vfio-pci
	edu=$(basename "$(dirname "$(grep -l 0x1234 /sys/bus/pci/devices/*/vendor)")")
	iommufdctl device bind "$edu" >/dev/null
	iommufdctl doctor device "$edu"
	# As the kernel sees it: VFIO_GROUP_GET_STATUS says viable.
	python3 -c 'import fcntl, os, struct, sys
group = os.open("/dev/vfio/" + os.path.basename(os.readlink("/sys/bus/pci/devices/" + sys.argv[1] + "/iommu_group")), os.O_RDWR)
print("flags", struct.unpack("II", fcntl.ioctl(group, 0x3b67, struct.pack("II", 8, 0)))[1])' "$edu"
	END
	VM_ARGS="-device pcie-root-port,id=below,chassis=1,disable-acs=on -device edu,bus=below" \
		run -0 --separate-stderr "$vm/run" ./script
	echo "$output"
	[[ $output =~ "is viable: "(0000:[0-9a-f:.]+)" (pcieport) harmless, "0000:[0-9a-f:.]+" (vfio-pci) vfio" ]]
	[[ $output == *"isolation: warning, shared with 1 other: ${BASH_REMATCH[1]} has no ACS: "* ]]
	[[ $output == *"flags 1" ]]
}
