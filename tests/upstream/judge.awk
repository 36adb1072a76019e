# SPDX-License-Identifier: GPL-2.0-or-later
#
# Between a suite that is run on Linux's own iommufd and scripts/tally.awk:
# makes a failed test ok when the difference is written down, and one that is
# written down and passes, or was not run, a failure.
#
# The first file has lines of "PROGRAM | TEST | REASON", the second is the
# output of scripts/tap. A failed test may say more after its name and a colon.
# Where the reason begins with "sometimes" the test may also pass.

# The name of the test of a line, as it is listed, or "".
function listed(line,    name)
{
	sub(/^(not )?ok +[0-9]+ +(- )?/, "", line)
	for (name in reason)
		if (line == name || index(line, name ": ") == 1)
			return name
	return ""
}

# What is written down for the program that begins.
function read_reasons(    i)
{
	for (i in reason)
		delete reason[i]
	for (i = 1; i <= lines; i++) {
		split(line[i], word, / [|] /)
		if (word[1] == program)
			reason[word[2]] = word[3]
	}
}

# A program of its own, since those that were run have a plan.
function complain_of_rest(    name)
{
	for (name in reason)
		if (reason[name] !~ /^sometimes/)
			printf "# begin differences\nnot ok 1 %s: %s was not run\n" \
				"1..1\n# end differences 1\n", program, name
}

FNR == NR {
	if (/^[^#]/)
		line[++lines] = $0
	next
}

/^# begin / {
	program = $3
	failed = excused = excusing = 0
	read_reasons()
}

/^(not )?ok / {
	excusing = 0
	name = listed($0)
}

/^not ok / && name != "" {
	sub(/^not /, "")
	$0 = $0 " (differs: " reason[name] ")"
	delete reason[name]
	excusing = excused = 1
	print
	next
}

/^ok / && name != "" && reason[name] !~ /^sometimes/ {
	$0 = "not " $0 " (passes, and should differ: " reason[name] ")"
	delete reason[name]
}

/^not ok / {
	failed = 1
}

# Programs exit as if they had failed for what is excused, too.
/^# end / {
	if ($4 == 1 && excused && !failed)
		$4 = 0
	print
	complain_of_rest()
	next
}

# The diagnostics of what is excused would be taken for a failure's.
excusing && !/^1\.\./ {
	next
}

{
	print
}
