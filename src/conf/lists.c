#include "lists.h"

#include <stdlib.h>
#include <string.h>

#include "parser.h"
#include "scalars.h"

#include "parse.h"

/* More of one kind in one place is a mistake, and would make the search for doubles slow. */
enum { LIST_MAX = 16384 };

/* Room for one more item behind n; NULL, reported, when memory is short. The caller stores the array, then the item. */
static void *grow(struct parser *p, const struct word *head, void *items, size_t n, size_t item_bytes)
{
	/* Doubled when full, which is at every power of two. */
	bool full = (n & (n - 1)) == 0;
	void *grown = NULL;

	if (n == LIST_MAX) {
		parser_error(p, &head->at, "%s: more than %d of them", head->text, LIST_MAX);
		return NULL;
	}
	grown = full ? reallocarray(items, n == 0 ? 1 : 2 * n, item_bytes) : items;
	if (grown == NULL)
		parser_no_memory(p);
	return grown;
}

static bool is_bare(const struct word *word, const char *text)
{
	return word != NULL && !word->quoted && strcmp(word->text, text) == 0;
}

/* NULL, or what is wrong with a prefix; without a length it is the one address, where that is allowed. */
static const char *parse_prefix(const char *text, bool length_wanted, struct prefix *out)
{
	size_t addr_len = strcspn(text, "/");
	unsigned int bits = 0, max;
	char buf[ADDR_STRLEN];
	struct addr addr;

	if (addr_len >= sizeof(buf))
		return "is no address";
	memcpy(buf, text, addr_len);
	buf[addr_len] = '\0';
	if (!addr_parse(buf, &addr))
		return "is no address";
	max = addr_family(&addr) == FAMILY_IPV4 ? 32 : 128;
	if (text[addr_len] == '\0' && length_wanted)
		return "has no prefix length";
	if (text[addr_len] == '\0') {
		*out = prefix_make(&addr, max);
		return NULL;
	}
	text += addr_len + 1;
	if (*text == '\0' || strlen(text) > 3 || strspn(text, "0123456789") != strlen(text))
		return "has a prefix length that is no number";
	for (; *text != '\0'; text++)
		bits = bits * 10 + (unsigned int)(*text - '0');
	if (bits > max)
		return max == 32 ? "has a prefix length above 32" : "has a prefix length above 128";
	*out = prefix_make(&addr, bits);
	return NULL;
}

static void add_source(struct parser *p, const struct word *head, struct iface_settings *settings,
		       const struct prefix *source)
{
	struct prefix *sources;

	for (size_t i = 0; i < settings->n_sources; i++)
		if (prefix_equal(&settings->sources[i], source))
			return;
	sources = grow(p, head, settings->sources, settings->n_sources, sizeof(*sources));
	if (sources == NULL)
		return;
	settings->sources = sources;
	sources[settings->n_sources++] = *source;
}

void list_read_source(struct parser *p, const struct option *option, void *value, const struct word *head)
{
	const struct word *argument = scalar_argument(p, head, "a network with its prefix length, or any");
	struct iface_settings *settings = value;
	struct prefix source;
	const char *why;

	(void)option;
	if (argument == NULL)
		return;
	if (is_bare(argument, "any")) {
		settings->source_any = true;
		return;
	}
	why = parse_prefix(argument->text, true, &source);
	if (why == NULL)
		add_source(p, head, settings, &source);
	else
		parser_error(p, &argument->at, "source: '%.64s' %s", argument->text, why);
}

void list_print_sources(const struct option *option, const void *value, const char *indent, FILE *out)
{
	const struct iface_settings *settings = value;
	char text[PREFIX_STRLEN];

	if (settings->source_any)
		fprintf(out, "%s%s any\n", indent, option->name);
	for (size_t i = 0; i < settings->n_sources; i++)
		fprintf(out, "%s%s %s\n", indent, option->name, prefix_format(&settings->sources[i], text));
}

/* "group G" or "group G source S": the words G and S, the latter NULL if it is not there. */
static bool group_and_source(struct parser *p, const struct word *head, const struct word **group,
			     const struct word **source)
{
	const struct word *next = head->next;

	if (!is_bare(next, "group") || next->next == NULL) {
		parser_error(p, &head->at, "%s: 'group' and an address must follow", head->text);
		return false;
	}
	*group = next->next;
	*source = NULL;
	next = (*group)->next;
	if (next == NULL)
		return true;
	if (next->token != SOURCE) {
		parser_error(p, &next->at, "%s: unexpected '%.64s' after the group", head->text, next->text);
		return false;
	}
	*source = next->next;
	if (*source == NULL)
		parser_error(p, &next->at, "%s: an address must follow 'source'", head->text);
	else if ((*source)->next != NULL)
		parser_error(p, &(*source)->next->at, "%s: unexpected '%.64s' after the source", head->text,
			     (*source)->next->text);
	else
		return true;
	return false;
}

