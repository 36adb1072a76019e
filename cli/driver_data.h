/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Structs that the IOMMU's driver understands, and the kernel only passes on.
 * Those that Linux publishes are written and shown by their fields, any other
 * is a file of bytes:
 *
 *	vtd-s1,pgtbl_addr=0x10000,addr_width=48,flags=SRE+WPE
 *	0xdead,file=PATH
 */
#ifndef CLI_DRIVER_DATA_H
#define CLI_DRIVER_DATA_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"

struct context;
struct parsed;
struct value;

struct data_field {
	const char *name;
	size_t offset, size; /* of 1, 4 or 8 bytes; 0 ends a table */
	const char *const *flags; /* names of bits 0, 1, ..., or NULL */
};

struct data_type {
	const char *name; /* NULL ends a table */
	uint32_t number;
	size_t size;
	const struct data_field *fields;
};

/* Of IOMMU_HWPT_ALLOC, IOMMU_HWPT_INVALIDATE, IOMMU_GET_HW_INFO, events. */
extern const struct data_type hwpt_types[], invalidate_types[], info_types[],
	event_types[];

struct driver_data {
	uint32_t number; /* of the type */
	const struct data_type *type; /* or NULL: it is not known */
	void *bytes; /* to be freed */
	size_t length;
};

/* The type at the beginning of a word, by name or number. */
enum status data_type_read(const struct parsed *p, const struct value *v,
			   const struct data_type *types,
			   struct driver_data *data, struct failure *f);
/* Reads "TYPE,..." into @data. */
enum status data_read(const struct context *ctx, const struct parsed *p,
		      const struct value *v, const struct data_type *types,
		      struct driver_data *data, struct failure *f);
/* Adds what "FIELD=VALUE,..." or "file=PATH" says to the end of @data. */
enum status data_add(const struct context *ctx, const struct parsed *p,
		     const struct value *v, const char *text,
		     struct driver_data *data, struct failure *f);

const struct data_type *data_type_find(const struct data_type *types,
				       uint32_t number);
/* An array of { field, value }; of an unknown type its bytes as one. */
json_t *data_json(const struct data_type *type, const void *bytes,
		  size_t length);

#endif
