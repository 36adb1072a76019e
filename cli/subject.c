// SPDX-License-Identifier: GPL-2.0-or-later
#include "subject.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "buf.h"
#include "procfs.h"

/* The inode of the user namespace that the kernel starts with. */
#define INITIAL_USERS "user:[4026531837]"

/* Most of what a process may be in is 65536, NGROUPS_MAX. */
#define GROUPS_MOST 65536

static char *text_of(const struct subject *s, const char *name)
{
	char *own = mem_asprintf("self/%s", name);
	char *text = s->pid ? procfs_text(s->pid, name) : procfs_text(0, own);
	int err = errno;

	free(own);
	errno = err;
	return text;
}

static char *link_of(const struct subject *s, const char *name)
{
	char *own = mem_asprintf("self/%s", name);
	char *target = s->pid ? procfs_link(s->pid, name) : procfs_link(0, own);

	free(own);
	return target;
}

char *subject_path(const struct subject *s, const char *name)
{
	return s->pid ? mem_asprintf("/proc/%d/%s", (int)s->pid, name)
		      : mem_asprintf("/proc/self/%s", name);
}

/* The last of a line's four ids is the one that files are opened with. */
static unsigned file_id(const char *status, const char *name)
{
	const char *line = procfs_line(status, name);
	unsigned id = UINT_MAX;

	if (line)
		sscanf(line, "%*u %*u %*u %u", &id);
	return id;
}

static uint64_t number(const char *status, const char *name, int base)
{
	const char *line = procfs_line(status, name);

	return line ? strtoull(line, NULL, base) : 0;
}

static void read_groups(struct subject *s, const char *status)
{
	const char *line = procfs_line(status, "Groups");
	char *end;

	while (line && *line != '\n' && s->num_groups < GROUPS_MOST) {
		gid_t group = (gid_t)strtoul(line, &end, 10);

		if (end == line)
			return;
		s->groups = mem_realloc(s->groups, (s->num_groups + 1) *
							   sizeof(*s->groups));
		s->groups[s->num_groups++] = group;
		line = end + strspn(end, " ");
	}
}

static void read_status(struct subject *s, const char *status)
{
	s->account = (uid_t)number(status, "Uid", 10);
	s->uid = file_id(status, "Uid");
	s->gid = file_id(status, "Gid");
	read_groups(s, status);
	s->capabilities = number(status, "CapEff", 16);
	s->seccomp = (unsigned)number(status, "Seccomp", 10);
	s->filters = (unsigned)number(status, "Seccomp_filters", 10);
	s->no_new_privs = number(status, "NoNewPrivs", 10);
	s->locked = procfs_kilobytes(status, "VmLck");
}

static void read_limit(struct subject *s)
{
	char *limits = text_of(s, "limits");
	const char *line = limits ? strstr(limits, "Max locked memory") : NULL;
	unsigned long long bytes;

	s->lock_limit = UINT64_MAX;
	if (line && sscanf(line, "Max locked memory %llu", &bytes) == 1)
		s->lock_limit = bytes;
	free(limits);
}

static bool same_namespace(const struct subject *s, const char *name)
{
	struct subject we = { 0 };
	char *its = link_of(s, name), *ours = link_of(&we, name);
	bool same = its && ours && !strcmp(its, ours);

	free(ours);
	free(its);
	return same;
}

static void read_namespaces(struct subject *s)
{
	char *users = link_of(s, "ns/user");

	s->own_users = users && strcmp(users, INITIAL_USERS) != 0;
	s->our_users = same_namespace(s, "ns/user");
	s->our_mounts = same_namespace(s, "ns/mnt");
	free(users);
}

/*
 * The line of the second version, "0::PATH", or the first version's of the
 * controller that is called devices: "N:devices:PATH".
 */
static void read_cgroup(struct subject *s)
{
	char *text = text_of(s, "cgroup"), *rest = NULL;
	char *line = text ? strtok_r(text, "\n", &rest) : NULL;

	for (; line; line = strtok_r(NULL, "\n", &rest)) {
		const char *path = strchr(line, ':');
		bool devices = path && !strncmp(path, ":devices:", 9);

		path = path ? strchr(path + 1, ':') : NULL;
		if (!path || (!devices && strncmp(line, "0::", 3)))
			continue;
		if (devices)
			free(s->cgroup);
		if (devices || !s->cgroup)
			s->cgroup = mem_strdup(path + 1);
		if (devices)
			break;
	}
	free(text);
}

static void read_label(struct subject *s)
{
	s->label = text_of(s, "attr/current");
	if (s->label)
		s->label[strcspn(s->label, "\n")] = '\0';
	if (s->label && !*s->label) {
		free(s->label);
		s->label = NULL;
	}
}

static enum status refused(const struct subject *s, struct failure *f)
{
	if (errno == ENOENT || errno == ESRCH)
		return fail(f, "there is no process %d", (int)s->pid);
	if (errno != EACCES && errno != EPERM)
		return fail_errno(f, "/proc/%d", (int)s->pid);
	fail(f, "process %d cannot be looked at without CAP_SYS_PTRACE",
	     (int)s->pid);
	fail_hint(f, "sudo iommufdctl doctor --pid %d", (int)s->pid);
	return f->status;
}

/* What needs a right comes first, so that nothing is half read. */
static enum status open_process(struct subject *s, struct failure *f)
{
	char *root = subject_path(s, "root");

	if (s->pid)
		s->pidfd = (int)syscall(SYS_pidfd_open, s->pid, 0);
	if (!s->pid || s->pidfd >= 0)
		s->root = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (s->root < 0)
		/* What is no leader of its threads has no pidfd. */
		errno == EINVAL
			? fail(f, "%d is a thread, and no process", (int)s->pid)
			: refused(s, f);
	free(root);
	return f->status;
}

enum status subject_open(struct subject *s, pid_t pid, struct failure *f)
{
	char *status;

	*s = (struct subject){ .pid = pid, .pidfd = -1, .root = -1 };
	if (open_process(s, f))
		return f->status;
	status = text_of(s, "status");
	if (!status)
		return refused(s, f);
	read_status(s, status);
	free(status);
	s->command = text_of(s, "comm");
	if (s->command)
		s->command[strcspn(s->command, "\n")] = '\0';
	read_limit(s);
	read_namespaces(s);
	read_cgroup(s);
	read_label(s);
	return STATUS_OK;
}

void subject_close(struct subject *s)
{
	if (s->root >= 0)
		close(s->root);
	if (s->pidfd >= 0)
		close(s->pidfd);
	free(s->command);
	free(s->groups);
	free(s->label);
	free(s->cgroup);
	*s = (struct subject){ .pidfd = -1, .root = -1 };
}

bool subject_lives(const struct subject *s)
{
	struct pollfd end = { .fd = s->pidfd, .events = POLLIN };

	return s->pidfd < 0 || !poll(&end, 1, 0);
}

bool subject_locks_at_will(const struct subject *s)
{
	return !s->own_users && s->capabilities & 1u << CAP_IPC_LOCK;
}
