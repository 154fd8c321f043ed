/* connection_tcp.c
 * Live connections: how they are made, which bytes come in which order, and how they end.
 *
 * A connection is kept from its SYN on, or from bytes that tell what it is. Bytes are read as long as they tell something: of
 * a connection that is not Windows Update's, until the first answer.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "connection_watch.h"

enum { FIN = 0x01, SYN = 0x02, RST = 0x04, ACK = 0x10 };

#define SYN_TRIES 3u  /* a SYN that was sent so often, and */
#define SYN_TIME (SECOND * 29 / 10) /* for so long, has no answer; routers need 3 s to find out that a host is not there */
#define MAX_NAME 253u /* characters of a name */

static unsigned
get16(wu_slice s, size_t at)
{
    return (unsigned)s.p[at] << 8 | s.p[at + 1];
}

static uint32_t
get32(wu_slice s, size_t at)
{
    return (uint32_t)get16(s, at) << 16 | get16(s, at + 2);
}

static bool
read_segment(const wu_packet *packet, segment *s)
{
    wu_slice bytes = packet->bytes;

    if (bytes.n < 20 || packet->length < 20)
        return false;
    size_t header = (size_t)(bytes.p[12] >> 4) * 4;
    if (header < 20 || header > packet->length)
        return false;
    s->source = (wu_endpoint){ packet->source, (uint16_t)get16(bytes, 0) };
    s->destination = (wu_endpoint){ packet->destination, (uint16_t)get16(bytes, 2) };
    s->seq = get32(bytes, 4);
    s->ack = get32(bytes, 8);
    s->flags = bytes.p[13];
    s->length = packet->length - header;
    s->payload = wu_slice_from(bytes, header);
    if (s->payload.n > s->length)
        s->payload.n = s->length;
    return true;
}

/* ---- SYN and what comes of it ---- */

/* Whether a connection to another address of the same name is there, which makes up for one that failed. */
static bool
works_otherwise(const wu_watch *w, const connection *failed)
{
    for (const connection *c = w->newest; c && failed->name; c = c->older)
        if (c != failed && c->established && c->name && !strcmp(c->name, failed->name) &&
            c->server.port == failed->server.port && !wu_address_equal(&c->server.address, &failed->server.address) &&
            c->syn_time + 30 * SECOND >= w->time)
            return true;
    return false;
}

/* Whether a reason may still be given for a connection that was not made: it was told of none, or only put off that there is no
 * answer. */
static bool
takes_reason(wu_watch *w, const connection *c)
{
    const outcome *x = watch_find_outcome(w, c->unreachable);

    if (!c->over)
        return true;
    if (!x || x->o.outcome != WU_CONNECTION_NO_ANSWER || !watch_is_untold(w, c->unreachable))
        return false;
    watch_recover(w, c->unreachable);
    return true;
}

/* A connection could not be made. One over IPv6 is put off when the name has an address of IPv4, which may still work. */
static void
not_connected(wu_watch *w, connection *c, outcome *x)
{
    bool ipv6 = c->server.address.n == 16;

    if (c->name && !ipv6) /* the attempt over IPv6 that failed before is the same failure */
        watch_recover_deferred(w, c->name);
    if (works_otherwise(w, c)) {
        x->o.known_by = WU_KNOWN_NOT;
        x->o.outcome = WU_CONNECTION_OK;
    }
    c->unreachable = watch_publish(w, x, ipv6 && c->name && watch_has_ipv4(w, c->name)   ? PATIENCE
                                        : x->o.outcome == WU_CONNECTION_NO_ANSWER ? LINGER
                                                                                  : 0);
    c->over = true;
}

static void
on_syn(wu_watch *w, const segment *s)
{
    connection *c = watch_find_connection(w, &s->source, &s->destination);

    if (c && !c->established && c->isn == s->seq && watch_is_endpoint(&c->client, &s->source)) {
        c->syns++;
        if (!c->over && c->syns >= SYN_TRIES && w->time - c->syn_time >= SYN_TIME) {
            outcome *x = watch_connection_outcome(w, c, WU_CONNECTION_NO_ANSWER, WU_PHASE_CONNECT, WU_EVENT_NO_ANSWER);
            x->o.detail = "the SYN was repeated and has no answer";
            not_connected(w, c, x);
        }
        return;
    }
    if (c)
        watch_remove_connection(w, c);
    c = watch_new_connection(w, &s->source, &s->destination);
    c->syn_frame = w->frame;
    c->syn_time = w->time;
    c->isn = s->seq;
    c->syns = 1;
    c->flow[WU_SIDE_CLIENT].seen = c->flow[WU_SIDE_CLIENT].valid = true;
    c->flow[WU_SIDE_CLIENT].next = s->seq + 1 + (uint32_t)s->length;
}

