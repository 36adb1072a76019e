// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading and writing the configuration space, one aligned register at a time.
 */
#include <linux/pci.h>
#include <linux/uaccess.h>

#include "pci.h"

/**
 * vfio_pci_config_get() - what is kept of a register
 * @config: while open
 * @pos: where
 * @size: in bytes, 4 at most
 *
 * Hardware can have a capability so near to the end that it does not fit.
 *
 * Context: holds vfio_pci_config::lock, or does not mind a value that is
 *	being written.
 * Return: the value, zero in bits that are not kept, or are behind the end.
 */
u32 vfio_pci_config_get(struct vfio_pci_config *config, unsigned int pos,
			unsigned int size)
{
	u32 value = 0;
	unsigned int i;

	for (i = 0; i < size && pos + i < config->size; i++) {
		struct config_byte *byte = &config->bytes[pos + i];

		value |= (u32)(READ_ONCE(byte->value) & byte->kept) << (8 * i);
	}
	return value;
}

/**
 * vfio_pci_config_set() - change what is kept of a register
 * @config: while open
 * @pos: where
 * @size: in bytes, 4 at most; what is behind the end is not kept
 * @value: to keep; bits that are not kept have no effect
 *
 * Context: holds vfio_pci_config::lock, or nobody knows of it yet.
 */
void vfio_pci_config_set(struct vfio_pci_config *config, unsigned int pos,
			 unsigned int size, u32 value)
{
	unsigned int i;

	for (i = 0; i < size && pos + i < config->size; i++)
		WRITE_ONCE(config->bytes[pos + i].value, value >> (8 * i));
}

static int read_hardware(struct pci_dev *pdev, unsigned int pos,
			 unsigned int size, u32 *value)
{
	u16 word = 0;
	u8 byte = 0;
	int rc;

	switch (size) {
	case 4:
		return pci_user_read_config_dword(pdev, pos, value);
	case 2:
		rc = pci_user_read_config_word(pdev, pos, &word);
		*value = word;
		return rc;
	default:
		rc = pci_user_read_config_byte(pdev, pos, &byte);
		*value = byte;
		return rc;
	}
}

/* One register; @value is little endian in the user's memory. */
static int config_read(struct vfio_pci *vpci, unsigned int pos,
		       unsigned int size, u32 *value)
{
	struct vfio_pci_config *config = &vpci->config;
	u32 live = 0, hardware = 0;
	unsigned int i;
	int rc = 0;

	for (i = 0; i < size; i++)
		live |= (u32)config->bytes[pos + i].live << (8 * i);
	if (live)
		rc = read_hardware(vpci->pdev, pos, size, &hardware);
	*value = (hardware & live) | vfio_pci_config_get(config, pos, size);
	return rc;
}

static int config_write(struct vfio_pci *vpci, unsigned int pos,
			unsigned int size, u32 value)
{
	unsigned long effects = 0;
	unsigned int i;
	int effect, rc = 0;

	for (i = 0; i < size; i++) {
		struct config_byte *byte = &vpci->config.bytes[pos + i];

		if (!byte->writable)
			continue;
		WRITE_ONCE(byte->value,
			   (byte->value & ~byte->writable) |
				   (value >> (8 * i) & byte->writable));
		effects |= BIT(byte->effect);
	}
	effects &= ~BIT(CONFIG_NOTHING);
	for_each_set_bit(effect, &effects, CONFIG_EFFECTS) {
		rc = vfio_pci_config_effect(vpci, effect);
		if (rc)
			break;
	}
	return rc;
}

static int config_register(struct vfio_pci *vpci, char __user *buf,
			   unsigned int pos, unsigned int size, bool write)
{
	__le32 data = 0;
	u32 value;
	int rc;

	if (write && copy_from_user(&data, buf, size))
		return -EFAULT;
	mutex_lock(&vpci->config.lock);
	if (write)
		rc = config_write(vpci, pos, size, le32_to_cpu(data));
	else
		rc = config_read(vpci, pos, size, &value);
	mutex_unlock(&vpci->config.lock);
	if (rc || write)
		return rc;
	data = cpu_to_le32(value);
	return copy_to_user(buf, &data, size) ? -EFAULT : 0;
}

/**
 * vfio_pci_config_rw() - read or write the configuration space
 * @vpci: while open
 * @buf: the user's
 * @count: how many bytes
 * @pos: from where on
 * @write: or read
 *
 * Context: may fault and sleep, takes vfio_pci_config::lock.
 * Return: @count, less if something failed on the way, or an errno: -EFAULT
 *	beyond the end.
 */
ssize_t vfio_pci_config_rw(struct vfio_pci *vpci, char __user *buf,
			   size_t count, u64 pos, bool write)
{
	size_t done = 0;

	if (pos >= vpci->config.size || count > vpci->config.size - pos)
		return -EFAULT;
	while (done < count) {
		unsigned int size = register_size(pos + done, count - done);
		int rc;

		rc = config_register(vpci, buf + done, pos + done, size, write);
		if (rc)
			return done ?: rc;
		done += size;
	}
	return done;
}
