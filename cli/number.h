/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers as people write them: 4096, 0x1000, 64K, 2M, 1G, 4T, and START-LAST
 * for a range, whose last address is inclusive. Nothing is guessed: a sign, a
 * leading zero (octal or not?), an overflow or a stray letter is refused, and
 * @why says which in words that continue "not a number: ...".
 */
#ifndef CLI_NUMBER_H
#define CLI_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

bool number_parse(const char *text, uint64_t *value, const char **why);
bool range_parse(const char *text, uint64_t *start, uint64_t *last,
		 const char **why);

#define NUMBER_HUMAN_SIZE 24
/* 2097152 is "2M"; what is not a whole number of units stays in bytes. */
const char *number_human(uint64_t bytes, char out[static NUMBER_HUMAN_SIZE]);

#endif
