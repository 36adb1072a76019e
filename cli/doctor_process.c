// SPDX-License-Identifier: GPL-2.0-or-later
/* The layers around a process: who it is, and what it is confined to. */
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "doctor.h"
#include "sysfs.h"

/* Those that make a difference here. */
static const struct {
	unsigned number;
	const char *name;
} capabilities[] = {
	{ CAP_DAC_OVERRIDE, "CAP_DAC_OVERRIDE" },
	{ CAP_IPC_LOCK, "CAP_IPC_LOCK" },
	{ CAP_SYS_RAWIO, "CAP_SYS_RAWIO" },
	{ CAP_SYS_ADMIN, "CAP_SYS_ADMIN" },
};

void doctor_process(struct checkup *c)
{
	const struct subject *s = &c->subject;
	char *status = subject_path(s, "status");
	struct buf list = { 0 };

	for (size_t i = 0; i < sizeof(capabilities) / sizeof(*capabilities);
	     i++)
		if (s->capabilities & 1u << capabilities[i].number)
			buf_printf(&list, "%s%s", list.len ? ", " : "",
				   capabilities[i].name);
	checkup_add(c,
		    &(struct finding){ .layer = "process", .evidence = status },
		    "%s, of user %u and group %u, with %s",
		    s->command ? s->command : "it", (unsigned)s->uid,
		    (unsigned)s->gid,
		    list.len ? buf_text(&list) : "no capability that matters");
	buf_free(&list);
	free(status);
}

void doctor_namespaces(struct checkup *c)
{
	const struct subject *s = &c->subject;
	char *where = subject_path(s, "ns");
	struct finding f = { .layer = "namespaces", .evidence = where };
	const char *mounts = s->our_mounts ? "" : "a /dev of its own; ";

	if (s->own_users) {
		f.verdict = VERDICT_WARNING;
		f.repair =
			"raise its RLIMIT_MEMLOCK instead, and give it nodes that its user outside may open";
		checkup_add(
			c, &f,
			"%sa user namespace, whose capabilities open no node and lock no memory",
			mounts);
	} else if (*mounts) {
		checkup_add(c, &f, "a /dev of its own");
	} else {
		checkup_add(c, &f, "none that matters");
	}
	free(where);
}

static bool any_forbidden(const struct checkup *c)
{
	for (size_t i = 0; i < c->num_nodes; i++)
		if (c->nodes[i].cause == CAUSE_FORBIDDEN)
			return true;
	return false;
}

/*
 * Since its second version a group's rules are programs, which cannot be read
 * as rules; a try tells what they say.
 */
void doctor_cgroup(struct checkup *c)
{
	const struct subject *s = &c->subject;
	char *where = subject_path(s, "cgroup");
	const char *name = s->cgroup ? s->cgroup : "none";
	char *again = NULL;
	struct finding f = { .layer = "cgroup", .evidence = where };

	if (any_forbidden(c)) {
		f.verdict = VERDICT_FAILED;
		f.cause = CAUSE_FORBIDDEN;
		f.repair =
			"allow the devices where the container is configured";
		checkup_add(c, &f, "its rules forbid nodes that are there: %s",
			    name);
	} else if (c->tried != TRIED_ALL) {
		f.verdict = VERDICT_WARNING;
		if (geteuid())
			again = mem_asprintf("sudo iommufdctl doctor --pid %d",
					     (int)s->pid);
		f.repair = again;
		checkup_add(c, &f, "its rules could not be tried: %s", name);
	} else {
		checkup_add(c, &f, "its rules forbid none of the nodes: %s",
			    name);
	}
	free(again);
	free(where);
}

static char *security_modules(void)
{
	return sysfs_read("/sys/kernel/security", "lsm");
}

static void put_seccomp(struct buf *b, const struct subject *s)
{
	if (s->seccomp == 1)
		buf_puts(b, "strict seccomp, without any ioctl; ");
	else if (s->seccomp)
		buf_printf(b, "%u seccomp %s that may refuse ioctls; ",
			   s->filters ? s->filters : 1,
			   s->filters > 1 ? "filters" : "filter");
}

/* What AppArmor and SELinux call a process that they do not confine. */
static bool is_confined(const char *label)
{
	return label && strcmp(label, "unconfined") != 0 &&
	       !strstr(label, "unconfined_t") && !strstr(label, "kernel_t");
}

/* What these would refuse is not to be read either, nor to be tried by us. */
void doctor_confinement(struct checkup *c)
{
	const struct subject *s = &c->subject;
	char *status = subject_path(s, "status"), *trace = NULL;
	char *modules = security_modules();
	struct finding f = { .layer = "confinement", .evidence = status };
	struct buf words = { 0 };

	put_seccomp(&words, s);
	if (is_confined(s->label))
		buf_printf(&words, "%s, which may refuse nodes; ", s->label);
	if (words.len) {
		f.verdict = VERDICT_WARNING;
		trace = s->pid ? mem_asprintf(
					 "iommufdctl trace --errors --pid %d",
					 (int)s->pid)
			       : NULL;
		f.repair = trace;
	}
	checkup_add(c, &f, "%s%s%s%s", words.len ? buf_text(&words) : "none; ",
		    s->no_new_privs ? "no new privileges; " : "",
		    modules ? "security modules: " : "no security modules seen",
		    modules ? modules : "");
	buf_free(&words);
	free(modules);
	free(trace);
	free(status);
}
