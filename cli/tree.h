/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command tree: every command, argument and option of the tool, as static
 * data. Parsing, usage, help, completion and the dump that the tests compare
 * with the manual all walk it, so none of them can tell another story.
 */
#ifndef CLI_TREE_H
#define CLI_TREE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "failure.h"

struct block;
struct context;
struct parsed;

/* What a value is; that decides how it is read and how it is completed. */
enum kind {
	KIND_FLAG, /* an option without a value */
	KIND_TEXT,
	KIND_PATH,
	KIND_SIZE, /* 64 bits, bytes */
	KIND_ADDRESS, /* 64 bits */
	KIND_NUMBER, /* 64 bits */
	KIND_ID, /* 32 bits, an object of the session; or its name */
	KIND_NAME, /* for an object that is made */
	KIND_RANGE, /* START-LAST */
	KIND_CHOICE, /* one of .choices */
	KIND_COMMAND, /* a word of a command's name */
	KIND_SESSION,
	KIND_LINE, /* the words of another line */
	KIND_IOCTL, /* the name of one, or its number */
	KIND_PCI, /* a PCI device's address */
	KIND_GROUP, /* the number of an IOMMU group */
	KIND_TARGET, /* a device of VFIO's: its address, node or group */
	KIND_PID, /* a process */
	KIND_FD, /* a descriptor of the process that the line names */
};

struct arg {
	const char *name;
	enum kind kind;
	const char *const *choices;
	unsigned objects; /* of a KIND_ID: OF() the kinds; 0 is any */
	bool optional;
	bool many; /* takes all that follow; only the last may */
	bool rest; /* of many: they are of another command, options and all */
	const char *help;
};

struct opt {
	const char *name;
	char letter;
	enum kind kind;
	const char *metavar;
	const char *const *choices;
	unsigned objects;
	const char *preset; /* what holds without it, in words */
	const char *implied; /* its value without "=": no word is taken */
	bool many;
	const char *help;
};

/* Where a command can run, and whether it is shown. */
enum {
	CMD_CLIENT = 1 << 0, /* never in a session's process */
	CMD_DEVICE = 1 << 1, /* needs the descriptor */
	CMD_MAKES = 1 << 2, /* starts the default session if there is none */
	CMD_HIDDEN = 1 << 3,
	CMD_RARE = 1 << 4, /* few need it: a name in the list */
};

struct answer {
	bool wanted; /* somebody will look at the result */
	json_t *result;
	bool later; /* there is nothing yet: the line is to be run again soon */
	bool told; /* the command has said it itself: no result follows */
	bool partial; /* the result is worth showing beside a failure */
	struct failure fail;
};

struct command {
	const char *name;
	const char *summary;
	/* Ends with NULL. With .run, the command does without, too. */
	const struct command *const *sub;
	const struct arg *args; /* end with one without a name */
	const struct opt *opts;
	unsigned flags;
	enum status (*run)(struct context *ctx, const struct parsed *p,
			   struct answer *a);
	const struct block *view; /* how the result looks as text */
	/* Where in the result is what `$NAME =` keeps; NULL: nowhere. */
	const char *value;
};

/* Options of the command line itself. */
enum global {
	G_JSON,
	G_SESSION,
	G_NO_SESSION,
	G_FD,
	G_DEVICE,
	G_COMMAND,
	G_BATCH,
	G_KEEP_GOING,
	G_QUIET,
	G_COLOR,
	G_HELP,
	G_VERSION,
	G_COUNT,
};

extern const struct opt globals[];
extern const struct command root;

/* The command below @parent with exactly this name, or NULL. */
const struct command *command_sub(const struct command *parent,
				  const char *name);
/* The command of a full name such as "ioas map", or NULL. */
const struct command *command_find(const char *path);

#endif
