/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operations on mappings: MAP, COPY and UNMAP.
 */
#ifndef TESTS_MOCK_MODEL_MAPS_H
#define TESTS_MOCK_MODEL_MAPS_H

#include "model_place.h"
#include "model_try.h"

static bool check_mapping(int pagetable, const struct mapping *m)
{
	int rc;

	if (m->flags && (m->iova | m->length | m->byte) & (IO_PAGE - 1))
		return true;
	rc = mock_check_map(fd, model.pagetables[pagetable].id, m->iova,
			    m->length, arena + m->byte);
	if (!rc)
		return true;
	printf("# after %s: page table %d: 0x%llx bytes at 0x%llx are not those of arena + 0x%llx: %s\n",
	       what, pagetable, (long long)m->length, (long long)m->iova,
	       (long long)m->byte, strerror(-rc));
	return false;
}

static bool check_in_pagetables(int table, const struct mapping *m)
{
	int i;

	for (i = 0; i < PAGETABLES; i++) {
		if (model.pagetables[i].live &&
		    model.pagetables[i].table == table && !check_mapping(i, m))
			return false;
	}
	return true;
}

static int expect_map(int table, uint64_t byte, uint64_t length, uint32_t flags,
		      uint64_t *iova)
{
	uint64_t alignment = alignment_of(&model, table);
	int expected;

	if (!length || length & (alignment - 1))
		return EINVAL;
	if (flags & FIXED)
		expected = expect_fixed(&model, table, *iova, length);
	else
		expected = expect_automatic(
			&model, table, (uintptr_t)arena + byte, length, iova);
	if (expected)
		return expected;
	if (byte & (alignment - 1))
		return EINVAL;
	if (pagetables_of(&model, table) &&
	    is_bad(byte / PAGE, (byte + length - 1) / PAGE, flags & WRITE))
		return EFAULT;
	return 0;
}

static bool try_map(uint32_t fixed)
{
	int table = below(TABLES);
	uint64_t length = some_length();
	uint64_t byte = some_byte(length);
	uint32_t flags = some_access() | fixed;
	uint64_t iova = fixed ? some_iova() : 0;
	uint64_t expected_iova = iova;
	struct mapping mapping;
	int expected;

	if (model.tables[table].mapped == MAPPINGS)
		return true;
	TRYING("MAP into %d, flags %d, arena + 0x%llx, length 0x%llx, at 0x%llx",
	       table, flags, (long long)byte, (long long)length,
	       (long long)iova);
	expected = expect_map(table, byte, length, flags, &expected_iova);
	if (!expect(ioas_map(fd, model.tables[table].id, flags, arena + byte,
			     length, &iova),
		    expected))
		return false;
	if (expected)
		return true;
	if (!expect_value("address", iova, expected_iova))
		return false;
	mapping = (struct mapping){
		.iova = iova,
		.length = length,
		.byte = byte,
		.source = new_source(&model, byte, flags & WRITE),
		.flags = flags & (READ | WRITE),
	};
	add_mapping(&model, table, mapping);
	return check_in_pagetables(table, &mapping);
}

static bool map_fixed(void)
{
	return try_map(FIXED);
}

static bool map_automatic(void)
{
	return try_map(0);
}

/* The range of a COPY's source, from somewhere in a mapping on. */
static void some_source(int from, uint64_t *iova, uint64_t *length)
{
	const struct table *t = &model.tables[from];
	const struct mapping *m;
	uint64_t skipped;

	*iova = some_iova();
	*length = some_length();
	if (!t->mapped || one_in(20))
		return;
	m = &t->mappings[below(t->mapped)];
	*iova = m->iova;
	if (!one_in(4))
		*length = m->length;
	skipped = below(m->length / granule + 1) * granule;
	if (one_in(3) && skipped < m->length) {
		*iova += skipped;
		if (!one_in(8))
			*length = (1 +
				   below((m->length - skipped) / granule + 1)) *
				  granule;
	}
}

/*
 * Puts the pieces of what is mapped from @iova on into @pieces. Returns how
 * many there are, 0 if some of it is not mapped, -1 if there is no room.
 */
static int slice(int from, uint64_t iova, uint64_t length,
		 struct mapping *pieces, int room)
{
	const struct table *t = &model.tables[from];
	int count = 0;

	while (length) {
		const struct mapping *m = mapping_at(t, iova);
		struct mapping piece;

		if (!m)
			return 0;
		if (count == room)
			return -1;
		piece = *m;
		piece.iova = iova;
		piece.byte += iova - m->iova;
		piece.length = last_of(m) - iova + 1;
		if (piece.length > length)
			piece.length = length;
		pieces[count++] = piece;
		iova += piece.length;
		length -= piece.length;
	}
	return count;
}

/* Whether a piece but the first begins, or one but the last ends, amiss. */
static bool are_pieces_aligned(const struct mapping *pieces, int count,
			       uint64_t alignment)
{
	int i;

	for (i = 0; i < count; i++) {
		if ((pieces[i].length | pieces[i].byte) & (alignment - 1))
			return false;
	}
	return true;
}

