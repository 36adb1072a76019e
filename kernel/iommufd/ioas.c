// SPDX-License-Identifier: GPL-2.0-only
/*
 * I/O address spaces: making them, and mapping into them. Every request checks
 * what user space said in the order in which Linux does, so that of several
 * mistakes the same one is reported.
 */
#include <linux/iommu.h>
#include <linux/overflow.h>
#include <uapi/linux/iommufd.h>

#include "debugfs.h"
#include "ioas.h"
#include "trace.h"

#define MAP_ACCESS (IOMMU_IOAS_MAP_WRITEABLE | IOMMU_IOAS_MAP_READABLE)
#define MAP_FLAGS (IOMMU_IOAS_MAP_FIXED_IOVA | MAP_ACCESS)

void iommufd_ioas_release(struct iommufd_object *obj)
{
	struct iommufd_ioas *ioas = to_ioas(obj);

	iopt_release(&ioas->iopt);
	mutex_destroy(&ioas->lock);
}

/**
 * iommufd_ioas_create() - make an IOAS that no request can see yet
 * @ictx: its context
 *
 * People can: it is complete.
 *
 * Context: may sleep. Follow with iommufd_object_publish() or
 * iommufd_ioas_abort().
 * Return: the IOAS, or ERR_PTR as iommufd_object_alloc().
 */
struct iommufd_ioas *iommufd_ioas_create(struct iommufd_ctx *ictx)
{
	struct iommufd_object *obj;
	struct iommufd_ioas *ioas;

	obj = iommufd_object_alloc(ictx, sizeof(*ioas), IOMMUFD_OBJ_IOAS);
	if (IS_ERR(obj))
		return ERR_CAST(obj);
	ioas = to_ioas(obj);
	iopt_init(&ioas->iopt);
	ioas->iopt.counts.context = ictx->number;
	ioas->iopt.counts.ioas = obj->id;
	mutex_init(&ioas->lock);
	INIT_LIST_HEAD(&ioas->hwpts);
	iommufd_debugfs_add_ioas(ictx, ioas);
	return ioas;
}

/**
 * iommufd_ioas_abort() - take back an IOAS that was never published
 * @ictx: its context
 * @ioas: from iommufd_ioas_create()
 *
 * Context: may sleep.
 */
void iommufd_ioas_abort(struct iommufd_ctx *ictx, struct iommufd_ioas *ioas)
{
	iommufd_debugfs_remove_ioas(ioas);
	iommufd_ioas_release(&ioas->obj);
	iommufd_object_abort(ictx, &ioas->obj);
}

static int ioas_alloc(struct iommufd_ucmd *ucmd)
{
	struct iommu_ioas_alloc *cmd = ucmd->cmd;
	struct iommufd_ioas *ioas;
	int rc;

	if (cmd->flags)
		return -EOPNOTSUPP;

	ioas = iommufd_ioas_create(ucmd->ictx);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);

	cmd->out_ioas_id = ioas->obj.id;
	rc = iommufd_ucmd_respond(ucmd, sizeof(*cmd));
	if (rc)
		iommufd_ioas_abort(ucmd->ictx, ioas);
	else
		iommufd_object_publish(ucmd->ictx, &ioas->obj);
	return rc;
}

int iommufd_ioas_alloc(struct iommufd_ucmd *ucmd)
{
	return iommufd_object_refused(ucmd->ictx, IOMMUFD_OBJ_IOAS,
				      ioas_alloc(ucmd));
}

/* What a request asks for, not looked at yet: also a refusal tells of it. */
static struct iopt_claim claim_asked(u64 iova, u64 length, u32 flags)
{
	return (struct iopt_claim){
		.iova = iova,
		.length = length,
		.iommu_prot = iopt_prot(flags & IOMMU_IOAS_MAP_READABLE,
					flags & IOMMU_IOAS_MAP_WRITEABLE),
		.fixed = flags & IOMMU_IOAS_MAP_FIXED_IOVA,
	};
}

/* Maps and answers. What cannot be answered is not mapped. */
static int claim_finish(struct iopt_claim *claim, struct iommufd_ucmd *ucmd,
			size_t iova_offset)
{
	int rc;

	rc = iopt_claim_place(claim);
	if (rc)
		return rc;
	rc = iommufd_ucmd_respond_u64(ucmd, iova_offset, claim->iova);
	if (!rc)
		return iopt_claim_commit(claim);
	iopt_claim_abort(claim);
	return rc;
}

static int map_user(struct iopt_claim *claim, struct iommufd_ucmd *ucmd)
{
	struct iommu_ioas_map *cmd = ucmd->cmd;
	struct iommufd_ioas *ioas;
	int rc;

	if ((cmd->flags & ~MAP_FLAGS) || cmd->__reserved)
		return -EOPNOTSUPP;
	if (cmd->iova == U64_MAX || cmd->length == U64_MAX)
		return -EOVERFLOW;
	if (!(cmd->flags & MAP_ACCESS))
		return -EINVAL;

	ioas = iommufd_ioas_lookup(ucmd->ictx, cmd->ioas_id);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	claim->iopt = &ioas->iopt;
	rc = iopt_claim_user(claim, ucmd->ictx, cmd->user_va);
	if (!rc)
		rc = claim_finish(claim, ucmd, offsetof(typeof(*cmd), iova));
	iommufd_object_put(ucmd->ictx, &ioas->obj);
	return rc;
}

