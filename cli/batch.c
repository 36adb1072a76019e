// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Scripts from files. Lines are run as they arrive, in large pieces: a pipe
 * that waits for an answer gets it, and a file of many lines costs the
 * session no more than a few messages.
 */
#include "shell.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PIECE (256 << 10)
/* Room for the head, so that even a line of the largest size is accepted. */
#define LINE_MAX_SIZE (PROTO_MAX - 4096)

static ssize_t read_piece(int fd, struct buf *b)
{
	ssize_t got;

	buf_reserve(b, PIECE);
	do
		got = read(fd, b->data + b->len, b->cap - b->len);
	while (got < 0 && errno == EINTR);
	if (got > 0)
		b->len += (size_t)got;
	return got;
}

static void run_pieces(struct shell *sh, int fd, struct failure *f)
{
	struct buf b = { 0 };
	unsigned line = 1;
	ssize_t got = 1;

	while (got > 0 && !sh->stopped && !sh->output_failed) {
		got = read_piece(fd, &b);
		if (got < 0)
			fail_errno(f, "%s cannot be read", sh->source);
		else
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
		run_pieces(sh, fd, &f);
	if (f.status)
		print_failure(sh, &f);
	print_end(sh);
	if (fd > STDIN_FILENO)
		close(fd);
	failure_free(&f);
}
