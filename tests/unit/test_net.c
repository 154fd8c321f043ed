/* test_net.c
 * Readers of what is below HTTP: addresses, DNS messages, TLS records and handshakes, certificates, streams of HTTP/1.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>

#include "dns_message.h"
#include "http_stream.h"
#include "tls_record.h"
#include "unit.h"
#include "x509.h"

/* ---- addresses ---- */

static void
check_address(const char *given, const char *expected)
{
    char text[WU_ADDRESS_TEXT];
    wu_address a = { 0 };

    CHECK_EQ(wu_address_read(wu_slice_text(given), &a), *expected != 0);
    CHECK_TEXT(wu_address_text(&a, text), expected);
}

static void
reads_addresses(void)
{
    check_address("192.0.2.1", "192.0.2.1");
    check_address("255.255.255.255", "255.255.255.255");
    check_address("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1");
    check_address("[2001:DB8::14]", "2001:db8::14");
    check_address("::", "::");
    check_address("::1", "::1");
    check_address("fe80::", "fe80::");
    check_address("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8");
    check_address("1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8");
    check_address("192.0.2", "");
    check_address("192.0.2.256", "");
    check_address("192.0.2.1.", "");
    check_address("wsus.example", "");
    check_address("1:2:3:4:5:6:7", "");
    check_address("1::2::3", "");
    check_address("1:2:3:4:5:6:7:8:9", "");
    check_address("12345::", "");
    check_address("", "");
}

/* ---- DNS ---- */

#define QUESTION "\4wsus\7Example\4test\0\0\1\0\1"

static const char *
name_of(const wu_dns_message *m)
{
    static char text[WU_DNS_MAX_NAME + 1];

    wu_dns_name(m->labels, m->n_labels, text);
    return text;
}

static void
reads_queries(void)
{
    wu_dns_message m;

    CHECK(wu_dns_read(BYTES("\x12\x34\1\0\0\1\0\0\0\0\0\0" QUESTION), &m));
    CHECK_EQ(m.id, 0x1234);
    CHECK(!m.response && m.whole);
    CHECK_TEXT(name_of(&m), "wsus.example.test");
    CHECK_EQ(m.type, WU_DNS_A);
    CHECK_EQ(m.addresses, 0);
}

static void
reads_answers(void)
{
    wu_dns_message m;

    /* an alias, then an address, both names compressed; an address of IPv6 whose name is spelt out */
    CHECK(wu_dns_read(BYTES("\0\1\x81\x80\0\1\0\3\0\0\0\0" QUESTION "\xc0\x0c\0\5\0\1\0\0\0\x0a\0\4\1a\xc0\x11"
                            "\xc0\x30\0\1\0\1\0\0\0\x0a\0\4\xc0\0\2\x66"
                            "\1b\0\0\x1c\0\1\0\0\0\x0a\0\x10\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"), &m));
    CHECK(m.response && m.whole && m.alias && !m.truncated);
    CHECK_EQ(m.rcode, WU_DNS_NOERROR);
    CHECK_EQ(m.addresses, 2);
    char text[WU_ADDRESS_TEXT];
    CHECK_TEXT(wu_address_text(&m.address[0], text), "192.0.2.102");
    CHECK_TEXT(wu_address_text(&m.address[1], text), "2001:db8::1");
    CHECK(wu_dns_read(BYTES("\0\1\x81\x83\0\1\0\0\0\0\0\0" QUESTION), &m));
    CHECK_EQ(m.rcode, WU_DNS_NXDOMAIN);
    CHECK(wu_dns_read(BYTES("\0\1\x83\x80\0\1\0\0\0\0\0\0" QUESTION), &m));
    CHECK(m.truncated);
}

static void
survives_bad_messages(void)
{
    static const char answer[] = "\0\1\x81\x80\0\1\0\1\0\0\0\0" QUESTION "\xc0\x0c\0\1\0\1\0\0\0\x0a\0\4\xc0\0\2\x66";
    wu_dns_message m;

    for (size_t n = 0; n < sizeof answer - 1; n++) /* cut off anywhere */
        if (wu_dns_read(wu_slice_of(answer, n), &m))
            CHECK(!m.whole && !m.addresses && n >= 12 + sizeof QUESTION - 1);
    CHECK(!wu_dns_read(BYTES("\0\1\1\0\0\1\0\0\0\0\0\0\xc0\x0c\0\1\0\1"), &m)); /* a name that points to itself */
    CHECK(!wu_dns_read(BYTES("\0\1\1\0\0\1\0\0\0\0\0\0\xc0\x0e\xc0\x0c\0\1\0\1"), &m));
    CHECK(!wu_dns_read(BYTES("\0\1\1\0\0\1\0\0\0\0\0\0\x80wsus\0\0\1\0\1"), &m)); /* a kind of label that is none */
    CHECK(!wu_dns_read(BYTES("\0\1\1\0\0\2\0\0\0\0\0\0" QUESTION), &m));       /* two questions */
    CHECK(!wu_dns_read(BYTES("\0\1\x29\0\0\1\0\0\0\0\0\0" QUESTION), &m));     /* an update */
    /* a length that reaches behind the end */
    CHECK(wu_dns_read(BYTES("\0\1\x81\x80\0\1\0\1\0\0\0\0" QUESTION "\xc0\x0c\0\1\0\1\0\0\0\x0a\0\5\xc0\0\2\x66"), &m));
    CHECK(!m.whole && !m.addresses);
    CHECK(wu_dns_read(BYTES("\0\1\1\0\0\1\0\0\0\0\0\0\3w\0%\0\0\1\0\1"), &m));
    CHECK_TEXT(name_of(&m), "w??");
}

