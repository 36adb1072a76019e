// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of the process that loads the module, compared with a model: of
 * several sizes, by the process itself and by a kernel thread, with each way
 * to charge for them, and where there is no memory. Then threads use the same
 * pages at once, and in the end nothing may be left.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#include "../ctx.h"
#include "../owner.h"
#include "../pin.h"
#include "pages_model.h"
#include "selftest.h"

#define THREADS 3

/**
 * struct setup - what to run a model on
 * @npages: how many pages
 * @steps: how many steps
 * @batch: how many are pinned at a time, 0 for as many as usual
 * @charge: who pays
 * @read_only: devices may not write
 * @remote: by a kernel thread
 */
struct setup {
	unsigned long npages;
	int steps;
	unsigned long batch;
	enum iopt_charge charge;
	bool read_only;
	bool remote;
};

static const struct setup setups[] __initconst = {
	{ .npages = 1, .steps = 500, .charge = IOPT_CHARGE_USER },
	{ .npages = 1,
	  .steps = 200,
	  .charge = IOPT_CHARGE_PROCESS,
	  .read_only = true,
	  .remote = true },
	{ .npages = 16, .steps = 500, .charge = IOPT_CHARGE_USER },
	{ .npages = 100, .steps = 1000, .charge = IOPT_CHARGE_USER },
	{ .npages = 100,
	  .steps = 500,
	  .charge = IOPT_CHARGE_PROCESS,
	  .read_only = true },
	{ .npages = 100,
	  .steps = 500,
	  .batch = 1,
	  .charge = IOPT_CHARGE_PROCESS,
	  .remote = true },
	{ .npages = 100, .steps = 500, .batch = 7 },
	/* More than one chunk can hold. */
	{ .npages = CHUNK_PAGES_MAX + 500,
	  .steps = 30,
	  .charge = IOPT_CHARGE_USER },
};

static int __init number_page(unsigned long uptr, u32 number)
{
	u32 __user *first = (u32 __user *)uptr;
	u32 __user *last = first + PAGE_SIZE / sizeof(*first) - 1;
	int rc;

	cond_resched();
	rc = put_user(number, first);
	return rc ? rc : put_user(~number, last);
}

/* Not in order, so that some of it is contiguous and some is not. */
static int __init number_pages(unsigned long uptr, unsigned long npages)
{
	unsigned long i;
	int rc = 0;

	for (i = 0; !rc && i < npages; i++) {
		if (i / 5 % 2 || i % 5 == 3)
			rc = number_page(uptr + i * PAGE_SIZE, i);
	}
	for (i = 0; !rc && i < npages; i++) {
		if (!(i / 5 % 2 || i % 5 == 3))
			rc = number_page(uptr + i * PAGE_SIZE, i);
	}
	return rc;
}

static unsigned long __init map_memory(unsigned long npages)
{
	unsigned long uptr;
	int rc;

	uptr = vm_mmap(NULL, 0, npages * PAGE_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, 0);
	if (IS_ERR_VALUE(uptr))
		return uptr;
	rc = number_pages(uptr, npages);
	if (rc) {
		vm_munmap(uptr, npages * PAGE_SIZE);
		return rc;
	}
	return uptr;
}

/**
 * struct job - what a kernel thread does
 * @work: in its queue
 * @m: the model
 * @steps: how many
 * @rc: what became of it
 */
struct job {
	struct work_struct work;
	struct pages_model *m;
	int steps;
	int rc;
};

static void run_model(struct work_struct *work)
{
	struct job *job = container_of(work, struct job, work);

	job->rc = pages_model_run(job->m, job->steps);
}

static int __init run_remote(struct pages_model *m, int steps)
{
	struct job job = { .m = m, .steps = steps };

	INIT_WORK_ONSTACK(&job.work, run_model);
	queue_work(system_unbound_wq, &job.work);
	flush_work(&job.work);
	destroy_work_on_stack(&job.work);
	return job.rc;
}

/* The model only chooses what to pin. */
static void pin_and_unpin(struct work_struct *work)
{
	struct job *job = container_of(work, struct job, work);
	int i;

	for (i = 0; !job->rc && i < job->steps; i++) {
		struct model_user range = pages_model_range(job->m);

		job->rc =
			iopt_pages_pin(job->m->pages, range.first, range.last);
		cond_resched();
		if (job->rc)
			break;
		job->rc = pages_model_check_range(job->m, range);
		iopt_pages_unpin(job->m->pages, range.first, range.last);
	}
}

static int __init run_threads(struct pages_model *m)
{
	struct pages_model *models;
	struct job jobs[THREADS];
	int rc = 0;
	int i;

	models = kmalloc_array(THREADS, sizeof(*models), GFP_KERNEL);
	if (!models)
		return -ENOMEM;
	for (i = 0; i < THREADS; i++) {
		models[i] = *m;
		prandom_seed_state(&models[i].rnd, i);
		jobs[i] = (struct job){ .m = &models[i], .steps = 100 };
		INIT_WORK_ONSTACK(&jobs[i].work, pin_and_unpin);
		queue_work(system_unbound_wq, &jobs[i].work);
	}
	for (i = 0; i < THREADS; i++) {
		flush_work(&jobs[i].work);
		destroy_work_on_stack(&jobs[i].work);
		rc = rc ?: jobs[i].rc;
	}
	kfree(models);
	return rc ?: pages_model_check(m);
}

