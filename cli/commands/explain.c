// SPDX-License-Identifier: GPL-2.0-or-later
/* `explain`: what an errno of an ioctl stands for, from the table. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "commands/commands.h"
#include "number.h"
#include "parse.h"
#include "reasons.h"
#include "render.h"
#include "requests.h"

enum { EXPLAIN_ERRNO, EXPLAIN_IOCTL };

static const char *const errnos[] = {
	"EPERM",     "ENOENT",	 "EIO",	       "E2BIG",	     "EBADF",
	"ENOMEM",    "EFAULT",	 "EBUSY",      "EEXIST",     "ENODEV",
	"EINVAL",    "EMFILE",	 "ENOTTY",     "ENOSPC",     "EDEADLK",
	"EOVERFLOW", "EMSGSIZE", "EOPNOTSUPP", "EADDRINUSE", "ETIMEDOUT",
	NULL,
};

/* By name, as a number, or as what a C function returned: -22. */
static int errno_read(const char *text)
{
	const char *name, *why;
	uint64_t number;

	if (number_parse(text + (*text == '-'), &number, &why) &&
	    number < 4096 && strerrorname_np((int)number))
		return (int)number;
	for (int err = 1; err < 256; err++) {
		name = strerrorname_np(err);
		if (name && !strcasecmp(name, text))
			return err;
	}
	return 0;
}

/* @of: the ioctl's name, unless all of them are of one. */
static void add_causes(json_t *list, const struct iommu_request *request,
		       int err, const char *of)
{
	const struct reason *r = NULL;

	while ((r = reasons_next(request, err, r)))
		json_array_append_new(
			list, json_pack("{s:s?, s:s, s:s?}", "ioctl", of,
					"cause", r->cause, "hint", r->hint));
}

static enum status explain(struct context *ctx, const struct parsed *p,
			   struct answer *a)
{
	const struct value *ioctl = &p->arg[EXPLAIN_IOCTL];
	int err = errno_read(p->arg[EXPLAIN_ERRNO].text);
	const struct iommu_request *only = NULL;
	const char *meaning;
	json_t *list;

	(void)ctx;
	if (!err)
		return fail_at(&a->fail, p->words, p->arg[EXPLAIN_ERRNO].at,
			       "not an errno, such as EINVAL or 22");
	if (ioctl->set) {
		only = iommu_request_find(ioctl->text);
		if (!only)
			return fail_at(
				&a->fail, p->words, ioctl->at,
				"not an ioctl of /dev/iommu, such as IOMMU_IOAS_MAP or 0x85");
	}
	list = json_array();
	for (size_t i = 0; iommu_requests[i]; i++)
		if (!only || only == iommu_requests[i])
			add_causes(list, iommu_requests[i], err,
				   only ? NULL : iommu_requests[i]->name);
	meaning = reasons_meaning(err);
	a->result = json_pack("{s:{s:s, s:i, s:s?, s:s?, s:s, s:o}}",
			      "explained", "errno", strerrorname_np(err),
			      "number", err, "ioctl", only ? only->name : NULL,
			      "since", only ? only->since : NULL, "meaning",
			      meaning ? meaning : strerror(err), "causes",
			      list);
	return STATUS_OK;
}

static const struct arg explain_args[] = {
	[EXPLAIN_ERRNO] = { .name = "ERRNO",
			    .kind = KIND_TEXT,
			    .choices = errnos,
			    .help = "the error, by name or number" },
	[EXPLAIN_IOCTL] = { .name = "IOCTL",
			    .kind = KIND_IOCTL,
			    .optional = true,
			    .help = "what was refused, such as IOMMU_IOAS_MAP; without it, whatever answers so" },
	{ 0 },
};

static const struct block explain_view[] = {
	{ .kind = BLOCK_LINE,
	  .key = "explained",
	  .text = "{errno} ({number})[ioctl| of {ioctl}, which Linux has since {since}]: {meaning}" },
	{ .kind = BLOCK_ROWS,
	  .key = "explained.causes",
	  .text = "[ioctl|{ioctl}: ]{cause}[hint|\n    {hint}]",
	  .none = "no further cause is known" },
	{ 0 },
};

const struct command cmd_explain = {
	.name = "explain",
	.summary = "say what an error of an ioctl stands for",
	.args = explain_args,
	.run = explain,
	.view = explain_view,
};
