// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accesses as user space has them: a file for each, which stands for the driver
 * that made the access and remembers what that has pinned.
 *
 * Pinning and remembering are one step for whoever takes memory away: its
 * callback has to find everything that is pinned, so that the lock is held over
 * both. The callback must not fail, but while its caller is being killed it may
 * come back early: then the caller gives up.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "../access.h"
#include "../area_tree.h"
#include "../ioas.h"
#include "../iommufd.h"
#include "test.h"

/* What one request may be about, in bytes. */
#define LENGTH_MAX (16UL << 20)

static_assert((int)MOCK_ACCESS_RW_WRITE == IOMMUFD_ACCESS_RW_WRITE);
static_assert((int)MOCK_FLAGS_ACCESS_WRITE == IOMMUFD_ACCESS_RW_WRITE);
static_assert((int)MOCK_ACCESS_RW_SLOW_PATH == __IOMMUFD_ACCESS_RW_SLOW_PATH);

/**
 * struct test_access - the driver behind an access
 * @access: what it made; fixed while the file is open
 * @can_pin: and not only copy
 * @lock: protects what follows; outside of all locks of the core
 * @pins: struct test_pin
 * @next_id: for the next of them
 */
struct test_access {
	struct iommufd_access *access;
	bool can_pin;
	/* Protects @pins and @next_id. */
	struct mutex lock;
	struct list_head pins;
	u32 next_id;
};

/**
 * struct test_pin - what was pinned in one go
 * @item: in test_access::pins
 * @id: what user space calls it
 * @iova: first address
 * @length: in bytes
 */
struct test_pin {
	struct list_head item;
	u32 id;
	unsigned long iova;
	unsigned long length;
};

static void pin_drop(struct test_access *ta, struct test_pin *pin)
{
	lockdep_assert_held(&ta->lock);
	list_del(&pin->item);
	iommufd_access_unpin_pages(ta->access, pin->iova, pin->length);
	kfree(pin);
}

/* All of it: the access is leaving, and nobody will ask again. */
static int lock_for_unmap(struct test_access *ta, unsigned long length)
{
	if (length != ULONG_MAX)
		return mutex_lock_killable(&ta->lock);
	mutex_lock(&ta->lock);
	return 0;
}

static void access_unmap(void *data, unsigned long iova, unsigned long length)
{
	struct test_access *ta = data;
	struct test_pin *pin, *next;

	if (lock_for_unmap(ta, length))
		return;
	list_for_each_entry_safe(pin, next, &ta->pins, item)
		if (pin->iova <= iova + (length - 1) &&
		    iova <= pin->iova + (pin->length - 1))
			pin_drop(ta, pin);
	mutex_unlock(&ta->lock);
}

static const struct iommufd_access_ops access_ops = {
	.unmap = access_unmap,
};

static const struct iommufd_access_ops access_pin_ops = {
	.needs_pin_pages = 1,
	.unmap = access_unmap,
};

static int access_file_release(struct inode *inode, struct file *file)
{
	struct test_access *ta = file->private_data;

	access_unmap(ta, 0, ULONG_MAX);
	iommufd_access_destroy(ta->access);
	mutex_destroy(&ta->lock);
	kfree(ta);
	return 0;
}

static const struct file_operations access_fops = {
	.owner = THIS_MODULE,
	.release = access_file_release,
};

/* -> fput(); the access stays as long as the file. */
static struct test_access *access_get(u32 fd, struct file **file)
{
	*file = fget(fd);
	if (*file && (*file)->f_op == &access_fops)
		return (*file)->private_data;
	if (*file)
		fput(*file);
	return ERR_PTR(-EBADFD);
}

static int access_start(struct test_access *ta, struct iommufd_ucmd *ucmd)
{
	const struct iommufd_access_ops *ops = &access_ops;
	struct iommu_test_cmd *cmd = ucmd->cmd;
	u32 id;
	int rc;

	if (ta->can_pin)
		ops = &access_pin_ops;
	ta->access = iommufd_access_create(ucmd->ictx, ops, ta, &id);
	if (IS_ERR(ta->access))
		return PTR_ERR(ta->access);
	rc = iommufd_access_attach(ta->access, cmd->id);
	if (rc)
		iommufd_access_destroy(ta->access);
	return rc;
}

/* A file with an access that is attached. */
static struct file *access_open(struct iommufd_ucmd *ucmd, bool can_pin)
{
	struct test_access *ta;
	struct file *file;
	int rc;

