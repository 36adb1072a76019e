// SPDX-License-Identifier: GPL-2.0-or-later
#include "history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <readline/history.h>

#include "buf.h"

#define HISTORY_LINES 1000

static char *state_dir(void)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (state && *state == '/')
		return mem_strdup(state);
	if (home && *home == '/')
		return mem_asprintf("%s/.local/state", home);
	return NULL;
}

/* mkdir -p: what is missing shows when the file is opened. */
static void make_dirs(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
}

static void complain(struct history *h, int err)
{
	if (!h->complained)
		fprintf(stderr, "the history is not kept in %s: %s\n", h->path,
			strerror(err));
	h->complained = true;
}

void history_open(struct history *h)
{
	char *dir = state_dir();

	*h = (struct history){ 0 };
	using_history();
	stifle_history(HISTORY_LINES);
	if (!dir)
		return;
	h->path = mem_asprintf("%s/iommufdctl/history", dir);
	free(dir);
	make_dirs(h->path);
	/* All of it is read, and what is older than the last lines dropped. */
	if (!read_history(h->path) && history_is_stifled() &&
	    history_length >= HISTORY_LINES)
		history_truncate_file(h->path, HISTORY_LINES);
}

static void append(struct history *h, const char *line)
{
	size_t len = strlen(line);
	char *text;
	int fd = open(h->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	ssize_t done;

	if (fd < 0) {
		complain(h, errno);
		return;
	}
	/* At once, so that two prompts do not mix their lines. */
	text = mem_asprintf("%s\n", line);
	done = write(fd, text, len + 1);
	if (done < 0)
		complain(h, errno);
	else if ((size_t)done <= len)
		complain(h, ENOSPC);
	free(text);
	if (close(fd))
		complain(h, errno);
}

void history_note(struct history *h, const char *line)
{
	HIST_ENTRY *last =
		history_length ? history_get(history_base + history_length - 1)
			       : NULL;

	if (!*line || (last && !strcmp(last->line, line)))
		return;
	add_history(line);
	if (h->path)
		append(h, line);
}

void history_close(struct history *h)
{
	clear_history();
	free(h->path);
}
