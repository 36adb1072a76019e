// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>

#include "buf.h"
#include "context.h"
#include "reasons.h"

const char *hex64(__u64 value, char out[static HEX64_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	unsigned nibbles = value ? (67 - (unsigned)__builtin_clzll(value)) / 4
				 : 1;

	out[0] = '0';
	out[1] = 'x';
	out[2 + nibbles] = '\0';
	for (; nibbles; value >>= 4)
		out[1 + nibbles--] = digits[value & 0xf];
	return out;
}

json_t *json_hex64(__u64 value)
{
	char text[HEX64_SIZE];

	return json_string_nocheck(hex64(value, text));
}

json_t *json_bytes(const void *data, size_t length)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *byte = data;
	struct buf text = { 0 };
	json_t *json;

	buf_reserve(&text, 2 * length);
	for (size_t i = 0; i < length; i++) {
		buf_putc(&text, digits[byte[i] >> 4]);
		buf_putc(&text, digits[byte[i] & 0xf]);
	}
	json = json_string_nocheck(buf_text(&text));
	buf_free(&text);
	return json;
}

json_t *json_range(const struct iommu_iova_range *range)
{
	return json_pack("{s:o, s:o}", "start", json_hex64(range->start),
			 "last", json_hex64(range->last));
}

static enum status refused(struct context *ctx,
			   const struct iommu_request *request, const void *arg,
			   struct failure *f)
{
	f->err = errno;
	f->ioctl = request->name;
	f->request = json_object();
	for (const struct field *field = request->fields; field->name; field++)
		if (field->role == FIELD_ASKED)
			json_object_set_new(f->request, field->name,
					    field_value_json(field, arg));
	reasons_tell(request, f);
	if (request->explain && f->err != ENOTTY)
		request->explain(ctx, arg, f);
	return f->status;
}

enum status iommu_ask_of(struct context *ctx, int fd,
			 const struct iommu_request *request, void *arg,
			 int *answer, struct failure *f)
{
	const struct vfio_value *number = arg;

	*answer = request->by_value ? ioctl(fd, request->number,
					    (unsigned long)number->value)
				    : ioctl(fd, request->number, arg);
	return *answer < 0 ? refused(ctx, request, arg, f) : STATUS_OK;
}

enum status iommu_ask(struct context *ctx, const struct iommu_request *request,
		      void *arg, int *answer, struct failure *f)
{
	return iommu_ask_of(ctx, ctx->fd, request, arg, answer, f);
}

enum status iommu_call(struct context *ctx, const struct iommu_request *request,
		       void *arg, struct failure *f)
{
	int answer;

	return iommu_ask(ctx, request, arg, &answer, f);
}

char *kernel_release(void)
{
	struct utsname name;

	uname(&name);
	return mem_strdup(name.release);
}

static int by_start(const void *a, const void *b)
{
	const struct iommu_iova_range *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

int iommu_ranges_of(int fd, struct iommu_ioas_iova_ranges *ask,
		    struct iova_ranges *ranges)
{
	__u32 room = 8, id = ask->ioas_id;
	int err;

	*ranges = (struct iova_ranges){ 0 };
	for (;;) {
		ranges->range = mem_realloc(ranges->range,
					    room * sizeof(*ranges->range));
		*ask = (struct iommu_ioas_iova_ranges){
			.size = sizeof(*ask),
			.ioas_id = id,
			.num_iovas = room,
			.allowed_iovas = (uintptr_t)ranges->range,
		};
		if (!ioctl(fd, IOMMU_IOAS_IOVA_RANGES, ask))
			break;
		err = errno;
		if (err != EMSGSIZE || ask->num_iovas <= room) {
			free(ranges->range);
			ranges->range = NULL;
			return err;
		}
		room = ask->num_iovas;
	}
	ranges->count = ask->num_iovas;
	ranges->alignment = ask->out_iova_alignment;
	qsort(ranges->range, ranges->count, sizeof(*ranges->range), by_start);
	return 0;
}

enum status iommu_ranges(struct context *ctx, __u32 ioas_id,
			 struct iova_ranges *ranges, struct failure *f)
{
	struct iommu_ioas_iova_ranges ask = { .ioas_id = ioas_id };

	errno = iommu_ranges_of(ctx->fd, &ask, ranges);
	return errno ? refused(ctx, &iommu_ranges_request, &ask, f) : STATUS_OK;
}

bool iommu_reserved(const struct iova_ranges *ranges, __u64 start, __u64 last,
		    struct iommu_iova_range *reserved)
{
	__u64 from = 0;

	for (size_t i = 0; i <= ranges->count; i++) {
		const struct iommu_iova_range *next =
			i < ranges->count ? &ranges->range[i] : NULL;

		*reserved =
			(struct iommu_iova_range){ from, next ? next->start - 1
							      : UINT64_MAX };
		if ((!next || next->start > from) && reserved->start <= last &&
		    reserved->last >= start)
			return true;
		if (next && next->last == UINT64_MAX)
			return false;
		if (next)
			from = next->last + 1;
	}
	return false;
}

json_t *json_ranges(const struct iova_ranges *ranges)
{
	json_t *list = json_array();

	for (size_t i = 0; i < ranges->count; i++)
		json_array_append_new(list, json_range(&ranges->range[i]));
	return list;
}

json_t *json_reserved(const struct iova_ranges *ranges)
{
	struct iommu_iova_range hole;
	json_t *list = json_array();
	__u64 from = 0;

	while (iommu_reserved(ranges, from, UINT64_MAX, &hole)) {
		json_array_append_new(list, json_range(&hole));
		if (hole.last == UINT64_MAX)
			break;
		from = hole.last + 1;
	}
	return list;
}
