// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What people see of a context in /proc/PID/fdinfo: after each step exactly
 * what has changed. Looking waits for nobody, and nobody for it.
 */
#include <linux/vfio.h>
#include <sys/wait.h>

#include "facts.h"
#include "held.h"

#define BASE APERTURE_START

/* What is expected of one key; of the context if @id is 0. */
struct expected {
	const char *kind;
	uint32_t id;
	const char *name;
	int64_t value;
};

static int64_t fact(const struct facts *facts, const struct expected *e)
{
	if (e->id)
		return facts_of(facts, e->kind, e->id, e->name);
	return facts_number(facts, e->name);
}

/* One check for a step; says which keys are otherwise. */
static void expect(int fd, const char *step, const struct expected *e,
		   size_t count)
{
	struct facts facts;
	bool ok = true;
	size_t i;

	facts_read(&facts, fd);
	for (i = 0; i < count; i++) {
		int64_t value = fact(&facts, &e[i]);

		if (value == e[i].value)
			continue;
		printf("# %s %u %s: %" PRId64 ", not %" PRId64 "\n",
		       e[i].id ? e[i].kind : "context", e[i].id, e[i].name,
		       value, e[i].value);
		ok = false;
	}
	tap_check(ok, "%s", step);
}

/* EXPECT(fd, "step", { "kind", id, "name", value }, ...) */
#define EXPECT(fd, step, ...)                                      \
	expect(fd, step, (const struct expected[]){ __VA_ARGS__ }, \
	       sizeof((const struct expected[]){ __VA_ARGS__ }) /  \
		       sizeof(struct expected))

#define OF_CONTEXT(name, value)    \
	{                          \
		"", 0, name, value \
	}

static void check_empty(void)
{
	int fd = iommu_open();

	EXPECT(fd, "a context that has nothing",
	       OF_CONTEXT("iommufd-fdinfo", 1),
	       OF_CONTEXT("iommufd-rlimit-mode", 0),
	       OF_CONTEXT("iommufd-pinned-bytes", 0),
	       OF_CONTEXT("iommufd-accounted-bytes", 0),
	       OF_CONTEXT("iommufd-vfio-ioas", 0),
	       OF_CONTEXT("iommufd-objects-ioas", 0),
	       OF_CONTEXT("iommufd-objects-hwpt-paging", 0),
	       OF_CONTEXT("iommufd-objects-hwpt-nested", 0),
	       OF_CONTEXT("iommufd-objects-device", 0),
	       OF_CONTEXT("iommufd-objects-access", 0),
	       OF_CONTEXT("iommufd-objects-fault", 0),
	       OF_CONTEXT("iommufd-more-objects", -1));
	if (option_set(fd, IOMMU_OPTION_RLIMIT_MODE, 0, 1))
		tap_bail_out("the option cannot be set");
	EXPECT(fd, "an option of the context",
	       OF_CONTEXT("iommufd-rlimit-mode", 1));
	close(fd);
}

