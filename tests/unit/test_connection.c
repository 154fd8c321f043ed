/* test_connection.c
 * Outcomes of connections, from sequences of packets.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>

#include "../bytes.h"
#include "connection.h"
#include "unit.h"

enum { FIN = 0x01, SYN = 0x02, RST = 0x04, ACK = 0x10 };

static const char client_text[] = "192.0.2.20", server_text[] = "192.0.2.103", resolver_text[] = "192.0.2.53";

static wu_watch *watch;
static uint32_t frame;
static int64_t now;

static void
begin(void)
{
    watch = wu_watch_new("sus.example, 192.0.2.200:80", "8530-8531");
    frame = 0;
    now = INT64_C(1772438400000000000);
}

static void
end(void)
{
    wu_watch_free(watch);
}

static void
later(double seconds)
{
    now += (int64_t)(seconds * 1e9);
}

static wu_address
address(const char *text)
{
    wu_address a = { 0 };
    wu_address_read(wu_slice_text(text), &a);
    return a;
}

/* ---- a connection ---- */

typedef struct {
    const char *address[2]; /* client, server */
    uint16_t port[2];
    uint32_t next[2];
} pair;

static wu_packet
packet_of(const pair *p, unsigned side, uint8_t *bytes, size_t n)
{
    wu_packet packet = { .frame = ++frame, .time = now, .bytes = wu_slice_of(bytes, n), .length = n };

    packet.source = address(p->address[side]);
    packet.destination = address(p->address[1 - side]);
    later(0.001);
    return packet;
}

static wu_packet
segment(const pair *p, unsigned side, uint8_t flags, uint32_t seq, wu_slice payload, uint8_t bytes[4096])
{
    memset(bytes, 0, 20);
    put16(bytes, p->port[side]);
    put16(bytes + 2, p->port[1 - side]);
    put32(bytes + 4, seq);
    put32(bytes + 8, flags & ACK ? p->next[1 - side] : 0);
    bytes[12] = 5 << 4;
    bytes[13] = flags;
    if (payload.n)
        memcpy(bytes + 20, payload.p, payload.n);
    return packet_of(p, side, bytes, 20 + payload.n);
}

static void
send_bytes(pair *p, unsigned side, uint8_t flags, wu_slice payload)
{
    uint8_t bytes[4096];
    wu_packet packet = segment(p, side, flags, p->next[side], payload, bytes);

    wu_watch_tcp(watch, &packet);
    p->next[side] += (uint32_t)payload.n + (flags & (SYN | FIN) ? 1 : 0);
}

static void
send(pair *p, unsigned side, uint8_t flags, const char *text)
{
    send_bytes(p, side, flags, wu_slice_text(text));
}

/* A SYN; sent once more by sending it with the number of the first one. */
static pair
syn(const char *server, uint16_t port)
{
    static uint16_t client_port = 50000;
    bool ipv6 = strchr(server, ':') != NULL;
    pair p = { { ipv6 ? "2001:db8::20" : client_text, server }, { client_port++, port }, { 1000, 5000 } };

    send(&p, 0, SYN, "");
    return p;
}

static void
syn_again(pair *p)
{
    p->next[0]--;
    send(p, 0, SYN, "");
}

static pair
connect_to(const char *server, uint16_t port)
{
    pair p = syn(server, port);

    send(&p, 1, SYN | ACK, "");
    send(&p, 0, ACK, "");
    return p;
}

/* ---- names ---- */

static wu_packet
dns(const char *name, unsigned type, int rcode, const char *answer, uint8_t bytes[512])
{
    static const pair ends = { { client_text, resolver_text }, { 40000, 53 }, { 0, 0 } };
    size_t n = 8 + 12;
    wu_address a = address(answer ? answer : "");
    bool response = rcode >= 0;

    memset(bytes, 0, 512);
    put16(bytes, ends.port[response]);
    put16(bytes + 2, ends.port[!response]);
    put16(bytes + 8, 0x1111 + type);
    put16(bytes + 10, response ? 0x8180 | (unsigned)rcode : 0x0100);
    put16(bytes + 12, 1);
    put16(bytes + 14, a.n > 0);
    for (const char *label = name; *label;) {
        size_t length = strcspn(label, ".");
        bytes[n++] = (uint8_t)length;
        memcpy(bytes + n, label, length);
        n += length;
        label += length + (label[length] == '.');
    }
    n++;
    put16(bytes + n, type);
    put16(bytes + n + 2, 1);
    n += 4;
    if (a.n) {
        put16(bytes + n, 0xc00c);
        put16(bytes + n + 2, type);
        put16(bytes + n + 4, 1);
        put16(bytes + n + 10, a.n);
        memcpy(bytes + n + 12, a.bytes, a.n);
        n += 12 + a.n;
    }
    return packet_of(&ends, response, bytes, n);
}

static bool glancing; /* names are looked at in their packets first */
static unsigned spared;

/* Puts a packet of UDP in one of IP, with so many bytes of options or extension headers, and looks at that. */
static bool
glance_at_names(const wu_packet *packet, size_t options)
{
    bool v6 = packet->source.n == 16;
    size_t header = v6 ? 40 : 20, all = header + options + packet->bytes.n, length = v6 ? all - 40 : all;
    uint8_t ip[40 + 8 + 512] = { v6 ? 0x60 : (uint8_t)(0x45 + options / 4) };

    put16(ip + (v6 ? 4 : 2), (unsigned)length);
    ip[v6 ? 6 : 9] = v6 && options ? 0 : 17;
    ip[40] = v6 && options ? 17 : 0;
    memcpy(ip + (v6 ? 8 : 12), packet->source.bytes, packet->source.n);
    memcpy(ip + (v6 ? 24 : 16), packet->destination.bytes, packet->source.n);
    memcpy(ip + header + options, packet->bytes.p, packet->bytes.n);
    return wu_watch_glance_names(watch, wu_slice_of(ip, all), packet->frame, packet->time);
}

static void
feed_names(const wu_packet *packet)
{
    if (glancing && glance_at_names(packet, 0))
        spared++;
    else
        wu_watch_udp(watch, packet);
}

static void
ask(const char *name, unsigned type)
{
    uint8_t bytes[512];
    wu_packet packet = dns(name, type, -1, NULL, bytes);
    feed_names(&packet);
}

