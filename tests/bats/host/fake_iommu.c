// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A /dev/iommu for tests on machines without one, to be preloaded. It keeps
 * address spaces and mappings, one fixed alignment and one reserved range,
 * and can be told to refuse: so every message of the tool can be provoked.
 *
 *	FAKE_IOMMU_RESERVED=START-LAST	a reserved range in every address space
 *	FAKE_IOMMU_ALIGN=N		the alignment
 *	FAKE_IOMMU_FAIL=NR:ERRNO	ioctl number NR fails so (numbers)
 *	FAKE_IOMMU_FAIL_FILE=FILE	the same, as FILE says just then
 *	FAKE_IOMMU_LINUX=N		it is Linux 6.N (17): newer ioctls,
 *flags and fields are not known FAKE_IOMMU_DATA=FILE		what drivers are
 *given is appended there FAKE_IOMMU_OPEN=ERRNO		opening fails so
 *	FAKE_IOMMU_BUSY=IOVA		what is mapped there cannot be unmapped
 *	FAKE_IOMMU_LIE=ERRNO		unmapping works, and says that it failed
 *	FAKE_IOMMU_SLOW=MS:FILE		each piece of memory takes so long, and
 *					FILE is made when the first one begins
 *	FAKE_IOMMU_POPULATE=ERRNO	memory is not to be had
 *	FAKE_IOMMU_IOAS=N		there are so many address spaces
 *	FAKE_IOMMU_PIDFD=ERRNO		no descriptor can be copied
 *	FAKE_IOMMU_CLOCK=X		clocks run X times as fast
 *	FAKE_IOMMU_AHEAD=FILE		and are ahead by the seconds in FILE
 *
 * The real kernel module is tested in a virtual machine; this one only has
 * to answer as it would.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/iommufd.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define IOAS_MAX 64

struct area {
	struct area *next;
	__u64 start, last;
	bool by_file;
};

enum kind {
	NOTHING,
	IOAS,
	HWPT,
	FAULT,
	VIOMMU,
	VDEVICE,
	VEVENTQ,
	HW_QUEUE,
	DEVICE,
};

static struct {
	enum kind kind;
	bool huge;
	struct area *areas;
	__u32 flags, of[3]; /* of a hwpt; what it was made of */
} ioas[IOAS_MAX];
static __u64 rlimit_mode;
static __u32 attached_to; /* by the device that is open */

static bool setting(const char *name, const char *format, unsigned long long *a,
		    unsigned long long *b)
{
	const char *text = getenv(name);

	return text && sscanf(text, format, a, b) >= (b ? 2 : 1);
}

static int refuse(int err)
{
	errno = err;
	return -1;
}

static enum kind object(__u32 id)
{
	return id < IOAS_MAX ? ioas[id].kind : NOTHING;
}

/* Returns 0 when there is no room. */
static __u32 new_object(enum kind kind)
{
	__u32 id = 1;

	while (id < IOAS_MAX && ioas[id].kind)
		id++;
	if (id == IOAS_MAX)
		return 0;
	ioas[id].kind = kind;
	return id;
}

static bool known(__u32 id)
{
	return id > 0 && id < IOAS_MAX && ioas[id].kind == IOAS;
}

static bool reserved(__u64 start, __u64 last)
{
	unsigned long long first, end;

	return setting("FAKE_IOMMU_RESERVED", "%llx-%llx", &first, &end) &&
	       start <= end && last >= first;
}

static __u64 alignment(void)
{
	unsigned long long value;

	return setting("FAKE_IOMMU_ALIGN", "%lli", &value, NULL) ? value : 1;
}

static struct area **touching(__u32 id, __u64 start, __u64 last)
{
	struct area **at = &ioas[id].areas;

	while (*at && ((*at)->start > last || (*at)->last < start))
		at = &(*at)->next;
	return at;
}

