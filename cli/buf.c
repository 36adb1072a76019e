// SPDX-License-Identifier: GPL-2.0-or-later
#include "buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *mem_realloc(void *old, size_t size)
{
	void *memory = realloc(old, size ? size : 1);

	if (!memory) {
		fputs("iommufdctl: out of memory\n", stderr);
		abort();
	}
	return memory;
}

char *mem_strdup(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(mem_realloc(NULL, size), text, size);
}

char *mem_vasprintf(const char *format, va_list args)
{
	struct buf b = { 0 };

	buf_vprintf(&b, format, args);
	buf_text(&b);
	return b.data;
}

char *mem_asprintf(const char *format, ...)
{
	char *text;
	va_list args;

	va_start(args, format);
	text = mem_vasprintf(format, args);
	va_end(args);
	return text;
}

void buf_grow(struct buf *b, size_t more)
{
	size_t cap = b->cap ? b->cap : 64;

	while (cap - b->len < more)
		cap *= 2;
	b->data = mem_realloc(b->data, cap);
	b->cap = cap;
}

void buf_puts(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void buf_pad(struct buf *b, size_t count)
{
	if (!count)
		return;
	buf_reserve(b, count);
	memset(b->data + b->len, ' ', count);
	b->len += count;
}

void buf_vprintf(struct buf *b, const char *format, va_list args)
{
	va_list again;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (len < 0)
		return;
	buf_reserve(b, (size_t)len + 1);
	vsnprintf(b->data + b->len, (size_t)len + 1, format, args);
	b->len += (size_t)len;
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buf_vprintf(b, format, args);
	va_end(args);
}

const char *buf_text(struct buf *b)
{
	buf_reserve(b, 1);
	b->data[b->len] = '\0';
	return b->data;
}

void buf_drop(struct buf *b, size_t count)
{
	b->len -= count;
	if (count && b->len)
		memmove(b->data, b->data + count, b->len);
}

void buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ 0 };
}
