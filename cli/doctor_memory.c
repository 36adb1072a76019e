// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How much memory may be locked. There are two accounts: VFIO's container
 * counts for each process, and so does an iommufd that is told to; else it
 * counts for all processes of a user together. The limit is the same,
 * RLIMIT_MEMLOCK of whoever maps.
 */
#include <stdbool.h>
#include <stdlib.h>

#include "buf.h"
#include "doctor.h"
#include "number.h"
#include "procfs.h"

struct account {
	struct checkup *c;
	const char *layer;
	const char *whose; /* what it counts */
	uint64_t used;
	bool guessed; /* no more than that it may be so much */
};

/* A guest has to be locked as a whole, beside what is locked already. */
static bool fits(const struct account *a)
{
	uint64_t limit = a->c->subject.lock_limit;

	return a->used <= limit && a->c->ram <= limit - a->used;
}

static char *raise_limit(const struct account *a)
{
	const struct checkup *c = a->c;
	uint64_t needed = c->ram + a->used;

	if (!c->subject.pid)
		return mem_strdup("ulimit -l unlimited");
	if (!c->ram || needed < c->ram)
		return mem_asprintf("prlimit --pid %d --memlock=unlimited",
				    (int)c->subject.pid);
	return mem_asprintf("prlimit --pid %d --memlock=%llu",
			    (int)c->subject.pid, (unsigned long long)needed);
}

static void judge(const struct account *a, struct finding *f)
{
	char size[NUMBER_HUMAN_SIZE], ram[NUMBER_HUMAN_SIZE],
		used[NUMBER_HUMAN_SIZE];
	struct checkup *c = a->c;

	number_human(c->subject.lock_limit, size);
	number_human(c->ram, ram);
	number_human(a->used, used);
	if (!fits(a)) {
		/* By itself the guest may still fit. */
		f->verdict = a->guessed && c->ram <= c->subject.lock_limit
				     ? VERDICT_WARNING
				     : VERDICT_FAILED;
		checkup_add(
			c, f,
			"a guest of %s has to be locked as a whole, and %s may be, %s, which has locked %s",
			ram, size, a->whose, used);
	} else {
		f->verdict = c->ram ? VERDICT_OK : VERDICT_WARNING;
		checkup_add(c, f, "%s may be locked, %s, which has locked %s",
			    size, a->whose, used);
	}
}

static void add(const struct account *a)
{
	struct checkup *c = a->c;
	char *limits = subject_path(&c->subject, "limits"), *repair = NULL;
	struct finding f = { .layer = a->layer, .evidence = limits };

	if (subject_locks_at_will(&c->subject)) {
		checkup_add(c, &f,
			    "any amount may be locked, with CAP_IPC_LOCK");
	} else if (c->subject.lock_limit == UINT64_MAX) {
		checkup_add(c, &f, "any amount may be locked");
	} else {
		if (!c->ram || !fits(a))
			repair = raise_limit(a);
		f.repair = repair;
		judge(a, &f);
	}
	free(repair);
	free(limits);
}

void doctor_memory(struct checkup *c)
{
	add(&(struct account){
		.c = c,
		.layer = "memory",
		.whose = "in containers by this process",
		.used = c->subject.locked,
	});
}

/* What is pinned of a process if it is charged to this user; or 0. */
static uint64_t pinned_by(pid_t pid, unsigned uid)
{
	char *status = procfs_text(pid, "status");
	const char *line = procfs_line(status, "Uid");
	uint64_t pinned = 0;

	/* The real one's account is charged. */
	if (line && strtoul(line, NULL, 10) == uid)
		pinned = procfs_kilobytes(status, "VmPin");
	free(status);
	return pinned;
}

/*
 * The account itself is nowhere to be read. What is pinned of the user's
 * processes is in it, unless it was pinned with CAP_IPC_LOCK.
 */
void doctor_memory_user(struct checkup *c)
{
	struct numbers pids;
	uint64_t pinned = 0;

	procfs_numbers(0, "", &pids);
	for (size_t i = 0; i < pids.count; i++)
		pinned += pinned_by((pid_t)pids.number[i], c->subject.account);
	numbers_free(&pids);
	add(&(struct account){
		.c = c,
		.layer = "memory-user",
		.whose = "in /dev/iommu by all processes of this user",
		.used = pinned,
		.guessed = true,
	});
}
