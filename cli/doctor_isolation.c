// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Why does a device share its group? The kernel puts together what could reach
 * each other without passing the IOMMU, or what the IOMMU takes for one: on
 * the way up from the device, the last bridge that does not keep those behind
 * it apart, and beside it, other functions that it may talk to.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "doctor.h"
#include "pci_config.h"
#include "sysfs.h"
#include "sysfs_device.h"
#include "sysfs_group.h"

static const struct {
	unsigned flag;
	const char *name; /* as lspci has it */
} services[] = {
	{ PCI_ACS_SOURCE, "SrcValid" },
	{ PCI_ACS_REQUESTS, "ReqRedir" },
	{ PCI_ACS_COMPLETIONS, "CmpltRedir" },
	{ PCI_ACS_UPSTREAM, "UpstreamFwd" },
};

/* A reason each: "0000:01:00.0 is a bridge to conventional PCI; " */
struct reasons {
	struct buf words;
	bool unread; /* something could not be read, for who is not root */
};

static void add_reason(struct reasons *r, const char *name, const char *why)
{
	buf_printf(&r->words, "%s%s %s", r->words.len ? "; " : "", name, why);
}

/* Those that it has and that are off; a function may do without some. */
static void add_services(struct reasons *r, const char *name, unsigned off)
{
	struct buf why = { 0 };

	buf_puts(&why, "has ACS switched off:");
	for (size_t i = 0; i < sizeof(services) / sizeof(*services); i++)
		if (off & services[i].flag)
			buf_printf(&why, " %s", services[i].name);
	add_reason(r, name, buf_text(&why));
	buf_free(&why);
}

static void check_acs(struct reasons *r, const char *name,
		      const struct pci_config *config)
{
	unsigned can, on;

	switch (pci_config_acs(config, &can, &on)) {
	case PCI_ACS_UNKNOWN:
		r->unread = true;
		break;
	case PCI_ACS_NONE:
		add_reason(
			r, name,
			"has no ACS: it may pass on what never reaches the IOMMU");
		break;
	case PCI_ACS_FOUND:
		if (can & ~on)
			add_services(r, name, can & ~on);
		break;
	}
}

static void check_bridge(struct reasons *r, const char *name,
			 const struct pci_config *config)
{
	switch (pci_config_type(config)) {
	case PCI_TYPE_UNKNOWN:
		r->unread = true;
		break;
	case PCI_TYPE_CONVENTIONAL:
	case PCI_TYPE_TO_PCI:
		add_reason(
			r, name,
			"is a bridge to conventional PCI, where the IOMMU cannot tell one device from another");
		break;
	case PCI_TYPE_ROOT_PORT:
	case PCI_TYPE_DOWNSTREAM:
		check_acs(r, name, config);
		break;
	default:
		if (pci_config_is_multifunction(config))
			check_acs(r, name, config);
	}
}

/* Up to where the path has no more names of PCI devices. */
static void check_way_up(struct reasons *r, const struct sysfs_device *d)
{
	char *path = mem_strdup(d->path), *slash;
	struct pci_config *config = mem_realloc(NULL, sizeof(*config));
	char name[PCI_ADDRESS_SIZE];
	const char *why;

	while ((slash = strrchr(path, '/'))) {
		*slash = '\0';
		slash = strrchr(path, '/');
		if (!slash || !pci_address(slash + 1, name, &why))
			break;
		if (pci_config_read(path, config))
			check_bridge(r, name, config);
		else
			r->unread = true;
	}
	free(config);
	free(path);
}

/* Other functions of the same slot that are in the group. */
static bool has_siblings(const struct checkup *c)
{
	size_t slot = strlen(c->about->name) - 1;

	for (size_t i = 0; i < c->group->devices.count; i++) {
		const char *other = c->group->devices.name[i];

		if (strcmp(other, c->about->name) &&
		    !strncmp(other, c->about->name, slot) &&
		    strlen(other) == slot + 1)
			return true;
	}
	return false;
}

static void check_own(struct reasons *r, const struct checkup *c)
{
	struct pci_config *config = mem_realloc(NULL, sizeof(*config));

	if (!pci_config_read(c->about->path, config))
		r->unread = true;
	else if (pci_config_is_multifunction(config))
		check_acs(r, c->about->name, config);
	free(config);
}

/*
 * The answer to a shared group is another slot. Where the kernel was told to
 * believe in ACS that is not there, groups do not say what is isolated.
 */
void doctor_isolation(struct checkup *c)
{
	struct finding f = { .layer = "isolation", .evidence = c->about->path };
	struct reasons r = { 0 };
	char *repair = NULL;
	size_t others;

	if (!c->group)
		return;
	others = c->group->devices.count - 1;
	if (!c->group->devices.count || !others) {
		checkup_add(c, &f, "it has its group to itself");
		return;
	}
	check_way_up(&r, c->about);
	if (has_siblings(c))
		check_own(&r, c);
	f.verdict = VERDICT_WARNING;
	if (r.words.len) {
		f.repair =
			"put the device into a slot behind another port, or use all of the group for one user";
	} else if (r.unread) {
		repair = mem_asprintf("sudo iommufdctl doctor device %s",
				      c->about->name);
		f.repair = repair;
	}
	checkup_add(
		c, &f, "shared with %zu other%s: %s", others,
		others == 1 ? "" : "s",
		r.words.len ? buf_text(&r.words)
		: r.unread
			? "why is in configuration space that only root can read"
			: "for a reason that is not in configuration space");
	free(repair);
	buf_free(&r.words);
}