static int place(__u32 id, __u32 flags, __u64 *iova, __u64 length)
{
	struct area *area;
	__u64 last = *iova + (length - 1);

	if (flags & ~(IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE |
		      IOMMU_IOAS_MAP_WRITEABLE))
		return refuse(EOPNOTSUPP);
	if (!known(id))
		return refuse(ENOENT);
	if (!(flags & IOMMU_IOAS_MAP_FIXED_IOVA)) {
		for (*iova = 0x1000; *touching(id, *iova, *iova + length - 1) ||
				     reserved(*iova, *iova + length - 1);
		     *iova += 0x1000)
			;
		last = *iova + (length - 1);
	}
	if (last < *iova)
		return refuse(EOVERFLOW);
	if (*iova % alignment() || length % alignment() ||
	    reserved(*iova, last))
		return refuse(EINVAL);
	if (*touching(id, *iova, last))
		return refuse(EEXIST);
	area = malloc(sizeof(*area));
	*area = (struct area){ ioas[id].areas, *iova, last, false };
	ioas[id].areas = area;
	return 0;
}

/* Each mapping of the source becomes one of the destination. */
static int copy(struct iommu_ioas_copy *ask)
{
	__u64 last = ask->src_iova + (ask->length - 1), at = ask->src_iova;
	__u64 to = ask->dst_iova, length;
	const struct area *area;
	int result = 0;

	for (; at <= last && !result; at += length, to += length) {
		if (!known(ask->src_ioas_id) ||
		    !(area = *touching(ask->src_ioas_id, at, at)))
			return refuse(ENOENT);
		length = (area->last < last ? area->last : last) - at + 1;
		result = place(ask->dst_ioas_id, ask->flags, &to, length);
		if (!result)
			ioas[ask->dst_ioas_id].areas->by_file = area->by_file;
		if (at == ask->src_iova)
			ask->dst_iova = to;
		ask->flags |= IOMMU_IOAS_MAP_FIXED_IOVA;
	}
	return result;
}

static int unmap(struct iommu_ioas_unmap *ask)
{
	bool all = !ask->iova && ask->length == UINT64_MAX;
	__u64 last = all ? UINT64_MAX : ask->iova + (ask->length - 1);
	struct area **at, *area;
	unsigned long long busy = 0, lie;
	__u64 bytes = 0;

	if (!known(ask->ioas_id))
		return refuse(ENOENT);
	while (*(at = touching(ask->ioas_id, ask->iova, last))) {
		area = *at;
		if (area->start < ask->iova || area->last > last)
			return refuse(ENOENT);
		if (setting("FAKE_IOMMU_BUSY", "%lli", &busy, NULL) &&
		    area->start == busy)
			return refuse(EBUSY);
		bytes += area->last - area->start + 1;
		*at = area->next;
		free(area);
	}
	if (setting("FAKE_IOMMU_LIE", "%lli", &lie, NULL))
		return refuse((int)lie);
	if (!bytes && !all)
		return refuse(ENOENT);
	ask->length = bytes;
	return 0;
}

static int ranges(struct iommu_ioas_iova_ranges *ask)
{
	struct iommu_iova_range *out = (void *)(uintptr_t)ask->allowed_iovas;
	unsigned long long first = 0, last = 0;
	__u32 room = ask->num_iovas;
	bool hole;

	if (!known(ask->ioas_id))
		return refuse(ENOENT);
	hole = setting("FAKE_IOMMU_RESERVED", "%llx-%llx", &first, &last);
	ask->out_iova_alignment = alignment();
	ask->num_iovas = hole ? (first != 0) + (last != UINT64_MAX) : 1;
	if (room < ask->num_iovas)
		return refuse(EMSGSIZE);
	if (first || !hole)
		*out++ = (struct iommu_iova_range){ 0, hole ? first - 1
							    : UINT64_MAX };
	if (hole && last != UINT64_MAX)
		*out = (struct iommu_iova_range){ last + 1, UINT64_MAX };
	return 0;
}

