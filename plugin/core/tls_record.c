/* tls_record.c
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "tls_record.h"

#define RANDOM 32u
enum { EXTENSION_SERVER_NAME = 0, EXTENSION_ALPN = 16, EXTENSION_VERSIONS = 43 };

static unsigned
get16(wu_slice s, size_t at)
{
    return (unsigned)s.p[at] << 8 | s.p[at + 1];
}

static uint32_t
get24(wu_slice s, size_t at)
{
    return (uint32_t)s.p[at] << 16 | (uint32_t)s.p[at + 1] << 8 | s.p[at + 2];
}

/* Takes a run with a length of `width` bytes in front off the beginning of *s. A run that is longer than what is there is cut;
 * false when not even its length is there. */
static bool
take(wu_slice *s, unsigned width, wu_slice *run)
{
    if (s->n < width)
        return false;
    size_t n = width == 1 ? s->p[0] : width == 2 ? get16(*s, 0) : get24(*s, 0);
    wu_slice rest = wu_slice_from(*s, width);
    *run = wu_slice_of(rest.p, n < rest.n ? n : rest.n);
    *s = wu_slice_from(rest, run->n);
    return true;
}

bool
wu_tls_read_record(wu_slice s, wu_tls_record *record)
{
    if (s.n < WU_TLS_HEADER || s.p[0] < WU_TLS_CHANGE_CIPHER || s.p[0] > WU_TLS_DATA || s.p[1] != 3 || s.p[2] > 4)
        return false;
    record->type = s.p[0];
    record->version = (uint16_t)get16(s, 1);
    record->length = (uint16_t)get16(s, 3);
    return record->length && record->length <= WU_TLS_MAX_RECORD;
}

bool
wu_tls_read_message(wu_slice s, wu_tls_message *message)
{
    if (s.n < 4)
        return false;
    message->type = s.p[0];
    message->length = get24(s, 1);
    wu_slice rest = wu_slice_from(s, 4);
    message->whole = message->length <= rest.n;
    message->body = wu_slice_of(rest.p, message->whole ? message->length : rest.n);
    return true;
}

static void
read_server_name(wu_slice data, wu_tls_hello *hello)
{
    wu_slice list, name;

    if (!take(&data, 2, &list))
        return;
    while (list.n > 3) {
        bool host = list.p[0] == 0;
        list = wu_slice_from(list, 1);
        if (!take(&list, 2, &name))
            return;
        if (host && name.n) {
            hello->server_name = name;
            return;
        }
    }
}

static void
read_alpn(wu_slice data, wu_tls_hello *hello)
{
    wu_slice list, name;

    if (!take(&data, 2, &list))
        return;
    while (take(&list, 1, &name))
        if (wu_slice_is(name, "h2"))
            hello->h2 = true;
}

static bool
is_version(unsigned version)
{
    return version >= 0x0300 && version <= 0x0304;
}

/* A list in ClientHello, one version in ServerHello. Values of GREASE are none. */
static void
read_versions(wu_slice data, bool client, wu_tls_hello *hello)
{
    wu_slice list = data;

    if (client && !take(&data, 1, &list))
        return;
    for (; list.n >= 2; list = wu_slice_from(list, 2))
        if (is_version(get16(list, 0)) && (!client || get16(list, 0) > hello->version))
            hello->version = (uint16_t)get16(list, 0);
}

static void
read_extensions(wu_slice s, bool client, wu_tls_hello *hello)
{
    wu_slice list, data;

    if (!take(&s, 2, &list))
        return;
    while (list.n >= 4) {
        unsigned type = get16(list, 0);
        list = wu_slice_from(list, 2);
        take(&list, 2, &data);
        if (type == EXTENSION_SERVER_NAME && client)
            read_server_name(data, hello);
        else if (type == EXTENSION_ALPN)
            read_alpn(data, hello);
        else if (type == EXTENSION_VERSIONS)
            read_versions(data, client, hello);
    }
}

static bool
begin_hello(wu_slice *s, wu_tls_hello *hello)
{
    wu_slice session;

    memset(hello, 0, sizeof *hello);
    if (s->n < 2 + RANDOM)
        return false;
    hello->version = (uint16_t)get16(*s, 0);
    *s = wu_slice_from(*s, 2 + RANDOM);
    return take(s, 1, &session);
}

bool
wu_tls_client_hello(wu_slice body, wu_tls_hello *hello)
{
    wu_slice ciphers, compression;

    if (!begin_hello(&body, hello))
        return false;
    if (take(&body, 2, &ciphers) && take(&body, 1, &compression)) {
        hello->ciphers = (unsigned)(ciphers.n / 2);
        read_extensions(body, true, hello);
    }
    return true;
}

bool
wu_tls_server_hello(wu_slice body, wu_tls_hello *hello)
{
    if (!begin_hello(&body, hello))
        return false;
    if (body.n >= 3)
        read_extensions(wu_slice_from(body, 3), false, hello);
    return true;
}

unsigned
wu_tls_certificates(wu_slice body, bool tls13, wu_slice certificate[WU_TLS_MAX_CERTIFICATES])
{
    wu_slice context, list, extensions;
    unsigned n = 0;

    if ((tls13 && !take(&body, 1, &context)) || !take(&body, 3, &list))
        return 0;
    while (n < WU_TLS_MAX_CERTIFICATES && take(&list, 3, &certificate[n]) && certificate[n].n) {
        n++;
        if (tls13 && !take(&list, 2, &extensions))
            break;
    }
    return n;
}

const char *
wu_tls_alert_name(uint8_t description)
{
    static const struct {
        uint8_t value;
        const char *name;
    } names[] = {
        { 0, "close_notify" },          { 10, "unexpected_message" },   { 20, "bad_record_mac" },
        { 21, "decryption_failed" },    { 22, "record_overflow" },      { 30, "decompression_failure" },
        { 40, "handshake_failure" },    { 41, "no_certificate" },       { 42, "bad_certificate" },
        { 43, "unsupported_certificate" }, { 44, "certificate_revoked" }, { 45, "certificate_expired" },
        { 46, "certificate_unknown" },  { 47, "illegal_parameter" },    { 48, "unknown_ca" },
        { 49, "access_denied" },        { 50, "decode_error" },         { 51, "decrypt_error" },
        { 60, "export_restriction" },   { 70, "protocol_version" },     { 71, "insufficient_security" },
        { 80, "internal_error" },       { 86, "inappropriate_fallback" }, { 90, "user_canceled" },
        { 100, "no_renegotiation" },    { 109, "missing_extension" },   { 110, "unsupported_extension" },
        { 112, "unrecognized_name" },   { 113, "bad_certificate_status_response" }, { 115, "unknown_psk_identity" },
        { 116, "certificate_required" }, { 120, "no_application_protocol" },
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].value == description)
            return names[i].name;
    return "";
}

const char *
wu_tls_version_name(uint16_t version)
{
    static const char *const names[] = { "SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3" };
    return is_version(version) ? names[version - 0x0300] : "";
}
