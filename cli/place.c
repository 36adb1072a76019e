// SPDX-License-Identifier: GPL-2.0-or-later
#include "place.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"

static const char name_chars[] = "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

char *place_dir(void)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	struct stat st;

	/* After su the variable still names the other user's directory. */
	if (runtime && *runtime == '/' && !stat(runtime, &st) &&
	    st.st_uid == geteuid())
		return mem_asprintf("%s/iommufdctl", runtime);
	if (!geteuid())
		return mem_strdup("/run/iommufdctl");
	return mem_asprintf("/tmp/iommufdctl-%u", (unsigned)geteuid());
}

static enum status check(const char *dir, bool *there, struct failure *f)
{
	struct stat st;

	*there = !lstat(dir, &st);
	if (!*there)
		return errno == ENOENT ? STATUS_OK : fail_errno(f, "%s", dir);
	if (!S_ISDIR(st.st_mode))
		return fail(f, "%s, where sessions would be, is no directory",
			    dir);
	if (st.st_uid != geteuid())
		return fail(
			f,
			"%s, where sessions would be, belongs to another user (uid %u)",
			dir, (unsigned)st.st_uid);
	if (st.st_mode & 077) {
		fail(f,
		     "%s, where sessions are, can be entered by others (mode %04o)",
		     dir, (unsigned)(st.st_mode & 07777));
		fail_hint(f, "chmod 700 %s", dir);
		return f->status;
	}
	return STATUS_OK;
}

enum status place_check(bool *there, struct failure *f)
{
	char *dir = place_dir();
	enum status status = check(dir, there, f);

	free(dir);
	return status;
}

enum status place_make_at(const char *dir, struct failure *f)
{
	bool there;

	if (mkdir(dir, 0700) && errno != EEXIST)
		return fail_errno(f, "%s cannot be made", dir);
	return check(dir, &there, f);
}

enum status place_make(struct failure *f)
{
	char *dir = place_dir();
	enum status status = place_make_at(dir, f);

	free(dir);
	return status;
}

bool place_is_name(const char *name)
{
	return !strchr(name, '/');
}

static bool is_valid(const char *name)
{
	return *name && *name != '.' && *name != '-' &&
	       !name[strspn(name, name_chars)] && strlen(name) <= 64;
}

bool place_take_name(char *file)
{
	size_t len = strlen(file), suffix = strlen(PLACE_SOCKET);

	if (len <= suffix || strcmp(file + len - suffix, PLACE_SOCKET))
		return false;
	file[len - suffix] = '\0';
	return is_valid(file);
}

enum status place_check_name(const char *name, struct failure *f)
{
	if (!place_is_name(name))
		return fail_usage(
			f,
			"%s is the path of a socket; a session is started by a name",
			name);
	if (!is_valid(name))
		return fail_usage(
			f,
			"'%s' is no name for a session: letters, digits and . _ - are, up to 64",
			name);
	return STATUS_OK;
}

char *place_path(const char *name, const char *suffix)
{
	char *dir = place_dir();
	char *path = mem_asprintf("%s/%s%s", dir, name, suffix);

	free(dir);
	return path;
}

enum status place_address(const char *name, struct sockaddr_un *address,
			  struct failure *f)
{
	char *path;

	if (!place_is_name(name))
		path = mem_strdup(name);
	else if (place_check_name(name, f))
		return f->status;
	else
		path = place_path(name, PLACE_SOCKET);
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(address->sun_path))
		fail(f,
		     "%s is too long for the path of a socket, which has at most %zu bytes",
		     path, sizeof(address->sun_path) - 1);
	else
		memcpy(address->sun_path, path, strlen(path) + 1);
	free(path);
	return f->status;
}
