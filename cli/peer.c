// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One client of a session: reads a request, runs its script in slices, and
 * writes what comes of it as fast as the client takes it.
 */
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pass.h"
#include "proto.h"

#define SLICE_LINES 256
#define OUT_FULL (256 << 10) /* a script waits while so much is unread */
#define READ_SIZE (64 << 10)

void peer_add(struct server *s, int fd)
{
	struct peer *peer = mem_realloc(NULL, sizeof(*peer));

	fcntl(fd, F_SETFL, O_NONBLOCK);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	*peer = (struct peer){ .fd = fd, .cwd = -1, .pass = -1 };
	s->peer = mem_realloc(s->peer, (s->count + 1) * sizeof(*s->peer));
	s->peer[s->count++] = peer;
}

void peer_free(struct peer *peer)
{
	close(peer->fd);
	if (peer->cwd >= 0)
		close(peer->cwd);
	buf_free(&peer->in);
	buf_free(&peer->out);
	buf_free(&peer->text);
	vars_free(&peer->vars);
	free(peer);
}

void peer_greet(const struct server *s, struct peer *peer, bool taken,
		const struct failure *f)
{
	json_t *hello = json_pack("{s:s, s:i, s:b, s:o}", "name", s->name,
				  "pid", (int)getpid(), "taken", taken, "error",
				  f ? failure_json(f, NULL) : json_null());
	char *text;

	json_object_set_new(hello, "device", json_text(s->ctx.path));
	text = json_dumps(hello, JSON_COMPACT);
	proto_put(&peer->out, MESSAGE_HELLO,
		  (struct part[3]){ { text, strlen(text) } });
	free(text);
	json_decref(hello);
}

void peer_bye(struct peer *peer)
{
	if (!peer->leaving)
		proto_put(&peer->out, MESSAGE_BYE, (struct part[3]){ 0 });
}

static size_t pending(const struct peer *peer)
{
	return peer->out.len - peer->sent;
}

bool peer_is_busy(const struct server *s, const struct peer *peer)
{
	return peer->running && !peer->gone && !s->stopping &&
	       pending(peer) < OUT_FULL;
}

short peer_events(const struct peer *peer)
{
	short events = POLLRDHUP;

	if (pending(peer))
		events |= POLLOUT;
	if (!peer->running && !peer->leaving && pending(peer) < OUT_FULL)
		events |= POLLIN;
	return events;
}

static void flush(struct peer *peer)
{
	while (pending(peer)) {
		ssize_t sent = pass_send(peer->fd, peer->out.data + peer->sent,
					 pending(peer), peer->pass, 0);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0) {
			if (errno != EAGAIN)
				peer->gone = true;
			return;
		}
		peer->sent += (size_t)sent;
		peer->pass = -1;
	}
	peer->out.len = peer->sent = 0;
}

static void emit(struct runner *runner, const struct outcome *outcome)
{
	struct peer *peer = runner->owner;
	char *text;
	struct result_head head = {
		.line = outcome->line,
		.status = (uint8_t)outcome->status,
		.json = outcome->json,
		.name_length = (uint16_t)strlen(outcome->command),
	};

	if (outcome->partial)
		json_object_set(outcome->tree, PROTO_BESIDE, outcome->partial);
	text = json_dumps(outcome->tree, JSON_COMPACT);
	if (!text) {
		/* It was too much for the memory that is left; this is not. */
		head.status = STATUS_REFUSED;
		text = mem_strdup(
			"{\"message\":\"the session has no memory for the answer\"}");
	}
	proto_put(&peer->out, MESSAGE_RESULT,
		  (struct part[3]){ { &head, sizeof(head) },
				    { outcome->command, head.name_length },
				    { text, strlen(text) } });
	free(text);
}

static void finish(struct server *s, struct peer *peer, enum step step)
{
	const struct done_head head = {
		.used = peer->script.pos,
		.line = peer->script.line,
		.step = (uint8_t)step,
		.ending = server_ends_after(s, peer),
	};

	struct buf vars = { 0 };

	if (peer->vars.changed)
		vars_write(&peer->vars, &vars);
	proto_put(&peer->out, MESSAGE_DONE,
		  (struct part[3]){ { &head, sizeof(head) },
				    { vars.data, vars.len } });
	buf_free(&vars);
	peer->running = false;
	/* A session keeps nobody's directory busy. */
	if (peer->cwd >= 0)
		close(peer->cwd);
	peer->cwd = -1;
	peer->text.len = 0;
	/* A large script's memory is not kept for the next, small one. */
	if (peer->text.cap > READ_SIZE)
		buf_free(&peer->text);
}

