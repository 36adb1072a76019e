// SPDX-License-Identifier: GPL-2.0-or-later
#include "parse.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "number.h"
#include "sysfs_device.h"

struct parser {
	struct words *words;
	struct parsed *p;
	struct failure *f;
	enum parse_mode mode;
	size_t at; /* the word being read */
	size_t args; /* arguments read so far */
	bool only_args; /* after -- */
	char *path_end; /* of p->path, so far */
};

static enum status bad_number(struct parser *ps, size_t at, const char *why)
{
	return fail_at(ps->f, ps->words, at, "not a number: %s", why);
}

static enum status read_choice(struct parser *ps, const char *const *choices,
			       struct value *v)
{
	struct buf list = { 0 };

	for (size_t i = 0; choices[i]; i++) {
		v->num = i;
		if (!strcmp(choices[i], v->text)) {
			buf_free(&list);
			return STATUS_OK;
		}
		buf_printf(&list, "%s%s", i ? ", " : "", choices[i]);
	}
	fail_at(ps->f, ps->words, v->at, "not one of: %s", buf_text(&list));
	buf_free(&list);
	return STATUS_USAGE;
}

static enum status read_name(struct parser *ps, const struct value *v)
{
	const char *why;

	ps->p->names = true;
	if (name_check(v->text, &why))
		return STATUS_OK;
	return fail_at(ps->f, ps->words, v->at, "not a name: %s", why);
}

/* Of what the kernel has fewer than 2^31. */
static enum status read_small(struct parser *ps, struct value *v,
			      uint64_t least, const char *what)
{
	const char *why;

	if (!number_parse(v->text, &v->num, &why))
		return bad_number(ps, v->at, why);
	if (v->num >= least && v->num <= INT32_MAX)
		return STATUS_OK;
	return fail_at(ps->f, ps->words, v->at,
		       "%s have numbers from %" PRIu64 " to %" PRId32, what,
		       least, INT32_MAX);
}

static enum status read_pci(struct parser *ps, const struct value *v)
{
	char address[PCI_ADDRESS_SIZE];
	const char *why;

	if (pci_address(v->text, address, &why))
		return STATUS_OK;
	return fail_at(ps->f, ps->words, v->at, "not a PCI address: %s", why);
}

/* Reads v->text as @kind says. */
static enum status read_value(struct parser *ps, enum kind kind,
			      const char *const *choices, struct value *v)
{
	const char *why;

	switch (kind) {
	case KIND_SIZE:
	case KIND_ADDRESS:
	case KIND_NUMBER:
		if (!number_parse(v->text, &v->num, &why))
			return bad_number(ps, v->at, why);
		return STATUS_OK;
	case KIND_ID:
		v->named = name_begins(*v->text);
		if (v->named)
			return read_name(ps, v);
		if (!number_parse(v->text, &v->num, &why))
			return bad_number(ps, v->at, why);
		if (v->num > UINT32_MAX)
			return bad_number(ps, v->at, "an id has 32 bits");
		return STATUS_OK;
	case KIND_GROUP:
		if (!number_parse(v->text, &v->num, &why))
			return bad_number(ps, v->at, why);
		return STATUS_OK;
	case KIND_PID:
		return read_small(ps, v, 1, "processes");
	case KIND_FD:
		return read_small(ps, v, 0, "descriptors");
	case KIND_PCI:
		return read_pci(ps, v);
	case KIND_NAME:
		return read_name(ps, v);
	case KIND_RANGE:
		if (!range_parse(v->text, &v->num, &v->last, &why))
			return fail_at(ps->f, ps->words, v->at,
				       "not a range: %s", why);
		return STATUS_OK;
	case KIND_CHOICE:
		return read_choice(ps, choices, v);
	case KIND_PATH:
	case KIND_SESSION:
		if (!*v->text)
			return fail_at(ps->f, ps->words, v->at,
				       "the name is empty");
		return STATUS_OK;
	default:
		return STATUS_OK;
	}
}

/* Is @word NAME, perhaps with "=VALUE"? */
static bool has_name(const char *word, const char *name)
{
	while (*name && *name == *word) {
		name++;
		word++;
	}
	return !*name && (!*word || *word == '=');
}

