# SPDX-License-Identifier: GPL-2.0-or-later
#
# Makes the table of tests/bench/run out of the file asked-for, which comes
# first, and of NAME.txt and NAME.flushes.txt for each thing measured.

# The fields from one on.
function rest(field,    text)
{
	for (; field <= NF; field++)
		text = text (text == "" ? "" : " ") $field
	return text
}

function measured(what, case_, op)
{
	return (what, case_, op) in value ? value[what, case_, op] : ""
}

# 1234567 as 1,234,567
function grouped(number,    text)
{
	text = sprintf("%d", number)
	while (match(text, /[0-9][0-9][0-9][0-9](,|$)/))
		text = substr(text, 1, RSTART) "," substr(text, RSTART + 1)
	return text
}

# Of a case that is asked for as "+N%": by how much it is over the case before.
function shown(what, i, op,    number, base)
{
	number = measured(what, name[i], op)
	if (number == "")
		return "-"
	if (asked[i, op] !~ /^\+/)
		return grouped(number)
	base = measured(what, name[i - 1], op)
	return sprintf("%+.1f%%", 100 * (number - base) / base)
}

function verdict(i, op,    limit, got)
{
	limit = asked[i, op]
	got = shown("ours", i, op)
	if (limit == "-")
		return ""
	gsub(/,/, "", got)
	return got != "-" && got + 0 <= limit + 0 ? "reached" : "missed"
}

function row(i, op, title, unit,    limit)
{
	limit = asked[i, op]
	printf "%-40s %-7s %11s %11s %11s %11s %11s  %s\n", title, unit, \
		limit ~ /^[0-9]/ ? grouped(limit) : limit, shown("linux", i, op), \
		shown("type1", i, op), shown("ours", i, op), shown("mock", i, op), \
		verdict(i, op)
}

FNR == 1 {
	what = FILENAME
	sub(/.*\//, "", what)
	sub(/\.txt$/, "", what)
	of_flushes = sub(/\.flushes$/, "", what)
}

/^#/ {
	next
}

what == "asked-for" {
	name[++cases] = $1
	asked[cases, "MAP"] = $2
	asked[cases, "UNMAP"] = $3
	asked[cases, "flushes"] = $4
	title[cases] = rest(5)
	next
}

of_flushes {
	value[what, $1, "flushes"] = $2
	next
}

{
	value[what, $1, "MAP"] = $2
	value[what, $1, "UNMAP"] = $3
}

END {
	printf "%-40s %-7s %11s %11s %11s %11s %11s\n", "instructions", "", \
		"asked for", "Linux", "type1", "ours", "ours, mock"
	for (i = 1; i <= cases; i++) {
		if (name[i] ~ /^memory/) {
			row(i, "MAP", title[i], "bytes")
			continue
		}
		if (name[i] == "no-request") {
			row(i, "MAP", title[i], "")
			continue
		}
		row(i, "MAP", title[i], "MAP")
		row(i, "UNMAP", "", "UNMAP")
		if (asked[i, "flushes"] != "-")
			row(i, "flushes", "", "flushes")
	}
}