static void run_slice(struct server *s, struct peer *peer)
{
	enum step step = STEP_RAN;

	s->runner.emit = emit;
	s->runner.owner = peer;
	s->runner.quiet = peer->flags & RUN_QUIET;
	s->ctx.cwd = peer->cwd;
	s->ctx.vars = &peer->vars;
	s->ctx.since = peer->since;
	for (int i = 0; i < SLICE_LINES && peer_is_busy(s, peer); i++) {
		step = run_step(&s->runner, &peer->script);
		peer->since = s->ctx.since;
		peer->later = step == STEP_LATER;
		if (peer->later)
			break;
		if (step != STEP_RAN &&
		    (step != STEP_FAILED || !(peer->flags & RUN_KEEP_GOING))) {
			finish(s, peer, step);
			break;
		}
	}
	/* Who asked for the end gets an answer; of others nothing is run. */
	if (s->stopping && peer->running &&
	    peer->script.pos == peer->script.len)
		finish(s, peer, STEP_END);
	flush(peer);
}

/* The variables in front of a text, which moves behind them; or false. */
static bool take_vars(struct peer *peer, const char **data, size_t *len)
{
	uint32_t size = 0;

	if (*len < sizeof(size))
		return false;
	memcpy(&size, *data, sizeof(size));
	*data += sizeof(size);
	*len -= sizeof(size);
	if (size > *len || !vars_read(&peer->vars, *data, size))
		return false;
	*data += size;
	*len -= size;
	return true;
}

static void begin(struct peer *peer, const char *data, size_t len)
{
	struct run_head head;

	memcpy(&head, data, sizeof(head));
	data += sizeof(head);
	len -= sizeof(head);
	vars_free(&peer->vars);
	if (head.flags & RUN_VARS && !take_vars(peer, &data, &len)) {
		peer->gone = true;
		return;
	}
	buf_add(&peer->text, data, len);
	peer->flags = head.flags;
	peer->running = true;
	peer->script = (struct script){
		.text = buf_text(&peer->text),
		.len = peer->text.len,
		.line = head.line,
		.final = head.flags & RUN_FINAL,
	};
}

/* Takes the request out of the buffer if it is there as a whole. */
static void take_request(struct peer *peer)
{
	struct message_head head;

	if (peer->running || peer->in.len < sizeof(head))
		return;
	memcpy(&head, peer->in.data, sizeof(head));
	if (head.version != PROTO_VERSION || head.type != MESSAGE_RUN ||
	    head.length < sizeof(struct run_head) || head.length > PROTO_MAX) {
		peer->gone = true;
		return;
	}
	if (peer->in.len - sizeof(head) < head.length)
		return;
	begin(peer, peer->in.data + sizeof(head), head.length);
	buf_drop(&peer->in, sizeof(head) + head.length);
	if (!peer->in.len)
		buf_free(&peer->in);
}

static void receive(struct peer *peer)
{
	ssize_t got;

	buf_reserve(&peer->in, READ_SIZE);
	got = pass_receive(peer->fd, peer->in.data + peer->in.len,
			   peer->in.cap - peer->in.len, &peer->cwd, 0);
	if (got < 0) {
		peer->gone |= errno != EAGAIN && errno != EINTR;
		return;
	}
	if (!got) {
		peer->gone = true;
		return;
	}
	peer->in.len += (size_t)got;
	take_request(peer);
}

void peer_serve(struct server *s, struct peer *peer, short events)
{
	if (peer->gone)
		return;
	/* A client that hangs up in the middle wants no more of it done. */
	if (events & (POLLHUP | POLLERR | POLLNVAL) ||
	    (events & POLLRDHUP && !(events & POLLIN)))
		peer->gone = true;
	if (!peer->gone && events & POLLIN)
		receive(peer);
	if (!peer->gone && events & POLLOUT)
		flush(peer);
	if (!peer->gone && peer_is_busy(s, peer))
		run_slice(s, peer);
	if (!peer->gone && !peer->running)
		take_request(peer);
	if (peer->leaving && !pending(peer))
		peer->gone = true;
}
