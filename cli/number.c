// SPDX-License-Identifier: GPL-2.0-or-later
#include "number.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const unsigned char digits[256] = {
	['0'] = 1,  ['1'] = 2,	['2'] = 3,  ['3'] = 4,	['4'] = 5,  ['5'] = 6,
	['6'] = 7,  ['7'] = 8,	['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
	['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
	['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

/* The value of a digit, or one that no base has. */
static inline unsigned digit(char c)
{
	return digits[(unsigned char)c] - 1u;
}

static unsigned unit_shift(char c)
{
	switch (c) {
	case 'K':
	case 'k':
		return 10;
	case 'M':
	case 'm':
		return 20;
	case 'G':
	case 'g':
		return 30;
	case 'T':
	case 't':
		return 40;
	default:
		return 0;
	}
}

static bool refuse(const char **why, const char *reason)
{
	*why = reason;
	return false;
}

/* Reads digits and a unit, and leaves @text behind them. */
static bool scan(const char **text, uint64_t *value, const char **why)
{
	const char *s = *text;
	unsigned base = 10, shift;
	uint64_t sum = 0;

	if (!*s)
		return refuse(why, "it is empty");
	if (*s == '-' || *s == '+')
		return refuse(why, "it must not have a sign");
	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		base = 16;
		s += 2;
	} else if (s[0] == '0' && digit(s[1]) < 10) {
		return refuse(why,
			      "a leading zero is ambiguous, octal is 0x here");
	}
	if (digit(*s) >= base)
		return refuse(why, "it needs digits, or 0x and hex digits");
	for (unsigned value; (value = digit(*s)) < base; s++)
		if (__builtin_mul_overflow(sum, base, &sum) ||
		    __builtin_add_overflow(sum, value, &sum))
			return refuse(why, "it does not fit into 64 bits");
	shift = unit_shift(*s);
	if (shift) {
		if (sum > UINT64_MAX >> shift)
			return refuse(why, "it does not fit into 64 bits");
		sum <<= shift;
		s++;
	}
	*text = s;
	*value = sum;
	return true;
}

bool number_parse(const char *text, uint64_t *value, const char **why)
{
	if (!scan(&text, value, why))
		return false;
	if (*text)
		return refuse(
			why,
			"it goes on after the number; units are K, M, G and T");
	return true;
}

bool range_parse(const char *text, uint64_t *start, uint64_t *last,
		 const char **why)
{
	if (!scan(&text, start, why))
		return false;
	if (*text++ != '-')
		return refuse(why, "a range is START-LAST");
	if (!number_parse(text, last, why))
		return false;
	if (*start > *last)
		return refuse(why, "the last address lies before the first");
	return true;
}

const char *number_human(uint64_t bytes, char out[static NUMBER_HUMAN_SIZE])
{
	static const char units[] = "KMGT";
	unsigned shift = 0, unit = 0;

	while (bytes && unit < sizeof(units) - 1 &&
	       !(bytes & ((UINT64_C(1) << (shift + 10)) - 1))) {
		shift += 10;
		unit++;
	}
	if (unit)
		snprintf(out, NUMBER_HUMAN_SIZE, "%" PRIu64 "%c",
			 bytes >> shift, units[unit - 1]);
	else
		snprintf(out, NUMBER_HUMAN_SIZE, "%" PRIu64, bytes);
	return out;
}
