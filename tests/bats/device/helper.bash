# SPDX-License-Identifier: GPL-2.0-or-later
# Common ground of the tests with a real /dev/iommu, run in a virtual machine
# as root. Processes are slow there: few of them, and much looked at in each.

load ../common

# as_nobody COMMAND...
as_nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}