static void
answer(const char *name, unsigned type, int rcode, const char *text)
{
    uint8_t bytes[512];
    wu_packet packet = dns(name, type, rcode, text, bytes);
    feed_names(&packet);
}

static void
resolve(const char *name, const char *to)
{
    unsigned type = strchr(to, ':') ? 28 : 1;
    ask(name, type);
    answer(name, type, 0, to);
}

/* ---- checks ---- */

/* Everything that was told, but for what turned out to be none: "frame phase name:port outcome (reason)", one a line. */
static void
check_told(const char *expected)
{
    static const char *const reasons[] = { "not", "name", "port", "exchange", "preference" };
    GString *got = g_string_new(NULL);
    const wu_connection_outcome *const *all;

    wu_watch_settle(watch);
    unsigned n = wu_watch_all(watch, &all);

    for (unsigned i = 0; i < n; i++)
        if (!all[i]->recovered_frame && all[i]->outcome)
            g_string_append_printf(got, "%s%u %s %s:%u %s (%s)", got->len ? "\n" : "", all[i]->frame, wu_phase_name(all[i]->phase),
                                   all[i]->name, all[i]->port, wu_outcome_name(all[i]->outcome), reasons[all[i]->known_by]);
    CHECK_TEXT(got->str, expected);
    g_string_free(got, TRUE);
}

/* ---- names ---- */

static void
names_that_fail(void)
{
    begin();
    ask("wsus.example", 1);
    answer("wsus.example", 1, 3, NULL);
    ask("wsus.example.corp.example", 1); /* the search list: the same failure */
    answer("wsus.example.corp.example", 1, 3, NULL);
    ask("srv-wsus1.example", 1);
    answer("srv-wsus1.example", 1, 2, NULL);
    ask("wsus3.example", 1);
    answer("wsus3.example", 1, 5, NULL);
    ask("wsus4.example", 1);
    answer("wsus4.example", 1, 0, NULL);
    ask("shop.example", 1);
    answer("shop.example", 1, 3, NULL);
    check_told("2 Resolve wsus.example:0 Name not resolved (name)\n6 Resolve srv-wsus1.example:0 DNS failed (name)\n"
               "8 Resolve wsus3.example:0 DNS failed (name)\n10 Resolve wsus4.example:0 Name not resolved (name)");
    end();
}

static void
names_that_do_not(void)
{
    begin();
    ask("wsus.example", 1);
    ask("wsus.example", 28);
    answer("wsus.example", 28, 2, NULL); /* IPv6 fails, IPv4 works */
    answer("wsus.example", 1, 0, server_text);
    ask("wsus2.example", 28);
    answer("wsus2.example", 28, 0, NULL);
    resolve("wsus2.example", server_text);
    ask("wsus3", 1); /* found with the search list */
    answer("wsus3", 1, 3, NULL);
    resolve("wsus3.example", "192.0.2.9");
    check_told("");
    end();
}

static void
names_without_answer(void)
{
    begin();
    ask("wsus.example", 1);
    later(1);
    ask("wsus.example", 1);
    check_told(""); /* it may come yet */
    later(2);
    ask("other.example", 1);
    check_told("2 Resolve wsus.example:0 DNS no answer (name)");
    end();
    begin();
    ask("wsus.example", 1);
    later(1);
    ask("wsus.example", 1);
    later(0.5);
    answer("wsus.example", 1, 0, server_text);
    later(2);
    ask("other.example", 1);
    wu_watch_end(watch);
    check_told("");
    end();
}

/* ---- connections that are not made ---- */

static void
refused_connections(void)
{
    begin();
    pair p = syn(server_text, 8530);
    send(&p, 1, RST | ACK, "");
    syn_again(&p); /* as Windows does */
    send(&p, 1, RST | ACK, "");
    p = syn(server_text, 443);
    send(&p, 1, RST | ACK, "");
    p = syn("192.0.2.200", 80);
    send(&p, 1, RST | ACK, "");
    resolve("sus.example", "192.0.2.201");
    p = syn("192.0.2.201", 8080);
    send(&p, 1, RST | ACK, "");
    resolve("download.windowsupdate.com", "192.0.2.202");
    p = syn("192.0.2.202", 22); /* a service that the name says nothing of */
    send(&p, 1, RST | ACK, "");
    p = syn("192.0.2.202", 80);
    p.next[0] += 7; /* of another connection */
    send(&p, 1, RST | ACK, "");
    p.next[0] -= 7;
    send(&p, 1, RST | ACK, "");
    check_told("2 Connect 192.0.2.103:8530 Refused (port)\n8 Connect 192.0.2.200:80 Refused (preference)\n"
               "12 Connect sus.example:8080 Refused (preference)\n19 Connect download.windowsupdate.com:80 Refused (name)");
    end();
}

static void
silent_connections(void)
{
    begin();
    pair p = syn(server_text, 8530);
    later(1);
    syn_again(&p);
    later(2);
    syn_again(&p);
    check_told("");
    later(2);
    syn("192.0.2.9", 9999);
    check_told("3 Connect 192.0.2.103:8530 No answer (port)");
    end();
    begin(); /* the third one has an answer */
    p = syn(server_text, 8530);
    later(1);
    syn_again(&p);
    later(2);
    syn_again(&p);
    send(&p, 1, SYN | ACK, "");
    later(5);
    syn("192.0.2.9", 9999);
    wu_watch_end(watch);
    check_told("");
    end();
}

static void
unreachable_servers(void)
{
    uint8_t bytes[64] = { 3, 1, 0, 0, 0, 0, 0, 0, 0x45 };

    begin();
    pair p = syn(server_text, 8530);
    wu_address from = address(p.address[0]), to = address(p.address[1]);
    bytes[8 + 9] = 6;
    memcpy(bytes + 8 + 12, from.bytes, 4);
    memcpy(bytes + 8 + 16, to.bytes, 4);
    put16(bytes + 28, p.port[0]);
    put16(bytes + 30, p.port[1]);
    for (size_t n = 0; n <= 36; n++) { /* cut off: nothing is told */
        wu_packet packet = packet_of(&p, 1, bytes, n);
        wu_watch_icmp(watch, &packet);
        if (n < 36)
            check_told("");
    }
    check_told("38 Connect 192.0.2.103:8530 Unreachable (port)");
    send(&p, 1, SYN | ACK, ""); /* it is reached after all */
    check_told("");
    end();
}