/* ---- TLS ---- */

#define RANDOM "0123456789abcdef0123456789abcdef"

static void
reads_records(void)
{
    wu_tls_record r;

    CHECK(wu_tls_read_record(BYTES("\x16\3\1\0\5"), &r));
    CHECK_EQ(r.type, WU_TLS_HANDSHAKE);
    CHECK_EQ(r.version, 0x0301);
    CHECK_EQ(r.length, 5);
    CHECK(!wu_tls_read_record(BYTES("\x16\3\1\0"), &r));
    CHECK(!wu_tls_read_record(BYTES("\x13\3\1\0\5"), &r));
    CHECK(!wu_tls_read_record(BYTES("\x18\3\1\0\5"), &r));
    CHECK(!wu_tls_read_record(BYTES("\x16\2\1\0\5"), &r));
    CHECK(!wu_tls_read_record(BYTES("\x16\3\5\0\5"), &r));
    CHECK(!wu_tls_read_record(BYTES("\x16\3\1\0\0"), &r));
    CHECK(!wu_tls_read_record(BYTES("\x16\3\1\x48\1"), &r));
    CHECK(!wu_tls_read_record(BYTES("HTTP/"), &r));
}

static void
reads_hellos(void)
{
    static const char client[] = "\3\3" RANDOM "\0" "\0\4\x13\1\x13\2" "\1\0" "\0\x2f"
                                 "\0\0\0\x0e\0\x0c\0\0\x09wsus.test" "\0\x10\0\x05\0\3\2h2"
                                 "\0\x2b\0\x09\x08\x0a\x0a\3\4\3\3\3\2" "\x5a\x5a\0\0";
    wu_tls_hello h;

    CHECK(wu_tls_client_hello(BYTES(client), &h));
    CHECK_SLICE(h.server_name, "wsus.test");
    CHECK_EQ(h.version, 0x0304);
    CHECK_EQ(h.ciphers, 2);
    CHECK(h.h2);
    for (size_t n = 0; n < sizeof client - 1; n++)
        CHECK_EQ(wu_tls_client_hello(wu_slice_of(client, n), &h), n > 34);
    CHECK(wu_tls_client_hello(BYTES("\3\1" RANDOM "\0\0\2\0\x35\1\0"), &h)); /* no extensions */
    CHECK_EQ(h.version, 0x0301);
    CHECK(!h.server_name.n && !h.h2);
    /* a server name that is longer than its extension */
    CHECK(wu_tls_client_hello(BYTES("\3\3" RANDOM "\0\0\2\0\x35\1\0\0\x0a\0\0\0\6\0\x09\0\xff\xff" "a"), &h));
    CHECK_SLICE(h.server_name, "a");
    CHECK(wu_tls_server_hello(BYTES("\3\3" RANDOM "\0\x13\1\0\0\6\0\x2b\0\2\3\4"), &h));
    CHECK_EQ(h.version, 0x0304);
    CHECK(wu_tls_server_hello(BYTES("\3\3" RANDOM "\0\xc0\x2f\0"), &h));
    CHECK_EQ(h.version, 0x0303);
}

