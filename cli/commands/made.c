// SPDX-License-Identifier: GPL-2.0-or-later
#include "made.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "context.h"
#include "number.h"

void made_of(const struct context *ctx, struct object *object, uint32_t id,
	     enum object_kind otherwise)
{
	const struct object *other = store_find(&ctx->store, id);

	object->uses[other ? other->kind : otherwise] = id;
}

enum status made_type(const struct parsed *p, const struct value *v,
		      const char *const *names, uint32_t *type,
		      struct failure *f)
{
	struct buf list = { 0 };
	uint64_t number;
	const char *why;

	for (*type = 0; names[*type]; (*type)++)
		if (!strcmp(names[*type], v->text))
			return STATUS_OK;
	if (number_parse(v->text, &number, &why) && number <= UINT32_MAX) {
		*type = (uint32_t)number;
		return STATUS_OK;
	}
	for (size_t i = 0; names[i]; i++)
		buf_printf(&list, "%s, ", names[i]);
	fail_at(f, p->words, v->at, "neither %snor the number of another",
		buf_text(&list));
	buf_free(&list);
	return f->status;
}

enum status made_read(const struct object *object, void *buffer, size_t room,
		      size_t *length, struct failure *f)
{
	ssize_t got = read(object->fd, buffer, room);

	*length = got > 0 ? (size_t)got : 0;
	if (got < 0 && errno != EAGAIN && errno != EINTR)
		return fail_errno(f, "%s %u cannot be read",
				  object_kind_name(object->kind), object->id);
	return STATUS_OK;
}

void made_queue(struct object *object, int fd)
{
	object->fd = fd;
	/* One who waits here would keep all others of the session waiting. */
	fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
}
