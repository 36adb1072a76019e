// SPDX-License-Identifier: GPL-2.0-or-later
/* A field of a request as JSON: numbers, addresses, flags by name. */
#include <linux/vfio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "iommu.h"

static const char *const features[] = {
	"PCI_VF_TOKEN",
	"MIGRATION",
	"MIG_DEVICE_STATE",
	"LOW_POWER_ENTRY",
	"LOW_POWER_ENTRY_WITH_WAKEUP",
	"LOW_POWER_EXIT",
	"DMA_LOGGING_START",
	"DMA_LOGGING_STOP",
	"DMA_LOGGING_REPORT",
	"MIG_DATA_SIZE",
	"BUS_MASTER",
};

/* The feature is a number, the rest of the bits say what to do with it. */
static const char *const feature_bits[] = { "GET", "SET", "PROBE", NULL };

json_t *json_flags(__u64 bits, const char *const *names)
{
	json_t *list = json_array();

	for (unsigned i = 0; names[i]; i++) {
		if (bits & UINT64_C(1) << i)
			json_array_append_new(list, json_string(names[i]));
		bits &= ~(UINT64_C(1) << i);
	}
	if (bits)
		json_array_append_new(list, json_hex64(bits));
	return list;
}

static json_t *feature_json(__u32 flags)
{
	__u32 feature = flags & VFIO_DEVICE_FEATURE_MASK;
	json_t *list = json_flags(flags >> 16, feature_bits);

	json_array_append_new(list,
			      feature < sizeof(features) / sizeof(*features)
				      ? json_string(features[feature])
				      : json_hex64(feature));
	return list;
}

static json_t *text_json(const char *text, size_t size)
{
	char *copy = mem_asprintf("%.*s", (int)size, text);
	json_t *json = json_text(copy);

	free(copy);
	return json;
}

json_t *field_value_json(const struct field *field, const void *arg)
{
	const char *at = (const char *)arg + field->offset;
	__u64 value = 0;

	/* A little-endian machine, as all that have an iommufd are. */
	if (field->size <= sizeof(value))
		memcpy(&value, at, field->size);
	switch (field->kind) {
	case FIELD_S32:
		return json_integer((__s32)value);
	case FIELD_U64:
		return json_hex64(value);
	case FIELD_FLAGS:
		return json_flags(value, field->flags);
	case FIELD_FEATURE:
		return feature_json((__u32)value);
	case FIELD_TEXT:
		return text_json(at, field->size);
	default:
		return json_integer((json_int_t)value);
	}
}
