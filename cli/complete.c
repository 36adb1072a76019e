// SPDX-License-Identifier: GPL-2.0-or-later
#include "complete.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "holders.h"
#include "names.h"
#include "place.h"
#include "requests.h"
#include "shell.h"
#include "sysfs.h"
#include "sysfs_device.h"
#include "sysfs_group.h"
#include "usage.h"

#define PATIENCE_MS 300 /* a Tab must not hang */

struct completion {
	struct shell *sh;
	enum parse_mode mode;
	const char *prefix;
	struct candidates *out;
};

static void add(struct completion *c, const char *word, const char *help)
{
	struct candidates *out = c->out;

	if (strncmp(word, c->prefix, strlen(c->prefix)))
		return;
	if (out->count == out->cap) {
		out->cap = out->cap ? 2 * out->cap : 16;
		out->list =
			mem_realloc(out->list, out->cap * sizeof(*out->list));
	}
	out->list[out->count++] =
		(struct candidate){ mem_strdup(word), mem_strdup(help) };
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static json_int_t number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static bool is_of(const char *kind, unsigned kinds)
{
	for (unsigned i = 0; i < OBJECT_KINDS; i++)
		if (!strcmp(kind, object_kind_name(i)))
			return !kinds || kinds & 1u << i;
	return false;
}

/* What @list of objects_json() has of these kinds, by name or else by id. */
static void add_objects(struct completion *c, unsigned kinds,
			const json_t *list)
{
	json_t *object;
	size_t i;

	json_array_foreach((json_t *)list, i, object) {
		const char *kind = text_of(object, "kind");
		const char *name = text_of(object, "name");
		json_int_t id = number_of(object, "id");
		char *word, *help;

		if (!kind || !is_of(kind, kinds))
			continue;
		word = mem_asprintf("%" JSON_INTEGER_FORMAT, id);
		help = mem_asprintf("%s%s%s with %" JSON_INTEGER_FORMAT
				    " mappings",
				    kind, name ? " " : "", name ? name : "",
				    number_of(object, "num_mappings"));
		add(c, word, help);
		if (name)
			add(c, name, help);
		free(word);
		free(help);
	}
}

/* Those that live now, here or in a session that answers without delay. */
static void add_ids(struct completion *c, unsigned kinds)
{
	long long until = link_until(PATIENCE_MS);
	struct failure ignored = { 0 };
	json_t *result = NULL, *local;
	struct shell other;

	if (c->sh->no_session) {
		local = objects_json(&c->sh->ctx.store);
		add_objects(c, kinds, local);
		json_decref(local);
		return;
	}
	/* On a link of its own: an answer that is late disturbs no other. */
	shell_borrow(&other, c->sh, c->sh->session);
	if (shell_connect(&other, until, &ignored) == LINK_OK &&
	    !shell_ask(&other, "__service objects", until, &result, &ignored))
		add_objects(c, kinds, json_object_get(result, "objects"));
	/* Nor is its end waited for. */
	other.link.ending = false;
	shell_free(&other);
	json_decref(result);
	failure_free(&ignored);
}

static void add_sessions(struct completion *c)
{
	char *path = place_dir();
	DIR *dir = opendir(path);
	struct dirent *entry;

	free(path);
	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (place_take_name(entry->d_name))
			add(c, entry->d_name, "session");
	closedir(dir);
}

static void add_pci(struct completion *c)
{
	struct names devices = sysfs_list(SYSFS_PCI "/devices");

	for (size_t i = 0; i < devices.count; i++) {
		char *path = mem_asprintf("%s/devices/%s", SYSFS_PCI,
					  devices.name[i]);
		char *driver = sysfs_link(path, "driver");
		char *group = sysfs_link(path, "iommu_group");
		char *help = mem_asprintf("%s, %s%s",
					  driver ? driver : "no driver",
					  group ? "group " : "no group",
					  group ? group : "");

		add(c, devices.name[i], help);
		free(help);
		free(group);
		free(driver);
		free(path);
	}
	names_free(&devices);
}

/* What VFIO's driver has, by its node or by its address. */
static void add_targets(struct completion *c)
{
	struct names nodes = sysfs_list("/sys/class/vfio-dev");

	for (size_t i = 0; i < nodes.count; i++) {
		char *path =
			mem_asprintf("/sys/class/vfio-dev/%s", nodes.name[i]);
		char *device = sysfs_link(path, "device");
		char *help =
			mem_asprintf("device of VFIO's, %s", nodes.name[i]);

		if (device)
			add(c, device, help);
		add(c, nodes.name[i], device ? device : "device of VFIO's");
		free(help);
		free(device);
		free(path);
	}
	names_free(&nodes);
}

static void add_groups(struct completion *c)
{
	struct names groups = sysfs_list(SYSFS_GROUPS);

	for (size_t i = 0; i < groups.count; i++)
		add(c, groups.name[i], "IOMMU group");
	names_free(&groups);
}

/* The process that the line names, or 0. */
static pid_t pid_of(const struct parsed *p)
{
	const struct opt *opts = p->cmd->opts;

	for (size_t i = 0; opts && opts[i].name; i++)
		if (opts[i].kind == KIND_PID && p->opt[i].set)
			return (pid_t)p->opt[i].num;
	return 0;
}

/* Processes that have a file that is of interest here. */
static void add_pids(struct completion *c)
{
	struct holders all;
	const json_t *process;
	size_t i;

	holders_begin(&all);
	holders_add_all(&all);
	json_array_foreach(all.processes, i, process) {
		char *word = mem_asprintf("%" JSON_INTEGER_FORMAT,
					  number_of(process, "pid"));

		add(c, word, text_of(process, "command"));
		free(word);
	}
	holders_end(&all);
}

/* The iommufds of the process. */
static void add_fds(struct completion *c, pid_t pid)
{
	struct holders one;
	const json_t *file;
	size_t i;

	holders_begin(&one);
	if (pid)
		holders_add(&one, pid);
	json_array_foreach(one.files, i, file) {
		char *word = mem_asprintf("%" JSON_INTEGER_FORMAT,
					  number_of(file, "fd"));

		if (!strcmp(text_of(file, "kind"), "iommufd"))
			add(c, word, text_of(file, "path"));
		free(word);
	}
	holders_end(&one);
}

static void add_values(struct completion *c, const struct parsed *p,
		       enum kind kind, unsigned objects,
		       const char *const *choices, const char *help)
{
	switch (kind) {
	case KIND_PID:
		add_pids(c);
		break;
	case KIND_FD:
		add_fds(c, pid_of(p));
		break;
	case KIND_PATH:
		c->out->files = true;
		break;
	case KIND_ID:
		add_ids(c, objects);
		break;
	case KIND_SESSION:
		add_sessions(c);
		break;
	case KIND_PCI:
		add_pci(c);
		break;
	case KIND_GROUP:
		add_groups(c);
		break;
	case KIND_TARGET:
		add_targets(c);
		break;
	case KIND_IOCTL:
		for (size_t i = 0; iommu_requests[i]; i++)
			add(c, iommu_requests[i]->name, help);
		break;
	default:
		for (size_t i = 0; choices && choices[i]; i++)
			add(c, choices[i], help);
	}
}

static bool has_opt(const struct opt *opts, const char *name)
{
	for (; opts && opts->name; opts++)
		if (!strcmp(opts->name, name))
			return true;
	return false;
}

/* @own: those of the command, which go before general ones of that name. */
static void add_opts(struct completion *c, const struct opt *opts,
		     const struct value *given, const struct opt *own)
{
	for (size_t i = 0; opts && opts[i].name; i++) {
		char *name;

		if (given[i].set && !opts[i].many)
			continue;
		if (opts == globals && c->mode == PARSE_LINE && i != G_JSON &&
		    i != G_HELP)
			continue;
		if (opts == globals && has_opt(own, opts[i].name))
			continue;
		name = mem_asprintf("--%s", opts[i].name);
		add(c, name, opts[i].help);
		free(name);
	}
}

static void add_commands(struct completion *c, const struct command *cmd)
{
	for (size_t i = 0; cmd->sub && cmd->sub[i]; i++)
		if (!(cmd->sub[i]->flags & CMD_HIDDEN))
			add(c, cmd->sub[i]->name, cmd->sub[i]->summary);
}

/* The words after `help` name a command. */
static void add_help_topic(struct completion *c, const struct parsed *p)
{
	const struct command *cmd = &root;

	for (size_t i = 0; cmd && i < p->many_count; i++)
		cmd = command_sub(cmd, p->many[i].text);
	if (cmd)
		add_commands(c, cmd);
	if (cmd == &root)
		add(c, USAGE_OPTIONS, "the options of every command");
}

/* The words so far are a line of their own. */
static void add_line(struct completion *c, const struct parsed *p)
{
	const char **word =
		mem_realloc(NULL, (p->many_count + 1) * sizeof(*word));

	for (size_t i = 0; i < p->many_count; i++)
		word[i] = p->many[i].text;
	word[p->many_count] = c->prefix;
	complete(c->sh, PARSE_LINE, word, p->many_count + 1, c->out);
	free(word);
}

/* @p is what stands before the word; its values tell what is missing. */
static void add_arg(struct completion *c, const struct parsed *p)
{
	const struct arg *arg = p->cmd->args;
	size_t i = 0;

	while (arg && arg[i].name && !arg[i].many && p->arg[i].set)
		i++;
	if (!arg || !arg[i].name)
		return;
	if (arg[i].kind == KIND_COMMAND)
		add_help_topic(c, p);
	else if (arg[i].kind == KIND_LINE)
		add_line(c, p);
	else
		add_values(c, p, arg[i].kind, arg[i].objects, arg[i].choices,
			   arg[i].help);
}

/* The option that waits for the word being typed, or NULL. */
static const struct opt *open_option(const struct words *words,
				     const struct parsed *p)
{
	const char *last = words->count ? words->word[words->count - 1].text
					: "";
	const struct opt *const tables[] = { p->cmd->opts, globals };

	if (last[0] != '-' || !last[1] || strchr(last, '='))
		return NULL;
	for (size_t t = 0; t < 2; t++) {
		for (const struct opt *o = tables[t]; o && o->name; o++) {
			bool same = last[1] == '-'
					    ? !strcmp(last + 2, o->name)
					    : last[1] == o->letter && !last[2];

			if (same && o->kind != KIND_FLAG && !o->implied)
				return o;
		}
	}
	return NULL;
}

/* Has the command of another line begun? */
static bool is_in_rest(const struct parsed *p)
{
	const struct arg *arg = p->cmd->args;

	while (arg && arg->name && !arg->rest)
		arg++;
	return arg && arg->name && p->many_count;
}

static void add_vars(struct completion *c)
{
	const struct vars *vars = &c->sh->vars;

	for (size_t i = 0; i < vars->count; i++) {
		char *word = mem_asprintf("$%s", vars->var[i].name);

		add(c, word, vars->var[i].value);
		free(word);
	}
}

static void add_all(struct completion *c, const struct words *words,
		    const struct parsed *p)
{
	const struct opt *opt = open_option(words, p);

	if (is_in_rest(p)) {
		add_arg(c, p);
	} else if (*c->prefix == '$') {
		add_vars(c);
	} else if (opt) {
		add_values(c, p, opt->kind, opt->objects, opt->choices,
			   opt->help);
	} else if (c->prefix[0] == '-') {
		add_opts(c, p->cmd->opts, p->opt, NULL);
		add_opts(c, globals, p->global, p->cmd->opts);
	} else if (p->cmd->sub) {
		add_commands(c, p->cmd);
	} else {
		add_arg(c, p);
	}
}

void complete(struct shell *sh, enum parse_mode mode, const char *const *word,
	      size_t count, struct candidates *out)
{
	struct completion c = { sh, mode, count ? word[count - 1] : "", out };
	const char *session = sh->session;
	struct failure ignored = { 0 };
	struct parsed parsed = { 0 };
	struct words words = { 0 };
	struct buf line = { 0 };
	unsigned newlines;
	size_t used;
	bool wrong;

	for (size_t i = 0; i + 1 < count; i++) {
		words_quote(&line, word[i]);
		buf_putc(&line, ' ');
	}
	words_read(&words, buf_text(&line), line.len, true, &used, &newlines);
	/* That something is missing at its end is why we are here. */
	parse(&words, mode, &parsed, &ignored);
	wrong = ignored.status && ignored.column < words.line_len;
	if (parsed.global[G_SESSION].set)
		sh->session = parsed.global[G_SESSION].text;
	sh->no_session |= parsed.global[G_NO_SESSION].set;
	if (!wrong)
		add_all(&c, &words, &parsed);
	sh->session = session;
	failure_free(&ignored);
	parsed_free(&parsed);
	words_free(&words);
	buf_free(&line);
}

void candidates_free(struct candidates *c)
{
	for (size_t i = 0; i < c->count; i++) {
		free(c->list[i].word);
		free(c->list[i].help);
	}
	free(c->list);
	*c = (struct candidates){ 0 };
}