static void check_plain(void)
{
	unsigned char *at = memory(4 * PAGE);
	int fd = iommu_open();
	uint32_t ioas = new_ioas(fd);
	uint64_t iova = 0;

	if (vfio_ioas(fd, IOMMU_VFIO_IOAS_SET, &ioas) ||
	    option_set(fd, IOMMU_OPTION_HUGE_PAGES, ioas, 0) ||
	    ioas_map(fd, ioas, READ, at, PAGE, &iova) ||
	    ioas_map_at(fd, ioas, at, 3 * PAGE, BASE))
		tap_bail_out("nothing can be mapped");
	tap_errno(ioas_map_at(fd, ioas, at, PAGE, BASE), EEXIST,
		  "a map that fails, which is not counted");
	EXPECT(fd, "two mappings, without a device",
	       OF_CONTEXT("iommufd-objects-ioas", 1),
	       OF_CONTEXT("iommufd-vfio-ioas", ioas),
	       OF_CONTEXT("iommufd-pinned-bytes", 0),
	       { "ioas", ioas, "mappings", 2 },
	       { "ioas", ioas, "mapped-bytes", 4 * PAGE },
	       { "ioas", ioas, "pinned-bytes", 0 },
	       { "ioas", ioas, "accounted-bytes", 0 },
	       { "ioas", ioas, "huge-pages", 0 },
	       { "ioas", ioas, "page-tables", 0 }, { "ioas", ioas, "maps", 2 },
	       { "ioas", ioas, "unmaps", 0 }, { "ioas", ioas, "flushes", 0 });
	tap_errno(ioas_unmap_at(fd, ioas, BASE, PAGE), ENOENT,
		  "an unmap that fails, which is not counted either");
	if (ioas_unmap_at(fd, ioas, 0, UINT64_MAX))
		tap_bail_out("UNMAP");
	EXPECT(fd, "one UNMAP of both", { "ioas", ioas, "mappings", 0 },
	       { "ioas", ioas, "mapped-bytes", 0 }, { "ioas", ioas, "maps", 2 },
	       { "ioas", ioas, "unmaps", 1 }, { "ioas", ioas, "flushes", 0 });
	if (destroy(fd, ioas))
		tap_bail_out("DESTROY");
	EXPECT(fd, "no IOAS any more", OF_CONTEXT("iommufd-objects-ioas", 0),
	       OF_CONTEXT("iommufd-vfio-ioas", 0),
	       { "ioas", ioas, "mappings", -1 });
	munmap(at, 4 * PAGE);
	close(fd);
}

/* Of two IOAS that show the same memory: each has it pinned, and it is once. */
static void check_shared(int fd, uint32_t first, uint32_t second)
{
	uint64_t iova = BASE + 16 * PAGE;
	struct mock mock;

	if (ioas_copy(fd, FIXED | READ, second, first, 2 * PAGE, &iova, BASE))
		tap_bail_out("COPY");
	mock = new_device(fd, second);
	EXPECT(fd, "two of its pages copied, for another device",
	       OF_CONTEXT("iommufd-pinned-bytes", 3 * PAGE),
	       OF_CONTEXT("iommufd-objects-hwpt-paging", 2),
	       OF_CONTEXT("iommufd-objects-device", 2),
	       { "ioas", first, "pinned-bytes", 3 * PAGE },
	       { "ioas", second, "pinned-bytes", 2 * PAGE },
	       { "ioas", second, "mappings", 1 }, { "ioas", second, "maps", 1 },
	       { "hwpt", mock.hwpt_id, "ioas", second });
	destroy(fd, mock.test_id);
	EXPECT(fd, "that device gone, with its page table",
	       OF_CONTEXT("iommufd-pinned-bytes", 3 * PAGE),
	       OF_CONTEXT("iommufd-objects-hwpt-paging", 1),
	       { "ioas", second, "pinned-bytes", 0 },
	       { "ioas", second, "flushes", 1 });
}

static void check_names(int fd, const struct mock *mock)
{
	struct facts facts;
	char key[64];
	const char *name;

	facts_read(&facts, fd);
	snprintf(key, sizeof(key), "device-%u-name", mock->device_id);
	name = facts_find(&facts, key);
	tap_check(name && *name > ' ' &&
			  facts_of(&facts, "device", mock->device_id,
				   "group") >= 0,
		  "a device has its name and its group");
}

