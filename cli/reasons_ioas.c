// SPDX-License-Identifier: GPL-2.0-or-later
/* Of the requests about objects in general, address spaces and mappings. */
#include "reasons.h"

#include <errno.h>
#include <linux/iommufd.h>

#define DESTROY IOMMUFD_CMD_DESTROY
#define ALLOC IOMMUFD_CMD_IOAS_ALLOC
#define ALLOW IOMMUFD_CMD_IOAS_ALLOW_IOVAS
#define COPY IOMMUFD_CMD_IOAS_COPY
#define RANGES IOMMUFD_CMD_IOAS_IOVA_RANGES
#define MAP IOMMUFD_CMD_IOAS_MAP
#define UNMAP IOMMUFD_CMD_IOAS_UNMAP
#define OPTION IOMMUFD_CMD_OPTION
#define MAP_FILE IOMMUFD_CMD_IOAS_MAP_FILE
#define CHANGE IOMMUFD_CMD_IOAS_CHANGE_PROCESS

static const char show[] = "iommufdctl ioas show ID";
static const char list[] = "iommufdctl ioas list";
static const char ranges[] = "iommufdctl ioas ranges ID";
static const char why[] = "iommufdctl ioas ranges ID --why";
static const char ulimit[] = "ulimit -l";
static const char no_flag[] = "a flag is set that this kernel does not know";
static const char reserved[] = "a reserved field is not 0";

/* What MAP, COPY and MAP_FILE have in common. */
#define PLACING(nr)                                                            \
	{ nr, EINVAL, "the device may neither read nor write", NULL },         \
		{ nr, EINVAL, "the length is 0", NULL },                       \
		{ nr, EINVAL,                                                  \
		  "the iova, the length or the page offset is misaligned",     \
		  ranges },                                                    \
		{ nr, EINVAL, "the iova is reserved, or above the aperture",   \
		  why },                                                       \
		{ nr, EINVAL, "the iova lies outside of what is allowed",      \
		  ranges },                                                    \
		{ nr, EEXIST, "something is mapped there already", show },     \
		{ nr, EADDRINUSE, "something is mapped there already", show }, \
		{ nr, ENOSPC, "no free run of the allowed ranges is so long",  \
		  ranges },                                                    \
		{ nr, ENOENT, "there is no such address space", list },        \
		{ nr, ENOMEM, "the lock limit (RLIMIT_MEMLOCK) is reached",    \
		  ulimit },                                                    \
		{ nr, ENOMEM, "the kernel has no memory left", NULL },         \
		{ nr, EOVERFLOW,                                               \
		  "the iova and the length pass the end of the space", NULL }, \
	{                                                                      \
		nr, EOPNOTSUPP, no_flag, "iommufdctl caps"                     \
	}

const struct reason reasons_ioas[] = {
	{ DESTROY, EBUSY, "another object uses it", list },
	{ DESTROY, EBUSY, "its event descriptor is open elsewhere", NULL },
	{ DESTROY, EBUSY, "a driver in the kernel works with it", NULL },
	{ DESTROY, ENOENT, "there is no such object", list },

	{ ALLOC, EOPNOTSUPP, no_flag, "iommufdctl caps" },
	{ ALLOC, ENOMEM, "the kernel has no memory left", NULL },

	{ ALLOW, EADDRINUSE, "a range touches a reserved one", ranges },
	{ ALLOW, EINVAL, "two of the ranges overlap", NULL },
	{ ALLOW, EINVAL, "a range does not end behind its start", NULL },
	{ ALLOW, ENOENT, "there is no such address space", list },
	{ ALLOW, EFAULT, "the array cannot be read", NULL },
	{ ALLOW, EOPNOTSUPP, reserved, NULL },

	{ RANGES, EMSGSIZE, "the array is too short; num_iovas says how long",
	  NULL },
	{ RANGES, ENOENT, "there is no such address space", list },
	{ RANGES, EFAULT, "the array cannot be written", NULL },
	{ RANGES, EOPNOTSUPP, reserved, NULL },

	PLACING(MAP),
	{ MAP, EFAULT, "nothing is mapped at user_va, or it is read-only",
	  NULL },
	{ MAP, EFAULT, "it is a PCI BAR, or other memory of a device", NULL },
	{ MAP, EFAULT, "it is of a file that became shorter", NULL },
	{ MAP, EFAULT,
	  "the device would write to a file that is neither tmpfs nor hugetlbfs",
	  "iommufdctl ioas map ID --file PATH --copy --write" },

	PLACING(COPY),
	{ COPY, ENOENT, "the source does not map all of the range", show },
	{ COPY, EPERM, "the source is read-only, and the copy would not be",
	  "iommufdctl ioas copy DST SRC IOVA LENGTH --read" },

	{ UNMAP, ENOENT, "there is no such address space", list },
	{ UNMAP, ENOENT, "nothing is mapped there", show },
	{ UNMAP, ENOENT, "a mapping sticks out of the range", show },
	{ UNMAP, EINVAL, "the length is 0", NULL },
	{ UNMAP, EOVERFLOW, "the iova and the length pass the end of the space",
	  NULL },
	{ UNMAP, EBUSY, "a driver in the kernel uses the mapping", NULL },
	{ UNMAP, EBUSY, "the mapping is being made", NULL },
	{ UNMAP, EDEADLK,
	  "a driver in the kernel keeps the mapping though asked to let go",
	  NULL },

	{ OPTION, EPERM, "rlimit-mode takes CAP_SYS_RESOURCE",
	  "sudo iommufdctl session start NAME --rlimit-mode 1" },
	{ OPTION, EBUSY, "rlimit-mode is set before the first object",
	  "iommufdctl session start NAME --rlimit-mode 1" },
	{ OPTION, EINVAL, "the value is neither 0 nor 1", NULL },
	{ OPTION, ENOENT, "huge-pages is of an address space, and it is none",
	  list },
	{ OPTION, EADDRINUSE,
	  "a mapping is not aligned to pages, so large ones must be allowed",
	  show },
	{ OPTION, EOPNOTSUPP, "this kernel does not know the option",
	  "iommufdctl caps" },
	{ OPTION, EOPNOTSUPP, "rlimit-mode takes no object", NULL },

	PLACING(MAP_FILE),
	{ MAP_FILE, EBADF, "there is no such descriptor", NULL },
	{ MAP_FILE, EINVAL, "the file is neither a memfd nor on hugetlbfs",
	  "iommufdctl ioas map ID --file PATH" },
	{ MAP_FILE, EINVAL, "the range reaches beyond the end of the file",
	  NULL },
	{ MAP_FILE, EFAULT, "a page of the file cannot be had", NULL },

	{ CHANGE, EINVAL, "something was mapped by address, not by file",
	  show },
	{ CHANGE, ENOMEM, "the lock limit (RLIMIT_MEMLOCK) is reached",
	  ulimit },
	{ CHANGE, EOPNOTSUPP, reserved, NULL },
	{ 0 },
};