static const struct opt *find_opt(const struct opt *opts, const char *word)
{
	if (!opts)
		return NULL;
	for (; opts->name; opts++) {
		if (word[1] == '-') {
			if (has_name(word + 2, opts->name))
				return opts;
		} else if (opts->letter == word[1] && !word[2]) {
			return opts;
		}
	}
	return NULL;
}

static void set_value(struct parsed *p, struct value *v, size_t at,
		      const char *text)
{
	if (!v->set)
		p->touched[p->touched_count++] = v;
	*v = (struct value){ .set = true, .at = at, .text = text };
}

/* Takes the value of the option at ps->at, the next word or after the "=". */
static enum status take_value(struct parser *ps, const struct opt *opt,
			      struct value *v)
{
	struct word *word = &ps->words->word[ps->at];
	const char *equals = word->text[1] == '-' ? strchr(word->text, '=')
						  : NULL;

	if (v->set && !opt->many)
		return fail_at(ps->f, ps->words, ps->at, "--%s is given twice",
			       opt->name);
	set_value(ps->p, v, ps->at, "");
	word->of = opt;
	if (opt->kind == KIND_FLAG) {
		if (equals)
			return fail_at(ps->f, ps->words, ps->at,
				       "--%s takes no value", opt->name);
		return STATUS_OK;
	}
	if (equals || opt->implied) {
		v->text = equals ? equals + 1 : opt->implied;
	} else if (ps->at + 1 == ps->words->count) {
		return fail_at(ps->f, ps->words, ps->words->count,
			       "--%s needs %s", opt->name, opt->metavar);
	} else {
		v->at = ++ps->at;
		v->text = ps->words->word[v->at].text;
		ps->words->word[v->at].of = opt;
	}
	return read_value(ps, opt->kind, opt->choices, v);
}

static enum status read_option(struct parser *ps, const char *word)
{
	const struct command *cmd = ps->p->cmd;
	const struct opt *opt = find_opt(cmd->opts, word);
	ptrdiff_t index;

	if (opt)
		return take_value(ps, opt, &ps->p->opt[opt - cmd->opts]);
	opt = find_opt(globals, word);
	if (!opt) {
		fail_at(ps->f, ps->words, ps->at, "no such option%s%s",
			*ps->p->path ? " of " : "", ps->p->path);
		fail_hint(ps->f, "iommufdctl help%s%s", *ps->p->path ? " " : "",
			  ps->p->path);
		return STATUS_USAGE;
	}
	index = opt - globals;
	if (ps->mode == PARSE_LINE && index != G_JSON && index != G_HELP)
		return fail_at(
			ps->f, ps->words, ps->at,
			"--%s belongs to the command line, not to a line of a script",
			opt->name);
	return take_value(ps, opt, &ps->p->global[index]);
}

static enum status unknown_command(struct parser *ps)
{
	const struct command *cmd = ps->p->cmd;
	const char *path = ps->p->path, *blank = *path ? " " : "";
	const char *who = *path ? path : root.name;
	struct buf list = { 0 };

	for (size_t i = 0; cmd->sub[i]; i++)
		if (!(cmd->sub[i]->flags & CMD_HIDDEN))
			buf_printf(&list, "%s%s", i ? ", " : "",
				   cmd->sub[i]->name);
	if (ps->at < ps->words->count)
		fail_at(ps->f, ps->words, ps->at, "no such command; %s has: %s",
			who, buf_text(&list));
	else
		fail_at(ps->f, ps->words, ps->at, "and what? %s has: %s", who,
			buf_text(&list));
	fail_hint(ps->f, "iommufdctl help%s%s", blank, path);
	buf_free(&list);
	return STATUS_USAGE;
}

/* An option stands behind the command that it belongs to. */
static enum status check_order(struct parser *ps, const struct command *sub)
{
	const struct command *cmd = ps->p->cmd;

