/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A PCI function's configuration space, as sysfs has it: only its first 64
 * bytes for who is not root.
 */
#ifndef CLI_PCI_CONFIG_H
#define CLI_PCI_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pci_config {
	size_t length;
	unsigned char bytes[4096];
};

/* Those of the port types of PCI Express that matter here. */
enum pci_type {
	PCI_TYPE_ENDPOINT = 0x0,
	PCI_TYPE_ROOT_PORT = 0x4,
	PCI_TYPE_UPSTREAM = 0x5,
	PCI_TYPE_DOWNSTREAM = 0x6,
	PCI_TYPE_TO_PCI = 0x7, /* a bridge to conventional PCI */
	PCI_TYPE_FROM_PCI = 0x8,
	PCI_TYPE_EVENTS = 0xa, /* a collector of them in the root complex */
	PCI_TYPE_CONVENTIONAL = 0x10, /* no PCI Express at all */
	PCI_TYPE_UNKNOWN = 0x11, /* could not be read */
};

/* @path is the function's directory. False: there is nothing to be read. */
bool pci_config_read(const char *path, struct pci_config *c);
bool pci_config_is_multifunction(const struct pci_config *c);
enum pci_type pci_config_type(const struct pci_config *c);

enum pci_acs {
	PCI_ACS_UNKNOWN, /* could not be read */
	PCI_ACS_NONE, /* it has no such capability */
	PCI_ACS_FOUND,
};

/*
 * Access control services: what the function can and what is switched on of
 * PCI_ACS_NEEDED.
 */
#define PCI_ACS_SOURCE 0x01
#define PCI_ACS_REQUESTS 0x04
#define PCI_ACS_COMPLETIONS 0x08
#define PCI_ACS_UPSTREAM 0x10
#define PCI_ACS_NEEDED                                             \
	(PCI_ACS_SOURCE | PCI_ACS_REQUESTS | PCI_ACS_COMPLETIONS | \
	 PCI_ACS_UPSTREAM)
enum pci_acs pci_config_acs(const struct pci_config *c, unsigned *can,
			    unsigned *on);

#endif
