/* fuzz_net.c
 * Readers of what is below HTTP: DNS messages, TLS records and handshakes, certificates, addresses, streams of HTTP/1.
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "fuzz.h"
#include "dns_message.h"
#include "http_stream.h"
#include "tls_record.h"
#include "x509.h"

static void
read_dns(wu_slice bytes)
{
    wu_dns_message m;

    if (!wu_dns_read(bytes, &m))
        return;
    char name[WU_DNS_MAX_NAME + 1];
    HOLDS(m.n_labels <= WU_DNS_MAX_NAME && m.kept <= WU_DNS_MAX_ADDRESSES && m.kept <= m.addresses);
    wu_dns_name(m.labels, m.n_labels, name);
    HOLDS(strlen(name) == (m.n_labels ? m.n_labels - 1 : 0));
    for (const char *c = name; *c; c++)
        HOLDS(*c > ' ' && *c < 0x7f);
    for (unsigned i = 0; i < m.kept; i++)
        HOLDS(m.address[i].n == 4 || m.address[i].n == 16);
}

static void
read_certificate(wu_slice bytes)
{
    wu_x509 x;

    if (!wu_x509_read(bytes, &x))
        return;
    HOLDS(is_within(x.subject, bytes) && is_within(x.issuer, bytes) && x.names <= WU_X509_MAX_NAMES);
    for (unsigned i = 0; i < x.names; i++) {
        HOLDS(is_within(x.name[i], bytes));
        HOLDS(!x.is_address[i] || x.name[i].n == 4 || x.name[i].n == 16);
    }
    wu_x509_is_for(&x, wu_slice_text("wsus.example"));
    wu_x509_is_for(&x, wu_slice_text("192.0.2.1"));
    wu_x509_is_for(&x, x.subject);
}

static void
read_handshake(wu_slice bytes)
{
    wu_slice certificate[WU_TLS_MAX_CERTIFICATES];
    wu_tls_message m;
    wu_tls_hello hello;

    for (unsigned i = 0; i < 64 && wu_tls_read_message(bytes, &m); i++) {
        HOLDS(is_within(m.body, bytes) && (m.whole ? m.body.n == m.length : m.body.n < m.length));
        if (wu_tls_client_hello(m.body, &hello))
            HOLDS(is_within(hello.server_name, m.body));
        wu_tls_server_hello(m.body, &hello);
        for (unsigned tls13 = 0; tls13 < 2; tls13++) {
            unsigned n = wu_tls_certificates(m.body, tls13, certificate);
            HOLDS(n <= WU_TLS_MAX_CERTIFICATES);
            for (unsigned k = 0; k < n; k++) {
                HOLDS(certificate[k].n && is_within(certificate[k], m.body));
                read_certificate(certificate[k]);
            }
        }
        bytes = wu_slice_from(bytes, 4 + m.body.n);
    }
}

static void
read_address(wu_slice bytes)
{
    char text[WU_ADDRESS_TEXT];
    wu_address a, again;

    if (!wu_address_read(bytes, &a))
        return;
    HOLDS(wu_address_read(wu_slice_text(wu_address_text(&a, text)), &again) && wu_address_equal(&a, &again));
}

/* The events of a stream: the same in whatever pieces its bytes come. */
static uint64_t
follow(wu_slice bytes, bool response, size_t step)
{
    wu_http_stream s;
    uint64_t digest = 0, body = 0;

    wu_http_stream_start(&s, response);
    for (size_t at = 0; at < bytes.n; at += step) {
        wu_slice piece = wu_slice_of(bytes.p + at, step < bytes.n - at ? step : bytes.n - at), whole = piece;
        enum wu_stream_event e;
        while ((e = wu_http_stream_next(&s, &piece)) != WU_STREAM_MORE) {
            HOLDS(is_within(piece, whole));
            if (e == WU_STREAM_BODY) {
                HOLDS(is_within(s.part, whole));
                body += s.part.n;
                continue;
            }
            digest = mix(mix(digest, e), body);
            body = 0;
            if (e == WU_STREAM_HEAD)
                digest = mix_bytes(mix(digest, s.head.status), s.head.target);
            if (e == WU_STREAM_ALIEN) {
                wu_http_stream_finish(&s);
                return mix(digest, 1);
            }
        }
        if (wu_http_stream_lost(&s)) {
            wu_http_stream_finish(&s);
            return mix(digest, 2); /* where it goes on depends on segments */
        }
    }
    wu_http_stream_finish(&s);
    return mix(mix(digest, body), 3);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wu_slice bytes = wu_slice_of(data, size);
    wu_tls_record record;

    read_dns(bytes);
    read_certificate(bytes);
    read_handshake(bytes);
    read_address(bytes);
    if (wu_tls_read_record(bytes, &record))
        HOLDS(record.length && record.length <= WU_TLS_MAX_RECORD);
    for (unsigned response = 0; response < 2; response++)
        HOLDS(follow(bytes, response, size + 1) == follow(bytes, response, 7));
    return 0;
}
