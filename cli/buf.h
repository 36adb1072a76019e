/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A growing run of bytes, and memory that is there or the program is not:
 * for the small things only. What a user's number makes large is allocated
 * where a refusal can be answered.
 */
#ifndef CLI_BUF_H
#define CLI_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

struct buf {
	char *data;
	size_t len, cap;
};

void *mem_realloc(void *old, size_t size);
char *mem_strdup(const char *text);
char *mem_vasprintf(const char *format, va_list args)
	__attribute__((format(printf, 1, 0)));
char *mem_asprintf(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* Where there is no room: for buf_reserve(). */
void buf_grow(struct buf *b, size_t more);
void buf_puts(struct buf *b, const char *text);
void buf_pad(struct buf *b, size_t count);
void buf_printf(struct buf *b, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));
/* The content as a string; the buffer stays the owner. */
const char *buf_text(struct buf *b);
void buf_drop(struct buf *b, size_t count);
void buf_free(struct buf *b);

/* A script is copied through these, a word and a byte at a time. */
static inline void buf_reserve(struct buf *b, size_t more)
{
	if (b->cap - b->len < more)
		buf_grow(b, more);
}

static inline void buf_add(struct buf *b, const void *data, size_t len)
{
	if (!len)
		return;
	buf_reserve(b, len);
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

static inline void buf_putc(struct buf *b, char c)
{
	buf_reserve(b, 1);
	b->data[b->len++] = c;
}

#endif
