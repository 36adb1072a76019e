// SPDX-License-Identifier: GPL-2.0-or-later
/* Files as memory: their pages, or a copy of what they hold. */
#include "memory.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "buf.h"
#include "context.h"
#include "file.h"

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
	*length = file->length;
	if (file_part(file->path, size, file->offset, file->has_length, length,
		      f))
		return f->status;
	if (file->offset % page && !file->copy) {
		fail(f,
		     "offset 0x%" PRIx64
		     " is not a multiple of the page size 0x%zx; "
		     "only a private copy can begin there",
		     file->offset, page);
		return f->status;
	}
	return STATUS_OK;
}

static enum status map_pages(struct context *ctx, int fd,
			     const struct memory_file *file, uint64_t length,
			     struct memory **memory, struct failure *f)
{
	int prot = PROT_READ | (file->write ? PROT_WRITE : 0);
	size_t page = file_page_size(fd);
	size_t rounded = (length + page - 1) & ~(page - 1);
	void *start;

	start = areas_map(&ctx->areas, rounded, prot, MAP_SHARED, fd,
			  file->offset);
	if (start == MAP_FAILED) {
		int err = errno;
		char *what = mem_asprintf("%s cannot be mapped", file->path);

		errno = err;
		areas_refused(what, f);
		free(what);
		return f->status;
	}
	*memory = memory_new(&ctx->areas, start, rounded, page, -1);
	(*memory)->kind = MEMORY_FILE;
	(*memory)->read_only = !file->write;
	return STATUS_OK;
}

static enum status map_copy(struct context *ctx, int fd,
			    const struct memory_file *file, uint64_t length,
			    struct memory **memory, struct failure *f)
{
	enum status status =
		memory_anonymous(&ctx->areas, length, 0, memory, f);

	if (status)
		return status;
	(*memory)->kind = MEMORY_COPY;
	status = file_read(ctx, fd, file->path, (*memory)->start, length,
			   file->offset, f);
	if (status)
		memory_put(*memory);
	return status;
}

enum status memory_file(struct context *ctx, const struct memory_file *file,
			struct memory **memory, uint64_t *length,
			struct failure *f)
{
	enum status status;
	uint64_t size;
	int fd = file_open(ctx, file->path, file->write && !file->copy, &size,
			   f);

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
	if (!status) {
		(*memory)->path = mem_strdup(file->path);
		(*memory)->full_path = file_path(fd, file->path);
		(*memory)->offset = file->offset;
		(*memory)->asked = *length;
	}
	if (!status && file->keep_fd)
		(*memory)->fd = fd;
	else
		close(fd);
	return status;
}
