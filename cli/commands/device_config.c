// SPDX-License-Identifier: GPL-2.0-or-later
/* `device config`: the configuration space of a PCI device, as VFIO shows it. */
#include <endian.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "commands/commands.h"
#include "context.h"
#include "device.h"
#include "iommu.h"
#include "made.h"
#include "render.h"

#define EXTENDED 0x100 /* where the capabilities of PCI Express begin */
#define MOST 0x1000

struct space {
	unsigned char byte[MOST];
	size_t length;
};

static __u32 get(const struct space *s, size_t at, size_t width)
{
	__u32 value = 0;

	if (at + width <= s->length)
		memcpy(&value, s->byte + at, width);
	return le32toh(value);
}

/* Registers of every header of type 0. */
static const struct {
	const char *name;
	unsigned char at, width;
} registers[] = {
	{ "vendor", PCI_VENDOR_ID, 2 },
	{ "device", PCI_DEVICE_ID, 2 },
	{ "command", PCI_COMMAND, 2 },
	{ "status", PCI_STATUS, 2 },
	{ "revision", PCI_REVISION_ID, 1 },
	{ "class", PCI_CLASS_PROG, 3 },
	{ "header_type", PCI_HEADER_TYPE, 1 },
	{ "bar0", PCI_BASE_ADDRESS_0, 4 },
	{ "bar1", PCI_BASE_ADDRESS_1, 4 },
	{ "bar2", PCI_BASE_ADDRESS_2, 4 },
	{ "bar3", PCI_BASE_ADDRESS_3, 4 },
	{ "bar4", PCI_BASE_ADDRESS_4, 4 },
	{ "bar5", PCI_BASE_ADDRESS_5, 4 },
	{ "subsystem_vendor", PCI_SUBSYSTEM_VENDOR_ID, 2 },
	{ "subsystem", PCI_SUBSYSTEM_ID, 2 },
	{ "rom", PCI_ROM_ADDRESS, 4 },
	{ "interrupt_line", PCI_INTERRUPT_LINE, 1 },
	{ "interrupt_pin", PCI_INTERRUPT_PIN, 1 },
};

static const char *const command_bits[] = {
	"IO",	      "MEMORY",	     "MASTER",	     "SPECIAL",
	"INVALIDATE", "VGA_PALETTE", "PARITY",	     "WAIT",
	"SERR",	      "FAST_BACK",   "INTX_DISABLE", NULL
};

static const char *const standard_names[] = {
	[PCI_CAP_ID_PM] = "power management",
	[PCI_CAP_ID_AGP] = "AGP",
	[PCI_CAP_ID_VPD] = "vital product data",
	[PCI_CAP_ID_SLOTID] = "slot identification",
	[PCI_CAP_ID_MSI] = "MSI",
	[PCI_CAP_ID_PCIX] = "PCI-X",
	[PCI_CAP_ID_HT] = "HyperTransport",
	[PCI_CAP_ID_VNDR] = "vendor specific",
	[PCI_CAP_ID_SSVID] = "subsystem",
	[PCI_CAP_ID_EXP] = "PCI Express",
	[PCI_CAP_ID_MSIX] = "MSI-X",
	[PCI_CAP_ID_SATA] = "SATA",
	[PCI_CAP_ID_AF] = "advanced features",
	[PCI_CAP_ID_EA] = "enhanced allocation",
};