	for (size_t i = 0; cmd->opts && cmd->opts[i].name; i++)
		if (ps->p->opt[i].set)
			return fail_at(ps->f, ps->words, ps->at,
				       "%s stands before the options",
				       sub->name);
	return STATUS_OK;
}

static enum status read_command(struct parser *ps, const char *word)
{
	const struct command *sub = command_sub(ps->p->cmd, word);

	if (!sub)
		return unknown_command(ps);
	if (check_order(ps, sub))
		return ps->f->status;
	ps->p->cmd = sub;
	/* The names are the tree's own, and a path of them is short. */
	if (ps->path_end != ps->p->path)
		*ps->path_end++ = ' ';
	ps->path_end = stpcpy(ps->path_end, sub->name);
	return STATUS_OK;
}

static struct value *new_many(struct parsed *p)
{
	if (p->many_count == p->many_cap) {
		p->many_cap = p->many_cap ? 2 * p->many_cap : 16;
		p->many = mem_realloc(p->many, p->many_cap * sizeof(*p->many));
	}
	return &p->many[p->many_count++];
}

static enum status read_arg(struct parser *ps, const char *word)
{
	const struct arg *arg = ps->p->cmd->args;
	struct value *v;

	if (!arg || !arg[ps->args].name) {
		fail_at(ps->f, ps->words, ps->at, "%s takes no more arguments",
			ps->p->path);
		fail_hint(ps->f, "iommufdctl help %s", ps->p->path);
		return STATUS_USAGE;
	}
	arg += ps->args;
	ps->only_args |= arg->rest;
	if (arg->many) {
		v = new_many(ps->p);
		*v = (struct value){ .set = true, .at = ps->at, .text = word };
	} else {
		v = &ps->p->arg[ps->args++];
		set_value(ps->p, v, ps->at, word);
	}
	return read_value(ps, arg->kind, arg->choices, v);
}

static bool is_option(const char *word)
{
	/* "-4096" is a wrong number rather than an option. */
	return word[0] == '-' && word[1] && !(word[1] >= '0' && word[1] <= '9');
}

static enum status read_word(struct parser *ps)
{
	const char *word = ps->words->word[ps->at].text;

	if (!ps->only_args && is_option(word)) {
		if (strcmp(word, "--"))
			return read_option(ps, word);
		ps->only_args = true;
		return STATUS_OK;
	}
	if (ps->p->cmd->sub)
		return read_command(ps, word);
	return read_arg(ps, word);
}

static enum status check_complete(struct parser *ps)
{
	const struct command *cmd = ps->p->cmd;
	const struct arg *arg = cmd->args ? cmd->args + ps->args : NULL;

	if (ps->p->global[G_HELP].set || ps->p->global[G_VERSION].set)
		return STATUS_OK;
	if (cmd->sub)
		return cmd->run || (ps->mode == PARSE_ARGV && cmd == &root)
			       ? STATUS_OK
			       : unknown_command(ps);
	if (!arg || !arg->name || arg->optional ||
	    (arg->many && ps->p->many_count))
		return STATUS_OK;
	fail_at(ps->f, ps->words, ps->words->count, "%s needs %s, %s",
		ps->p->path, arg->name, arg->help);
	fail_hint(ps->f, "iommufdctl help %s", ps->p->path);
	return STATUS_USAGE;
}

/* For each line of a script, so no more than has been set. */
static void reset(struct parsed *p, const struct words *words)
{
	while (p->touched_count)
		*p->touched[--p->touched_count] = (struct value){ 0 };
	p->cmd = &root;
	p->path[0] = '\0';
	p->words = words;
	p->many_count = 0;
	p->names = false;
}

enum status parse(struct words *words, enum parse_mode mode, struct parsed *p,
		  struct failure *f)
{
	struct parser ps = { .words = words,
			     .p = p,
			     .f = f,
			     .mode = mode,
			     .path_end = p->path };
	enum status status = STATUS_OK;

	reset(p, words);
	for (ps.at = 0; ps.at < words->count && !status; ps.at++)
		status = read_word(&ps);
	return status ? status : check_complete(&ps);
}

void parsed_free(struct parsed *p)
{
	free(p->many);
	*p = (struct parsed){ 0 };
}