static void
connected(wu_watch *w, connection *c)
{
    if (c->established)
        return;
    c->established = true;
    if (c->unreachable) {
        watch_recover(w, c->unreachable);
        c->unreachable = 0;
        c->over = false;
    }
    if (!c->name)
        return;
    if (w->deferred.length)
        watch_recover_deferred(w, c->name);
    for (guint i = w->all->len; i > 0; i--) { /* another address of the name failed shortly before */
        outcome *x = (outcome *)g_ptr_array_index(w->all, i - 1);
        if (w->time - x->o.time > 30 * SECOND)
            break;
        if (x->o.phase == WU_PHASE_CONNECT && x->o.server.port == c->server.port && !strcmp(x->o.name, c->name) &&
            !wu_address_equal(&x->o.server.address, &c->server.address))
            watch_recover(w, x->id);
    }
}

static void
on_syn_ack(wu_watch *w, const segment *s)
{
    connection *c = watch_find_connection(w, &s->source, &s->destination);
    flow *f;

    if (!c) {
        c = watch_new_connection(w, &s->destination, &s->source);
        c->syn_frame = w->frame;
        c->syn_time = w->time;
        c->isn = s->ack - 1;
    }
    f = &c->flow[WU_SIDE_CLIENT];
    if (!f->valid) {
        f->valid = true;
        f->next = s->ack;
    }
    f = &c->flow[WU_SIDE_SERVER];
    f->seen = f->valid = true;
    f->next = s->seq + 1;
    connected(w, c);
}

/* ---- the end ---- */

static void
finish_end(wu_watch *w, connection *c, enum wu_side side, bool reset)
{
    if (c->mode == MODE_HTTP)
        watch_http_end(w, c, side, reset);
    else if (c->mode == MODE_TLS)
        watch_tls_end(w, c, side, reset);
    if (!reset)
        c->flow[side].fin = true;
    if (reset || c->flow[1 - side].fin)
        c->over = true;
}

/* A side closes its direction, or the whole connection. Of TLS that is put off until decrypted data was fed. */
static void
on_end(wu_watch *w, connection *c, enum wu_side side, bool reset)
{
    watch_tell_challenge(w, c);
    if (c->over)
        return;
    if (!reset)
        watch_take_held(w, c, side);
    if (c->mode == MODE_TLS) {
        w->unsettled = c;
        w->ends = true;
        w->end_side = side;
        w->end_reset = reset;
        return;
    }
    finish_end(w, c, side, reset);
}

void
wu_watch_settle(wu_watch *w)
{
    connection *c = w->unsettled;
    bool ends = w->ends;

    w->unsettled = NULL;
    w->ends = false;
    if (!c)
        return;
    if (!c->over)
        watch_tls_settle(w, c);
    if (ends && !c->over)
        finish_end(w, c, w->end_side, w->end_reset);
}

static void
on_reset(wu_watch *w, connection *c, enum wu_side side, const segment *s)
{
    if (c->established) {
        on_end(w, c, side, true);
        return;
    }
    if (side == WU_SIDE_CLIENT || ((s->flags & ACK) && s->ack != c->flow[WU_SIDE_CLIENT].next) || !takes_reason(w, c))
        return;
    outcome *x = watch_connection_outcome(w, c, WU_CONNECTION_REFUSED, WU_PHASE_CONNECT, WU_EVENT_REFUSED);
    x->o.detail = "the SYN was answered by RST";
    x->o.by = WU_SIDE_SERVER;
    not_connected(w, c, x);
}

/* ---- segments ---- */

