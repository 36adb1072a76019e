// SPDX-License-Identifier: GPL-2.0-or-later
/* `session attach`, `send` and `receive`: a session changes hands. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "commands/commands.h"
#include "context.h"
#include "parse.h"
#include "pass.h"
#include "place.h"
#include "render.h"
#include "session.h"
#include "shell.h"

static enum status attach(struct context *ctx, const struct parsed *p,
			  struct answer *a)
{
	struct shell *sh = ctx->shell, other;
	const char *name = p->arg[0].text;

	if (sh->no_session)
		return fail(
			&a->fail,
			"everything is kept in this process, so it cannot change to a session");
	shell_borrow(&other, sh, name);
	if (!shell_find(&other, &a->fail))
		shell_ask(&other, "__service info",
			  link_until(SESSION_PATIENCE_MS), &a->result,
			  &a->fail);
	shell_free(&other);
	if (a->fail.status)
		return a->fail.status;
	a->result = json_pack("{s:o}", "session", a->result);
	link_close(&sh->link);
	free(sh->attached);
	sh->session = sh->attached = mem_strdup(name);
	sh->session_given = true;
	/* What follows on the command line says it all. */
	a->told = sh->mode == SHELL_SINGLE;
	return STATUS_OK;
}

static enum status set_address(const struct value *path, const struct parsed *p,
			       struct sockaddr_un *address, struct failure *f)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path->text) >= sizeof(address->sun_path))
		return fail_at(
			f, p->words, path->at,
			"too long for the path of a socket, which has at most %zu bytes",
			sizeof(address->sun_path) - 1);
	strcpy(address->sun_path, path->text);
	return STATUS_OK;
}

static int new_socket(struct failure *f)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		fail_errno(f, "no socket");
	return fd;
}

static enum status send_to(const struct sockaddr_un *address, int device,
			   struct failure *f)
{
	int fd = new_socket(f);

	if (fd < 0)
		return f->status;
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)))
		fail_errno(f, "%s", address->sun_path);
	else if (pass_send(fd, "", 1, device, 0) != 1)
		fail_errno(f, "%s takes no descriptor", address->sun_path);
	close(fd);
	return f->status;
}

static enum status send_session(struct context *ctx, const struct parsed *p,
				struct answer *a)
{
	struct sockaddr_un address;
	struct shell other;
	int device = -1;

	if (set_address(&p->arg[1], p, &address, &a->fail))
		return a->fail.status;
	shell_borrow(&other, ctx->shell, p->arg[0].text);
	if (!shell_find(&other, &a->fail) &&
	    !shell_pass(&other, link_until(SESSION_PATIENCE_MS), &device,
			&a->fail) &&
	    !send_to(&address, device, &a->fail))
		a->result = json_pack("{s:{s:o, s:i, s:o}}", "sent", "name",
				      json_text(other.link.name), "pid",
				      (int)other.link.pid, "socket",
				      json_text(address.sun_path));
	if (device >= 0)
		close(device);
	shell_free(&other);
	return a->fail.status;
}

/* Only who could use our sessions anyway may give us one. */
static bool is_welcome(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) &&
	       (peer.uid == geteuid() || !peer.uid);
}

/* The descriptor that the first welcome client sends. */
static enum status take_one(int listener, const char *path, int *device,
			    struct failure *f)
{
	char byte;

	while (*device < 0) {
		int fd;

		if (!link_wait(listener, POLLIN, -1))
			return fail(f, "interrupted");
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			return fail_errno(f, "%s", path);
		if (is_welcome(fd) && link_wait(fd, POLLIN, -1) &&
		    pass_receive(fd, &byte, 1, device, 0) >= 0 && *device < 0)
			fail(f, "%s: what came was no descriptor", path);
		close(fd);
		if (f->status || link_interrupted)
			return f->status ? f->status : fail(f, "interrupted");
	}
	return STATUS_OK;
}

/* Whoever waited there before may have been killed. */
static void remove_stale(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;

	if (fd >= 0 && !lstat(address->sun_path, &st) && S_ISSOCK(st.st_mode) &&
	    connect(fd, (const struct sockaddr *)address, sizeof(*address)) &&
	    errno == ECONNREFUSED)
		unlink(address->sun_path);
	if (fd >= 0)
		close(fd);
}

static enum status receive_at(const struct sockaddr_un *address, int *device,
			      struct failure *f)
{
	int fd = new_socket(f);
	mode_t mask;

	if (fd < 0)
		return f->status;
	remove_stale(address);
	mask = umask(077);
	if (bind(fd, (const struct sockaddr *)address, sizeof(*address)) ||
	    listen(fd, 1)) {
		fail_errno(f, "%s", address->sun_path);
	} else {
		take_one(fd, address->sun_path, device, f);
		unlink(address->sun_path);
	}
	umask(mask);
	close(fd);
	return f->status;
}

static enum status receive(struct context *ctx, const struct parsed *p,
			   struct answer *a)
{
	const char *name = p->arg[1].set ? p->arg[1].text : ctx->shell->session;
	struct sockaddr_un address;
	int device = -1;

	if (set_address(&p->arg[0], p, &address, &a->fail) ||
	    place_check_name(name, &a->fail) ||
	    receive_at(&address, &device, &a->fail))
		return a->fail.status;
	session_begin(ctx->shell, name, device, NULL, a);
	close(device);
	return a->fail.status;
}

static const struct arg attach_args[] = {
	{ .name = "NAME", .kind = KIND_SESSION, .help = "the session" },
	{ 0 },
};

static const struct arg send_args[] = {
	{ .name = "NAME", .kind = KIND_SESSION, .help = "the session" },
	{ .name = "SOCKET",
	  .kind = KIND_PATH,
	  .help = "where a program waits for the descriptor" },
	{ 0 },
};

static const struct arg receive_args[] = {
	{ .name = "SOCKET",
	  .kind = KIND_PATH,
	  .help = "where to wait for a descriptor; it is made, and removed" },
	{ .name = "NAME",
	  .kind = KIND_SESSION,
	  .optional = true,
	  .help = "the session that is to hold it" },
	{ 0 },
};

static const struct block attach_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "session",
	  .text = "session {name} (pid {pid}) holds {num_objects:object} and {num_mappings:mapping}" },
	{ 0 },
};

static const struct block send_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "sent",
	  .text = "the descriptor of session {name} (pid {pid}) went to {socket}" },
	{ 0 },
};

const struct command cmd_session_attach = {
	.name = "attach",
	.summary = "go on in another session, at a prompt or in a script",
	.args = attach_args,
	.flags = CMD_CLIENT,
	.run = attach,
	.view = attach_view,
};

const struct command cmd_session_send = {
	.name = "send",
	.summary = "give a session's descriptor to another program",
	.args = send_args,
	.flags = CMD_CLIENT,
	.run = send_session,
	.view = send_view,
};

const struct command cmd_session_receive = {
	.name = "receive",
	.summary = "start a session on a descriptor that another program gives",
	.args = receive_args,
	.flags = CMD_CLIENT,
	.run = receive,
	.view = session_start_view,
};
