// SPDX-License-Identifier: GPL-2.0-or-later
#include "number.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char units[] = "KMGT";

static int digit(char c, unsigned base)
{
	int value = -1;

	if (c >= '0' && c <= '9')
		value = c - '0';
	else if (c >= 'a' && c <= 'f')
		value = c - 'a' + 10;
	else if (c >= 'A' && c <= 'F')
		value = c - 'A' + 10;
	return value < (int)base ? value : -1;
}

static bool refuse(const char **why, const char *reason)
{
	*why = reason;
	return false;
}

/* Reads digits and a unit, and leaves @text behind them. */
static bool scan(const char **text, uint64_t *value, const char **why)
{
	const char *s = *text, *unit;
	unsigned base = 10;
	uint64_t sum = 0;

	if (!*s)
		return refuse(why, "it is empty");
	if (*s == '-' || *s == '+')
		return refuse(why, "it must not have a sign");
	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		base = 16;
		s += 2;
	} else if (s[0] == '0' && digit(s[1], 10) >= 0) {
		return refuse(why,
			      "a leading zero is ambiguous, octal is 0x here");
	}
	if (digit(*s, base) < 0)
		return refuse(why, "it needs digits, or 0x and hex digits");
	for (; digit(*s, base) >= 0; s++)
		if (__builtin_mul_overflow(sum, base, &sum) ||
		    __builtin_add_overflow(sum, digit(*s, base), &sum))
			return refuse(why, "it does not fit into 64 bits");
	unit = *s ? strchr(units, toupper((unsigned char)*s)) : NULL;
	if (unit) {
		unsigned shift = 10 * (unsigned)(unit - units + 1);

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
