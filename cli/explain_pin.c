// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Why memory cannot be pinned: what kind it is, which /proc/self/smaps tells,
 * or how much of it may be, which the lock limit does.
 */
#include "explain_map.h"

#include <inttypes.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "buf.h"
#include "context.h"
#include "iommu.h"
#include "memory.h"
#include "process.h"

/* The part of this process's memory at one address. */
struct area {
	char *path; /* of its file, or NULL */
	uint64_t start, last, offset;
	bool found, device, writeable;
};

/* "START-END PERM OFFSET DEVICE INODE   PATH" */
static bool read_head(const char *line, struct area *area)
{
	uint64_t end;
	char perm[8];
	int path = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64 " %*s %*s %n",
		   &area->start, &end, perm, &area->offset, &path) < 4 ||
	    !path)
		return false;
	area->last = end - 1;
	area->writeable = perm[1] == 'w';
	free(area->path);
	area->path = line[path] == '/'
			     ? strndup(line + path, strcspn(line + path, "\n"))
			     : NULL;
	return true;
}

static void find_area(uint64_t va, struct area *area)
{
	FILE *file = fopen("/proc/self/smaps", "re");
	char *line = NULL;
	size_t size = 0;

	while (file && getline(&line, &size, file) >= 0) {
		if (read_head(line, area)) {
			area->found = va >= area->start && va <= area->last;
		} else if (area->found && !strncmp(line, "VmFlags:", 8)) {
			/* Frames without a page, or a device's registers. */
			area->device = strstr(line, " pf ") ||
				       strstr(line, " io ");
			break;
		}
	}
	if (!area->found) {
		free(area->path);
		area->path = NULL;
	}
	free(line);
	if (file)
		fclose(file);
}

/* ".../0000:00:02.0/resource0": fills in the address and the BAR's number. */
static bool is_bar(const char *path, char bdf[static 16], unsigned *bar)
{
	const char *name = path ? strrchr(path, '/') : NULL, *folder = name;

	if (!name || sscanf(name, "/resource%u", bar) != 1)
		return false;
	do
		folder--;
	while (folder > path && *folder != '/');
	if (folder <= path || name - folder - 1 > 15)
		return false;
	memcpy(bdf, folder + 1, (size_t)(name - folder - 1));
	bdf[name - folder - 1] = '\0';
	return true;
}

static void of_device(const struct area *area, struct failure *f)
{
	char bdf[16];
	unsigned bar;

	if (!is_bar(area->path, bdf, &bar)) {
		fail(f, "it is memory of a device, which cannot be pinned");
		fail_cause(f, "device-memory", "{s:o}", "path",
			   json_text_or_null(area->path));
		return;
	}
	fail(f,
	     "it is BAR %u of the PCI device %s, which cannot be pinned; Linux maps BARs by a dma-buf and IOMMU_IOAS_MAP_FILE since version 6.19",
	     bar, bdf);
	fail_cause(f, "pci-bar", "{s:s, s:i}", "device", bdf, "bar", (int)bar);
	fail_hint(f, "lspci -vs %s", bdf);
}

static bool writes_to_file(const struct area *area, struct statfs *fs)
{
	return area->path && !statfs(area->path, fs) &&
	       fs->f_type != TMPFS_MAGIC && fs->f_type != HUGETLBFS_MAGIC;
}

void explain_pin(const void *va, uint64_t length, bool write, struct failure *f)
{
	uint64_t at = (uintptr_t)va;
	struct area area = { 0 };
	struct statfs fs;
	struct stat st;

	find_area(at, &area);
	if (!area.found) {
		fail(f, "nothing is mapped at user_va 0x%" PRIx64, at);
		fail_cause(f, "no-memory-there", "{s:o}", "user_va",
			   json_hex64(at));
	} else if (area.device) {
		of_device(&area, f);
	} else if (area.path && !stat(area.path, &st) &&
		   area.offset + (at - area.start) + length >
			   (uint64_t)st.st_size + page_size()) {
		fail(f, "%s became shorter: it has 0x%" PRIx64 " bytes now",
		     area.path, (uint64_t)st.st_size);
		fail_cause(f, "file-shrunk", "{s:o, s:o}", "path",
			   json_text(area.path), "length",
			   json_hex64((__u64)st.st_size));
	} else if (write && writes_to_file(&area, &fs)) {
		fail(f,
		     "a device may not write to pages of %s since Linux 6.5, because it is neither on tmpfs nor on hugetlbfs",
		     area.path);
		fail_cause(f, "file-system", "{s:o}", "f_type",
			   json_hex64((__u64)fs.f_type));
		fail_hint(f, "iommufdctl help ioas map");
	} else {
		fail(f,
		     "the memory cannot be pinned for a device, although it looks as if it could");
	}
	free(area.path);
}

static bool of_process(const struct context *ctx)
{
	struct iommu_option ask = { .size = sizeof(ask),
				    .option_id = IOMMU_OPTION_RLIMIT_MODE,
				    .op = IOMMU_OPTION_OP_GET };

	return !ioctl(ctx->fd, IOMMU_OPTION, &ask) && ask.val64;
}

void explain_lock_limit(struct context *ctx, uint64_t length, struct failure *f)
{
	bool exempt = process_status("CapEff", 16) & UINT64_C(1)
							     << CAP_IPC_LOCK;
	uint64_t pinned = process_pinned(), mapped = 0;
	struct rlimit limit = { .rlim_cur = RLIM_INFINITY };
	bool process = of_process(ctx);

	for (size_t i = 0; i < ctx->store.count; i++)
		mapped += ctx->store.object[i]->bytes;
	getrlimit(RLIMIT_MEMLOCK, &limit);
	if (exempt || limit.rlim_cur == RLIM_INFINITY) {
		fail(f, "out of memory; no lock limit holds here");
		return;
	}
	fail(f,
	     "out of memory, or more would be pinned than the lock limit of %" PRIu64
	     " bytes allows: 0x%" PRIx64 " are mapped here, and 0x%" PRIx64
	     " come on top; the limit is of the %s",
	     (uint64_t)limit.rlim_cur, mapped, length,
	     process ? "process" : "user");
	fail_cause(f, "lock-limit", "{s:o, s:o, s:o, s:o, s:s}", "limit",
		   json_hex64(limit.rlim_cur), "mapped_length",
		   json_hex64(mapped), "pinned", json_hex64(pinned), "length",
		   json_hex64(length), "of", process ? "process" : "user");
	fail_hint(f, "ulimit -l");
}
