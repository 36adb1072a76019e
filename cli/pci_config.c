// SPDX-License-Identifier: GPL-2.0-or-later
#include "pci_config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "buf.h"

/* Offsets of the header, and the most capabilities that it has room for. */
#define STATUS 0x06
#define STATUS_CAPABILITIES 0x10
#define HEADER_TYPE 0x0e
#define HEADER_MULTIFUNCTION 0x80
#define CAPABILITIES 0x34
#define CAPABILITIES_MOST 48
#define CAPABILITY_EXPRESS 0x10

/* Above these are those of PCI Express. */
#define EXTENDED 0x100
#define EXTENDED_MOST 960
#define EXTENDED_ACS 0x000d

bool pci_config_read(const char *path, struct pci_config *c)
{
	char *file = mem_asprintf("%s/config", path);
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t got = 0;

	c->length = 0;
	while (fd >= 0 && c->length < sizeof(c->bytes)) {
		got = read(fd, c->bytes + c->length,
			   sizeof(c->bytes) - c->length);
		if (got <= 0)
			break;
		c->length += (size_t)got;
	}
	if (fd >= 0)
		close(fd);
	free(file);
	return c->length >= 64;
}

/* Little-endian; what was not read is zero. */
static unsigned word(const struct pci_config *c, size_t at)
{
	if (at + 2 > c->length)
		return 0;
	return c->bytes[at] | (unsigned)c->bytes[at + 1] << 8;
}

bool pci_config_is_multifunction(const struct pci_config *c)
{
	return c->bytes[HEADER_TYPE] & HEADER_MULTIFUNCTION;
}

enum pci_type pci_config_type(const struct pci_config *c)
{
	size_t at = c->bytes[CAPABILITIES] & ~3u;

	if (!(word(c, STATUS) & STATUS_CAPABILITIES))
		return PCI_TYPE_CONVENTIONAL;
	for (unsigned i = 0; at && i < CAPABILITIES_MOST; i++) {
		if (at + 4 > c->length)
			return PCI_TYPE_UNKNOWN;
		if (c->bytes[at] == CAPABILITY_EXPRESS)
			return word(c, at + 2) >> 4 & 0xf;
		at = c->bytes[at + 1] & ~3u;
	}
	return PCI_TYPE_CONVENTIONAL;
}

enum pci_acs pci_config_acs(const struct pci_config *c, unsigned *can,
			    unsigned *on)
{
	size_t at = EXTENDED;

	if (c->length <= EXTENDED)
		return c->length < EXTENDED ? PCI_ACS_UNKNOWN : PCI_ACS_NONE;
	for (unsigned i = 0; at >= EXTENDED && i < EXTENDED_MOST; i++) {
		if (at + 8 > c->length)
			return PCI_ACS_NONE;
		if (word(c, at) == EXTENDED_ACS) {
			*can = word(c, at + 4) & PCI_ACS_NEEDED;
			*on = word(c, at + 6) & PCI_ACS_NEEDED;
			return PCI_ACS_FOUND;
		}
		at = word(c, at + 2) >> 4 & ~3u;
	}
	return PCI_ACS_NONE;
}
