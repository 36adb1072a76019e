/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operations of in-kernel users: pinning, reading and writing.
 */
#ifndef TESTS_MOCK_MODEL_ACCESS_H
#define TESTS_MOCK_MODEL_ACCESS_H

#include "model_try.h"

static bool new_access(void)
{
	int index = PICK(model.accesses, !it->live);
	int table = below(TABLES);
	bool pins = one_in(2);
	int expected, rc;

	if (index < 0)
		return true;
	expected = expect_access(&model, table, pins);
	TRYING("a new access of table %d, to %s", table,
	       pins ? "pin" : "read and write");
	rc = mock_access(fd, model.tables[table].id, pins);
	if (!expect(rc < 0 ? rc : 0, expected))
		return false;
	if (!expected)
		model.accesses[index] = (struct access){
			.live = true,
			.fd = rc,
			.pins_pages = pins,
			.table = table,
		};
	return true;
}

static bool end_access(void)
{
	int index = PICK(model.accesses, it->live);

	if (index < 0)
		return true;
	TRYING("the end of access %d", index);
	model.accesses[index].live = false;
	return expect(close(model.accesses[index].fd) ? -errno : 0, 0);
}

static bool replace_access(void)
{
	int index = PICK(model.accesses, it->live);
	struct access *access = &model.accesses[index];
	int table = below(TABLES);
	int expected;

	if (index < 0)
		return true;
	expected = table == access->table
			   ? 0
			   : expect_access(&model, table, access->pins_pages);
	TRYING("access %d of table %d put onto table %d", index, access->table,
	       table);
	if (!expect(mock_access_replace(fd, access->fd, model.tables[table].id),
		    expected))
		return false;
	if (!expected && table != access->table) {
		access->pins_held = 0;
		access->table = table;
	}
	return true;
}

/* @at: set to the memory if it is in one piece, else NULL. */
static int expect_pin(const struct access *access, uint64_t iova,
		      uint64_t length, bool write, void **at)
{
	struct mapping pieces[16];
	const struct table *t = &model.tables[access->table];
	uint64_t left = length;
	int count = 0;

	*at = NULL;
	if (!access->pins_pages)
		return EOPNOTSUPP;
	if (!length)
		return EINVAL;
	while (left) {
		const struct mapping *m = mapping_at(t, iova);
		struct mapping *piece = &pieces[count];
		uint64_t byte;

		if (!m)
			return ENOENT;
		byte = m->byte + iova - m->iova;
		*piece = *m;
		piece->length = last_of(m) - iova + 1;
		piece->byte = byte;
		if (piece->length > left)
			piece->length = left;
		if (byte % PAGE || (left > last_of(m) - iova + 1 &&
				    (m->byte + m->length) % PAGE))
			return EINVAL;
		if (write ? !(m->flags & WRITE) : !(m->flags & READ))
			return EPERM;
		if (is_bad(first_page(piece), last_page(piece), allow_write(m)))
			return EFAULT;
		iova += piece->length;
		left -= piece->length;
		count++;
	}
	if (count == 1)
		*at = arena + pieces[0].byte;
	return 0;
}

static uint64_t some_mapped_iova(int table)
{
	const struct table *t = &model.tables[table];
	const struct mapping *m;

	if (!t->mapped || one_in(20))
		return some_iova();
	m = &t->mappings[below(t->mapped)];
	return m->iova + below(m->length / granule + 1) / 2 * granule;
}

static bool pin(void)
{
	int index = PICK(model.accesses,
			 it->live && it->pins_pages && it->pins_held < PINS);
	struct access *access = &model.accesses[index];
	bool write = one_in(3);
	uint64_t iova, length;
	int expected;
	uint32_t id;
	void *at;

	if (index < 0)
		return true;
	iova = some_mapped_iova(access->table);
	length = one_in(4) ? 1 + below(PAGE) : (1 + below(3)) * PAGE;
	expected = expect_pin(access, iova, length, write, &at);
	TRYING("access %d pinning 0x%llx bytes at 0x%llx%s", index,
	       (long long)length, (long long)iova, write ? " to write" : "");
	if (!expect(mock_pin(fd, access->fd, iova, length, at, write, &id),
		    expected))
		return false;
	if (!expected)
		access->pins[access->pins_held++] =
			(struct pin){ id, iova, length };
	return true;
}

