/* connection_table.c
 * The live connections.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "connection_watch.h"

#include "tcp_segment.h"

/* The same for both directions. mixed: the words of both addresses. */
static inline uint32_t
bucket_of(uint32_t mixed, uint32_t port, uint32_t other_port)
{
    return ((mixed + (port ^ other_port)) * 0x9E3779B1u) >> (32 - BUCKET_BITS);
}

static inline unsigned
get16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static inline uint32_t
word(const uint8_t *p)
{
    uint32_t value;

    memcpy(&value, p, sizeof value);
    return value;
}

static inline uint32_t
mix_ipv6(const uint8_t *p)
{
    return word(p) ^ word(p + 4) ^ word(p + 8) ^ word(p + 12);
}

static uint32_t
bucket_between(const wu_endpoint *a, const wu_endpoint *b)
{
    return bucket_of(mix_ipv6(a->address.bytes) ^ mix_ipv6(b->address.bytes), a->port, b->port);
}

connection *
watch_find_connection(const wu_watch *w, const wu_endpoint *a, const wu_endpoint *b)
{
    for (connection *c = w->bucket[bucket_between(a, b)]; c; c = c->in_bucket)
        if ((watch_is_endpoint(&c->client, a) && watch_is_endpoint(&c->server, b)) ||
            (watch_is_endpoint(&c->client, b) && watch_is_endpoint(&c->server, a)))
            return c;
    return NULL;
}

static inline bool
is_at(const wu_endpoint *e, const uint8_t *address, size_t n, unsigned port)
{
    return e->port == port && e->address.n == n && !memcmp(e->address.bytes, address, n);
}

/* n: 4 or 16, a number that the compiler knows. */
static inline connection *
find_raw(const wu_watch *w, uint32_t mixed, const uint8_t *addresses, size_t n, const uint8_t *ports, enum wu_side *side)
{
    unsigned from = get16(ports), to = get16(ports + 2);

    for (connection *c = w->bucket[bucket_of(mixed, from, to)]; c; c = c->in_bucket) {
        *side = is_at(&c->client, addresses, n, from) ? WU_SIDE_CLIENT : WU_SIDE_SERVER;
        if (*side == WU_SIDE_CLIENT ? is_at(&c->server, addresses + n, n, to)
                                    : is_at(&c->server, addresses, n, from) && is_at(&c->client, addresses + n, n, to))
            return c;
    }
    return NULL;
}

/* The bytes behind the headers of IP are at *at, and end at *end. */
static connection *
find_ipv4(const wu_watch *w, wu_slice ip, size_t *at, size_t *end, enum wu_side *side)
{
    *at = (size_t)(ip.p[0] & 0x0f) * 4;
    *end = get16(ip.p + 2); /* 0: the network adapter splits the packet later */
    if (*at < 20 || ip.n < *at + 20 || ip.p[9] != IP_TCP || ((ip.p[6] & 0x3f) | ip.p[7]))
        return NULL;
    return find_raw(w, word(ip.p + 12) ^ word(ip.p + 16), ip.p + 12, 4, ip.p + *at, side);
}

static connection *
find_ipv6(const wu_watch *w, wu_slice ip, size_t *at, size_t *end, enum wu_side *side)
{
    *at = 40;
    *end = get16(ip.p + 4) ? 40 + get16(ip.p + 4) : 0;
    if (ip.n < 60 || ip.p[6] != IP_TCP)
        return NULL;
    return find_raw(w, mix_ipv6(ip.p + 8) ^ mix_ipv6(ip.p + 24), ip.p + 8, 16, ip.p + 40, side);
}

connection *
watch_find_in_packet(const wu_watch *w, wu_slice ip, glance *g)
{
    unsigned version = ip.n >= 40 ? ip.p[0] >> 4 : 0;
    size_t at, end;
    connection *c = version == 4   ? find_ipv4(w, ip, &at, &end, &g->side)
                    : version == 6 ? find_ipv6(w, ip, &at, &end, &g->side)
                                   : NULL;

    if (!c)
        return NULL;
    const uint8_t *tcp = ip.p + at;
    size_t header = (size_t)(tcp[12] >> 4) * 4;
    if (header < 20 || end < at + header)
        return NULL;
    g->flags = tcp[13];
    g->seq = (uint32_t)get16(tcp + 4) << 16 | get16(tcp + 6);
    g->ack = (uint32_t)get16(tcp + 8) << 16 | get16(tcp + 10);
    g->length = end - at - header;
    return c;
}

static void
unlink_age(wu_watch *w, connection *c)
{
    *(c->older ? &c->older->newer : &w->oldest) = c->newer;
    *(c->newer ? &c->newer->older : &w->newest) = c->older;
    c->older = c->newer = NULL;
}

static void
link_newest(wu_watch *w, connection *c)
{
    c->older = w->newest;
    *(w->newest ? &w->newest->newer : &w->oldest) = c;
    w->newest = c;
}

void
watch_stop_reading(wu_watch *w, connection *c)
{
    c->mode = MODE_OTHER;
    watch_http_free(c);
    watch_tls_free(c);
    watch_drop_held(w, &c->flow[0]);
    watch_drop_held(w, &c->flow[1]);
}

void
watch_remove_connection(wu_watch *w, connection *c)
{
    connection **place = &w->bucket[bucket_between(&c->client, &c->server)];

    while (*place != c)
        place = &(*place)->in_bucket;
    *place = c->in_bucket;
    if (w->unsettled == c)
        w->unsettled = NULL;
    if (w->seen == c)
        w->seen = NULL;
    unlink_age(w, c);
    watch_stop_reading(w, c);
    watch_discard(c->challenge);
    g_free(c->name);
    g_free(c);
    w->connections--;
}

void
watch_free_connections(wu_watch *w)
{
    while (w->oldest)
        watch_remove_connection(w, w->oldest);
}

connection *
watch_new_connection(wu_watch *w, const wu_endpoint *client, const wu_endpoint *server)
{
    if (w->connections >= WU_WATCH_CONNECTIONS)
        watch_remove_connection(w, w->oldest);
    connection *c = g_new0(connection, 1);
    connection **place = &w->bucket[bucket_between(client, server)];
    const char *name = watch_name_of(w, &server->address);

    c->client = *client;
    c->server = *server;
    c->port = server->port;
    c->name = g_strdup(name);
    c->known_by = watch_known(w, server, name, false);
    c->in_bucket = *place;
    *place = c;
    link_newest(w, c);
    w->connections++;
    return c;
}

void
watch_renew(wu_watch *w, connection *c)
{
    if (c == w->newest)
        return;
    unlink_age(w, c);
    link_newest(w, c);
}