static int expect_copy(int to, struct mapping *pieces, int count,
		       uint64_t length, uint32_t flags, uint64_t *iova)
{
	uint64_t alignment = alignment_of(&model, to);
	int expected;
	int i;

	if (!length)
		return EINVAL;
	if (!count)
		return ENOENT;
	if (length & (alignment - 1))
		return EINVAL;
	if (flags & FIXED)
		expected = expect_fixed(&model, to, *iova, length);
	else
		expected = expect_automatic(&model, to,
					    (uintptr_t)arena + pieces[0].byte,
					    length, iova);
	if (expected)
		return expected;
	for (i = 0; i < count; i++) {
		if (flags & WRITE && !allow_write(&pieces[i]))
			return EPERM;
		if ((pieces[i].length | pieces[i].byte) & (alignment - 1))
			return EINVAL;
	}
	for (i = 0; pagetables_of(&model, to) && i < count; i++) {
		if (is_bad(first_page(&pieces[i]), last_page(&pieces[i]),
			   allow_write(&pieces[i])))
			return EFAULT;
	}
	return 0;
}

static bool copy(void)
{
	struct mapping pieces[8];
	int from = below(TABLES);
	int to = below(TABLES);
	uint32_t flags = some_access() | (one_in(2) ? FIXED : 0);
	uint64_t iova = flags & FIXED ? some_iova() : 0;
	uint64_t expected_iova = iova;
	uint64_t src_iova, length;
	int expected, count, i;

	some_source(from, &src_iova, &length);
	count = slice(from, src_iova, length, pieces, 8);
	if (count < 0 || model.tables[to].mapped + count > MAPPINGS)
		return true;
	/* Linux maps what is aligned as a whole and is not in its parts. */
	if (on_upstream() &&
	    !are_pieces_aligned(pieces, count, alignment_of(&model, to)))
		return true;
	TRYING("COPY from %d at 0x%llx to %d, flags %d, length 0x%llx, at 0x%llx",
	       from, (long long)src_iova, to, flags, (long long)length,
	       (long long)iova);
	expected =
		expect_copy(to, pieces, count, length, flags, &expected_iova);
	if (!expect(ioas_copy(fd, flags, model.tables[to].id,
			      model.tables[from].id, length, &iova, src_iova),
		    expected))
		return false;
	if (expected)
		return true;
	if (!expect_value("address", iova, expected_iova))
		return false;
	for (i = 0; i < count; i++) {
		pieces[i].iova = iova;
		pieces[i].flags = flags & (READ | WRITE);
		add_mapping(&model, to, pieces[i]);
		if (!check_in_pagetables(to, &pieces[i]))
			return false;
		iova += pieces[i].length;
	}
	return true;
}

/*
 * Takes out what lies in the range, and says what the answer is. Linux unmaps
 * up to the mapping that sticks out; this module then unmaps nothing.
 */
static int model_unmap(int table, uint64_t start, uint64_t last,
		       uint64_t *unmapped)
{
	struct table *t = &model.tables[table];
	bool sticks_out = false;
	int i;

	*unmapped = 0;
	for (i = 0; i < t->mapped; i++) {
		const struct mapping *m = &t->mappings[i];

		if (m->iova <= last && start <= last_of(m) &&
		    (m->iova < start || last_of(m) > last))
			sticks_out = true;
	}
	if (sticks_out && !on_upstream())
		return ENOENT;
	for (i = 0; i < t->mapped;) {
		const struct mapping *m = &t->mappings[i];

		if (m->iova > last || start > last_of(m)) {
			i++;
			continue;
		}
		if (m->iova < start || last_of(m) > last)
			return ENOENT;
		*unmapped += m->length;
		remove_mapping(&model, table, i);
	}
	return *unmapped ? 0 : ENOENT;
}

static bool unmap_range(int table, uint64_t iova, uint64_t length)
{
	uint64_t answered = length;
	uint64_t unmapped = 0;
	int expected;

	TRYING("UNMAP of %d at 0x%llx, length 0x%llx", table, (long long)iova,
	       (long long)length);
	if (!length)
		expected = EINVAL;
	else
		expected =
			model_unmap(table, iova, iova + length - 1, &unmapped);
	return expect(ioas_unmap(fd, model.tables[table].id, iova, &answered),
		      expected) &&
	       (expected || expect_value("length", answered, unmapped));
}

static bool unmap_one(void)
{
	int table = below(TABLES);
	const struct table *t = &model.tables[table];
	struct mapping m;

	if (!t->mapped)
		return unmap_range(table, some_iova(), some_length());
	m = t->mappings[below(t->mapped)];
	if (one_in(20) && m.length > granule)
		m.length -= granule;
	return unmap_range(table, m.iova, m.length);
}

static bool unmap_some(void)
{
	return unmap_range(below(TABLES), some_iova(),
			   some_length() * (1 + below(16)));
}

static bool unmap_all(int table)
{
	uint64_t answered = UINT64_MAX;
	uint64_t unmapped;

	TRYING("UNMAP of all of %d", table);
	model_unmap(table, 0, UINT64_MAX, &unmapped);
	return expect(ioas_unmap(fd, model.tables[table].id, 0, &answered),
		      0) &&
	       expect_value("length", answered, unmapped);
}

static bool unmap_everything(void)
{
	return unmap_all(below(TABLES));
}

#endif
