// SPDX-License-Identifier: GPL-2.0-or-later
#include "tree.h"

#include <string.h>

#include "commands/commands.h"
#include "look.h"

static const char *const colours[] = {
	[COLOUR_ALWAYS] = "always",
	[COLOUR_AUTO] = "auto",
	[COLOUR_NEVER] = "never",
	NULL,
};

const struct opt globals[] = {
	[G_JSON] = { .name = "json",
		     .letter = 'j',
		     .kind = KIND_FLAG,
		     .help = "print results and errors as JSON" },
	[G_SESSION] = { .name = "session",
			.letter = 's',
			.kind = KIND_SESSION,
			.metavar = "NAME",
			.preset = "default",
			.help = "use this session, by name or socket path" },
	[G_NO_SESSION] = { .name = "no-session",
			   .kind = KIND_FLAG,
			   .help = "keep everything in this process" },
	[G_FD] = { .name = "fd",
		   .kind = KIND_NUMBER,
		   .metavar = "N",
		   .help = "use this open descriptor of the device, in this process" },
	[G_DEVICE] = { .name = "device",
		       .letter = 'd',
		       .kind = KIND_PATH,
		       .metavar = "PATH",
		       .preset = "/dev/iommu",
		       .help = "open this device" },
	[G_COMMAND] = { .name = "command",
			.letter = 'c',
			.kind = KIND_TEXT,
			.metavar = "LINE",
			.many = true,
			.help = "run this line; may be repeated" },
	[G_BATCH] = { .name = "batch",
		      .letter = 'b',
		      .kind = KIND_PATH,
		      .metavar = "FILE",
		      .help = "run the lines of a file; - is standard input" },
	[G_KEEP_GOING] = { .name = "keep-going",
			   .letter = 'k',
			   .kind = KIND_FLAG,
			   .help = "do not stop at the first error" },
	[G_QUIET] = { .name = "quiet",
		      .letter = 'q',
		      .kind = KIND_FLAG,
		      .help = "print errors only" },
	[G_COLOR] = { .name = "color",
		      .kind = KIND_CHOICE,
		      .metavar = "WHEN",
		      .choices = colours,
		      .preset = "auto",
		      .implied = "always",
		      .help = "use colour: always, auto on terminals, never" },
	[G_HELP] = { .name = "help",
		     .letter = 'h',
		     .kind = KIND_FLAG,
		     .help = "explain the command instead of running it" },
	[G_VERSION] = { .name = "version",
			.letter = 'V',
			.kind = KIND_FLAG,
			.help = "print the version" },
	[G_COUNT] = { 0 },
};

static const struct command *const commands[] = {
	&cmd_ioas,    &cmd_mem,	    &cmd_hwpt,	  &cmd_device,	&cmd_group,
	&cmd_fault,   &cmd_viommu,  &cmd_vdevice, &cmd_veventq, &cmd_hw_queue,
	&cmd_vfio,    &cmd_option,  &cmd_destroy, &cmd_tree,	&cmd_ps,
	&cmd_inspect, &cmd_metrics, &cmd_caps,	  &cmd_explain, &cmd_doctor,
	&cmd_plan,    &cmd_trace,   &cmd_replay,  &cmd_session, &cmd_exec,
	&cmd_source,  &cmd_watch,   &cmd_help,	  &cmd_version, &cmd_complete,
	&cmd_dump,    &cmd_service, NULL,
};

const struct command root = {
	.name = "iommufdctl",
	.summary = "use and inspect /dev/iommu",
	.sub = commands,
};

const struct command *command_sub(const struct command *parent,
				  const char *name)
{
	if (!parent->sub)
		return NULL;
	for (size_t i = 0; parent->sub[i]; i++)
		if (*parent->sub[i]->name == *name &&
		    !strcmp(parent->sub[i]->name, name))
			return parent->sub[i];
	return NULL;
}

const struct command *command_find(const char *path)
{
	const struct command *cmd = &root;
	char name[64];

	while (cmd && *path) {
		size_t len = strcspn(path, " ");

		if (len >= sizeof(name))
			return NULL;
		memcpy(name, path, len);
		name[len] = '\0';
		path += len + strspn(path + len, " ");
		cmd = command_sub(cmd, name);
	}
	return cmd;
}