static void check_attached(void)
{
	unsigned char *at = small_pages(3 * PAGE);
	int fd = iommu_open();
	uint32_t ioas = new_ioas(fd);
	uint32_t other = new_ioas(fd);
	struct mock mock;

	if (ioas_map_at(fd, ioas, at, 3 * PAGE, BASE))
		tap_bail_out("MAP");
	mock = new_device(fd, ioas);
	EXPECT(fd, "a device", OF_CONTEXT("iommufd-pinned-bytes", 3 * PAGE),
	       OF_CONTEXT("iommufd-accounted-bytes", 0),
	       OF_CONTEXT("iommufd-objects-device", 1),
	       OF_CONTEXT("iommufd-objects-hwpt-paging", 1),
	       { "ioas", ioas, "pinned-bytes", 3 * PAGE },
	       { "ioas", ioas, "accounted-bytes", 0 },
	       { "ioas", ioas, "page-tables", 1 },
	       { "hwpt", mock.hwpt_id, "ioas", ioas },
	       { "hwpt", mock.hwpt_id, "automatic", 1 },
	       { "device", mock.device_id, "hwpt", mock.hwpt_id });
	check_names(fd, &mock);
	check_shared(fd, ioas, other);
	if (ioas_unmap_at(fd, ioas, BASE, 3 * PAGE))
		tap_bail_out("UNMAP");
	EXPECT(fd, "nothing mapped for it any more",
	       OF_CONTEXT("iommufd-pinned-bytes", 0),
	       { "ioas", ioas, "pinned-bytes", 0 },
	       { "ioas", ioas, "unmaps", 1 }, { "ioas", ioas, "flushes", 1 });
	destroy(fd, mock.test_id);
	EXPECT(fd, "and no device", OF_CONTEXT("iommufd-objects-device", 0),
	       OF_CONTEXT("iommufd-objects-hwpt-paging", 0),
	       { "ioas", ioas, "page-tables", 0 },
	       { "device", mock.device_id, "hwpt", -1 });
	munmap(at, 3 * PAGE);
	close(fd);
}

static void check_access(void)
{
	unsigned char *at = small_pages(4 * PAGE);
	int fd = iommu_open();
	uint32_t ioas = new_ioas(fd);
	int access = mock_access(fd, ioas, true);
	uint32_t pin;

	if (access < 0 || ioas_map_at(fd, ioas, at, 4 * PAGE, BASE) ||
	    mock_pin(fd, access, BASE + PAGE, 2 * PAGE, at + PAGE, true, &pin))
		tap_bail_out("no access");
	EXPECT(fd, "two pages pinned by a driver",
	       OF_CONTEXT("iommufd-objects-access", 1),
	       OF_CONTEXT("iommufd-pinned-bytes", 2 * PAGE),
	       { "ioas", ioas, "mapped-bytes", 4 * PAGE },
	       { "ioas", ioas, "pinned-bytes", 2 * PAGE });
	mock_unpin(fd, access, pin);
	EXPECT(fd, "and given back", OF_CONTEXT("iommufd-pinned-bytes", 0),
	       { "ioas", ioas, "pinned-bytes", 0 });
	close(access);
	munmap(at, 4 * PAGE);
	close(fd);
}

/* A container of VFIO's first type: a cut makes two mappings of one. */
static void check_cut(void)
{
	unsigned char *at = small_pages(3 * PAGE);
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = BASE + PAGE,
		.size = PAGE,
	};
	int fd = iommu_open();
	uint32_t ioas = new_ioas(fd);

	if (vfio_ioas(fd, IOMMU_VFIO_IOAS_SET, &ioas) ||
	    ioctl(fd, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU))
		tap_bail_out("no container");
	new_device(fd, ioas);
	if (ioas_map_at(fd, ioas, at, 3 * PAGE, BASE) ||
	    request(fd, VFIO_IOMMU_UNMAP_DMA, &unmap))
		tap_bail_out("UNMAP_DMA");
	EXPECT(fd, "a mapping without its middle",
	       OF_CONTEXT("iommufd-pinned-bytes", 2 * PAGE),
	       { "ioas", ioas, "mappings", 2 },
	       { "ioas", ioas, "mapped-bytes", 2 * PAGE },
	       { "ioas", ioas, "pinned-bytes", 2 * PAGE },
	       { "ioas", ioas, "maps", 1 }, { "ioas", ioas, "unmaps", 1 });
	munmap(at, 3 * PAGE);
	close(fd);
}

