/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of `device` that have files of their own, and what they share. */
#ifndef CLI_COMMANDS_DEVICE_H
#define CLI_COMMANDS_DEVICE_H

#include "opened.h"
#include "parse.h"
#include "target.h"
#include "tree.h"

extern const struct command cmd_device_attach;
extern const struct command cmd_device_close;
extern const struct command cmd_device_config;
extern const struct command cmd_device_detach;
extern const struct command cmd_device_dma_test;
extern const struct command cmd_device_irq;
extern const struct command cmd_device_open;
extern const struct command cmd_device_region;
extern const struct command cmd_device_replace;
extern const struct command cmd_device_reset;

/* Names of enum shape. */
extern const char *const device_shapes[];

#define DEVICE_SHAPE_OPT                                                       \
	{                                                                      \
		.name = "shape", .kind = KIND_CHOICE, .metavar = "node|group", \
		.choices = device_shapes,                                      \
		.preset = "node, where there is one",                          \
		.help = "open it by its own node or through its group"         \
	}

/* The device that an argument means, in the shape of option @shape. */
enum status device_target(const struct parsed *p, const struct value *shape,
			  struct target *target, struct failure *f);

#endif
