// SPDX-License-Identifier: GPL-2.0-only
/*
 * Between areas and the domains of their table: an area is put into all domains
 * when it is mapped, and taken out of them when it is not.
 *
 * What is taken out of a domain is named exactly as it was put in, but that
 * neighbours are joined: some IOMMU drivers lose another mapping when asked to
 * unmap a hole or a part. Frames are given back after the IOTLB was flushed,
 * never before: until then devices still reach them.
 */
#include <linux/iommu.h>
#include <linux/kconfig.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>

#include "iopt_fill.h"
#include "pin_release.h"
#include "trace.h"

/*
 * Drivers are told of no more than this at once, and of nothing that crosses a
 * multiple of it, so that none is busy for too long. As both mapping and
 * unmapping keep to it, no page of an IOMMU is ever cut.
 */
#define PIECE_MAX SZ_1G

/**
 * unmapping_begin() - begin to take mappings out of a domain
 * @u: what is to be told to its driver
 * @iopt: the table
 * @domain: the domain
 *
 * Context: any. To be followed by unmapping_end().
 */
void unmapping_begin(struct unmapping *u, struct io_pagetable *iopt,
		     struct iommu_domain *domain)
{
	u->domain = domain;
	u->counts = &iopt->counts;
	u->run_length = 0;
	iommu_iotlb_gather_init(&u->gather);
	/*
	 * Or the driver would flush whenever two ranges do not touch. The
	 * drivers of x86 flush by first and last address alone; others want to
	 * see each range.
	 */
	u->gather.queued = IS_ENABLED(CONFIG_X86);
}

/* How much there is from an address on to the end of its piece. */
static unsigned long piece_left(unsigned long iova)
{
	return PIECE_MAX - (iova & (PIECE_MAX - 1));
}

static void unmap_piece(struct unmapping *u, unsigned long start,
			unsigned long length)
{
	size_t unmapped =
		iommu_unmap_fast(u->domain, start, length, &u->gather);

	WARN_ON_ONCE(unmapped != length);
}

/* Not inlined, so that those of one piece, nearly all, do not pay for it. */
static noinline void unmap_pieces(struct unmapping *u, unsigned long start,
				  unsigned long last)
{
	while (last - start >= piece_left(start)) {
		unsigned long count = piece_left(start);

		unmap_piece(u, start, count);
		start += count;
		cond_resched();
	}
	unmap_piece(u, start, last - start + 1);
}

static void unmapping_tell(struct unmapping *u)
{
	unsigned long last = u->run_start + u->run_length - 1;

	if ((u->run_start ^ last) < PIECE_MAX)
		unmap_piece(u, u->run_start, u->run_length);
	else
		unmap_pieces(u, u->run_start, last);
}

/**
 * unmapping_add() - take a range out of the domain
 * @u: begun
 * @start: first address, behind all that came before
 * @length: in bytes; mapped as this, or as several ranges side by side
 *
 * What an IOMMU does for a range costs hardly more than for a page: ranges that
 * lie side by side become one.
 *
 * Context: may sleep.
 */
void unmapping_add(struct unmapping *u, unsigned long start,
		   unsigned long length)
{
	if (u->run_length && start == u->run_start + u->run_length) {
		u->run_length += length;
		return;
	}
	if (u->run_length)
		unmapping_tell(u);
	else
		u->start = start;
	u->run_start = start;
	u->run_length = length;
}

/**
 * unmapping_end() - flush, so that no device reaches any of it
 * @u: has had all its ranges
 *
 * Context: may sleep.
 */
void unmapping_end(struct unmapping *u)
{
	if (!u->run_length)
		return;
	unmapping_tell(u);
	if (u->gather.queued) {
		u->gather.queued = false;
		u->gather.start = u->start;
		u->gather.end = u->run_start + u->run_length - 1;
	}
	iommu_iotlb_sync(u->domain, &u->gather);
	atomic_long_inc(&u->counts->flushes);
	trace_iommufd_flush(u->counts, u->start,
			    u->run_start + u->run_length - 1);
}

/**
 * struct mapping - frames on their way into a domain
 * @domain: the domain
 * @iova: where the next frames go that its driver has not been told of
 * @phys: where they are
 * @length: how much there is of them, contiguous, in bytes
 * @prot: what devices may do
 * @large_pages: whether the IOMMU may use pages above PAGE_SIZE
 */
struct mapping {
	struct iommu_domain *domain;
	unsigned long iova;
	phys_addr_t phys;
	unsigned long length;
	int prot;
	bool large_pages;
};

