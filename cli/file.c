// SPDX-License-Identifier: GPL-2.0-or-later
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "context.h"

#define PIECE (UINT64_C(16) << 20) /* between two looks around */

static const char *kind_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "a directory";
	case S_IFIFO:
		return "a FIFO";
	case S_IFSOCK:
		return "a socket";
	case S_IFLNK:
		return "a symbolic link";
	case S_IFCHR:
	case S_IFBLK:
		return "a device";
	default:
		return "no regular file";
	}
}

static enum status check_directory(const struct context *ctx, const char *path,
				   struct failure *f)
{
	if (*path == '/' || ctx->cwd != -1)
		return STATUS_OK;
	return fail(
		f,
		"your directory is not known to the session, which is of another user or has no free descriptor; give the whole path of %s",
		path);
}

/* Opens what is there, if it is a regular file. */
static int open_there(const struct context *ctx, const char *path, int flags,
		      uint64_t *size, struct failure *f)
{
	int there = openat(ctx->cwd, path, O_PATH | O_CLOEXEC), fd;
	bool reads = (flags & O_ACCMODE) != O_WRONLY;
	bool writes = (flags & O_ACCMODE) != O_RDONLY;
	struct stat st;
	char again[32];

	if (there < 0) {
		fail_errno(f, "%s", path);
		return -1;
	}
	if (fstat(there, &st) || !S_ISREG(st.st_mode)) {
		fail(f, "%s is %s; only a regular file will do", path,
		     kind_of(st.st_mode));
		close(there);
		return -1;
	}
	snprintf(again, sizeof(again), "/proc/self/fd/%d", there);
	fd = open(again, flags | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		fail_errno(f, "%s cannot be opened for %s%s%s", path,
			   reads ? "reading" : "",
			   reads && writes ? " and " : "",
			   writes ? "writing" : "");
	close(there);
	*size = (uint64_t)st.st_size;
	return fd;
}

int file_open(const struct context *ctx, const char *path, bool write,
	      uint64_t *size, struct failure *f)
{
	if (check_directory(ctx, path, f))
		return -1;
	return open_there(ctx, path, write ? O_RDWR : O_RDONLY, size, f);
}

int file_create(const struct context *ctx, const char *path, struct failure *f)
{
	uint64_t size;
	int fd;

	if (check_directory(ctx, path, f))
		return -1;
	fd = openat(ctx->cwd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		    0666);
	if (fd < 0 && errno == EEXIST)
		return open_there(ctx, path, O_WRONLY | O_TRUNC, &size, f);
	if (fd < 0)
		fail_errno(f, "%s cannot be made", path);
	return fd;
}

char *file_path(int fd, const char *path)
{
	char *link = mem_asprintf("/proc/self/fd/%d", fd);
	char *found = realpath(link, NULL);

	free(link);
	return found ? found : mem_strdup(path);
}

enum status file_part(const char *path, uint64_t size, uint64_t offset,
		      bool has_length, uint64_t *length, struct failure *f)
{
	if (!size)
		return fail(f,
			    "%s is empty, there is nothing to map or to read",
			    path);
	if (offset >= size)
		return fail(f,
			    "offset 0x%" PRIx64
			    " is not inside %s, which has 0x%" PRIx64 " bytes",
			    offset, path, size);
	if (!has_length)
		*length = size - offset;
	if (*length <= size - offset)
		return STATUS_OK;
	return fail(f,
		    "0x%" PRIx64 " bytes from offset 0x%" PRIx64
		    " reach beyond the end of %s, which has 0x%" PRIx64
		    " bytes",
		    *length, offset, path, size);
}

enum status file_read(const struct context *ctx, int fd, const char *path,
		      void *data, uint64_t length, uint64_t offset,
		      struct failure *f)
{
	for (uint64_t done = 0; done < length;) {
		uint64_t left = length - done;
		ssize_t got;

		if (context_given_up(ctx))
			return fail(f, "interrupted");
		got = pread(fd, (char *)data + done,
			    left < PIECE ? left : PIECE,
			    (off_t)(offset + done));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(f, "%s cannot be read", path);
		if (!got)
			return fail(f, "%s became shorter while it was read",
				    path);
		done += (uint64_t)got;
	}
	return STATUS_OK;
}

enum status file_write(int fd, const char *path, const void *data,
		       size_t length, uint64_t offset, struct failure *f)
{
	for (size_t done = 0; done < length;) {
		ssize_t put = pwrite(fd, (const char *)data + done,
				     length - done, (off_t)(offset + done));

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return fail_errno(f, "%s cannot be written", path);
		done += (size_t)put;
	}
	return STATUS_OK;
}

/* Beside @path, where a rename works and no collector of *.prom looks. */
static char *draft_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	int folder = slash ? (int)(slash + 1 - path) : 0;

	return mem_asprintf("%.*s.%s.%d", folder, path, path + folder,
			    (int)getpid());
}

/* What is there: its mode for who comes in its place, or why it must stay. */
static enum status check_replaced(const struct context *ctx, const char *path,
				  mode_t *mode, struct failure *f)
{
	struct stat st;

	if (check_directory(ctx, path, f))
		return f->status;
	if (fstatat(ctx->cwd, path, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? STATUS_OK : fail_errno(f, "%s", path);
	*mode = st.st_mode & 07777;
	if (S_ISREG(st.st_mode))
		return STATUS_OK;
	return fail(f, "%s is %s; only a regular file is replaced", path,
		    kind_of(st.st_mode));
}

enum status file_replace(const struct context *ctx, const char *path,
			 const void *data, size_t length, struct failure *f)
{
	mode_t mode = 0;
	char *draft;
	int fd;

	if (check_replaced(ctx, path, &mode, f))
		return f->status;
	draft = draft_of(path);
	fd = openat(ctx->cwd, draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		    0666);
	if (fd < 0) {
		fail_errno(f, "%s cannot be made", draft);
		free(draft);
		return f->status;
	}
	if (mode && fchmod(fd, mode))
		fail_errno(f, "%s", draft);
	if (!f->status)
		file_write(fd, draft, data, length, 0, f);
	if (close(fd) && !f->status)
		fail_errno(f, "%s cannot be written", draft);
	if (!f->status && renameat(ctx->cwd, draft, ctx->cwd, path))
		fail_errno(f, "%s cannot be replaced", path);
	if (f->status)
		unlinkat(ctx->cwd, draft, 0);
	free(draft);
	return f->status;
}
