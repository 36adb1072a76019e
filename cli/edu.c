// SPDX-License-Identifier: GPL-2.0-or-later
#include "edu.h"

#include <endian.h>
#include <linux/pci_regs.h>
#include <stdlib.h>
#include <time.h>

#include "context.h"
#include "iommu.h"

/* Registers of region 0. */
#define EDU_ID 0x00
#define EDU_IS 0x010000ed
#define EDU_FROM 0x80
#define EDU_TO 0x88
#define EDU_COUNT 0x90
#define EDU_COMMAND 0x98
#define EDU_COMMAND_START 1
#define EDU_COMMAND_TO_MEMORY 2

#define EDU_BUFFER 0x40000 /* where the device has its own memory */
#define PATIENCE_MS 10000 /* it takes 100, of an emulated clock */
#define STEP_MS 5

static enum status set(const struct edu *edu, __u64 at, __u64 value,
		       struct failure *f)
{
	const __u64 bytes = htole64(value);

	return region_write(edu->ctx, edu->opened, edu->bar, at, &bytes, 8, f);
}

static enum status get(const struct edu *edu, __u64 at, __u32 *value,
		       struct failure *f)
{
	__le32 bytes = 0;

	region_read(edu->ctx, edu->opened, edu->bar, at, &bytes, 4, f);
	*value = le32toh(bytes);
	return f->status;
}

/* Bits of the command register, to be set and cleared. */
static enum status command(const struct edu *edu, __u16 on, __u16 off,
			   struct failure *f)
{
	struct vfio_region_info *config = region_info(
		edu->ctx, edu->opened, VFIO_PCI_CONFIG_REGION_INDEX, f);
	__le16 value = 0;

	if (!config)
		return f->status;
	if (!region_read(edu->ctx, edu->opened, config, PCI_COMMAND, &value, 2,
			 f)) {
		value = htole16((le16toh(value) & ~off) | on);
		region_write(edu->ctx, edu->opened, config, PCI_COMMAND, &value,
			     2, f);
	}
	free(config);
	return f->status;
}

static enum status check_kind(const struct edu *edu, struct failure *f)
{
	struct vfio_region_info *config = region_info(
		edu->ctx, edu->opened, VFIO_PCI_CONFIG_REGION_INDEX, f);
	__le16 id[2] = { 0 };

	if (!config)
		return f->status;
	if (!region_read(edu->ctx, edu->opened, config, PCI_VENDOR_ID, id, 4,
			 f) &&
	    (le16toh(id[0]) != EDU_VENDOR || le16toh(id[1]) != EDU_DEVICE)) {
		fail(f,
		     "%s is %04x:%04x; DMA can be asked for of QEMU's edu alone, %04x:%04x",
		     edu->opened->name, le16toh(id[0]), le16toh(id[1]),
		     EDU_VENDOR, EDU_DEVICE);
		fail_cause(f, "no-edu", "{s:i, s:i}", "vendor",
			   (int)le16toh(id[0]), "device", (int)le16toh(id[1]));
		fail_hint(f, "qemu-system-x86_64 -device edu");
	}
	free(config);
	return f->status;
}

enum status edu_start(struct edu *edu, struct context *ctx,
		      const struct opened *o, struct failure *f)
{
	__u32 is = 0;

	*edu = (struct edu){ .ctx = ctx, .opened = o };
	if (check_kind(edu, f))
		return f->status;
	edu->bar = region_info(ctx, o, VFIO_PCI_BAR0_REGION_INDEX, f);
	if (!edu->bar ||
	    command(edu, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 0, f) ||
	    get(edu, EDU_ID, &is, f))
		return f->status;
	if (is != EDU_IS)
		return fail(f, "%s answers with 0x%x and not as an edu does",
			    o->name, is);
	return STATUS_OK;
}

void edu_stop(struct edu *edu)
{
	struct failure ignored = { 0 };

	if (edu->bar)
		command(edu, 0, PCI_COMMAND_MASTER, &ignored);
	failure_free(&ignored);
	free(edu->bar);
	edu->bar = NULL;
}

static enum status wait_for_end(const struct edu *edu, struct failure *f)
{
	const struct timespec step = { .tv_nsec = STEP_MS * 1000000L };
	__u32 state;

	for (int ms = 0; ms < PATIENCE_MS; ms += STEP_MS) {
		if (get(edu, EDU_COMMAND, &state, f))
			return f->status;
		if (!(state & EDU_COMMAND_START))
			return STATUS_OK;
		if (context_given_up(edu->ctx))
			return fail(f, "interrupted");
		nanosleep(&step, NULL);
	}
	return fail(f, "the DMA of %s does not end", edu->opened->name);
}

enum status edu_move(const struct edu *edu, __u64 iova, __u32 length,
		     bool to_memory, struct failure *f)
{
	__u64 how = EDU_COMMAND_START | (to_memory ? EDU_COMMAND_TO_MEMORY : 0);

	if (set(edu, EDU_FROM, to_memory ? EDU_BUFFER : iova, f) ||
	    set(edu, EDU_TO, to_memory ? iova : EDU_BUFFER, f) ||
	    set(edu, EDU_COUNT, length, f) || set(edu, EDU_COMMAND, how, f))
		return f->status;
	return wait_for_end(edu, f);
}
