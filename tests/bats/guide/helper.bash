# SPDX-License-Identifier: GPL-2.0-or-later
# Common ground of the guides, typed in a virtual machine as root.

load ../common