static const char *const extended_names[] = {
	[PCI_EXT_CAP_ID_ERR] = "error reporting",
	[PCI_EXT_CAP_ID_VC] = "virtual channel",
	[PCI_EXT_CAP_ID_DSN] = "serial number",
	[PCI_EXT_CAP_ID_PWR] = "power budgeting",
	[PCI_EXT_CAP_ID_VNDR] = "vendor specific",
	[PCI_EXT_CAP_ID_ACS] = "access control",
	[PCI_EXT_CAP_ID_ARI] = "routing ids",
	[PCI_EXT_CAP_ID_ATS] = "address translation",
	[PCI_EXT_CAP_ID_SRIOV] = "virtual functions",
	[PCI_EXT_CAP_ID_PRI] = "page requests",
	[PCI_EXT_CAP_ID_REBAR] = "resizable BARs",
	[PCI_EXT_CAP_ID_LTR] = "latency tolerance",
	[PCI_EXT_CAP_ID_PASID] = "PASID",
	[PCI_EXT_CAP_ID_DPC] = "downstream containment",
	[PCI_EXT_CAP_ID_L1SS] = "power substates",
	[PCI_EXT_CAP_ID_PTM] = "precise time",
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static json_t *header_json(const struct space *s)
{
	json_t *fields = json_array();

	for (size_t i = 0; i < COUNT(registers); i++)
		json_array_append_new(
			fields, json_pack("{s:s, s:o}", "field",
					  registers[i].name, "value",
					  json_hex64(get(s, registers[i].at,
							 registers[i].width))));
	json_array_append_new(
		fields,
		json_pack("{s:s, s:o}", "field", "command_bits", "value",
			  json_flags(get(s, PCI_COMMAND, 2), command_bits)));
	return fields;
}

static void add_field(json_t *fields, const char *name, __u64 value)
{
	json_array_append_new(fields, json_pack("{s:s, s:o}", "field", name,
						"value", json_hex64(value)));
}

/* What is worth knowing of those that VFIO's users look for. */
static json_t *capability_fields(const struct space *s, size_t at, __u32 id)
{
	json_t *fields = json_array();
	__u32 flags = get(s, at + 2, 2);

	switch (id) {
	case PCI_CAP_ID_PM:
		add_field(fields, "state",
			  get(s, at + PCI_PM_CTRL, 2) & PCI_PM_CTRL_STATE_MASK);
		break;
	case PCI_CAP_ID_MSI:
		add_field(fields, "enable", !!(flags & PCI_MSI_FLAGS_ENABLE));
		add_field(fields, "vectors",
			  1u << ((flags & PCI_MSI_FLAGS_QMASK) >> 1));
		break;
	case PCI_CAP_ID_MSIX:
		add_field(fields, "enable", !!(flags & PCI_MSIX_FLAGS_ENABLE));
		add_field(fields, "vectors",
			  (flags & PCI_MSIX_FLAGS_QSIZE) + 1);
		add_field(fields, "table_bar",
			  get(s, at + PCI_MSIX_TABLE, 4) & PCI_MSIX_TABLE_BIR);
		add_field(fields, "table_offset",
			  get(s, at + PCI_MSIX_TABLE, 4) &
				  PCI_MSIX_TABLE_OFFSET);
		break;
	case PCI_CAP_ID_EXP:
		add_field(fields, "port_type",
			  (flags & PCI_EXP_FLAGS_TYPE) >> 4);
		break;
	}
	return fields;
}

static json_t *capability_json(size_t at, __u32 id, bool extended,
			       json_t *fields)
{
	const char *const *names = extended ? extended_names : standard_names;
	size_t count = extended ? COUNT(extended_names) : COUNT(standard_names);
	char text[16];

	snprintf(text, sizeof(text), "0x%x", id);
	return json_pack("{s:o, s:I, s:b, s:s, s:o}", "offset", json_hex64(at),
			 "id", (json_int_t)id, "extended", extended, "name",
			 id < count && names[id] ? names[id] : text, "fields",
			 fields);
}

/* Lists of both kinds; none is longer than the space has room for. */
static json_t *capabilities_json(const struct space *s)
{
	json_t *list = json_array();
	size_t at = 0, left = EXTENDED / 4;

	if (get(s, PCI_STATUS, 2) & PCI_STATUS_CAP_LIST)
		at = get(s, PCI_CAPABILITY_LIST, 1) & ~3u;
	for (; at >= PCI_STD_HEADER_SIZEOF && left; left--) {
		__u32 id = get(s, at, 1);

		json_array_append_new(
			list, capability_json(at, id, false,
					      capability_fields(s, at, id)));
		at = get(s, at + 1, 1) & ~3u;
	}
	at = s->length > EXTENDED ? EXTENDED : 0;
	for (left = MOST / 8; at >= EXTENDED && left; left--) {
		__u32 head = get(s, at, 4);

		if (!head || head == UINT32_MAX)
			break;
		json_array_append_new(list,
				      capability_json(at, PCI_EXT_CAP_ID(head),
						      true, json_array()));
		at = PCI_EXT_CAP_NEXT(head);
	}
	return list;
}

static enum status read_space(struct context *ctx, const struct opened *o,
			      struct space *s, struct failure *f)
{
	struct vfio_region_info *info =
		region_info(ctx, o, VFIO_PCI_CONFIG_REGION_INDEX, f);

	if (!info)
		return f->status;
	s->length = info->size < MOST ? info->size : MOST;
	region_read(ctx, o, info, 0, s->byte, s->length, f);
	free(info);
	return f->status;
}

static enum status config(struct context *ctx, const struct parsed *p,
			  struct answer *a)
{
	struct object *device = opened_object(ctx, p, &a->fail);
	struct space s = { 0 };

	if (!device || read_space(ctx, device->opened, &s, &a->fail))
		return a->fail.status;
	a->result = json_pack("{s:{s:I, s:s, s:o, s:o, s:[{s:o, s:o, s:o}]}}",
			      "config", "dev_id", (json_int_t)device->id,
			      "device", device->opened->name, "header",
			      header_json(&s), "capabilities",
			      capabilities_json(&s), "parts", "offset",
			      json_hex64(0), "length", json_hex64(s.length),
			      "bytes", json_bytes(s.byte, s.length));
	return STATUS_OK;
}

static const struct arg config_args[] = {
	ID_OF("DEVICE", OF(DEVICE), "the device"),
	{ 0 },
};

static const struct block config_view[] = {
	{ .kind = BLOCK_TABLE,
	  .key = "config.header",
	  .cells = (const char *const[]){ "FIELD={field}", "VALUE={value}",
					  NULL } },
	{ .kind = BLOCK_TABLE,
	  .key = "config.capabilities",
	  .none = "no capabilities",
	  .cells = (const char *const[]){ "OFFSET={offset}",
					  "CAPABILITY={name}",
					  "FIELDS={fields:fields}", NULL } },
	{ .kind = BLOCK_BYTES, .key = "config.parts" },
	{ 0 },
};

const struct command cmd_device_config = {
	.name = "config",
	.summary = "show a device's configuration space",
	.args = config_args,
	.flags = CMD_DEVICE,
	.run = config,
	.view = config_view,
};
