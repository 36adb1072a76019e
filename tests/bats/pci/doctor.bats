#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What keeps devices from programs, set up for real, one after the other: a
# kernel that was built without, modules that are not loaded, no device that
# is bound, a container that hides nodes or forbids them, no rights, too little
# memory to lock, and a group that is shared.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper

modules=$(dirname "$IOMMUFD_MODULE")
before=iommufd_edu_dma # a driver that does DMA
sleepers=()

unload() {
	rmmod iommufd_vfio_pci iommufd_vfio iommufd
}

load_all() {
	insmod "$IOMMUFD_MODULE"
	insmod "$modules/iommufd_vfio.ko"
	insmod "$modules/iommufd_vfio_pci.ko"
}

setup_file() {
	load helper
	mapfile -t edus < <(pci_devices 1234:11e8)
	export alone=${edus[0]} first=${edus[1]} second=${edus[2]}
	# Where the kernel's configuration belongs.
	mount -t tmpfs tmpfs /boot
	cp "$KERNEL_FOLDER/build/.config" "/boot/config-$(uname -r)"
	unload
}

teardown_file() {
	[ -e /sys/module/iommufd ] || load_all
	umount /boot
}

teardown() {
	[ "${#sleepers[@]}" = 0 ] || kill -KILL "${sleepers[@]}" || true
}

# sleeper COMMAND...: runs it before a process that does nothing; its id. By a
# descriptor, which needs no right to our folder.
sleeper() {
	mkfifo ready
	exec 8<>ready
	"$@" bash -c 'echo $$ >&8; exec 8>&- sleep 1000' 3>&- &
	read -r -u 8 sleeper
	exec 8>&-
	rm ready
	sleepers+=("$sleeper")
}

# doctor ARGUMENT...
doctor() {
	run --separate-stderr iommufdctl --json doctor "$@"
	[ "$status" -le 1 ] || {
		echo "$stderr"
		return 1
	}
}

# layer NAME: its verdict and cause; finding and repair, where there are any.
layer() {
	jq -r --arg layer "$1" '.doctor.layers[] | select(.layer == $layer) |
		"\(.verdict) \(.cause)", .finding, .repair' <<<"$output"
}

# node PATH: can it be opened, and why not?
node() {
	jq -r --arg path "$1" '.doctor.nodes[] | select(.path == $path) |
		"\(.may_open) \(.cause)"' <<<"$output"
}

# limited COMMAND...: with 64 KiB of memory to lock.
limited() {
	prlimit --memlock=65536 setpriv --bounding-set=-ipc_lock \
		--inh-caps=-ipc_lock "$@"
}

