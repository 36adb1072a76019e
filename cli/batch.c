// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Scripts from files. Lines are run as they arrive, in large pieces: a pipe
 * that waits for an answer gets it, and a file of many lines costs the
 * session no more than a few messages.
 */
#include "shell.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nest.h"

#define PIECE (256 << 10)
/* Room for the head, so that even a line of the largest size is accepted. */
#define LINE_MAX_SIZE (PROTO_MAX - 4096)
#define DEEPEST 32

/* A file whose lines are being run, and whose line has named it. */
struct shell_script {
	dev_t device;
	ino_t number;
	unsigned depth;
	const struct shell_script *by;
};

/* Waits for a piece, or for Ctrl-C at the prompt; that reads as an error. */
static ssize_t read_piece(int fd, struct buf *b)
{
	ssize_t got;

	buf_reserve(b, PIECE);
	do {
		if (!link_wait(fd, POLLIN, -1)) {
			errno = EINTR;
			return -1;
		}
		got = read(fd, b->data + b->len, b->cap - b->len);
	} while (got < 0 && (errno == EINTR || errno == EAGAIN));
	return got;
}

static void run_pieces(struct shell *sh, int fd, struct failure *f)
{
	struct buf b = { 0 };
	unsigned line = 1;
	ssize_t got = 1;

	while (got > 0 && !sh->stopped && !sh->output_failed) {
		got = read_piece(fd, &b);
		if (got < 0 && link_interrupted)
			fail(f, "%s: interrupted", sh->source);
		else if (got < 0)
			fail_errno(f, "%s cannot be read", sh->source);
		if (got < 0)
			break;
		/* A line of megabytes is not looked at with each piece of it. */
		b.len += (size_t)got;
		if (!got || memchr(b.data + b.len - got, '\n', (size_t)got))
			buf_drop(&b,
				 shell_feed(sh, b.data, b.len, !got, &line));
		if (b.len > LINE_MAX_SIZE) {
			fail(f, "%s: line %u has more than %u bytes",
			     sh->source, line, LINE_MAX_SIZE);
			break;
		}
	}
	buf_free(&b);
}

/* The lines of @fd, unless they are being run already. */
static void run_script(struct shell *sh, int fd, struct failure *f)
{
	struct shell_script here = { .by = sh->script, .depth = 1 };
	struct stat st;

	if (!fstat(fd, &st)) {
		here.device = st.st_dev;
		here.number = st.st_ino;
	}
	if (here.by)
		here.depth = here.by->depth + 1;
	for (const struct shell_script *s = here.by; s; s = s->by)
		if (s->number == here.number && s->device == here.device)
			fail(f,
			     "%s is being run already; a script that sources itself would never end",
			     sh->source);
	if (here.depth > DEEPEST)
		fail(f, "%s: scripts source each other %u deep", sh->source,
		     DEEPEST);
	if (f->status)
		return;
	sh->script = &here;
	run_pieces(sh, fd, f);
	sh->script = here.by;
}

void batch_run(struct shell *sh, const char *path)
{
	bool standard = !strcmp(path, "-");
	int fd = STDIN_FILENO;
	struct failure f = { 0 };

	sh->mode = SHELL_SCRIPT;
	sh->source = standard ? "<stdin>" : path;
	print_begin(sh);
	if (!standard)
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail_errno(&f, "%s", path);
	else
		run_script(sh, fd, &f);
	if (f.status)
		print_failure(sh, &f);
	print_end(sh);
	if (fd > STDIN_FILENO)
		close(fd);
	failure_free(&f);
}

enum status batch_source(struct shell *sh, const char *path, struct failure *f)
{
	/* A FIFO that nobody writes to must not keep Ctrl-C from its work. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct nest nest;

	if (fd < 0)
		return fail_errno(f, "%s", path);
	nest_begin(&nest, sh, SHELL_SCRIPT, path);
	run_script(sh, fd, f);
	nest_end(&nest, sh);
	close(fd);
	return f->status;
}
