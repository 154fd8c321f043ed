/* tls_record.h
 * What TLS shows without keys: records, and the handshake messages, alerts and certificates that are in clear.
 *
 * Source: RFC 8446, RFC 5246, RFC 6066 (server name), RFC 7301 (ALPN).
 *
 * Windows Update dissector for Wireshark
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef WU_CORE_TLS_RECORD_H
#define WU_CORE_TLS_RECORD_H

#include "slice.h"

#define WU_TLS_HEADER     5u
#define WU_TLS_MAX_RECORD (16384u + 2048u) /* bytes of the body of a record (RFC 5246 6.2.3) */
#define WU_TLS_MAX_CERTIFICATES 10u        /* certificates of a chain that are looked at */

enum wu_tls_type { WU_TLS_CHANGE_CIPHER = 20, WU_TLS_ALERT, WU_TLS_HANDSHAKE, WU_TLS_DATA };

enum wu_tls_handshake {
    WU_TLS_CLIENT_HELLO = 1,
    WU_TLS_SERVER_HELLO = 2,
    WU_TLS_ENCRYPTED_EXTENSIONS = 8,
    WU_TLS_CERTIFICATE = 11,
    WU_TLS_CERTIFICATE_REQUEST = 13,
    WU_TLS_SERVER_HELLO_DONE = 14,
    WU_TLS_CERTIFICATE_VERIFY = 15,
    WU_TLS_FINISHED = 20
};

enum wu_tls_alert {
    WU_ALERT_CLOSE_NOTIFY = 0,
    WU_ALERT_HANDSHAKE_FAILURE = 40,
    WU_ALERT_NO_CERTIFICATE = 41,
    WU_ALERT_BAD_CERTIFICATE = 42,
    WU_ALERT_UNSUPPORTED_CERTIFICATE = 43,
    WU_ALERT_CERTIFICATE_REVOKED = 44,
    WU_ALERT_CERTIFICATE_EXPIRED = 45,
    WU_ALERT_CERTIFICATE_UNKNOWN = 46,
    WU_ALERT_UNKNOWN_CA = 48,
    WU_ALERT_USER_CANCELED = 90,
    WU_ALERT_CERTIFICATE_REQUIRED = 116
};

typedef struct {
    uint8_t type;
    uint16_t version, length; /* as declared */
} wu_tls_record;

/* A handshake message at the beginning of bytes. */
typedef struct {
    uint8_t type;
    uint32_t length;  /* of the body, as declared */
    wu_slice body;    /* as much as is there */
    bool whole;
} wu_tls_message;

typedef struct {
    uint16_t version;        /* highest that is offered, or the one that is chosen: 0x0303 for TLS 1.2 */
    wu_slice server_name;    /* of SNI, empty when there is none */
    bool h2;                 /* ALPN names HTTP/2 */
    unsigned ciphers;        /* number of cipher suites that are offered */
} wu_tls_hello;

/* Reads a record header. False when the bytes (5 at least) are none of SSL 3.0 to TLS 1.3. */
bool wu_tls_read_record(wu_slice bytes, wu_tls_record *record);

/* Reads the header of a handshake message; false when its four bytes are not there. */
bool wu_tls_read_message(wu_slice bytes, wu_tls_message *message);

/* Read the body of ClientHello or ServerHello, as far as it goes and its lengths are true; false when not even the random
 * number is there. */
bool wu_tls_client_hello(wu_slice body, wu_tls_hello *hello);
bool wu_tls_server_hello(wu_slice body, wu_tls_hello *hello);

/* The certificates of a Certificate message, DER each, the one of the sender first; returns how many. An empty list is 0,
 * and so is one whose lengths are wrong from the beginning. `tls13`: the message is one of TLS 1.3. */
unsigned wu_tls_certificates(wu_slice body, bool tls13, wu_slice certificate[WU_TLS_MAX_CERTIFICATES]);

/* "handshake_failure", or "" for a number that has no name. */
const char *wu_tls_alert_name(uint8_t description);

/* "TLS 1.2", or "" for a number that is no version. */
const char *wu_tls_version_name(uint16_t version);

#endif
