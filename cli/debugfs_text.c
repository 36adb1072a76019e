// SPDX-License-Identifier: GPL-2.0-or-later
/* The lines of the files in debugfs: all that is known of their form. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "debugfs.h"
#include "iommu.h"

#define PAGE UINT64_C(4096)

/* A word of a line, and the place behind it. */
struct word {
	const char *text;
	size_t length;
};

static bool next(const char **at, struct word *word)
{
	*at += strspn(*at, " \t");
	word->text = *at;
	word->length = strcspn(*at, " \t\n");
	*at += word->length;
	return word->length;
}

static bool is(const struct word *word, const char *text)
{
	return word->length == strlen(text) &&
	       !memcmp(word->text, text, word->length);
}

/* The value of key=value, in a line behind its first words. */
static bool value_of(const char *line, const char *key, struct word *value)
{
	size_t length = strlen(key);

	while (next(&line, value)) {
		if (value->length <= length || value->text[length] != '=' ||
		    memcmp(value->text, key, length))
			continue;
		value->text += length + 1;
		value->length -= length + 1;
		return true;
	}
	return false;
}

/* A number that begins at @text; NULL if none does, or where it ends. */
static const char *number(const char *text, int base, uint64_t *value)
{
	bool hex = base == 16;
	char *end;

	if (hex && strncmp(text, "0x", 2))
		return NULL;
	text += hex ? 2 : 0;
	if (!strchr(hex ? "0123456789abcdef" : "0123456789", *text) || !*text)
		return NULL;
	errno = 0;
	*value = strtoull(text, &end, base);
	return errno ? NULL : end;
}

static bool is_number(const struct word *word, int base, uint64_t *value)
{
	return number(word->text, base, value) == word->text + word->length;
}

/* 0xSTART-0xLAST */
static bool is_range(const struct word *word, struct iommu_iova_range *range)
{
	uint64_t start, last;
	const char *end = number(word->text, 16, &start);

	if (!end || *end != '-')
		return false;
	end = number(end + 1, 16, &last);
	*range = (struct iommu_iova_range){ start, last };
	return end == word->text + word->length && start <= last;
}

static json_t *number_json(const char *line, const char *key)
{
	struct word word;
	uint64_t value;

	if (!value_of(line, key, &word) || !is_number(&word, 10, &value) ||
	    value > INT64_MAX)
		return json_null();
	return json_integer((json_int_t)value);
}

/* Ids begin at 1: 0 is none. */
static json_t *id_json(const char *line, const char *key)
{
	json_t *json = number_json(line, key);

	if (!json_integer_value(json)) {
		json_decref(json);
		json = json_null();
	}
	return json;
}

static bool is_octal(const char *text)
{
	for (int i = 0; i < 3; i++)
		if (text[i] < '0' || text[i] > '7')
			return false;
	return true;
}

char *debugfs_unescape(const char *word, size_t length)
{
	struct buf text = { 0 };

	for (size_t i = 0; i < length; i++) {
		if (word[i] == '\\' && length - i > 3 &&
		    is_octal(word + i + 1)) {
			buf_putc(&text,
				 (char)strtoul((char[]){ word[i + 1],
							 word[i + 2],
							 word[i + 3], 0 },
					       NULL, 8));
			i += 3;
		} else {
			buf_putc(&text, word[i]);
		}
	}
	buf_putc(&text, '\0');
	return text.data;
}

static json_t *word_json(const struct word *word)
{
	char *text = debugfs_unescape(word->text, word->length);
	json_t *json = json_text(text);

	free(text);
	return json;
}

static json_t *text_json(const char *line, const char *key)
{
	struct word word;

	return value_of(line, key, &word) ? word_json(&word) : json_null();
}

/*
 * Calls @read for each line, without its end, and counts those that it does not
 * take; the last one counts only when it has an end.
 */
static void each_line(const char *text, bool (*read)(const char *, json_t *),
		      json_t *list, unsigned *odd)
{
	const char *end;

	for (; *text; text = end + 1) {
		char *line;

		end = strchr(text, '\n');
		if (!end) {
			++*odd;
			return;
		}
		line = strndup(text, (size_t)(end - text));
		if (!read(line, list))
			++*odd;
		free(line);
	}
}

/* ID KIND key=value ... */
static bool read_object(const char *line, json_t *list)
{
	struct word id, kind;
	json_t *automatic;
	uint64_t value;

	if (!next(&line, &id) || !is_number(&id, 10, &value) || !value ||
	    value > UINT32_MAX || !next(&line, &kind))
		return false;
	automatic = number_json(line, "automatic");
	json_array_append_new(
		list,
		json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id",
			  (json_int_t)value, "kind", word_json(&kind), "users",
			  number_json(line, "users"), "ioas_id",
			  id_json(line, "ioas"), "parent_id",
			  id_json(line, "parent"), "hwpt_id",
			  id_json(line, "hwpt"), "automatic",
			  json_is_null(automatic)
				  ? json_null()
				  : json_boolean(json_integer_value(automatic)),
			  "name", text_json(line, "name"), "group",
			  number_json(line, "group")));
	json_decref(automatic);
	return true;
}