static int allow(const struct iommu_ioas_allow_iovas *ask)
{
	const struct iommu_iova_range *r =
		(void *)(uintptr_t)ask->allowed_iovas;

	if (!known(ask->ioas_id))
		return refuse(ENOENT);
	for (__u32 i = 0; i < ask->num_iovas; i++) {
		if (r[i].start >= r[i].last)
			return refuse(EINVAL);
		if (reserved(r[i].start, r[i].last))
			return refuse(EADDRINUSE);
		for (__u32 j = 0; j < i; j++)
			if (r[i].start <= r[j].last && r[j].start <= r[i].last)
				return refuse(EINVAL);
	}
	return 0;
}

static int option(struct iommu_option *ask)
{
	bool set = ask->op == IOMMU_OPTION_OP_SET;

	if (ask->option_id > IOMMU_OPTION_HUGE_PAGES)
		return refuse(EOPNOTSUPP);
	if (ask->option_id == IOMMU_OPTION_HUGE_PAGES && !known(ask->object_id))
		return refuse(ENOENT);
	if (set && ask->val64 > 1)
		return refuse(EINVAL);
	if (ask->option_id == IOMMU_OPTION_HUGE_PAGES) {
		if (set)
			ioas[ask->object_id].huge = ask->val64;
		ask->val64 = ioas[ask->object_id].huge;
		return 0;
	}
	for (int i = 0; set && i < IOAS_MAX; i++)
		if (ioas[i].kind)
			return refuse(EBUSY);
	if (set)
		rlimit_mode = ask->val64;
	ask->val64 = rlimit_mode;
	return 0;
}

static int alloc(struct iommu_ioas_alloc *ask)
{
	__u32 id = new_object(IOAS);

	if (!id)
		return refuse(ENOMEM);
	ioas[id].huge = true;
	ask->out_ioas_id = id;
	return 0;
}

static int destroy(const struct iommu_destroy *ask)
{
	struct iommu_ioas_unmap all = { .ioas_id = ask->id,
					.length = UINT64_MAX };

	if (!object(ask->id))
		return refuse(ENOENT);
	if (ask->id == attached_to)
		return refuse(EBUSY);
	for (int i = 0; i < IOAS_MAX; i++)
		for (int j = 0; j < 3 && ioas[i].kind; j++)
			if (ioas[i].of[j] == ask->id)
				return refuse(EBUSY);
	if (known(ask->id))
		unmap(&all);
	memset(&ioas[ask->id], 0, sizeof(ioas[0]));
	return 0;
}

#include "fake_objects.h"
#include "fake_vfio.h"
#include "fake_device.h"

/* 0, or how this request is to fail. */
static int failure(unsigned long request)
{
	const char *path = getenv("FAKE_IOMMU_FAIL_FILE");
	FILE *file = path ? fopen(path, "r") : NULL;
	unsigned long long number, err;
	bool fails;

	if (file) {
		fails = fscanf(file, "%lli:%lli", &number, &err) == 2;
		fclose(file);
	} else {
		fails = setting("FAKE_IOMMU_FAIL", "%lli:%lli", &number, &err);
	}
	return fails && (request & 0xff) == number ? (int)err : 0;
}

static int answer(unsigned long request, void *arg)
{
	struct iommu_ioas_map *map = arg;
	int err = failure(request);

	if (err)
		return refuse(err);
	if ((request & 0xff) < IOMMUFD_CMD_BASE) {
		err = device_answer(request, arg);
		return err == -2 ? vfio_answer(request, arg) : err;
	}
	if (!is_known(request))
		return refuse(ENOTTY);
	if (!has_size(request, arg))
		return -1;
	switch (request) {
	case IOMMU_DESTROY:
		return destroy(arg);
	case IOMMU_IOAS_ALLOC:
		return alloc(arg);
	case IOMMU_IOAS_ALLOW_IOVAS:
		return allow(arg);
	case IOMMU_IOAS_COPY:
		return copy(arg);
	case IOMMU_IOAS_IOVA_RANGES:
		return ranges(arg);
	case IOMMU_IOAS_MAP:
		return place(map->ioas_id, map->flags, &map->iova, map->length);
	case IOMMU_IOAS_UNMAP:
		return unmap(arg);
	case IOMMU_OPTION:
		return option(arg);
	case IOMMU_VFIO_IOAS:
		return vfio_ioas(arg);
	default:
		return object_answer(request, arg);
	}
}