/* Someone without privilege maps; we, who hold the same file, look. */
static void check_accounted(void)
{
	int fd = iommu_open();
	uint32_t ioas = new_ioas(fd);
	int mapped[2], looked[2];
	char byte;
	pid_t child;

	new_device(fd, ioas);
	if (pipe(mapped) || pipe(looked))
		tap_bail_out("no pipe");
	child = fork();
	if (!child) {
		if (setresuid(4242, 4242, 4242) ||
		    ioas_map_at(fd, ioas, small_pages(2 * PAGE), 2 * PAGE,
				BASE) ||
		    write(mapped[1], "", 1) != 1)
			_exit(1);
		_exit(read(looked[0], &byte, 1) != 1);
	}
	if (read(mapped[0], &byte, 1) != 1)
		tap_bail_out("no mapping of somebody else's");
	EXPECT(fd, "memory that counts against a limit",
	       OF_CONTEXT("iommufd-pinned-bytes", 2 * PAGE),
	       OF_CONTEXT("iommufd-accounted-bytes", 2 * PAGE),
	       { "ioas", ioas, "pinned-bytes", 2 * PAGE },
	       { "ioas", ioas, "accounted-bytes", 2 * PAGE });
	if (write(looked[1], "", 1) != 1)
		tap_bail_out("no pipe");
	waitpid(child, NULL, 0);
	if (ioas_unmap_at(fd, ioas, BASE, 2 * PAGE))
		tap_bail_out("UNMAP");
	EXPECT(fd, "and does not any more",
	       OF_CONTEXT("iommufd-pinned-bytes", 0),
	       OF_CONTEXT("iommufd-accounted-bytes", 0),
	       { "ioas", ioas, "accounted-bytes", 0 });
	close(fd);
}

struct scene {
	int fd;
	uint32_t ioas;
	struct mock mock;
};

static int attach(void *argument)
{
	struct scene *s = argument;

	return mock_device(s->fd, s->ioas, &s->mock);
}

static int look(void *argument)
{
	struct scene *s = argument;
	struct facts facts;

	facts_read(&facts, s->fd);
	return facts_of(&facts, "ioas", s->ioas, "mappings") == 1 ? 0 : -EIO;
}

/* An attach waits for a page; whoever looks does not wait with it. */
static void check_no_wait(void)
{
	struct scene s = { .fd = iommu_open() };
	struct held_page page = hold_page();
	struct call attaching, looking;
	bool held;

	s.ioas = new_ioas(s.fd);
	if (ioas_map_at(s.fd, s.ioas, page.at, PAGE, BASE))
		tap_bail_out("MAP");
	call_start(&attaching, attach, &s);
	held = await_held(&page, &attaching);
	call_start(&looking, look, &s);
	tap_check(!call_result(&looking, "looking"),
		  "looked at while an attach waits for memory");
	give_page(&page, "", 1);
	if (held)
		call_result(&attaching, "attach");
	tap_errno(attaching.result, held ? 0 : EFAULT, "which then goes on");
	munmap(page.at, PAGE);
	close(s.fd);
}

/* More objects than are listed. */
static void check_many(void)
{
	int fd = iommu_open();
	struct facts *facts = malloc(sizeof(*facts));
	unsigned int i;

	for (i = 0; i < 1100; i++)
		new_ioas(fd);
	facts_read(facts, fd);
	tap_check(facts_number(facts, "iommufd-objects-ioas") == 1100 &&
			  facts_of(facts, "ioas", 1024, "mappings") == 0 &&
			  facts_of(facts, "ioas", 1025, "mappings") < 0 &&
			  facts_number(facts, "iommufd-more-objects") == 1,
		  "1100 objects are counted, and 1024 of them listed");
	free(facts);
	close(fd);
}

int main(void)
{
	long pinned = pinned_pages();

	if (on_upstream()) {
		tap_skip("Linux's own says nothing there", "fdinfo");
		return tap_done();
	}
	check_empty();
	check_plain();
	check_attached();
	check_access();
	check_cut();
	check_accounted();
	check_no_wait();
	check_many();
	tap_check(pinned_pages() == pinned,
		  "as many pages are pinned as before");
	return tap_done();
}
