// SPDX-License-Identifier: GPL-2.0-or-later
#include "inspect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "debugfs.h"
#include "fdinfo.h"
#include "procfs.h"

/* Once, whichever descriptors it is missing of. */
void inspect_missing(struct inspection *in, const char *what, const char *why,
		     const char *hint)
{
	json_t *one = json_pack("{s:s, s:o, s:o}", "what", what, "why",
				json_text(why), "hint",
				json_text_or_null(hint));
	const json_t *other;
	size_t i;

	json_array_foreach(in->missing, i, other)
		if (json_equal(one, other))
			break;
	if (i == json_array_size(in->missing))
		json_array_append(in->missing, one);
	json_decref(one);
}

/* What is not known without debugfs, and why that is not there. */
static void no_debugfs(struct inspection *in, const struct failure *f)
{
	inspect_missing(
		in,
		"opener, users of objects, mappings, owners of reserved ranges",
		f->message, f->hint);
}

static void no_facts(struct inspection *in, const char *info)
{
	const char *what = "objects and what is mapped and pinned";

	if (!info)
		inspect_missing(in, what, strerror(errno), NULL);
	else if (procfs_line(info, "iommufd-fdinfo"))
		inspect_missing(
			in, what,
			"the iommufd module has another version than this tool",
			"man iommufd-fdinfo");
	else
		inspect_missing(
			in, what,
			"only the iommufd module that comes with this tool tells",
			NULL);
}

static json_t *context_of(struct inspection *in, unsigned fd)
{
	char *name = mem_asprintf("fdinfo/%u", fd);
	char *info = procfs_text(in->borrow.pid, name);
	json_t *context = fdinfo_json(info);

	if (json_is_null(context))
		no_facts(in, info);
	free(info);
	free(name);
	return context;
}

/* NULL: it could not be asked. */
static json_t *ask(struct inspection *in, unsigned fd, const json_t *context,
		   struct failure *f)
{
	json_t *answers;

	if (borrow_take(&in->borrow, fd, f))
		return NULL;
	answers = inspect_ask(in->borrow.fd, context, in->only);
	borrow_return(&in->borrow);
	return answers;
}

/* False: there is none for it. */
static bool open_debugfs(struct inspection *in, const json_t *context,
			 struct debugfs *debugfs)
{
	const json_t *number = json_object_get(context, "context_id");
	struct failure f = { 0 };
	bool open = false;

	if (!json_is_object(context))
		return false;
	if (!json_is_integer(number))
		fail(&f, "the iommufd module is older than this tool");
	else
		open = !debugfs_open(debugfs,
				     (uint64_t)json_integer_value(number), &f);
	if (!open)
		no_debugfs(in, &f);
	failure_free(&f);
	return open;
}

/* What was asked goes before what is told. */
static json_t *either(const json_t *asked, const json_t *told, const char *key)
{
	json_t *answer = json_object_get(asked, key);

	return answer && !json_is_null(answer) ? json_incref(answer)
					       : inspect_copy(told, key);
}

static json_t *descriptor_json(struct inspection *in, unsigned fd,
			       const json_t *asked, const json_t *context,
			       struct debugfs *debugfs)
{
	char *name = mem_asprintf("fd/%u", fd);
	char *path = procfs_link(in->borrow.pid, name);
	json_t *opener = debugfs ? debugfs_opener(debugfs) : NULL;
	json_t *json;

	json = json_pack(
		"{s:i, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "fd",
		(int)fd, "path", json_text_or_null(path), "asked",
		asked != NULL, "context_id",
		inspect_copy(context, "context_id"), "opener",
		opener ? opener : json_null(), "rlimit_mode",
		either(asked, context, "rlimit_mode"), "vfio_ioas_id",
		either(asked, context, "vfio_ioas_id"), "pinned_bytes",
		inspect_copy(context, "pinned_bytes"), "accounted_bytes",
		inspect_copy(context, "accounted_bytes"), "objects",
		inspect_objects(context, debugfs), "ioas",
		inspect_ioas(in, asked, context, debugfs));
	free(path);
	free(name);
	return json;
}

static void count_odd(struct inspection *in, const struct debugfs *debugfs)
{
	char *why;

	if (!debugfs->odd)
		return;
	why = mem_asprintf("%u lines of debugfs make no sense", debugfs->odd);
	inspect_missing(in, "objects, mappings or reserved ranges", why, NULL);
	free(why);
}

json_t *inspect_descriptor(struct inspection *in, unsigned fd,
			   struct failure *f)
{
	struct debugfs debugfs = { 0 };
	json_t *context, *asked, *json = NULL;
	bool shown;

	if (borrow_check(&in->borrow, fd, f))
		return NULL;
	context = context_of(in, fd);
	asked = ask(in, fd, context, f);
	shown = open_debugfs(in, context, &debugfs);
	if (asked || json_is_object(context))
		json = descriptor_json(in, fd, asked, context,
				       shown ? &debugfs : NULL);
	count_odd(in, &debugfs);
	debugfs_close(&debugfs);
	json_decref(context);
	json_decref(asked);
	return json;
}