/* A connection whose beginning the capture lacks: kept only when its bytes tell that it is of Windows Update. */
static connection *
begin_in_the_middle(wu_watch *w, const segment *s)
{
    wu_tls_record record;
    bool tls = s->payload.n && s->payload.p[0] == WU_TLS_HANDSHAKE && wu_tls_read_record(s->payload, &record) &&
               s->payload.n > 5 && s->payload.p[5] == WU_TLS_CLIENT_HELLO;

    if (!tls && !(s->payload.n > 16 && watch_looks_like_request(s->payload)))
        return NULL;
    connection *c = watch_new_connection(w, &s->source, &s->destination);
    c->established = true;
    c->flow[WU_SIDE_CLIENT].valid = true;
    c->flow[WU_SIDE_CLIENT].next = s->seq;
    if (s->flags & ACK) {
        c->flow[WU_SIDE_SERVER].valid = true;
        c->flow[WU_SIDE_SERVER].next = s->ack;
    }
    return c;
}

static void
read_on(wu_watch *w, connection *c, enum wu_side side, const segment *s)
{
    watch_renew(w, c);
    c->flow[side].seen = true;
    if (s->flags & RST) {
        on_reset(w, c, side, s);
        return;
    }
    if (!c->established && (s->flags & ACK) && !c->unreachable) {
        if (side == WU_SIDE_CLIENT && s->seq == c->flow[WU_SIDE_CLIENT].next) /* the answer to the SYN is not in the capture */
            connected(w, c);
    }
    if (c->over || c->mode == MODE_OTHER) {
        if (s->flags & FIN)
            watch_tell_challenge(w, c);
        return;
    }
    if (s->flags & ACK)
        watch_acknowledge(w, c, 1 - side, s->ack);
    if (s->length)
        watch_payload(w, c, side, s);
    if (s->flags & FIN) {
        watch_acknowledge(w, c, side, s->seq + (uint32_t)s->length); /* what is in front of it and not in the capture */
        on_end(w, c, side, false);
    }
    if (c->mode == MODE_OTHER)
        watch_stop_reading(w, c);
}

/* Returns whether the connection is one of TLS. */
static bool
on_segment(wu_watch *w, const segment *s)
{
    connection *c = watch_find_connection(w, &s->source, &s->destination);

    if (!c && s->payload.n)
        c = begin_in_the_middle(w, s);
    if (!c)
        return false;
    read_on(w, c, watch_is_endpoint(&c->client, &s->source) ? WU_SIDE_CLIENT : WU_SIDE_SERVER, s);
    return c->mode == MODE_TLS;
}

void **
wu_watch_place(wu_watch *w)
{
    return w->seen ? &w->seen->place : NULL;
}

bool
wu_watch_tcp(wu_watch *w, const wu_packet *packet)
{
    segment s;

    if (!read_segment(packet, &s))
        return false;
    wu_watch_settle(w);
    w->frame = packet->frame;
    w->time = packet->time;
    watch_names(w);
    watch_expire_deferred(w);
    if ((s.flags & (SYN | RST)) != SYN)
        return on_segment(w, &s);
    if (s.flags & ACK)
        on_syn_ack(w, &s);
    else
        on_syn(w, &s);
    return false;
}

/* ---- ICMP ---- */

/* The TCP ports of the packet that an error is about, which begins with its IP header. */
static bool
read_embedded(wu_slice s, bool ipv6, wu_endpoint *source, wu_endpoint *destination)
{
    size_t header = ipv6 ? 40 : s.n ? (size_t)(s.p[0] & 0x0f) * 4 : 0, address = ipv6 ? 16 : 4, at = ipv6 ? 8 : 12;

    if (s.n < header + 8 || header < 20 || s.p[0] >> 4 != (ipv6 ? 6 : 4) || s.p[ipv6 ? 6 : 9] != 6)
        return false;
    if (!ipv6 && (get16(s, 6) & 0x1fff))
        return false; /* a later fragment: no ports */
    source->address = wu_address_of(s.p + at, address);
    destination->address = wu_address_of(s.p + at + address, address);
    source->port = (uint16_t)get16(s, header);
    destination->port = (uint16_t)get16(s, header + 2);
    return true;
}