static void
other_addresses(void)
{
    begin();
    resolve("wsus.example", server_text);
    resolve("wsus.example", "2001:db8::103");
    pair p = syn("2001:db8::103", 8530);
    send(&p, 1, RST | ACK, "");
    check_told("");
    connect_to(server_text, 8530);
    wu_watch_end(watch);
    check_told("");
    p = syn("2001:db8::103", 8530);
    send(&p, 1, RST | ACK, "");
    wu_watch_end(watch);
    check_told(""); /* the one over IPv4 is there */
    end();
    begin();
    resolve("wsus.example", server_text);
    resolve("wsus.example", "2001:db8::103");
    p = syn("2001:db8::103", 8530);
    send(&p, 1, RST | ACK, "");
    p = syn(server_text, 8530); /* both fail: one failure */
    send(&p, 1, RST | ACK, "");
    wu_watch_end(watch);
    check_told("8 Connect wsus.example:8530 Refused (name)");
    end();
}

/* ---- servers that an exchange shows ---- */

static void
servers_known_later(void)
{
    const wu_connection_outcome *const *told;
    uint8_t bytes[4096];

    begin();
    pair p = syn("192.0.2.50", 80), other = syn("192.0.2.51", 80);
    send(&p, 1, RST | ACK, "");
    send(&other, 1, RST | ACK, "");
    ask("updates.example", 1);
    answer("updates.example", 1, 3, NULL);
    check_told("");
    p = connect_to("192.0.2.50", 80);
    wu_packet packet = segment(&p, 0, ACK, p.next[0], BYTES("POST /ClientWebService/client.asmx HTTP/1.1\r\n\r\n"), bytes);
    wu_watch_tcp(watch, &packet);
    wu_watch_exchange(watch, &packet, wu_slice_text("Updates.example:80"), true, true);
    check_told("3 Connect 192.0.2.50:80 Refused (exchange)\n6 Resolve updates.example:0 Name not resolved (exchange)");
    CHECK_EQ(wu_watch_outcomes(watch, frame, false, &told), 2); /* the first time: where it became known */
    CHECK_EQ(wu_watch_outcomes(watch, frame, true, &told), 0);
    CHECK_EQ(wu_watch_outcomes(watch, 3, false, &told), 0);
    CHECK_EQ(wu_watch_outcomes(watch, 3, true, &told), 1);      /* afterwards: where it happened */
    CHECK_EQ(told[0]->first_frame, 1);
    CHECK_EQ(told[0]->told_frame, frame);
    end();
}

static void
keeps_little(void)
{
    begin();
    for (unsigned i = 0; i < 3 * WU_WATCH_ATTEMPTS; i++) { /* a scan of ports */
        pair p = syn("192.0.2.50", (uint16_t)(20000 + i));
        send(&p, 1, RST | ACK, "");
    }
    for (unsigned i = 0; i < 2 * WU_WATCH_LOOKUPS; i++) {
        char name[32];
        g_snprintf(name, sizeof name, "host%u.example", i);
        ask(name, 1);
        answer(name, 1, 0, "192.0.2.60");
    }
    for (unsigned i = 0; i < 2 * WU_WATCH_CONNECTIONS; i++)
        syn("192.0.2.61", (uint16_t)(10000 + i));
    check_told("");
    end();
}

/* An exchange shows that a name is one of Windows Update. */
static void
exchange_with(const char *address, const char *host)
{
    uint8_t bytes[4096];
    pair p = connect_to(address, 80);
    wu_packet packet = segment(&p, 0, ACK, p.next[0], BYTES("POST /ClientWebService/client.asmx HTTP/1.1\r\n\r\n"), bytes);

    wu_watch_tcp(watch, &packet);
    wu_watch_exchange(watch, &packet, wu_slice_text(host), true, true);
}

/* Names of others are read when somebody asks: a connection to one of their addresses has the name, failures are told in the frames in
 * which they were, and a name that was known before, or is known by then, does not wait. */
static void
names_that_wait(void)
{
    begin();
    resolve("Srv1.corp.example", "192.0.2.71"); /* 1, 2 */
    ask("srv2.corp.example", 1);
    answer("srv2.corp.example", 1, 3, NULL);
    pair p = syn("192.0.2.71", 80);
    send(&p, 1, RST | ACK, "");
    ask("wsus.corp.example", 1);
    answer("wsus.corp.example", 1, 3, NULL);
    check_told("8 Resolve wsus.corp.example:0 Name not resolved (name)");
    later(100);
    resolve("srv3.corp.example", "2001:db8::71");
    exchange_with("192.0.2.90", "srv2.corp.example");
    exchange_with("192.0.2.91", "srv1.corp.example");
    ask("srv2.corp.example", 28); /* known by now */
    answer("srv2.corp.example", 28, 3, NULL);
    check_told("8 Resolve wsus.corp.example:0 Name not resolved (name)\n4 Resolve srv2.corp.example:0 Name not resolved (exchange)\n"
               "6 Connect srv1.corp.example:80 Refused (exchange)\n20 Resolve srv2.corp.example:0 Name not resolved (exchange)");
    end();
}

/* More of them than there is room for: the latest are there, the oldest are forgotten, at whatever place in the ring. */
static void
more_names_than_wait(void)
{
    for (unsigned extra = 0; extra < 40; extra++) {
        begin();
        ask("first.corp.example", 1);
        answer("first.corp.example", 1, 3, NULL);
        for (unsigned i = 0; i < 12000 + extra; i++) {
            char name[64];
            g_snprintf(name, sizeof name, "host%.*s%u.example", (int)(i % 23), "abcdefghijklmnopqrstuvw", i);
            resolve(name, "192.0.2.60");
        }
        uint32_t last = frame + 2;
        ask("last.corp.example", 1);
        answer("last.corp.example", 1, 3, NULL);
        for (unsigned i = 0; i < 400; i++)
            resolve("other.example", "192.0.2.60");
        exchange_with("192.0.2.90", "first.corp.example");
        check_told("");
        exchange_with("192.0.2.90", "last.corp.example");
        char *expected = g_strdup_printf("%u Resolve last.corp.example:0 Name not resolved (exchange)", last);
        check_told(expected);
        g_free(expected);
        end();
    }
}