static void
reads_handshakes(void)
{
    wu_tls_message m;
    wu_slice certificate[WU_TLS_MAX_CERTIFICATES];

    CHECK(wu_tls_read_message(BYTES("\x0b\0\0\3abcd"), &m));
    CHECK_EQ(m.type, WU_TLS_CERTIFICATE);
    CHECK(m.whole);
    CHECK_SLICE(m.body, "abc");
    CHECK(wu_tls_read_message(BYTES("\x0b\0\0\5abcd"), &m) && !m.whole && m.length == 5);
    CHECK(!wu_tls_read_message(BYTES("\x0b\0\0"), &m));
    CHECK_EQ(wu_tls_certificates(BYTES("\0\0\x0a\0\0\2ab\0\0\2cd"), false, certificate), 2);
    CHECK_SLICE(certificate[0], "ab");
    CHECK_SLICE(certificate[1], "cd");
    CHECK_EQ(wu_tls_certificates(BYTES("\0\0\0\x0e\0\0\2ab\0\0\0\0\2cd\0\0"), true, certificate), 2);
    CHECK_SLICE(certificate[1], "cd");
    CHECK_EQ(wu_tls_certificates(BYTES("\0\0\0"), false, certificate), 0);
    CHECK_EQ(wu_tls_certificates(BYTES("\0\0"), false, certificate), 0);
    CHECK_TEXT(wu_tls_alert_name(48), "unknown_ca");
    CHECK_TEXT(wu_tls_alert_name(116), "certificate_required");
    CHECK_TEXT(wu_tls_alert_name(255), "");
    CHECK_TEXT(wu_tls_version_name(0x0303), "TLS 1.2");
    CHECK_TEXT(wu_tls_version_name(0x0305), "");
}

/* ---- certificates ---- */

/* A value of DER around others. */
static GByteArray *
der(uint8_t tag, const void *bytes, size_t n)
{
    GByteArray *out = g_byte_array_new();
    uint8_t head[3] = { tag, 0x82, (uint8_t)(n >> 8) }, low = (uint8_t)n;

    if (n < 128) {
        g_byte_array_append(out, &tag, 1);
    } else {
        g_byte_array_append(out, head, 3);
    }
    g_byte_array_append(out, &low, 1);
    g_byte_array_append(out, (const guint8 *)bytes, (guint)n);
    return out;
}

static void
add(GByteArray *to, GByteArray *part)
{
    g_byte_array_append(to, part->data, part->len);
    g_byte_array_free(part, TRUE);
}

static GByteArray *
wrap(uint8_t tag, GByteArray *inside)
{
    GByteArray *out = der(tag, inside->data, inside->len);
    g_byte_array_free(inside, TRUE);
    return out;
}

static GByteArray *
name(const char *common)
{
    GByteArray *pair = g_byte_array_new();

    add(pair, der(0x06, "\x55\x04\x03", 3));
    add(pair, der(0x0c, common, strlen(common)));
    return wrap(0x30, wrap(0x31, wrap(0x30, pair)));
}

static GByteArray *
certificate(const char *subject, const char *issuer, bool names)
{
    GByteArray *body = g_byte_array_new(), *dates = g_byte_array_new();

    add(dates, der(0x17, "250101000000Z", 13));
    add(dates, der(0x18, "20510228235959Z", 15));
    add(body, der(0xa0, "\2\1\2", 3));
    add(body, der(0x02, "\1", 1));
    add(body, der(0x30, "\6\1\1", 3));
    add(body, name(issuer));
    add(body, wrap(0x30, dates));
    add(body, name(subject));
    add(body, der(0x30, "", 0));
    if (names) {
        GByteArray *list = g_byte_array_new(), *extension = g_byte_array_new();
        add(list, der(0x82, "wsus.example", 12));
        add(list, der(0x82, "*.update.example", 16));
        add(list, der(0x87, "\xc0\0\2\1", 4));
        add(list, der(0x81, "a@example", 9));
        add(extension, der(0x06, "\x55\x1d\x11", 3));
        add(extension, der(0x01, "\xff", 1));
        add(extension, wrap(0x04, wrap(0x30, list)));
        add(body, wrap(0xa3, wrap(0x30, wrap(0x30, extension))));
    }
    return wrap(0x30, wrap(0x30, body));
}

#define IS_FOR(x, host) wu_x509_is_for(&(x), wu_slice_text(host))

static void
reads_certificates(void)
{
    GByteArray *bytes = certificate("Server", "Authority", true);
    wu_x509 x;

    CHECK(wu_x509_read(wu_slice_of(bytes->data, bytes->len), &x));
    CHECK_SLICE(x.subject, "Server");
    CHECK_SLICE(x.issuer, "Authority");
    CHECK(!x.self_issued);
    CHECK_EQ(x.not_before, 1735689600);
    CHECK_EQ(x.not_after, 2561241599);
    CHECK_EQ(x.names, 3);
    CHECK(IS_FOR(x, "wsus.example") && IS_FOR(x, "WSUS.EXAMPLE"));
    CHECK(IS_FOR(x, "sls.update.example") && IS_FOR(x, "192.0.2.1"));
    CHECK(!IS_FOR(x, "update.example") && !IS_FOR(x, "a.b.update.example"));
    CHECK(!IS_FOR(x, "Server") && !IS_FOR(x, "192.0.2.2") && !IS_FOR(x, "xwsus.example"));
    for (guint n = 0; n < bytes->len; n++)
        wu_x509_read(wu_slice_of(bytes->data, n), &x);
    g_byte_array_free(bytes, TRUE);
    bytes = certificate("Self", "Self", false);
    CHECK(wu_x509_read(wu_slice_of(bytes->data, bytes->len), &x));
    CHECK(x.self_issued && !x.names && IS_FOR(x, "self"));
    g_byte_array_free(bytes, TRUE);
    CHECK(!wu_x509_read(BYTES(""), &x));
    CHECK(!wu_x509_read(BYTES("\x30\x84\xff\xff\xff\xff\x30\x80"), &x));
    CHECK(!wu_x509_read(BYTES("HTTP/1.1 200 OK"), &x));
}