void
wu_watch_icmp(wu_watch *w, const wu_packet *packet)
{
    wu_slice s = packet->bytes;
    bool ipv6 = packet->source.n == 16;
    wu_endpoint source, destination;

    if (s.n < 8 || s.p[0] != (ipv6 ? 1 : 3) || (!ipv6 && s.p[1] == 4))
        return; /* 3/4 asks for smaller packets */
    if (!read_embedded(wu_slice_from(s, 8), ipv6, &source, &destination))
        return;
    wu_watch_settle(w);
    watch_names(w);
    connection *c = watch_find_connection(w, &source, &destination);
    if (!c || c->established || !watch_is_endpoint(&c->client, &source) || !takes_reason(w, c))
        return;
    w->frame = packet->frame;
    w->time = packet->time;
    outcome *x = watch_connection_outcome(w, c, WU_CONNECTION_UNREACHABLE, WU_PHASE_CONNECT, WU_EVENT_UNREACHABLE);
    x->o.icmp_type = s.p[0];
    x->o.icmp_code = s.p[1];
    x->o.by = WU_SIDE_SERVER;
    x->o.detail = "a router or the server says so by ICMP";
    not_connected(w, c, x);
}

/* ---- what a host program adds ---- */

static connection *
connection_of(const wu_watch *w, const wu_packet *packet, segment *s)
{
    return read_segment(packet, s) ? watch_find_connection(w, &s->source, &s->destination) : NULL;
}

bool
wu_watch_wants_decrypted(const wu_watch *w, const wu_packet *packet)
{
    segment s;
    const connection *c = connection_of(w, packet, &s);
    return c && c->mode == MODE_TLS && c->tls && !c->over && c->known_by;
}

void
wu_watch_decrypted(wu_watch *w, const wu_packet *packet, wu_slice data)
{
    segment s;
    connection *c = connection_of(w, packet, &s);

    if (!c || c->mode != MODE_TLS || !c->tls || c->over || !data.n)
        return;
    w->frame = packet->frame;
    w->time = packet->time;
    watch_names(w);
    watch_tls_decrypted(w, c, watch_is_endpoint(&c->client, &s.source) ? WU_SIDE_CLIENT : WU_SIDE_SERVER, data);
}

/* Watches from the segment on that ends a request, or an answer. */
static connection *
watch_from_here(wu_watch *w, connection *c, const segment *s, bool request)
{
    const wu_endpoint *client = request ? &s->source : &s->destination, *server = request ? &s->destination : &s->source;

    if (s->payload.n && s->payload.p[0] >= WU_TLS_CHANGE_CIPHER && s->payload.p[0] <= WU_TLS_DATA)
        return c; /* decrypted: what TLS itself shows is not known here */
    if (!c)
        c = watch_new_connection(w, client, server);
    c->established = true;
    for (unsigned i = 0; i < 2; i++) {
        c->flow[i].valid = c->flow[i].seen = true;
        c->flow[i].next = (i == WU_SIDE_CLIENT) == request ? s->seq + (uint32_t)s->length : s->ack;
    }
    watch_http_resume(w, c);
    if (!request)
        c->http->n = 0;
    return c;
}

void
wu_watch_exchange(wu_watch *w, const wu_packet *packet, wu_slice host, bool request, bool http1)
{
    segment s;
    connection *c = connection_of(w, packet, &s);
    wu_address address;

    if (!read_segment(packet, &s))
        return;
    w->frame = packet->frame;
    w->time = packet->time;
    watch_names(w);
    if (http1 && (!c || (c->mode == MODE_OTHER && !c->over)))
        c = watch_from_here(w, c, &s, request);
    if (c && !c->known_by)
        c->known_by = WU_KNOWN_BY_EXCHANGE;
    if (c && c->mode == MODE_TLS && c->tls && !c->http)
        c->tls->readable = true; /* what was decrypted before the server was known did not come here */
    host.n = host.n && host.p[0] == '[' ? host.n : wu_slice_find_byte(host, 0, ':');
    char *name = host.n && host.n <= MAX_NAME && !wu_address_read(host, &address)
                     ? g_ascii_strdown((const char *)host.p, (gssize)host.n) : NULL;
    if (c && name && !c->tunnel) {
        g_free(c->name);
        c->name = g_strdup(name);
        c->named = true;
    }
    wu_endpoint server = request ? s.destination : s.source;
    watch_learn(w, &server, name);
    g_free(name);
}
