/* fuzz_connection.c
 * The watch over connections: packets in any order, and what it tells of them.
 *
 * FF FE and a letter begin a packet: T of TCP, U of UDP, I of ICMP, S the end of a segment, D what was decrypted of the segment before, X an exchange that was
 * seen on it, G an IP packet as it stands there that is looked at. The byte behind the letter holds options: bits 0 and 1 the server, 2 that the server sends, 3 IPv6, 4 to 7 the seconds
 * that went by. For T follow ports' choice and flags (one byte each) and the payload, whose sequence numbers go on by themselves
 * unless a bit of the ports' byte says otherwise; for U and I the bytes themselves.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "../bytes.h"
#include "fuzz.h"
#include "connection.h"

enum { SYN = 2, FIN = 1, ACK = 16 };

typedef struct {
    wu_watch *watch;
    wu_packet last;
    uint8_t bytes[20 + 4096];
    uint32_t next[16][2];
    uint32_t frame;
    int64_t time;
} state;

static void
set_addresses(state *s, uint8_t options)
{
    static const uint8_t client[16] = { 0x20, 1, 0x0d, 0xb8 };
    uint8_t server[16] = { 192, 0, 2, (uint8_t)(100 + (options & 3)) };
    size_t n = options & 8 ? 16 : 4;
    wu_address a = wu_address_of(client, n), b = wu_address_of(server, n);
    bool by_server = options & 4;

    s->last.source = by_server ? b : a;
    s->last.destination = by_server ? a : b;
}

static void
set_tcp(state *s, uint8_t options, wu_slice in)
{
    static const uint16_t ports[] = { 8530, 443, 80, 53 };
    uint8_t choice = in.n ? in.p[0] : 0, flags = in.n > 1 ? in.p[1] & 0x17 : ACK;
    wu_slice payload = wu_slice_from(in, 2);
    unsigned side = options >> 2 & 1, number = (options & 3) << 2 | (choice >> 2 & 3);
    uint32_t *next = s->next[number];

    if (payload.n > 4096)
        payload.n = 4096;
    memset(s->bytes, 0, 20);
    put16(s->bytes + 2 * side, 50000 + (choice >> 2 & 3));
    put16(s->bytes + 2 - 2 * side, ports[choice & 3]);
    put32(s->bytes + 4, next[side] + (choice & 0x10 ? 5 : 0) - (choice & 0x20 ? 5 : 0));
    put32(s->bytes + 8, next[1 - side] + (choice & 0x40 ? 9 : 0));
    s->bytes[12] = 5 << 4;
    s->bytes[13] = flags;
    if (payload.n)
        memcpy(s->bytes + 20, payload.p, payload.n);
    next[side] += (uint32_t)payload.n + (flags & (SYN | FIN) ? 1 : 0);
    s->last.length = 20 + payload.n;
    s->last.bytes = wu_slice_of(s->bytes, choice & 0x80 ? 20 + payload.n / 2 : 20 + payload.n);
}

static void
feed(state *s, uint8_t kind, wu_slice in)
{
    uint8_t options = in.n ? in.p[0] : 0;
    wu_slice rest = wu_slice_from(in, 1);

    s->time += (options >> 4) * INT64_C(500000000) + 1;
    s->last.frame = ++s->frame;
    s->last.time = s->time;
    if (kind == 'D' && s->last.length >= 20) {
        wu_watch_wants_decrypted(s->watch, &s->last);
        wu_watch_decrypted(s->watch, &s->last, rest);
        return;
    }
    if (kind == 'S')
        wu_watch_settle(s->watch);
    if (kind == 'X' && s->last.length >= 20) {
        wu_watch_exchange(s->watch, &s->last, rest.n < 64 ? rest : wu_slice_of(rest.p, 64), options & 1, options & 2);
        return;
    }
    if (kind == 'G') {
        wu_watch_glance(s->watch, rest, s->time);
        wu_watch_glance_names(s->watch, rest, s->frame, s->time);
        return;
    }
    set_addresses(s, options);
    if (kind == 'T') {
        set_tcp(s, options, rest);
        wu_watch_tcp(s->watch, &s->last);
        return;
    }
    wu_packet packet = s->last;
    packet.bytes = rest;
    packet.length = rest.n;
    if (kind == 'U')
        wu_watch_udp(s->watch, &packet);
    else
        wu_watch_icmp(s->watch, &packet);
}

static void
check(state *s)
{
    const wu_connection_outcome *const *all, *const *told;
    wu_transport_code codes[WU_TRANSPORT_MAX_CODES];
    unsigned n = wu_watch_all(s->watch, &all), again = 0, late = 0;

    for (unsigned i = 0; i < n; i++) {
        const wu_connection_outcome *o = all[i];
        HOLDS(o->frame && o->first_frame <= o->frame && o->told_frame >= o->frame && o->told_frame <= s->frame);
        HOLDS(o->known_by && o->name && o->detail && o->certificate.subject && *wu_outcome_name(o->outcome));
        HOLDS(o->reporters && (o->reporters & ~WU_REPORTS_NOTHING) < 1 << WU_REPORTERS && *wu_phase_name(o->phase));
        HOLDS(!o->recovered_frame || o->recovered_frame >= o->frame);
        unsigned count = wu_transport_codes(o, codes), mains = 0;
        for (unsigned k = 0; k < count; k++)
            mains += codes[k].main;
        HOLDS(count <= WU_TRANSPORT_MAX_CODES && mains <= 1 && (mains || !count));
        late += !o->recovered_frame;
    }
    for (uint32_t frame = 1; frame <= s->frame; frame++)
        again += wu_watch_outcomes(s->watch, frame, true, &told);
    HOLDS(again == late);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wu_slice in = wu_slice_of(data, size);
    static state s;

    memset(&s, 0, sizeof s);
    s.watch = wu_watch_new("own.example,192.0.2.103:80", "8530-8531");
    s.time = INT64_C(1772438400000000000);
    for (size_t i = 0; i + 3 <= in.n;) {
        if (in.p[i] != 0xff || in.p[i + 1] != 0xfe) {
            i++;
            continue;
        }
        size_t end = i + 3;
        while (end < in.n && !(in.p[end] == 0xff && end + 1 < in.n && in.p[end + 1] == 0xfe))
            end++;
        feed(&s, in.p[i + 2], wu_slice_of(in.p + i + 3, end - i - 3));
        i = end;
    }
    wu_watch_end(s.watch);
    check(&s);
    wu_watch_free(s.watch);
    return 0;
}
