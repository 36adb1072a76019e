// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A program to be traced. It asks a device that is no iommufd, whose kernel
 * answers ENOTTY: what is asked is read all the same.
 *
 *	calls DEVICE COUNT	so many ioctls, and a hundred times as many other
 *				system calls
 *	fields DEVICE		structs with something in every field
 *	hostile DEVICE		pointers and sizes that are wrong
 *	family DEVICE		two threads, a child, and one that runs true
 *	crash DEVICE		asks, and dies by SIGSEGV
 *	forbidden DEVICE	a filter of its own kills it for asking
 *	signals DEVICE		SIGUSR1 must reach it while it asks
 *	files DEVICE		asks a file, a copy of its descriptor, which is
 *closed then, another file, and the first again narrow DEVICE		asks as
 *a program of 32 bits does
 *	forever DEVICE		asks until it is ended, from three threads
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/iommufd.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int fd;

static void *alloc(void *nothing)
{
	struct iommu_ioas_alloc ask = { .size = sizeof(ask) };

	ioctl(fd, IOMMU_IOAS_ALLOC, &ask);
	return nothing;
}

static int calls(int count)
{
	for (int i = 0; i < count; i++) {
		alloc(NULL);
		for (int k = 0; k < 100; k++)
			syscall(SYS_getppid);
	}
	/* Of another type, with the same number. */
	ioctl(fd, _IO('T', 0x81), 0);
	return 0;
}

static int fields(void)
{
	struct iommu_iova_range range[] = { { 0, 0xfff },
					    { 0x2000, UINT64_MAX } };
	struct iommu_ioas_map map = {
		.size = sizeof(map),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE |
			 1 << 6,
		.ioas_id = 7,
		.user_va = 0xffff800000000000,
		.length = 0x2000,
		.iova = UINT64_MAX,
	};
	struct iommu_ioas_allow_iovas allow = {
		.size = sizeof(allow),
		.ioas_id = 3,
		.num_iovas = 2,
		.allowed_iovas = (uintptr_t)range,
	};

	ioctl(fd, IOMMU_IOAS_MAP, &map);
	ioctl(fd, IOMMU_IOAS_ALLOW_IOVAS, &allow);
	ioctl(fd, _IO(';', 0x66), 3L); /* VFIO_SET_IOMMU */
	ioctl(fd, _IO(';', 0xf0), 0x1234L);
	return 0;
}

static int hostile(void)
{
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iommu_ioas_map *map = (void *)(page + 4096 - 16);
	struct iommu_ioas_allow_iovas allow = {
		.size = sizeof(allow),
		.ioas_id = 3,
		.num_iovas = UINT32_MAX,
		.allowed_iovas = 8,
	};
	struct iommu_destroy huge = { .size = UINT32_MAX, .id = 5 };

	ioctl(fd, IOMMU_IOAS_MAP, 8L);
	ioctl(fd, IOMMU_IOAS_MAP, -8L);
	/* Its first 16 bytes are there, the others are not. */
	map->size = sizeof(*map);
	map->ioas_id = 9;
	munmap(page + 4096, 4096);
	ioctl(fd, IOMMU_IOAS_MAP, map);
	ioctl(fd, IOMMU_IOAS_ALLOW_IOVAS, &allow);
	ioctl(fd, IOMMU_DESTROY, &huge);
	huge.size = 3;
	ioctl(fd, IOMMU_DESTROY, &huge);
	return 0;
}

static int family(void)
{
	pthread_t thread[2];

	for (int i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, alloc, NULL);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	if (!fork()) {
		alloc(NULL);
		execlp("true", "true", (char *)NULL);
	}
	wait(NULL);
	if (!vfork())
		_exit(4);
	wait(NULL);
	return 3;
}

static int forbidden(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(*code), code };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
	alloc(NULL);
	return 0;
}

static volatile sig_atomic_t reached;

static void count(int signal)
{
	(void)signal;
	reached++;
}

static int signals(void)
{
	signal(SIGUSR1, count);
	for (int i = 0; i < 5; i++) {
		raise(SIGUSR1);
		alloc(NULL);
	}
	printf("%d signals\n", (int)reached);
	return 0;
}

static int files(const char *device)
{
	int first = fd, copy = dup(fd);

	alloc(NULL);
	fd = copy;
	alloc(NULL);
	fd = open(device, O_RDWR);
	close(copy);
	alloc(NULL);
	fd = first;
	alloc(NULL);
	return 0;
}

/* The ioctl of 32-bit programs, which 64-bit ones may make as well. */
static int narrow(void)
{
#ifdef __x86_64__
	struct iommu_ioas_alloc *ask =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long result;

	ask->size = sizeof(*ask);
	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(54), "b"(fd), "c"(IOMMU_IOAS_ALLOC), "d"(ask)
			 : "memory");
	return result != -ENOTTY;
#else
	return 0;
#endif
}

static void *forever(void *nothing)
{
	while (!alloc(nothing))
		usleep(10000);
	return nothing;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	if (argc < 3)
		return 2;
	fd = open(argv[2], O_RDWR);
	if (!strcmp(argv[1], "calls"))
		return calls(atoi(argv[3]));
	if (!strcmp(argv[1], "fields"))
		return fields();
	if (!strcmp(argv[1], "hostile"))
		return hostile();
	if (!strcmp(argv[1], "family"))
		return family();
	if (!strcmp(argv[1], "forbidden"))
		return forbidden();
	if (!strcmp(argv[1], "signals"))
		return signals();
	if (!strcmp(argv[1], "files"))
		return files(argv[2]);
	if (!strcmp(argv[1], "narrow"))
		return narrow();
	if (!strcmp(argv[1], "crash")) {
		alloc(NULL);
		raise(SIGSEGV);
	}
	for (int i = 0; i < 2; i++)
		pthread_create(&thread, NULL, forever, NULL);
	forever(NULL);
	return 0;
}
