// SPDX-License-Identifier: GPL-2.0-or-later
#include "proto.h"

#include "buf.h"

void proto_put(struct buf *out, enum message_type type,
	       const struct part parts[static 3])
{
	struct message_head head = { .version = PROTO_VERSION,
				     .type = (uint16_t)type };

	for (int i = 0; i < 3; i++)
		head.length += (uint32_t)parts[i].length;
	buf_add(out, &head, sizeof(head));
	for (int i = 0; i < 3; i++)
		buf_add(out, parts[i].data, parts[i].length);
}
