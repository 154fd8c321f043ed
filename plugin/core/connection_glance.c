/* connection_glance.c
 * What is known of a packet at a glance. Nearly all packets of others end here, so this is what the watch costs: headers are read where
 * they stand, connections of IPv4 are compared by two numbers, and what is unusual is left to those who read packets in full.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "connection_watch.h"

#include "tcp_segment.h"

#define MIN_IP 40u /* bytes of a packet that is looked at: headers of IPv4 and TCP, or of IPv6 */

static inline unsigned
get16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static inline uint32_t
get32(const uint8_t *p)
{
    return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static inline bool
is_ipv4_fragment(const uint8_t *ip)
{
    return (ip[6] & 0x3f) | ip[7];
}

/* ---- segments of TCP ---- */

static inline connection *
find_ipv4(const wu_watch *w, const uint8_t *addresses, const uint8_t *ports, enum wu_side *side)
{
    uint32_t both_ports = watch_word(ports);
    uint64_t both;

    memcpy(&both, addresses, sizeof both);
    for (connection *c = w->bucket[watch_bucket((uint32_t)(both ^ both >> 32), get16(ports), get16(ports + 2))]; c; c = c->in_bucket)
        for (unsigned i = 0; i < 2; i++)
            if (c->raw[i].ports == both_ports && c->raw[i].addresses == both) {
                *side = i ? WU_SIDE_SERVER : WU_SIDE_CLIENT;
                return c;
            }
    return NULL;
}

static bool
is_ipv6_at(const wu_endpoint *e, const uint8_t *address, unsigned port)
{
    return e->port == port && e->address.n == 16 && !memcmp(e->address.bytes, address, 16);
}

static connection *
find_ipv6(const wu_watch *w, const uint8_t *from, const uint8_t *ports, enum wu_side *side)
{
    const uint8_t *to = from + 16;
    unsigned from_port = get16(ports), to_port = get16(ports + 2);
    connection *c = w->bucket[watch_bucket(watch_mix_ipv6(from) ^ watch_mix_ipv6(to), from_port, to_port)];

    for (; c; c = c->in_bucket) {
        *side = is_ipv6_at(&c->client, from, from_port) ? WU_SIDE_CLIENT : WU_SIDE_SERVER;
        if (*side == WU_SIDE_CLIENT ? is_ipv6_at(&c->server, to, to_port)
                                    : is_ipv6_at(&c->server, from, from_port) && is_ipv6_at(&c->client, to, to_port))
            return c;
    }
    return NULL;
}

/* What a look at a segment shows. */
typedef struct {
    enum wu_side side;
    uint8_t flags;
    uint32_t seq, ack;
    size_t length; /* of the payload, as sent */
    size_t at;     /* where that begins in the packet, if it is there */
} glance;

/* The connection of the segment in an IP packet that is no fragment, or NULL. IPv6 without extension headers only. */
static inline connection *
look_at_segment(const wu_watch *w, wu_slice ip, glance *g)
{
    connection *c = NULL;
    size_t at = 40, end = 0; /* an end of 0: the network adapter splits the packet later */

    g->side = WU_SIDE_CLIENT;
    if (ip.n < MIN_IP)
        return NULL;
    if (ip.p[0] >> 4 == 4) {
        at = (size_t)(ip.p[0] & 0x0f) * 4;
        if (at >= 20 && ip.n >= at + 20 && ip.p[9] == IP_TCP && !is_ipv4_fragment(ip.p))
            c = find_ipv4(w, ip.p + 12, ip.p + at, &g->side);
        end = get16(ip.p + 2);
    } else if (ip.p[0] >> 4 == 6 && ip.n >= 60 && ip.p[6] == IP_TCP) {
        c = find_ipv6(w, ip.p + 8, ip.p + 40, &g->side);
        end = get16(ip.p + 4) ? 40 + get16(ip.p + 4) : 0;
    }
    if (!c)
        return NULL;
    const uint8_t *tcp = ip.p + at;
    size_t header = (size_t)(tcp[12] >> 4) * 4;
    if (header < 20 || end < at + header)
        return NULL;
    g->flags = tcp[13];
    g->seq = get32(tcp + 4);
    g->ack = get32(tcp + 8);
    g->at = at + header;
    g->length = end - g->at;
    return c;
}

/* Whether what a segment holds is known without reading it: nothing, or a part of a record of TLS whose end is known. */
static inline bool
goes_on_as_expected(connection *c, const glance *g, int64_t time)
{
    flow *f = &c->flow[g->side];
    const flow *other = &c->flow[1 - g->side];

    if ((g->flags & WU_TCP_ACK) && (!other->valid || (int32_t)(g->ack - other->next) > 0))
        return false;
    if (!g->length)
        return true;
    if (c->mode != MODE_TLS || !c->tls || c->known_by || !f->valid || f->held || g->seq != f->next || g->length > c->tls->skip[g->side])
        return false;
    c->tls->skip[g->side] -= g->length;
    f->next += (uint32_t)g->length;
    f->data_time = time;
    return true;
}

/* Whether a payload may be a message in clear all the same: another connection may have the same ports, and the capture lack its
 * beginning. */
static inline bool
may_be_text(wu_slice ip, const glance *g)
{
    return g->at >= ip.n || (ip.p[g->at] >= 'A' && ip.p[g->at] <= 'Z');
}

enum wu_glance
wu_watch_glance(wu_watch *w, wu_slice ip, int64_t time)
{
    glance g;

    connection *c = w->seen = look_at_segment(w, ip, &g);
    if (w->unsettled || w->deferred.length) /* any packet may be the time to tell */
        return WU_GLANCE_READ;
    if (!c || !c->established || (g.flags & (WU_TCP_SYN | WU_TCP_FIN | WU_TCP_RST)))
        return WU_GLANCE_READ;
    if (!c->over && c->mode != MODE_OTHER && !goes_on_as_expected(c, &g, time))
        return WU_GLANCE_READ;
    c->flow[g.side].seen = true;
    watch_renew(w, c);
    if (!g.length)
        return WU_GLANCE_BARE;
    bool sealed = c->sealed || (c->mode == MODE_TLS && !c->over);
    return sealed && !may_be_text(ip, &g) ? WU_GLANCE_SEALED : WU_GLANCE_ENOUGH;
}

/* ---- messages of DNS ---- */

/* The message of DNS in an IP packet without options and extension headers that is no fragment, or an empty one. Where the addresses
 * are, one behind the other, and their length. */
static inline wu_slice
message_in(wu_slice ip, const uint8_t **addresses, size_t *n)
{
    const wu_slice none = { NULL, 0 };
    size_t at, end;

    *addresses = NULL;
    *n = 0;
    if (ip.n < MIN_IP + 8)
        return none;
    if (ip.p[0] == 0x45 && ip.p[9] == IP_UDP && !is_ipv4_fragment(ip.p)) {
        *addresses = ip.p + 12;
        *n = 4;
        at = 20;
        end = get16(ip.p + 2);
    } else if (ip.p[0] >> 4 == 6 && ip.p[6] == IP_UDP) {
        *addresses = ip.p + 8;
        *n = 16;
        at = 40;
        end = 40 + get16(ip.p + 4);
    } else {
        return none;
    }
    if (end > ip.n)
        end = ip.n;
    if ((get16(ip.p + at) != WATCH_DNS_PORT && get16(ip.p + at + 2) != WATCH_DNS_PORT) || end <= at + 8)
        return none;
    return wu_slice_of(ip.p + at + 8, end - at - 8);
}

bool
wu_watch_glance_names(wu_watch *w, wu_slice ip, uint32_t frame, int64_t time)
{
    const uint8_t *addresses;
    waiting_message *left;
    wu_dns_question q;
    size_t n;
    wu_slice message = message_in(ip, &addresses, &n);

    if (w->unsettled || w->deferred.length || !wu_dns_find_question(message, &q)) /* any packet may be the time to tell */
        return false;
    w->frame = frame;
    w->time = time;
    if (!watch_leave(w, message, &q, &left))
        return false;
    if (left) {
        wu_address_set(&left->source, addresses, n);
        wu_address_set(&left->destination, addresses + n, n);
    }
    return true;
}