/* All of 224/4 or ff00::/8 or less; or /0, which says "every group". */
static bool is_group_prefix(const struct prefix *group)
{
	unsigned int bits = prefix_bits(group);
	unsigned int least = addr_family(&group->addr) == FAMILY_IPV4 ? 4 : 8;

	return bits == 0 || (bits >= least && addr_is_multicast(&group->addr));
}

static bool same_family(struct parser *p, const struct word *head, const struct addr *group, const struct addr *source,
			const struct word *at)
{
	if (addr_family(group) == addr_family(source))
		return true;
	parser_error(p, &at->at, "%s: the group is %s, the source '%.64s' is %s", head->text,
		     family_name(addr_family(group)), at->text, family_name(addr_family(source)));
	return false;
}

static bool read_prefix(struct parser *p, const struct word *head, const struct word *word, struct prefix *out)
{
	const char *why = parse_prefix(word->text, false, out);

	if (why != NULL)
		parser_error(p, &word->at, "%s: '%.64s' %s", head->text, word->text, why);
	return why == NULL;
}

static bool read_rule_source(struct parser *p, const struct word *head, const struct word *word,
			     struct filter_rule *rule)
{
	if (!read_prefix(p, head, word, &rule->source) ||
	    !same_family(p, head, &rule->group.addr, &rule->source.addr, word))
		return false;
	if (prefix_bits(&rule->source) > 0 && addr_is_multicast(&rule->source.addr)) {
		parser_error(p, &word->at, "%s: '%.64s' is multicast, no source can be", head->text, word->text);
		return false;
	}
	rule->has_source = true;
	return true;
}

void list_read_rule(struct parser *p, const struct option *option, void *value, const struct word *head)
{
	struct iface_settings *settings = value;
	struct filter_rule rule = {.allow = option->min != 0}, *rules;
	const struct word *group, *source;

	if (!group_and_source(p, head, &group, &source) || !read_prefix(p, head, group, &rule.group))
		return;
	if (!is_group_prefix(&rule.group)) {
		parser_error(p, &group->at, "%s: '%.64s' is not a multicast group or range", head->text, group->text);
		return;
	}
	if (source != NULL && !read_rule_source(p, head, source, &rule))
		return;
	rules = grow(p, head, settings->rules, settings->n_rules, sizeof(*rules));
	if (rules == NULL)
		return;
	settings->rules = rules;
	rules[settings->n_rules++] = rule;
}

void list_print_rules(const struct option *option, const void *value, const char *indent, FILE *out)
{
	const struct iface_settings *settings = value;
	char text[FILTER_RULE_STRLEN];

	(void)option;
	for (size_t i = 0; i < settings->n_rules; i++)
		fprintf(out, "%s%s\n", indent, filter_rule_format(&settings->rules[i], text));
}

static bool read_static_group(struct parser *p, const struct word *head, const struct word *word, struct addr *group)
{
	if (!addr_parse(word->text, group))
		parser_error(p, &word->at, "%s: '%.64s' is no address", head->text, word->text);
	else if (!addr_is_multicast(group))
		parser_error(p, &word->at, "%s: '%.64s' is not a multicast group", head->text, word->text);
	else if (addr_is_link_scope_group(group))
		parser_error(p, &word->at, "%s: '%.64s' stays on its link and is never proxied", head->text,
			     word->text);
	else
		return true;
	return false;
}

static bool read_static_source(struct parser *p, const struct word *head, const struct word *word,
			       struct static_group *entry)
{
	struct addr source;

	if (!addr_parse(word->text, &source)) {
		parser_error(p, &word->at, "%s: '%.64s' is no address", head->text, word->text);
		return false;
	}
	if (!same_family(p, head, &entry->group, &source, word))
		return false;
	if (addr_is_multicast(&source) || addr_is_unspecified(&source) || addr_is_loopback(&source) ||
	    addr_is_link_local(&source)) {
		parser_error(p, &word->at, "%s: '%.64s' cannot be the source of a forwarded stream", head->text,
			     word->text);
		return false;
	}
	entry->source = source;
	entry->has_source = true;
	return true;
}

