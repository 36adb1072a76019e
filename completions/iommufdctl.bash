# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for iommufdctl: the tool itself knows how a line can go on.

_iommufdctl()
{
	local line word

	COMPREPLY=()
	while IFS= read -r line; do
		word=${line%%$'\t'*}
		if [[ $word == :files ]]; then
			compopt -o filenames 2>/dev/null || :
			mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
			return
		fi
		COMPREPLY+=("$word")
	done < <("${COMP_WORDS[0]}" __complete -- \
		"${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}

complete -F _iommufdctl iommufdctl
