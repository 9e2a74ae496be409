#include "forge.h"

#include <criterion/criterion.h>
#include <string.h>

const struct cast casts[FAMILY_COUNT] = {
	[FAMILY_IPV4] = {
		.family = FAMILY_IPV4,
		.host = "10.0.0.9",
		.querier = "10.0.0.1",
		.all_systems = "224.0.0.1",
		.all_routers = "224.0.0.2",
		.report_to = "224.0.0.22",
		.group = "239.1.2.3",
		.other_group = "232.9.9.9",
		.unicast = "10.0.0.200",
		.source = {"192.0.2.1", "192.0.2.2", "198.51.100.7"},
		.no_source = {"0.0.0.0", "239.1.1.1", "255.255.255.255"},
		.no_group = {"10.1.2.3", "0.0.0.0"},
		.query = 0x11,
		.report = 0x16,
		.leave = 0x17,
		.report3 = 0x22,
		.address_bytes = 4,
		.plain_bytes = 8,
		.ip_bytes = 24,
	},
	[FAMILY_IPV6] = {
		.family = FAMILY_IPV6,
		.host = "fe80::9",
		.querier = "fe80::1",
		.all_systems = "ff02::1",
		.all_routers = "ff02::2",
		.report_to = "ff02::16",
		.group = "ff15::1:2:3",
		.other_group = "ff3e::9:9",
		.unicast = "fe80::200",
		.source = {"2001:db8::1", "2001:db8::2", "2001:db8:1::7"},
		.no_source = {"::", "ff0e::1", "::ffff:192.0.2.1"},
		.no_group = {"::ffff:239.1.2.3", "::"},
		.query = 130,
		.report = 131,
		.leave = 132,
		.report3 = 143,
		.address_bytes = 16,
		.plain_bytes = 24,
		.ip_bytes = 48,
	},
};

struct addr addr_of(const char *text)
{
	struct addr a;

	cr_assert(addr_parse(text, &a), "%s", text);
	return a;
}

bool is(const struct addr *a, const char *text)
{
	struct addr b = addr_of(text);

	return addr_equal(a, &b);
}

void put8(struct message *m, unsigned int value)
{
	m->bytes[m->len++] = (uint8_t)value;
}

void put16(struct message *m, unsigned int value)
{
	put8(m, value >> 8);
	put8(m, value & 0xff);
}

void put_text(struct message *m, const struct cast *cast, const char *text)
{
	struct addr a = addr_of(text);

	memcpy(m->bytes + m->len, a.bytes + 16 - cast->address_bytes, cast->address_bytes);
	m->len += cast->address_bytes;
}

struct message forge_plain(const struct cast *cast, uint8_t type, unsigned int code, const char *group)
{
	struct message m = {0};

	put8(&m, type);
	put8(&m, cast->family == FAMILY_IPV4 ? code : 0);
	put16(&m, 0);
	if (cast->family == FAMILY_IPV6) {
		put16(&m, code);
		put16(&m, 0);
	}
	if (group)
		put_text(&m, cast, group);
	else
		m.len += cast->address_bytes;
	return m;
}

void forge_query_tail(struct message *m, const struct cast *cast, unsigned int flags, unsigned int qqic,
		      unsigned int n_sources, size_t n, const char *const sources[])
{
	put8(m, flags);
	put8(m, qqic);
	put16(m, n_sources);
	for (size_t i = 0; i < n; i++)
		put_text(m, cast, sources[i]);
}

struct message forge_report(const struct cast *cast, unsigned int n_records)
{
	struct message m = {0};

	put8(&m, cast->report3);
	put8(&m, 0);
	put16(&m, 0);
	put16(&m, 0);
	put16(&m, n_records);
	return m;
}

