/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands that the tree is made of, each the one export of its file. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "tree.h"

extern const struct command cmd_caps;
extern const struct command cmd_complete;
extern const struct command cmd_destroy;
extern const struct command cmd_device;
extern const struct command cmd_device_bind;
extern const struct command cmd_device_list;
extern const struct command cmd_device_show;
extern const struct command cmd_device_unbind;
extern const struct command cmd_doctor;
extern const struct command cmd_dump;
extern const struct command cmd_exec;
extern const struct command cmd_trace;
extern const struct command cmd_replay;
extern const struct command cmd_explain;
extern const struct command cmd_fault;
extern const struct command cmd_group;
extern const struct command cmd_help;
extern const struct command cmd_hw_queue;
extern const struct command cmd_hwpt;
extern const struct command cmd_inspect;
extern const struct command cmd_ioas;
extern const struct command cmd_ioas_allow;
extern const struct command cmd_ioas_change_process;
extern const struct command cmd_ioas_copy;
extern const struct command cmd_ioas_map;
extern const struct command cmd_ioas_ranges;
extern const struct command cmd_ioas_show;
extern const struct command cmd_ioas_unmap;
extern const struct command cmd_mem;
extern const struct command cmd_mem_compare;
extern const struct command cmd_mem_dump;
extern const struct command cmd_mem_load;
extern const struct command cmd_mem_save;
extern const struct command cmd_metrics;
extern const struct command cmd_option;
extern const struct command cmd_plan;
extern const struct command cmd_ps;
extern const struct command cmd_service;
extern const struct command cmd_service_export;
extern const struct command cmd_session;
extern const struct command cmd_session_attach;
extern const struct command cmd_session_receive;
extern const struct command cmd_session_send;
extern const struct command cmd_session_export;
extern const struct command cmd_source;
extern const struct command cmd_tree;
extern const struct command cmd_vdevice;
extern const struct command cmd_version;
extern const struct command cmd_veventq;
extern const struct command cmd_vfio;
extern const struct command cmd_viommu;
extern const struct command cmd_watch;

#endif
