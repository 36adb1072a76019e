# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the project's scripts share: how they speak, how they become root, and
# where they keep what they fetch. To be sourced.

# shellcheck disable=SC2034 # for those who source this
cache=${XDG_CACHE_HOME:-$HOME/.cache}/iommufdctl

say()
{
	printf '%s\n' "$*" >&2
}

die()
{
	say "${0##*/}: $*"
	exit 1
}

# Whether as_root would get by without asking for a password.
can_be_root()
{
	[ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null
}

# Runs a command as root, through sudo where need be.
as_root()
{
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "needs root for: $*; run it as root or install sudo"
	fi
}

# Reads the archive's package lists anew. A mirror that does not answer must
# not hold up people who have all they need, so it is given a minute.
apt_update()
{
	say "Reading the package lists (apt-get update)"
	as_root timeout 60 apt-get -qq -o Acquire::Retries=1 \
		-o Acquire::http::Timeout=20 update >&2
}
