# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for iommufdctl: the tool itself knows how a line can go on.

# Bash takes a word apart at each colon, and replaces what is behind the last.
_iommufdctl()
{
	local line word glue="" before words=()

	for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
		if [[ ${#words[@]} -gt 0 && ($glue || $word == :*) ]]; then
			words[-1]+=$word
		else
			words+=("$word")
		fi
		glue=${word##*[!:]}
	done
	before=
	[[ ${words[-1]} != *:* ]] || before=${words[-1]%:*}:
	COMPREPLY=()
	while IFS= read -r line; do
		word=${line%%$'\t'*}
		if [[ $word == :files ]]; then
			compopt -o filenames 2>/dev/null || :
			mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
			return
		fi
		COMPREPLY+=("${word#"$before"}")
	done < <("${COMP_WORDS[0]}" __complete -- "${words[@]}" 2>/dev/null)
}

complete -F _iommufdctl iommufdctl
