// SPDX-License-Identifier: GPL-2.0-only
/* OPTION: values that can be read and set, of a context or of an object. */
#include <linux/capability.h>
#include <uapi/linux/iommufd.h>

#include "ioas.h"

/* Only before there is an object: nothing can have been counted yet. */
static int set_account(struct iommufd_ctx *ictx, enum iommufd_account account)
{
	int rc = 0;

	xa_lock(&ictx->objects);
	if (xa_empty(&ictx->objects))
		WRITE_ONCE(ictx->account, account);
	else
		rc = -EBUSY;
	xa_unlock(&ictx->objects);
	return rc;
}

static int option_rlimit_mode(struct iommufd_ctx *ictx,
			      struct iommu_option *cmd)
{
	if (cmd->object_id)
		return -EOPNOTSUPP;

	switch (cmd->op) {
	case IOMMU_OPTION_OP_GET:
		cmd->val64 = READ_ONCE(ictx->account) ==
			     IOMMUFD_ACCOUNT_PROCESS;
		return 0;
	case IOMMU_OPTION_OP_SET:
		if (!capable(CAP_SYS_RESOURCE))
			return -EPERM;
		if (cmd->val64 > 1)
			return xa_empty(&ictx->objects) ? -EINVAL : -EBUSY;
		return set_account(ictx, cmd->val64 ? IOMMUFD_ACCOUNT_PROCESS
						    : IOMMUFD_ACCOUNT_USER);
	default:
		return -EOPNOTSUPP;
	}
}

static int ioas_huge_pages(struct iommufd_ioas *ioas, struct iommu_option *cmd)
{
	switch (cmd->op) {
	case IOMMU_OPTION_OP_GET:
		cmd->val64 = READ_ONCE(ioas->iopt.large_pages);
		return 0;
	case IOMMU_OPTION_OP_SET:
		if (cmd->val64 > 1)
			return -EINVAL;
		return iopt_set_large_pages(&ioas->iopt, cmd->val64);
	default:
		return -EOPNOTSUPP;
	}
}

static int option_huge_pages(struct iommufd_ctx *ictx, struct iommu_option *cmd)
{
	struct iommufd_ioas *ioas;
	int rc;

	ioas = iommufd_ioas_lookup(ictx, cmd->object_id);
	if (IS_ERR(ioas))
		return PTR_ERR(ioas);
	rc = ioas_huge_pages(ioas, cmd);
	iommufd_object_put(ictx, &ioas->obj);
	return rc;
}

static int option_run(struct iommufd_ctx *ictx, struct iommu_option *cmd)
{
	if (cmd->__reserved)
		return -EOPNOTSUPP;
	if (cmd->option_id == IOMMU_OPTION_RLIMIT_MODE)
		return option_rlimit_mode(ictx, cmd);
	if (cmd->option_id == IOMMU_OPTION_HUGE_PAGES)
		return option_huge_pages(ictx, cmd);
	return -EOPNOTSUPP;
}

int iommufd_option(struct iommufd_ucmd *ucmd)
{
	struct iommu_option *cmd = ucmd->cmd;
	int rc;

	rc = option_run(ucmd->ictx, cmd);
	return rc ? rc : iommufd_ucmd_respond(ucmd, sizeof(*cmd));
}