/* What the driver may be told of at once from an address on. */
static unsigned long mapping_most(const struct mapping *m)
{
	/* A mapping of small pages can be cut at any page. */
	if (!m->large_pages)
		return PAGE_SIZE - offset_in_page(m->iova);
	return piece_left(m->iova);
}

static noinline int map_pieces(struct mapping *m)
{
	while (m->length) {
		unsigned long count = min(m->length, mapping_most(m));
		int rc = iommu_map(m->domain, m->iova, m->phys, count, m->prot,
				   GFP_KERNEL_ACCOUNT);

		if (rc)
			return rc;
		m->iova += count;
		m->phys += count;
		m->length -= count;
		cond_resched();
	}
	return 0;
}

static int mapping_tell(struct mapping *m)
{
	unsigned long end = m->iova + m->length;
	int rc;

	if (!m->large_pages || !m->length || (m->iova ^ (end - 1)) >= PIECE_MAX)
		return map_pieces(m);
	rc = iommu_map(m->domain, m->iova, m->phys, m->length, m->prot,
		       GFP_KERNEL_ACCOUNT);
	if (!rc)
		m->iova = end;
	return rc;
}

/* Frames that follow each other are told of together, whatever chunk has them. */
static int mapping_add(struct mapping *m, phys_addr_t phys,
		       unsigned long length)
{
	int rc;

	if (phys == m->phys + m->length) {
		m->length += length;
		return 0;
	}
	rc = mapping_tell(m);
	m->phys = phys;
	m->length = length;
	return rc;
}

/* Between two chunks. */
static int take_breath(void)
{
	cond_resched();
	return fatal_signal_pending(current) ? -EINTR : 0;
}

/* A page that is mapped by itself: it stands still for its users. */
static int map_single_page(struct iommu_domain *domain, struct iopt_area *area)
{
	phys_addr_t phys = page_to_phys(area->pages->page);

	return iommu_map(domain, area->start,
			 phys + offset_in_page(area->start_byte),
			 area_length(area), area->iommu_prot,
			 GFP_KERNEL_ACCOUNT);
}

static int map_runs(struct mapping *m, struct iopt_area *area)
{
	unsigned long offset = offset_in_page(area->start_byte);
	unsigned long left = area_length(area);
	struct iopt_run_iter iter;
	struct iopt_run run;
	int rc = 0;

	mutex_lock(&area->pages->lock);
	iopt_run_iter_init(&iter, area->pages, area_first_page(area),
			   area_last_page(area));
	while (!rc && iopt_run_next(&iter, &run)) {
		unsigned long count =
			min(left, run.npages * PAGE_SIZE - offset);

		rc = mapping_add(m, PFN_PHYS(run.pfn) + offset, count);
		if (!rc && iopt_run_iter_at_end(&iter))
			rc = take_breath();
		left -= count;
		offset = 0;
	}
	if (!rc)
		rc = mapping_tell(m);
	mutex_unlock(&area->pages->lock);
	return rc;
}

static void unmap_range(struct io_pagetable *iopt, struct iommu_domain *domain,
			unsigned long start, unsigned long length)
{
	struct unmapping u __uninitialized;

	unmapping_begin(&u, iopt, domain);
	unmapping_add(&u, start, length);
	unmapping_end(&u);
}

/**
 * area_map() - put an area into a domain, as a whole or not at all
 * @iopt: its table
 * @domain: the domain
 * @area: pinned
 *
 * Context: holds domains_rwsem; may sleep.
 * Return: 0, or the IOMMU driver's errno, -EINTR for a fatal signal.
 */
int area_map(struct io_pagetable *iopt, struct iommu_domain *domain,
	     struct iopt_area *area)
{
	struct mapping m = {
		.domain = domain,
		.iova = area->start,
		.prot = area->iommu_prot,
		.large_pages = iopt->large_pages,
	};
	int rc;

	if (area->pages->npages == 1)
		return map_single_page(domain, area);
	rc = map_runs(&m, area);
	if (rc && m.iova > area->start)
		unmap_range(iopt, domain, area->start, m.iova - area->start);
	return rc;
}

/**
 * area_pin() - pin what an area shows, for the domains
 * @iopt: its table
 * @area: the caller's alone, or domains_rwsem is held for writing
 *
 * Context: may sleep, for as long as the owner of the memory likes.
 * Return: 0, also if it was pinned, or what iopt_pages_pin() says.
 */
int area_pin(struct io_pagetable *iopt, struct iopt_area *area)
{
	int rc;

	if (area->pinned)
		return 0;
	rc = iopt_pages_pin(area->pages, area_first_page(area),
			    area_last_page(area));
	if (rc)
		return rc;
	area->pinned = true;
	iopt_count_pinned(&iopt->counts, area->pages->owner, area_npages(area));
	return 0;
}

