// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `exec`: a program that needs /dev/iommu and may not open it, or not set its
 * options, is handed the descriptor: QEMU takes its number as an argument.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/commands.h"
#include "context.h"
#include "iommu.h"
#include "outside.h"
#include "parse.h"
#include "session.h"
#include "shell.h"

enum { EXEC_RLIMIT };

/* A descriptor of the program's own: of the session that was named, or new. */
static enum status get_device(struct context *ctx, int *fd, struct failure *f)
{
	struct shell *sh = ctx->shell;
	struct shell other;

	if (sh->no_session) {
		if (context_open(ctx, f))
			return f->status;
		*fd = fcntl(ctx->fd, F_DUPFD_CLOEXEC, 3);
		return *fd < 0 ? fail_errno(f, "no descriptor") : STATUS_OK;
	}
	if (!sh->session_given)
		return iommu_open(sh->device, fd, f);
	shell_borrow(&other, sh, sh->session);
	if (!shell_find(&other, f))
		shell_pass(&other, link_until(SESSION_PATIENCE_MS), fd, f);
	shell_free(&other);
	return f->status;
}

static enum status set_rlimit(int fd, uint64_t value, struct failure *f)
{
	struct context ctx = { .fd = fd };
	struct iommu_option ask = { .size = sizeof(ask),
				    .option_id = IOMMU_OPTION_RLIMIT_MODE,
				    .op = IOMMU_OPTION_OP_SET,
				    .val64 = value };

	return iommu_call(&ctx, &iommu_option_request, &ask, f);
}

/* @text with @number for every {}. */
static char *fill_in(const char *text, const char *number)
{
	struct buf b = { 0 };
	const char *place;

	while ((place = strstr(text, "{}"))) {
		buf_add(&b, text, (size_t)(place - text));
		buf_puts(&b, number);
		text = place + 2;
	}
	buf_puts(&b, text);
	buf_text(&b);
	return b.data;
}

static enum status run_program(const struct context *ctx,
			       const struct parsed *p, int fd,
			       struct failure *f)
{
	char **argv = mem_realloc(NULL, (p->many_count + 1) * sizeof(*argv));
	/* One that is all there is to do takes our place, and our pid. */
	bool replace = ctx->shell->mode == SHELL_SINGLE;
	char number[16];

	snprintf(number, sizeof(number), "%d", fd);
	for (size_t i = 0; i < p->many_count; i++)
		argv[i] = fill_in(p->many[i].text, number);
	argv[p->many_count] = NULL;
	fcntl(fd, F_SETFD, 0);
	setenv("IOMMUFD", number, 1);
	outside_exec(argv, replace, f);
	unsetenv("IOMMUFD");
	for (size_t i = 0; i < p->many_count; i++)
		free(argv[i]);
	free(argv);
	return f->status;
}

static enum status exec(struct context *ctx, const struct parsed *p,
			struct answer *a)
{
	const struct value *rlimit = &p->opt[EXEC_RLIMIT];
	int fd = -1;

	if (get_device(ctx, &fd, &a->fail))
		return a->fail.status;
	if (!rlimit->set || !set_rlimit(fd, rlimit->num, &a->fail))
		run_program(ctx, p, fd, &a->fail);
	close(fd);
	a->told = true;
	return a->fail.status;
}

static const struct arg exec_args[] = {
	{ .name = "COMMAND",
	  .kind = KIND_PATH,
	  .many = true,
	  .rest = true,
	  .help = "a program and its arguments, in which {} is the descriptor's number" },
	{ 0 },
};

static const struct opt exec_opts[] = {
	[EXEC_RLIMIT] = { .name = "rlimit-mode",
			  .kind = KIND_NUMBER,
			  .metavar = "VALUE",
			  .help = "set the option first: 1 counts pinned memory for the process, 0 for the user" },
	{ 0 },
};

const struct command cmd_exec = {
	.name = "exec",
	.summary = "run a program with the device open",
	.args = exec_args,
	.opts = exec_opts,
	.flags = CMD_CLIENT | CMD_RARE,
	.run = exec,
};