static void add_static(struct parser *p, const struct word *head, struct iface_settings *settings,
		       const struct static_group *entry)
{
	struct static_group *statics;

	for (size_t i = 0; i < settings->n_statics; i++) {
		const struct static_group *old = &settings->statics[i];

		if (addr_equal(&old->group, &entry->group) && old->has_source == entry->has_source &&
		    addr_equal(&old->source, &entry->source))
			return;
	}
	statics = grow(p, head, settings->statics, settings->n_statics, sizeof(*statics));
	if (statics == NULL)
		return;
	settings->statics = statics;
	statics[settings->n_statics++] = *entry;
}

void list_read_static(struct parser *p, const struct option *option, void *value, const struct word *head)
{
	const struct word *group, *source;
	struct static_group entry = {0};

	(void)option;
	if (!group_and_source(p, head, &group, &source) || !read_static_group(p, head, group, &entry.group))
		return;
	if (source == NULL || read_static_source(p, head, source, &entry))
		add_static(p, head, value, &entry);
}

void list_print_statics(const struct option *option, const void *value, const char *indent, FILE *out)
{
	const struct iface_settings *settings = value;
	char text[ADDR_STRLEN];

	for (size_t i = 0; i < settings->n_statics; i++) {
		const struct static_group *entry = &settings->statics[i];

		fprintf(out, "%s%s group %s", indent, option->name, addr_format(&entry->group, text));
		if (entry->has_source)
			fprintf(out, " source %s", addr_format(&entry->source, text));
		fputc('\n', out);
	}
}

/* "on ADDRESS port NUMBER": the two words; false, reported, for any other form. */
static bool address_and_port(struct parser *p, const struct word *head, const struct word **addr,
			     const struct word **port)
{
	const struct word *on = head->next;

	*addr = is_bare(on, "on") ? on->next : NULL;
	*port = *addr != NULL && is_bare((*addr)->next, "port") ? (*addr)->next->next : NULL;
	if (*port != NULL && (*port)->next == NULL)
		return true;
	parser_error(p, &head->at, "listen: what follows must be 'on', an address, 'port' and a number");
	return false;
}

static bool listens_already(const struct conf_stats *stats, const struct conf_listen *listen)
{
	for (size_t i = 0; i < stats->n_listens; i++)
		if (addr_equal(&stats->listens[i].addr, &listen->addr) && stats->listens[i].port == listen->port)
			return true;
	return false;
}

static void add_listen(struct parser *p, const struct word *head, struct conf_stats *stats,
		       const struct conf_listen *listen)
{
	struct conf_listen *listens;

	if (listens_already(stats, listen))
		return;
	listens = grow(p, head, stats->listens, stats->n_listens, sizeof(*listens));
	if (listens == NULL)
		return;
	stats->listens = listens;
	listens[stats->n_listens++] = *listen;
}

/* Loopback only: the answers name every viewer's habits, and the socket asks nobody who he is. */
void list_read_listen(struct parser *p, const struct option *option, void *value, const struct word *head)
{
	const struct word *addr, *port;
	struct conf_listen listen;
	unsigned int number;

	(void)option;
	if (!address_and_port(p, head, &addr, &port))
		return;
	if (!addr_parse(addr->text, &listen.addr)) {
		scalar_bad(p, head, addr, "an address");
	} else if (!addr_is_loopback(&listen.addr)) {
		scalar_bad(p, head, addr, "a loopback address, and no other is allowed");
	} else if (!scalar_number(port, 1, UINT16_MAX, &number)) {
		scalar_bad(p, head, port, "a port from 1 to 65535");
	} else {
		listen.port = (uint16_t)number;
		add_listen(p, head, value, &listen);
	}
}

void list_print_listens(const struct option *option, const void *value, const char *indent, FILE *out)
{
	const struct conf_stats *stats = value;
	char text[ADDR_STRLEN];

	for (size_t i = 0; i < stats->n_listens; i++)
		fprintf(out, "%s%s on %s port %u\n", indent, option->name, addr_format(&stats->listens[i].addr, text),
			(unsigned int)stats->listens[i].port);
}

void lists_free(struct iface_settings *settings)
{
	free(settings->sources);
	free(settings->rules);
	free(settings->statics);
}
