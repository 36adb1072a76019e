// SPDX-License-Identifier: GPL-2.0-or-later
#include "unmap.h"

#include <inttypes.h>

#include "iommu.h"

const struct opt unmap_opts[] = {
	[UNMAP_ALL] = { .name = "all",
			.kind = KIND_FLAG,
			.help = "unmap everything" },
	{ 0 },
};

const struct block unmap_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "unmapped",
	  .text = "unmapped {length} bytes ({length:size}) in {num_mappings:mapping}" },
	{ 0 },
};

enum status unmap_check(const struct parsed *p, const struct value *iova,
			struct failure *f)
{
	const struct value *length = iova + 1;

	if (p->opt[UNMAP_ALL].set)
		return iova->set ? fail_at(f, p->words, iova->at,
					   "--all takes no address")
				 : STATUS_OK;
	if (!length->set)
		return fail_at(f, p->words, p->words->count,
			       "what to unmap? IOVA LENGTH, or --all");
	if (!length->num)
		return fail_at(f, p->words, length->at,
			       "0 bytes cannot be unmapped");
	if (iova->num > UINT64_MAX - (length->num - 1))
		return fail_at(f, p->words, length->at,
			       "so many bytes from 0x%" PRIx64
			       " pass the end of the address space",
			       iova->num);
	return STATUS_OK;
}

json_t *unmapped_json(uint32_t ioas_id, uint64_t iova, uint64_t length,
		      size_t count)
{
	return json_pack("{s:{s:I, s:o, s:o, s:I}}", "unmapped", "ioas_id",
			 (json_int_t)ioas_id, "iova", json_hex64(iova),
			 "length", json_hex64(length), "num_mappings",
			 (json_int_t)count);
}