static bool unpin(void)
{
	int index = PICK(model.accesses, it->live && it->pins_held);
	struct access *access;
	int at;

	if (index < 0 || one_in(20))
		index = PICK(model.accesses, it->live);
	if (index < 0)
		return true;
	access = &model.accesses[index];
	if (!access->pins_held) {
		TRYING("access %d unpinning what is not", index);
		return expect(mock_unpin(fd, access->fd, 1u << 30), ENOENT);
	}
	at = below(access->pins_held);
	TRYING("access %d unpinning 0x%llx bytes at 0x%llx", index,
	       (long long)access->pins[at].length,
	       (long long)access->pins[at].iova);
	if (!expect(mock_unpin(fd, access->fd, access->pins[at].id), 0))
		return false;
	access->pins[at] = access->pins[--access->pins_held];
	return true;
}

/*
 * Goes through the pieces as the kernel does; @bytes are copied to or from
 * the arena as far as the model can tell. -1: either answer will do, since
 * what cannot be written may still be read or not, depending on the path.
 */
static int expect_rw(const struct access *access, uint64_t iova,
		     uint64_t length, bool write, unsigned char *bytes)
{
	const struct table *t = &model.tables[access->table];
	int doubtful = 0;

	if (!length)
		return EINVAL;
	while (length) {
		const struct mapping *m = mapping_at(t, iova);
		struct mapping piece;

		if (!m)
			return doubtful ? -1 : ENOENT;
		if (write ? !(m->flags & WRITE) : !(m->flags & READ))
			return doubtful ? -1 : EPERM;
		piece = *m;
		piece.byte = m->byte + iova - m->iova;
		piece.length = last_of(m) - iova + 1;
		if (piece.length > length)
			piece.length = length;
		if (is_bad(first_page(&piece), last_page(&piece), write))
			return doubtful ? -1 : EFAULT;
		if (is_bad(first_page(&piece), last_page(&piece),
			   allow_write(m)))
			doubtful = 1;
		if (write)
			memcpy(arena + piece.byte, bytes, piece.length);
		else
			memcpy(bytes, arena + piece.byte, piece.length);
		bytes += piece.length;
		iova += piece.length;
		length -= piece.length;
	}
	return doubtful ? -1 : 0;
}

static bool read_bytes(int index, uint64_t iova, uint64_t length,
		       uint32_t flags)
{
	static unsigned char expected_bytes[8 * PAGE], bytes[8 * PAGE];
	struct access *access = &model.accesses[index];
	int expected, rc;

	TRYING("access %d reading 0x%llx bytes at 0x%llx, flags %d", index,
	       (long long)length, (long long)iova, flags);
	expected = expect_rw(access, iova, length, false, expected_bytes);
	rc = mock_rw(fd, access->fd, iova, length, bytes, flags);
	if (expected < 0)
		return rc <= 0;
	if (!expect(rc, expected))
		return false;
	if (expected || !memcmp(bytes, expected_bytes, length))
		return true;
	printf("# %s: the wrong bytes\n", what);
	return false;
}

/* The kernel writes, then the model, and nothing may have changed by that. */
static bool write_bytes(int index, uint64_t iova, uint64_t length,
			uint32_t flags)
{
	static unsigned char before[ARENA_PAGES * PAGE];
	static unsigned char bytes[8 * PAGE];
	struct access *access = &model.accesses[index];
	const size_t first_part = READ_ONLY_FIRST * PAGE;
	int expected, rc;
	uint64_t i;

	for (i = 0; i < length; i++)
		bytes[i] = random_next(&rng) >> 56;
	TRYING("access %d writing 0x%llx bytes at 0x%llx, flags %d", index,
	       (long long)length, (long long)iova, flags);
	rc = mock_rw(fd, access->fd, iova, length, bytes,
		     flags | MOCK_ACCESS_RW_WRITE);
	memcpy(before, arena, first_part);
	expected = expect_rw(access, iova, length, true, bytes);
	if (!expect(rc, expected))
		return false;
	if (expected || !memcmp(before, arena, first_part))
		return true;
	printf("# %s: the bytes are not there\n", what);
	return false;
}

static bool read_write(void)
{
	int index = PICK(model.accesses, it->live);
	uint32_t flags = one_in(2) ? MOCK_ACCESS_RW_SLOW_PATH : 0;
	uint64_t iova, length;

	if (index < 0)
		return true;
	iova = some_mapped_iova(model.accesses[index].table) + below(64);
	length = one_in(2) ? below(300) : below(3 * PAGE);
	if (one_in(3))
		return write_bytes(index, iova, length, flags);
	return read_bytes(index, iova, length, flags);
}

#endif
