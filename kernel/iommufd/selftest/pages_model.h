/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random users of pages, of which a model knows how many want each. After each
 * step what is pinned, where, and what was charged for it are compared with
 * what the model asks for.
 *
 * Each page of the memory has its number in its first 32 bits, and inverted in
 * its last.
 */
#ifndef IOMMUFD_SELFTEST_PAGES_MODEL_H
#define IOMMUFD_SELFTEST_PAGES_MODEL_H

#include <linux/prandom.h>

#include "../pages.h"

#define MODEL_USERS 24

/**
 * struct model_user - who needs pages
 * @first: first page
 * @last: last page
 */
struct model_user {
	unsigned long first;
	unsigned long last;
};

/**
 * struct pages_model - pages under test and who needs them
 * @pages: the pages
 * @rnd: the same numbers in every run
 * @users: who needs what
 * @nusers: how many of them
 * @idle_pinned: mm_struct::pinned_vm without the pages under test
 * @idle_process: mm_struct::locked_vm, the same
 * @idle_user: user_struct::locked_vm, the same
 */
struct pages_model {
	struct iopt_pages *pages;
	struct rnd_state rnd;
	struct model_user users[MODEL_USERS];
	unsigned int nusers;
	long idle_pinned;
	long idle_process;
	long idle_user;
};

void pages_model_init(struct pages_model *m, struct iopt_pages *pages);
struct model_user pages_model_range(struct pages_model *m);
int pages_model_check(struct pages_model *m);
int pages_model_check_range(struct pages_model *m, struct model_user range);
int pages_model_run(struct pages_model *m, int steps);

#endif
