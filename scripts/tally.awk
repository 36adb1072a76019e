# SPDX-License-Identifier: GPL-2.0-or-later
#
# Reads the output of several runs of scripts/tap, one after the other; shows
# each failed test with its diagnostics, and ends with "N passed, N failed".
# A test that is skipped, a plan that is not met, a program that dies and one
# that tests nothing are failures: nothing may be left out in silence.
#
# Variables: prefix, for the lines shown; counts, a file for the two numbers.

function show(line)
{
	print prefix line
	fflush()
}

function fail(what)
{
	failed++
	show("not ok " what)
}

function finish_program(status)
{
	if (plan == "" || plan != results)
		fail(program ": planned " (plan == "" ? "nothing" : plan) \
			", ran " results)
	else if (results == 0)
		fail(program ": has no tests")
	else if (status != 0 && !program_failed)
		fail(program ": ended with status " status)
	program = ""
}

/^# begin / {
	if (program != "")
		fail(program ": did not end")
	program = $3
	programs++
	plan = ""
	results = program_failed = diagnosing = 0
	next
}

/^# end / {
	finish_program($4)
	next
}

/^# vm / {
	fail("the VM, with status " $3)
	next
}

/^1\.\.[0-9]+/ {
	plan = substr($1, 4) + 0
	next
}

/^ok / && !/# *[Ss][Kk][Ii][Pp]/ {
	passed++
	results++
	diagnosing = 0
	next
}

/^(not )?ok / {
	program_failed = diagnosing = 1
	results++
	failed++
	show(program ": " $0)
	next
}

# Whatever follows a failed test, and whatever is no TAP at all, may explain.
diagnosing || !/^#/ {
	show("    " $0)
}

END {
	if (program != "")
		fail(program ": did not end")
	if (!programs)
		fail("no tests were run")
	print passed + 0, failed + 0 >counts
}