int ioctl(int fd, unsigned long request, ...)
{
	static int (*next)(int, unsigned long, ...);
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if ((request >> 8 & 0xff) == IOMMUFD_TYPE)
		return answer(request, arg);
	if (!next)
		next = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT,
							       "ioctl");
	return next(fd, request, arg);
}

int open(const char *path, int flags, ...)
{
	static int (*next)(const char *, int, ...);
	unsigned long long err;
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
	va_end(args);
	if (!next)
		next = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT,
							      "open");
	if (!strncmp(path, "/dev/vfio/devices/", 18))
		return device_file();
	if (strcmp(path, "/dev/iommu"))
		return next(path, flags, mode);
	if (setting("FAKE_IOMMU_OPEN", "%lli", &err, NULL))
		return refuse((int)err);
	return next("/dev/null", O_RDWR | O_CLOEXEC);
}

/* The library's own one, behind this. */
static void *real(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

int stat(const char *restrict path, struct stat *restrict st)
{
	int (*next)(const char *, struct stat *) = real("stat");
	unsigned long long err;

	if (strcmp(path, "/dev/iommu"))
		return next(path, st);
	if (setting("FAKE_IOMMU_OPEN", "%lli", &err, NULL))
		return refuse((int)err);
	return next("/dev/null", st);
}

static void __attribute__((constructor)) begin(void)
{
	unsigned long long count;

	if (setting("FAKE_IOMMU_IOAS", "%lli", &count, NULL))
		while (count--)
			new_object(IOAS);
}

int pidfd_getfd(int pidfd, int fd, unsigned flags)
{
	int (*next)(int, int, unsigned) = real("pidfd_getfd");
	unsigned long long err;

	if (setting("FAKE_IOMMU_PIDFD", "%lli", &err, NULL))
		return refuse((int)err);
	return next(pidfd, fd, flags);
}

static void dawdle(void)
{
	const char *text = getenv("FAKE_IOMMU_SLOW");
	char *path;
	unsigned long ms;

	if (!text)
		return;
	ms = strtoul(text, &path, 10);
	if (*path == ':')
		close(creat(path + 1, 0600));
	usleep(ms * 1000);
}

int madvise(void *start, size_t length, int advice)
{
	int (*next)(void *, size_t, int) = real("madvise");
	unsigned long long err;

	dawdle();
	if (setting("FAKE_IOMMU_POPULATE", "%lli", &err, NULL))
		return refuse((int)err);
	return next(start, length, advice);
}

ssize_t pread(int fd, void *data, size_t size, off_t offset)
{
	ssize_t (*next)(int, void *, size_t, off_t) = real("pread");

	dawdle();
	return next(fd, data, size, offset);
}

time_t time(time_t *out)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (out)
		*out = now.tv_sec;
	return now.tv_sec;
}

static time_t ahead(void)
{
	const char *path = getenv("FAKE_IOMMU_AHEAD");
	FILE *file = path ? fopen(path, "r") : NULL;
	long seconds = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%ld", &seconds) != 1)
		seconds = 0;
	fclose(file);
	return seconds;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	static int (*next)(clockid_t, struct timespec *);
	const char *factor = getenv("FAKE_IOMMU_CLOCK");
	double seconds;
	int result;

	if (!next)
		next = real("clock_gettime");
	result = next(clock, now);
	if (factor) {
		/* Of a year's seconds a double keeps the nanoseconds. */
		seconds = (now->tv_sec % 1000000 + now->tv_nsec / 1e9) *
			  strtod(factor, NULL);
		now->tv_sec = (time_t)seconds;
		now->tv_nsec = (long)((seconds - (time_t)seconds) * 1e9);
	}
	now->tv_sec += ahead();
	return result;
}
