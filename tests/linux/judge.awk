# SPDX-License-Identifier: GPL-2.0-or-later
#
# Reads what one of Linux's selftests prints, and a list of the tests that are
# expected to fail, and prints TAP in which a test is ok when it did what was
# expected: an expected failure that passes is a failure here. So is one that
# is listed and was not run, and a program with fewer tests than it should have.
#
# The first file is the list, of lines SERIES PROGRAM TEST REASON, where a
# series is one of Linux or "all", the second is the output.
#
# Variables: series, of the kernel that runs; program; least, how many tests
# there must be.

function result(ok, what)
{
	printf "%s %d %s\n", ok ? "ok" : "not ok", ++results, what
	if (!ok)
		printf "%s", diagnostics
	fflush()
}

FNR == NR {
	if (/^[^#]/ && ($1 == "all" || $1 == series) && $2 == program) {
		for (i = 4; i <= NF; i++)
			reason[$3] = reason[$3] " " $i
	}
	next
}

/^# +RUN / {
	name = $3
	diagnostics = ""
	next
}

/^1\.\./ {
	planned = substr($1, 4) + 0
	next
}

/^(not )?ok / {
	passed = /^ok / && !/# *(SKIP|XFAIL|XPASS)/
	ran++
	if (name in reason)
		result(!passed, name " " (passed ? "passes, expected to fail" : \
			"fails, as expected") ":" reason[name])
	else
		result(passed, name (/# *SKIP/ ? " was skipped" : ""))
	delete reason[name]
	diagnostics = name = ""
	next
}

{
	diagnostics = diagnostics "  " $0 "\n"
}

END {
	for (name in reason)
		result(0, name " is expected to fail and was not run")
	result(ran >= least && ran == planned, \
		sprintf("%s has %d tests, planned %d, at least %d", program, \
			ran, planned, least))
	printf "1..%d\n", results
}
