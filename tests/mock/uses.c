// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Drivers that copy or pin memory of which the owner decides how long that
 * takes. Others go on beside it; UNMAP of that memory, and a driver that
 * leaves, wait for it and not for longer.
 */
#include <linux/vfio.h>
#include <signal.h>
#include <sys/wait.h>

#include "held.h"

#define BESIDE (APERTURE_START + 64 * PAGE)
/* The first page is held, and nobody looks at the second. */
#define MAPPED (2 * PAGE)

enum what { READING, WRITING, PINNING };

static const char *const names[] = { "reading", "writing", "pinning" };

/* A driver at work, and another one. */
struct scene {
	enum what what;
	const char *name;
	int fd;
	uint32_t ioas;
	uint32_t next_ioas;
	int access;
	int other_access;
	struct held_page page;
	unsigned char bytes[16];
	uint32_t pin;
	struct call use;
};

static int use_page(void *argument)
{
	struct scene *s = argument;

	if (s->what == PINNING)
		return mock_pin(s->fd, s->access, APERTURE_START, PAGE, NULL,
				true, &s->pin);
	return mock_rw(s->fd, s->access, APERTURE_START, sizeof(s->bytes),
		       s->bytes, s->what == WRITING ? MOCK_ACCESS_RW_WRITE : 0);
}

static int unmap_page(void *argument)
{
	struct scene *s = argument;

	return ioas_unmap_at(s->fd, s->ioas, APERTURE_START, MAPPED);
}

static int move_access(void *argument)
{
	struct scene *s = argument;

	return mock_access_replace(s->fd, s->access, s->next_ioas);
}

/* A driver that begins to use the page. */
static void scene_start(struct scene *s, enum what what)
{
	*s = (struct scene){
		.what = what,
		.name = names[what],
		.fd = iommu_open(),
		.page = hold_page(),
	};
	if (ioas_alloc(s->fd, &s->ioas) || ioas_alloc(s->fd, &s->next_ioas))
		tap_bail_out("no IOAS");
	s->access = mock_access(s->fd, s->ioas, true);
	s->other_access = mock_access(s->fd, s->ioas, true);
	if (s->access < 0 || s->other_access < 0 ||
	    ioas_map_at(s->fd, s->ioas, s->page.at, MAPPED, APERTURE_START))
		tap_bail_out("no access");
	call_start(&s->use, use_page, s);
}

/* Begins with the driver waiting for its page. */
static void scene_begin(struct scene *s, enum what what)
{
	scene_start(s, what);
	await_fault(&s->page);
}

/* The page comes, and the driver has what it wanted. */
static void scene_go_on(struct scene *s)
{
	give_page(&s->page, "the page's own content", 22);
	tap_check(!call_result(&s->use, s->name), "%s: %s", s->name,
		  strerror(-s->use.result));
}

static void scene_end(struct scene *s)
{
	close(s->access);
	close(s->other_access);
	close(s->fd);
	munmap(s->page.at, PAGE);
}

/*
 * What can be done to other memory. What is pinned is left out where the driver
 * that is held up would be asked for it: the test's does not answer then.
 */
static int work_beside(void *argument)
{
	struct scene *s = argument;
	unsigned char *at = memory(PAGE);
	unsigned char byte;
	uint32_t pin;
	int rc;

	rc = ioas_map_at(s->fd, s->ioas, at, PAGE, BESIDE);
	if (!rc)
		rc = mock_rw(s->fd, s->other_access, BESIDE, 1, &byte, 0);
	if (!rc && s->what != PINNING)
		rc = mock_pin(s->fd, s->other_access, BESIDE, PAGE, at, true,
			      &pin);
	if (!rc)
		rc = ioas_unmap_at(s->fd, s->ioas, BESIDE, PAGE);
	munmap(at, PAGE);
	return rc;
}

/* Of what UNMAP has waited for. */
static void check_done(const struct scene *s)
{
	switch (s->what) {
	case READING:
		tap_check(!memcmp(s->bytes, "the page's own content", 16),
			  "%s: the bytes that are there", s->name);
		break;
	case WRITING:
		tap_check(!memcmp(s->page.at, s->bytes, 16) &&
				  s->page.at[16] == 'o',
			  "%s: they are there, and no others", s->name);
		break;
	case PINNING:
		tap_check(mock_unpin(s->fd, s->access, s->pin) == -ENOENT,
			  "%s: UNMAP has had it unpinned", s->name);
	}
}