@test "a kernel that was built without IOMMUFD, and Linux's VFIO is not loaded" {
	doctor
	"$BATS_TEST_DIRNAME/../../json/validate" \
		"$BATS_TEST_DIRNAME/../../../docs/iommufdctl.schema.json" <<<"$output"
	[ "$(layer iommufd)" = "failed not-compiled
there is no /dev/iommu; CONFIG_IOMMUFD of Linux $(uname -r): off
install the modules that come with iommufdctl" ]
	[ "$(layer vfio-cdev)" = "warning not-compiled
there is no /dev/vfio/devices; CONFIG_VFIO_DEVICE_CDEV of Linux $(uname -r): off
install the modules that come with iommufdctl" ]
	[ "$(layer vfio)" = "failed not-loaded
there is no /dev/vfio/vfio; CONFIG_VFIO of Linux $(uname -r): a module
modprobe vfio" ]
	[ "$(layer vfio-pci | tail -n1)" = "modprobe vfio-pci" ]
}

@test "what the repair brings, and a container without vfio_iommu_type1" {
	modprobe vfio-pci
	doctor
	[ "$(layer vfio | head -n1)" = "ok null" ]
	[ "$(layer vfio-pci | head -n1)" = "ok null" ]
	[ "$(layer vfio-cdev | head -n1)" = "warning not-compiled" ]
	modprobe -r vfio_iommu_type1
	doctor
	[ "$(layer vfio)" = "failed not-loaded
a container takes no group without the module vfio_iommu_type1
modprobe vfio_iommu_type1" ]
	modprobe -r vfio-pci vfio
}

@test "there is /dev/iommu, and no /dev/vfio/devices: two answers" {
	insmod "$IOMMUFD_MODULE"
	doctor
	[ "$(layer iommufd)" = "ok null
it opens
null" ]
	[[ $(layer vfio-cdev) == "warning not-compiled
there is no /dev/vfio/devices; CONFIG_VFIO_DEVICE_CDEV of Linux "*": off"* ]]
	rmmod iommufd
}

@test "modules that are there, and not loaded" {
	local folder

	folder=/lib/modules/$(uname -r)
	mkdir -p /mnt/modules
	mount --bind "$folder" /mnt/modules
	mount -t tmpfs tmpfs /lib/modules
	mkdir -p "$folder/updates/dkms"
	ln -s /mnt/modules/* "$folder"
	cp "$modules"/*.ko "$folder/updates/dkms"
	doctor
	umount /lib/modules /mnt/modules
	[ "$(layer iommufd | sed 2d)" = "failed not-loaded
modprobe iommufd" ]
	[ "$(layer vfio-cdev | sed 2d)" = "warning not-loaded
modprobe iommufd_vfio" ]
	# Linux's and these exclude each other.
	[ "$(layer vfio | sed 2d)" = "failed not-loaded
modprobe iommufd_vfio" ]
	[ "$(layer vfio-pci | tail -n1)" = "modprobe iommufd_vfio_pci" ]
}

@test "no device is bound, and then one is" {
	load_all
	doctor
	[ "$(layer iommufd | head -n1)" = "ok null" ]
	[ "$(layer vfio-cdev)" = "warning not-bound
devices would have nodes of their own, but VFIO drives none yet
iommufdctl device bind BDF" ]
	doctor device "$alone"
	[ "$(layer nodes)" = "failed not-bound
it has none, since VFIO does not drive it
iommufdctl device bind $alone" ]
	iommufdctl device bind "$alone"
	doctor device "$alone"
	[ "$status" = 0 ]
	[ "$(layer nodes | head -n1)" = "ok null" ]
	[ "$(layer isolation)" = "ok null
it has its group to itself
null" ]
	[ "$(layer holders)" = "ok null
no process has it open
null" ]
	doctor
	[ "$(layer vfio-cdev | head -n1)" = "ok null" ]
}

# A container that was given the group's node, as device plugins do.
contained() {
	# shellcheck disable=SC2016 # for the shell in there
	unshare --mount bash -c 'mount -t tmpfs tmpfs /dev
		mkdir /dev/vfio
		mknod /dev/vfio/vfio c 10 196
		IFS=: read -r major minor <"/sys/class/vfio/$1/dev"
		mknod "/dev/vfio/$1" c "$major" "$minor"
		ln -s /proc/1/root/dev/iommu /dev/iommu
		shift
		"$@"' - "$@"
}

@test "a container hides nodes: what its process lacks" {
	local node group

	group=$(group_of "$alone")
	node=$(iommufdctl --json device show "$alone" | jq -r .device.device_node.path)
	sleeper contained "$group"
	doctor device "$alone" --pid "$sleeper"
	[ "$(jq .doctor.pid <<<"$output")" = "$sleeper" ]
	[ "$(node "/dev/vfio/$group")" = "true null" ]
	[ "$(node "$node")" = "false hidden" ]
	# A link out of it does not count as its own.
	[ "$(node /dev/iommu)" != "true null" ]
	[ "$(layer nodes | sed 2d)" = "warning hidden
give the node to the container, where that is configured" ]
	[[ $(layer namespaces) == *"a /dev of its own"* ]]
	doctor --pid "$sleeper"
	[ "$(layer vfio-cdev | head -n1)" = "warning hidden" ]
}

@test "no permission: owner and mode, of a process and of who types" {
	sleeper setpriv --reuid 65534 --regid 65534 --clear-groups
	doctor --pid "$sleeper"
	[ "$(layer iommufd)" = "failed no-permission
its owner and mode do not let user 65534 open it
null" ]
	run -1 --separate-stderr setpriv --reuid 65534 --regid 65534 --clear-groups \
		iommufdctl --json doctor
	[ "$(node /dev/iommu)" = "false no-permission" ]
	# Its group may.
	chgrp 65534 /dev/iommu
	chmod 660 /dev/iommu
	doctor --pid "$sleeper"
	chmod 600 /dev/iommu
	chgrp 0 /dev/iommu
	[ "$(layer iommufd | head -n1)" = "ok null" ]
}

# forbid CGROUP: from now on no device may be opened there.
forbid() {
	python3 - "$1" <<-'END'
	import ctypes, os, struct, sys
	libc = ctypes.CDLL(None, use_errno=True)
	def bpf(command, *attributes):
	    attr = ctypes.create_string_buffer(struct.pack(*attributes), 128)
	    fd = libc.syscall(321, command, attr, 128)
	    if fd < 0:
	        raise OSError(ctypes.get_errno(), "bpf")
	    return fd
	# r0 = 0; exit
	refuse = ctypes.create_string_buffer(bytes.fromhex("b700000000000000 9500000000000000"))
	licence = ctypes.create_string_buffer(b"GPL")
	program = bpf(5, "IIQQ", 15, 2, ctypes.addressof(refuse), ctypes.addressof(licence))
	bpf(8, "IIII", os.open(sys.argv[1], os.O_RDONLY), program, 6, 0)
	END
}

@test "the rules of a control group forbid devices, which a try tells" {
	local cgroup=/sys/fs/cgroup/closed

	mkdir "$cgroup"
	sleeper
	echo "$sleeper" >"$cgroup/cgroup.procs"
	doctor --pid "$sleeper"
	[ "$(layer cgroup)" = "ok null
its rules forbid none of the nodes: /closed
null" ]
	if [ -e /proc/sys/kernel/unprivileged_bpf_disabled ]; then
		forbid "$cgroup"
		doctor --pid "$sleeper"
		[ "$(layer iommufd)" = "failed forbidden
the device rules of this control group forbid it
allow the device where the container is configured" ]
		[ "$(layer cgroup | head -n1)" = "failed forbidden" ]
	fi
	# One that is frozen would hold on to whoever comes in.
	echo 1 >"$cgroup/cgroup.freeze"
	doctor --pid "$sleeper"
	[ "$(node /dev/iommu)" = "false other" ]
	[ "$(layer cgroup | head -n1)" = "warning null" ]
	echo 0 >"$cgroup/cgroup.freeze"
	kill -KILL "$sleeper"
	sleepers=()
	eventually rmdir "$cgroup"
}

# map_in_container GROUP LENGTH: the errno of VFIO_IOMMU_MAP_DMA.
map_in_container() {
	limited python3 - "$@" <<-'END'
	import ctypes, errno, fcntl, mmap, os, struct, sys
	length = int(sys.argv[2])
	group = os.open("/dev/vfio/" + sys.argv[1], os.O_RDWR)
	container = os.open("/dev/vfio/vfio", os.O_RDWR)
	fcntl.ioctl(group, 0x3b68, struct.pack("i", container))
	fcntl.ioctl(container, 0x3b66, 3)
	memory = mmap.mmap(-1, length)
	address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
	try:
	    fcntl.ioctl(container, 0x3b71, struct.pack("IIQQQ", 32, 3, address, 1 << 24, length))
	    print("mapped")
	except OSError as e:
	    print(errno.errorcode[e.errno])
	END
}

@test "memory that may not be locked: what refuses a map is named before" {
	local group

	group=$(group_of "$alone")
	[ "$(map_in_container "$group" 65536)" = mapped ]
	[ "$(map_in_container "$group" 1048576)" = ENOMEM ]
	run -1 --separate-stderr limited iommufdctl --no-session -c "ioas alloc" \
		-c "device open $alone" -c "device attach 2 1" -c "ioas map 1 --anon 1M"
	says "IOMMU_IOAS_MAP: ENOMEM"
	sleeper limited
	doctor --pid "$sleeper" --ram 64K
	[ "$(layer memory | head -n1)" = "ok null" ]
	doctor --pid "$sleeper" --ram 1M
	[ "$(layer memory)" = "failed null
a guest of 1M has to be locked as a whole, and 64K may be, in containers by this process, which has locked 0
prlimit --pid $sleeper --memlock=1048576" ]
	[ "$(layer memory-user | head -n1)" = "failed null" ]
	# It repairs.
	eval "$(layer memory | tail -n1)"
	doctor --pid "$sleeper" --ram 1M
	[ "$(layer memory | head -n1)" = "ok null" ]
	doctor --ram 1M
	[ "$(layer memory)" = "ok null
any amount may be locked, with CAP_IPC_LOCK
null" ]
}

@test "who has it open" {
	local node

	node=$(iommufdctl --json device show "$alone" | jq -r .device.device_node.path)
	exec 7<>"$node"
	doctor device "$alone"
	exec 7>&-
	[[ $(layer holders) == "warning null
process "*" has $node open"*"
iommufdctl ps $alone" ]]
	iommufdctl device unbind "$alone"
}

@test "a group with a sibling that another driver has, and why it is shared" {
	local bridge

	insmod "$TEST_MODULES/$before.ko"
	bridge=$(basename "$(dirname "$(realpath "/sys/bus/pci/devices/$first")")")
	iommufdctl device bind "$first"
	doctor device "$first"
	[ "$status" = 1 ]
	[ "$(layer group)" = "failed null
$(group_of "$first") is not viable: $bridge (no driver) free, $first (vfio-pci) vfio, $second ($before) blocks
iommufdctl device bind $second" ]
	[[ $(layer isolation) == "warning null
shared with 2 others: $bridge is a bridge to conventional PCI, "* ]]
	eval "$(layer group | tail -n1)"
	doctor device "$first"
	[ "$(layer group | head -n1)" = "ok null" ]
	iommufdctl -c "device unbind $first" -c "device unbind $second"
	rmmod "$before"
}
