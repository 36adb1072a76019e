// SPDX-License-Identifier: GPL-2.0-or-later
#include "reach.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/uio.h>
#include <unistd.h>

#include "memory.h"
#include "parse.h"

struct stretch reach_at(const struct span *span, uint64_t at)
{
	struct mapping *m = mapping_touching(span->ioas, at, span->last);
	struct stretch s = { .start = at, .last = span->last };

	if (m && m->iova > at) {
		s.last = m->iova - 1;
	} else if (m) {
		s.mapping = m;
		if (mapping_last(m) < s.last)
			s.last = mapping_last(m);
	}
	return s;
}

/* Says how much was copied before the first page that is not to be had. */
static size_t copy(const struct mapping *m, uint64_t at, void *data,
		   size_t length, bool write)
{
	struct iovec here = { data, length };
	struct iovec there = { m->memory->start + m->offset + (at - m->iova),
			       length };
	ssize_t (*move)(pid_t, const struct iovec *, unsigned long,
			const struct iovec *, unsigned long, unsigned long) =
		write ? process_vm_writev : process_vm_readv;
	ssize_t done = move(getpid(), &here, 1, &there, 1, 0);

	return done < 0 ? 0 : (size_t)done;
}

size_t reach_peek(const struct stretch *s, uint64_t at, void *data,
		  size_t length)
{
	errno = 0;
	return copy(s->mapping, at, data, length, false);
}

static enum status read_only(const struct stretch *s, struct failure *f)
{
	fail(f,
	     "0x%" PRIx64 "-0x%" PRIx64
	     " are pages of %s, which was mapped for reading only",
	     s->start, s->last, s->mapping->memory->path);
	fail_hint(f, "iommufdctl help ioas map");
	return f->status;
}

enum status reach_check(const struct span *span, bool write, struct failure *f)
{
	uint64_t at = span->start;

	for (;;) {
		struct stretch s = reach_at(span, at);

		if (!s.mapping) {
			fail(f,
			     "ioas %" PRIu32 " maps nothing at 0x%" PRIx64
			     "-0x%" PRIx64,
			     span->ioas->id, s.start, s.last);
			fail_hint(f, "iommufdctl ioas show %" PRIu32,
				  span->ioas->id);
			return f->status;
		}
		if (write && s.mapping->memory->read_only)
			return read_only(&s, f);
		if (s.last == span->last)
			return STATUS_OK;
		at = s.last + 1;
	}
}

static enum status lost(const struct stretch *s, uint64_t at, struct failure *f)
{
	const char *path = s->mapping->memory->path;

	if (errno != EFAULT && errno != 0)
		return fail_errno(f, "the memory at 0x%" PRIx64, at);
	f->err = EFAULT;
	return fail(f, "the page at 0x%" PRIx64 " is not to be had%s%s", at,
		    path ? ", perhaps since the file became shorter: " : "",
		    path ? path : "");
}

static enum status move(const struct object *ioas, uint64_t iova, char *data,
			size_t length, bool write, struct failure *f)
{
	const struct span span = { ioas, iova, iova + (length - 1) };

	while (length) {
		struct stretch s = reach_at(&span, iova);
		size_t part = s.last - iova < length ? s.last - iova + 1
						     : length;
		size_t done;

		errno = 0;
		done = s.mapping ? copy(s.mapping, iova, data, part, write) : 0;
		if (!s.mapping)
			return reach_check(&span, write, f);
		/* A short copy says nothing of why: what is left does. */
		if (!done)
			return lost(&s, iova, f);
		iova += done;
		data += done;
		length -= done;
	}
	return STATUS_OK;
}

enum status reach_get(const struct object *ioas, uint64_t iova, void *data,
		      size_t length, struct failure *f)
{
	return move(ioas, iova, data, length, false, f);
}

enum status reach_put(const struct object *ioas, uint64_t iova,
		      const void *data, size_t length, struct failure *f)
{
	return move(ioas, iova, (char *)data, length, true, f);
}

enum status reach_span(const struct parsed *p, const struct value *iova,
		       const struct value *length, struct span *span,
		       struct failure *f)
{
	if (!length->num)
		return fail_at(f, p->words, length->at,
			       "0 bytes are nothing to look at or to change");
	if (iova->num > UINT64_MAX - (length->num - 1))
		return fail_at(f, p->words, length->at,
			       "so many bytes from 0x%" PRIx64
			       " pass the end of the address space",
			       iova->num);
	span->start = iova->num;
	span->last = iova->num + (length->num - 1);
	return STATUS_OK;
}