/* One user before, if there can be, and then one of more than there is. */
static int __init run_without_memory(struct pages_model *m)
{
	unsigned long npages = m->pages->npages;
	int rc = 0;

	if (npages > 8)
		rc = iopt_pages_pin(m->pages, 3, 5);
	if (rc)
		return rc;
	if (npages > 8)
		m->users[m->nusers++] = (struct model_user){ 3, 5 };
	vm_munmap(m->pages->uptr + (npages - 1) * PAGE_SIZE, PAGE_SIZE);
	rc = iopt_pages_pin(m->pages, 0, npages - 1);
	rc = rc == -EFAULT ? pages_model_check(m) : -EINVAL;
	if (m->nusers)
		iopt_pages_unpin(m->pages, 3, 5);
	m->nusers = 0;
	return rc ?: pages_model_check(m);
}

/*
 * Memory that was only read so far, and may show a page in common with all
 * others, is written to by its owner after it was pinned for reading.
 */
static int __init run_unwritten(struct iommufd_ctx *ictx)
{
	unsigned long uptr = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, 0);
	struct iopt_pages *pages;
	int value = 0;
	int rc;

	if (IS_ERR_VALUE(uptr))
		return uptr;
	rc = get_user(value, (int __user *)uptr);
	pages = iopt_pages_create(ictx, uptr, PAGE_SIZE, false);
	if (IS_ERR(pages)) {
		rc = PTR_ERR(pages);
		goto unmap;
	}
	if (!rc)
		rc = iopt_pages_pin(pages, 0, 0);
	if (rc)
		goto put_pages;
	rc = put_user(1, (int __user *)uptr);
	if (!rc)
		rc = iopt_pages_rw(pages, 0, &value, sizeof(value), 0);
	if (!rc && value != 1)
		rc = -EINVAL;
	iopt_pages_unpin(pages, 0, 0);
put_pages:
	iopt_pages_put(pages);
unmap:
	vm_munmap(uptr, PAGE_SIZE);
	return rc;
}

static int __init run_setup(const struct setup *setup, struct iopt_pages *pages)
{
	struct pages_model m;
	int rc;

	if (pages->owner->charge != setup->charge)
		return -EINVAL;
	pages_model_init(&m, pages);
	if (setup->remote)
		rc = run_remote(&m, setup->steps);
	else
		rc = pages_model_run(&m, setup->steps);
	if (!rc)
		rc = run_threads(&m);
	if (!rc)
		rc = run_without_memory(&m);
	return rc;
}

static int __init run_in_memory(const struct setup *setup,
				struct iommufd_ctx *ictx)
{
	unsigned long length = setup->npages * PAGE_SIZE;
	unsigned long uptr = map_memory(setup->npages);
	struct iopt_pages *pages;
	int rc;

	if (IS_ERR_VALUE(uptr))
		return uptr;
	/* Neither end need be that of a page. */
	pages = iopt_pages_create(ictx, uptr + 1, length - 2,
				  !setup->read_only);
	rc = PTR_ERR_OR_ZERO(pages);
	if (!rc) {
		rc = run_setup(setup, pages);
		iopt_pages_put(pages);
	}
	vm_munmap(uptr, length);
	return rc;
}

/* As a process that may not lock what it likes, or may. */
static int __init run_as(const struct setup *setup, struct iommufd_ctx *ictx)
{
	const struct cred *old;
	struct cred *cred;
	int rc;

	cred = prepare_creds();
	if (!cred)
		return -ENOMEM;
	if (setup->charge == IOPT_CHARGE_NONE)
		cap_raise(cred->cap_effective, CAP_IPC_LOCK);
	else
		cap_lower(cred->cap_effective, CAP_IPC_LOCK);
	old = override_creds(cred);
	rc = run_unwritten(ictx) ?: run_in_memory(setup, ictx);
	revert_creds(old);
	put_cred(cred);
	return rc;
}

static int __init run_context(const struct setup *setup)
{
	struct iommufd_ctx *ictx;
	int rc;

	ictx = kzalloc(sizeof(*ictx), GFP_KERNEL);
	if (!ictx)
		return -ENOMEM;
	spin_lock_init(&ictx->owner_lock);
	if (setup->charge == IOPT_CHARGE_PROCESS)
		ictx->account = IOMMUFD_ACCOUNT_PROCESS;
	rc = run_as(setup, ictx);
	if (ictx->owner)
		iopt_owner_put(ictx->owner);
	kfree(ictx);
	return rc;
}

/* The process may have a limit of its own, which is not the subject. */
static unsigned long __init swap_limit(unsigned long limit)
{
	struct task_struct *task = current->group_leader;
	unsigned long old;

	task_lock(task);
	old = task->signal->rlim[RLIMIT_MEMLOCK].rlim_cur;
	task->signal->rlim[RLIMIT_MEMLOCK].rlim_cur = limit;
	task_unlock(task);
	return old;
}

/**
 * iommufd_selftest_pages() - compare pages with a model
 *
 * Context: a process with memory; may sleep; needs iopt_pages_cache_create().
 * Return: 0, or a negative errno with a line in the log.
 */
int __init iommufd_selftest_pages(void)
{
	size_t memory_limit = iommufd_test_memory_limit;
	unsigned long limit = swap_limit(RLIM_INFINITY);
	unsigned int i;
	int rc = 0;

	for (i = 0; !rc && i < ARRAY_SIZE(setups); i++) {
		if (setups[i].batch)
			iommufd_test_memory_limit =
				setups[i].batch * sizeof(struct page *);
		rc = run_context(&setups[i]);
		iommufd_test_memory_limit = memory_limit;
	}
	swap_limit(limit);
	if (rc)
		pr_err("selftest: pages: setup %u: error %d\n", i, rc);
	else
		pr_info("selftest: pages: as the model\n");
	return rc;
}
