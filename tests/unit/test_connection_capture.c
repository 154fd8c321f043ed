/* test_connection_capture.c
 * The watch over connections, fed with the packets of a sample capture as they are, cut short, and with losses.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>

#include "connection.h"
#include "tcp_segment.h"
#include "unit.h"

#define RECORD(text) { text, sizeof text - 1 }
#define OUTCOMES (WU_CONNECTION_REDIRECT_LOOP + 1)

static uint32_t
little32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* How a capture is fed. */
typedef struct {
    size_t snap;         /* bytes of a frame that are there; 0: all of them */
    unsigned lost;       /* every n-th frame is missing; 0: none */
    unsigned late;       /* every n-th frame comes after the next one; 0: none */
    uint32_t damage;     /* seed of the bytes that are changed; 0: none */
    bool decrypted;      /* something is there for what is decrypted */
    bool exchanges;      /* every segment is said to be of an exchange */
    bool names_by_tcp;   /* messages of DNS come over TCP */
    uint8_t alert;       /* description of the alerts of TLS in clear; 0: as they are */
    bool glance;         /* what tells nothing at a glance is not fed */
    GString *text;       /* what was told is written here, one outcome a line; NULL: not wanted */
    unsigned *spared;    /* counts the segments that were not fed; NULL: not wanted */
    const char *servers; /* preference */
} feeding;

static void
put(uint8_t *out, unsigned n, uint32_t value)
{
    while (n--) {
        out[n] = (uint8_t)value;
        value >>= 8;
    }
}

/* A message of DNS, its header of UDP in front, as one of TCP on a connection of its own. */
static void
feed_by_tcp(wu_watch *w, const wu_packet *udp)
{
    uint8_t bytes[2048] = { 0 };
    size_t n = udp->bytes.n > 8 && udp->bytes.n < 1500 ? udp->bytes.n - 8 : 0;
    bool query = n && udp->bytes.p[2] == 0 && udp->bytes.p[3] == 53;
    wu_packet packet = *udp;

    memcpy(bytes, udp->bytes.p, n ? 4 : 0);
    bytes[12] = 0x50;
    packet.bytes = wu_slice_of(bytes, 20);
    packet.length = 20;
    put(bytes + 4, 4, 100);
    bytes[13] = query ? 0x02 : 0x12;
    put(bytes + 8, 4, query ? 0 : 101);
    wu_watch_tcp(w, &packet);
    put(bytes + 4, 4, 101);
    bytes[13] = 0x10;
    put(bytes + 20, 2, (uint32_t)n);
    memcpy(bytes + 22, udp->bytes.p + 8, n);
    packet.bytes.n = packet.length = 22 + n;
    wu_watch_tcp(w, &packet);
    put(bytes + 4, 4, 101 + 2 + (uint32_t)n); /* the same behind it, cut off */
    packet.bytes.n = packet.length = 22 + n / 2;
    wu_watch_tcp(w, &packet);
}

/* Bytes that TLS may have held: an alert, a head with a body, a certificate of nothing, and nonsense. */
static void
feed_decrypted(wu_watch *w, const wu_packet *packet)
{
    static const struct { const char *bytes; size_t n; } records[] = {
        RECORD("\2\60"), RECORD("GET /a.cab HTTP/1.1\r\nHost: wsus.example.test\r\n\r\n"),
        RECORD("HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\nno"), RECORD("\13\0\0\7\0\0\3\0\0\0\0"),
        RECORD("\1\0"), RECORD("\24\0\0\4abcd"), RECORD("\15\0\0\5\0\0\2\0\0"), RECORD("HTTP/1.1 200 OK\r\n\r\n"), RECORD("x"),
    };

    if (wu_watch_wants_decrypted(w, packet)) {
        size_t i = packet->frame % (sizeof records / sizeof *records);
        wu_watch_decrypted(w, packet, wu_slice_of(records[i].bytes, records[i].n));
    }
}

static void
feed_tcp(wu_watch *w, const wu_packet *packet)
{
    wu_watch_tcp(w, packet);
}

