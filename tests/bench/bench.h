/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the cases of the benchmark are run on: something that maps memory for a
 * device. Whatever fails ends the program.
 */
#ifndef TESTS_BENCH_H
#define TESTS_BENCH_H

#include <stddef.h>
#include <stdint.h>

#define PAGE 4096ul
#define HUGE (2ul << 20)

/**
 * struct backend - a way to map memory for a device
 * @fd: what the requests are made of
 * @ioas: the id of the IOAS; for iommufd only
 * @device: kept open while the device is attached; -1 if there is none
 * @map: maps memory readable and writable at an I/O address
 * @unmap: unmaps whatever is mapped in a range
 */
struct backend {
	int fd;
	uint32_t ioas;
	int device;
	void (*map)(struct backend *be, const void *at, size_t length,
		    uint64_t iova);
	void (*unmap)(struct backend *be, uint64_t iova, size_t length);
};

__attribute__((noreturn, format(printf, 1, 2))) void die(const char *what, ...);
/* Opens a file for reading and writing. */
int open_file(const char *path);

/* /dev/iommu, with an IOAS that nothing is attached to. */
void iommufd_open(struct backend *be);
/* Attaches a device by its node of VFIO's or of iommufd_edu_dma.ko, or a mock. */
void iommufd_attach_vfio(struct backend *be, const char *node);
void iommufd_attach_mock(struct backend *be);
void iommufd_attach_edu(struct backend *be, const char *node);
/* VFIO's own container, with a group in it. */
void type1_open(struct backend *be, const char *group);

/* What a batch of @tool costs, and a bare loop of the same system calls. */
void batch_cases(struct backend *be, const char *tool);

/* Memory of pages that lie all over, or of huge pages. */
void *scattered_memory(size_t length);
void *huge_memory(size_t length);
/* Bytes that the kernel's own small objects take. */
uint64_t slab_bytes(void);

#endif