int iommufd_ioas_map(struct iommufd_ucmd *ucmd)
{
	struct iommu_ioas_map *cmd = ucmd->cmd;
	struct iopt_claim claim =
		claim_asked(cmd->iova, cmd->length, cmd->flags);
	int rc;

	rc = map_user(&claim, ucmd);
	trace_iommufd_map(ucmd->ictx, cmd->ioas_id, claim.iova, cmd->length,
			  cmd->user_va, claim.iommu_prot, rc);
	return rc;
}

static int copy_from(struct iopt_claim *claim, struct iommufd_ucmd *ucmd)
{
	struct iommu_ioas_copy *cmd = ucmd->cmd;
	struct iommufd_ioas *src;
	int rc;

	src = iommufd_ioas_lookup(ucmd->ictx, cmd->src_ioas_id);
	if (IS_ERR(src))
		return PTR_ERR(src);
	rc = iopt_claim_slices(claim, &src->iopt, cmd->src_iova);
	iommufd_object_put(ucmd->ictx, &src->obj);
	return rc;
}

static int copy_to(struct iopt_claim *claim, struct iommufd_ucmd *ucmd)
{
	struct iommu_ioas_copy *cmd = ucmd->cmd;
	struct iommufd_ioas *dst;
	int rc;

	dst = iommufd_ioas_lookup(ucmd->ictx, cmd->dst_ioas_id);
	if (IS_ERR(dst)) {
		iopt_claim_drop(claim);
		return PTR_ERR(dst);
	}
	claim->iopt = &dst->iopt;
	rc = claim_finish(claim, ucmd, offsetof(typeof(*cmd), dst_iova));
	iommufd_object_put(ucmd->ictx, &dst->obj);
	return rc;
}

/* The source's part is over before the destination's begins. */
static int copy_areas(struct iopt_claim *claim, struct iommufd_ucmd *ucmd)
{
	struct iommu_ioas_copy *cmd = ucmd->cmd;
	int rc;

	if (cmd->flags & ~MAP_FLAGS)
		return -EOPNOTSUPP;
	if (cmd->length == U64_MAX || cmd->src_iova == U64_MAX ||
	    cmd->dst_iova == U64_MAX)
		return -EOVERFLOW;
	if (!(cmd->flags & MAP_ACCESS))
		return -EINVAL;

	rc = copy_from(claim, ucmd);
	return rc ? rc : copy_to(claim, ucmd);
}

int iommufd_ioas_copy(struct iommufd_ucmd *ucmd)
{
	struct iommu_ioas_copy *cmd = ucmd->cmd;
	struct iopt_claim claim =
		claim_asked(cmd->dst_iova, cmd->length, cmd->flags);
	int rc;

	rc = copy_areas(&claim, ucmd);
	trace_iommufd_copy(ucmd->ictx, cmd, claim.iova, claim.iommu_prot, rc);
	return rc;
}

static int unmap_range(struct io_pagetable *iopt, u64 iova, u64 length,
		       unsigned long *unmapped)
{
	unsigned long last;
	int rc;

	/* Everything; decided first, since as a range it would overflow. */
	if (iova == 0 && length == U64_MAX)
		return iopt_unmap(iopt, 0, ULONG_MAX, unmapped);

	if (iova == U64_MAX || length == U64_MAX)
		return -EOVERFLOW;
	if (!length)
		return -EINVAL;
	if (check_add_overflow((unsigned long)iova, (unsigned long)length - 1,
			       &last))
		return -EOVERFLOW;
	rc = iopt_unmap(iopt, iova, last, unmapped);
	if (!rc && !*unmapped)
		return -ENOENT;
	return rc;
}

static int unmap_and_respond(struct iommufd_ucmd *ucmd, unsigned long *unmapped)
{
	const size_t length_offset = offsetof(struct iommu_ioas_unmap, length);
	struct iommu_ioas_unmap *cmd = ucmd->cmd;
	struct iommufd_ioas *ioas;
	int rc;

	ioas = iommufd_ioas_lookup(ucmd->ictx, cmd->ioas_id);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	rc = unmap_range(&ioas->iopt, cmd->iova, cmd->length, unmapped);
	if (!rc)
		rc = iommufd_ucmd_respond_u64(ucmd, length_offset, *unmapped);
	iommufd_object_put(ucmd->ictx, &ioas->obj);
	return rc;
}

int iommufd_ioas_unmap(struct iommufd_ucmd *ucmd)
{
	struct iommu_ioas_unmap *cmd = ucmd->cmd;
	unsigned long unmapped = 0;
	int rc;

	rc = unmap_and_respond(ucmd, &unmapped);
	trace_iommufd_unmap(ucmd->ictx, cmd->ioas_id, cmd->iova, cmd->length,
			    unmapped, rc);
	return rc;
}