	ta = kzalloc(sizeof(*ta), GFP_KERNEL_ACCOUNT);
	if (!ta)
		return ERR_PTR(-ENOMEM);
	mutex_init(&ta->lock);
	INIT_LIST_HEAD(&ta->pins);
	ta->can_pin = can_pin;
	rc = access_start(ta, ucmd);
	if (rc)
		goto free;
	file = anon_inode_getfile("[iommufd_test_access]", &access_fops, ta,
				  O_RDWR);
	if (!IS_ERR(file))
		return file;
	rc = PTR_ERR(file);
	iommufd_access_destroy(ta->access);
free:
	mutex_destroy(&ta->lock);
	kfree(ta);
	return ERR_PTR(rc);
}

int test_create_access(struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	u32 flags = cmd->create_access.flags;
	struct file *file;
	int fd, rc;

	if (flags & ~MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES)
		return -EOPNOTSUPP;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	file = access_open(ucmd,
			   flags & MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES);
	if (IS_ERR(file)) {
		rc = PTR_ERR(file);
		goto put_fd;
	}
	cmd->create_access.out_access_fd = fd;
	rc = iommufd_ucmd_respond(ucmd, sizeof(*cmd));
	if (rc)
		goto put_file;
	fd_install(fd, file);
	return 0;

put_file:
	fput(file);
put_fd:
	put_unused_fd(fd);
	return rc;
}

int test_access_replace_ioas(struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	struct test_access *ta;
	struct file *file;
	int rc;

	ta = access_get(cmd->id, &file);
	if (IS_ERR(ta))
		return PTR_ERR(ta);
	rc = iommufd_access_replace(ta->access,
				    cmd->access_replace_ioas.ioas_id);
	fput(file);
	return rc;
}

/*
 * For a fuzzer, to which addresses are hard to guess: the lower half of @code
 * counts mappings, the upper one is an offset in it.
 */
static unsigned long nth_address(struct io_pagetable *iopt, u64 code)
{
	unsigned long found = 0;
	struct iopt_area *area;
	u32 nth = code;

	down_read(&iopt->iova_rwsem);
	area_tree_for_each(area, &iopt->areas) {
		if (!nth--) {
			found = area->start + (code >> 32);
			break;
		}
	}
	up_read(&iopt->iova_rwsem);
	return found;
}

static unsigned long decode_iova(struct iommufd_access *access, u64 iova,
				 u32 flags)
{
	struct io_pagetable *iopt;
	struct access_use use;

	if (!(flags & MOCK_FLAGS_ACCESS_SYZ))
		return iova;
	iopt = access_use_range(access, &use, 0, ULONG_MAX);
	if (IS_ERR(iopt))
		return 0;
	iova = nth_address(iopt, iova);
	access_use_end(access, &use);
	return iova;
}

/* How many pages addresses touch, or 0 where they wrap around. */
static unsigned long touched_pages(unsigned long iova, unsigned long length)
{
	unsigned long last;

	if (!length || check_add_overflow(iova, length - 1, &last))
		return 0;
	return last / PAGE_SIZE - iova / PAGE_SIZE + 1;
}

/* Compares pages with those of user memory, without looking into them. */
static int compare_pages(struct page **pages, unsigned long npages, u64 uptr)
{
	struct page *page;
	unsigned long i;
	int rc;

	for (i = 0; i < npages; i++) {
		rc = test_get_page(uptr + i * PAGE_SIZE, &page);
		if (rc)
			return rc;
		put_page(page);
		if (page != pages[i])
			return -EBADE;
	}
	return 0;
}

static int drop_by_id(struct test_access *ta, u32 id)
{
	struct test_pin *pin;
	int rc;

	rc = mutex_lock_killable(&ta->lock);
	if (rc)
		return rc;
	rc = -ENOENT;
	list_for_each_entry(pin, &ta->pins, item) {
		if (pin->id == id) {
			pin_drop(ta, pin);
			rc = 0;
			break;
		}
	}
	mutex_unlock(&ta->lock);
	return rc;
}

/* The lock is held over the pinning, see above. */
static int pin_and_remember(struct test_access *ta, struct test_pin *pin,
			    struct page **pages, u32 flags, u32 *id)
{
	int rc;

	rc = mutex_lock_killable(&ta->lock);
	if (rc)
		return rc;
	rc = iommufd_access_pin_pages(ta->access, pin->iova, pin->length, pages,
				      flags & MOCK_FLAGS_ACCESS_WRITE);
	if (!rc) {
		pin->id = ta->next_id++;
		*id = pin->id;
		list_add_tail(&pin->item, &ta->pins);
	}
	mutex_unlock(&ta->lock);
	return rc;
}