/* The same outcomes when names are looked at first; most are spared. What is unusual has to be fed, and what is no message of DNS. */
static void
names_at_a_glance(void)
{
    uint8_t bytes[512];

    glancing = true;
    names_that_fail();
    names_that_do_not();
    names_without_answer();
    servers_known_later();
    names_that_wait();
    CHECK_EQ(spared, 8);
    begin();
    ask("srv2.corp.example", 1);
    answer("srv2.corp.example", 1, 3, NULL);
    CHECK_EQ(spared, 10);
    exchange_with("192.0.2.90", "srv2.corp.example");
    check_told("2 Resolve srv2.corp.example:0 Name not resolved (exchange)");
    const wu_connection_outcome *const *all;
    wu_watch_all(watch, &all);
    wu_address client = address(client_text), resolver = address(resolver_text);
    CHECK(wu_address_equal(&all[0]->client.address, &client));
    CHECK(wu_address_equal(&all[0]->server.address, &resolver));
    end();
    glancing = false;

    begin();
    wu_packet packet = dns("srv.corp.example", 1, -1, NULL, bytes);
    CHECK(glance_at_names(&packet, 0));
    CHECK(!glance_at_names(&packet, 8));
    packet.bytes.n--; /* the class is cut off */
    CHECK(!glance_at_names(&packet, 0));
    packet = dns("srv.corp.example", 15, -1, NULL, bytes); /* nobody needs mail exchangers */
    CHECK(glance_at_names(&packet, 0));
    packet = dns("wsus.corp.example", 1, -1, NULL, bytes);
    CHECK(!glance_at_names(&packet, 0));
    packet = dns("srv.corp.example", 1, -1, NULL, bytes);
    packet.source = address("2001:db8::20");
    packet.destination = address("2001:db8::53");
    CHECK(glance_at_names(&packet, 0));
    CHECK(!glance_at_names(&packet, 8));
    bytes[20] = 64; /* no label has this length */
    CHECK(!glance_at_names(&packet, 0));
    packet = dns("srv.corp.example", 1, -1, NULL, bytes);
    bytes[3] = 54;
    CHECK(!glance_at_names(&packet, 0));
    packet.bytes.n = 4;
    CHECK(!glance_at_names(&packet, 0));
    uint8_t fragment[60] = { 0x45, 0, 0, 60, 0, 0, 0x20, 0, 64, 17 };
    fragment[23] = 53;
    CHECK(!wu_watch_glance_names(watch, wu_slice_of(fragment, sizeof fragment), 1, now));
    end();
}

/* ---- what a host program keeps with a connection ---- */

static enum wu_glance
glance_at_text(const pair *p, unsigned side, uint8_t flags, const char *text, size_t n)
{
    uint8_t ip[20 + 20 + 64] = { 0x45, 0, 0, (uint8_t)(40 + n), 0, 0, 0, 0, 64, 6 };
    wu_address from = address(p->address[side]), to = address(p->address[1 - side]);

    memcpy(ip + 12, from.bytes, 4);
    memcpy(ip + 16, to.bytes, 4);
    put16(ip + 20, p->port[side]);
    put16(ip + 22, p->port[1 - side]);
    put32(ip + 24, p->next[side]);
    put32(ip + 28, p->next[1 - side]);
    ip[32] = 5 << 4;
    ip[33] = flags;
    memcpy(ip + 40, text, strlen(text));
    return wu_watch_glance(watch, wu_slice_of(ip, 40 + n), now);
}

static enum wu_glance
glance_at(const pair *p, unsigned side, uint8_t flags, size_t n)
{
    return glance_at_text(p, side, flags, "", n);
}

static void
glances(void)
{
    begin();
    pair p = syn("192.0.2.80", 80);
    CHECK_EQ(glance_at(&p, 1, ACK, 0), WU_GLANCE_READ); /* not made yet */
    send(&p, 1, SYN | ACK, "");
    send(&p, 0, ACK, "");
    CHECK_EQ(glance_at(&p, 0, ACK, 0), WU_GLANCE_BARE);
    CHECK_EQ(glance_at(&p, 0, ACK, 10), WU_GLANCE_READ); /* its first bytes */
    send(&p, 0, ACK, "something else");
    CHECK_EQ(glance_at(&p, 0, ACK, 10), WU_GLANCE_ENOUGH);
    CHECK_EQ(glance_at(&p, 1, ACK, 10), WU_GLANCE_ENOUGH);
    CHECK_EQ(glance_at(&p, 0, ACK | FIN, 0), WU_GLANCE_READ);
    CHECK_EQ(glance_at(&p, 0, SYN, 0), WU_GLANCE_READ);
    CHECK_EQ(glance_at(&p, 1, RST, 0), WU_GLANCE_READ);
    void **place = wu_watch_place(watch);
    CHECK(place && !*place);
    *place = &p;
    pair other = connect_to("192.0.2.81", 80);
    CHECK_EQ(glance_at(&other, 0, ACK, 0), WU_GLANCE_BARE);
    CHECK(wu_watch_place(watch) && !*wu_watch_place(watch));
    CHECK_EQ(glance_at(&p, 1, ACK, 0), WU_GLANCE_BARE);
    CHECK(wu_watch_place(watch) && *wu_watch_place(watch) == &p);
    p.next[0] = 77;
    send(&p, 0, SYN, ""); /* the port is used again: another connection */
    CHECK(!wu_watch_place(watch));
    CHECK_EQ(glance_at(&p, 1, ACK, 0), WU_GLANCE_READ);
    CHECK(wu_watch_place(watch) && !*wu_watch_place(watch));
    pair never = { { client_text, "192.0.2.82" }, { 50, 60 }, { 1, 1 } };
    CHECK_EQ(glance_at(&never, 0, ACK, 0), WU_GLANCE_READ);
    CHECK(!wu_watch_place(watch));
    end();
}

/* ---- exchanges ---- */

