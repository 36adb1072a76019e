// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which open file a descriptor of a trace is. A trace sees no call that opens
 * or closes: a new file under an old number tells that the old one is closed.
 */
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "replay.h"

static struct replay_number *number_of(const struct replay_walk *w, int pid,
				       int fd)
{
	for (size_t i = 0; i < w->numbers; i++)
		if (w->number[i].pid == pid && w->number[i].fd == fd)
			return &w->number[i];
	return NULL;
}

bool replay_file_known(const struct replay_walk *w, int pid, int fd,
		       size_t *file)
{
	const struct replay_number *number = number_of(w, pid, fd);

	if (number)
		*file = number->file;
	return number;
}

static void call_it(struct replay_walk *w, int pid, int fd, size_t file)
{
	struct replay_number *number = number_of(w, pid, fd);

	w->file[file].users++;
	if (number) {
		w->file[number->file].users--;
		number->file = file;
		return;
	}
	w->number =
		mem_realloc(w->number, (w->numbers + 1) * sizeof(*w->number));
	w->number[w->numbers++] = (struct replay_number){ pid, fd, file };
}

static size_t add(struct replay_walk *w, enum trace_kind kind, const char *path,
		  const char *device)
{
	struct replay_file *file;

	/* The last one stands for all that come then: none is made. */
	if (w->files == REPLAY_FILES) {
		w->full = true;
		return w->files - 1;
	}
	w->file = mem_realloc(w->file, (w->files + 1) * sizeof(*w->file));
	file = &w->file[w->files];
	*file = (struct replay_file){
		.kind = kind,
		.path = mem_strdup(path),
		.device = device ? mem_strdup(device) : NULL,
		.ids = w->files,
		.here = -1,
	};
	return w->files++;
}

/* Nobody can open a group twice: who has it open has closed it. */
static void end_group(struct replay_walk *w, const struct trace_named *named)
{
	for (size_t i = 0; i < w->numbers;) {
		const struct replay_file *file = &w->file[w->number[i].file];

		if (file->kind != TRACE_GROUP ||
		    strcmp(file->path, named->path)) {
			i++;
			continue;
		}
		w->file[w->number[i].file].users--;
		w->number[i] = w->number[--w->numbers];
	}
}

static bool is_it(const struct replay_file *file,
		  const struct trace_named *named)
{
	if (file->kind != named->kind)
		return false;
	if (named->open && file->open)
		return file->open == named->open;
	return file->answered || !strcmp(file->path, named->path);
}

size_t replay_file_of(struct replay_walk *w, int pid,
		      const struct trace_named *named)
{
	const struct replay_number *number = number_of(w, pid, named->fd);
	size_t at;

	if (number && is_it(&w->file[number->file], named)) {
		w->file[number->file].open = named->open;
		return number->file;
	}
	for (at = w->files; named->open && at--;) {
		if (w->file[at].users && w->file[at].open == named->open &&
		    w->file[at].kind == named->kind) {
			call_it(w, pid, named->fd, at);
			return at;
		}
	}
	if (named->kind == TRACE_GROUP)
		end_group(w, named);
	at = add(w, named->kind, named->path, named->device);
	w->file[at].open = named->open;
	call_it(w, pid, named->fd, at);
	return at;
}

size_t replay_file_answered(struct replay_walk *w, int pid, int fd,
			    const char *device, unsigned long call)
{
	size_t at = add(w, TRACE_DEVICE, device, device);

	w->file[at].answered = call;
	call_it(w, pid, fd, at);
	return at;
}

size_t replay_event_of(struct replay_walk *w, int pid, int fd)
{
	for (size_t i = 0; i < w->events; i++)
		if (w->event[i].pid == pid && w->event[i].fd == fd)
			return i;
	if (w->events == REPLAY_FILES) {
		w->full = true;
		return 0;
	}
	w->event = mem_realloc(w->event, (w->events + 1) * sizeof(*w->event));
	w->event[w->events] = (struct replay_number){ pid, fd, 0 };
	return w->events++;
}

void replay_file_closed(struct replay_walk *w, int pid, int fd)
{
	for (size_t i = 0; i < w->numbers;) {
		if (w->number[i].pid != pid ||
		    (fd >= 0 && w->number[i].fd != fd)) {
			i++;
			continue;
		}
		w->file[w->number[i].file].users--;
		w->number[i] = w->number[--w->numbers];
	}
}