/* Once it has its id the pin may be dropped by others at any time. */
static int pin_create(struct test_access *ta, unsigned long iova,
		      unsigned long length, struct page **pages, u32 flags,
		      u32 *id)
{
	struct test_pin *pin;
	int rc;

	pin = kzalloc(sizeof(*pin), GFP_KERNEL_ACCOUNT);
	if (!pin)
		return -ENOMEM;
	pin->iova = iova;
	pin->length = length;
	rc = pin_and_remember(ta, pin, pages, flags, id);
	if (rc)
		kfree(pin);
	return rc;
}

/* @pages has room for what the addresses touch. */
static int pin_and_answer(struct test_access *ta, struct iommufd_ucmd *ucmd,
			  unsigned long iova, struct page **pages)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	unsigned long length = cmd->access_pages.length;
	u64 uptr = cmd->access_pages.uptr;
	u32 id;
	int rc;

	rc = pin_create(ta, iova, length, pages, cmd->access_pages.flags, &id);
	if (rc)
		return rc;
	if (uptr)
		rc = compare_pages(pages, touched_pages(iova, length),
				   uptr - iova % PAGE_SIZE);
	if (!rc) {
		cmd->access_pages.out_access_pages_id = id;
		rc = iommufd_ucmd_respond(ucmd, sizeof(*cmd));
	}
	if (rc)
		drop_by_id(ta, id);
	return rc;
}

static int access_pages(struct test_access *ta, struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	unsigned long iova, npages;
	struct page **pages;
	int rc;

	if (!ta->can_pin)
		return -EOPNOTSUPP;
	if (!cmd->access_pages.length)
		return -EINVAL;
	iova = decode_iova(ta->access, cmd->access_pages.iova,
			   cmd->access_pages.flags);
	npages = touched_pages(iova, cmd->access_pages.length);
	if (!npages)
		return -EOVERFLOW;
	pages = kvcalloc(npages, sizeof(*pages), GFP_KERNEL_ACCOUNT);
	if (!pages)
		return -ENOMEM;
	rc = pin_and_answer(ta, ucmd, iova, pages);
	kvfree(pages);
	return rc;
}

int test_access_pages(struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	struct test_access *ta;
	struct file *file;
	int rc;

	if (cmd->access_pages.length > LENGTH_MAX)
		return -ENOMEM;
	if (cmd->access_pages.flags &
	    ~(MOCK_FLAGS_ACCESS_WRITE | MOCK_FLAGS_ACCESS_SYZ))
		return -EOPNOTSUPP;
	ta = access_get(cmd->id, &file);
	if (IS_ERR(ta))
		return PTR_ERR(ta);
	rc = access_pages(ta, ucmd);
	fput(file);
	return rc;
}

int test_destroy_access_pages(struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	struct test_access *ta;
	struct file *file;
	int rc;

	ta = access_get(cmd->id, &file);
	if (IS_ERR(ta))
		return PTR_ERR(ta);
	rc = drop_by_id(ta, cmd->destroy_access_pages.access_pages_id);
	fput(file);
	return rc;
}

static int access_rw(struct test_access *ta, const struct iommu_test_cmd *cmd,
		     void *data)
{
	void __user *uptr = u64_to_user_ptr(cmd->access_rw.uptr);
	size_t length = cmd->access_rw.length;
	u32 flags = cmd->access_rw.flags;
	unsigned long iova;
	int rc;

	if ((flags & MOCK_ACCESS_RW_WRITE) &&
	    copy_from_user(data, uptr, length))
		return -EFAULT;
	iova = decode_iova(ta->access, cmd->access_rw.iova, flags);
	rc = iommufd_access_rw(ta->access, iova, data, length,
			       flags & ~MOCK_FLAGS_ACCESS_SYZ);
	if (rc)
		return rc;
	if (!(flags & MOCK_ACCESS_RW_WRITE) && copy_to_user(uptr, data, length))
		return -EFAULT;
	return 0;
}

int test_access_rw(struct iommufd_ucmd *ucmd)
{
	struct iommu_test_cmd *cmd = ucmd->cmd;
	struct test_access *ta;
	struct file *file;
	int rc = -ENOMEM;
	void *data;

	if (cmd->access_rw.length > LENGTH_MAX)
		return -ENOMEM;
	if (cmd->access_rw.flags &
	    ~(MOCK_ACCESS_RW_WRITE | MOCK_ACCESS_RW_SLOW_PATH |
	      MOCK_FLAGS_ACCESS_SYZ))
		return -EOPNOTSUPP;
	ta = access_get(cmd->id, &file);
	if (IS_ERR(ta))
		return PTR_ERR(ta);
	data = kvzalloc(cmd->access_rw.length, GFP_KERNEL_ACCOUNT);
	if (data)
		rc = access_rw(ta, cmd, data);
	kvfree(data);
	fput(file);
	return rc;
}