#define REQUEST "POST /ClientWebService/client.asmx HTTP/1.1\r\nHost: wsus.example:8530\r\nSOAPAction: \"x\"\r\nContent-Length: 3\r\n\r\nabc"
#define GOOD "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 4\r\n\r\n<a/>"

static void
what_is_not_told_is_not_read(void)
{
    begin();
    pair p = connect_to(server_text, 8530), proxy = connect_to("192.0.2.81", 3128), tls = connect_to(server_text, 8531);
    CHECK_EQ(glance_at(&p, 0, ACK, 10), WU_GLANCE_READ);
    wu_watch_untold(watch); /* nothing was sent on it */
    send(&p, 0, ACK, REQUEST);
    CHECK_EQ(glance_at(&p, 1, ACK, 10), WU_GLANCE_READ);
    wu_watch_untold(watch);
    CHECK_EQ(glance_at(&p, 1, ACK, 10), WU_GLANCE_ENOUGH);
    send(&p, 1, RST | ACK, "");
    send(&proxy, 0, ACK, "CONNECT fe2.update.microsoft.com:443 HTTP/1.1\r\nHost: fe2.update.microsoft.com\r\n\r\n");
    CHECK_EQ(glance_at(&proxy, 1, ACK, 10), WU_GLANCE_READ);
    wu_watch_untold(watch);
    CHECK_EQ(glance_at(&proxy, 1, ACK, 10), WU_GLANCE_READ);
    glance_at(&tls, 1, RST, 0);
    wu_watch_untold(watch);
    pair refused = syn("192.0.2.81", 3128); /* a proxy of update clients all the same */
    send(&refused, 1, RST | ACK, "");
    check_told("14 Connect 192.0.2.81:3128 Refused (exchange)");
    end();
}

/* What comes of a request: what the server sends, then who ends the connection how, after so many seconds. */
static void
check_exchange(const char *request, const char *reply, double wait, unsigned side, uint8_t flags, const char *expected)
{
    begin();
    pair p = connect_to(server_text, 8530);
    send(&p, 0, ACK, request);
    send(&p, 1, ACK, reply);
    later(wait);
    send(&p, side, flags | ACK, "");
    if (flags == FIN)
        send(&p, 1 - side, FIN | ACK, "");
    check_told(expected);
    end();
}