static void
feed_udp(wu_watch *w, const wu_packet *packet)
{
    wu_watch_udp(w, packet);
}

static void
feed(wu_watch *w, uint32_t frame, int64_t time, wu_slice ethernet, const feeding *how)
{
    wu_slice ip = wu_slice_from(ethernet, 14);
    size_t at, end;
    bool v6 = ip.n && ip.p[0] >> 4 == 6;

    if (ip.n < 40)
        return;
    wu_packet packet = { .frame = frame, .time = time };
    packet.source = wu_address_of(ip.p + (v6 ? 8 : 12), v6 ? 16 : 4);
    packet.destination = wu_address_of(ip.p + (v6 ? 24 : 16), v6 ? 16 : 4);
    static const struct { uint8_t protocol; void (*function)(wu_watch *, const wu_packet *); } hooks[] = {
        { IP_TCP, feed_tcp }, { IP_UDP, feed_udp }, { 1, wu_watch_icmp }, { 58, wu_watch_icmp },
    };
    bool spared = how->glance && (wu_watch_glance(w, ip, time) != WU_GLANCE_READ || wu_watch_glance_names(w, ip, frame, time));
    if (spared)
        ++*how->spared;
    for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++)
        if (wu_ip_find(ip, hooks[i].protocol, &at, &end) && end >= at) {
            packet.bytes = wu_slice_from(wu_slice_of(ip.p, ip.n < end ? ip.n : end), at);
            packet.length = end - at;
            if (how->names_by_tcp && hooks[i].protocol == IP_UDP && packet.bytes.n > 8)
                feed_by_tcp(w, &packet);
            else if (!spared)
                hooks[i].function(w, &packet);
            if (how->decrypted && hooks[i].protocol == IP_TCP)
                feed_decrypted(w, &packet);
            if (how->exchanges && hooks[i].protocol == IP_TCP && frame % 5 == 0)
                wu_watch_exchange(w, &packet, wu_slice_text("wsus.example.test"), frame % 2, true);
            wu_watch_settle(w);
        }
}

static void
damage(uint8_t *bytes, size_t n, uint32_t *random)
{
    for (size_t i = 14; i < n; i++) {
        *random = *random * 1664525u + 1013904223u;
        if (*random >> 24 < 2)
            bytes[i] ^= (uint8_t)(*random >> 16);
    }
}

/* Reads the enhanced packet blocks of a file of pcapng. Counts the outcomes. */
static void
watch_capture(const char *name, const feeding *how, unsigned count[OUTCOMES])
{
    struct { int64_t time; wu_slice bytes; } kept = { 0, { NULL, 0 } };
    uint32_t random = how->damage;

    char *path = g_build_filename(UNIT_CAPTURES, name, NULL), *bytes = NULL;
    gsize n = 0;
    uint32_t frame = 0;
    wu_watch *w = wu_watch_new(how->servers ? how->servers : "", "8530-8531");
    const wu_connection_outcome *const *outcomes;

    CHECK(g_file_get_contents(path, &bytes, &n, NULL));
    for (size_t at = 0; at + 12 <= n;) {
        uint8_t *block = (uint8_t *)bytes + at;
        uint32_t length = little32(block + 4), captured = length >= 32 ? little32(block + 20) : 0;
        if (length < 12 || length > n - at)
            break;
        if (little32(block) == 6 && captured <= length - 32 && (++frame, !how->lost || frame % how->lost)) {
            int64_t time = (int64_t)((uint64_t)little32(block + 12) << 32 | little32(block + 16));
            size_t there = how->snap && captured > how->snap ? how->snap : captured;
            if (how->alert)
                for (size_t i = 54; i + 7 <= there; i++)
                    if (block[28 + i] == 0x15 && block[29 + i] == 3 && !block[31 + i] && block[32 + i] == 2)
                        block[34 + i] = how->alert;
            if (how->damage)
                damage(block + 28, there, &random);
            if (how->late && frame % how->late == 0 && !kept.bytes.n) {
                kept.time = time;
                kept.bytes = wu_slice_of(block + 28, there);
            } else {
                feed(w, frame, time, wu_slice_of(block + 28, there), how);
                if (kept.bytes.n)
                    feed(w, frame, kept.time, kept.bytes, how);
                kept.bytes.n = 0;
            }
        }
        at += length;
    }
    wu_watch_end(w);
    memset(count, 0, OUTCOMES * sizeof *count);
    for (uint32_t f = 1; f <= frame; f++)
        for (unsigned i = 0, found = wu_watch_outcomes(w, f, true, &outcomes); i < found; i++)
            count[outcomes[i]->outcome]++;
    for (unsigned i = 0, told = how->text ? wu_watch_all(w, &outcomes) : 0; i < told; i++)
        g_string_append_printf(how->text, "%u %u %u %u %s %s %s %u\n", outcomes[i]->first_frame, outcomes[i]->frame, outcomes[i]->told_frame,
                               outcomes[i]->recovered_frame, wu_outcome_name(outcomes[i]->outcome), outcomes[i]->name,
                               outcomes[i]->detail, outcomes[i]->known_by);
    wu_watch_free(w);
    g_free(bytes);
    g_free(path);
}

