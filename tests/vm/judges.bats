# SPDX-License-Identifier: GPL-2.0-or-later
#
# The judges between a suite and the count: what may fail, and only that.

bats_require_minimum_version 1.5.0

setup()
{
	tests=$(dirname "$BATS_TEST_DIRNAME")
	cd "$BATS_TEST_TMPDIR" || exit
}

# selftest LEAST LINE...: what one of Linux's selftests printed, judged for 6.12
# with the list expected.
selftest()
{
	local least=$1

	shift
	printf '%s\n' "$@" >selftest
	run -0 awk -v series=6.12 -v program=x -v least="$least" \
		-f "$tests/linux/judge.awk" expected selftest
}

# A test as Linux's harness shows it.
ran()
{
	printf '#  RUN           %s ...\n%s %d %s%s\n' "$3" "$1" "$2" "$3" "${4:-}"
}

@test "Linux's selftests: what passes and what is expected to fail is ok" {
	echo 'all x f.two wants more' >expected
	selftest 2 1..2 "$(ran ok 1 f.one)" "$(ran 'not ok' 2 f.two)"
	[ "${lines[0]}" = "ok 1 f.one" ]
	[ "${lines[1]}" = "ok 2 f.two fails, as expected: wants more" ]
	[ "${lines[2]}" = "ok 3 x has 2 tests, planned 2, at least 2" ]
	[ "${lines[3]}" = "1..3" ]
}

@test "Linux's selftests: what fails is shown with its diagnostics" {
	printf '6.1 x f.one not here\nall y f.one another\n' >expected
	selftest 2 1..2 "#  RUN           f.one ..." "# f.c:1: why" \
		"not ok 1 f.one" "$(ran ok 2 f.two ' # SKIP no device')"
	[[ $output == "not ok 1 f.one"$'\n'*"# f.c:1: why"* ]]
	[[ $output == *"not ok 2 f.two was skipped"* ]]
}

@test "Linux's selftests: an expected failure must be one, and be run" {
	printf 'all x f.one why\nall x f.gone why\n' >expected
	selftest 1 1..1 "$(ran ok 1 f.one)"
	[[ $output == *"not ok 1 f.one passes, expected to fail: why"* ]]
	[[ $output == *"not ok 2 f.gone is expected to fail and was not run"* ]]
}

@test "Linux's selftests: a program that ends early, or has too few tests" {
	echo '# none' >expected
	selftest 1 1..2 "$(ran ok 1 f.one)"
	[[ $output == *"not ok 2 x has 1 tests, planned 2"* ]]
	selftest 2 1..1 "$(ran ok 1 f.one)"
	[[ $output == *"not ok 2 x has 1 tests, planned 1, at least 2"* ]]
}

# upstream LINE...: what a program p printed, judged with the list differences.
upstream()
{
	printf '%s\n' '# begin p' "$@" >upstream
	run -0 awk -f "$tests/upstream/judge.awk" differences upstream
}

@test "Linux's own iommufd: a difference that is written down is ok" {
	echo 'p | a: b | by design' >differences
	upstream 'not ok 1 a: b: No, expected Yes' '# more' 1..1 '# end p 1' '# begin q'
	[ "${lines[1]}" = "ok 1 a: b: No, expected Yes (differs: by design)" ]
	[ "${lines[2]}" = 1..1 ]
	[ "${lines[3]}" = "# end p 0" ]
	[ "${lines[4]}" = "# begin q" ]
}

@test "Linux's own iommufd: a difference that is not is a failure" {
	echo 'q | a | by design' >differences
	upstream 'not ok 1 a' '# more' 1..1 '# end p 1'
	[ "${lines[1]}" = "not ok 1 a" ]
	[ "${lines[2]}" = "# more" ]
	[ "${lines[4]}" = "# end p 1" ]
	echo 'p | a | by design' >differences
	upstream 'not ok 1 a' 'not ok 2 b' 1..2 '# end p 1'
	[ "${lines[2]}" = "not ok 2 b" ]
	[ "${lines[4]}" = "# end p 1" ]
}

@test "Linux's own iommufd: a difference must be one, unless only sometimes" {
	printf 'p | a | by design\np | b | gone\np | c | sometimes: a race\n' \
		>differences
	upstream 'ok 1 a' 'ok 2 c' 1..2 '# end p 0'
	[ "${lines[1]}" = "not ok 1 a (passes, and should differ: by design)" ]
	[ "${lines[2]}" = "ok 2 c" ]
	[[ $output == *"not ok 1 p: b was not run"* ]]
	upstream 'not ok 1 a' 'not ok 2 c' 1..2 '# end p 0'
	[[ $output == *"ok 2 c (differs: sometimes: a race)"* ]]
}
