// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files as memory. Only regular files will do, and they are looked at before
 * they are opened in earnest: opening a FIFO can wait for ever, and opening a
 * device can do something.
 */
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "buf.h"
#include "context.h"

static const char *file_kind(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "a directory";
	case S_IFIFO:
		return "a FIFO";
	case S_IFSOCK:
		return "a socket";
	case S_IFCHR:
	case S_IFBLK:
		return "a device";
	default:
		return "no regular file";
	}
}

static int open_regular(int dir, const struct memory_file *file, uint64_t *size,
			struct failure *f)
{
	bool write = file->write && !file->copy;
	int path_fd, fd;
	struct stat st;
	char again[32];

	path_fd = openat(dir, file->path, O_PATH | O_CLOEXEC);
	if (path_fd < 0) {
		fail_errno(f, "%s", file->path);
		return -1;
	}
	if (fstat(path_fd, &st) || !S_ISREG(st.st_mode)) {
		fail(f, "%s is %s; only a regular file has pages to map",
		     file->path, file_kind(st.st_mode));
		close(path_fd);
		return -1;
	}
	snprintf(again, sizeof(again), "/proc/self/fd/%d", path_fd);
	fd = open(again, (write ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		fail_errno(f, "%s cannot be opened for %s", file->path,
			   write ? "reading and writing" : "reading");
	close(path_fd);
	*size = (uint64_t)st.st_size;
	return fd;
}

/* Linux 6.5 and newer let no device write to a file that is written back. */
static bool device_may_write(int fd)
{
	unsigned major = 0, minor = 0;
	struct utsname name;
	struct statfs fs;

	if (uname(&name) ||
	    sscanf(name.release, "%u.%u", &major, &minor) != 2 || major < 6 ||
	    (major == 6 && minor < 5))
		return true;
	if (fstatfs(fd, &fs))
		return true;
	return fs.f_type == TMPFS_MAGIC || fs.f_type == HUGETLBFS_MAGIC ||
	       fs.f_type == RAMFS_MAGIC;
}

/* A file of hugetlbfs is mapped in its own, larger pages. */
static size_t file_page_size(int fd)
{
	struct statfs fs;

	if (!fstatfs(fd, &fs) && fs.f_type == HUGETLBFS_MAGIC)
		return (size_t)fs.f_bsize;
	return page_size();
}

/* Decides which bytes are meant: sets @length, unrounded. */
static enum status choose_part(const struct memory_file *file, uint64_t size,
			       size_t page, uint64_t *length, struct failure *f)
{
	if (!size)
		return fail(f, "%s is empty, there is nothing to map",
			    file->path);
	if (file->offset >= size)
		return fail(f,
			    "offset 0x%" PRIx64
			    " is not inside %s, which has 0x%" PRIx64 " bytes",
			    file->offset, file->path, size);
	if (file->offset % page && !file->copy) {
		fail(f,
		     "offset 0x%" PRIx64
		     " is not a multiple of the page size 0x%zx; "
		     "only a private copy can begin there",
		     file->offset, page);
		return f->status;
	}
	*length = size - file->offset;
	if (!file->has_length)
		return STATUS_OK;
	if (file->length > *length)
		return fail(f,
			    "0x%" PRIx64 " bytes from offset 0x%" PRIx64
			    " reach beyond the end of %s, which has 0x%" PRIx64
			    " bytes",
			    file->length, file->offset, file->path, size);
	*length = file->length;
	return STATUS_OK;
}

static enum status read_copy(const struct context *ctx, int fd,
			     const struct memory_file *file, char *start,
			     uint64_t length, struct failure *f)
{
	for (uint64_t done = 0; done < length;) {
		uint64_t left = length - done;
		ssize_t got;

		if (context_given_up(ctx))
			return fail(f, "interrupted");
		got = pread(fd, start + done,
			    left < MEMORY_PIECE ? left : MEMORY_PIECE,
			    (off_t)(file->offset + done));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(f, "%s cannot be read", file->path);
		if (!got)
			return fail(f, "%s became shorter while it was read",
				    file->path);
		done += (uint64_t)got;
	}
	return STATUS_OK;
}

static enum status map_pages(const struct context *ctx, int fd,
			     const struct memory_file *file, uint64_t length,
			     struct memory **memory, struct failure *f)
{
	int prot = PROT_READ | (file->write ? PROT_WRITE : 0);
	size_t page = file_page_size(fd);
	size_t rounded = (length + page - 1) & ~(page - 1);
	void *start;

	(void)ctx;
	start = mmap(NULL, rounded, prot, MAP_SHARED, fd, (off_t)file->offset);
	if (start == MAP_FAILED)
		return fail_errno(f, "%s cannot be mapped", file->path);
	*memory = mem_realloc(NULL, sizeof(**memory));
	**memory = (struct memory){ .users = 1,
				    .kind = MEMORY_FILE,
				    .start = start,
				    .length = rounded,
				    .page_size = page };
	return STATUS_OK;
}

static enum status map_copy(const struct context *ctx, int fd,
			    const struct memory_file *file, uint64_t length,
			    struct memory **memory, struct failure *f)
{
	enum status status = memory_anonymous(length, 0, memory, f);

	if (status)
		return status;
	(*memory)->kind = MEMORY_COPY;
	status = read_copy(ctx, fd, file, (*memory)->start, length, f);
	if (status)
		memory_put(*memory);
	return status;
}

enum status memory_file(const struct context *ctx,
			const struct memory_file *file, struct memory **memory,
			uint64_t *length, struct failure *f)
{
	enum status status;
	uint64_t size;
	int fd = open_regular(ctx->cwd, file, &size, f);

	if (fd < 0)
		return f->status;
	status = choose_part(file, size, file_page_size(fd), length, f);
	if (!status && file->write && !file->copy && !device_may_write(fd)) {
		status = fail(
			f,
			"a device may not write to pages of %s: since Linux 6.5 "
			"that is for tmpfs, hugetlbfs and memfd only; "
			"--copy maps a private copy instead",
			file->path);
	} else if (!status) {
		status = (file->copy ? map_copy : map_pages)(
			ctx, fd, file, *length, memory, f);
	}
	close(fd);
	if (status)
		return status;
	(*memory)->path = mem_strdup(file->path);
	(*memory)->offset = file->offset;
	return STATUS_OK;
}