static void
tells_the_outcomes_of_a_capture(void)
{
    /* as tshark tells them, but for one server that only an exchange shows to be one of Windows Update */
    static const unsigned expected[OUTCOMES] = {
        [WU_CONNECTION_OK] = 1, [WU_CONNECTION_NAME_NOT_RESOLVED] = 2, [WU_CONNECTION_DNS_FAILED] = 2,
        [WU_CONNECTION_DNS_NO_ANSWER] = 1, [WU_CONNECTION_REFUSED] = 2, [WU_CONNECTION_NO_ANSWER] = 1,
        [WU_CONNECTION_UNREACHABLE] = 1, [WU_CONNECTION_RESET] = 2, [WU_CONNECTION_CLOSED_EARLY] = 3, [WU_CONNECTION_IDLE] = 1,
        [WU_CONNECTION_TLS_ALERT] = 1, [WU_CONNECTION_TLS_CLOSED] = 5, [WU_CONNECTION_CERTIFICATE_REJECTED] = 1,
        [WU_CONNECTION_CLIENT_CERTIFICATE] = 1, [WU_CONNECTION_TUNNEL_REFUSED] = 2, [WU_CONNECTION_NOT_HTTP] = 1,
        [WU_CONNECTION_NOT_SOAP] = 2, [WU_CONNECTION_REDIRECT_LOOP] = 1,
    };
    unsigned count[OUTCOMES];

    watch_capture("connections.pcapng", &(feeding){ .snap = 0 }, count);
    for (unsigned i = 0; i < OUTCOMES; i++)
        CHECK_EQ(count[i], expected[i]);
}

/* What is not there is not claimed: never more than with all of it. */
static void
claims_nothing_of_what_is_cut(void)
{
    unsigned whole[OUTCOMES], cut[OUTCOMES];

    watch_capture("connections.pcapng", &(feeding){ .snap = 0 }, whole);
    watch_capture("connections.pcapng", &(feeding){ .snap = 96 }, cut);
    for (unsigned i = 0; i < OUTCOMES; i++)
        CHECK(cut[i] <= whole[i]);
    for (unsigned lost = 2; lost < 12; lost++) { /* no crash, and nothing beyond what there are connections for */
        unsigned sum = 0, all = 0;
        watch_capture("connections.pcapng", &(feeding){ .lost = lost }, cut);
        for (unsigned i = 0; i < OUTCOMES; i++) {
            sum += cut[i];
            all += whole[i];
        }
        CHECK(sum <= 2 * all);
    }
}

/* Segments that come late, bytes that are changed, decrypted records of every kind: no crash, and no more outcomes than there are
 * connections and look-ups. */
