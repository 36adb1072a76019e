/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the tables of requests and their fields are written down. */
#ifndef CLI_REQUEST_TABLE_H
#define CLI_REQUEST_TABLE_H

#include "requests.h"

#define FIELD(type, member, what, ...)                                    \
	{                                                                 \
		.name = #member, .kind = what,                            \
		.offset = offsetof(struct type, member),                  \
		.size = sizeof(((struct type *)0)->member), ##__VA_ARGS__ \
	}
#define U16(type, member) FIELD(type, member, FIELD_U16)
#define U32(type, member) FIELD(type, member, FIELD_U32)
#define S32(type, member) FIELD(type, member, FIELD_S32)
#define U64(type, member) FIELD(type, member, FIELD_U64)
#define FLAGS(type, member, names) \
	FIELD(type, member, FIELD_FLAGS, .flags = names)
/* An object's. */
#define ID(type, member) FIELD(type, member, FIELD_ID)
/* Of use only with the memory that it points into. */
#define POINTER(type, member) \
	FIELD(type, member, FIELD_U64, .role = FIELD_POINTER)
/* What the kernel fills in. */
#define OUT(type, member, what) FIELD(type, member, what, .role = FIELD_ANSWER)
#define OUT_FLAGS(type, member, names) \
	FIELD(type, member, FIELD_FLAGS, .role = FIELD_ANSWER, .flags = names)
#define MADE(type, member, object) \
	FIELD(type, member, FIELD_ID, .role = FIELD_ANSWER, .makes = OF(object))

/*
 * Each makes the name of its ioctl itself: what passes a macro on is expanded.
 */
#define REQUEST_FIELDS(...)              \
	.fields = (const struct field[]) \
	{                                \
		__VA_ARGS__,             \
		{                        \
		}                        \
	}
#define REQUEST(ioctl, type, first, why, ...)                                \
	{                                                                    \
		.name = #ioctl, .number = ioctl, .since = first,             \
		.layout = #type, .size = sizeof(struct type), .sized = true, \
		.explain = why, REQUEST_FIELDS(__VA_ARGS__),                 \
	}
/* VFIO's: more may follow the struct, if @more, within the size it claims. */
#define VFIO_REQUEST(node, ioctl, type, first, more, why, ...)               \
	{                                                                    \
		.name = #ioctl, .number = ioctl, .since = first, .on = node, \
		.layout = #type, .size = sizeof(struct type), .sized = true, \
		.tail = more, .explain = why, REQUEST_FIELDS(__VA_ARGS__),   \
	}
/* The struct does not say how long it is. */
#define PLAIN_REQUEST(node, ioctl, type, first, ...)                         \
	{                                                                    \
		.name = #ioctl, .number = ioctl, .since = first, .on = node, \
		.layout = #type, .size = sizeof(struct type),                \
		REQUEST_FIELDS(__VA_ARGS__),                                 \
	}
/* Its argument is a number, shown as if it were a struct's field. */
#define VALUE_REQUEST(node, ioctl, first, why, ...)                          \
	{                                                                    \
		.name = #ioctl, .number = ioctl, .since = first, .on = node, \
		.size = sizeof(struct vfio_value), .by_value = true,         \
		.explain = why, REQUEST_FIELDS(__VA_ARGS__),                 \
	}
#define VALUE(what)                                           \
	{                                                     \
		.name = what, .kind = FIELD_U64,              \
		.offset = offsetof(struct vfio_value, value), \
		.size = sizeof(__u64)                         \
	}
#define LAYOUT(type, bytes) \
	_Static_assert(sizeof(struct type) == (bytes), "not Linux's " #type)

#endif
