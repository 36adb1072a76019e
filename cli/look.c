// SPDX-License-Identifier: GPL-2.0-or-later
#include "look.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "buf.h"

static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "";
}

/* As setlocale() would choose, without reading a locale's files. */
static bool is_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *value = "";

	for (size_t i = 0; i < 3 && !*value; i++)
		value = variable(names[i]);
	return strcasestr(value, "UTF-8") || strcasestr(value, "utf8");
}

static size_t terminal_width(int fd)
{
	struct winsize size = { 0 };

	/* Some terminals do not know: what they show is as of old. */
	if (ioctl(fd, TIOCGWINSZ, &size) || !size.ws_col)
		return LOOK_WIDTH;
	return size.ws_col;
}

struct look look_at(int fd, enum colour_when when)
{
	bool terminal = isatty(fd);
	bool able = *variable("TERM") && strcmp(variable("TERM"), "dumb");

	return (struct look){
		.width = terminal ? terminal_width(fd) : 0,
		.colour = when == COLOUR_ALWAYS ||
			  (when == COLOUR_AUTO && terminal && able &&
			   !*variable("NO_COLOR")),
		.lines = terminal && able && is_utf8(),
	};
}

void look_mark(struct buf *out, const struct look *look, enum look_mark mark)
{
	static const char *const codes[] = {
		[LOOK_PLAIN] = "0",  [LOOK_STRONG] = "1", [LOOK_DIM] = "2",
		[LOOK_BAD] = "1;31", [LOOK_GOOD] = "32",  [LOOK_NOTE] = "33",
		[LOOK_KIND] = "36",
	};

	if (look->colour)
		buf_printf(out, "\033[%sm", codes[mark]);
}