static void
survives_what_is_odd(void)
{
    static const char *const captures[] = { "connections.pcapng", "tls.pcapng", "http2-streams.pcapng", "status.pcapng",
                                            "pages.pcapng", "incomplete.pcapng" };
    unsigned count[OUTCOMES];

    for (size_t i = 0; i < sizeof captures / sizeof *captures; i++)
        for (uint32_t seed = 0; seed < 24; seed++) {
            feeding how = { .late = seed % 4, .damage = seed / 2, .decrypted = seed % 3 == 0, .exchanges = seed % 5 == 0,
                            .servers = seed % 7 ? "" : "wsus.example.test:8530,127.0.0.21,192.0.2.1" };
            unsigned sum = 0;
            watch_capture(captures[i], &how, count);
            for (unsigned j = 0; j < OUTCOMES; j++)
                sum += count[j];
            CHECK(sum < 400);
        }
}

/* What is not fed because it tells nothing at a glance makes no difference: whole, with losses, late, cut and damaged. */
static void
tells_the_same_at_a_glance(void)
{
    static const char *const captures[] = { "connections.pcapng", "tls.pcapng", "status.pcapng", "http2-streams.pcapng" };
    unsigned count[OUTCOMES], spared = 0;

    for (size_t i = 0; i < sizeof captures / sizeof *captures; i++)
        for (uint32_t seed = 0; seed < 16; seed++) {
            feeding how = { .late = seed % 4, .damage = seed / 4, .lost = seed % 5 == 4 ? 7 : 0, .snap = seed % 3 == 2 ? 96 : 0,
                            .exchanges = seed % 5 == 0, .text = g_string_new(NULL), .spared = &spared };
            watch_capture(captures[i], &how, count);
            GString *all = how.text;
            how.text = g_string_new(NULL);
            how.glance = true;
            watch_capture(captures[i], &how, count);
            CHECK_TEXT(how.text->str, all->str);
            CHECK(seed || i || all->len);
            g_string_free(how.text, TRUE);
            g_string_free(all, TRUE);
        }
    CHECK(spared > 1000);
}

static void
reads_preferences(void)
{
    wu_watch *w = wu_watch_new(" , WSUS.example:8530,", "80 - 90,x,70000-70001,9-5,443");

    CHECK_EQ(wu_watch_told(w), 0);
    wu_watch_end(w);
    wu_watch_free(w);
    wu_watch_free(NULL);
}

/* Whatever an alert says, it is one; and names over TCP fail as those over UDP. */
static void
tells_alerts_and_names_over_tcp(void)
{
    static const uint8_t alerts[] = { 42, 43, 44, 45, 46, 48, 49, 50, 51, 70, 71, 80, 86, 90, 112, 113, 116, 200 };
    unsigned whole[OUTCOMES], count[OUTCOMES];

    watch_capture("connections.pcapng", &(feeding){ .snap = 0 }, whole);
    for (size_t i = 0; i < sizeof alerts; i++) {
        watch_capture("connections.pcapng", &(feeding){ .alert = alerts[i] }, count);
        CHECK_EQ(count[WU_CONNECTION_REFUSED], whole[WU_CONNECTION_REFUSED]);
        CHECK(count[WU_CONNECTION_TLS_ALERT] + count[WU_CONNECTION_CERTIFICATE_REJECTED] + count[WU_CONNECTION_CLIENT_CERTIFICATE] +
                  count[WU_CONNECTION_TLS_CLOSED] > 0);
    }
    watch_capture("connections.pcapng", &(feeding){ .names_by_tcp = true }, count);
    CHECK(count[WU_CONNECTION_NAME_NOT_RESOLVED] > 0);
    CHECK(count[WU_CONNECTION_NAME_NOT_RESOLVED] <= whole[WU_CONNECTION_NAME_NOT_RESOLVED]);
}

const unit_case unit_connection_capture_cases[] = {
    { "connection: tells the outcomes of a capture", tells_the_outcomes_of_a_capture },
    { "connection: claims nothing of what is cut", claims_nothing_of_what_is_cut },
    { "connection: survives what is odd", survives_what_is_odd },
    { "connection: tells the same at a glance", tells_the_same_at_a_glance },
    { "connection: reads preferences", reads_preferences },
    { "connection: tells alerts, and names over TCP", tells_alerts_and_names_over_tcp },
    { NULL, NULL },
};