static void check_unmap(enum what what)
{
	struct call beside, unmap;
	struct scene s;
	bool over;
	char byte;
	int rc;

	scene_begin(&s, what);
	call_start(&beside, work_beside, &s);
	rc = call_result(&beside, s.name);
	tap_check(!rc, "%s: others map, read, pin and unmap beside it: %s",
		  s.name, strerror(-rc));

	call_start(&unmap, unmap_page, &s);
	over = call_is_over(&unmap, 300);
	tap_check(!over, "%s: UNMAP waits for it", s.name);
	rc = mock_rw(s.fd, s.other_access, APERTURE_START, 1, &byte, 0);
	tap_check(rc == -ENOENT || rc == -EINVAL,
		  "%s: nobody else begins to use what is unmapped: %s", s.name,
		  strerror(-rc));
	scene_go_on(&s);
	rc = over ? unmap.result : call_result(&unmap, s.name);
	tap_check(!rc, "%s: UNMAP is done: %s", s.name, strerror(-rc));
	check_done(&s);
	scene_end(&s);
}

static void check_move(enum what what)
{
	struct call move;
	struct scene s;
	bool over;
	char byte;
	int rc;

	scene_begin(&s, what);
	call_start(&move, move_access, &s);
	over = call_is_over(&move, 300);
	tap_check(!over, "%s: a driver does not leave yet", s.name);
	scene_go_on(&s);
	rc = over ? move.result : call_result(&move, s.name);
	tap_check(!rc, "%s: and then it does: %s", s.name, strerror(-rc));
	rc = mock_rw(s.fd, s.access, APERTURE_START, 1, &byte, 0);
	tap_check(rc == -ENOENT, "%s: it is somewhere else: %s", s.name,
		  strerror(-rc));
	tap_errno(unmap_page(&s), 0, "and holds nothing where it was");
	scene_end(&s);
}

/* Copying, unlike pinning, does not hold a mapping together. */
static void check_cut(enum what what)
{
	struct vfio_iommu_type1_dma_unmap cmd = {
		.argsz = sizeof(cmd),
		.iova = APERTURE_START + PAGE,
		.size = PAGE,
	};
	struct scene s;
	int rc;

	scene_begin(&s, what);
	option_set(s.fd, IOMMU_OPTION_HUGE_PAGES, s.ioas, 0);
	vfio_ioas(s.fd, IOMMU_VFIO_IOAS_SET, &s.ioas);
	rc = request(s.fd, VFIO_IOMMU_UNMAP_DMA, &cmd);
	if (what == PINNING)
		tap_check(rc == -EINVAL, "%s: no part is unmapped: %s", s.name,
			  strerror(-rc));
	else
		tap_check(!rc && cmd.size == PAGE,
			  "%s: another part is unmapped: %s", s.name,
			  strerror(-rc));
	scene_go_on(&s);
	scene_end(&s);
}

/* In a child, whose page never comes and who waits for it with UNMAP. */
static void check_killed(enum what what)
{
	struct scene s;
	struct call unmap;
	int status = 0;
	pid_t child;
	int i;

	child = fork();
	if (!child) {
		scene_begin(&s, what);
		call_start(&unmap, unmap_page, &s);
		call_is_over(&unmap, 300);
		raise(SIGKILL);
	}
	for (i = 0; i < PATIENCE * 10 && !waitpid(child, &status, WNOHANG); i++)
		usleep(100000);
	tap_check(WIFSIGNALED(status), "%s: all of it ends with its process",
		  names[what]);
}

/* Linux 6.1 does not pin what it would have to wait for. */
static bool pins_wait(void)
{
	struct scene s;
	bool over;

	scene_start(&s, PINNING);
	over = call_is_over(&s.use, 500);
	if (over)
		tap_check(s.use.result == -EFAULT,
			  "pinning: what does not come: %s",
			  strerror(-s.use.result));
	else
		scene_go_on(&s);
	scene_end(&s);
	return !over;
}

int main(void)
{
	enum what what, last;
	long before;

	if (on_upstream()) {
		tap_skip("on Linux everything waits for such a page",
			 "drivers that are held up");
		return tap_done();
	}
	before = pinned_pages();
	last = pins_wait() ? PINNING : WRITING;
	for (what = READING; what <= last; what++) {
		check_unmap(what);
		check_move(what);
		check_cut(what);
		check_killed(what);
	}
	tap_check(pinned_pages() == before, "nothing stays pinned");
	return tap_done();
}
