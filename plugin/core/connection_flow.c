/* connection_flow.c
 * The bytes of a connection in their order, and what of them is missing.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "connection_watch.h"
#include "http2_frames.h"

#define MAX_PADDING 6u /* a frame of 60 bytes less the headers of Ethernet, IPv4 and TCP */
#define MAX_HELD 32u /* segments out of order of one direction */

void
watch_drop_held(wu_watch *w, flow *f)
{
    while (f->held) {
        held_segment *h = f->held;
        f->held = h->next;
        w->held -= h->n;
        g_free(h);
    }
    f->n_held = 0;
}

/* Reads the first bytes of a connection, by which it is told what it is. */
static void
first_bytes(wu_watch *w, connection *c, enum wu_side side, wu_slice bytes)
{
    wu_tls_record record;

    if (side == WU_SIDE_SERVER) {
        if (wu_http2_begins(bytes))
            return;
        c->server_first = true;
        if (c->known_by && c->syns && !c->tunnel && !wu_slice_begins_nocase(bytes, "HTTP/")) {
            outcome *x = watch_connection_outcome(w, c, WU_CONNECTION_NOT_HTTP, WU_PHASE_EXCHANGE, WU_EVENT_NOT_HTTP);
            x->o.by = WU_SIDE_SERVER;
            x->o.tries = 0;
            x->o.detail = "the server spoke first, which no HTTP server does";
            watch_fail(w, c, x);
        }
        return;
    }
    if (wu_tls_read_record(bytes, &record) && record.type == WU_TLS_HANDSHAKE) {
        c->mode = MODE_TLS;
        watch_tls_start(w, c);
    } else if (watch_looks_like_request(bytes)) {
        c->mode = MODE_HTTP;
        watch_http_start(c);
    } else {
        c->mode = MODE_OTHER;
    }
}

/* Names are asked over TCP in messages with their length in front; one that is longer than its segment is left out. */
static void
dns_bytes(wu_watch *w, const connection *c, enum wu_side side, wu_slice bytes)
{
    wu_packet packet = { .frame = w->frame, .time = w->time };

    packet.source = side == WU_SIDE_CLIENT ? c->client.address : c->server.address;
    packet.destination = side == WU_SIDE_CLIENT ? c->server.address : c->client.address;
    while (bytes.n > 2) {
        size_t n = (size_t)bytes.p[0] << 8 | bytes.p[1];
        if (n + 2 > bytes.n)
            return;
        watch_dns(w, &packet, wu_slice_of(bytes.p + 2, n));
        bytes = wu_slice_from(bytes, n + 2);
    }
}

static void
read_bytes(wu_watch *w, connection *c, enum wu_side side, wu_slice bytes)
{
    if (c->server.port == WATCH_DNS_PORT) {
        dns_bytes(w, c, side, bytes);
        return;
    }
    if (c->mode == MODE_UNKNOWN)
        first_bytes(w, c, side, bytes);
    if (c->mode == MODE_TLS)
        watch_tls_bytes(w, c, side, bytes);
    else if (c->mode == MODE_HTTP)
        watch_http_bytes(w, c, side, bytes);
}

static void
read_gap(wu_watch *w, connection *c, enum wu_side side, uint64_t n)
{
    if (c->mode == MODE_UNKNOWN && c->server.port != WATCH_DNS_PORT)
        c->mode = MODE_OTHER;
    if (c->mode == MODE_TLS)
        watch_tls_gap(c, side, n);
    else if (c->mode == MODE_HTTP)
        watch_http_gap(w, c, side, n);
}

/* Bytes of a direction at a place in it. What was read before is left out; a hole in front is missing in the capture. */
static void
take_bytes(wu_watch *w, connection *c, enum wu_side side, uint32_t seq, wu_slice bytes, size_t length)
{
    flow *f = &c->flow[side];
    uint32_t known = f->next - seq;

    if ((int32_t)known < 0) {
        read_gap(w, c, side, seq - f->next);
        known = 0;
    }
    if (known >= length)
        return;
    f->next = seq + (uint32_t)length;
    if (known < bytes.n)
        read_bytes(w, c, side, wu_slice_from(bytes, known));
    if (bytes.n < length)
        read_gap(w, c, side, length - (known > bytes.n ? known : bytes.n));
}

/* Reads the segments that were held back as far as they follow; all of them when they have to be given up. */
static void
take_held(wu_watch *w, connection *c, enum wu_side side, bool all)
{
    flow *f = &c->flow[side];

    while (f->held && (all || (int32_t)(f->held->seq - f->next) <= 0)) {
        held_segment *h = f->held;
        f->held = h->next;
        f->n_held--;
        w->held -= h->n;
        take_bytes(w, c, side, h->seq, wu_slice_of(h->bytes, h->n), h->length);
        g_free(h);
    }
}

static void
hold(wu_watch *w, connection *c, enum wu_side side, const segment *s)
{
    flow *f = &c->flow[side];
    held_segment **place = &f->held;

    if (f->n_held >= MAX_HELD || w->held + s->payload.n > WU_WATCH_HELD) {
        take_held(w, c, side, true);
        take_bytes(w, c, side, s->seq, s->payload, s->length);
        return;
    }
    while (*place && (int32_t)((*place)->seq - s->seq) <= 0)
        place = &(*place)->next;
    held_segment *h = (held_segment *)g_malloc(sizeof *h + s->payload.n);
    h->next = *place;
    h->seq = s->seq;
    h->n = s->payload.n;
    h->length = s->length;
    if (h->n)
        memcpy(h->bytes, s->payload.p, h->n);
    *place = h;
    f->n_held++;
    w->held += h->n;
}

void
watch_acknowledge(wu_watch *w, connection *c, enum wu_side side, uint32_t ack)
{
    flow *f = &c->flow[side];

    if (!f->valid) {
        f->valid = true;
        f->next = ack;
    }
    if ((int32_t)(ack - f->next) <= 0 || f->fin)
        return;
    take_held(w, c, side, false);
    while (f->held && (int32_t)(ack - f->held->seq) > 0) {
        read_gap(w, c, side, f->held->seq - f->next);
        f->next = f->held->seq;
        take_held(w, c, side, false);
    }
    if ((int32_t)(ack - f->next) > 0) {
        read_gap(w, c, side, ack - f->next);
        f->next = ack;
    }
}

/* Zeros that fill up a frame of Ethernet, where the length of IP counts them (some network cards do that): no bytes of the
 * connection, the next segment has the same number. */
static bool
is_padding(const segment *s)
{
    static const uint8_t zeros[MAX_PADDING];
    return s->payload.n && s->payload.n <= MAX_PADDING && s->length == s->payload.n && !memcmp(s->payload.p, zeros, s->payload.n);
}

void
watch_payload(wu_watch *w, connection *c, enum wu_side side, const segment *s)
{
    flow *f = &c->flow[side];

    if (!f->valid) {
        f->valid = true;
        f->next = s->seq;
    }
    if ((int32_t)(s->seq - f->next) > 0) {
        hold(w, c, side, s);
        return;
    }
    if (is_padding(s))
        return;
    if (s->length == 1 && f->next - s->seq == 1)
        return; /* a probe that keeps the connection alive */
    take_bytes(w, c, side, s->seq, s->payload, s->length);
    take_held(w, c, side, false);
    f->data_time = w->time;
}

void
watch_take_held(wu_watch *w, connection *c, enum wu_side side)
{
    take_held(w, c, side, true);
}