/**
 * area_unpin() - undo area_pin(), soon, if it was done
 * @area: in no domain; as for area_pin()
 * @release: what goes with it; has the counts of its table
 *
 * Context: may sleep.
 */
void area_unpin(struct iopt_area *area, struct pin_release *release)
{
	unsigned long first = area_first_page(area);
	unsigned long last = area_last_page(area);

	if (!area->pinned)
		return;
	area->pinned = false;
	iopt_pages_unpin_with(area->pages, first, last, release);
	release->nusers += last - first + 1;
}

/**
 * iopt_pin_areas() - pin what areas show, as far as it is not
 * @iopt: their table
 * @chain: the areas, by iopt_area::next; claimed by the caller
 *
 * Context: may sleep, for as long as the owner of the memory likes. Undo with
 * iopt_unpin_areas(), also if it fails.
 * Return: 0, or what iopt_pages_pin() says.
 */
int iopt_pin_areas(struct io_pagetable *iopt, struct iopt_area *chain)
{
	int rc = 0;

	for (; chain && !rc; chain = area_next_in_chain(chain))
		rc = area_pin(iopt, chain);
	return rc;
}

/**
 * iopt_unpin_areas() - undo iopt_pin_areas()
 * @iopt: their table
 * @chain: the areas, at least one, by iopt_area::next; in no domain, and the
 *	caller's alone
 *
 * Context: may sleep.
 */
void iopt_unpin_areas(struct io_pagetable *iopt, struct iopt_area *chain)
{
	struct pin_release release __uninitialized;

	pin_release_begin(&release, chain->pages);
	release.counts = &iopt->counts;
	for (; chain; chain = area_next_in_chain(chain))
		area_unpin(chain, &release);
	pin_release_end(&release);
}

/* Takes the areas in front of @end out of the first @ndomains domains. */
static void empty_domains(struct io_pagetable *iopt, unsigned int ndomains,
			  struct iopt_area *chain, struct iopt_area *end)
{
	struct iopt_area *area;
	struct unmapping u __uninitialized;
	unsigned int i;

	for (i = 0; i < ndomains; i++) {
		unmapping_begin(&u, iopt, iopt->domains[i]);
		for (area = chain; area != end; area = area_next_in_chain(area))
			unmapping_add(&u, area->start, area_length(area));
		unmapping_end(&u);
	}
}

static int fill_area(struct io_pagetable *iopt, struct iopt_area *area)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < iopt->ndomains; i++) {
		rc = area_map(iopt, iopt->domains[i], area);
		if (rc)
			break;
	}
	if (rc)
		empty_domains(iopt, i, area, area->next);
	return rc;
}

/**
 * iopt_fill_areas() - put areas into all domains, if there are any
 * @iopt: their table
 * @chain: the areas, by iopt_area::next; claimed by the caller
 *
 * Context: holds domains_rwsem; may sleep. Undo with iopt_empty_areas().
 * Return: 0, or what iopt_pin_areas() says, or the IOMMU driver's errno; then
 * they are in no domain, but may be pinned.
 */
int iopt_fill_areas(struct io_pagetable *iopt, struct iopt_area *chain)
{
	struct iopt_area *area;
	int rc;

	lockdep_assert_held(&iopt->domains_rwsem);

	if (!iopt->ndomains) {
		/* The last domain may have gone since they were claimed. */
		if (chain->pinned)
			iopt_unpin_areas(iopt, chain);
		return 0;
	}
	/* The first domain may have come since they were claimed. */
	rc = iopt_pin_areas(iopt, chain);
	if (rc)
		return rc;
	for (area = chain; area; area = area_next_in_chain(area)) {
		rc = fill_area(iopt, area);
		if (rc) {
			empty_domains(iopt, iopt->ndomains, chain, area);
			return rc;
		}
	}
	return 0;
}

/**
 * iopt_empty_areas() - take areas out of all domains, and unpin them
 * @iopt: their table, with a domain
 * @chain: the areas, by iopt_area::next in the order of their addresses; taken
 *	by the caller
 *
 * One flush for each domain, whatever there is in the chain.
 *
 * Context: holds domains_rwsem; may sleep.
 */
void iopt_empty_areas(struct io_pagetable *iopt, struct iopt_area *chain)
{
	lockdep_assert_held(&iopt->domains_rwsem);

	empty_domains(iopt, iopt->ndomains, chain, NULL);
	iopt_unpin_areas(iopt, chain);
}
