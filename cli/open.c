// SPDX-License-Identifier: GPL-2.0-or-later
/* Opening the device, and telling apart the reasons why that can fail. */
#include "iommu.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "buf.h"

static const char module_name[] = "/iommufd.ko";

/* Does a list of the module tools name iommufd.ko, also compressed? */
static bool list_has_module(const char *release, const char *list)
{
	char *path = mem_asprintf("/lib/modules/%s/%s", release, list);
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	bool found = false;

	free(path);
	if (!file)
		return false;
	while (!found && getline(&line, &size, file) >= 0) {
		const char *name = strstr(line, module_name);

		/* Before the colon is the module, behind it what it needs. */
		found = name && !memchr(line, ':', (size_t)(name - line));
	}
	free(line);
	fclose(file);
	return found;
}

static enum status no_node(const char *path, struct failure *f)
{
	struct utsname name;

	if (strcmp(path, "/dev/iommu")) {
		return fail_errno(f, "%s", path);
	}
	uname(&name);
	if (!access("/sys/module/iommufd", F_OK) ||
	    list_has_module(name.release, "modules.builtin")) {
		fail(f,
		     "%s is missing although the kernel has iommufd: this container or chroot was not given the node",
		     path);
		fail_hint(f, "cat /sys/class/misc/iommu/dev");
	} else if (list_has_module(name.release, "modules.dep")) {
		fail(f, "no %s: the module iommufd is not loaded", path);
		fail_hint(f, "modprobe iommufd");
	} else {
		fail(f,
		     "no %s: the kernel %s is without iommufd, in itself and in /lib/modules",
		     path, name.release);
		fail_hint(f, "grep IOMMUFD /boot/config-%s", name.release);
	}
	f->err = ENOENT;
	return f->status;
}

static enum status no_permission(const char *path, struct failure *f)
{
	const struct passwd *user;
	struct stat st;
	char *owner;

	if (stat(path, &st)) {
		fail_errno(f, "no permission to reach %s", path);
		return f->status;
	}
	f->err = EACCES;
	if (!geteuid())
		return fail(
			f,
			"no permission to open %s as root: a device rule of the container, or a security module",
			path);
	user = getpwuid(st.st_uid);
	owner = mem_strdup(user ? user->pw_name : "a user without a name");
	user = getpwuid(geteuid());
	fail(f,
	     "no permission to open %s: it belongs to %s with mode %04o, and you are %s",
	     path, owner, (unsigned)(st.st_mode & 07777),
	     user ? user->pw_name : "a user without a name");
	fail_hint(f, "sudo iommufdctl");
	free(owner);
	return f->status;
}

static enum status not_opened(const char *path, struct failure *f)
{
	switch (errno) {
	case ENOENT:
		return no_node(path, f);
	case EACCES:
	case EPERM:
		return no_permission(path, f);
	case ENXIO:
	case ENODEV:
		fail_errno(f, "%s is there but no driver is behind it", path);
		fail_hint(f, "modprobe iommufd");
		return f->status;
	default:
		return fail_errno(f, "%s cannot be opened", path);
	}
}

enum status iommu_open(const char *path, int *fd, struct failure *f)
{
	/* Object 0 never exists, so this asks without doing anything. */
	struct iommu_destroy nothing = { .size = sizeof(nothing) };
	struct stat st;

	if (!stat(path, &st) && !S_ISCHR(st.st_mode))
		return fail(f, "%s is not a device", path);
	*fd = open(path, O_RDWR | O_CLOEXEC);
	if (*fd < 0)
		return not_opened(path, f);
	if (ioctl(*fd, IOMMU_DESTROY, &nothing) && errno == ENOTTY) {
		close(*fd);
		*fd = -1;
		f->err = ENOTTY;
		f->ioctl = "IOMMU_DESTROY";
		return fail(f, "%s is a device of another kind, not an iommufd",
			    path);
	}
	return STATUS_OK;
}