void forge_record(struct message *m, const struct cast *cast, unsigned int type, unsigned int aux_words,
		  unsigned int n_sources, const char *group, size_t n, const char *const sources[])
{
	put8(m, type);
	put8(m, aux_words);
	put16(m, n_sources);
	put_text(m, cast, group);
	for (size_t i = 0; i < n; i++)
		put_text(m, cast, sources[i]);
	for (size_t i = 0; i < (size_t)aux_words * 4; i++)
		put8(m, 0xee);
}

static uint16_t ones_complement(uint32_t sum, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (uint16_t)~((sum & 0xffff) + (sum >> 16));
}

static void store16(uint8_t *bytes, size_t value)
{
	bytes[0] = (uint8_t)(value >> 8);
	bytes[1] = (uint8_t)value;
}

static void seal(uint8_t *message, size_t len, uint32_t pseudo_header, bool bad)
{
	if (len < 4)
		return;
	store16(message + 2, 0);
	store16(message + 2, ones_complement(pseudo_header, message, len) ^ (bad ? 0x0100u : 0u));
}

static void forge_v4(struct forged *f, const struct message *m, struct envelope e)
{
	struct addr src = addr_of(e.src);
	struct addr dst = addr_of(e.dst);
	size_t header = e.no_router_alert ? 20 : 24;
	uint8_t *b = f->bytes;

	b[0] = (uint8_t)(0x40 | header / 4);
	b[1] = 0xc0;
	store16(b + 2, header + m->len);
	b[8] = (uint8_t)(e.ttl ? e.ttl : 1);
	b[9] = 2;
	memcpy(b + 12, src.bytes + 12, 4);
	memcpy(b + 16, dst.bytes + 12, 4);
	if (!e.no_router_alert)
		memcpy(b + 20, (const uint8_t[]){148, 4, 0, 0}, 4);
	store16(b + 10, ones_complement(0, b, header));
	memcpy(b + header, m->bytes, m->len);
	seal(b + header, m->len, 0, e.bad_checksum);
	f->packet.len = header + m->len;
}

static void forge_v6(struct forged *f, const struct message *m, struct envelope e)
{
	uint8_t pseudo[40] = {0};

	f->packet.src = addr_of(e.src);
	f->packet.dst = addr_of(e.dst);
	f->packet.hop_limit = e.ttl ? e.ttl : 1;
	memcpy(f->hop_options, (const uint8_t[]){58, 0, 5, 2, 0, 0, 1, 0}, sizeof(f->hop_options));
	if (!e.no_router_alert) {
		f->packet.hop_options = f->hop_options;
		f->packet.hop_options_len = sizeof(f->hop_options);
	}
	memcpy(pseudo, f->packet.src.bytes, 16);
	memcpy(pseudo + 16, f->packet.dst.bytes, 16);
	store16(pseudo + 34, m->len);
	pseudo[39] = 58;
	memcpy(f->bytes, m->bytes, m->len);
	seal(f->bytes, m->len, (uint16_t)~ones_complement(0, pseudo, sizeof(pseudo)), e.bad_checksum);
	f->packet.len = m->len;
}

void forge_packet(struct forged *f, const struct cast *cast, const struct message *m, struct envelope e)
{
	if (!e.src)
		e.src = cast->host;
	if (!e.dst)
		e.dst = m->bytes[0] == cast->query ? cast->all_systems : cast->report_to;
	memset(f, 0, sizeof(*f));
	f->packet.bytes = f->bytes;
	if (cast->family == FAMILY_IPV4)
		forge_v4(f, m, e);
	else
		forge_v6(f, m, e);
}

void decode(struct decoded *d, const struct cast *cast, const struct forged *f)
{
	/* The decoder must set whatever it promises: begin with rubbish. */
	memset(d, 0xa5, sizeof(*d));
	d->refusal = codecs[cast->family].decode(&f->packet, d->records, &d->message, &d->info);
}

enum gm_refusal refusal_of(const struct cast *cast, const struct message *m, struct envelope e)
{
	static struct forged f;
	static struct decoded d;

	forge_packet(&f, cast, m, e);
	decode(&d, cast, &f);
	return d.refusal;
}
