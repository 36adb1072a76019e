// SPDX-License-Identifier: GPL-2.0-or-later
/* The layers below /dev: firmware, IOMMU driver, groups, interrupts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "doctor.h"
#include "sysfs.h"
#include "sysfs_group.h"

#define ACPI_TABLES "/sys/firmware/acpi/tables"

static const struct {
	const char *table;
	const char *of;
} firmware[] = {
	{ "DMAR", "Intel VT-d" },
	{ "IVRS", "AMD-Vi" },
	{ "IORT", "Arm SMMUs" },
	{ "VIOT", "virtio-iommu" },
};

void doctor_firmware(struct checkup *c)
{
	for (size_t i = 0; i < sizeof(firmware) / sizeof(*firmware); i++) {
		if (!sysfs_has(ACPI_TABLES, firmware[i].table))
			continue;
		checkup_add(c,
			    &(struct finding){ .layer = "firmware",
					       .evidence = ACPI_TABLES },
			    "table %s describes %s", firmware[i].table,
			    firmware[i].of);
		return;
	}
	checkup_add(
		c,
		&(struct finding){
			.layer = "firmware",
			.verdict = VERDICT_WARNING,
			.evidence = ACPI_TABLES,
			.repair =
				"switch on VT-d or AMD-Vi in the firmware's setup" },
		"no ACPI table describes an IOMMU");
}

/* Words of the kernel's command line that leave the IOMMU off. */
static const char *const off[] = { "iommu=off", "intel_iommu=off",
				   "amd_iommu=off", NULL };

static const char *switched_off(const char *cmdline)
{
	for (size_t i = 0; off[i]; i++) {
		const char *at = cmdline;
		size_t len = strlen(off[i]);

		while ((at = strstr(at, off[i]))) {
			if ((at == cmdline || at[-1] == ' ') &&
			    (!at[len] || at[len] == ' '))
				return off[i];
			at += len;
		}
	}
	return NULL;
}

static void no_iommu(struct checkup *c)
{
	char *cmdline = sysfs_read("/proc", "cmdline");
	const char *word = cmdline ? switched_off(cmdline) : NULL;
	struct finding f = { .layer = "iommu", .verdict = VERDICT_FAILED };

	if (word) {
		f.evidence = "/proc/cmdline";
		f.repair = "take it out of the kernel's command line";
		checkup_add(c, &f, "%s has switched the IOMMU off", word);
	} else {
		f.evidence = "/sys/class/iommu";
		if (sysfs_has(ACPI_TABLES, "DMAR"))
			f.repair =
				"put intel_iommu=on on the kernel's command line";
		checkup_add(c, &f, "no driver has an IOMMU");
	}
	free(cmdline);
}

void doctor_iommu(struct checkup *c)
{
	struct names names = sysfs_list("/sys/class/iommu");

	if (names.count)
		checkup_add(c,
			    &(struct finding){ .layer = "iommu",
					       .evidence = "/sys/class/iommu" },
			    "%zu at work, %s the first", names.count,
			    names.name[0]);
	else
		no_iommu(c);
	names_free(&names);
}

static size_t devices_in(const char *number)
{
	struct sysfs_group group;
	size_t count;

	if (!sysfs_group_read(number, &group))
		return 0;
	count = group.devices.count;
	sysfs_group_free(&group);
	return count;
}

void doctor_groups(struct checkup *c)
{
	struct names names = sysfs_list(SYSFS_GROUPS);
	struct finding f = { .layer = "groups", .evidence = SYSFS_GROUPS };
	size_t devices = 0;

	for (size_t i = 0; i < names.count; i++)
		devices += devices_in(names.name[i]);
	f.verdict = devices ? VERDICT_OK : VERDICT_FAILED;
	if (devices)
		checkup_add(c, &f, "%zu devices in %zu IOMMU groups", devices,
			    names.count);
	else
		checkup_add(c, &f, "no device is behind an IOMMU");
	names_free(&names);
}

/* The IOMMU's own interrupt controllers have names that begin so. */
static bool interrupts_remapped(void)
{
	FILE *file = fopen("/proc/interrupts", "re");
	char *line = NULL;
	bool found = false;
	size_t size = 0;

	while (file && !found && getline(&line, &size, file) >= 0)
		found = strstr(line, " IR-");
	free(line);
	if (file)
		fclose(file);
	return found;
}

void doctor_interrupts(struct checkup *c)
{
	const char *parameters = "/sys/module/iommufd/parameters";
	char *allowed = sysfs_read(parameters, "allow_unsafe_interrupts");
	struct finding f = { .layer = "interrupts",
			     .evidence = "/proc/interrupts" };

	if (interrupts_remapped()) {
		checkup_add(c, &f, "remapped: a device sends only its own");
	} else if (allowed && *allowed == 'Y') {
		f.verdict = VERDICT_WARNING;
		f.evidence = parameters;
		checkup_add(
			c, &f,
			"a device's user can send any interrupt, which allow_unsafe_interrupts permits");
	} else {
		f.verdict = VERDICT_FAILED;
		f.repair =
			"switch on interrupt remapping in the firmware's setup";
		checkup_add(
			c, &f,
			"not remapped: devices are refused, since their users could send any interrupt");
	}
	free(allowed);
}
