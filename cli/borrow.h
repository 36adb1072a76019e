/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A copy of another process's descriptor of /dev/iommu, to ask it something. A
 * copy keeps all that is mapped and attached alive, also when its owner closes
 * it or ends. So it is held for the few requests of a look and no longer, no
 * program that is run inherits it, and Ctrl-Z waits until it is given back.
 */
#ifndef CLI_BORROW_H
#define CLI_BORROW_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "failure.h"

struct borrow {
	pid_t pid;
	int pidfd; /* -1: this kernel has none */
	dev_t iommu; /* the number of /dev/iommu's node, or 0 */
	int fd; /* the copy, or -1 */
	sigset_t mask; /* of signals, while there is one */
};

/*
 * Fails when there is no such process. Another one that gets its number later
 * is not taken for it. @device: a node that is an iommufd's as well, or NULL.
 */
enum status borrow_begin(struct borrow *b, pid_t pid, const char *device,
			 struct failure *f);
void borrow_end(struct borrow *b);
/* Has the process ended, or is about to? */
bool borrow_ended(const struct borrow *b);

/* Why its descriptors cannot be looked at, as errno says. */
enum status borrow_refused(const struct borrow *b, struct failure *f);
/* Is its descriptor an iommufd? Says what else it is, or why that is unknown. */
enum status borrow_check(const struct borrow *b, unsigned fd,
			 struct failure *f);
/* Makes b->fd a copy of it; to be undone as soon as can be. */
enum status borrow_take(struct borrow *b, unsigned fd, struct failure *f);
void borrow_return(struct borrow *b);

#endif
