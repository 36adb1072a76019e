// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers and ranges: what is read is what is written for people again. */
#include "fuzz.h"

#include <string.h>

#include "names.h"
#include "number.h"

static void check_number(const char *text)
{
	char human[NUMBER_HUMAN_SIZE];
	const char *why = NULL;
	uint64_t value = 0, again = 0;

	if (!number_parse(text, &value, &why)) {
		MUST(why && *why);
		return;
	}
	MUST(number_parse(number_human(value, human), &again, &why));
	MUST(value == again);
	/* No name can be taken for a number. */
	MUST(!name_check(text, &why));
}

static void check_range(const char *text)
{
	const char *why = NULL;
	uint64_t start = 1, last = 0;

	if (range_parse(text, &start, &last, &why))
		MUST(start <= last);
	else
		MUST(why && *why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	memcpy(text, data, size);
	text[size] = '\0';
	check_number(text);
	check_range(text);
	free(text);
	return 0;
}