json_t *debugfs_parse_objects(const char *text, unsigned *odd)
{
	json_t *list = json_array();

	each_line(text, read_object, list, odd);
	return list;
}

/* Bytes of a size as 4K, 2M or 1G. */
static const char *page_size_of(const char *text, uint64_t *size)
{
	static const char units[] = "KMGTPE";
	const char *end = number(text, 10, size), *unit;

	unit = end && *end ? strchr(units, *end) : NULL;
	if (!unit)
		return end;
	if (*size > UINT64_MAX >> 10 * (unit - units + 1))
		return NULL;
	*size <<= 10 * (unit - units + 1);
	return end + 1;
}

/* SIZE:COUNT,SIZE:COUNT or - */
static json_t *ioptes_json(const char *line)
{
	json_t *list = json_array();
	uint64_t size, count;
	struct word word;
	const char *at;

	if (!value_of(line, "ioptes", &word))
		goto unknown;
	if (is(&word, "-"))
		return list;
	for (at = word.text;; at++) {
		at = page_size_of(at, &size);
		at = at && *at == ':' ? number(at + 1, 10, &count) : NULL;
		if (!at || count > INT64_MAX)
			goto unknown;
		json_array_append_new(list, json_pack("{s:o, s:I}", "size",
						      json_hex64(size), "count",
						      (json_int_t)count));
		if (at == word.text + word.length)
			return list;
		if (*at != ',')
			goto unknown;
	}
unknown:
	json_decref(list);
	return json_null();
}

/* PID:0xADDRESS */
static json_t *memory_json(const char *line)
{
	uint64_t pid, address;
	struct word word;
	const char *end;

	if (!value_of(line, "memory", &word))
		return json_null();
	end = number(word.text, 10, &pid);
	end = end && *end == ':' ? number(end + 1, 16, &address) : NULL;
	if (end != word.text + word.length || pid > INT32_MAX)
		return json_null();
	return json_pack("{s:o, s:o}", "pid",
			 pid ? json_integer((json_int_t)pid) : json_null(),
			 "address", json_hex64(address));
}

static json_t *pinned_json(const char *line)
{
	json_t *pages = number_json(line, "pinned");
	uint64_t count = (uint64_t)json_integer_value(pages);
	bool known = !json_is_null(pages) && count <= UINT64_MAX / PAGE;

	json_decref(pages);
	return known ? json_hex64(count * PAGE) : json_null();
}

/* 0xIOVA-0xLAST key=value ... */
static bool read_area(const char *line, json_t *list)
{
	struct word word, access = { "", 0 };
	struct iommu_iova_range range;

	if (!next(&line, &word) || !is_range(&word, &range) ||
	    range.last - range.start == UINT64_MAX)
		return false;
	value_of(line, "access", &access);
	json_array_append_new(
		list,
		json_pack("{s:o, s:o, s:b, s:b, s:o, s:o, s:o, s:o, s:o, s:o}",
			  "iova", json_hex64(range.start), "length",
			  json_hex64(range.last - range.start + 1), "readable",
			  memchr(access.text, 'r', access.length) != NULL,
			  "writeable",
			  memchr(access.text, 'w', access.length) != NULL,
			  "memory", memory_json(line), "pinned_bytes",
			  pinned_json(line), "runs", number_json(line, "runs"),
			  "ioptes", ioptes_json(line), "accesses",
			  number_json(line, "accesses"), "backing",
			  text_json(line, "backing")));
	return true;
}

json_t *debugfs_parse_areas(const char *text, unsigned *odd)
{
	json_t *list = json_array();

	each_line(text, read_area, list, odd);
	return list;
}

/* reserved 0xSTART-0xLAST key=value ... or allowed 0xSTART-0xLAST */
static bool read_range(const char *line, json_t *lists)
{
	struct iommu_iova_range range;
	struct word what, word;
	json_t *one;

	if (!next(&line, &what) || !next(&line, &word) ||
	    !is_range(&word, &range))
		return false;
	one = json_range(&range);
	if (is(&what, "allowed")) {
		json_array_append_new(json_object_get(lists, "allowed"), one);
		return true;
	}
	json_object_set_new(one, "owner", text_json(line, "owner"));
	json_object_set_new(one, "kind", text_json(line, "kind"));
	if (is(&what, "reserved"))
		json_array_append(json_object_get(lists, "reserved"), one);
	json_decref(one);
	return is(&what, "reserved");
}

json_t *debugfs_parse_reserved(const char *text, json_t *allowed, unsigned *odd)
{
	json_t *reserved = json_array();
	json_t *lists = json_pack("{s:o, s:O}", "reserved", reserved, "allowed",
				  allowed);

	json_incref(reserved);
	each_line(text, read_range, lists, odd);
	json_decref(lists);
	return reserved;
}
