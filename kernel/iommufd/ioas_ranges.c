// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asking an I/O address space where mappings may go, and telling it where they
 * must be able to.
 */
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <uapi/linux/iommufd.h>

#include "ioas.h"
#include "iova_ranges.h"

/*
 * What is usable at one moment: the first @room ranges, and how many there are
 * in all.
 */
struct usable_ranges {
	struct iommu_iova_range *ranges;
	size_t room;
	size_t count;
	unsigned long alignment;
};

static int usable_read(struct usable_ranges *usable, struct io_pagetable *iopt)
{
	if (down_read_killable(&iopt->iova_rwsem))
		return -EINTR;
	usable->alignment = iopt->iova_alignment;
	usable->count = iopt_usable_ranges(iopt, usable->ranges, usable->room);
	up_read(&iopt->iova_rwsem);
	return 0;
}

/* Reads as many as there are, at most @wanted. Free ranges with kvfree(). */
static int usable_snapshot(struct usable_ranges *usable,
			   struct io_pagetable *iopt, size_t wanted)
{
	int rc;

	usable->ranges = NULL;
	usable->room = 0;
	rc = usable_read(usable, iopt);

	/* More than were counted: something was attached meanwhile. */
	while (!rc && usable->room < min(usable->count, wanted)) {
		kvfree(usable->ranges);
		usable->room = min(usable->count, wanted);
		usable->ranges = kvmalloc_array(usable->room,
						sizeof(*usable->ranges),
						GFP_KERNEL_ACCOUNT);
		if (!usable->ranges)
			return -ENOMEM;
		rc = usable_read(usable, iopt);
	}
	return rc;
}

static int usable_respond(const struct usable_ranges *usable,
			  struct iommufd_ucmd *ucmd)
{
	struct iommu_ioas_iova_ranges *cmd = ucmd->cmd;
	size_t copied = min_t(size_t, usable->count, cmd->num_iovas);
	bool all = usable->count <= cmd->num_iovas;
	int rc;

	if (copied &&
	    copy_to_user(u64_to_user_ptr(cmd->allowed_iovas), usable->ranges,
			 copied * sizeof(*usable->ranges)))
		return -EFAULT;
	cmd->num_iovas = usable->count;
	cmd->out_iova_alignment = usable->alignment;
	rc = iommufd_ucmd_respond(ucmd, sizeof(*cmd));
	if (rc)
		return rc;
	return all ? 0 : -EMSGSIZE;
}

/* The IOAS of a request, whose reserved field must be 0. */
static struct iommufd_ioas *ioas_of(struct iommufd_ucmd *ucmd, u32 id,
				    u32 reserved)
{
	return reserved ? ERR_PTR(-EOPNOTSUPP)
			: iommufd_ioas_lookup(ucmd->ictx, id);
}

int iommufd_ioas_iova_ranges(struct iommufd_ucmd *ucmd)
{
	struct iommu_ioas_iova_ranges *cmd = ucmd->cmd;
	struct usable_ranges usable;
	struct iommufd_ioas *ioas;
	int rc;

	ioas = ioas_of(ucmd, cmd->ioas_id, cmd->__reserved);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	rc = usable_snapshot(&usable, &ioas->iopt, cmd->num_iovas);
	iommufd_object_put(ucmd->ictx, &ioas->obj);
	if (!rc)
		rc = usable_respond(&usable, ucmd);
	kvfree(usable.ranges);
	return rc;
}

/*
 * Reads a list from user space into an empty set. The caller frees the set
 * also when this fails. A list may be as long as user space has memory, so
 * that it must be possible to end it.
 */
static int read_ranges(struct rb_root_cached *set,
		       const struct iommu_iova_range __user *list, u32 count)
{
	struct iommu_iova_range range;
	int rc;

	for (; count; count--, list++) {
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();

		if (copy_from_user(&range, list, sizeof(range)))
			return -EFAULT;
		if (range.start >= range.last ||
		    iopt_ranges_intersect(set, range.start, range.last))
			return -EINVAL;
		rc = iopt_range_insert(set, range.start, range.last, NULL);
		if (rc)
			return rc;
	}
	return 0;
}

int iommufd_ioas_allow_iovas(struct iommufd_ucmd *ucmd)
{
	struct iommu_ioas_allow_iovas *cmd = ucmd->cmd;
	struct rb_root_cached allowed = RB_ROOT_CACHED;
	struct iommufd_ioas *ioas;
	int rc;

	ioas = ioas_of(ucmd, cmd->ioas_id, cmd->__reserved);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	rc = read_ranges(&allowed, u64_to_user_ptr(cmd->allowed_iovas),
			 cmd->num_iovas);
	if (!rc)
		rc = iopt_set_allowed(&ioas->iopt, &allowed);
	iopt_ranges_free(&allowed);
	iommufd_object_put(ucmd->ictx, &ioas->obj);
	return rc;
}