static void
exchanges_that_end_early(void)
{
    check_exchange(REQUEST, GOOD, 0, 1, RST, "");
    check_exchange(REQUEST, GOOD, 0, 1, FIN, "");
    check_exchange(REQUEST, "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<a/>", 0, 1, FIN, "");
    check_exchange(REQUEST, "", 0, 1, RST, "6 Exchange wsus.example:8530 Reset (name)");
    check_exchange(REQUEST, "", 0, 1, FIN, "6 Exchange wsus.example:8530 Closed early (name)");
    check_exchange(REQUEST, "HTTP/1.1 20", 0, 1, FIN, "6 Exchange wsus.example:8530 Closed early (name)");
    check_exchange(REQUEST, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<a", 0, 1, RST, "6 Exchange wsus.example:8530 Reset (name)");
    check_exchange(REQUEST, "", 3, 0, FIN, "6 Exchange wsus.example:8530 Idle (name)");
    check_exchange(REQUEST, "", 0, 0, RST, "6 Exchange wsus.example:8530 Reset (name)");
    check_exchange(REQUEST, "", 60, 1, FIN, "6 Exchange wsus.example:8530 Idle (name)");
    check_exchange("", "", 5, 0, FIN, "");
}

static void
answers_that_are_none(void)
{
    check_exchange(REQUEST, "SSH-2.0-x\r\n", 0, 1, FIN, "5 Exchange wsus.example:8530 Not HTTP (name)");
    check_exchange("", "SSH-2.0-x\r\n", 0, 1, FIN, "5 Exchange 192.0.2.103:8530 Not HTTP (port)");
    check_exchange(REQUEST, "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 6\r\n\r\n<html>", 0, 1, FIN,
                   "5 Exchange wsus.example:8530 Not SOAP (name)");
    check_exchange(REQUEST, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0, 1, FIN, "5 Exchange wsus.example:8530 Not SOAP (name)");
    check_exchange(REQUEST, "HTTP/1.1 302 Found\r\nLocation: http://portal.example/login\r\nContent-Length: 0\r\n\r\n", 0, 1, FIN,
                   "5 Exchange wsus.example:8530 Not SOAP (name)");
    check_exchange(REQUEST, "HTTP/1.1 307 On\r\nLocation: http://wsus2.example:8530/x\r\nContent-Length: 0\r\n\r\n", 0, 1, FIN, "");
    check_exchange(REQUEST, "HTTP/1.1 404 No\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>", 0, 1, FIN, "");
    check_exchange("GET /a HTTP/1.1\r\nHost: wsus.example\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", 0, 1, FIN, "");
    check_exchange("GET /a.cab HTTP/1.1\r\nHost: wsus.example\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>", 0, 1, FIN,
                   "5 Exchange wsus.example:8530 Not SOAP (name)");
}

/* HTTP/2 in clear: the server may begin with SETTINGS. Something alike that is none is told. */
static void
servers_of_http2_speak_first(void)
{
    static const struct { wu_slice bytes; const char *told; } firsts[] = {
        { { (const uint8_t *)"\0\0\6\4\0\0\0\0\0\0\3\0\0\0\x64", 15 }, "" },
        { { (const uint8_t *)"\0\0\5\4\0\0\0\0\0\0\3\0\0\0", 14 }, "4 Exchange 192.0.2.103:8530 Not HTTP (port)" },
        { { (const uint8_t *)"\0\0\6\4\0\0\0\0\1\0\3\0\0\0\x64", 15 }, "4 Exchange 192.0.2.103:8530 Not HTTP (port)" },
        { { (const uint8_t *)"\0\0\6\4", 4 }, "4 Exchange 192.0.2.103:8530 Not HTTP (port)" },
    };

    for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++) {
        begin();
        pair p = connect_to(server_text, 8530);
        send_bytes(&p, 1, ACK, firsts[i].bytes);
        send(&p, 0, ACK, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        send(&p, 0, FIN | ACK, "");
        check_told(firsts[i].told);
        end();
    }
}

/* The answer comes behind a bare acknowledgement whose padding counts as payload. */
static void
padding_is_no_answer(void)
{
    uint8_t bytes[4096];

    begin();
    pair p = connect_to(server_text, 8530);
    send(&p, 0, ACK, REQUEST);
    wu_packet padded = segment(&p, 1, ACK, p.next[1], BYTES("\0\0\0\0\0\0"), bytes);
    wu_watch_tcp(watch, &padded);
    send(&p, 1, ACK, GOOD);
    send(&p, 1, FIN | ACK, "");
    check_told("");
    end();
    begin(); /* seven zeros are none */
    p = connect_to(server_text, 8530);
    send(&p, 0, ACK, REQUEST);
    send_bytes(&p, 1, ACK, BYTES("\0\0\0\0\0\0\0"));
    check_told("5 Exchange wsus.example:8530 Not HTTP (name)");
    end();
}

static void
redirect_loops(void)
{
    begin();
    pair p = connect_to(server_text, 8530);
    for (unsigned i = 0; i < 6; i++) {
        send(&p, 0, ACK, REQUEST);
        send(&p, 1, ACK, "HTTP/1.1 302 Found\r\nLocation: /ClientWebService/client.asmx\r\nContent-Length: 0\r\n\r\n");
    }
    check_told("13 Exchange wsus.example:8530 Redirect loop (name)");
    end();
}

static void
bytes_that_are_missing(void)
{
    uint8_t bytes[4096];

    begin(); /* the answer was not captured, but the client has it */
    pair p = connect_to(server_text, 8530);
    send(&p, 0, ACK, REQUEST);
    p.next[1] += 500;
    send(&p, 0, ACK, "");
    send(&p, 1, FIN | ACK, "");
    check_told("");
    end();
    begin(); /* one side only */
    p = syn(server_text, 8530);
    send(&p, 0, ACK, "");
    send(&p, 0, ACK, REQUEST);
    later(5);
    send(&p, 0, FIN | ACK, "");
    check_told("");
    end();
    begin(); /* segments that change places */
    p = connect_to(server_text, 8530);
    send(&p, 0, ACK, REQUEST);
    wu_slice good = BYTES(GOOD);
    wu_packet second = segment(&p, 1, ACK, p.next[1] + 20, wu_slice_from(good, 20), bytes);
    wu_watch_tcp(watch, &second);
    wu_packet first = segment(&p, 1, ACK, p.next[1], wu_slice_of(good.p, 20), bytes);
    wu_watch_tcp(watch, &first);
    p.next[1] += (uint32_t)good.n;
    send(&p, 1, RST | ACK, "");
    check_told("");
    end();
    begin(); /* cut off by the snapshot length: the body is there all the same */
    p = connect_to(server_text, 8530);
    send(&p, 0, ACK, REQUEST);
    wu_packet cut = segment(&p, 1, ACK, p.next[1], good, bytes);
    cut.bytes.n -= 3;
    wu_watch_tcp(watch, &cut);
    p.next[1] += (uint32_t)good.n;
    send(&p, 1, FIN | ACK, "");
    check_told("");
    end();
    begin(); /* in the middle of a connection */
    p = (pair){ { client_text, server_text }, { 4000, 80 }, { 7, 9 } };
    send(&p, 0, ACK, "GET /a HTTP/1.1\r\nHost: download.windowsupdate.com\r\n\r\n");
    send(&p, 1, ACK, "");
    send(&p, 1, RST | ACK, "");
    check_told("3 Exchange download.windowsupdate.com:80 Reset (name)");
    end();
}

/* ---- tunnels ---- */

static void
tunnels(void)
{
    static const char connect[] = "CONNECT fe2.update.microsoft.com:443 HTTP/1.1\r\n\r\n";
    static const char challenge[] = "HTTP/1.1 407 No\r\nProxy-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n";

    begin();
    pair p = connect_to(server_text, 3128);
    send(&p, 0, ACK, connect);
    send(&p, 1, ACK, "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
    check_told("5 Tunnel fe2.update.microsoft.com:443 Tunnel refused (name)");
    p = syn(server_text, 3128); /* it is the proxy of an update client */
    send(&p, 1, RST | ACK, "");
    check_told("5 Tunnel fe2.update.microsoft.com:443 Tunnel refused (name)\n7 Connect 192.0.2.103:3128 Refused (exchange)");
    end();
    begin(); /* a handshake that goes on */
    p = connect_to(server_text, 3128);
    send(&p, 0, ACK, connect);
    send(&p, 1, ACK, challenge);
    send(&p, 0, ACK, "CONNECT fe2.update.microsoft.com:443 HTTP/1.1\r\nProxy-Authorization: NTLM x\r\n\r\n");
    send(&p, 1, ACK, "HTTP/1.1 407 No\r\nProxy-Authenticate: NTLM y\r\nContent-Length: 0\r\n\r\n");
    send(&p, 0, ACK, "CONNECT fe2.update.microsoft.com:443 HTTP/1.1\r\nProxy-Authorization: NTLM z\r\n\r\n");
    send(&p, 1, ACK, "HTTP/1.1 200 OK\r\n\r\n");
    check_told("");
    send_bytes(&p, 0, ACK, BYTES("\x16\3\1\0\2\1\0"));
    send(&p, 1, FIN | ACK, "");
    check_told("11 Secure fe2.update.microsoft.com:443 TLS closed (name)");
    end();
    begin(); /* one that does not */
    p = connect_to(server_text, 3128);
    send(&p, 0, ACK, connect);
    send(&p, 1, ACK, challenge);
    check_told("");
    send(&p, 0, FIN | ACK, "");
    check_told("5 Tunnel fe2.update.microsoft.com:443 Tunnel refused (name)");
    end();
    begin();
    p = connect_to(server_text, 3128);
    send(&p, 0, ACK, "CONNECT app.example:443 HTTP/1.1\r\n\r\n");
    send(&p, 1, ACK, "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
    check_told("");
    end();
}

/* ---- TLS ---- */

#define RANDOM "0123456789abcdef0123456789abcdef"
#define CLIENT_HELLO "\x16\3\1\0\x44\1\0\0\x40\3\3" RANDOM "\0\0\2\0\x35\1\0\0\x15\0\0\0\x11\0\x0f\0\0\x0c" "wsus.example"
#define CLIENT_HELLO_PLAIN "\x16\3\1\0\x2d\1\0\0\x29\3\3" RANDOM "\0\0\2\0\x35\1\0"
#define SERVER_HELLO "\x16\3\3\0\x2a\2\0\0\x26\3\3" RANDOM "\0\0\x35\0"
#define NO_CERTIFICATE "\x16\3\3\0\7\x0b\0\0\3\0\0\0"
#define ASKS "\x16\3\3\0\4\x0d\0\0\0"

static void
check_tls(wu_slice reply, wu_slice then, double wait, unsigned side, uint8_t flags, const char *expected)
{
    begin();
    pair p = connect_to(server_text, 443);
    send_bytes(&p, 0, ACK, BYTES(CLIENT_HELLO));
    send_bytes(&p, 1, ACK, reply);
    send_bytes(&p, 0, ACK, then);
    later(wait);
    if (flags)
        send(&p, side, flags | ACK, "");
    check_told(expected);
    end();
}

static void
handshakes(void)
{
    wu_slice none = { NULL, 0 }, hello = BYTES(SERVER_HELLO NO_CERTIFICATE);
    wu_slice finished = BYTES("\x14\3\3\0\1\1" "\x16\3\3\0\4abcd"), request = BYTES("\x14\3\3\0\1\1\x16\3\3\0\4abcd\x17\3\3\0\4abcd");

    check_tls(BYTES("\x15\3\3\0\2\2\x28"), none, 0, 0, 0, "5 Secure wsus.example:443 TLS alert (name)");
    check_tls(BYTES("\x15\3\3\0\2\1\x70" SERVER_HELLO), none, 0, 0, 0, ""); /* a warning */
    check_tls(hello, BYTES("\x15\3\3\0\2\2\x30"), 0, 0, 0, "6 Secure wsus.example:443 Certificate rejected (name)");
    check_tls(hello, BYTES("\x15\3\3\0\2\2\x46"), 0, 0, 0, "6 Secure wsus.example:443 TLS alert (name)");
    check_tls(hello, none, 0, 0, FIN, "7 Secure wsus.example:443 TLS closed (name)");
    check_tls(hello, finished, 0, 0, RST, "7 Secure wsus.example:443 TLS closed (name)");
    check_tls(none, none, 0, 1, FIN, "7 Secure wsus.example:443 TLS closed (name)");
    check_tls(none, none, 0, 1, RST, "7 Secure wsus.example:443 Reset (name)");
    check_tls(none, none, 3, 0, FIN, "7 Secure wsus.example:443 Idle (name)");
    check_tls(BYTES("HTTP/1.1 400 Bad\r\n\r\n"), none, 0, 0, 0, "5 Secure wsus.example:443 TLS closed (name)");
    check_tls(BYTES(SERVER_HELLO NO_CERTIFICATE ASKS "\x15\3\3\0\2\2\x28"), none, 0, 0, 0,
              "5 Secure wsus.example:443 Client certificate (name)");
    check_tls(hello, request, 0, 1, RST, "7 Exchange wsus.example:443 Reset (name)");
    check_tls(hello, BYTES("\x14\3\3\0\1\1\x16\3\3\0\4abcd\x15\3\3\0\x20" RANDOM), 0, 0, 0,
              "6 Secure wsus.example:443 TLS closed (name)"); /* closes, by a sealed alert, without a request */
}

static void
sealed_connections(void)
{
    const wu_connection_outcome *const *all;

    begin();
    pair p = connect_to(server_text, 443);
    send_bytes(&p, 0, ACK, BYTES(CLIENT_HELLO));
    send_bytes(&p, 1, ACK, BYTES(SERVER_HELLO));
    send_bytes(&p, 0, ACK, BYTES("\x14\3\3\0\1\1\x16\3\3\0\4abcd\x17\3\3\0\4abcd"));
    send_bytes(&p, 1, ACK, BYTES("\x17\3\3\0\4abcd"));
    send(&p, 0, FIN | ACK, "");
    check_told("");
    CHECK_EQ(wu_watch_all(watch, &all), 1);
    CHECK_EQ(all[0]->outcome, WU_CONNECTION_OK);
    CHECK(all[0]->sealed);
    end();
}

/* What nobody can read of others' TLS: the rest of a record, and everything behind the first answer. A segment that begins as messages of
 * HTTP do may be one. */
static void
sealed_at_a_glance(void)
{
    begin();
    pair p = connect_to("192.0.2.105", 8443);
    send_bytes(&p, 0, ACK, BYTES(CLIENT_HELLO_PLAIN));
    CHECK_EQ(glance_at(&p, 0, ACK, 10), WU_GLANCE_READ);
    send_bytes(&p, 1, ACK, BYTES(SERVER_HELLO));
    send_bytes(&p, 0, ACK, BYTES("\x14\3\3\0\1\1\x16\3\3\0\4abcd\x17\3\3\0\x20" "abcd"));
    CHECK_EQ(glance_at(&p, 0, ACK, 10), WU_GLANCE_SEALED);
    p.next[0] += 10;
    CHECK_EQ(glance_at_text(&p, 0, ACK, "HTTP", 10), WU_GLANCE_ENOUGH);
    p.next[0] += 10;
    CHECK_EQ(glance_at(&p, 0, ACK, 10), WU_GLANCE_READ); /* longer than the record */
    send_bytes(&p, 0, ACK, BYTES("abcdefgh"));
    send_bytes(&p, 1, ACK, BYTES("\x17\3\3\0\4abcd"));
    CHECK_EQ(glance_at(&p, 1, ACK, 10), WU_GLANCE_SEALED);
    CHECK_EQ(glance_at(&p, 0, ACK, 10), WU_GLANCE_SEALED);
    CHECK_EQ(glance_at(&p, 0, ACK, 0), WU_GLANCE_BARE);
    CHECK_EQ(glance_at_text(&p, 0, ACK, "GET /", 10), WU_GLANCE_ENOUGH);
    CHECK_EQ(glance_at_text(&p, 1, ACK, "HTTP/1.1", 10), WU_GLANCE_ENOUGH);
    end();
}

static void
decrypted_data(void)
{
    uint8_t bytes[4096];

    begin();
    pair p = connect_to(server_text, 8531);
    send_bytes(&p, 0, ACK, BYTES(CLIENT_HELLO));
    send_bytes(&p, 1, ACK, BYTES("\x16\3\3\0\x32\2\0\0\x2e\3\3" RANDOM "\0\x13\1\0\0\6\0\x2b\0\2\3\4"));
    wu_packet packet = segment(&p, 0, ACK, p.next[0], BYTES("\x17\3\3\0\4abcd"), bytes);
    CHECK(wu_watch_wants_decrypted(watch, &packet));
    wu_watch_decrypted(watch, &packet, BYTES("\2\x30"));
    check_told("6 Secure wsus.example:8531 Certificate rejected (name)");
    CHECK(!wu_watch_wants_decrypted(watch, &packet));
    end();
    for (unsigned known = 0; known < 2; known++) { /* known by an exchange that was decrypted before: it went well */
        begin();
        p = connect_to("192.0.2.104", 8443);
        send_bytes(&p, 0, ACK, BYTES(CLIENT_HELLO_PLAIN));
        send_bytes(&p, 1, ACK, BYTES(SERVER_HELLO));
        send_bytes(&p, 0, ACK, BYTES("\x14\3\3\0\1\1\x16\3\3\0\4abcd\x17\3\3\0\4abcd"));
        packet = segment(&p, 0, ACK, p.next[0], BYTES("\x17\3\3\0\4abcd"), bytes);
        wu_watch_tcp(watch, &packet);
        CHECK(!wu_watch_wants_decrypted(watch, &packet));
        if (known)
            wu_watch_exchange(watch, &packet, wu_slice_text("192.0.2.104:8443"), true, false);
        p.next[0] += 9;
        packet = segment(&p, 1, ACK, p.next[1], BYTES("\x17\3\3\0\4abcd"), bytes);
        wu_watch_tcp(watch, &packet);
        CHECK_EQ(wu_watch_wants_decrypted(watch, &packet), known);
        if (known)
            wu_watch_decrypted(watch, &packet, BYTES("\0\0\6\4\0\0\0\0\0\0\3\0\0\0\x64"));
        p.next[1] += 9;
        send(&p, 0, FIN | ACK, "");
        check_told("");
        end();
    }
}

/* ---- codes ---- */

/* "value value*", an asterisk behind what is reported in the end, a question mark behind codes of a set. */
static void
check_codes(enum wu_transport_event event, unsigned reporters, const char *expected)
{
    wu_connection_outcome o = { .event = event, .reporters = (uint8_t)reporters };
    wu_transport_code codes[WU_TRANSPORT_MAX_CODES];
    unsigned n = wu_transport_codes(&o, codes);
    GString *got = g_string_new(NULL);

    for (unsigned i = 0; i < n; i++) {
        g_string_append_printf(got, codes[i].hresult ? "%s%08X" : "%s%u", i ? " " : "", codes[i].value);
        g_string_append_printf(got, "%s%s", codes[i].one_of_a_set ? "?" : "", codes[i].main ? "*" : "");
    }
    CHECK_TEXT(got->str, expected);
    g_string_free(got, TRUE);
}

static void
codes_of_outcomes(void)
{
    const unsigned service = 1 << WU_REPORTS_SERVICE, file = 1 << WU_REPORTS_FILE, bits = 1 << WU_REPORTS_BITS;

    check_codes(WU_EVENT_NAME_NOT_FOUND, service, "11001 12007 803D0010 8024402C*");
    check_codes(WU_EVENT_NAME_NOT_FOUND, file, "11001 12007 80072EE7 8024402C*");
    check_codes(WU_EVENT_NAME_NOT_FOUND, bits, "11001 12007 80072EE7*");
    check_codes(WU_EVENT_NAME_NOT_FOUND, service | bits, "11001 12007 80072EE7 803D0010 8024402C*");
    /* a code that two programs report stands once, where the last of them has it */
    check_codes(WU_EVENT_NAME_NOT_FOUND, service | file, "11001 12007 80072EE7 803D0010 8024402C*");
    check_codes(WU_EVENT_NAME_NOT_FOUND, file | bits, "11001 12007 80072EE7 8024402C*");
    check_codes(WU_EVENT_REFUSED, service, "10061 12029 803D0010 80240438*");
    check_codes(WU_EVENT_NO_ANSWER, service, "10060 12002 803D0006? 803D0010? 80240438? 8024401C?*");
    check_codes(WU_EVENT_RESET, file, "10054 12030 80072EFE*");
    check_codes(WU_EVENT_CERTIFICATE_DATE, file, "12175 12037 80072F8F*");
    check_codes(WU_EVENT_REDIRECT_LOOP, service, "12156*");
    check_codes(WU_EVENT_LEFT, service, "");
    check_codes(WU_EVENT_REFUSED, WU_REPORTS_NOTHING, "");
}

const unit_case unit_connection_cases[] = {
    { "connections: names that fail", names_that_fail },
    { "connections: names that do not", names_that_do_not },
    { "connections: names without answer", names_without_answer },
    { "connections: refused", refused_connections },
    { "connections: silent", silent_connections },
    { "connections: unreachable", unreachable_servers },
    { "connections: other addresses of the name", other_addresses },
    { "connections: servers known later", servers_known_later },
    { "connections: memory is bounded", keeps_little },
    { "connections: names that wait", names_that_wait },
    { "connections: more names than wait", more_names_than_wait },
    { "connections: names at a glance", names_at_a_glance },
    { "connections: glances", glances },
    { "connections: exchanges that end early", exchanges_that_end_early },
    { "connections: answers that are none", answers_that_are_none },
    { "connections: servers of HTTP/2 speak first", servers_of_http2_speak_first },
    { "connections: padding", padding_is_no_answer },
    { "connections: redirect loops", redirect_loops },
    { "connections: bytes that are missing", bytes_that_are_missing },
    { "connections: tunnels", tunnels },
    { "connections: not told, not read", what_is_not_told_is_not_read },
    { "connections: handshakes", handshakes },
    { "connections: sealed", sealed_connections },
    { "connections: sealed at a glance", sealed_at_a_glance },
    { "connections: decrypted", decrypted_data },
    { "connections: codes", codes_of_outcomes },
    { NULL, NULL },
};
