#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The command tree and the manual tell the same story, in both directions.
#
# shellcheck disable=SC2154 # run sets output, stderr, status and lines

load helper
load machine

man_dir=$BATS_TEST_DIRNAME/../../../man

setup_file() {
	iommufdctl __dump >"$BATS_FILE_TMPDIR/dump"
	# "ioas map --anon", one line for each option of each command
	jq -r 'def walk_tree(p): .commands[] | select(.hidden | not) |
		(p + [.name]) as $p | {path: $p, node: .}, walk_tree($p);
		walk_tree([]) | .path as $p | .node.options[] |
		($p | join(" ")) + " --" + .name' \
		"$BATS_FILE_TMPDIR/dump" >"$BATS_FILE_TMPDIR/options"
	jq -r 'def walk_tree(p): .commands[] | select(.hidden | not) |
		(p + [.name]) as $p | {path: $p, node: .}, walk_tree($p);
		walk_tree([]) | select(.node.runs) | .path | join(" ")' \
		"$BATS_FILE_TMPDIR/dump" >"$BATS_FILE_TMPDIR/commands"
}

# The page of a command: one an object, the rest in iommufdctl(8).
page() {
	if [[ -e $man_dir/iommufdctl-${1%% *}.8 ]]; then
		echo "$man_dir/iommufdctl-${1%% *}.8"
	else
		echo "$man_dir/iommufdctl.8"
	fi
}

@test "every command is in its page, with its arguments" {
	local path name

	[ "$(wc -l <"$BATS_FILE_TMPDIR/commands")" -ge 17 ]
	while read -r path; do
		grep -q "^\.It Cm $path\( \|$\)" "$(page "$path")" || {
			echo "not in $(page "$path"): $path"
			return 1
		}
		for name in $(jq -r --arg path "$path" 'getpath(["commands"]) as $c |
			reduce ($path / " ")[] as $n ({commands: $c};
				.commands[] | select(.name == $n)) |
			.arguments[].name' "$BATS_FILE_TMPDIR/dump"); do
			grep "^\.It Cm $path\( \|$\)" "$(page "$path")" |
				grep -q -- "Ar $name\( \|$\)" || {
				echo "$path: $name is not in its page"
				return 1
			}
		done
	done <"$BATS_FILE_TMPDIR/commands"
}

@test "every option is in its page, and the general ones are in iommufdctl(8)" {
	local line path option

	while read -r line; do
		path=${line% --*}
		option=${line##* --}
		sed -n "/^\.Ss $path$/,/^\.S[sh]/p" "$(page "$path")" |
			grep -q "^\.It Fl \([a-zA-Z] , Fl \)\?-$option\( \|$\)" || {
			echo "not in $(page "$path") under $path: --$option"
			return 1
		}
	done < <(grep -v '^--' "$BATS_FILE_TMPDIR/options")
	for option in $(jq -r '.options[].name' "$BATS_FILE_TMPDIR/dump"); do
		grep -q "^\.It Fl \([a-zA-Z] , Fl \)\?-$option\( \|$\)" \
			"$man_dir/iommufdctl.8" || {
			echo "not in iommufdctl(8): --$option"
			return 1
		}
	done
}

@test "no page has a command or an option that the tool has not" {
	local file path option

	for file in "$man_dir"/*.8; do
		while read -r path; do
			grep -qx -- "$path" "$BATS_FILE_TMPDIR/commands" ||
				[[ $(jq --arg name "$path" '[.commands[].name] | index($name)' \
					"$BATS_FILE_TMPDIR/dump") != null ]] ||
				[[ $path == rlimit-mode || $path == huge-pages ]] || {
				echo "$file: $path"
				return 1
			}
		done < <(sed -n 's/^\.It Cm \([a-z -]*[a-z]\).*/\1/p' "$file")
		while read -r option; do
			[[ $(jq --arg name "$option" '[.. | .options? // [] | .[].name] | index($name)' \
				"$BATS_FILE_TMPDIR/dump") != null ]] || {
				echo "$file: --$option"
				return 1
			}
		done < <(sed -n 's/^\.It Fl \([a-zA-Z] , Fl \)\?-\([a-z][a-z-]*\).*/\2/p' "$file")
	done
}

@test "the keys of results are in iommufdctl-json(5)" {
	local key

	fake_device
	fake session start
	fake --json -c "ioas alloc" -c "ioas map 1 --anon 4K --iova 1M" -c "ioas list" \
		-c "ioas show 1" -c "ioas ranges 1" -c "ioas allow 1 0-1M" \
		-c "ioas copy 1 1 1M 4K" -c "option get rlimit-mode" -c "option list" \
		-c "ioas unmap 1 --all" -c "destroy 1" -c "session list" -c version -c help >out
	run -1 --separate-stderr fake --json ioas show 9
	for key in $(jq -r '.. | keys? | .[] | strings' out <(echo "$output") | sort -u); do
		grep -q "^\.\(Li\|It Li\) $key\( \|$\)" "$man_dir/iommufdctl-json.5" || {
			echo "not in iommufdctl-json(5): $key"
			return 1
		}
	done
}

# examples PAGE: what it shows as typed and seen.
examples() {
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/{/^\.Bd/,/^\.Ed/{/^\./!p}}' "$1" |
		sed "s/\\\\(aq/'/g; s/\\\\e/\\\\/g"
}

@test "examples of the manual, from the first to the last of each page, do what they show" {
	local file where

	fake_device
	three_devices
	for file in "$man_dir"/*.[58]; do
		examples "$file" >wanted
		[[ -s wanted ]] || {
			echo "no examples: $file"
			return 1
		}
		teardown
		where=()
		[[ $file != *-@(device|doctor|group|plan).8 ]] || where=(on_machine)
		LD_PRELOAD=$FAKE run "${where[@]}" "$man_dir/../tests/docs/replay" -a -e wanted
		diff wanted - <<<"$output" || {
			echo "in $file"
			return 1
		}
	done
}

@test "completion offers every command and option, and nothing else" {
	local path option words line

	while read -r path; do
		# shellcheck disable=SC2086 # words
		words=$(iommufdctl __complete -- ${path% *} "" | cut -f1)
		[[ $path == *" "* ]] || words=$(iommufdctl __complete -- "" | cut -f1)
		grep -qx -- "${path##* }" <<<"$words" || {
			echo "not offered: $path"
			return 1
		}
		# shellcheck disable=SC2086 # words
		iommufdctl __complete -- $path "--" | cut -f1 | sort >offered
		{
			sed -n "s/^$path --/--/p" "$BATS_FILE_TMPDIR/options"
			jq -r '.options[] | "--" + .name' "$BATS_FILE_TMPDIR/dump"
		} | sort -u >known
		diff known offered || {
			echo "after $path"
			return 1
		}
	done <"$BATS_FILE_TMPDIR/commands"
	iommufdctl __complete -- "" | cut -f1 | sort >offered
	cut -d' ' -f1 "$BATS_FILE_TMPDIR/commands" | sort -u | diff - offered
}