/* ---- streams of HTTP/1 ---- */

/* The events of a stream that is fed in pieces of `step` bytes: H head, B body, E end, A alien. */
static char *
events(bool response, wu_slice bytes, size_t step, bool close)
{
    GString *out = g_string_new(NULL);
    wu_http_stream s;

    wu_http_stream_start(&s, response);
    for (size_t at = 0; at < bytes.n; at += step) {
        wu_slice piece = wu_slice_of(bytes.p + at, step < bytes.n - at ? step : bytes.n - at);
        enum wu_stream_event e;
        while ((e = wu_http_stream_next(&s, &piece)) != WU_STREAM_MORE) {
            char letter = e == WU_STREAM_HEAD ? 'H' : e == WU_STREAM_BODY ? 'B' : e == WU_STREAM_END ? 'E' : 'A';
            if (letter != 'B' || !out->len || out->str[out->len - 1] != 'B')
                g_string_append_c(out, letter);
        }
    }
    if (close && wu_http_stream_close(&s))
        g_string_append_c(out, 'E');
    if (s.begun)
        g_string_append_c(out, '+');
    wu_http_stream_finish(&s);
    return g_string_free(out, FALSE);
}

static void
check_events(bool response, const char *text, bool close, const char *expected)
{
    for (size_t step = 1; step < strlen(text) + 2; step = step * 2 + 1) {
        char *got = events(response, wu_slice_text(text), step, close);
        CHECK_TEXT(got, expected);
        g_free(got);
    }
}

static void
follows_streams(void)
{
    check_events(false, "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n\r\n", false, "HEHE");
    check_events(false, "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", false, "HBE");
    check_events(false, "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nabc", true, "HB+");
    check_events(true, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\na;x=y\r\n0123456789\r\n0\r\n\r\n", false, "HBE");
    check_events(true, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab", true, "HB+");
    check_events(true, "HTTP/1.1 200 OK\r\n\r\nabc", true, "HBE");
    check_events(true, "HTTP/1.1 200 OK\r\n\r\nabc", false, "HB+");
    check_events(true, "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false, "HEHE");
    check_events(true, "HTTP/1.1 200 O", true, "+");
    check_events(true, "SSH-2.0-x\r\n", false, "A+");
    check_events(true, "<html>no head</html>", false, "A+");
    check_events(true, "GET / HTTP/1.1\r\n\r\n", false, "A+");
    check_events(false, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", false, "A+");
}

static void
steps_over_gaps(void)
{
    wu_http_stream s;
    wu_slice head = BYTES("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"), next = BYTES("HTTP/1.1 503 No\r\n\r\n");
    bool end;

    wu_http_stream_start(&s, true);
    while (wu_http_stream_next(&s, &head) != WU_STREAM_MORE)
        ;
    CHECK(wu_http_stream_gap(&s, 4, &end) && !end);
    CHECK(wu_http_stream_gap(&s, 2, &end) && end && !s.begun);
    CHECK(!wu_http_stream_gap(&s, 1, &end) && wu_http_stream_lost(&s)); /* in front of a head */
    CHECK_EQ(wu_http_stream_next(&s, &next), WU_STREAM_HEAD);           /* goes on where a segment begins with one */
    CHECK_EQ(s.head.status, 503);
    wu_http_stream_finish(&s);
}

const unit_case unit_net_cases[] = {
    { "addresses are read and written", reads_addresses },
    { "DNS: queries", reads_queries },
    { "DNS: answers", reads_answers },
    { "DNS: bad messages", survives_bad_messages },
    { "TLS: records", reads_records },
    { "TLS: hellos", reads_hellos },
    { "TLS: handshake messages, alerts, versions", reads_handshakes },
    { "certificates: names and dates", reads_certificates },
    { "HTTP streams: events in pieces of any size", follows_streams },
    { "HTTP streams: bytes that are missing", steps_over_gaps },
    { NULL, NULL },
};
