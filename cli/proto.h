/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a session and its clients say to each other over a stream socket.
 *
 *	session			client
 *	HELLO			who it is, or why it cannot serve
 *				RUN: lines of a script, and with them, as a
 *				passed descriptor, the client's directory
 *	RESULT ...		one for each line that has something to say
 *	DONE			how far it got
 *	BYE			at any time: it was stopped
 *
 * Then the client may send the next RUN. Numbers are in host order: both
 * ends are the same machine. Every message has the version in its head, so
 * that a session and a tool of different times notice.
 */
#ifndef CLI_PROTO_H
#define CLI_PROTO_H

#include <stddef.h>
#include <stdint.h>

struct buf;

#define PROTO_VERSION 1
/* More than any line needs: a session takes no larger request. */
#define PROTO_MAX (64u << 20)
/* A key of an error: the part of the result that there is all the same. */
#define PROTO_BESIDE "beside"

enum message_type {
	MESSAGE_HELLO = 1, /* JSON: name, pid, device, taken, error */
	MESSAGE_RUN, /* struct run_head, perhaps variables, text */
	MESSAGE_RESULT, /* struct result_head, name, JSON; see PROTO_BESIDE */
	MESSAGE_DONE, /* struct done_head, perhaps changed variables */
	MESSAGE_BYE, /* nothing */
};

struct message_head {
	uint16_t version;
	uint16_t type;
	uint32_t length; /* of what follows */
};

enum {
	RUN_QUIET = 1 << 0,
	RUN_KEEP_GOING = 1 << 1,
	RUN_FINAL = 1 << 2,
	RUN_VARS = 1 << 3, /* in front of the text: a length, and variables */
};

struct run_head {
	uint32_t flags;
	uint32_t line;
};

struct result_head {
	uint32_t line;
	uint8_t status;
	uint8_t json;
	uint16_t name_length;
};

struct done_head {
	uint64_t used; /* bytes of the text */
	uint32_t line; /* of what follows them */
	uint8_t step; /* enum step, the last one */
	uint8_t ending; /* the session ends when this client leaves */
	uint8_t pad[2];
};

/* Adds a message whose content is up to three parts. */
struct part {
	const void *data;
	size_t length;
};
void proto_put(struct buf *out, enum message_type type,
	       const struct part parts[static 3]);

#endif
